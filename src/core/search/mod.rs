//! Search: what of documents goes into the index, and the port behind which the index stands.
//!
//! The index proposes candidates by words, in order; what is counted and delivered of them is decided by the database,
//! by the same rules as any list. Ranking uses no statistic over documents, so nothing is learned from an order.

mod entries;
mod words;

pub use entries::{Entry, entries_of, next_entries, signatures};
pub use words::{MAX_WORDS, Part, Words, words};

use crate::Result;
use crate::events::Dependency;
use serde::Serialize;
use std::collections::HashSet;
use std::sync::Arc;

/// Most candidates of one search.
pub const MAX_HITS: usize = 10_000;

/// Documents of one type in one state and locale, as far as the caller reads them.
#[derive(Clone, Debug)]
pub struct Shelf {
    pub type_key: i64,
    /// Locale of the rows: `''` where the type has no localized fields.
    pub locale: String,
    /// Whose language their texts are in.
    pub language: String,
    pub drafts: bool,
    /// Ids of the type's own fields in which words are looked for; all when none.
    pub fields: Option<Vec<String>>,
}

/// How much a document may differ from what was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tolerance {
    /// Every word as it is written, its other forms, or the beginning of a word at the end.
    None,
    /// Typos too, by the length of the word.
    Typos,
    /// Most of the words.
    Words,
}

/// A search.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    pub words: &'a Words,
    pub shelves: &'a [Shelf],
    pub tolerance: Tolerance,
    /// Only documents with these keys.
    pub only: Option<&'a HashSet<i64>>,
    /// Only words in titles, for proposals.
    pub titles: bool,
    pub most: usize,
}

/// A document that has the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    pub doc: i64,
    /// Index among the shelves.
    pub shelf: usize,
}

/// Candidates, the best first.
#[derive(Clone, Debug, Default)]
pub struct Hits {
    pub hits: Vec<Hit>,
    /// There are more than were wanted.
    pub cut: bool,
}

/// Where the index stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Standing {
    /// Everything is in it; otherwise it is still being made.
    pub ready: bool,
    /// Number of the last event that it contains.
    pub position: i64,
    /// Events that it does not contain yet.
    pub lag: i64,
    /// Since the first of these, in ms.
    pub lag_ms: i64,
    /// Documents, one per state and locale where these differ.
    pub documents: u64,
    pub segments: u64,
    /// On disk.
    pub bytes: u64,
    /// Equal for indexes with the same content.
    pub digest: String,
}

/// The index.
pub trait Searcher: Send + Sync {
    /// Whether it contains everything that was there when it was begun.
    fn is_ready(&self) -> bool;

    fn find(&self, wanted: &Wanted<'_>) -> Result<Hits>;

    /// A part of `text` with the words marked, as safe HTML of about `most` characters; none when it has none of them.
    fn marked(&self, words: &Words, language: &str, text: &str, most: usize) -> Option<String>;

    /// Changes with every change of the index.
    fn generation(&self) -> Dependency;

    /// Number of the last event that what is found contains.
    fn position(&self) -> i64;

    fn standing(&self) -> Result<Standing>;
}

/// The index, once there is one.
pub type Wired = std::sync::OnceLock<Arc<dyn Searcher>>;
