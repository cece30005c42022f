//! Versions: list, read, compare, and restore to the draft.

use super::allowed::{authorize_on, expect_all_fields, readable};
use super::document::{Loaded, State, locale_of};
use super::part::{self, By, How};
use super::save::{self, Applied, Saved, Work};
use crate::access::Rules;
use crate::{Caller, Core, Error, Result, Snapshot, time};
use masthead_model::value::{self, Change};
use masthead_model::{Action, convert};
use masthead_store::versions::Version;
use masthead_store::{Connection, bodies, now_micros, versions as rows};
use serde::Serialize;
use serde_json::{Map, Value};

/// Entries of a history that are listed at once.
const LISTED: i64 = 200;

/// An entry of a part's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HistoryEntry {
    /// Counts from 1 in its part.
    pub number: i64,
    /// None for the shared part.
    pub locale: Option<String>,
    pub kind: String,
    pub author: String,
    pub created_at: String,
    pub saved_at: String,
    /// When it was first published.
    pub published_at: Option<String>,
    /// Whether it is what is published now, and what the draft is.
    pub is_published: bool,
    pub is_draft: bool,
}

/// What a restore did to values that the model no longer takes as they were.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Restored {
    pub saved: Saved,
    /// One line per value that was converted or dropped.
    pub notes: Vec<String>,
}

/// The history of a document in one locale, newest first: of the shared part and of the locale's.
pub async fn versions(core: &Core, caller: &Caller, id: &str, locale: Option<&str>) -> Result<Vec<HistoryEntry>> {
    let (caller, id, locale) = (caller.clone(), id.to_owned(), locale.map(str::to_owned));
    core.read(move |conn, snapshot| {
        let (loaded, row) = open(conn, snapshot, &caller, &id, locale.as_deref())?;
        let mut names = vec![String::new()];
        if loaded.ty.localized {
            names.push(row);
        }
        let mut entries = Vec::new();
        for name in names {
            for v in rows::list(conn, loaded.doc.key, &name, LISTED)? {
                entries.push((v.saved_at, entry(&loaded, v)));
            }
        }
        entries.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        Ok(entries.into_iter().map(|(_, e)| e).collect())
    })
    .await
}

fn open(
    conn: &mut Connection,
    snapshot: &Snapshot,
    caller: &Caller,
    id: &str,
    locale: Option<&str>,
) -> Result<(Loaded, String)> {
    let loaded = Loaded::read(conn, snapshot, id)?;
    authorize_on(conn, snapshot, caller, Action::History, &loaded)?;
    let locale = locale_of(snapshot, locale)?;
    let row = loaded.ty.row_locale(&locale).to_owned();
    Ok((loaded, row))
}

fn entry(loaded: &Loaded, v: Version) -> HistoryEntry {
    let part = loaded.part(&v.locale);
    HistoryEntry {
        number: v.number,
        locale: (!v.locale.is_empty()).then_some(v.locale),
        kind: v.kind,
        author: v.author,
        created_at: time::to_text(v.created_at),
        saved_at: time::to_text(v.saved_at),
        published_at: v.published_at.map(time::to_text),
        is_published: part.is_some_and(|p| p.published == Some(v.body)),
        is_draft: part.is_some_and(|p| p.head == v.body),
    }
}

fn values_of(
    conn: &mut Connection,
    snapshot: &Snapshot,
    loaded: &Loaded,
    part: &str,
    number: i64,
) -> Result<(Map<String, Value>, Vec<String>)> {
    let found = rows::get(conn, loaded.doc.key, part, number)?;
    let v = found.ok_or_else(|| Error::not_found(format!("version {number} of {}", loaded.doc.document_id)))?;
    let (values, notes) = snapshot.current(&loaded.ty, bodies::get(conn, v.body)?);
    Ok((values, notes.into_iter().map(line).collect()))
}

/// A note of a conversion as a line for people.
fn line(note: convert::Note) -> String {
    let outcome = match note.outcome {
        convert::Outcome::Converted => "was converted",
        convert::Outcome::Partly => "was converted in part",
        convert::Outcome::Dropped => "was dropped",
    };
    match note.why {
        Some(why) => format!("{} {outcome}: {why}", note.pointer),
        None => format!("{} {outcome}", note.pointer),
    }
}

