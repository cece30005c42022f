//! Plan a change: the steps, and what they would do to stored documents.

use super::count;
use crate::access::require_admin;
use crate::{Caller, Core, Error, Result, Snapshot};
use masthead_model::check::{self, Schema};
use masthead_model::plan::{self, Plan, Step};
use masthead_store::Connection;

/// The plan that leads from the current model to `desired`. What `desired` does not mention stays, unless `prune`.
pub fn plan(core: &Core, caller: &Caller, mut desired: Schema, prune: bool) -> Result<Plan> {
    core.read_blocking(|conn, snapshot| {
        require_admin(caller, snapshot)?;
        let steps = steps(snapshot, &mut desired, prune)?;
        counted(conn, snapshot, steps)
    })
}

/// Resolve and check `desired`; the steps to it.
pub(super) fn steps(snapshot: &Snapshot, desired: &mut Schema, prune: bool) -> Result<Vec<Step>> {
    let mut problems = check::resolve(&snapshot.model, desired);
    if problems.is_empty() {
        problems = check::check(&snapshot.model, desired, prune);
    }
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    Ok(plan::diff(&snapshot.model, &snapshot.roles, desired, prune))
}

fn counted(conn: &mut Connection, snapshot: &Snapshot, steps: Vec<Step>) -> Result<Plan> {
    let counts = count::count(conn, snapshot, &steps)?;
    Ok(Plan::new(snapshot.model.version, steps.into_iter().zip(counts).collect()))
}
