//! Many rows at once.

use crate::Result;
use crate::connection::{Connection, Engine};
use crate::statement::{Bind, Statement};
use diesel::sql_types::BigInt;

/// Rows that go to Postgres in one statement.
const TOGETHER: usize = 50;

/// `INSERT INTO table (names) VALUES rows tail`.
///
/// Inside SQLite's own process a statement costs next to nothing, and a short one stays prepared; to Postgres each is
/// a journey, so many rows go together. A `tail` must therefore mean the same row by row.
pub(crate) fn insert(
    conn: &mut Connection,
    table: &str,
    names: &str,
    rows: impl IntoIterator<Item = Vec<Bind>>,
    tail: &str,
) -> Result<()> {
    for_each(conn, table, names, rows, tail, &mut |conn, q| conn.execute(q).map(drop))
}

/// The same for tables that give each row a `key`; the keys, in order.
pub(crate) fn insert_keyed(
    conn: &mut Connection,
    table: &str,
    names: &str,
    rows: impl IntoIterator<Item = Vec<Bind>>,
) -> Result<Vec<i64>> {
    let mut keys = Vec::new();
    for_each(conn, table, names, rows, " RETURNING key", &mut |conn, q| {
        keys.extend(conn.load::<(BigInt,), (i64,)>(q)?.into_iter().map(|row| row.0));
        Ok(())
    })?;
    Ok(keys)
}

fn for_each(
    conn: &mut Connection,
    table: &str,
    names: &str,
    rows: impl IntoIterator<Item = Vec<Bind>>,
    tail: &str,
    run: &mut dyn FnMut(&mut Connection, Statement) -> Result<()>,
) -> Result<()> {
    let together = match conn.engine() {
        Engine::Sqlite => 1,
        Engine::Postgres => TOGETHER,
    };
    let mut rows = rows.into_iter();
    loop {
        let chunk: Vec<Vec<Bind>> = rows.by_ref().take(together).collect();
        let Some(first) = chunk.first() else { return Ok(()) };
        let places = format!("({})", vec!["?"; first.len()].join(", "));
        let (count, places) = (chunk.len(), vec![places; chunk.len()].join(", "));
        let mut q = Statement::new(format!("INSERT INTO {table} ({names}) VALUES {places}{tail}"));
        for bind in chunk.into_iter().flatten() {
            q = q.bind_any(bind);
        }
        run(conn, if count <= 4 || count == together { q } else { q.once() })?;
    }
}
