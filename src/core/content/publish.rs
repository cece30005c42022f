//! Publish, unpublish, and discard what was not published.
//!
//! Delivery shows the published shared part with the published part of a locale. So publishing one locale whose
//! shared fields changed publishes the shared part for every published locale: it is validated against each of them,
//! and the answer lists them.

use super::allowed::{authorize_on, expect_all_fields, told};
use super::document::{Loaded, Revision, State, locale_of};
use super::part::{self, By, How};
use super::project;
use super::save::Work;
use super::slugs;
use crate::events::document_event;
use crate::{Caller, Core, Error, Result, Snapshot};
use masthead_model::value::{self, Scope};
use masthead_model::{Action, Problem};
use masthead_store::{Connection, bodies, now_micros, parts, versions};
use serde::Serialize;
use serde_json::{Map, Value};

/// What was published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Published {
    pub document_id: String,
    /// Every locale whose delivered content changed: the one asked for, and with changed shared fields all that are
    /// published. Empty for types without localized fields.
    pub locales: Vec<String>,
    pub revision: String,
}

/// Publish the draft of a document in one locale (the default when none). `Error::Blocked` lists everything in the way.
pub async fn publish(core: &Core, caller: &Caller, id: &str, locale: Option<&str>) -> Result<Published> {
    let locales: Vec<String> = locale.map(str::to_owned).into_iter().collect();
    publish_locales(core, caller, id, &locales, None).await
}

/// Publish the draft of a document in several locales (the default one when there are none), in all of them or in
/// none. With `base`, the draft of the first must still be the one that the caller saw.
pub async fn publish_locales(
    core: &Core,
    caller: &Caller,
    id: &str,
    locales: &[String],
    base: Option<Revision>,
) -> Result<Published> {
    let (ids, caller, id, locales) = (core.ids(), caller.clone(), id.to_owned(), locales.to_vec());
    core.write(move |tx, snapshot| {
        let mut loaded = Loaded::lock(tx, snapshot, &id)?;
        authorize_on(tx, snapshot, &caller, Action::Publish, &loaded)?;
        loaded.expect_active()?;
        let rows = rows_of(snapshot, &loaded, &locales)?;
        let mut work = Work { tx, snapshot, ids, caller: &caller, now: now_micros() };
        if let (Some(base), Some(first)) = (base, rows.first()) {
            work.expect(&loaded, first, base)?;
        }
        let mut done: Option<Published> = None;
        let mut blocked = Vec::new();
        for row in &rows {
            match check(&mut work, &loaded, row, Scope { shared: true, local: true }) {
                Ok(()) if blocked.is_empty() => {
                    let more = publish_row(&mut work, &mut loaded, row, None)?;
                    done = Some(match done.take() {
                        Some(before) => before.and(more),
                        None => more,
                    });
                }
                Ok(()) => {}
                Err(Error::Blocked(problems)) if rows.len() > 1 => {
                    let problems = problems.into_iter().filter(|p| !blocked.contains(p)).collect::<Vec<_>>();
                    blocked.extend(problems);
                }
                Err(other) => return Err(other),
            }
        }
        match done {
            _ if !blocked.is_empty() => Err(Error::Blocked(blocked)),
            Some(done) => Ok(done),
            None => Err(Error::Internal("there was no locale to publish".to_owned())),
        }
    })
    .await
}

impl Published {
    fn and(mut self, more: Self) -> Self {
        self.locales.extend(more.locales.into_iter().filter(|l| !self.locales.contains(l)).collect::<Vec<_>>());
        Self { revision: more.revision, ..self }
    }
}

/// The row locales that somebody means by `locales`, once each.
fn rows_of(snapshot: &Snapshot, loaded: &Loaded, locales: &[String]) -> Result<Vec<String>> {
    let mut rows = Vec::new();
    let asked: Vec<Option<&str>> =
        if locales.is_empty() { vec![None] } else { locales.iter().map(|l| Some(l.as_str())).collect() };
    for locale in asked {
        let row = loaded.ty.row_locale(&locale_of(snapshot, locale)?).to_owned();
        if !rows.contains(&row) {
            rows.push(row);
        }
    }
    Ok(rows)
}

/// The row locales whose delivered content changes when `row` is published.
fn affected(loaded: &Loaded, row: &str) -> Vec<String> {
    let shared_changes = loaded.part("").is_some_and(|p| p.published != Some(p.head));
    let mut rows = vec![row.to_owned()];
    if loaded.ty.localized && shared_changes {
        rows.extend(loaded.rows(State::Published).into_iter().filter(|l| l != row));
    }
    rows
}

