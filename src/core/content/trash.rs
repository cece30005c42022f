//! Trash and restore: a trashed document exists for nobody but the trash, and comes back as it was.

use super::allowed::{authorize_on, may, told};
use super::document::{Loaded, State, type_named};
use super::remove_locale::remove_locale;
use super::{project, slugs};
use crate::access::{Rules, authorize};
use crate::events::document_event;
use crate::{Caller, Core, Error, Result, Snapshot};
use masthead_model::ids::PublicIds;
use masthead_model::query::ast::{ColumnRef, Filter, Op, Operand, System};
use masthead_model::{Action, Problem};
use masthead_store::{Tx, documents, now_micros, parts};
use serde::Serialize;

/// How a document came back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Untrashed {
    pub document_id: String,
    /// Whether it is public again. When a unique value was taken meanwhile it comes back as a draft.
    pub published: bool,
    /// The values that were taken.
    pub conflicts: Vec<Problem>,
}

/// Move a document to the trash: it is no longer delivered, and frees its unique values.
pub async fn trash(core: &Core, caller: &Caller, id: &str) -> Result<()> {
    let (ids, caller, id) = (core.ids(), caller.clone(), id.to_owned());
    core.write(move |tx, snapshot| {
        let mut loaded = Loaded::lock(tx, snapshot, &id)?;
        authorize_on(tx, snapshot, &caller, Action::Delete, &loaded)?;
        put(tx, snapshot, ids, &caller, &mut loaded)
    })
    .await
}

/// The same for a document that is locked, by somebody who may.
pub(super) fn put(
    tx: &mut Tx<'_>,
    snapshot: &Snapshot,
    ids: PublicIds,
    caller: &Caller,
    loaded: &mut Loaded,
) -> Result<()> {
    if loaded.doc.trashed_at.is_some() {
        return Ok(());
    }
    let was_live = !loaded.rows(State::Published).is_empty();
    let now = now_micros();
    documents::set_trashed(tx, loaded.doc.key, Some(now), Some(&caller.actor()))?;
    loaded.doc.trashed_at = Some(now);
    project::refresh(tx, snapshot, ids, loaded, &[State::Draft, State::Published])?;
    let mut event = document_event("document.trashed", loaded, caller);
    event.live = was_live;
    tx.emit(event);
    Ok(())
}

/// A document comes to where others may hold its unique values: then nothing of it stays published, and the values
/// come back.
pub(super) fn withdraw_if_taken(tx: &mut Tx<'_>, snapshot: &Snapshot, loaded: &mut Loaded) -> Result<Vec<Problem>> {
    let mut conflicts: Vec<Problem> = Vec::new();
    for (locale, values) in super::derive::rendering_values(tx, snapshot, loaded, State::Published)? {
        for problem in slugs::taken(tx, &loaded.ty, loaded.doc.key, &values, &locale, loaded.doc.parent)? {
            if !conflicts.contains(&problem) {
                conflicts.push(problem);
            }
        }
    }
    if !conflicts.is_empty() {
        for part in loaded.parts.clone() {
            let next =
                parts::Part { published: None, published_version: None, published_at: None, released_at: None, ..part };
            parts::put(tx, &next)?;
            loaded.put(next);
        }
    }
    Ok(conflicts)
}

/// Whether a document in the trash meets a rule's condition, as far as that is a matter of who created it; nothing else
/// of it can be asked there.
pub(crate) fn met_by_creator(filter: &Filter, creator: &str) -> Option<bool> {
    match filter {
        Filter::All(parts) => {
            let met: Vec<Option<bool>> = parts.iter().map(|part| met_by_creator(part, creator)).collect();
            if met.contains(&Some(false)) {
                Some(false)
            } else {
                met.into_iter().all(|m| m == Some(true)).then_some(true)
            }
        }
        Filter::Any(parts) => {
            let met: Vec<Option<bool>> = parts.iter().map(|part| met_by_creator(part, creator)).collect();
            if met.contains(&Some(true)) {
                Some(true)
            } else {
                met.into_iter().all(|m| m == Some(false)).then_some(false)
            }
        }
        Filter::Not(inner) => met_by_creator(inner, creator).map(|met| !met),
        Filter::Compare { column: ColumnRef::System(System::CreatedBy), op: Op::Eq | Op::In, values } => {
            Some(values.iter().any(|value| matches!(value, Operand::Plain(who) if who == creator)))
        }
        _ => None,
    }
}

