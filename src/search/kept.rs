//! What words are worth in the documents of a segment, kept where finding it was dear: the first letters of words and the
//! frequent words that everybody types. Segments never change, so nothing that is kept becomes wrong.

use crate::asked::Need;
use quick_cache::sync::Cache;
use quick_cache::{Equivalent, Weighter};
use std::sync::Arc;
use tantivy::index::SegmentId;

/// Bytes of all that is kept, and what one is expected to have.
const BYTES: u64 = 64 << 20;
const USUAL: u64 = 32 << 10;
/// An entry takes about this much beside the worths, in bytes.
const OVERHEAD: u64 = 200;

pub struct Kept(Cache<Key, Arc<Vec<u8>>, ByBytes>);

#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    segment: SegmentId,
    titles: bool,
    need: Need,
}

/// The same, borrowed: hashed in the same order.
#[derive(Hash)]
struct Asked<'n> {
    segment: SegmentId,
    titles: bool,
    need: &'n Need,
}

impl Equivalent<Key> for Asked<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        self.segment == key.segment && self.titles == key.titles && *self.need == key.need
    }
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<Key, Arc<Vec<u8>>> for ByBytes {
    fn weight(&self, _: &Key, worths: &Arc<Vec<u8>>) -> u64 {
        worths.len() as u64 + OVERHEAD
    }
}

impl Default for Kept {
    fn default() -> Self {
        Self(Cache::with_weighter((BYTES / USUAL) as usize, BYTES, ByBytes))
    }
}

impl Kept {
    /// What is kept of a need in a segment, looked for in titles only or in all words.
    pub fn get(&self, segment: SegmentId, titles: bool, need: &Need) -> Option<Arc<Vec<u8>>> {
        self.0.get(&Asked { segment, titles, need })
    }

    pub fn put(&self, segment: SegmentId, titles: bool, need: &Need, worths: &Arc<Vec<u8>>) {
        self.0.insert(Key { segment, titles, need: need.clone() }, worths.clone());
    }
}
