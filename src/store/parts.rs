//! Parts: the shared part of a document and its part in each locale, with draft head and published pointer.

use crate::connection::Connection;
use crate::statement::Statement;
use crate::{Result, bulk};
use diesel::sql_types::{BigInt, Nullable, Text};

/// One part of a document. Without a difference between head and published there is nothing to publish.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    pub doc: i64,
    /// `''` is the shared part.
    pub locale: String,
    /// +1 with each save: the lock token.
    pub revision: i64,
    /// Body of the draft.
    pub head: i64,
    pub saved_at: i64,
    pub saved_by: String,
    /// Body of the published state.
    pub published: Option<i64>,
    /// Number of the version that was published.
    pub published_version: Option<i64>,
    /// When it became public; kept while it stays public.
    pub published_at: Option<i64>,
    /// When it was last published: the delivered `updatedAt`.
    pub released_at: Option<i64>,
}

type Row = (i64, String, i64, i64, i64, String, Option<i64>, Option<i64>, Option<i64>, Option<i64>);
type Columns = (
    BigInt,
    Text,
    BigInt,
    BigInt,
    BigInt,
    Text,
    Nullable<BigInt>,
    Nullable<BigInt>,
    Nullable<BigInt>,
    Nullable<BigInt>,
);
const SELECT: &str = "SELECT doc, locale, revision, head, saved_at, saved_by, published, published_version, \
                      published_at, released_at FROM part ";

fn part(row: Row) -> Part {
    let (doc, locale, revision, head, saved_at, saved_by, published, published_version, published_at, released_at) =
        row;
    Part { doc, locale, revision, head, saved_at, saved_by, published, published_version, published_at, released_at }
}

/// All parts of a document, the shared one first.
pub fn of(conn: &mut Connection, doc: i64) -> Result<Vec<Part>> {
    let sql = format!("{SELECT} WHERE doc = ? ORDER BY locale");
    Ok(conn.load::<Columns, Row>(Statement::new(sql).bind(doc))?.into_iter().map(part).collect())
}

/// All parts of several documents, by document and locale.
pub fn of_many(conn: &mut Connection, docs: &[i64]) -> Result<Vec<Part>> {
    let mut q = Statement::new(format!("{SELECT} WHERE "));
    q.append(conn.among("doc", docs)).push(" ORDER BY doc, locale");
    Ok(conn.load::<Columns, Row>(q)?.into_iter().map(part).collect())
}

/// Insert, or replace what was there.
pub fn put(conn: &mut Connection, p: &Part) -> Result<()> {
    put_many(conn, [p])
}

/// The same for many.
pub fn put_many<'p>(conn: &mut Connection, parts: impl IntoIterator<Item = &'p Part>) -> Result<()> {
    let rows = parts.into_iter().map(|p| {
        vec![
            p.doc.into(),
            (&p.locale).into(),
            p.revision.into(),
            p.head.into(),
            p.saved_at.into(),
            (&p.saved_by).into(),
            p.published.into(),
            p.published_version.into(),
            p.published_at.into(),
            p.released_at.into(),
        ]
    });
    let names =
        "doc, locale, revision, head, saved_at, saved_by, published, published_version, published_at, released_at";
    let tail = " ON CONFLICT (doc, locale) DO UPDATE SET revision = excluded.revision, head = excluded.head, saved_at = \
                excluded.saved_at, saved_by = excluded.saved_by, published = excluded.published, published_version = \
                excluded.published_version, published_at = excluded.published_at, released_at = excluded.released_at";
    bulk::insert(conn, "part", names, rows, tail)
}

pub fn delete(conn: &mut Connection, doc: i64, locale: &str) -> Result<()> {
    conn.execute(Statement::new("DELETE FROM part WHERE doc = ? AND locale = ?").bind(doc).bind(locale))?;
    Ok(())
}

/// Delete the parts of all locales of a type's documents; the shared ones stay.
pub fn delete_locales_of(conn: &mut Connection, type_key: i64) -> Result<()> {
    let sql = "DELETE FROM part WHERE locale <> '' AND doc IN (SELECT key FROM document WHERE type = ?)";
    conn.execute(Statement::new(sql).bind(type_key))?;
    Ok(())
}
