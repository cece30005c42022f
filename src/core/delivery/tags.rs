//! `Cache-Tag` and `Surrogate-Key`: what an answer is made of, so that a CDN can drop just the answers that changed.

use bytes::Bytes;
use http::HeaderValue;
use std::collections::BTreeSet;

/// With more documents than these, an answer is tagged with its types alone.
const MOST_DOCUMENTS: usize = 60;
/// Longest list of tags, in bytes: CDNs take no more.
const LONGEST: usize = 3 << 10;

/// The tags of an answer, as its two headers have them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags {
    /// Separated by commas; none when even the types are too many.
    pub cache_tag: Option<HeaderValue>,
    /// Separated by spaces.
    pub surrogate_key: Option<HeaderValue>,
}

impl Tags {
    /// Of ids of types that the reader may see, and of all documents that were read.
    pub(super) fn of<'a>(types: &BTreeSet<&str>, documents: impl Iterator<Item = &'a str>) -> Self {
        // A document may be met many times before there are too many.
        let documents: BTreeSet<&str> = documents.take(MOST_DOCUMENTS * 20).collect();
        let with = (documents.len() <= MOST_DOCUMENTS).then(|| list(types.iter().chain(&documents))).flatten();
        let cache_tag = with.or_else(|| list(types.iter())).filter(|tags| !tags.is_empty());
        let header = |tags: String| HeaderValue::from_maybe_shared(Bytes::from(tags)).ok();
        let spaced = cache_tag.as_ref().map(|tags| tags.replace(',', " "));
        Self { surrogate_key: spaced.and_then(header), cache_tag: cache_tag.and_then(header) }
    }

    /// Bytes in memory.
    pub(super) fn size(&self) -> usize {
        [&self.cache_tag, &self.surrogate_key].into_iter().flatten().map(HeaderValue::len).sum()
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
        tags.cache_tag.map_or_else(String::new, |tags| tags.to_str().unwrap().to_owned())
    }

    fn ids(count: usize, length: usize) -> Vec<String> {
        (0..count).map(|n| format!("{n:0length$}")).collect()
    }

    #[test]
    fn types_and_documents_stand_in_one_list() {
        assert_eq!(of(&["b", "a"], &ids(2, 3)), "a,b,000,001");
        let types: BTreeSet<&str> = ["a", "b"].into();
        assert_eq!(Tags::of(&types, std::iter::empty()).surrogate_key.unwrap(), "a b");
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
