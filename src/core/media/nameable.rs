//! The files that somebody may put into a document.

use super::rights::sees_private;
use crate::{Caller, Snapshot};
use masthead_model::value::File;
use masthead_store::{Connection, Error, assets};

/// Those of these files that exist for the caller: not in the trash, and not private to others.
pub(crate) fn nameable(
    conn: &mut Connection,
    snapshot: &Snapshot,
    caller: &Caller,
    ids: &[String],
) -> Result<Vec<File>, Error> {
    let found = assets::by_ids(conn, ids)?.into_iter();
    let there = found.filter(|a| a.trashed_at.is_none() && (!a.private || sees_private(caller, snapshot, a)));
    Ok(there.map(|a| File { kind: masthead_media::kind_of(&a.mime).word().to_owned(), id: a.id }).collect())
}
