//! Decisions about one document: what a rule's condition says of it as it is stored.

use super::document::{Loaded, State};
use super::trash::met_by_creator;
use crate::access::{Fields, Rules, verb};
use crate::delivery::rows_meeting;
use crate::{Caller, Error, Result, Snapshot};
use masthead_model::query::ast::Filter;
use masthead_model::{Action, Problem, Type};
use masthead_store::Connection;
use serde_json::{Map, Value};

/// Refuse unless `caller` may do `action` to this document. One that they may not read does not exist for them.
pub(crate) fn authorize_on(
    conn: &mut Connection,
    snapshot: &Snapshot,
    caller: &Caller,
    action: Action,
    loaded: &Loaded,
) -> Result<()> {
    if may(conn, snapshot, caller, action, loaded)? {
        return Ok(());
    }
    let rules = Rules::of(caller, snapshot);
    if rules.grant(action, loaded.ty.id()).is_none() {
        rules.hint(snapshot, action, &loaded.ty);
    }
    if is_readable(conn, snapshot, caller, loaded)? {
        return Err(Error::Forbidden(format!("you may not {} this {}", verb(action), loaded.ty.def.singular)));
    }
    Err(Error::not_found(format!("document {}", loaded.doc.document_id)))
}

/// Whether `caller` may do `action` to this document. With a condition: as it stands in every locale of its draft, or
/// of what is published where that is read.
pub(crate) fn may(
    conn: &mut Connection,
    snapshot: &Snapshot,
    caller: &Caller,
    action: Action,
    loaded: &Loaded,
) -> Result<bool> {
    let rules = Rules::of(caller, snapshot);
    if rules.grant(action, loaded.ty.id()).is_none() {
        return Ok(false);
    }
    match rules.condition(action, &loaded.ty) {
        None => Ok(action != Action::Read || !loaded.rows(State::Published).is_empty()),
        Some(filter) => meets(conn, snapshot, &rules, action, loaded, &filter),
    }
}

fn meets(
    conn: &mut Connection,
    snapshot: &Snapshot,
    rules: &Rules<'_>,
    action: Action,
    loaded: &Loaded,
    filter: &Filter,
) -> Result<bool> {
    if loaded.doc.trashed_at.is_some() {
        // It has no rows to look at.
        return Ok(action != Action::Read && met_by_creator(filter, &loaded.doc.created_by) == Some(true));
    }
    let state = match action {
        Action::Read => State::Published,
        _ if loaded.ty.def.draft_and_publish => State::Draft,
        _ => State::Published,
    };
    let at = (loaded.doc.key, state.number());
    let (all, met) = rows_meeting(conn, snapshot, rules, &loaded.ty, at, filter)?;
    Ok(if action == Action::Read { met > 0 } else { all > 0 && met == all })
}

/// Whether `caller` reads the document, its draft or what is published.
pub(crate) fn is_readable(
    conn: &mut Connection,
    snapshot: &Snapshot,
    caller: &Caller,
    loaded: &Loaded,
) -> Result<bool> {
    Ok(may(conn, snapshot, caller, Action::ReadDraft, loaded)?
        || loaded.doc.trashed_at.is_none() && may(conn, snapshot, caller, Action::Read, loaded)?)
}

/// The fields that `action` covers of this document, for a caller who may do it at all.
pub(crate) fn covered(
    conn: &mut Connection,
    snapshot: &Snapshot,
    rules: &Rules<'_>,
    action: Action,
    loaded: &Loaded,
) -> Result<Fields> {
    let Some(grant) = rules.grant(action, loaded.ty.id()) else { return Ok(Fields::none()) };
    if let Some(fields) = grant.even() {
        return Ok(fields.clone());
    }
    let mut held = Fields::none();
    for alternative in grant.alternatives() {
        let holds = match rules.filter_of(alternative, &loaded.ty) {
            None => true,
            Some(filter) => meets(conn, snapshot, rules, action, loaded, &filter)?,
        };
        if holds {
            held.add(&alternative.fields);
        }
    }
    Ok(held)
}

/// What of `values`, by field ids, the caller reads of this document: in its draft, or in what is published.
pub(super) fn readable(
    conn: &mut Connection,
    snapshot: &Snapshot,
    rules: &Rules<'_>,
    loaded: &Loaded,
    mut values: Map<String, Value>,
) -> Result<Map<String, Value>> {
    let draft = covered(conn, snapshot, rules, Action::ReadDraft, loaded)?;
    let published = covered(conn, snapshot, rules, Action::Read, loaded)?;
    values.retain(|field, _| draft.covers(field) || published.covers(field));
    Ok(values)
}

/// Refuse the fields named in `data` that a change of this document may not touch, as it is now.
pub(super) fn expect_fields(
    conn: &mut Connection,
    snapshot: &Snapshot,
    caller: &Caller,
    loaded: &Loaded,
    data: &Map<String, Value>,
) -> Result<()> {
    let rules = Rules::of(caller, snapshot);
    if rules.uneven(Action::Update, &loaded.ty).is_none() {
        return rules.expect_fields(Action::Update, snapshot, &loaded.ty, data);
    }
    let own = covered(conn, snapshot, &rules, Action::Update, loaded)?;
    rules.expect_fields_where(Action::Update, snapshot, &loaded.ty, data, &|action, type_id, field| {
        if type_id == loaded.ty.id() { own.covers(field) } else { rules.covers_field(action, type_id, field) }
    })
}

/// Refuse unless every field of this document may be changed: for what writes it as a whole.
pub(super) fn expect_all_fields(
    conn: &mut Connection,
    snapshot: &Snapshot,
    caller: &Caller,
    loaded: &Loaded,
) -> Result<()> {
    match covered(conn, snapshot, &Rules::of(caller, snapshot), Action::Update, loaded)?.is_all() {
        true => Ok(()),
        false => Err(not_whole(&loaded.ty)),
    }
}

pub(super) fn not_whole(ty: &Type) -> Error {
    Error::Forbidden(format!("this takes the right to write every field of {}", ty.def.label))
}

/// `problems` as the caller may hear of them: those of fields that they do not know are one, without a name.
pub(super) fn told(snapshot: &Snapshot, caller: &Caller, ty: &Type, mut problems: Vec<Problem>) -> Vec<Problem> {
    let before = problems.len();
    retain_known(snapshot, caller, ty, &mut problems);
    if problems.len() < before {
        problems.push(Problem::new("", "hidden", "something that you do not see is in the way"));
    }
    problems
}

/// Drop problems of fields that the caller does not know.
pub(super) fn retain_known(snapshot: &Snapshot, caller: &Caller, ty: &Type, problems: &mut Vec<Problem>) {
    let rules = Rules::of(caller, snapshot);
    problems.retain(|problem| {
        let name = problem.pointer.split('/').nth(1).unwrap_or_default();
        ty.field_named(name).is_none_or(|field| rules.knows_field(ty.id(), &field.id))
    });
}
