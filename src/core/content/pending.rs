//! References of an import that wait for their target, and settle when it appears.

use super::document::{Loaded, State};
use super::part::{self, By, How};
use super::save::Work;
use super::{place, project, publish, slugs};
use crate::access::require_admin;
use crate::events::document_event;
use crate::{Caller, Core, Error, Result};
use masthead_model::value::{self, Pending, Reference, Scope};
use masthead_store::{Tx, documents, pending as rows};
use serde::Serialize;
use serde_json::{Map, Value};

/// The field under which a reference by document id waits.
const BY_ID: &str = "@documentId";

/// A reference that still waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Waiting {
    pub document_id: String,
    #[serde(rename = "type")]
    pub type_id: String,
    /// The unique field of the target, or `documentId`.
    pub field: String,
    pub value: String,
    pub targets: Vec<String>,
}

/// The references that still wait for their target.
pub fn waiting(core: &Core, caller: &Caller) -> Result<Vec<Waiting>> {
    core.read_blocking(|conn, snapshot| {
        require_admin(caller, snapshot)?;
        let mut out = Vec::new();
        for p in rows::all(conn, 10_000)? {
            let Some(doc) = documents::by_key(conn, p.doc)? else { continue };
            let ty = snapshot.model.by_key(masthead_model::TypeKey(doc.type_key));
            out.push(Waiting {
                document_id: doc.document_id,
                type_id: ty.map(|t| t.def.id.clone()).unwrap_or_default(),
                field: if p.field == BY_ID { "documentId".to_owned() } else { p.field },
                value: p.value,
                targets: serde_json::from_str(&p.targets).unwrap_or_default(),
            });
        }
        Ok(out)
    })
}

/// Remember what waits after a write, instead of what waited in the fields it wrote; how many wait.
pub(super) fn remember(
    tx: &mut Tx<'_>,
    loaded: &Loaded,
    locale: &str,
    waiting: &[Pending],
    written: &Map<String, Value>,
) -> Result<usize> {
    if waiting.is_empty() && !rows::any(tx)? {
        return Ok(0);
    }
    for old in rows::of(tx, loaded.doc.key)? {
        let path: Vec<String> = serde_json::from_str(&old.path).unwrap_or_default();
        let field = path.first().and_then(|id| loaded.ty.field(id));
        let is_here = field.is_some_and(|f| loaded.ty.part_of(f, locale) == old.locale);
        if is_here && field.is_some_and(|f| written.contains_key(&f.name)) {
            rows::delete(tx, old.key)?;
        }
    }
    for p in waiting {
        let part = p.path.first().and_then(|id| loaded.ty.field(id)).map_or("", |f| loaded.ty.part_of(f, locale));
        let (field, value) = match &p.reference {
            Reference::Document(id) => (BY_ID.to_owned(), id.to_string()),
            Reference::Unique { field, value, .. } => (field.clone(), text(value)),
            Reference::Number(_) => continue,
        };
        let row = rows::Pending {
            key: 0,
            doc: loaded.doc.key,
            locale: part.to_owned(),
            path: serde_json::to_string(&p.path).map_err(|e| Error::Internal(e.to_string()))?,
            ordinal: p.ordinal as i64,
            targets: serde_json::to_string(&p.targets).map_err(|e| Error::Internal(e.to_string()))?,
            field,
            value,
        };
        rows::insert(tx, &row)?;
    }
    Ok(waiting.len())
}