/// Take a document out of the trash.
pub async fn restore(core: &Core, caller: &Caller, id: &str) -> Result<Untrashed> {
    let (ids, caller, id) = (core.ids(), caller.clone(), id.to_owned());
    core.write(move |tx, snapshot| {
        let mut loaded = Loaded::lock(tx, snapshot, &id)?;
        // Of what lies in the trash most conditions can only be asked once it is back. Nothing is told before that.
        let is_sure = may(tx, snapshot, &caller, Action::Delete, &loaded)?;
        let has_grant = Rules::of(&caller, snapshot).grant(Action::Delete, loaded.ty.id()).is_some();
        if !is_sure && (loaded.doc.trashed_at.is_none() || !has_grant) {
            authorize_on(tx, snapshot, &caller, Action::Delete, &loaded)?;
        }
        let was_published = !loaded.rows(State::Published).is_empty();
        let document_id = loaded.doc.document_id.clone();
        if loaded.doc.trashed_at.is_none() {
            return Ok(Untrashed { document_id, published: was_published, conflicts: Vec::new() });
        }
        let is_single = loaded.ty.def.kind == masthead_model::Kind::Single;
        let is_replaced = is_single && documents::first_of(tx, loaded.ty.key.0)?.is_some();
        documents::set_trashed(tx, loaded.doc.key, None, None)?;
        loaded.doc.trashed_at = None;
        let conflicts = withdraw_if_taken(tx, snapshot, &mut loaded)?;
        let published = was_published && conflicts.is_empty();
        project::refresh(tx, snapshot, ids, &loaded, &[State::Draft, State::Published])?;
        if !is_sure && !may(tx, snapshot, &caller, Action::Delete, &loaded)? {
            return Err(Error::not_found(format!("document {document_id}")));
        }
        if published {
            authorize_on(tx, snapshot, &caller, Action::Publish, &loaded)?;
        } else if was_published {
            authorize(&caller, snapshot, Action::Publish, &loaded.ty)?;
        }
        if is_replaced {
            return Err(Error::Conflict(format!("{} has another document now", loaded.ty.def.label)));
        }
        let conflicts = told(snapshot, &caller, &loaded.ty, conflicts);
        if !conflicts.is_empty() && !loaded.ty.def.draft_and_publish {
            return Err(Error::Blocked(conflicts));
        }
        let mut event = document_event("document.restored", &loaded, &caller);
        event.live = published;
        tx.emit(event);
        Ok(Untrashed { document_id, published, conflicts })
    })
    .await
}

/// `DELETE` of the content API: move a document of the type with this API name to the trash (`id` none: the single's),
/// or take one locale out of it.
pub async fn delete(
    core: &Core,
    caller: &Caller,
    type_word: &str,
    id: Option<&str>,
    locale: Option<&str>,
) -> Result<()> {
    let (asking, word, id) = (caller.clone(), type_word.to_owned(), id.map(str::to_owned));
    let found = core
        .read(move |conn, snapshot| {
            let ty = type_named(snapshot, &word)?;
            authorize(&asking, snapshot, Action::Delete, &ty)?;
            let doc = match &id {
                Some(id) => documents::by_document_id(conn, id)?,
                None => documents::first_of(conn, ty.key.0)?,
            };
            let doc = doc.filter(|d| d.type_key == ty.key.0 && d.trashed_at.is_none());
            doc.map(|d| d.document_id).ok_or_else(|| Error::not_found("the document"))
        })
        .await?;
    let done = match locale {
        None => trash(core, caller, &found).await,
        Some(locale) => remove_locale(core, caller, &found, locale).await,
    };
    match done {
        Err(Error::NotFound(_)) => Err(Error::not_found("the document")),
        other => other,
    }
}
