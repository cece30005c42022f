//! Addresses of files, and signatures that open what not everybody may ask for.
//!
//! The delivered address names the file and the bytes it has now, so that caches may keep it for ever; a signature is
//! an HMAC over the file, its bytes and the parameters, sorted.

use super::settings;
use crate::Core;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use masthead_store::assets::Asset;
use sha2::Sha256;

/// Digits of the hash that stand in an address.
pub const HASH_DIGITS: usize = 16;
/// The parameters of a signature and of its end.
pub const SIGNATURE: &str = "s";
pub const EXPIRES: &str = "e";

/// The part of the hash that stands in addresses.
pub fn short(hash: &str) -> &str {
    hash.get(..HASH_DIGITS).unwrap_or(hash)
}

/// The name in addresses.
pub fn name(asset: &Asset) -> String {
    masthead_media::url_name(&asset.name, masthead_media::extension(&asset.mime))
}

/// The address of the bytes that the file has now: never another picture.
pub fn immutable(core: &Core, asset: &Asset) -> String {
    format!("{}/media/{}/{}/{}", settings(core).base_url, asset.id, short(&asset.hash), name(asset))
}

/// The same with parameters, signed; `until` (seconds since 1970) ends it.
pub fn signed(core: &Core, asset: &Asset, parameters: &[(String, String)], until: Option<i64>) -> String {
    let mut all: Vec<(String, String)> = parameters.to_vec();
    all.extend(until.map(|at| (EXPIRES.to_owned(), at.to_string())));
    let tag = mac(core, &asset.id, short(&asset.hash), &all).map(|mac| mac.finalize().into_bytes());
    let signature = tag.map(|tag| URL_SAFE_NO_PAD.encode(&tag[..16])).unwrap_or_default();
    all.push((SIGNATURE.to_owned(), signature));
    let query: Vec<String> = all.iter().map(|(k, v)| format!("{k}={v}")).collect();
    format!("{}?{}", immutable(core, asset), query.join("&"))
}

/// Whether `given` is the signature of these parameters, in whichever order, for the bytes that the file had or has
/// under this short hash.
pub fn is_signed(core: &Core, id: &str, hash: &str, parameters: &[(String, String)], given: &str) -> bool {
    let Ok(given) = URL_SAFE_NO_PAD.decode(given) else { return false };
    // In constant time.
    mac(core, id, hash, parameters).is_some_and(|mac| given.len() == 16 && mac.verify_truncated_left(&given).is_ok())
}

fn mac(core: &Core, id: &str, hash: &str, parameters: &[(String, String)]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(core.site_key()).ok()?;
    let mut sorted: Vec<&(String, String)> = parameters.iter().collect();
    sorted.sort();
    mac.update(format!("media\n{id}\n{hash}\n").as_bytes());
    for (key, value) in sorted {
        mac.update(format!("{key}={value}\n").as_bytes());
    }
    Some(mac)
}
