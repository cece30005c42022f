//! Documents as the index takes them: their texts, per state and locale.

use super::facts::{Fact, facts};
use crate::content::{Loaded, State, moments, rows_of};
use crate::{Core, Result, Snapshot};
use masthead_model::search_text::{self, Text};
use masthead_model::{Kind, TypeKey};
use masthead_store::{Connection, documents};
use std::collections::BTreeMap;

/// A document in one locale, in one state or in both where they read the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub doc: i64,
    pub type_key: i64,
    /// Locale of the row.
    pub locale: String,
    /// The language of its texts.
    pub language: String,
    pub published: bool,
    pub draft: bool,
    /// When it was last published, or saved where it is not published, µs.
    pub at: i64,
    pub texts: Vec<Text>,
    /// By id of the field.
    pub facts: Vec<(String, Fact)>,
}

/// What the index holds of these documents; nothing of those that are in the trash or gone.
pub fn entries_of(core: &Core, keys: &[i64]) -> Result<Vec<Entry>> {
    core.read_blocking(|conn, snapshot| {
        let docs = documents::with_keys(conn, keys)?;
        of(conn, snapshot, docs)
    })
}

/// Some documents of a type, one after the other by their keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// The last key.
    pub last: i64,
    pub documents: u64,
    pub entries: Vec<Entry>,
}

/// The same for the next documents of a type after a key; none at the end.
pub fn next_entries(core: &Core, type_key: i64, after: i64, limit: i64) -> Result<Option<Batch>> {
    core.read_blocking(|conn, snapshot| {
        let docs = documents::page(conn, type_key, after, limit)?;
        let Some(last) = docs.last().map(|d| d.key) else { return Ok(None) };
        let count = docs.len() as u64;
        Ok(Some(Batch { last, documents: count, entries: of(conn, snapshot, docs)? }))
    })
}

/// How many documents there are, for whoever waits for all of them.
pub fn documents(core: &Core) -> Result<u64> {
    core.read_blocking(|conn, snapshot| {
        let mut count = 0;
        for ty in snapshot.model.types().filter(|ty| ty.def.kind != Kind::Component) {
            count += documents::count(conn, ty.key.0)?;
        }
        Ok(count.unsigned_abs())
    })
}

/// For each type with documents, what its texts depend on beside the documents.
pub fn signatures(core: &Core) -> Result<BTreeMap<i64, String>> {
    core.read_blocking(|_, snapshot| {
        let model = &snapshot.model;
        let types = model.types().filter(|ty| ty.def.kind != Kind::Component);
        Ok(types.map(|ty| (ty.key.0, search_text::signature(model, ty))).collect())
    })
}

fn of(conn: &mut Connection, snapshot: &Snapshot, mut docs: Vec<documents::Document>) -> Result<Vec<Entry>> {
    docs.retain(|doc| doc.trashed_at.is_none() && snapshot.model.by_key(TypeKey(doc.type_key)).is_some());
    let mut found = Vec::with_capacity(docs.len());
    for loaded in Loaded::many(conn, snapshot, docs)? {
        let mut entries: Vec<Entry> = Vec::new();
        for state in [State::Published, State::Draft] {
            for (locale, values) in rows_of(conn, snapshot, &loaded, state)? {
                let texts = search_text::texts(&snapshot.model, &loaded.ty, &values);
                let facts = facts(&loaded.ty, &values);
                let draft = state == State::Draft;
                // Mostly a draft is what is published.
                let is_same = |e: &&mut Entry| e.locale == locale && e.texts == texts && e.facts == facts;
                if draft && let Some(same) = entries.iter_mut().find(is_same) {
                    same.draft = true;
                    continue;
                }
                let (at, _) = moments(&loaded, state, &locale);
                let language = if locale.is_empty() { snapshot.model.locales.default_code() } else { &locale };
                entries.push(Entry {
                    doc: loaded.doc.key,
                    type_key: loaded.ty.key.0,
                    language: language.to_owned(),
                    locale,
                    published: !draft,
                    draft,
                    at,
                    texts,
                    facts,
                });
            }
        }
        found.append(&mut entries);
    }
    Ok(found)
}
