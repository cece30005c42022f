//! `Cache-Tag` and `Surrogate-Key`: what an answer is made of, so that a CDN can drop just the answers that changed.

use bytes::Bytes;
use std::collections::BTreeSet;

/// With more documents than these, an answer is tagged with its types alone.
const MOST_DOCUMENTS: usize = 60;
/// Longest list of tags, in bytes: CDNs take no more.
const LONGEST: usize = 3 << 10;

/// The tags of an answer, as its two headers have them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags {
    /// Separated by commas; empty when even the types are too many.
    pub cache_tag: Bytes,
    /// Separated by spaces.
    pub surrogate_key: Bytes,
}

impl Tags {
    /// Of ids of types that the reader may see, and of all documents that were read.
    pub(super) fn of<'a>(types: &BTreeSet<&str>, documents: impl Iterator<Item = &'a str>) -> Self {
        // A document may be met many times before there are too many.
        let documents: BTreeSet<&str> = documents.take(MOST_DOCUMENTS * 20).collect();
        let with = (documents.len() <= MOST_DOCUMENTS).then(|| list(types.iter().chain(&documents))).flatten();
        let cache_tag = with.or_else(|| list(types.iter())).unwrap_or_default();
        Self { surrogate_key: cache_tag.replace(',', " ").into(), cache_tag: cache_tag.into() }
    }

    /// Bytes in memory.
    pub(super) fn size(&self) -> usize {
        self.cache_tag.len() + self.surrogate_key.len()
    }
}

fn list<'a>(tags: impl Iterator<Item = &'a &'a str>) -> Option<String> {
    let tags: Vec<&str> = tags.copied().collect();
    let list = tags.join(",");
    (list.len() <= LONGEST).then_some(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(types: &[&str], documents: &[String]) -> String {
        let types: BTreeSet<&str> = types.iter().copied().collect();
        let tags = Tags::of(&types, documents.iter().map(String::as_str));
        String::from_utf8(tags.cache_tag.to_vec()).unwrap()
    }

    fn ids(count: usize, length: usize) -> Vec<String> {
        (0..count).map(|n| format!("{n:0length$}")).collect()
    }

    #[test]
    fn types_and_documents_stand_in_one_list() {
        assert_eq!(of(&["b", "a"], &ids(2, 3)), "a,b,000,001");
        let types: BTreeSet<&str> = ["a", "b"].into();
        assert_eq!(Tags::of(&types, std::iter::empty()).surrogate_key, "a b".as_bytes());
    }

    #[test]
    fn more_than_sixty_documents_or_three_kilobytes_leave_the_types() {
        assert_eq!(of(&["a"], &ids(60, 24)).split(',').count(), 61);
        assert_eq!(of(&["a"], &ids(61, 24)), "a");
        assert_eq!(of(&["a"], &ids(60, 60)), "a");
        let long = "x".repeat(4000);
        assert_eq!(of(&[&long], &[]), "");
    }
}
