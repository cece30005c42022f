//! Rendered documents: what delivery hands out, one row a published document and locale. Derived.

use crate::Result;
use crate::connection::Connection;
use crate::statement::Statement;
use diesel::sql_types::{BigInt, Binary};

pub fn put(conn: &mut Connection, doc: i64, locale: &str, type_key: i64, epoch: i64, data: &[u8]) -> Result<()> {
    conn.execute(
        Statement::new(
            "INSERT INTO rendered (doc, locale, type, epoch, data) VALUES (?, ?, ?, ?, ?) ON CONFLICT (doc, locale) DO \
             UPDATE SET type = excluded.type, epoch = excluded.epoch, data = excluded.data",
        )
        .bind(doc)
        .bind(locale)
        .bind(type_key)
        .bind(epoch)
        .bind(data),
    )?;
    Ok(())
}

pub fn get(conn: &mut Connection, doc: i64, locale: &str) -> Result<Option<(i64, Vec<u8>)>> {
    let q = Statement::new("SELECT epoch, data FROM rendered WHERE doc = ? AND locale = ?").bind(doc).bind(locale);
    conn.first::<(BigInt, Binary), _>(q)
}

pub fn delete(conn: &mut Connection, doc: i64) -> Result<()> {
    conn.execute(Statement::new("DELETE FROM rendered WHERE doc = ?").bind(doc))?;
    Ok(())
}

/// How many rendered rows of a type are of another epoch.
pub fn count_stale(conn: &mut Connection, type_key: i64, epoch: i64) -> Result<i64> {
    let q = Statement::new("SELECT COUNT(*) FROM rendered WHERE type = ? AND epoch <> ?").bind(type_key).bind(epoch);
    Ok(conn.first::<(BigInt,), (i64,)>(q)?.map_or(0, |r| r.0))
}

/// Documents after `after` with a rendered row of another epoch, in the order of their keys.
pub fn stale(conn: &mut Connection, type_key: i64, epoch: i64, after: i64, limit: i64) -> Result<Vec<i64>> {
    let sql = "SELECT DISTINCT doc FROM rendered WHERE type = ? AND epoch <> ? AND doc > ? ORDER BY doc LIMIT ?";
    let q = Statement::new(sql).bind(type_key).bind(epoch).bind(after).bind(limit);
    Ok(conn.load::<(BigInt,), (i64,)>(q)?.into_iter().map(|r| r.0).collect())
}
