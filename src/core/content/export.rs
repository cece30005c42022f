//! Export: one record per document and locale, in the form that import takes.

use super::allowed::may;
use super::document::{Loaded, State, type_named};
use crate::access::{Rules, authorize};
use crate::{Caller, Core, Result, time};
use masthead_model::{Action, value};
use masthead_store::documents;
use serde_json::{Map, Value};

const PAGE: i64 = 200;

/// Hand every document of a type to `take`, drafts with `status: draft`, in the order they were created; how many
/// records that were. A document with unpublished changes gives two records: what is published, then the draft.
pub fn export(
    core: &Core,
    caller: &Caller,
    type_word: &str,
    take: &mut dyn FnMut(Map<String, Value>) -> Result<()>,
) -> Result<u64> {
    let mut after = 0;
    let mut count = 0;
    loop {
        let (records, last) = core.read_blocking(|conn, snapshot| {
            let ty = type_named(snapshot, type_word)?;
            authorize(caller, snapshot, Action::ReadDraft, &ty)?;
            let rules = Rules::of(caller, snapshot);
            let docs = documents::page(conn, ty.key.0, after, PAGE)?;
            let last = docs.last().map(|d| d.key);
            let mut records = Vec::new();
            for doc in docs.into_iter().filter(|d| d.trashed_at.is_none()) {
                let loaded = Loaded::of_document(conn, snapshot, doc)?;
                if !may(conn, snapshot, caller, Action::ReadDraft, &loaded)? {
                    continue;
                }
                let mut states = vec![State::Published];
                if ty.def.draft_and_publish {
                    states.push(State::Draft);
                }
                for state in states {
                    for (row, mut values) in super::rendering_values(conn, snapshot, &loaded, state)? {
                        values.retain(|field, _| rules.covers_field(Action::ReadDraft, ty.id(), field));
                        let locale = if row.is_empty() { snapshot.model.locales.default_code() } else { &row };
                        let is_clean = loaded.status(locale) == super::Status::Published;
                        if state == State::Draft && is_clean {
                            continue;
                        }
                        let fields = value::to_names(&snapshot.model, &ty, &values);
                        records.push(record(&loaded, &row, state, fields));
                    }
                }
            }
            Ok((records, last))
        })?;
        for record in records {
            take(record)?;
            count += 1;
        }
        match last {
            Some(key) => after = key,
            None => return Ok(count),
        }
    }
}

fn record(loaded: &Loaded, row: &str, state: State, fields: Map<String, Value>) -> Map<String, Value> {
    let mut out = Map::new();
    out.insert("documentId".to_owned(), loaded.doc.document_id.clone().into());
    if !row.is_empty() {
        out.insert("locale".to_owned(), row.into());
    }
    let status = if state == State::Published { "published" } else { "draft" };
    out.insert("status".to_owned(), status.into());
    out.insert("createdAt".to_owned(), time::to_text(loaded.doc.created_at).into());
    if let Some(at) = loaded.part(row).and_then(|p| p.published_at).filter(|_| state == State::Published) {
        out.insert("publishedAt".to_owned(), time::to_text(at).into());
    }
    out.extend(fields);
    out
}
