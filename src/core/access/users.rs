//! People who may sign in.

use super::{Caller, passwords, require_admin, roles, tokens};
use crate::{Core, Error, Result};

/// Create an account with a password and a role.
pub async fn create(core: &Core, caller: &Caller, email: &str, role: &str, password: &str) -> Result<()> {
    let email = email.trim().to_lowercase();
    if !is_email(&email) {
        return Err(Error::invalid("/email", "format", format!("'{email}' is not an e-mail address")));
    }
    if password.chars().count() < passwords::SHORTEST {
        let message = format!("a password has at least {} characters", passwords::SHORTEST);
        return Err(Error::invalid("/password", "length", message));
    }
    let (phc, caller, role) = (passwords::hash(password)?, caller.clone(), role.to_owned());
    core.write(move |tx, snapshot| {
        require_admin(&caller, snapshot)?;
        if !roles::exists(&snapshot.roles, &role) || role == super::PUBLIC {
            return Err(Error::not_found(format!("role '{role}'")));
        }
        tokens::materialise(tx, snapshot, &role)?;
        let name = email.split('@').next().unwrap_or_default().to_owned();
        let key = match masthead_store::access::insert_account(tx, &email, &name, Some(&phc)) {
            Err(masthead_store::Error::Taken(_)) => {
                return Err(Error::Conflict(format!("{email} has an account already")));
            }
            other => other?,
        };
        masthead_store::access::give_role(tx, key, &role)?;
        Ok(())
    })
    .await
}

fn is_email(text: &str) -> bool {
    matches!(text.split_once('@'), Some((user, host))
        if !user.is_empty() && host.contains('.') && !host.starts_with('.') && !host.ends_with('.'))
        && text.len() <= 254
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}
