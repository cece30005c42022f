//! References of an import that wait for their target.

use crate::connection::Connection;
use crate::statement::Statement;
use crate::{Result, now_micros};
use diesel::sql_types::{BigInt, Text};

/// A reference by a unique field whose target does not exist yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Pending {
    pub key: i64,
    pub doc: i64,
    /// The part that holds the relation.
    pub locale: String,
    /// Field and item ids down to the relation field, as a JSON list.
    pub path: String,
    pub ordinal: i64,
    /// Ids of the types it may be, as a JSON list.
    pub targets: String,
    /// Id of the unique field.
    pub field: String,
    /// The value waited for, as text.
    pub value: String,
}

type Row = (i64, i64, String, String, i64, String, String, String);
type Columns = (BigInt, BigInt, Text, Text, BigInt, Text, Text, Text);
const SELECT: &str = "SELECT key, doc, locale, path, ordinal, targets, field, value FROM pending ";

fn pending((key, doc, locale, path, ordinal, targets, field, value): Row) -> Pending {
    Pending { key, doc, locale, path, ordinal, targets, field, value }
}

pub fn insert(conn: &mut Connection, p: &Pending) -> Result<()> {
    conn.execute(
        Statement::new(
            "INSERT INTO pending (doc, locale, path, ordinal, targets, field, value, created_at) VALUES \
             (?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(p.doc)
        .bind(&p.locale)
        .bind(&p.path)
        .bind(p.ordinal)
        .bind(&p.targets)
        .bind(&p.field)
        .bind(&p.value)
        .bind(now_micros()),
    )?;
    Ok(())
}

/// Those that wait for one of `values` in a field.
pub fn waiting_for(conn: &mut Connection, field: &str, value: &str) -> Result<Vec<Pending>> {
    let sql = format!("{SELECT} WHERE field = ? AND value = ? ORDER BY key");
    Ok(conn.load::<Columns, Row>(Statement::new(sql).bind(field).bind(value))?.into_iter().map(pending).collect())
}

/// Whether anything waits at all: the common answer is no, and costs one look at an empty index.
pub fn any(conn: &mut Connection) -> Result<bool> {
    Ok(conn.first::<(BigInt,), (i64,)>(Statement::new("SELECT key FROM pending LIMIT 1"))?.is_some())
}

pub fn all(conn: &mut Connection, limit: i64) -> Result<Vec<Pending>> {
    let sql = format!("{SELECT} ORDER BY key LIMIT ?");
    Ok(conn.load::<Columns, Row>(Statement::new(sql).bind(limit))?.into_iter().map(pending).collect())
}

pub fn count(conn: &mut Connection) -> Result<i64> {
    Ok(conn.first::<(BigInt,), (i64,)>(Statement::new("SELECT COUNT(*) FROM pending"))?.map_or(0, |r| r.0))
}

/// Those of one document.
pub fn of(conn: &mut Connection, doc: i64) -> Result<Vec<Pending>> {
    let sql = format!("{SELECT} WHERE doc = ? ORDER BY key");
    Ok(conn.load::<Columns, Row>(Statement::new(sql).bind(doc))?.into_iter().map(pending).collect())
}

pub fn delete(conn: &mut Connection, key: i64) -> Result<()> {
    conn.execute(Statement::new("DELETE FROM pending WHERE key = ?").bind(key))?;
    Ok(())
}

pub fn delete_path(conn: &mut Connection, doc: i64, locale: &str, path: &str) -> Result<()> {
    let sql = "DELETE FROM pending WHERE doc = ? AND locale = ? AND path = ?";
    conn.execute(Statement::new(sql).bind(doc).bind(locale).bind(path))?;
    Ok(())
}
