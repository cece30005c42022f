//! Documents as the index takes them: their texts, per state and locale.

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
}

/// What the index holds of these documents; nothing of those that are in the trash or gone.
pub fn entries_of(core: &Core, keys: &[i64]) -> Result<Vec<Entry>> {
    core.read_blocking(|conn, snapshot| {
        let docs = documents::with_keys(conn, keys)?;
        of(conn, snapshot, docs)
    })
}

/// The same for the next documents of a type after a key: `(the last key, entries)`; none at the end.
pub fn next_entries(core: &Core, type_key: i64, after: i64, limit: i64) -> Result<Option<(i64, Vec<Entry>)>> {
    core.read_blocking(|conn, snapshot| {
        let docs = documents::page(conn, type_key, after, limit)?;
        let Some(last) = docs.last().map(|d| d.key) else { return Ok(None) };
        Ok(Some((last, of(conn, snapshot, docs)?)))
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
                let draft = state == State::Draft;
                // Mostly a draft is what is published.
                if draft && let Some(same) = entries.iter_mut().find(|e| e.locale == locale && e.texts == texts) {
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
                });
            }
        }
        found.append(&mut entries);
    }
    Ok(found)
}
