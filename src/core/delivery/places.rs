//! Places in lists that pages were read at, so that a page far behind is entered by its order's index instead of by
//! stepping over all rows before it.
//!
//! Kept like totals: with the generations that the rows were read under, and used only while these hold.

use super::compile::{After, Key};
use super::cursor;
use crate::events::{Dependency, Generations};
use masthead_store::delivered::Listed;
use quick_cache::sync::Cache as Kept;
use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};

/// Lists whose places are kept.
const LISTS: usize = 100;
/// One place is kept for so many rows; nearer to the beginning, stepping is as good. Tests have short lists.
const APART: u64 = if cfg!(test) { 3 } else { 100 };

/// Of all lists that were paged through, by their key.
pub(super) struct Places {
    lists: Kept<String, Arc<List>>,
}

/// The places of one list.
struct List {
    dependencies: Vec<Dependency>,
    /// By their number in units of [`APART`]: how many rows stand before the place, and the row that it is behind.
    known: RwLock<BTreeMap<u64, (u64, After)>>,
}

impl Places {
    pub fn new() -> Self {
        Self { lists: Kept::new(LISTS) }
    }

    /// Whether a place could help a page that begins behind so many rows.
    pub fn matter(start: u64) -> bool {
        start >= APART
    }

    /// The last known place at or before `start`, and how many rows stand before it.
    pub fn before(&self, list: &str, start: u64) -> Option<(u64, After)> {
        let list = self.lists.get(list).filter(|list| Generations::hold(&list.dependencies))?;
        let known = list.known.read().ok()?;
        let mut near = known.range(..=start / APART).rev().map(|(_, place)| place);
        near.find(|(rows, _)| *rows <= start).cloned()
    }

    /// Remember the place behind `last`, the row before which `rows` less one stand.
    pub fn note(&self, list: String, rows: u64, last: &Listed, keys: &[Key], dependencies: Vec<Dependency>) {
        let Some(keys) = last.4.as_deref().and_then(|text| cursor::binds(serde_json::from_str(text).ok()?, keys))
        else {
            return;
        };
        let after = After { keys, doc: last.0, locale: last.1.clone() };
        let same = |kept: &Arc<List>| {
            // Of an earlier state of the content nothing is added to.
            Generations::hold(&kept.dependencies)
                && kept.dependencies.iter().map(|d| d.1).eq(dependencies.iter().map(|d| d.1))
        };
        let kept = self.lists.get(&list).filter(same).unwrap_or_else(|| {
            let fresh = Arc::new(List { dependencies: dependencies.clone(), known: RwLock::default() });
            self.lists.insert(list, fresh.clone());
            fresh
        });
        if let Ok(mut known) = kept.known.write() {
            known.entry(rows / APART).or_insert((rows, after));
        }
    }
}
