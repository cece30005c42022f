//! API tokens: a random secret, of which only a hash is kept.

use super::{Caller, give, require_admin, roles, secrets};
use crate::events::{account_event, role_event};
use crate::{Core, Error, Result};
use masthead_store::{now_micros, tokens as stored};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

pub use stored::Token;

/// Every token begins with this, so that secret scanners know one.
const PREFIX: &str = "mh_";
/// How much of a secret is shown again, in characters.
const SHOWN: usize = 8;
/// A token's former secret is taken no longer than this after a rotation, µs.
pub const LONGEST_OVERLAP: i64 = 90 * 24 * 3600 * 1_000_000;

/// So many are remembered, at most.
const REMEMBERED: usize = 1000;

/// When tokens were last used, noted here until [`flush`]: no request waits for that to be written.
#[derive(Default)]
pub(crate) struct Used(Mutex<HashMap<i64, i64>>);

/// Tokens by the hashes of their present secrets.
#[derive(Default)]
pub(crate) struct Holders(RwLock<HashMap<Vec<u8>, Held>>);

struct Held {
    token: Arc<Token>,
    /// How often a token had changed when it was read.
    changes: u64,
}

impl Holders {
    fn find(&self, hash: &[u8], changes: u64) -> Option<Arc<Token>> {
        let known = self.0.read().ok()?;
        known.get(hash).filter(|held| held.changes == changes).map(|held| held.token.clone())
    }

    fn keep(&self, hash: Vec<u8>, token: Arc<Token>, changes: u64) {
        let Ok(mut known) = self.0.write() else { return };
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(hash, Held { token, changes });
    }
}

/// Create a token and return its secret, which cannot be had again.
pub async fn create(core: &Core, caller: &Caller, name: &str, role: &str, expires_at: Option<i64>) -> Result<String> {
    Ok(issue(core, caller, name, role, expires_at).await?.1)
}

/// The same, with the token.
pub async fn issue(
    core: &Core,
    caller: &Caller,
    name: &str,
    role: &str,
    expires_at: Option<i64>,
) -> Result<(Token, String)> {
    let secret = secrets::new(PREFIX);
    let (caller, name, role) = (caller.clone(), name.trim().to_owned(), role.to_owned());
    let (hash, prefix) = (secrets::hash(&secret), secret[..SHOWN].to_owned());
    let token = core
        .write(move |tx, snapshot| {
            let role = give::to_give(&caller, snapshot, &role, "/role")?;
            if name.is_empty() || name.chars().count() > 100 || name.contains(char::is_control) {
                return Err(Error::invalid("/name", "length", "a token's name has 1 to 100 characters"));
            }
            if expires_at.is_some_and(|at| at <= now_micros()) {
                return Err(Error::invalid("/expiresAt", "past", "the moment when it ends has passed"));
            }
            materialise(tx, snapshot, &role.name)?;
            let (role, created_by) = (&role.name, &caller.actor());
            let new = stored::NewToken { name: &name, hash: &hash, role, prefix: &prefix, created_by, expires_at };
            match stored::insert(tx, &new) {
                Err(masthead_store::Error::Taken(_)) => {
                    Err(Error::Conflict(format!("there is a token '{name}' already")))
                }
                other => {
                    tx.emit(account_event("token.created", &name, &caller));
                    expect(tx, other?)
                }
            }
        })
        .await?;
    Ok((token, secret))
}

fn expect(conn: &mut masthead_store::Connection, id: i64) -> Result<Token> {
    stored::by_key(conn, id)?.ok_or_else(|| Error::not_found(format!("token {id}")))
}

/// All tokens, by name.
pub async fn list(core: &Core, caller: &Caller) -> Result<Vec<Token>> {
    flush(core).await?;
    let caller = caller.clone();
    core.read(move |conn, snapshot| {
        require_admin(&caller, snapshot)?;
        Ok(stored::all(conn)?)
    })
    .await
}

/// One token.
pub async fn get(core: &Core, caller: &Caller, id: i64) -> Result<Token> {
    let caller = caller.clone();
    core.read(move |conn, snapshot| {
        require_admin(&caller, snapshot)?;
        expect(conn, id)
    })
    .await
}

/// The token of this name.
pub async fn named(core: &Core, caller: &Caller, name: &str) -> Result<Token> {
    let (caller, name) = (caller.clone(), name.to_owned());
    core.read(move |conn, snapshot| {
        require_admin(&caller, snapshot)?;
        stored::by_name(conn, &name)?.ok_or_else(|| Error::not_found(format!("token '{name}'")))
    })
    .await
}

/// Give a token a new secret and return it. The one it had is taken for `overlap` µs more.
pub async fn rotate(core: &Core, caller: &Caller, id: i64, overlap: i64, now: i64) -> Result<(Token, String)> {
    let secret = secrets::new(PREFIX);
    let (caller, hash, prefix) = (caller.clone(), secrets::hash(&secret), secret[..SHOWN].to_owned());
    let token = core
        .write(move |tx, snapshot| {
            require_admin(&caller, snapshot)?;
            let token = expect(tx, id)?;
            give::to_give(&caller, snapshot, &token.role, "/role")?;
            if !(0..=LONGEST_OVERLAP).contains(&overlap) {
                return Err(Error::invalid("/overlap", "range", "the old secret works for at most 90 days more"));
            }
            stored::rotate(tx, id, &hash, &prefix, now + overlap)?;
            tx.emit(account_event("token.rotated", &token.name, &caller));
            expect(tx, id)
        })
        .await?;
    Ok((token, secret))
}

