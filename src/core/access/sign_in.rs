//! Signing in with an address and a password.

use super::{Caller, passwords, secrets, sessions, users};
use crate::events::account_event;
use crate::{Core, Error, Result};
use masthead_store::accounts::{self, Account};
use masthead_store::{Tx, sessions as stored};

/// Where somebody signs in from.
#[derive(Clone, Debug, Default)]
pub struct Visit {
    /// The client's address, as far as it is known; a network's for IPv6.
    pub address: String,
    /// What the browser calls itself.
    pub agent: String,
    /// The cookie by which a browser is known again.
    pub device: Option<String>,
    /// The session that the browser had; it ends.
    pub session: Option<String>,
}

/// A new session.
#[derive(Clone, Debug)]
pub struct SignedIn {
    pub caller: Caller,
    /// The session's secret.
    pub secret: String,
    /// What the browser keeps, so that it is known again.
    pub device: String,
}

/// Sign in. An unknown address, a wrong password and a disabled account answer alike, after the same work.
///
/// `Error::TooMany` after many failures, `Error::Overloaded` when too many sign in at once. `now` in µs.
pub async fn sign_in(core: &Core, email: &str, password: &str, visit: Visit, now: i64) -> Result<SignedIn> {
    let email = users::normal(email);
    if password.len() > passwords::LONGEST || email.len() > users::LONGEST_EMAIL {
        return Err(Error::WrongPassword);
    }
    let known = visit.device.as_deref().and_then(|d| secrets::known_device(core.site_key(), &email, d));
    let throttle = &core.access().throttle;
    let attempt = match throttle.begin(&email, &visit.address, known, now) {
        Ok(attempt) => attempt,
        Err(wait) => {
            if throttle.announce(&email, now) {
                tell_throttled(core, &email).await?;
            }
            return Err(too_many(wait));
        }
    };
    let checked = check(core, &email, password).await;
    match &checked {
        Ok(_) => throttle.succeed(&attempt),
        Err(Error::WrongPassword) => {}
        Err(_) => throttle.undo(&attempt),
    }
    let account = checked?;
    let core_too = core.clone();
    core.write(move |tx, _| {
        // It may have been disabled, or its password changed, while the password was checked.
        let same = accounts::by_key(tx, account.key)?.filter(|a| !a.disabled && a.password == account.password);
        enter(&core_too, tx, &same.ok_or(Error::WrongPassword)?, &visit, now)
    })
    .await
}

/// Note in the log that attempts on an account are answered slowly. What is no account may be a password typed into the
/// wrong field: it is not written down.
async fn tell_throttled(core: &Core, email: &str) -> Result<()> {
    let email = email.to_owned();
    core.write(move |tx, _| {
        if let Some(account) = accounts::by_email(tx, &email)? {
            tx.emit(account_event("user.sign_in_throttled", &account.email, &Caller::Anonymous));
        }
        Ok(())
    })
    .await
}

async fn check(core: &Core, email: &str, password: &str) -> Result<Account> {
    let asked = email.to_owned();
    let account = core.store().read(move |conn| accounts::by_email(conn, &asked)).await?;
    let known = account.filter(|a| !a.disabled && a.password.is_some());
    let phc = known.as_ref().and_then(|a| a.password.clone()).unwrap_or_else(|| passwords::NOBODY.to_owned());
    let secret = password.to_owned();
    let matches = passwords::slowly(core, move || passwords::verify(&secret, &phc)).await?;
    known.filter(|_| matches).ok_or(Error::WrongPassword)
}

/// Open a new session for an account, and end the one that the browser had.
pub(super) fn enter(core: &Core, tx: &mut Tx<'_>, account: &Account, visit: &Visit, now: i64) -> Result<SignedIn> {
    if let Some(old) = &visit.session {
        stored::end(tx, &secrets::hash(old))?;
    }
    let secret = sessions::open(tx, account.key, &visit.agent, now)?;
    let kept = visit.device.clone().filter(|d| secrets::known_device(core.site_key(), &account.email, d).is_some());
    let device = kept.or_else(|| secrets::device(core.site_key(), &account.email)).unwrap_or_default();
    let caller = Caller::User { email: account.email.clone(), roles: accounts::roles_of(tx, account.key)? };
    tx.emit(account_event("user.signed_in", &account.email, &caller));
    Ok(SignedIn { caller, secret, device })
}

/// A wait in µs, told in seconds.
fn too_many(wait: i64) -> Error {
    let seconds = u64::try_from(wait).unwrap_or(0).div_ceil(1_000_000).max(1);
    Error::TooMany { message: format!("too many attempts to sign in; try again in {seconds} s"), seconds }
}

/// Whether `password` is the account's own, for somebody who signed in already. Failures count as those of signing in.
pub(super) async fn judged(core: &Core, account: &Account, password: &str, address: &str, now: i64) -> Result<()> {
    let throttle = &core.access().throttle;
    // Their own session is a device of its own: nobody else can use up its attempts.
    let device = format!("session of {}", account.key);
    let attempt = throttle.begin(&account.email, address, Some(&device), now).map_err(too_many)?;
    match check(core, &account.email, password).await {
        Ok(_) => {
            throttle.succeed(&attempt);
            Ok(())
        }
        Err(Error::WrongPassword) => {
            Err(Error::invalid("/currentPassword", "wrong", "this is not your current password"))
        }
        Err(other) => {
            throttle.undo(&attempt);
            Err(other)
        }
    }
}
