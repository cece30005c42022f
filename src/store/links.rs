//! One-time links, found by the hash of their secret.

use crate::Result;
use crate::connection::Connection;
use crate::statement::Statement;
use diesel::sql_types::{BigInt, Nullable, Text};

#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    pub purpose: String,
    /// None for the first administrator's.
    pub account: Option<i64>,
    /// Microseconds since 1970 UTC.
    pub created_at: i64,
    pub expires_at: i64,
}

type Row = (String, Option<i64>, i64, i64);

fn link((purpose, account, created_at, expires_at): Row) -> Link {
    Link { purpose, account, created_at, expires_at }
}

pub fn insert(conn: &mut Connection, hash: &[u8], link: &Link) -> Result<()> {
    let sql = "INSERT INTO link (hash, purpose, account, created_at, expires_at) VALUES (?, ?, ?, ?, ?)";
    let q = Statement::new(sql).bind(hash).bind(&link.purpose).bind(link.account);
    conn.execute(q.bind(link.created_at).bind(link.expires_at))?;
    Ok(())
}

pub fn by_hash(conn: &mut Connection, hash: &[u8]) -> Result<Option<Link>> {
    let sql = "SELECT purpose, account, created_at, expires_at FROM link WHERE hash = ?";
    let q = Statement::new(sql).bind(hash);
    Ok(conn.first::<(Text, Nullable<BigInt>, BigInt, BigInt), Row>(q)?.map(link))
}

/// Remove the link, so that it works for nobody else; what it was.
pub fn take(conn: &mut Connection, hash: &[u8]) -> Result<Option<Link>> {
    let sql = "DELETE FROM link WHERE hash = ? RETURNING purpose, account, created_at, expires_at";
    let q = Statement::new(sql).bind(hash);
    Ok(conn.first::<(Text, Nullable<BigInt>, BigInt, BigInt), Row>(q)?.map(link))
}

/// When the account's latest link was made.
pub fn latest_of(conn: &mut Connection, account: i64) -> Result<Option<i64>> {
    let q = Statement::new("SELECT created_at FROM link WHERE account = ? ORDER BY created_at DESC LIMIT 1");
    Ok(conn.first::<(BigInt,), (i64,)>(q.bind(account))?.map(|r| r.0))
}

/// Drop an account's links.
pub fn drop_of(conn: &mut Connection, account: i64) -> Result<()> {
    conn.execute(Statement::new("DELETE FROM link WHERE account = ?").bind(account))?;
    Ok(())
}

/// Drop the links for a purpose.
pub fn drop_for(conn: &mut Connection, purpose: &str) -> Result<()> {
    conn.execute(Statement::new("DELETE FROM link WHERE purpose = ?").bind(purpose))?;
    Ok(())
}

/// Drop links that ended by `now`.
pub fn drop_ended(conn: &mut Connection, now: i64) -> Result<usize> {
    conn.execute(Statement::new("DELETE FROM link WHERE expires_at <= ?").bind(now))
}