/// End a token and all its secrets at once.
pub async fn revoke(core: &Core, caller: &Caller, id: i64) -> Result<()> {
    let caller = caller.clone();
    core.write(move |tx, snapshot| {
        require_admin(&caller, snapshot)?;
        let token = expect(tx, id)?;
        stored::delete(tx, id)?;
        tx.emit(account_event("token.revoked", &token.name, &caller));
        Ok(())
    })
    .await
}

/// A built-in role becomes a row when it is first given to somebody.
pub(super) fn materialise(tx: &mut masthead_store::Tx<'_>, snapshot: &crate::Snapshot, role: &str) -> Result<()> {
    if snapshot.roles.iter().all(|r| r.name != role)
        && let Some(built_in) = roles::built_in(role)
    {
        masthead_store::access::put_role(tx, &built_in)?;
        masthead_store::types::next_version(tx)?;
        tx.emit(role_event("role.changed", role, &Caller::Server("roles")));
    }
    Ok(())
}

/// Who holds `secret`. Unknown and expired answer alike.
pub async fn caller(core: &Core, secret: &str) -> Result<Caller> {
    let (hash, now) = (secrets::hash(secret), now_micros());
    let token = match held(core, hash, now).await? {
        Some(token) if token.expires_at.is_none_or(|at| at > now) => token,
        _ => return Err(Error::Unauthorized),
    };
    core.access().used.0.lock().unwrap_or_else(PoisonError::into_inner).insert(token.key, now);
    Ok(Caller::Token { name: token.name.clone(), role: token.role.clone() })
}

/// The token with this secret: from memory, as long as no token has changed.
async fn held(core: &Core, hash: Vec<u8>, now: i64) -> Result<Option<Arc<Token>>> {
    // Noted before the database is read, so that what is kept can be too old for it, never too new.
    let changes = core.generations().tokens();
    let holders = &core.access().holders;
    if core.generations().are_fresh(now)
        && let Some(token) = holders.find(&hash, changes)
    {
        return Ok(Some(token));
    }
    let asked = hash.clone();
    let Some((token, is_present)) = core.store().read(move |conn| stored::by_hash(conn, &asked, now)).await? else {
        return Ok(None);
    };
    let token = Arc::new(token);
    // A former secret ends at a time of its own.
    if is_present {
        holders.keep(hash, token.clone(), changes);
    }
    Ok(Some(token))
}

/// Write down when tokens were last used.
pub async fn flush(core: &Core) -> Result<()> {
    let used = std::mem::take(&mut *core.access().used.0.lock().unwrap_or_else(PoisonError::into_inner));
    if used.is_empty() {
        return Ok(());
    }
    core.store()
        .write(move |tx| used.iter().try_for_each(|(key, at)| stored::note_used(tx, *key, *at)))
        .await
        .map_err(Error::Store)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Settings;
    use masthead_store::{Options, Store};

    fn site(folder: &tempfile::TempDir) -> Core {
        let store = Store::open(&Options::new(folder.path().join("a.db").to_str().unwrap())).unwrap();
        Core::new(store, Settings::default()).unwrap()
    }

    #[tokio::test]
    async fn a_token_is_read_once_until_one_changes_or_the_log_is_not_watched() {
        let folder = tempfile::tempdir().unwrap();
        let core = site(&folder);
        let watched = |since: i64| core.generations().confirm(0, now_micros() - since);
        let (secret, other) = (
            create(&core, &Caller::Operator, "a", "editor", None).await.unwrap(),
            create(&core, &Caller::Operator, "b", "editor", None).await.unwrap(),
        );
        watched(0);
        assert!(caller(&core, &secret).await.is_ok());
        // Behind everybody's back, so that only memory still knows it.
        let id = named(&core, &Caller::Operator, "a").await.unwrap().key;
        core.store().write(move |tx| stored::delete(tx, id)).await.unwrap();
        watched(0);
        assert!(caller(&core, &secret).await.is_ok(), "from memory");
        watched(2_000_000);
        assert!(caller(&core, &secret).await.is_err(), "another process may have ended it");
        watched(0);
        assert!(caller(&core, &secret).await.is_ok());
        let b = named(&core, &Caller::Operator, "b").await.unwrap().key;
        revoke(&core, &Caller::Operator, b).await.unwrap();
        watched(0);
        for ended in [&secret, &other] {
            assert!(caller(&core, ended).await.is_err(), "a token has changed");
        }
        core.store().close();
    }

    #[tokio::test]
    async fn memory_keeps_no_token_beyond_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let core = site(&folder);
        let soon = now_micros() + 300_000;
        let secret = create(&core, &Caller::Operator, "a", "editor", Some(soon)).await.unwrap();
        core.generations().confirm(0, now_micros());
        assert!(caller(&core, &secret).await.is_ok());
        while now_micros() <= soon {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        core.generations().confirm(0, now_micros());
        assert!(caller(&core, &secret).await.is_err());
        core.store().close();
    }
}
