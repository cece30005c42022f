//! Roles that come with a schema push: nobody is locked out by one.

use super::put;
use crate::Result;
use crate::access::users;
use masthead_model::Role;
use masthead_model::plan::Step;
use masthead_store::{Tx, accounts};

/// Refuse steps that take the site's last administrator away, or a role that somebody has.
pub(crate) fn expect_kept(tx: &mut Tx<'_>, before: &[Role], steps: &[Step]) -> Result<()> {
    if !steps.iter().any(|step| matches!(step, Step::PutRole { .. } | Step::DeleteRole { .. })) {
        return Ok(());
    }
    accounts::lock(tx)?;
    let mut after = before.to_vec();
    for step in steps {
        match step {
            Step::PutRole { role, .. } => {
                put::expect_admin(role)?;
                after.retain(|known| known.name != role.name);
                after.push(Role::clone(role));
            }
            Step::DeleteRole { name } => {
                put::expect_free(tx, name)?;
                after.retain(|known| known.name != *name);
            }
            _ => {}
        }
    }
    users::expect_one(tx, before, &after)
}
