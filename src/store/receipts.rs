//! Receipts: the answer to a save, so that a client that repeats it gets the same one.

use crate::connection::Connection;
use crate::statement::Statement;
use crate::{Result, now_micros};
use diesel::sql_types::Text;

pub fn find(conn: &mut Connection, doc: i64, save_id: &str) -> Result<Option<String>> {
    let q = Statement::new("SELECT answer FROM receipt WHERE doc = ? AND save_id = ?").bind(doc).bind(save_id);
    Ok(conn.first::<(Text,), (String,)>(q)?.map(|r| r.0))
}

pub fn put(conn: &mut Connection, doc: i64, save_id: &str, answer: &str) -> Result<()> {
    conn.execute(
        Statement::new("INSERT INTO receipt (doc, save_id, answer, created_at) VALUES (?, ?, ?, ?)")
            .bind(doc)
            .bind(save_id)
            .bind(answer)
            .bind(now_micros()),
    )?;
    Ok(())
}

/// Forget receipts older than `before` (µs).
pub fn prune(conn: &mut Connection, before: i64) -> Result<usize> {
    conn.execute(Statement::new("DELETE FROM receipt WHERE created_at < ?").bind(before))
}
