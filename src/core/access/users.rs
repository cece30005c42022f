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
    let secret = password.to_owned();
    let phc = passwords::slowly(core, move || passwords::hash(&secret)).await??;
    let (caller, role) = (caller.clone(), role.to_owned());
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

/// Who signs in with this address and password. An unknown address, a wrong password and a disabled account answer
/// alike, after the same work.
pub async fn sign_in(core: &Core, email: &str, password: &str) -> Result<Caller> {
    let email = email.trim().to_lowercase();
    let asked = email.clone();
    let found = core
        .store()
        .read(move |conn| {
            let account = masthead_store::access::account(conn, &asked)?;
            let roles = match &account {
                Some(account) => masthead_store::access::roles_of(conn, account.key)?,
                None => Vec::new(),
            };
            Ok::<_, masthead_store::Error>((account, roles))
        })
        .await?;
    let (account, roles) = found;
    let known = account.filter(|a| !a.disabled).and_then(|a| a.password);
    let is_known = known.is_some();
    let phc = known.unwrap_or_else(|| passwords::NOBODY.to_owned());
    let secret = password.to_owned();
    let matches = passwords::slowly(core, move || passwords::verify(&secret, &phc)).await?;
    if matches && is_known { Ok(Caller::User { email, roles }) } else { Err(Error::Unauthorized) }
}

fn is_email(text: &str) -> bool {
    matches!(text.split_once('@'), Some((user, host))
        if !user.is_empty() && host.contains('.') && !host.starts_with('.') && !host.ends_with('.'))
        && text.len() <= 254
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}
