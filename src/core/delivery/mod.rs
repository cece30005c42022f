//! The read path: content as the API delivers it, from a query to the bytes of an answer.
//!
//! A query is bound to the model, compiled to one statement per level of population, and answered by joining slices of
//! rendered documents. An answer is kept in memory together with the generations that it was made from, noted *before*
//! its snapshot was opened, and is used only while all of them hold.

mod assemble;
mod cache;
mod compile;
mod cursor;
mod documents;
mod encoded;
mod etag;
mod html;
mod item;
mod locales;
mod met;
mod named;
mod paging;
mod past;
mod places;
mod plan;
mod populate;
mod read;
mod request;
mod resolve;
mod route;
mod search;
pub mod stored;
mod tags;
#[cfg(test)]
mod tests;
mod writing;

pub use cache::{Cache, Stats};
pub use encoded::{Coding, Codings, Encoded, encoded};
pub use etag::ETag;
pub(crate) use met::rows as rows_meeting;
pub use tags::Tags;
pub use writing::{Writing, writing};

use crate::{Caller, Core, Result};
use bytes::Bytes;
use request::{Door, Request};
use std::sync::Arc;

/// A finished answer.
#[derive(Debug)]
pub struct Delivered {
    /// JSON.
    pub body: Bytes,
    pub etag: ETag,
    /// The type's own `Cache-Control`, when it has one.
    pub cache_control: Option<String>,
    /// Made for somebody in particular: no shared cache may keep it.
    pub private: bool,
    /// How many SQL statements it took; an answer from memory says what it took then.
    pub statements: u32,
    /// Ids of the types, and of the documents when these are few.
    pub tags: Tags,
    /// The body compressed, once somebody has asked for it.
    pub encoded: Encoded,
}

/// `GET /api/{name}`: a page of a collection, or the document of a single.
///
/// Unknown and unreadable types are one and the same [`NotFound`](crate::Error::NotFound); wrong parameters are
/// [`Query`](crate::Error::Query), all of them.
pub async fn list_or_single(core: &Core, caller: &Caller, name: &str, raw_query: &str) -> Result<Arc<Delivered>> {
    cache::through(core, Request::new(caller, name, None, raw_query)).await
}

/// The answer of [`list_or_single`] or [`one`] to nobody in particular, where it is in memory: without waiting for
/// anything, and before anybody has looked at which route the path leads to.
pub fn at_hand(core: &Core, name: &str, id: Option<&str>, raw_query: &str) -> Option<Arc<Delivered>> {
    core.cache().at_hand(core, name, id, raw_query)
}

/// Where a draft stands against what is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing is published.
    Draft,
    /// Published as it is.
    Published,
    /// Published, with changes that are not.
    Modified,
}

impl Standing {
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "draft" => Some(Self::Draft),
            "published" => Some(Self::Published),
            "modified" => Some(Self::Modified),
            _ => None,
        }
    }
}

/// A page of drafts, of singles too; `raw_query` says `status=draft`. Never kept in memory.
pub(crate) async fn drafts(
    core: &Core,
    caller: &Caller,
    name: &str,
    raw_query: &str,
    standing: Option<Standing>,
) -> Result<Arc<Delivered>> {
    cache::through(core, Request::new(caller, name, None, raw_query).of_drafts(standing)).await
}

/// `GET /api/{name}/{documentId}`: one document of a collection.
pub async fn one(core: &Core, caller: &Caller, name: &str, id: &str, raw_query: &str) -> Result<Arc<Delivered>> {
    cache::through(core, Request::new(caller, name, Some(id), raw_query)).await
}

/// `GET /api/resolve?path=`: the document whose address on the website that is, or where it has moved.
///
/// What is not there, not published or not for this caller is [`NotFound`](crate::Error::NotFound).
pub async fn resolve(core: &Core, caller: &Caller, raw_query: &str) -> Result<Arc<Delivered>> {
    cache::through(core, Request::at(Door::Resolve, caller, raw_query)).await
}

/// `GET /api/i18n/locales`: the site's languages, for those who may read anything at all.
pub async fn locales(core: &Core, caller: &Caller, raw_query: &str) -> Result<Arc<Delivered>> {
    cache::through(core, Request::at(Door::Locales, caller, raw_query)).await
}

/// `GET /api/search`: documents of all types by their words, the best first.
pub async fn search(core: &Core, caller: &Caller, raw_query: &str) -> Result<Arc<Delivered>> {
    cache::through(core, Request::at(Door::Search, caller, raw_query)).await
}

/// `GET /api/search/suggest`: titles that go on like what is being typed.
pub async fn suggest(core: &Core, caller: &Caller, raw_query: &str) -> Result<Arc<Delivered>> {
    cache::through(core, Request::at(Door::Suggest, caller, raw_query)).await
}

/// What the cache of answers has done and holds.
pub fn stats(core: &Core) -> Stats {
    core.cache().stats()
}
