//! Documents: identity, place and trash; their content stands in parts.

use crate::Result;
use crate::connection::{Connection, Engine};
use crate::statement::Statement;
use diesel::sql_types::{BigInt, Nullable, Text};

/// A document's row.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    pub key: i64,
    pub document_id: String,
    pub type_key: i64,
    pub created_at: i64,
    pub created_by: String,
    /// Fractional index among its siblings, in types with an order.
    pub position: Option<String>,
    /// Key of the parent, in trees.
    pub parent: Option<i64>,
    pub trashed_at: Option<i64>,
}

type Row = (i64, String, i64, i64, String, Option<String>, Option<i64>, Option<i64>);
type Columns = (BigInt, Text, BigInt, BigInt, Text, Nullable<Text>, Nullable<BigInt>, Nullable<BigInt>);
const SELECT: &str =
    "SELECT key, document_id, type, created_at, created_by, position, parent, trashed_at FROM document ";

fn document((key, document_id, type_key, created_at, created_by, position, parent, trashed_at): Row) -> Document {
    Document { key, document_id, type_key, created_at, created_by, position, parent, trashed_at }
}

/// Insert and return the new key.
pub fn insert(conn: &mut Connection, d: &Document) -> Result<i64> {
    let row = conn.first::<(BigInt,), (i64,)>(
        Statement::new(
            "INSERT INTO document (document_id, type, created_at, created_by, position, parent) VALUES \
             (?, ?, ?, ?, ?, ?) RETURNING key",
        )
        .bind(&d.document_id)
        .bind(d.type_key)
        .bind(d.created_at)
        .bind(&d.created_by)
        .bind(d.position.clone())
        .bind(d.parent),
    )?;
    row.map(|r| r.0).ok_or_else(|| diesel::result::Error::NotFound.into())
}

pub fn by_document_id(conn: &mut Connection, id: &str) -> Result<Option<Document>> {
    let sql = format!("{SELECT} WHERE document_id = ?");
    Ok(conn.first::<Columns, Row>(Statement::new(sql).bind(id))?.map(document))
}

pub fn by_key(conn: &mut Connection, key: i64) -> Result<Option<Document>> {
    let sql = format!("{SELECT} WHERE key = ?");
    Ok(conn.first::<Columns, Row>(Statement::new(sql).bind(key))?.map(document))
}

/// The same, locked against other writers until the transaction ends.
pub fn lock(conn: &mut Connection, id: &str) -> Result<Option<Document>> {
    let sql = format!("{SELECT} WHERE document_id = ?{}", conn.for_update());
    Ok(conn.first::<Columns, Row>(Statement::new(sql).bind(id))?.map(document))
}

/// First key of the advisory locks that [`take_turns`] takes on Postgres.
const TURNS: i32 = 0x6d61_7374;

/// Let one transaction at a time make what must differ among the documents of a type (a free slug, the next position,
/// a single's document). SQLite has one writer anyway; on Postgres the others wait for the commit and then see it.
pub fn take_turns(conn: &mut Connection, type_key: i64) -> Result<()> {
    match conn.engine() {
        Engine::Sqlite => Ok(()),
        Engine::Postgres => conn.batch(&format!("SELECT pg_advisory_xact_lock({TURNS}, {})", type_key as i32)),
    }
}

/// Keys and ids of `ids`, those that exist.
pub fn find_many(conn: &mut Connection, ids: &[String]) -> Result<Vec<Document>> {
    let mut q = Statement::new(format!("{SELECT} WHERE "));
    q.append(conn.among_texts("document_id", ids));
    Ok(conn.load::<Columns, Row>(q)?.into_iter().map(document).collect())
}

/// Documents with these keys.
pub fn with_keys(conn: &mut Connection, keys: &[i64]) -> Result<Vec<Document>> {
    let mut q = Statement::new(format!("{SELECT} WHERE "));
    q.append(conn.among("key", keys));
    Ok(conn.load::<Columns, Row>(q)?.into_iter().map(document).collect())
}

/// The same in the order of their keys, locked against other writers until the transaction ends.
pub fn lock_many(conn: &mut Connection, keys: &[i64]) -> Result<Vec<Document>> {
    let mut q = Statement::new(format!("{SELECT} WHERE "));
    q.append(conn.among("key", keys)).push(" ORDER BY key").push(conn.for_update());
    Ok(conn.load::<Columns, Row>(q)?.into_iter().map(document).collect())
}

