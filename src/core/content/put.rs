//! Update from the content API: the given fields go live, and nothing else does.
//!
//! A website's program knows nothing of what an editor is in the middle of. So the fields it sends are applied to the
//! draft and to the published state alike; the editor's other pending edits stay pending.

use super::allowed::{authorize_on, told};
use super::document::{Loaded, State, Status, locale_of, type_named};
use super::part::{self, How};
use super::save::{self, Change, Saved, Work};
use super::{lookup, project, publish, slugs};
use crate::access::{Rules, authorize};
use crate::events::document_event;
use crate::{Caller, Core, Error, Result};
use masthead_model::value::{self, InputOptions, Scope};
use masthead_model::{Action, Kind};
use masthead_store::{bodies, documents, now_micros, parts, versions};
use serde_json::{Map, Value};

/// What to update.
#[derive(Clone, Debug, Default)]
pub struct Put {
    /// By field names; fields that are not mentioned keep their value, null clears.
    pub data: Map<String, Value>,
    /// The default locale when none; a locale that the document does not have is made.
    pub locale: Option<String>,
    /// Only save the draft.
    pub draft: bool,
    /// The client's name for this request; a repeat gets the first answer.
    pub save_id: Option<String>,
}

/// Update a document of the type with this API name. `id` is none for a single, which is created when it is not there.
pub async fn put(core: &Core, caller: &Caller, type_word: &str, id: Option<&str>, what: Put) -> Result<Saved> {
    let (ids, caller, word, id) = (core.ids(), caller.clone(), type_word.to_owned(), id.map(str::to_owned));
    core.write(move |tx, snapshot| {
        let ty = type_named(snapshot, &word)?;
        authorize(&caller, snapshot, Action::Update, &ty)?;
        let goes_live = !what.draft || !ty.def.draft_and_publish;
        if goes_live {
            authorize(&caller, snapshot, Action::Publish, &ty)?;
        }
        Rules::of(&caller, snapshot).expect_fields(Action::Update, snapshot, &ty, &what.data)?;
        let found = match (&id, ty.def.kind) {
            (Some(id), Kind::Collection) => documents::by_document_id(tx, id)?,
            (None, Kind::Single) => documents::first_of(tx, ty.key.0)?,
            _ => None,
        };
        let found = found.filter(|d| d.type_key == ty.key.0 && d.trashed_at.is_none());
        let mut work = Work { tx, snapshot, ids, caller: &caller, now: now_micros() };
        let mut loaded = match found {
            Some(doc) => {
                let loaded = Loaded::lock(work.tx, snapshot, &doc.document_id)?;
                let mut wanted = vec![Action::Update];
                wanted.extend(goes_live.then_some(Action::Publish));
                for action in wanted {
                    match authorize_on(work.tx, snapshot, &caller, action, &loaded) {
                        Err(Error::NotFound(_)) => return Err(not_found(&caller, snapshot, &ty)),
                        other => other?,
                    }
                }
                loaded
            }
            None if ty.def.kind == Kind::Single => {
                authorize(&caller, snapshot, Action::Create, &ty)?;
                super::create::insert(&mut work, &ty, None, None)?
            }
            None => return Err(not_found(&caller, snapshot, &ty)),
        };
        if let Some(answer) = save::repeated(work.tx, loaded.doc.key, what.save_id.as_deref())? {
            return Ok(answer);
        }
        let locale = locale_of(snapshot, what.locale.as_deref())?;
        let row = ty.row_locale(&locale).to_owned();
        let before = loaded.clone();
        let change = Change { data: &what.data, locale: &locale, base: None, how: How::Save, allow_pending: false };
        let applied = work.apply(&mut loaded, &change)?;
        work.finish(&mut loaded, &locale, &applied, "document.saved")?;
        if goes_live && ty.def.draft_and_publish {
            if before.status(&locale) == Status::Modified {
                publish_only(&mut work, &before, &mut loaded, &locale, &what.data)?;
            } else {
                publish::check(&mut work, &loaded, &row, Scope { shared: true, local: true })?;
                publish::publish_row(&mut work, &mut loaded, &row, None)?;
            }
        }
        let saved = save::answer(ids, &loaded, &locale, applied);
        save::remember(work.tx, loaded.doc.key, what.save_id.as_deref(), &saved)?;
        Ok(saved)
    })
    .await
}

