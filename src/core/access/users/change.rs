//! Change and delete accounts.

use super::{Person, checked_name, expect, keep_one, person};
use crate::access::{Caller, give, require_admin};
use crate::events::account_event;
use crate::{Core, Result};
use masthead_store::events::NewEvent;
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
        let before = expect(tx, id)?;
        let roles_before = accounts::roles_of(tx, id)?;
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
        let now = expect(tx, id)?;
        let changes = [
            ("name", before.name != now.name),
            ("roles", roles_before != roles),
            ("disabled", before.disabled != now.disabled),
        ];
        let fields: Vec<String> = changes.iter().filter(|(_, is)| *is).map(|(word, _)| (*word).to_owned()).collect();
        if !fields.is_empty() {
            tx.emit(NewEvent { fields, ..account_event("user.changed", &now.email, &caller) });
        }
        Ok(person(now, roles))
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
        let email = expect(tx, id)?.email;
        keep_one(tx, &snapshot.roles, |tx| {
            end(tx, id)?;
            accounts::delete(tx, id)?;
            Ok(())
        })?;
        tx.emit(account_event("user.deleted", &email, &caller));
        Ok(())
    })
    .await
}

fn end(tx: &mut Tx<'_>, id: i64) -> Result<()> {
    sessions::end_of(tx, id, None)?;
    Ok(links::drop_of(tx, id)?)
}
