//! Saved views: how somebody likes to see the documents of a type.

use crate::connection::Connection;
use crate::statement::Statement;
use crate::{Result, now_micros};
use diesel::sql_types::{BigInt, Text};

/// A saved view.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    pub id: String,
    /// Id of the content type.
    pub type_id: String,
    /// Who made it, as [`crate::parts`] stores people.
    pub owner: String,
    pub name: String,
    pub shared: bool,
    /// Parameters of a list.
    pub query: String,
    /// Names of columns, as a JSON list.
    pub columns: String,
    /// µs.
    pub updated_at: i64,
}

type Row = (String, String, String, String, i64, String, String, i64);
type Columns = (Text, Text, Text, Text, BigInt, Text, Text, BigInt);
const SELECT: &str = "SELECT id, type, owner, name, shared, query, columns, updated_at FROM saved_view ";

fn view((id, type_id, owner, name, shared, query, columns, updated_at): Row) -> View {
    View { id, type_id, owner, name, shared: shared != 0, query, columns, updated_at }
}

/// Those that `owner` made for a type, and the shared ones of others, by name.
pub fn list(conn: &mut Connection, type_id: &str, owner: &str) -> Result<Vec<View>> {
    let sql = format!("{SELECT} WHERE type = ? AND (owner = ? OR shared = 1) ORDER BY name, id");
    let rows = conn.load::<Columns, Row>(Statement::new(sql).bind(type_id).bind(owner))?;
    Ok(rows.into_iter().map(view).collect())
}

pub fn get(conn: &mut Connection, id: &str) -> Result<Option<View>> {
    let sql = format!("{SELECT} WHERE id = ?");
    Ok(conn.first::<Columns, Row>(Statement::new(sql).bind(id))?.map(view))
}

/// How many `owner` has for a type.
pub fn count(conn: &mut Connection, type_id: &str, owner: &str) -> Result<i64> {
    let q = Statement::new("SELECT COUNT(*) FROM saved_view WHERE type = ? AND owner = ?").bind(type_id).bind(owner);
    Ok(conn.first::<(BigInt,), (i64,)>(q)?.map_or(0, |r| r.0))
}

/// Insert, or replace the one with this id; `Error::Taken` when the owner has another one of that name.
pub fn put(conn: &mut Connection, v: &View) -> Result<()> {
    let sql = "INSERT INTO saved_view (id, type, owner, name, shared, query, columns, updated_at) VALUES \
               (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name, shared = excluded.shared, \
               query = excluded.query, columns = excluded.columns, updated_at = excluded.updated_at";
    let q = Statement::new(sql).bind(&v.id).bind(&v.type_id).bind(&v.owner).bind(&v.name).bind(i64::from(v.shared));
    conn.execute(q.bind(&v.query).bind(&v.columns).bind(now_micros()))?;
    Ok(())
}

pub fn delete(conn: &mut Connection, id: &str) -> Result<()> {
    conn.execute(Statement::new("DELETE FROM saved_view WHERE id = ?").bind(id))?;
    Ok(())
}
