//! Rendered documents: what delivery hands out, one row a published document and locale. Derived.

use crate::connection::Connection;
use crate::statement::Statement;
use crate::{Result, bulk};
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

/// Replace the rendered rows of these documents of a type: `(document, locale, data)`.
pub fn replace_all(
    conn: &mut Connection,
    (type_key, epoch): (i64, i64),
    docs: &[i64],
    rows: &[(i64, String, Vec<u8>)],
) -> Result<()> {
    for chunk in docs.chunks(500) {
        let mut q = Statement::new("DELETE FROM rendered WHERE ");
        q.append(conn.among("doc", chunk));
        conn.execute(q)?;
    }
    let rows = rows.iter().map(|(doc, locale, data)| {
        vec![(*doc).into(), locale.into(), type_key.into(), epoch.into(), data.as_slice().into()]
    });
    bulk::insert(conn, "rendered", "doc, locale, type, epoch, data", rows, "")
}

pub fn get(conn: &mut Connection, doc: i64, locale: &str) -> Result<Option<(i64, Vec<u8>)>> {
    let q = Statement::new("SELECT epoch, data FROM rendered WHERE doc = ? AND locale = ?").bind(doc).bind(locale);
    conn.first::<(BigInt, Binary), _>(q)
}

pub fn delete(conn: &mut Connection, doc: i64) -> Result<()> {
    conn.execute(Statement::new("DELETE FROM rendered WHERE doc = ?").bind(doc))?;
    Ok(())
}

/// Say of each published document and locale of a type that it has a rendered row to come: a row of no epoch, where
/// there is none.
pub fn expect(conn: &mut Connection, type_key: i64, localized: bool) -> Result<()> {
    let which = if localized { "<>" } else { "=" };
    let sql = format!(
        "INSERT INTO rendered (doc, locale, type, epoch, data) SELECT p.doc, p.locale, d.type, -1, ? FROM document d JOIN \
         part p ON p.doc = d.key WHERE d.type = ? AND d.trashed_at IS NULL AND p.published IS NOT NULL AND p.locale \
         {which} '' ON CONFLICT (doc, locale) DO NOTHING"
    );
    conn.execute(Statement::new(sql).bind(Vec::new()).bind(type_key))?;
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
