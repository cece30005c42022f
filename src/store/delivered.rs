//! Rows of the statements that the read path assembles out of projections.

use crate::Result;
use crate::connection::Connection;
use crate::statement::Statement;
use diesel::sql_types::{BigInt, Binary, Nullable, Text};

/// Document, locale, epoch and data of its rendered row, and the keys that it is ordered by, as JSON.
pub type Listed = (i64, String, Option<i64>, Option<Vec<u8>>, Option<String>);

pub fn listed(conn: &mut Connection, statement: Statement) -> Result<Vec<Listed>> {
    conn.load::<(BigInt, Text, Nullable<BigInt>, Nullable<Binary>, Nullable<Text>), Listed>(statement)
}

/// Arm, source document, rank; document, locale, epoch and data of its rendered row.
pub type Related = (i64, i64, i64, i64, String, Option<i64>, Option<Vec<u8>>);

pub fn related(conn: &mut Connection, statement: Statement) -> Result<Vec<Related>> {
    conn.load::<(BigInt, BigInt, BigInt, BigInt, Text, Nullable<BigInt>, Nullable<Binary>), Related>(statement)
}

/// What a document is made of, in one state and locale.
#[derive(Clone, Debug)]
pub struct Made {
    /// Index of the source that asked for it.
    pub source: i64,
    /// Index of the document there.
    pub place: i64,
    pub document_id: String,
    pub created_at: i64,
    pub updated_at: i64,
    pub published_at: Option<i64>,
    pub position: Option<String>,
    pub path: Option<String>,
    /// Keys of the bodies of the shared part and of the locale's part.
    pub shared: Option<i64>,
    pub local: Option<i64>,
}

pub fn made(conn: &mut Connection, statement: Statement) -> Result<Vec<Made>> {
    type Columns = (
        BigInt,
        BigInt,
        Text,
        BigInt,
        BigInt,
        Nullable<BigInt>,
        Nullable<Text>,
        Nullable<Text>,
        Nullable<BigInt>,
        Nullable<BigInt>,
    );
    type Row = (i64, i64, String, i64, i64, Option<i64>, Option<String>, Option<String>, Option<i64>, Option<i64>);
    let made = |row: Row| {
        let (source, place, document_id, created_at, updated_at, published_at, position, path, shared, local) = row;
        Made { source, place, document_id, created_at, updated_at, published_at, position, path, shared, local }
    };
    Ok(conn.load::<Columns, Row>(statement)?.into_iter().map(made).collect())
}

/// The numbers of a statement that gives one a row.
pub fn numbers(conn: &mut Connection, statement: Statement) -> Result<Vec<i64>> {
    Ok(conn.load::<(BigInt,), (i64,)>(statement)?.into_iter().map(|row| row.0).collect())
}

/// A value as text, its title, and how many documents have it.
pub type Valued = (Option<String>, Option<String>, i64);

/// Two texts and a number a row.
pub fn values(conn: &mut Connection, statement: Statement) -> Result<Vec<Valued>> {
    conn.load::<(Nullable<Text>, Nullable<Text>, BigInt), _>(statement)
}

/// The one number of a count.
pub fn counted(conn: &mut Connection, statement: Statement) -> Result<i64> {
    Ok(conn.first::<(BigInt,), (i64,)>(statement)?.map_or(0, |row| row.0))
}

/// Where documents live on the website: document id, key of its type, locale, path.
pub fn addresses(conn: &mut Connection, ids: &[String]) -> Result<Vec<(String, i64, String, String)>> {
    let mut q = Statement::new(
        "SELECT d.document_id, d.type, u.locale, u.path FROM document d JOIN url u ON u.doc = d.key AND u.current = 1 \
         WHERE ",
    );
    q.append(conn.among_texts("d.document_id", ids));
    conn.load::<(Text, BigInt, Text, Text), _>(q)
}

/// Bodies of a document's parts `''` and `locale` as they were at a time (µs): `(locale, body, when)`, the latest
/// first. What was published then, or with `drafts` what was saved.
pub fn past(conn: &mut Connection, doc: i64, locale: &str, at: i64, drafts: bool) -> Result<Vec<(String, i64, i64)>> {
    let when = if drafts { "saved_at" } else { "published_at" };
    let sql = format!(
        "SELECT locale, body, {when} FROM version WHERE doc = ? AND locale IN ('', ?) AND {when} <= ? ORDER BY {when} \
         DESC, number DESC"
    );
    conn.load::<(Text, BigInt, BigInt), _>(Statement::new(sql).bind(doc).bind(locale).bind(at))
}

/// How SQLite means to run a statement, a line a step; nothing on PostgreSQL.
pub fn query_plan(conn: &mut Connection, statement: Statement) -> Result<Vec<String>> {
    if conn.engine() == crate::Engine::Postgres {
        return Ok(Vec::new());
    }
    let mut q = Statement::new("EXPLAIN QUERY PLAN ");
    q.append(statement);
    let rows = conn.load::<(BigInt, BigInt, BigInt, Text), (i64, i64, i64, String)>(q.once())?;
    Ok(rows.into_iter().map(|row| row.3).collect())
}
