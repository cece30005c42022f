//! What people do with their own account.

use super::users::{self, Person};
use super::{Caller, passwords};
use crate::events::account_event;
use crate::{Core, Error, Result};
use masthead_store::events::NewEvent;
use masthead_store::{accounts, links, sessions};

/// The caller's own account.
pub async fn get(core: &Core, caller: &Caller) -> Result<Person> {
    let caller = caller.clone();
    core.read(move |conn, _| {
        let account = users::own(conn, &caller)?;
        let roles = accounts::roles_of(conn, account.key)?;
        Ok(users::person(account, roles))
    })
    .await
}

/// Give oneself another name.
pub async fn rename(core: &Core, caller: &Caller, name: &str) -> Result<Person> {
    let (by, name) = (caller.clone(), users::checked_name(name)?);
    core.write(move |tx, _| {
        let account = users::own(tx, &by)?;
        accounts::rename(tx, account.key, &name)?;
        if account.name != name {
            let fields = vec!["name".to_owned()];
            tx.emit(NewEvent { fields, ..account_event("user.changed", &account.email, &by) });
        }
        Ok(())
    })
    .await?;
    get(core, caller).await
}

/// Set another password. All other sessions end, and links for a new password with them.
///
/// A wrong current password counts as a failed attempt to sign in from `address`. `now` in µs.
pub async fn change_password(
    core: &Core,
    caller: &Caller,
    session: Option<i64>,
    (current, new): (&str, &str),
    address: &str,
    now: i64,
) -> Result<()> {
    let by = caller.clone();
    let account = core.read(move |conn, _| users::own(conn, &by)).await?;
    passwords::check("/newPassword", new)?;
    super::sign_in::judged(core, &account, current, address, now).await?;
    let phc = passwords::hashed(core, new).await?;
    let changed_by = caller.clone();
    core.write(move |tx, _| {
        let same = accounts::by_key(tx, account.key)?.filter(|a| !a.disabled && a.password == account.password);
        let account = same.ok_or_else(|| Error::Conflict("the password was changed in the meantime".to_owned()))?;
        accounts::set_password(tx, account.key, &phc)?;
        links::drop_of(tx, account.key)?;
        sessions::end_of(tx, account.key, session)?;
        tx.emit(account_event("user.password_changed", &account.email, &changed_by));
        Ok(())
    })
    .await
}