/// Everything that stands in the way of publishing `row`, as one `Error::Blocked`.
pub(super) fn check(work: &mut Work<'_, '_>, loaded: &Loaded, row: &str, scope: Scope) -> Result<()> {
    if loaded.part(row).is_none() || loaded.part("").is_none() {
        return Err(Error::not_found(format!("document {} in locale '{row}'", loaded.doc.document_id)));
    }
    let problems = problems(work.tx, work.snapshot, loaded, row, scope)?;
    let problems = told(work.snapshot, work.caller, &loaded.ty, problems);
    if problems.is_empty() { Ok(()) } else { Err(Error::Blocked(problems)) }
}

/// Everything that stands in the way of publishing `row`.
pub(super) fn problems(
    conn: &mut Connection,
    snapshot: &Snapshot,
    loaded: &Loaded,
    row: &str,
    scope: Scope,
) -> Result<Vec<Problem>> {
    let ty = &loaded.ty;
    let shared = loaded.part_values(conn, snapshot, State::Draft, "")?;
    let mut problems: Vec<Problem> = Vec::new();
    for (i, locale) in affected(loaded, row).into_iter().enumerate() {
        let is_asked = i == 0;
        let values = if ty.localized {
            // Of the other locales what is published stays; only the shared fields beside it are new.
            let state = if is_asked { State::Draft } else { State::Published };
            let local = loaded.part_values(conn, snapshot, state, &locale)?;
            value::join(ty, &shared, &local)
        } else {
            value::join(ty, &shared, &Map::new())
        };
        let scope = if is_asked { scope } else { Scope { shared: true, local: false } };
        let mut found = value::validate(&snapshot.model, ty, &values, scope);
        if is_asked {
            found.extend(slugs::taken(conn, ty, loaded.doc.key, &values, &locale, loaded.doc.parent)?);
        }
        for problem in found {
            if !problems.contains(&problem) {
                problems.push(problem);
            }
        }
    }
    Ok(problems)
}

/// Publish a row that was checked, refresh what is derived and emit.
pub(super) fn publish_row(
    work: &mut Work<'_, '_>,
    loaded: &mut Loaded,
    row: &str,
    published_at: Option<i64>,
) -> Result<Published> {
    let rows = affected(loaded, row);
    let changed = release(work, loaded, row, published_at)?;
    let locales: Vec<String> = if loaded.ty.localized { rows } else { Vec::new() };
    if changed {
        project::refresh(work.tx, work.snapshot, work.ids, loaded, &[State::Published])?;
        let mut event = document_event("document.published", loaded, work.caller);
        event.locale = loaded.ty.localized.then(|| row.to_owned());
        event.version = loaded.part(row).and_then(|p| p.published_version);
        event.live = true;
        work.tx.emit(event);
    }
    let revision = loaded.revision(row).to_string();
    Ok(Published { document_id: loaded.doc.document_id.clone(), locales, revision })
}

/// Move the published pointers of the shared part and of `row` to their heads; whether that changed anything.
pub(super) fn release(
    work: &mut Work<'_, '_>,
    loaded: &mut Loaded,
    row: &str,
    published_at: Option<i64>,
) -> Result<bool> {
    let mut names = vec![String::new()];
    if loaded.ty.localized {
        names.push(row.to_owned());
    }
    let mut changed = false;
    for locale in names {
        let Some(part) = loaded.part(&locale).cloned() else { continue };
        if part.published == Some(part.head) {
            continue;
        }
        let latest = versions::latest(work.tx, loaded.doc.key, &locale)?;
        let number = latest.as_ref().map(|v| v.number);
        if let Some(number) = number {
            versions::mark_published(work.tx, loaded.doc.key, &locale, number, work.now)?;
        }
        let next = parts::Part {
            published: Some(part.head),
            published_version: number,
            published_at: published_at.or(part.published_at).or(Some(work.now)),
            released_at: Some(published_at.filter(|_| part.released_at.is_none()).unwrap_or(work.now)),
            ..part
        };
        parts::put(work.tx, &next)?;
        loaded.put(next);
        changed = true;
    }
    Ok(changed)
}

