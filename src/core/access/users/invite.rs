//! Invitations, and links for a new password.

use super::{Person, State, checked_email, checked_name, expect, name_from, normal, person};
use crate::access::links::{self, Purpose};
use crate::access::mail::{self, Handed};
use crate::access::{Caller, give, require_admin};
use crate::events::account_event;
use crate::{Core, Error, Result};
use masthead_store::accounts;

/// Whom to invite.
#[derive(Clone, Debug, Default)]
pub struct Invite {
    pub email: String,
    /// From the address when none.
    pub name: Option<String>,
    pub roles: Vec<String>,
}

/// Create an account without a password, and hand its link on: by mail, or to the caller. `base` is the site's
/// address, `now` µs.
pub async fn invite(core: &Core, caller: &Caller, invite: Invite, base: &str, now: i64) -> Result<(Person, Handed)> {
    let by = caller.clone();
    let (person, link) = core
        .write(move |tx, snapshot| {
            require_admin(&by, snapshot)?;
            let email = checked_email(&invite.email)?;
            let name = invite.name.as_deref().map(checked_name).transpose()?.filter(|n| !n.is_empty());
            let roles = give::all_to_give(tx, &by, snapshot, &invite.roles)?;
            let key = super::create::insert(tx, &email, name.as_deref().unwrap_or_else(|| name_from(&email)), None)?;
            accounts::set_roles(tx, key, &roles)?;
            let link = links::make(tx, Purpose::Invite, Some(key), now)?;
            tx.emit(account_event("user.invited", &email, &by));
            Ok((person(expect(tx, key)?, roles), link))
        })
        .await?;
    let handed = mail::hand(core, &person, link, base).await;
    Ok((person, handed))
}

/// A link for somebody to set a new password, or the first one; handed on like an invitation.
pub async fn link(core: &Core, caller: &Caller, id: i64, base: &str, now: i64) -> Result<(Person, Handed)> {
    let by = caller.clone();
    let (person, link) = core
        .write(move |tx, snapshot| {
            require_admin(&by, snapshot)?;
            let roles = accounts::roles_of(tx, id)?;
            let person = person(expect(tx, id)?, roles);
            let purpose = match person.state {
                State::Disabled => return Err(Error::Conflict(format!("{} is disabled", person.email))),
                State::Invited => Purpose::Invite,
                State::Active => Purpose::Reset,
            };
            let link = links::make(tx, purpose, Some(id), now)?;
            tx.emit(account_event("user.link_made", &person.email, &by));
            Ok((person, link))
        })
        .await?;
    let handed = mail::hand(core, &person, link, base).await;
    Ok((person, handed))
}

/// A link by forgetfulness is sent again after this, µs.
const AGAIN: i64 = 120 * 1_000_000;

/// Mail a link for a new password to `email`, if that is somebody's. Nothing about it can be learned from the answer:
/// the mail is sent after it. Refused when mail is not set up.
pub async fn forgot(core: &Core, email: &str, base: &str, now: i64) -> Result<()> {
    if !mail::is_set_up(core) {
        let message = "this site sends no mail: ask an administrator for a link to set a new password";
        return Err(Error::Conflict(message.to_owned()));
    }
    let email = normal(email);
    let made = core
        .write(move |tx, _| {
            let account = accounts::by_email(tx, &email)?.filter(|a| !a.disabled && a.password.is_some());
            let Some(account) = account else { return Ok(None) };
            if masthead_store::links::latest_of(tx, account.key)?.is_some_and(|at| now - at < AGAIN) {
                return Ok(None);
            }
            let link = links::make(tx, Purpose::Reset, Some(account.key), now)?;
            tx.emit(account_event("user.link_made", &account.email, &Caller::Anonymous));
            Ok(Some((person(account, Vec::new()), link)))
        })
        .await?;
    if let Some((person, link)) = made {
        let (core, base) = (core.clone(), base.to_owned());
        tokio::spawn(async move {
            if let Some(reason) = mail::hand(&core, &person, link, &base).await.reason {
                tracing::error!(reason, "a link for a new password could not be mailed");
            }
        });
    }
    Ok(())
}
