//! Folders of the media library.

use crate::connection::Connection;
use crate::statement::Statement;
use crate::{Result, now_micros};
use diesel::sql_types::{BigInt, Text};

/// A folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    pub key: i64,
    pub id: String,
    /// Key of the folder around it, 0 at the top.
    pub parent: i64,
    pub name: String,
    /// µs.
    pub created_at: i64,
}

type Columns = (BigInt, Text, BigInt, Text, BigInt);
type Row = (i64, String, i64, String, i64);

fn folder((key, id, parent, name, created_at): Row) -> Folder {
    Folder { key, id, parent, name, created_at }
}

/// All of them, by name.
pub fn all(conn: &mut Connection) -> Result<Vec<Folder>> {
    let q = Statement::new("SELECT key, id, parent, name, created_at FROM media_folder ORDER BY name, key");
    Ok(conn.load::<Columns, Row>(q)?.into_iter().map(folder).collect())
}

/// Insert; `Error::Taken` when there is one of this name beside it.
pub fn insert(conn: &mut Connection, id: &str, parent: i64, name: &str) -> Result<i64> {
    let sql = "INSERT INTO media_folder (id, parent, name, created_at) VALUES (?, ?, ?, ?) RETURNING key";
    let q = Statement::new(sql).bind(id).bind(parent).bind(name).bind(now_micros());
    conn.first::<(BigInt,), (i64,)>(q)?.map(|r| r.0).ok_or_else(|| diesel::result::Error::NotFound.into())
}

/// Rename or move; `Error::Taken` as above.
pub fn update(conn: &mut Connection, folder: &Folder) -> Result<()> {
    let q = Statement::new("UPDATE media_folder SET parent = ?, name = ? WHERE key = ?");
    conn.execute(q.bind(folder.parent).bind(&folder.name).bind(folder.key))?;
    Ok(())
}

pub fn delete(conn: &mut Connection, key: i64) -> Result<()> {
    conn.execute(Statement::new("DELETE FROM media_folder WHERE key = ?").bind(key))?;
    Ok(())
}

/// Files and folders directly inside, those in the trash too.
pub fn held(conn: &mut Connection, key: i64) -> Result<i64> {
    let sql =
        "SELECT (SELECT COUNT(*) FROM asset WHERE folder = ?) + (SELECT COUNT(*) FROM media_folder WHERE parent = ?)";
    Ok(conn.first::<(BigInt,), (i64,)>(Statement::new(sql).bind(key).bind(key))?.map_or(0, |row| row.0))
}
