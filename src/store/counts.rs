//! How many documents stand where.

use crate::Result;
use crate::connection::Connection;
use crate::statement::Statement;
use diesel::sql_types::BigInt;

/// Documents of a type by state; published and modified in any locale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    pub type_key: i64,
    pub draft: i64,
    pub published: i64,
    pub modified: i64,
    pub trashed: i64,
}

/// Of every type that has documents. Looks at every document.
pub fn by_type(conn: &mut Connection) -> Result<Vec<Row>> {
    rows(conn, statement("", None))
}

/// Of one type; none when it has no documents.
pub fn of_type(conn: &mut Connection, type_key: i64) -> Result<Option<Row>> {
    Ok(rows(conn, statement("WHERE d.type = ? ", Some(type_key)))?.into_iter().next())
}

fn statement(only: &str, bound: Option<i64>) -> Statement {
    let statement = Statement::new(format!(
        "SELECT type, SUM(CASE WHEN trashed = 0 AND live = 0 THEN 1 ELSE 0 END), \
         SUM(CASE WHEN trashed = 0 AND live = 1 AND pending = 0 THEN 1 ELSE 0 END), \
         SUM(CASE WHEN trashed = 0 AND live = 1 AND pending = 1 THEN 1 ELSE 0 END), SUM(trashed) FROM \
         (SELECT d.type AS type, d.key AS key, CASE WHEN d.trashed_at IS NULL THEN 0 ELSE 1 END AS trashed, \
         MAX(CASE WHEN p.published IS NULL THEN 0 ELSE 1 END) AS live, \
         MAX(CASE WHEN p.published <> p.head THEN 1 ELSE 0 END) AS pending \
         FROM document d LEFT JOIN part p ON p.doc = d.key {only}GROUP BY d.key, d.type, d.trashed_at) AS found \
         GROUP BY type ORDER BY type"
    ));
    match bound {
        Some(key) => statement.bind(key),
        None => statement,
    }
}

fn rows(conn: &mut Connection, statement: Statement) -> Result<Vec<Row>> {
    type Columns = (BigInt, BigInt, BigInt, BigInt, BigInt);
    let rows = conn.load::<Columns, (i64, i64, i64, i64, i64)>(statement)?;
    let row = |(type_key, draft, published, modified, trashed)| Row { type_key, draft, published, modified, trashed };
    Ok(rows.into_iter().map(row).collect())
}
