//! Which documents are looked at, and which of their fields.

use crate::shape::{hash, kind, state};
use masthead_core::search::Shelf;
use std::collections::HashSet;

/// Which documents are looked at, by their kind.
pub struct Shelves {
    /// In order.
    by_kind: Vec<(u64, u32)>,
    /// By shelf, hashes of the fields that are read; all when none.
    pub fields: Vec<Option<HashSet<u64>>>,
    /// Whether there is one of which not all fields are read.
    pub is_limited: bool,
}

impl Shelves {
    pub fn new(shelves: &[Shelf]) -> Self {
        let mut by_kind = Vec::new();
        let mut fields = Vec::new();
        for (shelf, i) in shelves.iter().zip(0..) {
            for (published, draft) in [(true, true), (!shelf.drafts, shelf.drafts)] {
                by_kind.push((kind(shelf.type_key, &shelf.locale, state(published, draft)), i));
            }
            let of = |fields: &Vec<String>| fields.iter().map(|f| hash(f) & 0xffff_ffff).collect();
            fields.push(shelf.fields.as_ref().map(of));
        }
        by_kind.sort_unstable();
        let is_limited = fields.iter().any(Option::is_some);
        Self { by_kind, fields, is_limited }
    }

    /// On which shelf documents of a kind stand, if they are looked at.
    pub fn of(&self, kind: u64) -> Option<u32> {
        let at = self.by_kind.binary_search_by_key(&kind, |(known, _)| *known).ok()?;
        Some(self.by_kind[at].1)
    }
}
