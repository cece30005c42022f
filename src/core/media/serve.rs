//! Files on their way to browsers: which bytes an address means, and whether they may be had.

use super::asked::Asked;
use super::rights::{sees_private, unknown};
use super::{address, blob_key, settings, variants, view};
use crate::access::FILES;
use crate::events::{Dependency, Generations};
use crate::{Caller, Core, Error, Result};
use bytes::Bytes;
use masthead_media::{Kind, Reading, is_inline, is_picture, kind_of};
use masthead_model::ids::is_document_id;
use masthead_model::query::QueryProblem;
use masthead_store::assets::{self, Asset};
use masthead_store::now_micros;
use std::ops::Range;
use std::sync::Arc;

/// A request for a file.
#[derive(Clone, Debug)]
pub struct Request {
    pub id: String,
    /// As it stands in the address; none in the address that leads to the current bytes.
    pub hash: Option<String>,
    pub asked: Asked,
    /// Whether the reader takes WebP.
    pub takes_webp: bool,
}

/// What a request for a file is answered with.
pub enum Answer {
    /// The bytes are other ones now.
    Elsewhere {
        address: String,
        /// All parameters are in the address already: they had to be signed anew.
        complete: bool,
    },
    File(Box<File>),
}

/// A file to be sent.
pub struct File {
    pub asset: Arc<Asset>,
    pub mime: String,
    /// Strong, without quotes.
    pub etag: String,
    /// Bytes.
    pub size: u64,
    /// A small one, at hand.
    pub at_hand: Option<Bytes>,
    /// Depends on what the reader takes.
    pub varies: bool,
    /// Nobody but the caller may keep it.
    pub private: bool,
    /// Its address ends at some time.
    pub ends: bool,
    /// What it was made from.
    pub noted: Noted,
    /// Shown in place, or offered for saving.
    pub inline: bool,
    /// May hold script, which must not run on this site.
    pub sandboxed: bool,
    pub name: String,
}

/// What an answer was made from: as long as nothing of it has changed, it may be given again.
#[derive(Clone)]
pub struct Noted(Arc<[Dependency]>);

impl Noted {
    pub fn holds(&self, core: &Core) -> bool {
        core.generations().are_fresh(now_micros()) && Generations::hold(&self.0)
    }
}

/// The file's row, from memory if it has not changed.
async fn row(core: &Core, id: &str) -> Result<(Arc<Asset>, Noted)> {
    let library = core.library();
    if let Some(known) = library.rows.get(id).filter(|(_, noted)| noted.holds(core)) {
        return Ok(known);
    }
    let noted = Noted(core.generations().note([FILES]).into());
    let wanted = id.to_owned();
    let found = core.store().read(move |conn| assets::by_id(conn, &wanted)).await?;
    let asset = Arc::new(found.ok_or_else(|| unknown(id))?);
    library.rows.insert(id.to_owned(), (asset.clone(), noted.clone()));
    Ok((asset, noted))
}

