//! Uploads that come in pieces: how much of each has arrived.

use crate::Result;
use crate::connection::Connection;
use crate::statement::Statement;
use diesel::sql_types::{BigInt, Nullable, Text};

/// An upload under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    pub id: String,
    /// Who began it.
    pub owner: String,
    /// Bytes in all.
    pub size: i64,
    /// Bytes that are safe.
    pub received: i64,
    /// Names of the pieces, in order, each with a space before it.
    pub pieces: String,
    /// JSON: what its maker said about the file.
    pub metadata: String,
    /// µs.
    pub created_at: i64,
    pub expires_at: i64,
    /// The id of the file that was made of it.
    pub asset: Option<String>,
}

type Columns = (Text, Text, BigInt, BigInt, Text, Text, BigInt, BigInt, Nullable<Text>);
type Row = (String, String, i64, i64, String, String, i64, i64, Option<String>);

fn upload((id, owner, size, received, pieces, metadata, created_at, expires_at, asset): Row) -> Upload {
    Upload { id, owner, size, received, pieces, metadata, created_at, expires_at, asset }
}

pub fn get(conn: &mut Connection, id: &str) -> Result<Option<Upload>> {
    let sql = "SELECT id, owner, size, received, pieces, metadata, created_at, expires_at, asset FROM media_upload \
               WHERE id = ?";
    Ok(conn.first::<Columns, Row>(Statement::new(sql).bind(id))?.map(upload))
}

pub fn insert(conn: &mut Connection, u: &Upload) -> Result<()> {
    let sql = "INSERT INTO media_upload (id, owner, size, received, pieces, metadata, created_at, expires_at, \
               asset) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let q =
        Statement::new(sql).bind(&u.id).bind(&u.owner).bind(u.size).bind(u.received).bind(&u.pieces).bind(&u.metadata);
    conn.execute(q.bind(u.created_at).bind(u.expires_at).bind(u.asset.clone()))?;
    Ok(())
}

/// Another piece, of this name, is safe: from `from` bytes to `to`. False when somebody else wrote in the meantime.
pub fn advance(conn: &mut Connection, id: &str, (from, to): (i64, i64), piece: &str, expires_at: i64) -> Result<bool> {
    let sql = "UPDATE media_upload SET received = ?, pieces = pieces || CAST(? AS TEXT), expires_at = ? WHERE id = ? AND \
               received = ?";
    let q = Statement::new(sql).bind(to).bind(format!(" {piece}")).bind(expires_at).bind(id).bind(from);
    Ok(conn.execute(q)? == 1)
}

/// The file that was made of it. False when there is one already, or the upload is gone.
pub fn set_asset(conn: &mut Connection, id: &str, asset: &str) -> Result<bool> {
    let sql = "UPDATE media_upload SET asset = ? WHERE id = ? AND asset IS NULL";
    Ok(conn.execute(Statement::new(sql).bind(asset).bind(id))? == 1)
}

pub fn delete(conn: &mut Connection, id: &str) -> Result<()> {
    conn.execute(Statement::new("DELETE FROM media_upload WHERE id = ?").bind(id))?;
    Ok(())
}

/// How many somebody has begun and not ended.
pub fn count_of(conn: &mut Connection, owner: &str) -> Result<i64> {
    let q = Statement::new("SELECT COUNT(*) FROM media_upload WHERE owner = ? AND asset IS NULL").bind(owner);
    Ok(conn.first::<(BigInt,), (i64,)>(q)?.map_or(0, |r| r.0))
}

/// Ids of those that nobody went on with, up to `limit`.
pub fn expired(conn: &mut Connection, now: i64, limit: i64) -> Result<Vec<String>> {
    let q =
        Statement::new("SELECT id FROM media_upload WHERE expires_at < ? ORDER BY id LIMIT ?").bind(now).bind(limit);
    Ok(conn.load::<(Text,), (String,)>(q)?.into_iter().map(|row| row.0).collect())
}
