//! Sessions of people who signed in: kept in the database, so that ending one is seen by every process at once.

use super::{Caller, secrets, users};
use crate::events::account_event;
use crate::{Core, Error, Result, Snapshot};
use masthead_store::{Connection, Tx, accounts, sessions as stored};
use std::time::Duration;

const DAY: i64 = 24 * 3600 * 1_000_000;
/// A session that was not used for so long is over, µs.
pub const IDLE: i64 = 14 * DAY;
/// A session is over after this at the latest, µs.
pub const ABSOLUTE: i64 = 90 * DAY;
/// How exactly it is noted when a session was last used, µs.
const NOTED: i64 = 60 * 1_000_000;
/// A request does not wait longer for that to be written.
const PATIENCE: Duration = Duration::from_secs(2);
/// An account's oldest sessions end when it has more.
const AT_MOST: usize = 50;
/// What is kept of a browser's name for itself, in characters.
const LONGEST_AGENT: usize = 150;

/// Somebody who is signed in.
#[derive(Clone, Debug, PartialEq)]
pub struct Signed {
    pub caller: Caller,
    pub session: i64,
}

/// Who signed in with this session. Unknown, ended and of a disabled account answer alike. `now` in µs.
pub async fn find(core: &Core, secret: &str, now: i64) -> Result<Signed> {
    if secret.len() > secrets::LONGEST {
        return Err(Error::Unauthorized);
    }
    let hash = secrets::hash(secret);
    let found = core.store().read(move |conn| look(conn, &hash, now)).await?;
    let (session, email, roles) = found.ok_or(Error::Unauthorized)?;
    if now - session.last_seen_at >= NOTED {
        let key = session.key;
        let note = core.store().write(move |tx| stored::touch(tx, key, now));
        // The write stands although nobody waits for it any longer.
        if let Ok(Err(error)) = tokio::time::timeout(PATIENCE, note).await {
            tracing::warn!(%error, "that a session was used could not be noted");
        }
    }
    Ok(Signed { caller: Caller::User { email, roles }, session: session.key })
}

type Found = Option<(stored::Session, String, Vec<String>)>;

fn look(conn: &mut Connection, hash: &[u8], now: i64) -> masthead_store::Result<Found> {
    let Some(session) = stored::by_hash(conn, hash)?.filter(|s| is_alive(s, now)) else { return Ok(None) };
    let account = accounts::by_key(conn, session.account)?;
    let Some(account) = account.filter(|a| !a.disabled) else { return Ok(None) };
    let roles = accounts::roles_of(conn, account.key)?;
    Ok(Some((session, account.email, roles)))
}

fn is_alive(session: &stored::Session, now: i64) -> bool {
    now < session.expires_at && now < session.last_seen_at + IDLE
}

/// Open a session for an account; its secret.
pub(super) fn open(tx: &mut Tx<'_>, account: i64, agent: &str, now: i64) -> Result<String> {
    let secret = secrets::new("");
    let agent: String = agent.chars().filter(|c| !c.is_control()).take(LONGEST_AGENT).collect();
    stored::insert(tx, &secrets::hash(&secret), account, now, now + ABSOLUTE, &agent)?;
    for old in stored::of_account(tx, account)?.into_iter().skip(AT_MOST) {
        stored::end_one(tx, account, old.key)?;
    }
    accounts::note_sign_in(tx, account, now)?;
    Ok(secret)
}

/// End the session with this secret. Ending one that is over changes nothing.
pub async fn end(core: &Core, secret: &str) -> Result<()> {
    let hash = secrets::hash(secret);
    core.store().write(move |tx| stored::end(tx, &hash)).await?;
    Ok(())
}

/// A session as its owner sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    pub id: i64,
    /// Microseconds since 1970 UTC.
    pub created_at: i64,
    pub last_seen_at: i64,
    pub expires_at: i64,
    /// What the browser called itself.
    pub agent: String,
}

/// The caller's own sessions, the last used first.
pub async fn list(core: &Core, caller: &Caller, now: i64) -> Result<Vec<Seen>> {
    let caller = caller.clone();
    core.read(move |conn, _| {
        let account = users::own(conn, &caller)?;
        let seen = |s: stored::Session| Seen {
            id: s.key,
            created_at: s.created_at,
            last_seen_at: s.last_seen_at,
            expires_at: s.expires_at.min(s.last_seen_at + IDLE),
            agent: s.agent,
        };
        Ok(stored::of_account(conn, account.key)?.into_iter().filter(|s| is_alive(s, now)).map(seen).collect())
    })
    .await
}

/// End one of the caller's own sessions.
pub async fn end_own(core: &Core, caller: &Caller, id: i64) -> Result<()> {
    own(core, caller, move |tx, account| match stored::end_one(tx, account, id)? {
        true => Ok(()),
        false => Err(Error::not_found(format!("session {id}"))),
    })
    .await
}

/// End all of the caller's own sessions, this one too; how many those were.
pub async fn end_all(core: &Core, caller: &Caller) -> Result<usize> {
    let by = caller.clone();
    own(core, caller, move |tx, account| {
        let ended = stored::end_of(tx, account, None)?;
        if let Caller::User { email, .. } = &by {
            tx.emit(account_event("user.signed_out_everywhere", email, &by));
        }
        Ok(ended)
    })
    .await
}

async fn own<T: Send + 'static>(
    core: &Core,
    caller: &Caller,
    work: impl Fn(&mut Tx<'_>, i64) -> Result<T> + Send + 'static,
) -> Result<T> {
    let caller = caller.clone();
    core.write(move |tx, _: &std::sync::Arc<Snapshot>| {
        let account = users::own(tx, &caller)?.key;
        work(tx, account)
    })
    .await
}
