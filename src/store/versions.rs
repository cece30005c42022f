//! Versions: the history of a part.

use crate::connection::Connection;
use crate::statement::Statement;
use crate::{Result, bulk};
use diesel::sql_types::{BigInt, Nullable, Text};
use std::collections::HashMap;

/// An entry of a part's history.
#[derive(Clone, Debug, PartialEq)]
pub struct Version {
    pub key: i64,
    pub doc: i64,
    pub locale: String,
    /// Counts from 1 in its part.
    pub number: i64,
    pub body: i64,
    /// `save`, `autosave`, `restore`, `import`, …
    pub kind: String,
    pub author: String,
    pub created_at: i64,
    /// The last save that went into it.
    pub saved_at: i64,
    /// When it was first published.
    pub published_at: Option<i64>,
}

type Row = (i64, i64, String, i64, i64, String, String, i64, i64, Option<i64>);
type Columns = (BigInt, BigInt, Text, BigInt, BigInt, Text, Text, BigInt, BigInt, Nullable<BigInt>);
const SELECT: &str =
    "SELECT key, doc, locale, number, body, kind, author, created_at, saved_at, published_at FROM version ";

fn version((key, doc, locale, number, body, kind, author, created_at, saved_at, published_at): Row) -> Version {
    Version { key, doc, locale, number, body, kind, author, created_at, saved_at, published_at }
}

pub fn latest(conn: &mut Connection, doc: i64, locale: &str) -> Result<Option<Version>> {
    let sql = format!("{SELECT} WHERE doc = ? AND locale = ? ORDER BY number DESC LIMIT 1");
    Ok(conn.first::<Columns, Row>(Statement::new(sql).bind(doc).bind(locale))?.map(version))
}

/// The history of a part, newest first.
pub fn list(conn: &mut Connection, doc: i64, locale: &str, limit: i64) -> Result<Vec<Version>> {
    let sql = format!("{SELECT} WHERE doc = ? AND locale = ? ORDER BY number DESC LIMIT ?");
    let q = Statement::new(sql).bind(doc).bind(locale).bind(limit);
    Ok(conn.load::<Columns, Row>(q)?.into_iter().map(version).collect())
}

pub fn get(conn: &mut Connection, doc: i64, locale: &str, number: i64) -> Result<Option<Version>> {
    let sql = format!("{SELECT} WHERE doc = ? AND locale = ? AND number = ?");
    Ok(conn.first::<Columns, Row>(Statement::new(sql).bind(doc).bind(locale).bind(number))?.map(version))
}

/// Insert (the key is given by the database).
pub fn insert(conn: &mut Connection, v: &Version) -> Result<()> {
    insert_many(conn, [v])
}

/// The same for many.
pub fn insert_many<'v>(conn: &mut Connection, versions: impl IntoIterator<Item = &'v Version>) -> Result<()> {
    let rows = versions.into_iter().map(|v| {
        vec![
            v.doc.into(),
            (&v.locale).into(),
            v.number.into(),
            v.body.into(),
            (&v.kind).into(),
            (&v.author).into(),
            v.created_at.into(),
            v.saved_at.into(),
            v.published_at.into(),
        ]
    });
    let names = "doc, locale, number, body, kind, author, created_at, saved_at, published_at";
    bulk::insert(conn, "version", names, rows, "")
}

/// Numbers of the latest versions of these documents' parts, by document and locale.
pub fn latest_numbers(conn: &mut Connection, docs: &[i64]) -> Result<HashMap<(i64, String), i64>> {
    let mut q = Statement::new("SELECT doc, locale, MAX(number) FROM version WHERE ");
    q.append(conn.among("doc", docs)).push(" GROUP BY doc, locale");
    let rows = conn.load::<(BigInt, Text, BigInt), (i64, String, i64)>(q)?;
    Ok(rows.into_iter().map(|(doc, locale, number)| ((doc, locale), number)).collect())
}

/// Let an autosave grow: the entry now holds `body`.
pub fn replace_body(conn: &mut Connection, key: i64, body: i64, saved_at: i64) -> Result<()> {
    let sql = "UPDATE version SET body = ?, saved_at = ? WHERE key = ?";
    conn.execute(Statement::new(sql).bind(body).bind(saved_at).bind(key))?;
    Ok(())
}

pub fn mark_published(conn: &mut Connection, doc: i64, locale: &str, number: i64, at: i64) -> Result<()> {
    let sql = "UPDATE version SET published_at = COALESCE(published_at, ?) WHERE doc = ? AND locale = ? AND number = ?";
    conn.execute(Statement::new(sql).bind(at).bind(doc).bind(locale).bind(number))?;
    Ok(())
}

/// Drop unpublished versions of `kind` saved before `before` (µs) that are nobody's head; how
/// many went, and the documents they were of.
pub fn thin(conn: &mut Connection, kind: &str, before: i64, limit: i64) -> Result<(usize, Vec<i64>)> {
    let sql = "SELECT v.key, v.doc FROM version v JOIN part p ON p.doc = v.doc AND p.locale = v.locale WHERE v.kind = ? \
               AND v.saved_at < ? AND v.published_at IS NULL AND v.body <> p.head AND (p.published IS NULL OR v.body \
               <> p.published) ORDER BY v.key LIMIT ?";
    let rows = conn.load::<(BigInt, BigInt), (i64, i64)>(Statement::new(sql).bind(kind).bind(before).bind(limit))?;
    let keys: Vec<i64> = rows.iter().map(|r| r.0).collect();
    let mut q = Statement::new("DELETE FROM version WHERE ");
    q.append(conn.among("key", &keys));
    conn.execute(q)?;
    let mut docs: Vec<i64> = rows.into_iter().map(|r| r.1).collect();
    docs.sort_unstable();
    docs.dedup();
    Ok((keys.len(), docs))
}

pub fn set_kind(conn: &mut Connection, key: i64, kind: &str) -> Result<()> {
    conn.execute(Statement::new("UPDATE version SET kind = ? WHERE key = ?").bind(kind).bind(key))?;
    Ok(())
}

pub fn renumber(conn: &mut Connection, key: i64, number: i64) -> Result<()> {
    conn.execute(Statement::new("UPDATE version SET number = ? WHERE key = ?").bind(number).bind(key))?;
    Ok(())
}
