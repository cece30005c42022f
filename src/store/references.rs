//! References: which part points at which document, in both states. Derived, indexed both ways.

use crate::connection::Connection;
use crate::statement::{Bind, Statement};
use crate::{Result, bulk};
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

/// Insert references of `src`, which has none in their state.
pub fn insert(conn: &mut Connection, src: i64, type_key: i64, refs: &[Reference]) -> Result<()> {
    bulk::insert(conn, "ref", NAMES, refs.iter().map(|r| values(src, type_key, r)), "")
}

/// Remove the references of `src` in one state.
pub fn remove(conn: &mut Connection, src: i64, state: i64) -> Result<()> {
    conn.execute(Statement::new("DELETE FROM ref WHERE src = ? AND state = ?").bind(src).bind(state))?;
    Ok(())
}

/// Replace all references of many documents: `(source, key of its type, references)`.
pub fn replace_all(conn: &mut Connection, all: &[(i64, i64, Vec<&Reference>)]) -> Result<()> {
    for chunk in all.chunks(500) {
        let docs: Vec<i64> = chunk.iter().map(|(src, ..)| *src).collect();
        let mut q = Statement::new("DELETE FROM ref WHERE ");
        q.append(conn.among("src", &docs));
        conn.execute(q)?;
    }
    let rows = all.iter().flat_map(|(src, type_key, refs)| refs.iter().map(|r| values(*src, *type_key, r)));
    bulk::insert(conn, "ref", NAMES, rows, "")
}

const NAMES: &str = "src, state, locale, path, ordinal, dst, type";

fn values(src: i64, type_key: i64, r: &Reference) -> Vec<Bind> {
    vec![
        src.into(),
        r.state.into(),
        (&r.locale).into(),
        (&r.path).into(),
        r.ordinal.into(),
        r.dst.into(),
        type_key.into(),
    ]
}

/// All references of many documents: `(source, reference)`, by source.
pub fn of_many(conn: &mut Connection, sources: &[i64]) -> Result<Vec<(i64, Reference)>> {
    let mut q = Statement::new("SELECT src, state, locale, path, ordinal, dst FROM ref WHERE ");
    q.append(conn.among("src", sources)).push(" ORDER BY src, state, locale, path, ordinal");
    let rows = conn.load::<(BigInt, BigInt, Text, Text, BigInt, BigInt), _>(q)?;
    let reference = |(src, state, locale, path, ordinal, dst)| (src, Reference { state, locale, path, ordinal, dst });
    Ok(rows.into_iter().map(reference).collect())
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