fn not_found(caller: &Caller, snapshot: &crate::Snapshot, ty: &masthead_model::Type) -> Error {
    match Rules::of(caller, snapshot).grant(Action::Read, ty.id()) {
        Some(_) => Error::not_found("the document"),
        None => crate::access::unknown_type(ty.def.api_name()),
    }
}

/// Apply `data` to the published state alone; `loaded` has it in its draft already, beside edits that stay pending.
pub(super) fn publish_only(
    work: &mut Work<'_, '_>,
    before: &Loaded,
    loaded: &mut Loaded,
    locale: &str,
    data: &Map<String, Value>,
) -> Result<()> {
    let ty = loaded.ty.clone();
    let row = ty.row_locale(locale).to_owned();
    let current = before.values(work.tx, work.snapshot, State::Published, &row)?;
    let mut database = lookup::Database {
        conn: work.tx,
        snapshot: work.snapshot,
        ids: work.ids,
        caller: work.caller,
        locale,
        error: None,
    };
    let merged = value::merge(&work.snapshot.model, &ty, &current, data, &mut database, InputOptions::default());
    if let Some(error) = database.error {
        return Err(error.into());
    }
    let merged = merged.map_err(Error::Invalid)?;
    let mut problems = value::validate(&work.snapshot.model, &ty, &merged.values, Scope { shared: true, local: true });
    problems.extend(slugs::taken(work.tx, &ty, loaded.doc.key, &merged.values, locale, loaded.doc.parent)?);
    // Shared fields are shown in every published locale.
    for other in before.rows(State::Published).iter().filter(|l| **l != row) {
        let local = before.part_values(work.tx, work.snapshot, State::Published, other)?;
        let (shared, _) = value::split(&ty, &merged.values);
        let joined = value::join(&ty, &shared, &local);
        problems.extend(value::validate(&work.snapshot.model, &ty, &joined, Scope { shared: true, local: false }));
    }
    if !problems.is_empty() {
        problems.dedup();
        return Err(Error::Blocked(told(work.snapshot, work.caller, &ty, problems)));
    }
    let (shared, local) = value::split(&ty, &merged.values);
    let mut halves = vec![(String::new(), shared)];
    if ty.localized {
        halves.push((row.clone(), local));
    }
    let mut changed = false;
    for (name, values) in halves {
        let Some(part) = loaded.part(&name).cloned() else { continue };
        let old = before.part_values(work.tx, work.snapshot, State::Published, &name)?;
        if old == values {
            continue;
        }
        let head = loaded.part_values(work.tx, work.snapshot, State::Draft, &name)?;
        // One body serves both pointers where nothing else is pending in this part.
        let (body, number) = if head == values {
            (part.head, versions::latest(work.tx, loaded.doc.key, &name)?.map(|v| v.number))
        } else {
            let body = bodies::insert(work.tx, loaded.doc.key, work.snapshot.model.version, &values)?;
            (body, Some(part::record(work.tx, loaded, &name, body, work.caller, work.now)?))
        };
        if let Some(number) = number {
            versions::mark_published(work.tx, loaded.doc.key, &name, number, work.now)?;
        }
        let next = parts::Part {
            published: Some(body),
            published_version: number,
            published_at: part.published_at.or(Some(work.now)),
            released_at: Some(work.now),
            ..part
        };
        parts::put(work.tx, &next)?;
        loaded.put(next);
        changed = true;
    }
    if changed {
        project::refresh(work.tx, work.snapshot, work.ids, loaded, &[State::Published])?;
        let mut event = document_event("document.published", loaded, work.caller);
        event.locale = ty.localized.then(|| row.clone());
        event.fields = merged.changed.iter().cloned().collect();
        event.version = loaded.part(&row).and_then(|p| p.published_version);
        event.live = true;
        work.tx.emit(event);
    }
    Ok(())
}
