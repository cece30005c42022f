//! Change and delete accounts.

use super::{Person, checked_name, expect, keep_one, person};
use crate::access::{Caller, give, require_admin};
use crate::{Core, Result};
use masthead_store::{Tx, accounts, links, sessions};

/// What to change; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct Change {
    pub name: Option<String>,
    /// All of them, not only new ones.
    pub roles: Option<Vec<String>>,
    /// Disabling ends all sessions at once and makes links void.
    pub disabled: Option<bool>,
}

/// Change an account. `Error::Conflict` when nobody would be left to administer the site.
pub async fn change(core: &Core, caller: &Caller, id: i64, change: Change) -> Result<Person> {
    let caller = caller.clone();
    core.write(move |tx, snapshot| {
        require_admin(&caller, snapshot)?;
        accounts::lock(tx)?;
        expect(tx, id)?;
        if let Some(name) = &change.name {
            accounts::rename(tx, id, &checked_name(name)?)?;
        }
        keep_one(tx, &snapshot.roles, |tx| {
            if let Some(roles) = &change.roles {
                let given = give::all_to_give(tx, &caller, snapshot, roles)?;
                accounts::set_roles(tx, id, &given)?;
            }
            if let Some(disabled) = change.disabled {
                accounts::set_disabled(tx, id, disabled)?;
            }
            Ok(())
        })?;
        if change.disabled == Some(true) {
            end(tx, id)?;
        }
        let roles = accounts::roles_of(tx, id)?;
        Ok(person(expect(tx, id)?, roles))
    })
    .await
}

/// Delete an account. What it did stays under its address in history. `Error::Conflict` when nobody would be left to
/// administer the site.
pub async fn delete(core: &Core, caller: &Caller, id: i64) -> Result<()> {
    let caller = caller.clone();
    core.write(move |tx, snapshot| {
        require_admin(&caller, snapshot)?;
        accounts::lock(tx)?;
        expect(tx, id)?;
        keep_one(tx, &snapshot.roles, |tx| {
            end(tx, id)?;
            accounts::delete(tx, id)?;
            Ok(())
        })
    })
    .await
}

fn end(tx: &mut Tx<'_>, id: i64) -> Result<()> {
    sessions::end_of(tx, id, None)?;
    Ok(links::drop_of(tx, id)?)
}