/// Up to `limit` documents of a type after `key`, in the order of their keys, trashed ones among them.
pub fn page(conn: &mut Connection, type_key: i64, after: i64, limit: i64) -> Result<Vec<Document>> {
    let sql = format!("{SELECT} WHERE type = ? AND key > ? ORDER BY key LIMIT ?");
    let q = Statement::new(sql).bind(type_key).bind(after).bind(limit);
    Ok(conn.load::<Columns, Row>(q)?.into_iter().map(document).collect())
}

/// The first document of a type that is not in the trash (a single has one).
pub fn first_of(conn: &mut Connection, type_key: i64) -> Result<Option<Document>> {
    let sql = format!("{SELECT} WHERE type = ? AND trashed_at IS NULL ORDER BY key LIMIT 1");
    Ok(conn.first::<Columns, Row>(Statement::new(sql).bind(type_key))?.map(document))
}

/// The documents of a type in the trash with who put them there, latest first.
pub fn trashed(
    conn: &mut Connection,
    type_key: i64,
    start: i64,
    limit: i64,
) -> Result<Vec<(Document, Option<String>)>> {
    let sql = "SELECT key, trashed_by FROM document WHERE type = ? AND trashed_at IS NOT NULL ORDER BY trashed_at DESC, \
               key DESC LIMIT ? OFFSET ?";
    let q = Statement::new(sql).bind(type_key).bind(limit).bind(start);
    let found = conn.load::<(BigInt, Nullable<Text>), (i64, Option<String>)>(q)?;
    let keys: Vec<i64> = found.iter().map(|(key, _)| *key).collect();
    let docs = with_keys(conn, &keys)?;
    let pair = |(key, by)| docs.iter().find(|d| d.key == key).map(|d| (d.clone(), by));
    Ok(found.into_iter().filter_map(pair).collect())
}

pub fn count_trashed(conn: &mut Connection, type_key: i64) -> Result<i64> {
    let q = Statement::new("SELECT COUNT(*) FROM document WHERE type = ? AND trashed_at IS NOT NULL").bind(type_key);
    Ok(conn.first::<(BigInt,), (i64,)>(q)?.map_or(0, |r| r.0))
}

pub fn count(conn: &mut Connection, type_key: i64) -> Result<i64> {
    let q = Statement::new("SELECT COUNT(*) FROM document WHERE type = ?").bind(type_key);
    Ok(conn.first::<(BigInt,), (i64,)>(q)?.map_or(0, |r| r.0))
}

pub fn set_trashed(conn: &mut Connection, key: i64, at: Option<i64>, by: Option<&str>) -> Result<()> {
    let sql = "UPDATE document SET trashed_at = ?, trashed_by = ? WHERE key = ?";
    conn.execute(Statement::new(sql).bind(at).bind(by).bind(key))?;
    Ok(())
}

/// No document of a type has a parent any more.
pub fn leave_parents(conn: &mut Connection, type_key: i64) -> Result<()> {
    conn.execute(
        Statement::new("UPDATE document SET parent = NULL WHERE type = ? AND parent IS NOT NULL").bind(type_key),
    )?;
    Ok(())
}

/// Give many documents positions: `(key, position)`.
pub fn set_positions(conn: &mut Connection, positions: &[(i64, &str)]) -> Result<()> {
    for chunk in positions.chunks(500) {
        let json = serde_json::to_string(chunk).unwrap_or_default();
        // Each element is `[key, position]`.
        let sql = match conn.engine() {
            Engine::Sqlite => {
                "UPDATE document SET position = v.value ->> 1 FROM json_each(?) v WHERE document.key = v.value ->> 0"
            }
            Engine::Postgres => {
                "UPDATE document SET position = v ->> 1 FROM json_array_elements(CAST(? AS json)) v WHERE document.key \
                 = CAST(v ->> 0 AS bigint)"
            }
        };
        conn.execute(Statement::new(sql).bind(json))?;
    }
    Ok(())
}

pub fn set_place(conn: &mut Connection, key: i64, parent: Option<i64>, position: Option<&str>) -> Result<()> {
    let sql = "UPDATE document SET parent = ?, position = ? WHERE key = ?";
    conn.execute(Statement::new(sql).bind(parent).bind(position).bind(key))?;
    Ok(())
}

