//! Tokens of programs, found by the hash of their secret.

use crate::connection::Connection;
use crate::statement::Statement;
use crate::{Result, now_micros};
use diesel::sql_types::{BigInt, Nullable, Text};

#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    pub key: i64,
    pub name: String,
    pub role: String,
    /// How the secret begins, so that people know it again; empty for those made before it was kept.
    pub prefix: String,
    pub created_by: String,
    /// Microseconds since 1970 UTC, like every time here.
    pub created_at: i64,
    pub expires_at: Option<i64>,
    pub last_used_at: Option<i64>,
}

/// A token to insert.
#[derive(Clone, Debug)]
pub struct NewToken<'a> {
    pub name: &'a str,
    pub hash: &'a [u8],
    pub role: &'a str,
    pub prefix: &'a str,
    pub created_by: &'a str,
    pub expires_at: Option<i64>,
}

/// Insert, and its key; `Error::Taken` when the name is in use.
pub fn insert(conn: &mut Connection, token: &NewToken<'_>) -> Result<i64> {
    let sql = "INSERT INTO token (name, hash, role, prefix, created_by, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING key";
    let q = Statement::new(sql).bind(token.name).bind(token.hash).bind(token.role).bind(token.prefix);
    let q = q.bind(token.created_by).bind(now_micros()).bind(token.expires_at);
    conn.first::<(BigInt,), (i64,)>(q)?.map(|r| r.0).ok_or_else(|| diesel::result::Error::NotFound.into())
}

const COLUMNS: &str =
    "SELECT t.key, t.name, t.role, t.prefix, t.created_by, t.created_at, t.expires_at, t.last_used_at FROM token t";

type Row = (i64, String, String, String, String, i64, Option<i64>, Option<i64>);

fn find(conn: &mut Connection, q: Statement) -> Result<Vec<Token>> {
    type Types = (BigInt, Text, Text, Text, Text, BigInt, Nullable<BigInt>, Nullable<BigInt>);
    let token = |(key, name, role, prefix, created_by, created_at, expires_at, last_used_at): Row| Token {
        key,
        name,
        role,
        prefix,
        created_by,
        created_at,
        expires_at,
        last_used_at,
    };
    Ok(conn.load::<Types, Row>(q)?.into_iter().map(token).collect())
}

/// By its secret, or by one that it had before it was rotated and that is still taken: then with `false`.
pub fn by_hash(conn: &mut Connection, hash: &[u8], now: i64) -> Result<Option<(Token, bool)>> {
    if let Some(current) = find(conn, Statement::new(format!("{COLUMNS} WHERE t.hash = ?")).bind(hash))?.pop() {
        return Ok(Some((current, true)));
    }
    let sql = format!("{COLUMNS} JOIN token_former f ON f.token = t.key WHERE f.hash = ? AND f.expires_at > ?");
    Ok(find(conn, Statement::new(sql).bind(hash).bind(now))?.pop().map(|token| (token, false)))
}

pub fn by_key(conn: &mut Connection, key: i64) -> Result<Option<Token>> {
    Ok(find(conn, Statement::new(format!("{COLUMNS} WHERE t.key = ?")).bind(key))?.pop())
}

pub fn by_name(conn: &mut Connection, name: &str) -> Result<Option<Token>> {
    Ok(find(conn, Statement::new(format!("{COLUMNS} WHERE t.name = ?")).bind(name))?.pop())
}

/// All tokens, by name.
pub fn all(conn: &mut Connection) -> Result<Vec<Token>> {
    find(conn, Statement::new(format!("{COLUMNS} ORDER BY t.name")))
}

/// Names of the tokens with a role.
pub fn holders(conn: &mut Connection, role: &str) -> Result<Vec<String>> {
    let q = Statement::new("SELECT name FROM token WHERE role = ? ORDER BY name").bind(role);
    Ok(conn.load::<(Text,), (String,)>(q)?.into_iter().map(|r| r.0).collect())
}

/// Give the token a new secret; the one it had is taken until `until`.
pub fn rotate(conn: &mut Connection, key: i64, hash: &[u8], prefix: &str, until: i64) -> Result<()> {
    let sql = "INSERT INTO token_former (hash, token, expires_at) SELECT hash, key, ? FROM token WHERE key = ?";
    conn.execute(Statement::new(sql).bind(until).bind(key))?;
    let q = Statement::new("UPDATE token SET hash = ?, prefix = ? WHERE key = ?").bind(hash).bind(prefix);
    conn.execute(q.bind(key))?;
    Ok(())
}

/// Delete it with all its secrets.
pub fn delete(conn: &mut Connection, key: i64) -> Result<bool> {
    Ok(conn.execute(Statement::new("DELETE FROM token WHERE key = ?").bind(key))? > 0)
}

/// The token was used at `at`, if not later.
pub fn note_used(conn: &mut Connection, key: i64, at: i64) -> Result<()> {
    let sql = "UPDATE token SET last_used_at = ? WHERE key = ? AND (last_used_at IS NULL OR last_used_at < ?)";
    conn.execute(Statement::new(sql).bind(at).bind(key).bind(at))?;
    Ok(())
}

/// Drop former secrets that ended by `now`.
pub fn drop_ended(conn: &mut Connection, now: i64) -> Result<usize> {
    conn.execute(Statement::new("DELETE FROM token_former WHERE expires_at <= ?").bind(now))
}
