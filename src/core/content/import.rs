//! Import: records of NDJSON or CSV, created or updated one by one; a bad one does not stop the rest.

use super::allowed::authorize_on;
use super::create::insert;
use super::document::{Loaded, State, type_named};
use super::lookup;
use super::part::How;
use super::pending;
use super::save::{Change, Work};
use crate::access::authorize;
use crate::{Caller, Core, Error, Result, time};
use masthead_model::{Action, DocumentId, Kind, Problem, Type};
use masthead_store::{Tx, documents, now_micros};
use serde_json::{Map, Value};
use std::sync::{Arc, Mutex};

/// How to import.
#[derive(Clone, Debug, Default)]
pub struct ImportOptions {
    /// Name of a unique field or slug: a record whose value is there already updates that document.
    pub key: Option<String>,
    /// Publish records that do not say `status`.
    pub publish: bool,
    /// Say what would happen, and change nothing.
    pub dry_run: bool,
}

/// One record of a file.
#[derive(Clone, Debug)]
pub struct Record {
    /// Its line, from 1.
    pub line: u64,
    /// By field names, with `documentId`, `locale`, `status`, `createdAt`, `publishedAt` where given.
    pub values: Map<String, Value>,
}

/// What became of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    pub document_id: String,
    pub created: bool,
    pub changed: bool,
    /// References that wait for their target.
    pub pending: usize,
}

/// The outcome of one line.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportLine {
    pub line: u64,
    pub outcome: Result<Imported, Vec<Problem>>,
}

/// Import records into a type, all in one transaction; each is kept or refused by itself.
pub async fn import_batch(
    core: &Core,
    caller: &Caller,
    type_word: &str,
    options: &ImportOptions,
    records: Vec<Record>,
) -> Result<Vec<ImportLine>> {
    let (ids, caller, word, options) = (core.ids(), caller.clone(), type_word.to_owned(), options.clone());
    let dry_run = options.dry_run;
    // A dry run does everything and then undoes it: what it reports is what would happen.
    let report: Arc<Mutex<Vec<ImportLine>>> = Arc::default();
    let kept = report.clone();
    let done = core
        .write(move |tx, snapshot| {
            let ty = type_named(snapshot, &word)?;
            for action in [Action::Create, Action::Update, Action::Publish] {
                authorize(&caller, snapshot, action, &ty)?;
            }
            let mut lines = Vec::with_capacity(records.len());
            import_all(tx, &records, &mut lines, &mut |tx, record| {
                let work = Work { tx, snapshot, ids, caller: &caller, now: now_micros() };
                one(work, &ty, &options, record.values.clone())
            })?;
            if let Ok(mut kept) = kept.lock() {
                *kept = lines;
            }
            if dry_run { Err(Error::Conflict(DRY.to_owned())) } else { Ok(()) }
        })
        .await;
    match done {
        Err(Error::Conflict(reason)) if dry_run && reason == DRY => {}
        other => other?,
    }
    let lines = report.lock().map(|mut lines| std::mem::take(&mut *lines));
    lines.map_err(|_| Error::Internal("the report was lost".to_owned()))
}

/// Import all of `records` in one savepoint; when one is refused, undo that and import each half for itself. So the good
/// lines around a bad one cost little more than without it.
fn import_all(
    tx: &mut Tx<'_>,
    records: &[Record],
    lines: &mut Vec<ImportLine>,
    one: &mut dyn FnMut(&mut Tx<'_>, &Record) -> Result<Imported>,
) -> Result<()> {
    let together = tx.nested(|tx| {
        records.iter().map(|record| Ok(ImportLine { line: record.line, outcome: Ok(one(tx, record)?) })).collect()
    });
    match (together, records) {
        (Ok::<Vec<_>, Error>(all), _) => lines.extend(all),
        (Err(Error::Store(error)), _) => return Err(error.into()),
        (Err(refusal), [record]) => lines.push(ImportLine { line: record.line, outcome: Err(problems(refusal)) }),
        (Err(_), _) => {
            let (first, second) = records.split_at(records.len() / 2);
            import_all(tx, first, lines, one)?;
            import_all(tx, second, lines, one)?;
        }
    }
    Ok(())
}

const DRY: &str = "dry run";

fn problems(refusal: Error) -> Vec<Problem> {
    match refusal {
        Error::Invalid(problems) | Error::Blocked(problems) => problems,
        other => vec![Problem::new("", "refused", other.to_string())],
    }
}

/// Take a member that is not a field out of a record.
fn take_text(values: &mut Map<String, Value>, name: &str) -> Result<Option<String>> {
    match values.shift_remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Error::invalid(&format!("/{name}"), "type", format!("{name} is a text"))),
    }
}

