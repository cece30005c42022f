//! References: which part points at which document, in both states. Derived, indexed both ways.

use crate::Result;
use crate::connection::Connection;
use crate::statement::Statement;
use diesel::sql_types::{BigInt, Text};

/// One reference of a part.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// 0 draft, 1 published.
    pub state: i64,
    /// The part: `''` for a shared field.
    pub locale: String,
    /// Field ids joined by `.`; blocks add the component's id.
    pub path: String,
    /// Place among the references of its path.
    pub ordinal: i64,
    pub dst: i64,
}

/// Replace the references of `src` in one state.
pub fn replace(conn: &mut Connection, src: i64, type_key: i64, state: i64, refs: &[Reference]) -> Result<()> {
    conn.execute(Statement::new("DELETE FROM ref WHERE src = ? AND state = ?").bind(src).bind(state))?;
    for chunk in refs.chunks(200) {
        let mut q = Statement::new("INSERT INTO ref (src, state, locale, path, ordinal, dst, type) VALUES ");
        for (i, r) in chunk.iter().enumerate() {
            q.push(if i == 0 { "(" } else { ", (" });
            q.push_bind(src).push(", ").push_bind(state).push(", ").push_bind(&r.locale).push(", ");
            q.push_bind(&r.path).push(", ").push_bind(r.ordinal).push(", ").push_bind(r.dst).push(", ");
            q.push_bind(type_key).push(")");
        }
        conn.execute(if chunk.len() <= 4 { q } else { q.once() })?;
    }
    Ok(())
}

/// All references of a document.
pub fn of(conn: &mut Connection, src: i64) -> Result<Vec<Reference>> {
    let sql = "SELECT state, locale, path, ordinal, dst FROM ref WHERE src = ? ORDER BY state, locale, path, ordinal";
    let rows = conn.load::<(BigInt, Text, Text, BigInt, BigInt), _>(Statement::new(sql).bind(src))?;
    Ok(rows
        .into_iter()
        .map(|(state, locale, path, ordinal, dst)| Reference { state, locale, path, ordinal, dst })
        .collect())
}

/// Keys of the documents that point at `dst`.
pub fn sources(conn: &mut Connection, dst: i64) -> Result<Vec<i64>> {
    let q = Statement::new("SELECT DISTINCT src FROM ref WHERE dst = ? ORDER BY src").bind(dst);
    Ok(conn.load::<(BigInt,), (i64,)>(q)?.into_iter().map(|r| r.0).collect())
}

/// References whose target is gone: `(src, path, dst)`, up to `limit`.
pub fn dangling(conn: &mut Connection, limit: i64) -> Result<Vec<(i64, String, i64)>> {
    let sql = "SELECT src, path, dst FROM ref WHERE NOT EXISTS (SELECT 1 FROM document d WHERE d.key = ref.dst) \
               ORDER BY src, path LIMIT ?";
    conn.load::<(BigInt, Text, BigInt), _>(Statement::new(sql).bind(limit))
}

/// Drop the references to a document that is about to go for good.
pub fn forget_target(conn: &mut Connection, dst: i64) -> Result<()> {
    conn.execute(Statement::new("DELETE FROM ref WHERE dst = ?").bind(dst))?;
    Ok(())
}

/// Drop the references of one field of a type, those inside its items too.
pub fn drop_path(conn: &mut Connection, type_key: i64, field: &str) -> Result<()> {
    // Everything that begins with `field.`: `/` is the byte after the dot.
    let sql = "DELETE FROM ref WHERE type = ? AND (path = ? OR (path >= ? AND path < ?))";
    let (from, to) = (format!("{field}."), format!("{field}/"));
    conn.execute(Statement::new(sql).bind(type_key).bind(field).bind(from).bind(to))?;
    Ok(())
}
