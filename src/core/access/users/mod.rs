//! People who may sign in: who they are, and what administrators do with their accounts.

mod change;
mod create;
mod invite;
mod last_admin;

pub use change::{Change, change, delete};
pub use create::create;
pub use invite::{Invite, forgot, invite, link};
pub(super) use last_admin::expect_one;
use last_admin::keep_one;

use super::{Caller, require_admin};
use crate::{Core, Error, Result};
use masthead_store::Connection;
use masthead_store::accounts::{self, Account};

/// Longest address, in bytes, as RFC 5321 has it.
pub(crate) const LONGEST_EMAIL: usize = 254;
/// Longest name, in characters.
const LONGEST_NAME: usize = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Active,
    /// The invitation was not accepted yet.
    Invited,
    Disabled,
}

impl State {
    pub fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Invited => "invited",
            Self::Disabled => "disabled",
        }
    }
}

/// A person, as administrators and the person see them.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    pub id: i64,
    pub email: String,
    pub name: String,
    pub roles: Vec<String>,
    pub state: State,
    /// Microseconds since 1970 UTC.
    pub created_at: i64,
    pub signed_in_at: Option<i64>,
}

pub(super) fn person(account: Account, roles: Vec<String>) -> Person {
    let state = match (account.disabled, account.password) {
        (true, _) => State::Disabled,
        (false, None) => State::Invited,
        (false, Some(_)) => State::Active,
    };
    let Account { key: id, email, name, created_at, signed_in_at, .. } = account;
    Person { id, email, name, roles, state, created_at, signed_in_at }
}

/// Everybody, by address.
pub async fn list(core: &Core, caller: &Caller) -> Result<Vec<Person>> {
    let caller = caller.clone();
    core.read(move |conn, snapshot| {
        require_admin(&caller, snapshot)?;
        let mut roles = accounts::all_roles(conn)?;
        let all = accounts::all(conn)?.into_iter();
        Ok(all
            .map(|a| {
                let own = roles.remove(&a.key).unwrap_or_default();
                person(a, own)
            })
            .collect())
    })
    .await
}

/// One person.
pub async fn get(core: &Core, caller: &Caller, id: i64) -> Result<Person> {
    let caller = caller.clone();
    core.read(move |conn, snapshot| {
        require_admin(&caller, snapshot)?;
        let account = expect(conn, id)?;
        let roles = accounts::roles_of(conn, id)?;
        Ok(person(account, roles))
    })
    .await
}

/// The person with this address.
pub async fn named(core: &Core, caller: &Caller, email: &str) -> Result<Person> {
    let (caller, email) = (caller.clone(), normal(email));
    core.read(move |conn, snapshot| {
        require_admin(&caller, snapshot)?;
        let found = accounts::by_email(conn, &email)?;
        let account = found.ok_or_else(|| Error::not_found(format!("an account of {email}")))?;
        let roles = accounts::roles_of(conn, account.key)?;
        Ok(person(account, roles))
    })
    .await
}

fn expect(conn: &mut Connection, id: i64) -> Result<Account> {
    accounts::by_key(conn, id)?.ok_or_else(|| Error::not_found(format!("user {id}")))
}

/// The caller's own account. Programs and the command line have none.
pub(super) fn own(conn: &mut Connection, caller: &Caller) -> Result<Account> {
    match caller {
        Caller::User { email, .. } => accounts::by_email(conn, email)?.ok_or(Error::Unauthorized),
        Caller::Anonymous => Err(Error::Unauthorized),
        _ => Err(Error::Forbidden("only somebody who signed in has a profile".to_owned())),
    }
}

/// An address as it is stored.
pub(crate) fn normal(email: &str) -> String {
    email.trim().to_lowercase()
}

/// An address in its stored form, or what is wrong with it.
pub(super) fn checked_email(text: &str) -> Result<String> {
    let email = normal(text);
    if is_email(&email) {
        return Ok(email);
    }
    let short: String = email.chars().take(100).collect();
    Err(Error::invalid("/email", "format", format!("'{short}' is not an e-mail address")))
}

fn is_email(text: &str) -> bool {
    matches!(text.split_once('@'), Some((user, host))
        if !user.is_empty() && host.contains('.') && !host.starts_with('.') && !host.ends_with('.') && !host.contains('@'))
        && text.len() <= LONGEST_EMAIL
        && !text.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | ',' | ';' | '"'))
}

/// A name without spaces around it, or what is wrong with it.
pub(super) fn checked_name(text: &str) -> Result<String> {
    let name = text.trim();
    if name.chars().count() > LONGEST_NAME || name.contains(char::is_control) {
        let message = format!("a name has at most {LONGEST_NAME} characters, in one line");
        return Err(Error::invalid("/name", "length", message));
    }
    Ok(name.to_owned())
}

/// What somebody is called until they say it.
pub(super) fn name_from(email: &str) -> &str {
    email.split('@').next().unwrap_or_default()
}