/// Nothing of a locale that is gone waits any longer.
pub(super) fn forget(tx: &mut Tx<'_>, loaded: &Loaded, locale: &str) -> Result<()> {
    for waiting in rows::of(tx, loaded.doc.key)?.into_iter().filter(|waiting| waiting.locale == locale) {
        rows::delete(tx, waiting.key)?;
    }
    Ok(())
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A document was saved in `row`: settle what waited for it.
pub(super) fn settle(work: &mut Work<'_, '_>, loaded: &Loaded, row: &str) -> Result<()> {
    if !rows::any(work.tx)? {
        return Ok(());
    }
    let mut found = rows::waiting_for(work.tx, BY_ID, &loaded.doc.document_id)?;
    let state = if loaded.ty.def.draft_and_publish { State::Draft } else { State::Published };
    let values = loaded.values(work.tx, work.snapshot, state, row)?;
    for field in loaded
        .ty
        .def
        .fields
        .iter()
        .filter(|f| slugs::is_unique(&loaded.ty, f) || f.kind == masthead_model::FieldType::Slug)
    {
        if let Some(value) = values.get(&field.id) {
            found.extend(rows::waiting_for(work.tx, &field.id, &text(value))?);
        }
    }
    for row in found {
        let targets: Vec<String> = serde_json::from_str(&row.targets).unwrap_or_default();
        if targets.contains(&loaded.ty.def.id) {
            settle_one(work, loaded, row)?;
        }
    }
    Ok(())
}

fn settle_one(work: &mut Work<'_, '_>, target: &Loaded, row: rows::Pending) -> Result<()> {
    rows::delete(work.tx, row.key)?;
    let Some(doc) = documents::by_key(work.tx, row.doc)? else { return Ok(()) };
    let mut source = Loaded::lock(work.tx, work.snapshot, &doc.document_id)?;
    let path: Vec<String> = serde_json::from_str(&row.path).unwrap_or_default();
    if path == ["parent"] {
        return place::reparent(work, &mut source, Some(target.doc.key));
    }
    let Some(part) = source.part(&row.locale).cloned() else { return Ok(()) };
    let waiting: Vec<usize> = rows::of(work.tx, row.doc)?
        .into_iter()
        .filter(|p| p.path == row.path && p.locale == row.locale)
        .map(|p| p.ordinal as usize)
        .collect();
    let many = is_many(work, &source, &path);
    let place = Pending { path, ordinal: row.ordinal as usize, reference: Reference::Number(0), targets: Vec::new() };
    let target_id = &target.doc.document_id;
    let mut values = source.part_values(work.tx, work.snapshot, State::Draft, &row.locale)?;
    if !value::settle(&mut values, &place, many, &waiting, target_id) {
        return Ok(());
    }
    // What is published gets the reference too: it was meant to have it from the start. Other edits stay pending.
    let published = match part.published {
        Some(body) if body != part.head => {
            let mut values = source.part_values(work.tx, work.snapshot, State::Published, &row.locale)?;
            value::settle(&mut values, &place, many, &waiting, target_id).then_some(values)
        }
        _ => None,
    };
    let author = work.caller.actor();
    let (now, was_clean) = (work.now, part.published == Some(part.head));
    if let Some(values) = published {
        let body = masthead_store::bodies::insert(work.tx, source.doc.key, work.snapshot.model.version, &values)?;
        if let Some(part) = source.part_mut(&row.locale) {
            part.published = Some(body);
            let part = part.clone();
            masthead_store::parts::put(work.tx, &part)?;
        }
    }
    let version = part::write(
        work.tx,
        work.snapshot,
        &mut source,
        &row.locale,
        &values,
        By { how: How::Link, author: &author, now },
    )?;
    if was_clean && part.published.is_some() {
        let locale = row.locale.clone();
        if let Some(part) = source.part_mut(&locale) {
            part.published = Some(part.head);
            part.published_version = Some(version);
            let part = part.clone();
            masthead_store::parts::put(work.tx, &part)?;
        }
    }
    if source.doc.trashed_at.is_none() {
        project::refresh(work.tx, work.snapshot, work.ids, &source, &[State::Draft, State::Published])?;
    }
    let mut event = document_event("document.saved", &source, work.caller);
    event.live = part.published.is_some();
    event.version = Some(version);
    work.tx.emit(event);
    Ok(())
}

/// Whether the relation at the end of a path of field and item ids is a list.
fn is_many(work: &Work<'_, '_>, source: &Loaded, path: &[String]) -> bool {
    let model = &work.snapshot.model;
    let mut owners = vec![source.ty.clone()];
    let mut found = None;
    for step in path.iter().step_by(2) {
        found = owners.iter().find_map(|o| o.field(step)).cloned();
        owners = match &found {
            Some(field) => field.item_components().iter().filter_map(|id| model.get(id)).cloned().collect(),
            None => return false,
        };
    }
    found.is_some_and(|f| f.many)
}

/// A record that was imported as published is published once what it needs is there.
pub(super) fn publish_if_complete(
    work: &mut Work<'_, '_>,
    loaded: &mut Loaded,
    row: &str,
    at: Option<i64>,
) -> Result<()> {
    publish::check(work, loaded, row, Scope { shared: true, local: true })?;
    publish::publish_row(work, loaded, row, at)?;
    Ok(())
}