/// Children of `parent`, in order, trashed ones too.
pub fn children(conn: &mut Connection, parent: i64) -> Result<Vec<Document>> {
    let sql = format!("{SELECT} WHERE parent = ? ORDER BY position, key");
    Ok(conn.load::<Columns, Row>(Statement::new(sql).bind(parent))?.into_iter().map(document).collect())
}

/// The largest position among siblings (`parent` of a tree, or all of the type when it is no tree).
pub fn last_position(conn: &mut Connection, type_key: i64, parent: Option<i64>) -> Result<Option<String>> {
    let q = match parent {
        Some(parent) => Statement::new("SELECT MAX(position) FROM document WHERE parent = ?").bind(parent),
        None => Statement::new("SELECT MAX(position) FROM document WHERE type = ? AND parent IS NULL").bind(type_key),
    };
    Ok(conn.first::<(Nullable<Text>,), (Option<String>,)>(q)?.and_then(|r| r.0))
}

/// The sibling positions just before (`ahead`) or after `position`.
pub fn neighbour(
    conn: &mut Connection,
    type_key: i64,
    parent: Option<i64>,
    position: &str,
    ahead: bool,
) -> Result<Option<String>> {
    let (function, relation) = if ahead { ("MAX", "<") } else { ("MIN", ">") };
    let siblings = if parent.is_some() { "parent = ?" } else { "type = ? AND parent IS NULL" };
    let sql = format!("SELECT {function}(position) FROM document WHERE {siblings} AND position {relation} ?");
    let q = Statement::new(sql).bind(parent.unwrap_or(type_key)).bind(position);
    Ok(conn.first::<(Nullable<Text>,), (Option<String>,)>(q)?.and_then(|r| r.0))
}

/// Remove the row and leave a tombstone: the id is never given again. Everything that points at it must be gone.
pub fn erase(conn: &mut Connection, d: &Document, at: i64) -> Result<()> {
    for table in ["part", "version", "body", "receipt", "pending", "claim", "rendered", "url"] {
        conn.execute(Statement::new(format!("DELETE FROM {table} WHERE doc = ?")).bind(d.key))?;
    }
    conn.execute(Statement::new("DELETE FROM ref WHERE src = ?").bind(d.key))?;
    conn.execute(Statement::new("DELETE FROM media_ref WHERE src = ?").bind(d.key))?;
    conn.execute(Statement::new("UPDATE document SET parent = NULL WHERE parent = ?").bind(d.key))?;
    conn.execute(Statement::new("DELETE FROM document WHERE key = ?").bind(d.key))?;
    let sql = "INSERT INTO tombstone (document_id, erased_at) VALUES (?, ?) ON CONFLICT (document_id) DO NOTHING";
    conn.execute(Statement::new(sql).bind(&d.document_id).bind(at))?;
    Ok(())
}

/// Remove all documents of a type, as [`erase`] does one.
pub fn erase_type(conn: &mut Connection, type_key: i64, at: i64) -> Result<()> {
    let of_type = "(SELECT key FROM document WHERE type = ?)";
    for table in ["part", "version", "body", "receipt", "pending", "claim", "rendered", "url"] {
        let sql = format!("DELETE FROM {table} WHERE doc IN {of_type}");
        conn.execute(Statement::new(sql).bind(type_key))?;
    }
    conn.execute(Statement::new(format!("DELETE FROM media_ref WHERE src IN {of_type}")).bind(type_key))?;
    for column in ["src", "dst"] {
        let sql = format!("DELETE FROM ref WHERE {column} IN {of_type}");
        conn.execute(Statement::new(sql).bind(type_key))?;
    }
    conn.execute(Statement::new("UPDATE document SET parent = NULL WHERE type = ?").bind(type_key))?;
    let sql = "INSERT INTO tombstone (document_id, erased_at) SELECT document_id, ? FROM document WHERE type = ? ON \
               CONFLICT (document_id) DO NOTHING";
    // On Postgres a number that is only selected would pass for a text.
    let sql = sql.replacen('?', "CAST(? AS BIGINT)", 1);
    conn.execute(Statement::new(sql).bind(at).bind(type_key))?;
    conn.execute(Statement::new("DELETE FROM document WHERE type = ?").bind(type_key))?;
    Ok(())
}

pub fn is_erased(conn: &mut Connection, id: &str) -> Result<bool> {
    let q = Statement::new("SELECT erased_at FROM tombstone WHERE document_id = ?").bind(id);
    Ok(conn.first::<(BigInt,), (i64,)>(q)?.is_some())
}