fn take_moment(values: &mut Map<String, Value>, name: &str) -> Result<Option<i64>> {
    let Some(text) = take_text(values, name)? else { return Ok(None) };
    let at = time::parse(&text);
    at.map(Some)
        .ok_or_else(|| Error::invalid(&format!("/{name}"), "format", format!("'{text}' is not a point in time")))
}

fn one(
    mut work: Work<'_, '_>,
    ty: &Arc<Type>,
    options: &ImportOptions,
    mut values: Map<String, Value>,
) -> Result<Imported> {
    let document_id = match take_text(&mut values, "documentId")? {
        Some(text) => {
            Some(DocumentId::parse(&text).map_err(|e| Error::invalid("/documentId", "format", e.to_string()))?)
        }
        None => None,
    };
    let created_at = take_moment(&mut values, "createdAt")?;
    let published_at = take_moment(&mut values, "publishedAt")?;
    take_text(&mut values, "updatedAt").ok();
    let locale = take_text(&mut values, "locale")?;
    let locale = super::document::locale_of(work.snapshot, locale.as_deref())?;
    let publish = match take_text(&mut values, "status")?.as_deref() {
        Some("published") => true,
        Some("draft") => false,
        Some(other) => {
            return Err(Error::invalid("/status", "value", format!("'{other}' is neither 'published' nor 'draft'")));
        }
        None => options.publish,
    };
    let row = ty.row_locale(&locale).to_owned();

    let existing = match &document_id {
        Some(id) => documents::by_document_id(work.tx, id.as_str())?.map(|d| d.document_id),
        None => None,
    };
    let existing = match (existing, &options.key) {
        (Some(id), _) => Some(id),
        (None, Some(name)) => by_key(&mut work, ty, name, &values, &locale)?,
        (None, None) if ty.def.kind == Kind::Single => documents::first_of(work.tx, ty.key.0)?.map(|d| d.document_id),
        (None, None) => None,
    };
    let created = existing.is_none();
    let mut loaded = match existing {
        Some(id) => {
            let loaded = Loaded::lock(work.tx, work.snapshot, &id)?;
            loaded.expect_active()?;
            if loaded.ty.key != ty.key {
                return Err(Error::Conflict(format!("document {id} is of another type")));
            }
            for action in [Action::Update, Action::Publish] {
                authorize_on(work.tx, work.snapshot, work.caller, action, &loaded)?;
            }
            loaded
        }
        None => insert(&mut work, ty, document_id.as_ref(), created_at)?,
    };
    let change = Change { data: &values, locale: &locale, base: None, how: How::Import, allow_pending: true };
    let applied = work.apply(&mut loaded, &change)?;
    let kind = if created { "document.created" } else { "document.saved" };
    work.finish(&mut loaded, &locale, &applied, kind)?;
    let mut changed = created || applied.created || !applied.fields.is_empty();
    if publish && ty.def.draft_and_publish {
        let was = loaded.status(&locale);
        // What waits for its target is not missing: it is on its way.
        pending::publish_if_complete(&mut work, &mut loaded, &row, published_at)?;
        changed |= was != loaded.status(&locale);
    } else if let (Some(at), false) = (published_at, ty.def.draft_and_publish) {
        set_published_at(&mut work, &mut loaded, &row, at)?;
    }
    Ok(Imported { document_id: loaded.doc.document_id.clone(), created, changed, pending: applied.waiting })
}

/// In a type without drafts the save was live already: only the moment remains to be kept.
fn set_published_at(work: &mut Work<'_, '_>, loaded: &mut Loaded, row: &str, at: i64) -> Result<()> {
    let Some(part) = loaded.part_mut(row) else { return Ok(()) };
    if part.published_at == Some(at) {
        return Ok(());
    }
    part.published_at = Some(at);
    let part = part.clone();
    masthead_store::parts::put(work.tx, &part)?;
    super::refresh(work.tx, work.snapshot, work.ids, loaded, &[State::Published])
}

fn by_key(
    work: &mut Work<'_, '_>,
    ty: &Type,
    name: &str,
    values: &Map<String, Value>,
    locale: &str,
) -> Result<Option<String>> {
    let field = ty.field_named(name).filter(|f| f.unique || f.kind == masthead_model::FieldType::Slug);
    let field = field.ok_or_else(|| {
        Error::invalid("", "key", format!("'{name}' is no unique field or slug of {}", ty.def.singular))
    })?;
    let Some(value) = values.get(name).filter(|v| !v.is_null()) else {
        return Err(Error::invalid(&format!("/{name}"), "required", "the key has no value here"));
    };
    match lookup::by_unique(work.tx, &work.snapshot.model, ty, &field.id, value, locale)? {
        Some(key) => Ok(documents::by_key(work.tx, key)?.filter(|d| d.trashed_at.is_none()).map(|d| d.document_id)),
        None => Ok(None),
    }
}
