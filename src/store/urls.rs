//! Where published documents live on the website, and where they lived before.

use crate::connection::Connection;
use crate::statement::Statement;
use crate::{Result, bulk};
use diesel::sql_types::{BigInt, Text};

/// A path that leads to a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    pub path: String,
    pub doc: i64,
    pub locale: String,
    /// False: it led there once, and is a redirect now.
    pub current: bool,
}

pub fn find(conn: &mut Connection, path: &str) -> Result<Option<Url>> {
    let q = Statement::new("SELECT path, doc, locale, current FROM url WHERE path = ?").bind(path);
    Ok(conn.first::<(Text, BigInt, Text, BigInt), _>(q)?.map(url))
}

pub fn of(conn: &mut Connection, doc: i64) -> Result<Vec<Url>> {
    let q = Statement::new("SELECT path, doc, locale, current FROM url WHERE doc = ? ORDER BY path").bind(doc);
    Ok(conn.load::<(Text, BigInt, Text, BigInt), _>(q)?.into_iter().map(url).collect())
}

fn url((path, doc, locale, current): (String, i64, String, i64)) -> Url {
    Url { path, doc, locale, current: current != 0 }
}

/// Say where `doc` lives in `locale` now (none: nowhere). Earlier paths stay as redirects; a path that somebody else
/// left behind is taken over, one that somebody else has now is not.
pub fn set(conn: &mut Connection, doc: i64, locale: &str, path: Option<&str>) -> Result<()> {
    let sql = "UPDATE url SET current = 0 WHERE doc = ? AND locale = ? AND current = 1";
    conn.execute(Statement::new(sql).bind(doc).bind(locale))?;
    if let Some(path) = path {
        conn.execute(
            Statement::new(
                "INSERT INTO url (path, doc, locale, current) VALUES (?, ?, ?, 1) ON CONFLICT (path) DO UPDATE SET doc \
                 = excluded.doc, locale = excluded.locale, current = 1 WHERE url.current = 0 OR url.doc = excluded.doc",
            )
            .bind(path)
            .bind(doc)
            .bind(locale),
        )?;
    }
    Ok(())
}

/// These documents live nowhere any more; their paths stay as redirects.
pub fn leave_all(conn: &mut Connection, docs: &[i64]) -> Result<()> {
    for chunk in docs.chunks(500) {
        let mut q = Statement::new("UPDATE url SET current = 0 WHERE current = 1 AND ");
        q.append(conn.among("doc", chunk));
        conn.execute(q)?;
    }
    Ok(())
}

/// Say where many documents live, `(document, locale, path)`, as [`set`] does one after the other.
pub fn set_all(conn: &mut Connection, urls: &[(i64, &str, &str)]) -> Result<()> {
    // One statement cannot touch a path twice; the first has it.
    let mut seen = std::collections::HashSet::new();
    let urls: Vec<_> = urls.iter().filter(|(_, _, path)| seen.insert(*path)).collect();
    let rows =
        urls.into_iter().map(|(doc, locale, path)| vec![(*path).into(), (*doc).into(), (*locale).into(), 1i64.into()]);
    let tail = " ON CONFLICT (path) DO UPDATE SET doc = excluded.doc, locale = excluded.locale, current = 1 WHERE \
                url.current = 0 OR url.doc = excluded.doc";
    bulk::insert(conn, "url", "path, doc, locale, current", rows, tail)
}

/// Where many documents live: `(document, locale, path)`, by document and path.
pub fn current_of_many(conn: &mut Connection, docs: &[i64]) -> Result<Vec<(i64, String, String)>> {
    let mut q = Statement::new("SELECT doc, locale, path FROM url WHERE current = 1 AND ");
    q.append(conn.among("doc", docs)).push(" ORDER BY doc, path");
    conn.load::<(BigInt, Text, Text), _>(q)
}