/// The part that a version number counts in: a localized type's versions are asked for by locale, `shared` for the
/// shared part.
fn part_of(loaded: &Loaded, row: &str, shared: bool) -> String {
    if shared || !loaded.ty.localized { String::new() } else { row.to_owned() }
}

/// The values of one version, by field names, as the current model reads them.
pub async fn version(
    core: &Core,
    caller: &Caller,
    id: &str,
    locale: Option<&str>,
    shared: bool,
    number: i64,
) -> Result<Map<String, Value>> {
    let (caller, id, locale) = (caller.clone(), id.to_owned(), locale.map(str::to_owned));
    core.read(move |conn, snapshot| {
        let (loaded, row) = open(conn, snapshot, &caller, &id, locale.as_deref())?;
        let part = part_of(&loaded, &row, shared);
        let (values, _) = values_of(conn, snapshot, &loaded, &part, number)?;
        let values = readable(conn, snapshot, &Rules::of(&caller, snapshot), &loaded, values)?;
        Ok(value::to_names(&snapshot.model, &loaded.ty, &values))
    })
    .await
}

/// What changed between two versions of one part, field by field.
pub async fn diff_versions(
    core: &Core,
    caller: &Caller,
    id: &str,
    locale: Option<&str>,
    shared: bool,
    (from, to): (i64, i64),
) -> Result<Vec<Change>> {
    let (caller, id, locale) = (caller.clone(), id.to_owned(), locale.map(str::to_owned));
    core.read(move |conn, snapshot| {
        let (loaded, row) = open(conn, snapshot, &caller, &id, locale.as_deref())?;
        let part = part_of(&loaded, &row, shared);
        let (old, _) = values_of(conn, snapshot, &loaded, &part, from)?;
        let (new, _) = values_of(conn, snapshot, &loaded, &part, to)?;
        let rules = Rules::of(&caller, snapshot);
        let old = readable(conn, snapshot, &rules, &loaded, old)?;
        let new = readable(conn, snapshot, &rules, &loaded, new)?;
        Ok(value::diff(&snapshot.model, &loaded.ty, &old, &new))
    })
    .await
}

/// Make a version the draft of its part; what is published stays. In types without drafts it goes live.
pub async fn restore_version(
    core: &Core,
    caller: &Caller,
    id: &str,
    locale: Option<&str>,
    shared: bool,
    number: i64,
) -> Result<Restored> {
    let (ids, caller, id, locale) = (core.ids(), caller.clone(), id.to_owned(), locale.map(str::to_owned));
    core.write(move |tx, snapshot| {
        let mut loaded = Loaded::lock(tx, snapshot, &id)?;
        authorize_on(tx, snapshot, &caller, Action::History, &loaded)?;
        authorize_on(tx, snapshot, &caller, Action::Update, &loaded)?;
        expect_all_fields(tx, snapshot, &caller, &loaded)?;
        loaded.expect_active()?;
        let locale = locale_of(snapshot, locale.as_deref())?;
        let part_name = part_of(&loaded, loaded.ty.row_locale(&locale), shared);
        let (values, notes) = values_of(tx, snapshot, &loaded, &part_name, number)?;
        let mine = |loaded: &Loaded, id: &str| {
            loaded.ty.def.field(id).is_some_and(|f| loaded.ty.part_of(f, &locale) == part_name)
        };
        let values: Map<String, Value> = values.into_iter().filter(|(id, _)| mine(&loaded, id)).collect();
        let old = loaded.part_values(tx, snapshot, State::Draft, &part_name)?;
        let mut applied = Applied::default();
        for field in &loaded.ty.def.fields {
            if mine(&loaded, &field.id) && old.get(&field.id) != values.get(&field.id) {
                applied.fields.insert(field.id.clone());
            }
        }
        let mut work = Work { tx, snapshot, ids, caller: &caller, now: now_micros() };
        if !applied.fields.is_empty() {
            let author = caller.actor();
            let version = part::write(
                work.tx,
                snapshot,
                &mut loaded,
                &part_name,
                &values,
                By { how: How::Restore, author: &author, now: work.now },
            )?;
            applied.version = Some(version);
        }
        work.finish(&mut loaded, &locale, &applied, "document.saved")?;
        Ok(Restored { saved: save::answer(ids, &loaded, &locale, applied), notes })
    })
    .await
}
