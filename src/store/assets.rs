//! Files: their rows, and the bytes that rows own. The bytes themselves are kept elsewhere.

use crate::asset_filters::{self, Filter};
use crate::connection::{Connection, Engine};
use crate::statement::{Bind, Statement};
use crate::{Result, bulk};
use diesel::sql_types::{BigInt, Nullable, Text};

/// A file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Asset {
    pub key: i64,
    /// 24 characters, as of documents.
    pub id: String,
    /// SHA-256 of the bytes, hexadecimal.
    pub hash: String,
    pub name: String,
    pub mime: String,
    /// Bytes.
    pub size: i64,
    /// Upright, in pixels.
    pub width: Option<i64>,
    pub height: Option<i64>,
    pub animated: bool,
    /// `#rrggbb`.
    pub color: Option<String>,
    /// ThumbHash in base64.
    pub placeholder: Option<String>,
    /// In thousandths of width and height.
    pub focal: Option<(i64, i64)>,
    /// JSON: locale → `alternativeText`, `caption`, `title`.
    pub texts: String,
    /// JSON list.
    pub tags: String,
    /// Folded words to be found by.
    pub search: String,
    /// Key of the folder, 0 at the top.
    pub folder: i64,
    pub private: bool,
    /// µs.
    pub created_at: i64,
    pub created_by: String,
    pub updated_at: i64,
    pub updated_by: String,
    pub trashed_at: Option<i64>,
}

type OptInt = Nullable<BigInt>;
type OptText = Nullable<Text>;
type Columns = (
    (BigInt, Text, Text, Text, Text, BigInt, OptInt, OptInt, BigInt, OptText, OptText),
    (OptInt, OptInt, Text, Text, Text, BigInt, BigInt, BigInt, Text, BigInt, Text, OptInt),
);
type First = (i64, String, String, String, String, i64, Option<i64>, Option<i64>, i64, Option<String>, Option<String>);
type Second = (Option<i64>, Option<i64>, String, String, String, i64, i64, i64, String, i64, String, Option<i64>);

const COLUMNS: &str = "a.key, a.id, a.hash, a.name, a.mime, a.size, a.width, a.height, a.animated, a.color, \
                       a.placeholder, a.focal_x, a.focal_y, a.texts, a.tags, a.search, a.folder, a.private, \
                       a.created_at, a.created_by, a.updated_at, a.updated_by, a.trashed_at";

fn asset((f, s): (First, Second)) -> Asset {
    Asset {
        key: f.0,
        id: f.1,
        hash: f.2,
        name: f.3,
        mime: f.4,
        size: f.5,
        width: f.6,
        height: f.7,
        animated: f.8 != 0,
        color: f.9,
        placeholder: f.10,
        focal: s.0.zip(s.1),
        texts: s.2,
        tags: s.3,
        search: s.4,
        folder: s.5,
        private: s.6 != 0,
        created_at: s.7,
        created_by: s.8,
        updated_at: s.9,
        updated_by: s.10,
        trashed_at: s.11,
    }
}

fn load(conn: &mut Connection, q: Statement) -> Result<Vec<Asset>> {
    Ok(conn.load::<Columns, (First, Second)>(q)?.into_iter().map(asset).collect())
}

fn select(tail: &str) -> Statement {
    Statement::new(format!("SELECT {COLUMNS} FROM asset a {tail}"))
}

/// The advisory lock of what decides whether bytes are still owned.
const LOCK: i64 = 0x6d68_626c_6f62;

/// Be the only one, until the transaction ends, who decides about the bytes of files.
pub fn lock(conn: &mut Connection) -> Result<()> {
    match conn.engine() {
        // There is one writer at a time anyway.
        Engine::Sqlite => Ok(()),
        Engine::Postgres => conn.batch(&format!("SELECT pg_advisory_xact_lock({LOCK})")),
    }
}

const NAMES: &str = "id, hash, name, mime, size, width, height, animated, color, placeholder, focal_x, focal_y, texts, \
                     tags, search, folder, private, created_at, created_by, updated_at, updated_by, trashed_at";

