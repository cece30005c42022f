//! Create an account with a password.

use super::{checked_email, name_from};
use crate::access::{Caller, give, passwords, require_admin};
use crate::events::account_event;
use crate::{Core, Error, Result};
use masthead_store::accounts;

/// Create an account with a password and a role.
pub async fn create(core: &Core, caller: &Caller, email: &str, role: &str, password: &str) -> Result<()> {
    // Before the work of hashing.
    core.read({
        let caller = caller.clone();
        move |_, snapshot| require_admin(&caller, snapshot)
    })
    .await?;
    let email = checked_email(email)?;
    passwords::check("/password", password)?;
    let phc = passwords::hashed(core, password).await?;
    let (caller, roles) = (caller.clone(), [role.to_owned()]);
    core.write(move |tx, snapshot| {
        let roles = give::all_to_give(tx, &caller, snapshot, &roles)?;
        let key = insert(tx, &email, name_from(&email), Some(&phc))?;
        accounts::set_roles(tx, key, &roles)?;
        tx.emit(account_event("user.created", &email, &caller));
        Ok(())
    })
    .await
}

/// Insert an account; `Error::Conflict` when the address has one.
pub(super) fn insert(tx: &mut masthead_store::Tx<'_>, email: &str, name: &str, phc: Option<&str>) -> Result<i64> {
    match accounts::insert(tx, email, name, phc) {
        Err(masthead_store::Error::Taken(_)) => Err(Error::Conflict(format!("{email} has an account already"))),
        other => Ok(other?),
    }
}
