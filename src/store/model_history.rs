//! Who changed the content model when, and how.

use crate::connection::Connection;
use crate::statement::Statement;
use crate::{Result, now_micros};
use diesel::sql_types::{BigInt, Text};

/// A change of the model.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub key: i64,
    /// The version that it made.
    pub version: i64,
    /// µs.
    pub at: i64,
    pub actor: String,
    /// Its steps, a line each, as a JSON list.
    pub steps: String,
}

pub fn insert(conn: &mut Connection, version: i64, actor: &str, steps: &str) -> Result<i64> {
    let sql = "INSERT INTO model_history (version, at, actor, steps) VALUES (?, ?, ?, ?) RETURNING key";
    let q = Statement::new(sql).bind(version).bind(now_micros()).bind(actor).bind(steps);
    conn.first::<(BigInt,), (i64,)>(q)?.map(|r| r.0).ok_or_else(|| diesel::result::Error::NotFound.into())
}

/// Forget a change that did not come about.
pub fn delete(conn: &mut Connection, key: i64) -> Result<()> {
    conn.execute(Statement::new("DELETE FROM model_history WHERE key = ?").bind(key))?;
    Ok(())
}

/// Up to `limit` changes before the entry `before`, newest first.
pub fn list(conn: &mut Connection, before: i64, limit: i64) -> Result<Vec<Change>> {
    let sql = "SELECT key, version, at, actor, steps FROM model_history WHERE key < ? ORDER BY key DESC LIMIT ?";
    let rows = conn
        .load::<(BigInt, BigInt, BigInt, Text, Text), (i64, i64, i64, String, String)>(
            Statement::new(sql).bind(before).bind(limit),
        )?
        .into_iter();
    Ok(rows.map(|(key, version, at, actor, steps)| Change { key, version, at, actor, steps }).collect())
}
