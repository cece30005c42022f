//! Identifiers of documents and items, and the public number of a document.

use rand::RngExt;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The key of a content type in this database (its portable name is `ContentType::id`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TypeKey(pub i64);

/// 24 characters `[a-z0-9]`, the first a letter; the same in every state and locale of a document, for ever.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DocumentId(String);

/// Not 24 characters of `[a-z0-9]`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a documentId is 24 characters of a–z and 0–9")]
pub struct MalformedId;

impl DocumentId {
    /// A new random id.
    pub fn generate() -> Self {
        Self(random_word(24))
    }

    pub fn parse(text: &str) -> Result<Self, MalformedId> {
        if is_document_id(text) { Ok(Self(text.to_owned())) } else { Err(MalformedId) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether `text` has the form of a document id.
pub fn is_document_id(text: &str) -> bool {
    text.len() == 24 && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

impl TryFrom<String> for DocumentId {
    type Error = MalformedId;
    fn try_from(text: String) -> Result<Self, MalformedId> {
        if is_document_id(&text) { Ok(Self(text)) } else { Err(MalformedId) }
    }
}

impl From<DocumentId> for String {
    fn from(id: DocumentId) -> String {
        id.0
    }
}

impl fmt::Display for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A new id for a component or block item: 10 characters, stable while the item lives.
pub fn new_item_id() -> String {
    random_word(10)
}

/// Whether `text` may be an item's id: what [`new_item_id`] makes, and what other systems' exports bring.
pub fn is_item_id(text: &str) -> bool {
    (1..=40).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

fn random_word(length: usize) -> String {
    const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let mut rng = rand::rng();
    (0..length).map(|i| LETTERS[rng.random_range(0..if i == 0 { 26 } else { 36 })] as char).collect()
}

/// Turns row keys into the API's integer `id` and back: a keyed permutation of the numbers below 2^48, so that ids
/// are stable and safe in JavaScript, yet tell nobody how many documents there are.
///
/// A balanced Feistel network (Luby and Rackoff 1988) of six rounds; the round function is the 64-bit finaliser of
/// MurmurHash3 over half-block and round key. It hides counts from the curious; it is not encryption.
#[derive(Clone, Copy, Debug)]
pub struct PublicIds([u64; 6]);

const HALF: u64 = (1 << 24) - 1;

impl PublicIds {
    pub fn new(site_key: &[u8]) -> Self {
        use sha2::Digest;
        let mut keys = [0u64; 6];
        for (round, key) in keys.iter_mut().enumerate() {
            let mut hash = sha2::Sha256::new();
            hash.update([round as u8]);
            hash.update(site_key);
            let digest = hash.finalize();
            let mut first = [0u8; 8];
            first.copy_from_slice(&digest[..8]);
            *key = u64::from_le_bytes(first);
        }
        Self(keys)
    }

    /// The API's id of row `key`.
    pub fn public(&self, key: i64) -> i64 {
        let (mut left, mut right) = ((key as u64 >> 24) & HALF, key as u64 & HALF);
        for round in self.0 {
            (left, right) = (right, left ^ (mix(right ^ round) & HALF));
        }
        ((left << 24) | right) as i64
    }

    /// The row key of the API's `id`; none when it cannot be one.
    pub fn key(&self, id: i64) -> Option<i64> {
        if !(0..1 << 48).contains(&id) {
            return None;
        }
        let (mut left, mut right) = ((id as u64 >> 24) & HALF, id as u64 & HALF);
        for round in self.0.iter().rev() {
            (left, right) = (right ^ (mix(left ^ round) & HALF), left);
        }
        Some(((left << 24) | right) as i64)
    }
}

fn mix(mut x: u64) -> u64 {
    x ^= x >> 33;
    x = x.wrapping_mul(0xff51_afd7_ed55_8ccd);
    x ^= x >> 33;
    x = x.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    x ^ (x >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_ids_come_back_and_do_not_count() {
        let ids = PublicIds::new(b"site");
        let mut seen = std::collections::HashSet::new();
        for key in (1..2000).chain([1 << 40, (1 << 48) - 1]) {
            let id = ids.public(key);
            assert!((0..1 << 48).contains(&id) && seen.insert(id));
            assert_eq!(ids.key(id), Some(key));
        }
        assert!((1..100).any(|k| ids.public(k) > ids.public(k + 1)));
        assert_eq!(ids.key(-1), None);
        assert_ne!(PublicIds::new(b"other").public(1), ids.public(1));
    }

    #[test]
    fn document_ids_have_their_form() {
        let id = DocumentId::generate();
        assert_eq!(DocumentId::parse(id.as_str()), Ok(id));
        assert_eq!(DocumentId::parse("UPPER"), Err(MalformedId));
    }
}