/// What the address leads to. A file that the caller may not have is not there.
pub async fn open(core: &Core, caller: &Caller, request: &Request) -> Result<Answer> {
    if !is_document_id(&request.id) {
        return Err(unknown(&request.id));
    }
    let (asset, noted) = row(core, &request.id).await?;
    if asset.trashed_at.is_some() {
        return Err(unknown(&request.id));
    }
    let asked = &request.asked;
    let current = address::short(&asset.hash);
    let named = request.hash.as_deref().unwrap_or(current);
    let signed = match &asked.signature {
        Some(given) => address::is_signed(core, &asset.id, named, &asked.sent, given),
        None => false,
    };
    let over = asked.expires.is_some_and(|at| at < now_micros() / 1_000_000);
    if asset.private && !(signed && asked.expires.is_some() && !over) {
        let (caller, wanted) = (caller.clone(), asset.clone());
        let may = core.read(move |_, snapshot| Ok(sees_private(&caller, snapshot, &wanted))).await?;
        if !may {
            return Err(unknown(&request.id));
        }
    }
    if request.hash.as_deref() != Some(current) {
        // What was signed for the bytes of before is as good for those of now.
        if signed && !over {
            let own = asked.sent.iter().filter(|(key, _)| key != address::EXPIRES).cloned().collect::<Vec<_>>();
            let address = address::signed(core, &asset, &own, asked.expires);
            return Ok(Answer::Elsewhere { address, complete: true });
        }
        return Ok(Answer::Elsewhere { address: address::immutable(core, &asset), complete: false });
    }
    if asked.signature.is_some() && (!signed || over) {
        let why = if over { "this address has ended" } else { "the signature belongs to other parameters" };
        return Err(Error::Forbidden(why.to_owned()));
    }
    if !asked.is_transform() || !is_picture(&asset.mime) || (asset.animated && asked.format.is_none()) {
        return Ok(Answer::File(Box::new(whole(asset, asked, noted))));
    }
    if let Some(free) = asked.is_free().filter(|_| !signed) {
        let message =
            format!("`{free}` takes a signed address: anybody may ask for a width (`w`), a format and a quality");
        return Err(Error::Query(vec![QueryProblem::new(free, "signature", message)]));
    }
    let auto = asked.format == Some(super::asked::AskedFormat::Auto);
    if asset.animated && auto {
        return Ok(Answer::File(Box::new(File { varies: true, ..whole(asset, asked, noted) })));
    }
    let what = asked.transform(settings(core), &asset, signed, request.takes_webp);
    let (picture, key) = variants::variant(core, &asset, &what).await?;
    let name = masthead_media::url_name(&asset.name, masthead_media::extension(what.format.mime()));
    Ok(Answer::File(Box::new(File {
        mime: what.format.mime().to_owned(),
        etag: format!("{}-{}", address::short(&asset.hash), key.replace('.', "-")),
        size: picture.len() as u64,
        at_hand: Some(picture),
        varies: auto,
        private: asset.private,
        ends: asked.expires.is_some(),
        noted,
        inline: !asked.download,
        sandboxed: false,
        name,
        asset,
    })))
}

fn whole(asset: Arc<Asset>, asked: &Asked, noted: Noted) -> File {
    let is_svg = asset.mime == "image/svg+xml";
    File {
        mime: asset.mime.clone(),
        etag: address::short(&asset.hash).to_owned(),
        size: u64::try_from(asset.size).unwrap_or(0),
        at_hand: None,
        varies: false,
        private: asset.private,
        ends: asked.expires.is_some(),
        noted,
        inline: !asked.download && (is_inline(&asset.mime) || is_svg),
        sandboxed: is_svg || kind_of(&asset.mime) == Kind::File && asset.mime != "application/pdf",
        name: asset.name.clone(),
        asset,
    }
}

/// The bytes of an opened file by its hash, or a range of them.
pub async fn bytes_of(core: &Core, hash: &str, range: Option<Range<u64>>) -> Result<Reading> {
    Ok(core.library().blobs.get(&blob_key(hash), range).await?)
}

/// A signed address for these parameters (`w=300&h=200&fit=cover`), for whoever sees the file. Of a private file it ends
/// after `seconds`; of a public one never.
pub async fn signed_address(core: &Core, caller: &Caller, id: &str, parameters: &str, seconds: i64) -> Result<String> {
    let asset = super::edit::get(core, caller, id).await?;
    let asked = super::asked(parameters).map_err(|problem| Error::Query(vec![problem]))?;
    if let Some(taken) = ["e", "s"].into_iter().find(|name| asked.sent.iter().any(|(key, _)| key == name)) {
        let problem = QueryProblem::new(taken, "unknown_parameter", "the end of an address is not chosen this way");
        return Err(Error::Query(vec![problem]));
    }
    let until = now_micros() / 1_000_000 + seconds.clamp(1, 7 * 24 * 3600);
    if asset.private {
        return Ok(view::url(core, &asset, &asked.sent, until));
    }
    Ok(address::signed(core, &asset, &asked.sent, None))
}
