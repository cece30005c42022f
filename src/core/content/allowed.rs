//! Decisions about one document: what a rule's condition says of it as it is stored.

use super::document::{Loaded, State};
use crate::access::{Rules, verb};
use crate::delivery::rows_meeting;
use crate::{Caller, Error, Result, Snapshot};
use masthead_model::Action;
use masthead_store::Connection;

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
    let state = match action {
        Action::Read => State::Published,
        _ if loaded.ty.def.draft_and_publish => State::Draft,
        _ => State::Published,
    };
    match rules.condition(action, &loaded.ty) {
        None => Ok(action != Action::Read || !loaded.rows(State::Published).is_empty()),
        Some(filter) => {
            let at = (loaded.doc.key, state.number());
            let (all, met) = rows_meeting(conn, snapshot, &rules, &loaded.ty, at, &filter)?;
            Ok(if action == Action::Read { met > 0 } else { all > 0 && met == all })
        }
    }
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
