//! Somebody must be left who can administer the site.

use crate::access::roles;
use crate::{Error, Result};
use masthead_model::Role;
use masthead_store::{Connection, Tx, accounts};

/// Whether somebody can sign in as an administrator.
fn is_there_one(conn: &mut Connection, roles: &[Role]) -> Result<bool> {
    let of = accounts::all_roles(conn)?;
    let is_admin = |name: &String| roles::find(roles, name).is_some_and(|r| r.admin);
    let mut able = accounts::all(conn)?.into_iter().filter(|a| !a.disabled && a.password.is_some());
    Ok(able.any(|a| of.get(&a.key).is_some_and(|names| names.iter().any(is_admin))))
}

fn last() -> Error {
    Error::Conflict("nobody would be left to administer the site: make somebody else an administrator first".to_owned())
}

/// Do `work` with accounts, unless it leaves a site without an administrator that had one. Under [`accounts::lock`].
pub(super) fn keep_one(tx: &mut Tx<'_>, roles: &[Role], work: impl FnOnce(&mut Tx<'_>) -> Result<()>) -> Result<()> {
    let before = is_there_one(tx, roles)?;
    work(tx)?;
    if before && !is_there_one(tx, roles)? { Err(last()) } else { Ok(()) }
}

/// Refuse a change of the roles that leaves a site without an administrator that had one. Under [`accounts::lock`].
pub(in crate::access) fn expect_one(tx: &mut Tx<'_>, before: &[Role], after: &[Role]) -> Result<()> {
    if is_there_one(tx, before)? && !is_there_one(tx, after)? { Err(last()) } else { Ok(()) }
}