fn values(a: &Asset) -> Vec<Bind> {
    vec![
        (&a.id).into(),
        (&a.hash).into(),
        (&a.name).into(),
        (&a.mime).into(),
        a.size.into(),
        a.width.into(),
        a.height.into(),
        i64::from(a.animated).into(),
        a.color.clone().into(),
        a.placeholder.clone().into(),
        a.focal.map(|f| f.0).into(),
        a.focal.map(|f| f.1).into(),
        (&a.texts).into(),
        (&a.tags).into(),
        (&a.search).into(),
        a.folder.into(),
        i64::from(a.private).into(),
        a.created_at.into(),
        (&a.created_by).into(),
        a.updated_at.into(),
        (&a.updated_by).into(),
        a.trashed_at.into(),
    ]
}

/// Insert; the key. `Error::Taken` when the id is taken.
pub fn insert(conn: &mut Connection, asset: &Asset) -> Result<i64> {
    let keys = bulk::insert_keyed(conn, "asset", NAMES, [values(asset)])?;
    keys.first().copied().ok_or_else(|| diesel::result::Error::NotFound.into())
}

/// Write everything of the row with this key but its key.
pub fn update(conn: &mut Connection, asset: &Asset) -> Result<()> {
    let sets: Vec<String> = NAMES.split(", ").map(|name| format!("{} = ?", name.trim())).collect();
    let mut q = Statement::new(format!("UPDATE asset SET {} WHERE key = ?", sets.join(", ")));
    for bind in values(asset) {
        q = q.bind_any(bind);
    }
    conn.execute(q.bind(asset.key))?;
    Ok(())
}

pub fn by_id(conn: &mut Connection, id: &str) -> Result<Option<Asset>> {
    Ok(load(conn, select("WHERE a.id = ?").bind(id))?.into_iter().next())
}

pub fn by_key(conn: &mut Connection, key: i64) -> Result<Option<Asset>> {
    Ok(load(conn, select("WHERE a.key = ?").bind(key))?.into_iter().next())
}

/// The same, locked until the transaction ends.
pub fn locked(conn: &mut Connection, id: &str) -> Result<Option<Asset>> {
    let tail = format!("WHERE a.id = ?{}", conn.for_update());
    Ok(load(conn, select(&tail).bind(id))?.into_iter().next())
}

/// Those of these ids that are there.
pub fn by_ids(conn: &mut Connection, ids: &[String]) -> Result<Vec<Asset>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut q = select("WHERE ");
    q.append(conn.among_texts("a.id", ids));
    load(conn, q)
}

/// Ids and keys of those of these ids that are there.
pub fn keys_of(conn: &mut Connection, ids: &[String]) -> Result<Vec<(String, i64)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut q = Statement::new("SELECT id, key FROM asset WHERE ");
    q.append(conn.among_texts("id", ids));
    conn.load::<(Text, BigInt), (String, i64)>(q)
}

/// Drop the row. Its bytes go with the next sweep, when no other row has them.
pub fn delete(conn: &mut Connection, key: i64) -> Result<()> {
    conn.execute(Statement::new("DELETE FROM media_ref WHERE asset = ?").bind(key))?;
    conn.execute(Statement::new("DELETE FROM asset WHERE key = ?").bind(key))?;
    Ok(())
}

/// What a list of files is asked for.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// In the trash, or not.
    pub trashed: bool,
    /// Key of a folder.
    pub folder: Option<i64>,
    /// Folded words, each of which must stand somewhere.
    pub words: Vec<String>,
    /// What types begin with: any of them.
    pub mimes: Vec<String>,
    /// What types do not begin with: none of them.
    pub not_mimes: Vec<String>,
    pub filter: Option<Filter>,
    pub tag: Option<String>,
    pub private: Option<bool>,
    pub owner: Option<String>,
    /// Used by documents, or by none.
    pub used: Option<bool>,
}

/// What files are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Created,
    Updated,
    Name,
    Size,
    Width,
    Height,
}

