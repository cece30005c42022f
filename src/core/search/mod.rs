//! Search: what of documents goes into the index, and the port behind which the index stands.
//!
//! The index proposes candidates by words, in order; what is counted and delivered of them is decided by the database,
//! by the same rules as any list. Ranking uses no statistic over documents, so nothing is learned from an order.

mod entries;
mod facts;
mod keys;
mod words;

pub use entries::{Batch, Entry, documents, entries_of, next_entries, signatures};
pub use facts::{Fact, Form, form};
pub use keys::Keys;
pub use words::{MAX_WORDS, Part, Words, words};

use crate::Result;
use crate::events::Dependency;
use serde::Serialize;
use std::collections::BTreeMap;
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
    /// Only these documents, by shelf.
    pub only: Option<&'a [Keys]>,
    /// None of these, by shelf.
    pub except: Option<&'a [Keys]>,
    /// Only words in titles, for proposals.
    pub titles: bool,
    /// So many hits are handed out, however many there are.
    pub most: usize,
    /// What is counted of all that is found.
    pub counts: &'a [Count],
}

/// What is to be counted of the documents on some shelves by a field of theirs.
#[derive(Clone, Debug)]
pub struct Count {
    /// Id of the field.
    pub field: String,
    pub form: Form,
    /// Indexes among the shelves.
    pub shelves: Vec<usize>,
    pub what: Tallied,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tallied {
    /// Each value.
    Values,
    /// The least and the largest value, and how many there are in each range, from and up to but without its ends.
    Span(Vec<(Option<Fact>, Option<Fact>)>),
}

/// What was counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// How many documents have each value, in the order of the values.
    pub values: BTreeMap<Fact, u64>,
    pub span: Option<(Fact, Fact)>,
    /// Documents with a value.
    pub with_value: u64,
    /// Documents in each range.
    pub ranges: Vec<u64>,
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
    /// As many as were wanted.
    pub hits: Vec<Hit>,
    /// How many there are.
    pub total: usize,
    /// In the order of what was wanted.
    pub counted: Vec<Counted>,
    /// Number of an event that what was looked through contains, with all before it.
    pub position: i64,
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

    /// What marks the words in texts of a language. Words with typos are marked where these were allowed for.
    fn marking(&self, words: &Words, tolerance: Tolerance, language: &str) -> Box<dyn Marking>;

    /// Changes with every change of the index.
    fn generation(&self) -> Dependency;

    /// Number of the last event that what is found contains.
    fn position(&self) -> i64;

    fn standing(&self) -> Result<Standing>;
}

/// Marks words in texts.
pub trait Marking {
    /// A part of `text` with the words marked, as safe HTML of about `most` characters; none when it has none of them.
    fn marked(&self, text: &str, most: usize) -> Option<String>;
}

/// The index, once there is one.
pub type Wired = std::sync::OnceLock<Arc<dyn Searcher>>;