/// Take a document out of public in one locale (the default when none); the draft stays as it is.
pub async fn unpublish(core: &Core, caller: &Caller, id: &str, locale: Option<&str>) -> Result<Published> {
    let (ids, caller, id, locale) = (core.ids(), caller.clone(), id.to_owned(), locale.map(str::to_owned));
    core.write(move |tx, snapshot| {
        let mut loaded = Loaded::lock(tx, snapshot, &id)?;
        authorize_on(tx, snapshot, &caller, Action::Publish, &loaded)?;
        loaded.expect_active()?;
        if !loaded.ty.def.draft_and_publish {
            return Err(Error::Conflict(format!(
                "{} has no drafts: move it to the trash instead",
                loaded.ty.def.label
            )));
        }
        let locale = locale_of(snapshot, locale.as_deref())?;
        let row = loaded.ty.row_locale(&locale).to_owned();
        let was = loaded.rows(State::Published).contains(&row);
        let mut names = vec![row.clone()];
        // Without a published locale there is nothing that the shared part would be shown with.
        if loaded.ty.localized && loaded.rows(State::Published).iter().all(|l| *l == row) {
            names.push(String::new());
        }
        for name in names {
            if let Some(part) = loaded.part(&name).cloned() {
                let next = parts::Part {
                    published: None,
                    published_version: None,
                    published_at: None,
                    released_at: None,
                    ..part
                };
                parts::put(tx, &next)?;
                loaded.put(next);
            }
        }
        if was {
            project::refresh(tx, snapshot, ids, &loaded, &[State::Published])?;
            let mut event = document_event("document.unpublished", &loaded, &caller);
            event.locale = loaded.ty.localized.then(|| row.clone());
            event.live = true;
            tx.emit(event);
        }
        let locales = if loaded.ty.localized && was { vec![row.clone()] } else { Vec::new() };
        Ok(Published {
            document_id: loaded.doc.document_id.clone(),
            locales,
            revision: loaded.revision(&row).to_string(),
        })
    })
    .await
}

/// Put the draft back to what is published, the shared part and the locale's; the discarded draft stays in the
/// history. Refused where nothing is published.
pub async fn discard_draft(core: &Core, caller: &Caller, id: &str, locale: Option<&str>) -> Result<Published> {
    let (ids, caller, id, locale) = (core.ids(), caller.clone(), id.to_owned(), locale.map(str::to_owned));
    core.write(move |tx, snapshot| {
        let mut loaded = Loaded::lock(tx, snapshot, &id)?;
        authorize_on(tx, snapshot, &caller, Action::Update, &loaded)?;
        expect_all_fields(tx, snapshot, &caller, &loaded)?;
        loaded.expect_active()?;
        let locale = locale_of(snapshot, locale.as_deref())?;
        let row = loaded.ty.row_locale(&locale).to_owned();
        if !loaded.rows(State::Published).contains(&row) {
            return Err(Error::Conflict("nothing is published that the draft could go back to".to_owned()));
        }
        let now = now_micros();
        let mut names = vec![String::new()];
        if loaded.ty.localized {
            names.push(row.clone());
        }
        let mut changed = false;
        for name in names {
            let Some(part) = loaded.part(&name).cloned() else { continue };
            let Some(published) = part.published.filter(|p| *p != part.head) else { continue };
            // The head's body is kept by its version; a new entry says that the draft went back.
            let body = bodies::get(tx, published)?;
            let (values, _): (Map<String, Value>, _) = snapshot.current(&loaded.ty, body);
            part::write(
                tx,
                snapshot,
                &mut loaded,
                &name,
                &values,
                By { how: How::Restore, author: &caller.actor(), now },
            )?;
            if let Some(part) = loaded.part(&name).cloned() {
                // Published and draft are one again: the same body under both pointers.
                let next =
                    parts::Part { published: Some(part.head), published_version: part.published_version, ..part };
                parts::put(tx, &next)?;
                loaded.put(next);
            }
            changed = true;
        }
        if changed {
            project::refresh(tx, snapshot, ids, &loaded, &[State::Draft])?;
            let mut event = document_event("document.discarded", &loaded, &caller);
            event.locale = loaded.ty.localized.then(|| row.clone());
            tx.emit(event);
        }
        let locales = if loaded.ty.localized { vec![row.clone()] } else { Vec::new() };
        Ok(Published {
            document_id: loaded.doc.document_id.clone(),
            locales,
            revision: loaded.revision(&row).to_string(),
        })
    })
    .await
}