fn conditions(conn: &Connection, query: &Query) -> Statement {
    let mut q = Statement::new(if query.trashed { "a.trashed_at IS NOT NULL" } else { "a.trashed_at IS NULL" });
    let contains = match conn.engine() {
        Engine::Sqlite => ("instr(", ", ", ") > 0"),
        Engine::Postgres => ("strpos(", ", ", ") > 0"),
    };
    let holds = |q: &mut Statement, column: &str, text: &str| {
        q.push(" AND ").push(contains.0).push(column).push(contains.1);
        q.push_bind(text).push(contains.2);
    };
    for word in &query.words {
        holds(&mut q, "a.search", word);
    }
    if let Some(tag) = &query.tag {
        holds(&mut q, "a.tags", &serde_json::Value::from(tag.as_str()).to_string());
    }
    if let Some(folder) = query.folder {
        q.push(" AND a.folder = ").push_bind(folder);
    }
    // Everything that begins with `image/`: `0` is the byte after the slash.
    let begins = |q: &mut Statement, list: &[String]| {
        for (i, mime) in list.iter().enumerate() {
            q.push(if i == 0 { "(" } else { " OR " });
            match mime.strip_suffix('/') {
                Some(kind) => {
                    q.push("(a.mime >= ")
                        .push_bind(mime)
                        .push(" AND a.mime < ")
                        .push_bind(format!("{kind}0"))
                        .push(")");
                }
                None => {
                    q.push("a.mime = ").push_bind(mime);
                }
            }
        }
        q.push(")");
    };
    if !query.mimes.is_empty() {
        q.push(" AND ");
        begins(&mut q, &query.mimes);
    }
    if !query.not_mimes.is_empty() {
        q.push(" AND NOT ");
        begins(&mut q, &query.not_mimes);
    }
    if let Some(owner) = &query.owner {
        q.push(" AND a.created_by = ").push_bind(owner);
    }
    if let Some(filter) = &query.filter {
        asset_filters::append(conn, filter, q.push(" AND "));
    }
    if let Some(private) = query.private {
        q.push(" AND a.private = ").push_bind(i64::from(private));
    }
    if let Some(used) = query.used {
        q.push(if used { " AND EXISTS" } else { " AND NOT EXISTS" });
        q.push(" (SELECT 1 FROM media_ref r WHERE r.asset = a.key)");
    }
    q.once()
}

/// A page of files.
pub fn list(
    conn: &mut Connection,
    query: &Query,
    (order, descending): (Order, bool),
    (start, limit): (i64, i64),
) -> Result<Vec<Asset>> {
    let mut q = select("WHERE ");
    q.append(conditions(conn, query));
    let column = match order {
        Order::Created => "a.created_at",
        Order::Updated => "a.updated_at",
        Order::Name => "a.name",
        Order::Size => "a.size",
        // What has none comes last, both ways, in either database.
        Order::Width if descending => "COALESCE(a.width, -1)",
        Order::Width => "COALESCE(a.width, 9223372036854775807)",
        Order::Height if descending => "COALESCE(a.height, -1)",
        Order::Height => "COALESCE(a.height, 9223372036854775807)",
    };
    let way = if descending { " DESC" } else { "" };
    q.push(&format!(" ORDER BY {column}{way}, a.key{way} LIMIT ")).push_bind(limit).push(" OFFSET ").push_bind(start);
    load(conn, q)
}

/// How many files a list has in all.
pub fn count(conn: &mut Connection, query: &Query) -> Result<i64> {
    let mut q = Statement::new("SELECT COUNT(*) FROM asset a WHERE ");
    q.append(conditions(conn, query));
    Ok(conn.first::<(BigInt,), (i64,)>(q)?.map_or(0, |row| row.0))
}

/// Whether a row has these bytes.
pub fn owns(conn: &mut Connection, hash: &str) -> Result<bool> {
    let q = Statement::new("SELECT key FROM asset WHERE hash = ? LIMIT 1").bind(hash);
    Ok(conn.first::<(BigInt,), (i64,)>(q)?.is_some())
}

