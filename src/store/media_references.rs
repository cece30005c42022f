//! Where documents show files: derived of their bodies, in both states, indexed both ways.

use crate::connection::Connection;
use crate::statement::{Bind, Statement};
use crate::{Result, bulk};
use diesel::sql_types::{BigInt, Text};

/// A place where a document shows a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MediaReference {
    /// 0 draft, 1 published.
    pub state: i64,
    /// The part: `''` for a shared field.
    pub locale: String,
    /// As of references.
    pub path: String,
    pub ordinal: i64,
    /// Key of the file.
    pub asset: i64,
}

const NAMES: &str = "src, state, locale, path, ordinal, asset";

fn values(src: i64, r: &MediaReference) -> Vec<Bind> {
    vec![src.into(), r.state.into(), (&r.locale).into(), (&r.path).into(), r.ordinal.into(), r.asset.into()]
}

/// Insert those of `src`, which has none in their state.
pub fn insert(conn: &mut Connection, src: i64, refs: &[MediaReference]) -> Result<()> {
    bulk::insert(conn, "media_ref", NAMES, refs.iter().map(|r| values(src, r)), "")
}

/// Remove those of `src` in one state.
pub fn remove(conn: &mut Connection, src: i64, state: i64) -> Result<()> {
    conn.execute(Statement::new("DELETE FROM media_ref WHERE src = ? AND state = ?").bind(src).bind(state))?;
    Ok(())
}

/// Replace all of many documents.
pub fn replace_all(conn: &mut Connection, all: &[(i64, Vec<&MediaReference>)]) -> Result<()> {
    for chunk in all.chunks(500) {
        let docs: Vec<i64> = chunk.iter().map(|(src, _)| *src).collect();
        let mut q = Statement::new("DELETE FROM media_ref WHERE ");
        q.append(conn.among("src", &docs));
        conn.execute(q)?;
    }
    let rows = all.iter().flat_map(|(src, refs)| refs.iter().map(|r| values(*src, r)));
    bulk::insert(conn, "media_ref", NAMES, rows, "")
}

/// All of a document.
pub fn of(conn: &mut Connection, src: i64) -> Result<Vec<MediaReference>> {
    let sql =
        "SELECT state, locale, path, ordinal, asset FROM media_ref WHERE src = ? ORDER BY state, locale, path, ordinal";
    let rows = conn.load::<(BigInt, Text, Text, BigInt, BigInt), _>(Statement::new(sql).bind(src))?;
    let reference = |(state, locale, path, ordinal, asset)| MediaReference { state, locale, path, ordinal, asset };
    Ok(rows.into_iter().map(reference).collect())
}

/// All of many documents: `(source, place)`.
pub fn of_many(conn: &mut Connection, sources: &[i64]) -> Result<Vec<(i64, MediaReference)>> {
    let mut q = Statement::new("SELECT src, state, locale, path, ordinal, asset FROM media_ref WHERE ");
    q.append(conn.among("src", sources)).push(" ORDER BY src, state, locale, path, ordinal");
    let rows = conn.load::<(BigInt, BigInt, Text, Text, BigInt, BigInt), _>(q)?;
    let place =
        |(src, state, locale, path, ordinal, asset)| (src, MediaReference { state, locale, path, ordinal, asset });
    Ok(rows.into_iter().map(place).collect())
}

/// A use of a file: `(document id, key of its type, state, locale, path)`.
pub type Use = (String, i64, i64, String, String);

/// Where a file is used, by documents that are not in the trash; up to `limit`.
pub fn uses(conn: &mut Connection, asset: i64, limit: i64) -> Result<Vec<Use>> {
    let sql = "SELECT d.document_id, d.type, r.state, r.locale, r.path FROM media_ref r JOIN document d ON d.key = r.src \
               WHERE r.asset = ? AND d.trashed_at IS NULL GROUP BY d.document_id, d.type, r.state, r.locale, r.path \
               ORDER BY d.document_id, r.path, r.locale, r.state LIMIT ?";
    conn.load::<(Text, BigInt, BigInt, Text, Text), Use>(Statement::new(sql).bind(asset).bind(limit))
}

/// Drop those of one field of a type, inside its items too.
pub fn drop_path(conn: &mut Connection, type_key: i64, field: &str) -> Result<()> {
    let sql = "DELETE FROM media_ref WHERE src IN (SELECT key FROM document WHERE type = ?) AND (path = ? OR (path >= ? \
               AND path < ?))";
    let (from, to) = (format!("{field}."), format!("{field}/"));
    conn.execute(Statement::new(sql).bind(type_key).bind(field).bind(from).bind(to))?;
    Ok(())
}
