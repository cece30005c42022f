//! API tokens: a random secret, of which only a hash is kept.

use super::{Caller, require_admin, roles};
use crate::{Core, Error, Result};
use base64::Engine as _;
use rand::RngExt;
use sha2::{Digest, Sha256};

/// Every token begins with this, so that secret scanners know one.
const PREFIX: &str = "mh_";

fn hash(secret: &str) -> Vec<u8> {
    // The secret has 256 random bits: there is nothing to guess, so a slow hash would only slow down requests.
    Sha256::digest(secret.as_bytes()).to_vec()
}

/// Create a token and return its secret, which cannot be had again.
pub async fn create(core: &Core, caller: &Caller, name: &str, role: &str, expires_at: Option<i64>) -> Result<String> {
    let secret: [u8; 32] = rand::rng().random();
    let secret = format!("{PREFIX}{}", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(secret));
    let (caller, name, role, hash) = (caller.clone(), name.to_owned(), role.to_owned(), hash(&secret));
    core.write(move |tx, snapshot| {
        require_admin(&caller, snapshot)?;
        if name.trim().is_empty() || name.chars().count() > 100 {
            return Err(Error::invalid("/name", "length", "a token's name has 1 to 100 characters"));
        }
        if !roles::exists(&snapshot.roles, &role) {
            return Err(Error::not_found(format!("role '{role}'")));
        }
        if role == super::PUBLIC {
            return Err(Error::invalid("/role", "role", "'public' needs no token: it is what everybody may do"));
        }
        materialise(tx, snapshot, &role)?;
        match masthead_store::access::insert_token(tx, &name, &hash, &role, expires_at) {
            Err(masthead_store::Error::Taken(_)) => Err(Error::Conflict(format!("there is a token '{name}' already"))),
            other => Ok(other?),
        }
    })
    .await?;
    Ok(secret)
}

/// A built-in role becomes a row when it is first given to somebody.
pub(super) fn materialise(tx: &mut masthead_store::Tx<'_>, snapshot: &crate::Snapshot, role: &str) -> Result<()> {
    if snapshot.roles.iter().all(|r| r.name != role)
        && let Some(built_in) = roles::built_in(role)
    {
        masthead_store::access::put_role(tx, &built_in)?;
        masthead_store::types::next_version(tx)?;
        tx.emit(crate::events::schema_event("role.changed", None, &Caller::Server("roles")));
    }
    Ok(())
}

/// Who holds `secret`. Unknown and expired answer alike.
pub async fn caller(core: &Core, secret: &str) -> Result<Caller> {
    let hash = hash(secret);
    let token = core.store().read(move |conn| masthead_store::access::token(conn, &hash)).await?;
    match token {
        Some(t) if t.expires_at.is_none_or(|at| at > masthead_store::now_micros()) => {
            Ok(Caller::Token { name: t.name, role: t.role })
        }
        _ => Err(Error::Unauthorized),
    }
}