/// Those of these hashes that a row has.
pub fn owned(conn: &mut Connection, hashes: &[String]) -> Result<Vec<String>> {
    let mut q = Statement::new("SELECT DISTINCT hash FROM asset WHERE ");
    q.append(conn.among_texts("hash", hashes));
    Ok(conn.load::<(Text,), (String,)>(q)?.into_iter().map(|row| row.0).collect())
}

/// Hashes of all rows behind `after`, in order: for whoever looks whether their bytes are there.
pub fn hashes(conn: &mut Connection, after: &str, limit: i64) -> Result<Vec<String>> {
    let sql = "SELECT DISTINCT hash FROM asset WHERE hash > ? ORDER BY hash LIMIT ?";
    let rows = conn.load::<(Text,), (String,)>(Statement::new(sql).bind(after).bind(limit))?;
    Ok(rows.into_iter().map(|row| row.0).collect())
}

/// When bytes were last removed, µs. Whoever puts bytes looks before and afterwards: a removal in between took them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    Never,
    /// It goes on since then.
    UnderWay(i64),
    Done(i64),
}

/// The bytes are being removed, from now on.
pub fn doom(conn: &mut Connection, hash: &str, now: i64) -> Result<()> {
    let sql = "INSERT INTO blob_doomed (hash, at) VALUES (?, ?) ON CONFLICT (hash) DO UPDATE SET at = excluded.at";
    conn.execute(Statement::new(sql).bind(hash).bind(now))?;
    Ok(())
}

/// They are gone. A removal that is over stands below zero.
pub fn removed(conn: &mut Connection, hash: &str, now: i64) -> Result<()> {
    conn.execute(Statement::new("UPDATE blob_doomed SET at = ? WHERE hash = ?").bind(-now).bind(hash))?;
    Ok(())
}

/// They are wanted again: nobody removes them.
pub fn spare(conn: &mut Connection, hash: &str) -> Result<()> {
    conn.execute(Statement::new("DELETE FROM blob_doomed WHERE hash = ?").bind(hash))?;
    Ok(())
}

/// When the bytes were last removed.
pub fn removal(conn: &mut Connection, hash: &str) -> Result<Removal> {
    let q = Statement::new("SELECT at FROM blob_doomed WHERE hash = ?").bind(hash);
    Ok(match conn.first::<(BigInt,), (i64,)>(q)? {
        None => Removal::Never,
        Some((at,)) if at < 0 => Removal::Done(-at),
        Some((at,)) => Removal::UnderWay(at),
    })
}

/// All bytes that are being removed since before `before`, µs.
pub fn all_doomed(conn: &mut Connection, before: i64) -> Result<Vec<String>> {
    let q = Statement::new("SELECT hash FROM blob_doomed WHERE at > 0 AND at < ? ORDER BY hash").bind(before);
    Ok(conn.load::<(Text,), (String,)>(q)?.into_iter().map(|row| row.0).collect())
}

/// Drop what is known of removals that were over before `before`, µs.
pub fn forget_removals(conn: &mut Connection, before: i64) -> Result<()> {
    conn.execute(Statement::new("DELETE FROM blob_doomed WHERE at < 0 AND at > ?").bind(-before))?;
    Ok(())
}

/// A file where a document shows it: `(source document, its locale or '', path, ordinal, file)`.
pub type Shown = (i64, String, String, i64, Asset);

/// The files that documents show in one state, in order. None of those in the trash.
pub fn shown(conn: &mut Connection, documents: &[i64], state: i64) -> Result<Vec<Shown>> {
    type At = (BigInt, Text, Text, BigInt);
    let mut q = Statement::new(format!(
        "SELECT r.src, r.locale, r.path, r.ordinal, {COLUMNS} FROM media_ref r JOIN asset a ON a.key = r.asset \
         WHERE a.trashed_at IS NULL AND r.state = ? AND "
    ))
    .bind(state);
    q.append(conn.among("r.src", documents)).push(" ORDER BY r.src, r.path, r.locale, r.ordinal");
    let rows = conn.load::<(At, Columns), ((i64, String, String, i64), (First, Second))>(q)?;
    Ok(rows.into_iter().map(|((src, locale, path, ordinal), row)| (src, locale, path, ordinal, asset(row))).collect())
}
