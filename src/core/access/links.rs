//! Links that work once, for an hour: to become the first administrator, to accept an invitation, to set a new
//! password. Looking at one changes nothing (mail programs do), accepting uses it up.

use super::sign_in::{self, SignedIn, Visit};
use super::{Caller, passwords, secrets, tokens, users};
use crate::events::account_event;
use crate::{Core, Error, Result, Snapshot};
use masthead_store::{Connection, Tx, accounts, links as stored, sessions};

/// How long a link works, µs.
pub const LASTS: i64 = 3600 * 1_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    FirstAdmin,
    Invite,
    Reset,
}

impl Purpose {
    pub fn word(self) -> &'static str {
        match self {
            Self::FirstAdmin => "first_admin",
            Self::Invite => "invite",
            Self::Reset => "reset",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::FirstAdmin, Self::Invite, Self::Reset].into_iter().find(|p| p.word() == word)
    }
}

/// A link that was just made.
#[derive(Clone, Debug)]
pub struct Link {
    pub secret: String,
    pub purpose: Purpose,
    /// Microseconds since 1970 UTC.
    pub expires_at: i64,
}

impl Link {
    /// Its address, below the site's own.
    pub fn url(&self, base: &str) -> String {
        format!("{}/admin/link/{}", base.trim_end_matches('/'), self.secret)
    }
}

/// Make a link. The account's earlier ones stay until one of them is used.
pub(super) fn make(tx: &mut Tx<'_>, purpose: Purpose, account: Option<i64>, now: i64) -> Result<Link> {
    let secret = secrets::new("");
    let expires_at = now + LASTS;
    let link = stored::Link { purpose: purpose.word().to_owned(), account, created_at: now, expires_at };
    stored::insert(tx, &secrets::hash(&secret), &link)?;
    Ok(Link { secret, purpose, expires_at })
}

/// A link for the first administrator; none when there is an account. For whoever runs the server.
pub async fn first_admin(core: &Core, caller: &Caller, now: i64) -> Result<Option<Link>> {
    if !matches!(caller, Caller::Operator | Caller::Server(_)) {
        return Err(Error::Forbidden("only whoever runs the server may do this".to_owned()));
    }
    core.write(move |tx, _| match accounts::any(tx)? {
        true => Ok(None),
        false => Ok(Some(make(tx, Purpose::FirstAdmin, None, now)?)),
    })
    .await
}

/// Whether nobody has an account yet. Anybody may know: the first page says it.
pub async fn awaits_first_admin(core: &Core) -> Result<bool> {
    Ok(!core.store().read(accounts::any).await?)
}

/// What a link is for.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    pub purpose: Purpose,
    /// Whose account it opens; nobody's for the first administrator's.
    pub email: Option<String>,
    pub name: Option<String>,
    /// Microseconds since 1970 UTC.
    pub expires_at: i64,
}

/// Look at a link, without using it up. `Error::Gone` when it works no more.
pub async fn look(core: &Core, secret: &str, now: i64) -> Result<Shown> {
    let hash = hashed(secret)?;
    let look = move |conn: &mut Connection| {
        let link = stored::by_hash(conn, &hash)?;
        Ok::<_, Error>(shown(conn, link, now)?.1)
    };
    core.store().read(look).await
}

fn shown(conn: &mut Connection, link: Option<stored::Link>, now: i64) -> Result<(Option<accounts::Account>, Shown)> {
    let link = link.filter(|l| now < l.expires_at).ok_or_else(gone)?;
    let purpose = Purpose::parse(&link.purpose).ok_or_else(gone)?;
    let account = match (purpose, link.account) {
        (Purpose::FirstAdmin, _) if accounts::any(conn)? => return Err(gone()),
        (Purpose::FirstAdmin, _) => None,
        (_, Some(key)) => Some(accounts::by_key(conn, key)?.filter(|a| !a.disabled).ok_or_else(gone)?),
        (_, None) => return Err(gone()),
    };
    let (email, name) = (account.as_ref().map(|a| a.email.clone()), account.as_ref().map(|a| a.name.clone()));
    Ok((account, Shown { purpose, email, name, expires_at: link.expires_at }))
}

fn gone() -> Error {
    Error::Gone("this link works no more: it was used, or is older than an hour".to_owned())
}

fn hashed(secret: &str) -> Result<Vec<u8>> {
    if secret.len() > secrets::LONGEST { Err(gone()) } else { Ok(secrets::hash(secret)) }
}

/// What somebody fills in.
#[derive(Clone, Debug, Default)]
pub struct Accept {
    /// For the first administrator, who has no account yet.
    pub email: Option<String>,
    /// Left as it is when none.
    pub name: Option<String>,
    pub password: String,
}

/// Use a link up: set the password, end all sessions of the account, and sign in.
pub async fn accept(core: &Core, secret: &str, accept: Accept, visit: Visit, now: i64) -> Result<SignedIn> {
    let hash = hashed(secret)?;
    // Before the password is hashed: only who holds a link may have that work done.
    let shown_first = look(core, secret, now).await?;
    passwords::check("/password", &accept.password)?;
    let email = match (shown_first.purpose, &accept.email) {
        (Purpose::FirstAdmin, email) => users::checked_email(email.as_deref().unwrap_or_default())?,
        (_, None) => String::new(),
        (_, Some(_)) => return Err(Error::invalid("/email", "fixed", "the address was set by whoever invited you")),
    };
    let name = accept.name.as_deref().map(users::checked_name).transpose()?.filter(|n| !n.is_empty());
    let phc = passwords::hashed(core, &accept.password).await?;
    let core_too = core.clone();
    core.write(move |tx, snapshot| {
        accounts::lock(tx)?;
        let link = stored::take(tx, &hash)?;
        let key = match shown(tx, link, now)?.0 {
            Some(account) => {
                accounts::set_password(tx, account.key, &phc)?;
                if let Some(name) = &name {
                    accounts::rename(tx, account.key, name)?;
                }
                sessions::end_of(tx, account.key, None)?;
                stored::drop_of(tx, account.key)?;
                account.key
            }
            None => first(tx, snapshot, &email, name.as_deref(), &phc)?,
        };
        let account = accounts::by_key(tx, key)?.ok_or_else(gone)?;
        let kind = match shown_first.purpose {
            Purpose::FirstAdmin => "user.created",
            Purpose::Invite => "user.accepted",
            Purpose::Reset => "user.password_changed",
        };
        let by = Caller::User { email: account.email.clone(), roles: Vec::new() };
        tx.emit(account_event(kind, &account.email, &by));
        sign_in::enter(&core_too, tx, &account, &visit, now)
    })
    .await
}

fn first(tx: &mut Tx<'_>, snapshot: &Snapshot, email: &str, name: Option<&str>, phc: &str) -> Result<i64> {
    stored::drop_for(tx, Purpose::FirstAdmin.word())?;
    tokens::materialise(tx, snapshot, "admin")?;
    let key = accounts::insert(tx, email, name.unwrap_or_else(|| users::name_from(email)), Some(phc))?;
    accounts::set_roles(tx, key, &["admin".to_owned()])?;
    Ok(key)
}
