//! Sessions of people who signed in, found by the hash of their secret.

use crate::Result;
use crate::connection::Connection;
use crate::statement::Statement;
use diesel::sql_types::{BigInt, Text};

#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    pub key: i64,
    pub account: i64,
    /// Microseconds since 1970 UTC, like every time here.
    pub created_at: i64,
    pub last_seen_at: i64,
    pub expires_at: i64,
    /// What the browser called itself.
    pub agent: String,
}

type Row = (i64, i64, i64, i64, i64, String);

const COLUMNS: &str = "SELECT key, account, created_at, last_seen_at, expires_at, agent FROM session";

fn find(conn: &mut Connection, q: Statement) -> Result<Vec<Session>> {
    let rows = conn.load::<(BigInt, BigInt, BigInt, BigInt, BigInt, Text), Row>(q)?;
    let session = |(key, account, created_at, last_seen_at, expires_at, agent): Row| Session {
        key,
        account,
        created_at,
        last_seen_at,
        expires_at,
        agent,
    };
    Ok(rows.into_iter().map(session).collect())
}

/// Insert; its key.
pub fn insert(conn: &mut Connection, hash: &[u8], account: i64, now: i64, expires: i64, agent: &str) -> Result<i64> {
    let sql = "INSERT INTO session (hash, account, created_at, last_seen_at, expires_at, agent) VALUES (?, ?, ?, ?, ?, ?) RETURNING key";
    let q = Statement::new(sql).bind(hash).bind(account).bind(now).bind(now).bind(expires).bind(agent);
    conn.first::<(BigInt,), (i64,)>(q)?.map(|r| r.0).ok_or_else(|| diesel::result::Error::NotFound.into())
}

pub fn by_hash(conn: &mut Connection, hash: &[u8]) -> Result<Option<Session>> {
    Ok(find(conn, Statement::new(format!("{COLUMNS} WHERE hash = ?")).bind(hash))?.pop())
}

/// Sessions of an account, the last seen first.
pub fn of_account(conn: &mut Connection, account: i64) -> Result<Vec<Session>> {
    let sql = format!("{COLUMNS} WHERE account = ? ORDER BY last_seen_at DESC, key DESC");
    find(conn, Statement::new(sql).bind(account))
}

/// Somebody was seen.
pub fn touch(conn: &mut Connection, key: i64, now: i64) -> Result<()> {
    let q = Statement::new("UPDATE session SET last_seen_at = ? WHERE key = ? AND last_seen_at < ?");
    conn.execute(q.bind(now).bind(key).bind(now))?;
    Ok(())
}

/// End the session with this secret, if there is one.
pub fn end(conn: &mut Connection, hash: &[u8]) -> Result<bool> {
    Ok(conn.execute(Statement::new("DELETE FROM session WHERE hash = ?").bind(hash))? > 0)
}

/// End one session of an account.
pub fn end_one(conn: &mut Connection, account: i64, key: i64) -> Result<bool> {
    let q = Statement::new("DELETE FROM session WHERE account = ? AND key = ?").bind(account).bind(key);
    Ok(conn.execute(q)? > 0)
}

/// End an account's sessions, but not `except`; how many those were.
pub fn end_of(conn: &mut Connection, account: i64, except: Option<i64>) -> Result<usize> {
    let q = Statement::new("DELETE FROM session WHERE account = ? AND key <> ?").bind(account);
    conn.execute(q.bind(except.unwrap_or(0)))
}

/// Drop sessions that ended by `now`, or were last seen before `idle`.
pub fn drop_ended(conn: &mut Connection, now: i64, idle: i64) -> Result<usize> {
    conn.execute(Statement::new("DELETE FROM session WHERE expires_at <= ? OR last_seen_at <= ?").bind(now).bind(idle))
}
