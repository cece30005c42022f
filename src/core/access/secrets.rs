//! Secrets of sessions, links, devices and tokens: 256 random bits, of which only a hash is kept.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use rand::RngExt;
use sha2::{Digest, Sha256};

/// No secret is longer, in bytes; a longer one is not looked up.
pub(crate) const LONGEST: usize = 500;

/// A new secret in letters that a URL and a cookie can hold, after a prefix that tells what it is.
pub(crate) fn new(prefix: &str) -> String {
    let bits: [u8; 32] = rand::rng().random();
    format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bits))
}

/// What is kept of a secret. It has nothing to guess, so a slow hash would only slow down requests.
pub(crate) fn hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}

/// A short signature of `parts` with the site's key; none when the key cannot be used.
fn signature(key: &[u8], parts: [&str; 3]) -> Option<Hmac<Sha256>> {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).ok()?;
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    Some(mac)
}

/// What a browser keeps so that we know it again as one on which the owner of `email` signed in.
pub(crate) fn device(key: &[u8], email: &str) -> Option<String> {
    let nonce = URL_SAFE_NO_PAD.encode(rand::rng().random::<[u8; 16]>());
    let mac = signature(key, ["device", &nonce, email])?.finalize().into_bytes();
    Some(format!("{nonce}.{}", URL_SAFE_NO_PAD.encode(mac)))
}

/// The name of a device that is known for `email`, if the cookie is ours.
pub(crate) fn known_device<'a>(key: &[u8], email: &str, cookie: &'a str) -> Option<&'a str> {
    let (nonce, mac) = cookie.split_once('.').filter(|_| cookie.len() <= LONGEST)?;
    let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
    signature(key, ["device", nonce, email])?.verify_slice(&mac).ok().map(|()| nonce)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_known_for_its_owner_alone() {
        let cookie = device(b"key", "ada@example.org").unwrap();
        assert!(known_device(b"key", "ada@example.org", &cookie).is_some());
        assert_eq!(known_device(b"key", "bo@example.org", &cookie), None);
        assert_eq!(known_device(b"other", "ada@example.org", &cookie), None);
        for forged in ["", ".", "a.b", &cookie[1..], &"x".repeat(1000)] {
            assert_eq!(known_device(b"key", "ada@example.org", forged), None);
        }
        assert_ne!(device(b"key", "ada@example.org"), Some(cookie));
    }
}
