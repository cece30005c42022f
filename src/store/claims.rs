//! Claims: which document holds a unique value in the published state. Derived; the table's key is the rule.

use crate::connection::Connection;
use crate::statement::Statement;
use crate::{Result, bulk};
use diesel::sql_types::{BigInt, Text};

/// A value that a published document holds alone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Claim {
    pub type_key: i64,
    /// Id of the field.
    pub field: String,
    /// `''` when the field is not localized.
    pub locale: String,
    /// The value as text, with the parent's key before it for a tree's slugs.
    pub value: String,
}

/// Take claims for `doc`, which has none. The first that somebody else holds comes back and nothing more is done; the
/// caller's savepoint undoes the rest.
pub fn take(conn: &mut Connection, doc: i64, claims: &[Claim]) -> Result<Option<Claim>> {
    // In one order for everybody, so that two writers on Postgres cannot wait for each other.
    let mut sorted: Vec<&Claim> = claims.iter().collect();
    sorted.sort();
    sorted.dedup();
    for claim in sorted {
        if !insert(conn, doc, claim)? {
            return Ok(Some(claim.clone()));
        }
    }
    Ok(None)
}

/// Take one claim; false when somebody holds it.
pub fn insert(conn: &mut Connection, doc: i64, c: &Claim) -> Result<bool> {
    let sql = "INSERT INTO claim (type, field, locale, value, doc) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
    let q = Statement::new(sql).bind(c.type_key).bind(&c.field).bind(&c.locale).bind(&c.value).bind(doc);
    Ok(conn.execute(q)? == 1)
}

/// Who holds a value.
pub fn holder(conn: &mut Connection, c: &Claim) -> Result<Option<i64>> {
    let sql = "SELECT doc FROM claim WHERE type = ? AND field = ? AND locale = ? AND value = ?";
    let q = Statement::new(sql).bind(c.type_key).bind(&c.field).bind(&c.locale).bind(&c.value);
    Ok(conn.first::<(BigInt,), (i64,)>(q)?.map(|r| r.0))
}

/// All claims of a document.
pub fn of(conn: &mut Connection, doc: i64) -> Result<Vec<Claim>> {
    let sql = "SELECT type, field, locale, value FROM claim WHERE doc = ? ORDER BY type, field, locale, value";
    let rows = conn.load::<(BigInt, Text, Text, Text), _>(Statement::new(sql).bind(doc))?;
    Ok(rows.into_iter().map(|(type_key, field, locale, value)| Claim { type_key, field, locale, value }).collect())
}

/// Give up all claims of a document.
pub fn release(conn: &mut Connection, doc: i64) -> Result<()> {
    conn.execute(Statement::new("DELETE FROM claim WHERE doc = ?").bind(doc))?;
    Ok(())
}

/// Let go of everything that these documents hold.
pub fn release_all(conn: &mut Connection, docs: &[i64]) -> Result<()> {
    for chunk in docs.chunks(500) {
        let mut q = Statement::new("DELETE FROM claim WHERE ");
        q.append(conn.among("doc", chunk));
        conn.execute(q)?;
    }
    Ok(())
}

/// Take claims in this order; what somebody holds stays theirs.
pub fn insert_all(conn: &mut Connection, claims: &[(i64, &Claim)]) -> Result<()> {
    let rows = claims.iter().map(|(doc, c)| {
        vec![c.type_key.into(), (&c.field).into(), (&c.locale).into(), (&c.value).into(), (*doc).into()]
    });
    bulk::insert(conn, "claim", "type, field, locale, value, doc", rows, " ON CONFLICT DO NOTHING")
}

/// All claims of many documents: `(document, claim)`, by document.
pub fn of_many(conn: &mut Connection, docs: &[i64]) -> Result<Vec<(i64, Claim)>> {
    let mut q = Statement::new("SELECT doc, type, field, locale, value FROM claim WHERE ");
    q.append(conn.among("doc", docs)).push(" ORDER BY doc, type, field, locale, value");
    let rows = conn.load::<(BigInt, BigInt, Text, Text, Text), _>(q)?;
    let claim = |(doc, type_key, field, locale, value)| (doc, Claim { type_key, field, locale, value });
    Ok(rows.into_iter().map(claim).collect())
}

/// Drop the claims of a field that is no longer unique.
pub fn drop_field(conn: &mut Connection, type_key: i64, field: &str) -> Result<usize> {
    conn.execute(Statement::new("DELETE FROM claim WHERE type = ? AND field = ?").bind(type_key).bind(field))
}

/// Values of a field that begin with `prefix` and are held by somebody but `doc`.
pub fn starting_with(conn: &mut Connection, c: &Claim, doc: i64, limit: i64) -> Result<Vec<String>> {
    let sql = "SELECT value FROM claim WHERE type = ? AND field = ? AND locale = ? AND value >= ? AND value < ? AND \
               doc <> ? ORDER BY value LIMIT ?";
    let q = Statement::new(sql)
        .bind(c.type_key)
        .bind(&c.field)
        .bind(&c.locale)
        .bind(&c.value)
        .bind(format!("{}\u{10FFFF}", c.value))
        .bind(doc)
        .bind(limit);
    Ok(conn.load::<(Text,), (String,)>(q)?.into_iter().map(|r| r.0).collect())
}
