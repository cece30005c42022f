//! Where each follower of the log stands.

use crate::connection::Connection;
use crate::statement::Statement;
use crate::{Result, now_micros};
use diesel::sql_types::{BigInt, Nullable, Text};

/// A follower's place in the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Follower {
    pub name: String,
    pub scope: String,
    /// The log it read; a foreign one means: start over.
    pub epoch: String,
    /// The last event it has dealt with.
    pub cursor: i64,
    pub holder: Option<String>,
    pub updated_at: i64,
}

type Row = (String, String, String, i64, Option<String>, i64);
type Columns = (Text, Text, Text, BigInt, Nullable<Text>, BigInt);

fn follower((name, scope, epoch, cursor, holder, updated_at): Row) -> Follower {
    Follower { name, scope, epoch, cursor, holder, updated_at }
}

pub fn all(conn: &mut Connection) -> Result<Vec<Follower>> {
    let sql = "SELECT name, scope, epoch, cursor, holder, updated_at FROM follower ORDER BY name";
    Ok(conn.load::<Columns, Row>(Statement::new(sql))?.into_iter().map(follower).collect())
}

pub fn get(conn: &mut Connection, name: &str) -> Result<Option<Follower>> {
    let sql = "SELECT name, scope, epoch, cursor, holder, updated_at FROM follower WHERE name = ?";
    Ok(conn.first::<Columns, Row>(Statement::new(sql).bind(name))?.map(follower))
}

/// Remember that `name` has dealt with everything up to `cursor`.
pub fn advance(conn: &mut Connection, name: &str, scope: &str, epoch: &str, cursor: i64) -> Result<()> {
    conn.execute(
        Statement::new(
            "INSERT INTO follower (name, scope, epoch, cursor, updated_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (name) \
             DO UPDATE SET scope = excluded.scope, epoch = excluded.epoch, cursor = excluded.cursor, updated_at = \
             excluded.updated_at",
        )
        .bind(name)
        .bind(scope)
        .bind(epoch)
        .bind(cursor)
        .bind(now_micros()),
    )?;
    Ok(())
}

/// Forget a follower; its name starts from the beginning next time.
pub fn remove(conn: &mut Connection, name: &str) -> Result<bool> {
    Ok(conn.execute(Statement::new("DELETE FROM follower WHERE name = ?").bind(name))? > 0)
}
