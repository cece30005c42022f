//! Projections: typed tables per content type that exist only to filter, sort and count. Derived, in generations.
//!
//! A generation is three tables: rows, children (the values of lists) and texts (long ones, which would make the rows
//! too large to walk). Live, it only ever gains nullable columns. Everything else builds the next generation beside it.

mod read;
mod write;

pub use read::{documents, dump, path_of, paths, texts_starting_with, with_text};
pub use write::{delete_locale, insert, remove, remove_all};

use crate::Result;
use crate::connection::{Connection, Engine};
use crate::statement::Statement;
use diesel::sql_types::Text;
use masthead_model::storage::{Column, ColumnKind, Storage};
use masthead_model::{Type, TypeKey};

/// Name of the row table of a type's generation.
pub fn rows_table(key: TypeKey, generation: i64) -> String {
    format!("p_{}_g{generation}", key.0)
}

/// Name of the child table: values of lists, one row each.
pub fn children_table(key: TypeKey, generation: i64) -> String {
    format!("c_{}_g{generation}", key.0)
}

/// Name of the table of long texts: a row beside each row that has one.
pub fn texts_table(key: TypeKey, generation: i64) -> String {
    format!("l_{}_g{generation}", key.0)
}

fn tables(key: TypeKey, generation: i64) -> [String; 3] {
    [rows_table(key, generation), children_table(key, generation), texts_table(key, generation)]
}

/// A projected value.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// A text (`f<n>`, a child's `t`) and its folded key (`f<n>k`, a child's indexed `k`).
    Text {
        raw: String,
        key: String,
    },
    /// A text of any length (`f<n>`, `t`) and the text without case (`f<n>k`, a child's `x`), in the table of texts:
    /// neither is indexed, an index entry has a largest size.
    LongText {
        raw: String,
        caseless: String,
    },
    /// A date or time (`f<n>`, a child's `t` and `k` alike).
    Plain(String),
    Integer(i64),
}

/// A value in a list, or inside an item.
#[derive(Clone, Debug, PartialEq)]
pub struct Child {
    pub path: String,
    /// Which element of the list: indexes joined by `.`.
    pub element: String,
    pub cell: Cell,
}

/// The projected row of a document in one state and locale.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub doc: i64,
    /// 0 draft, 1 published.
    pub state: i64,
    pub locale: String,
    pub document_id: String,
    pub created_at: i64,
    pub created_by: String,
    pub updated_at: i64,
    pub published_at: Option<i64>,
    pub position: Option<String>,
    /// A tree's path: the slugs from the root, joined by `/`.
    pub path: Option<String>,
    pub columns: Vec<(Column, Cell)>,
    pub children: Vec<Child>,
}

fn collate(engine: Engine) -> (&'static str, &'static str) {
    match engine {
        Engine::Sqlite => ("TEXT", "INTEGER"),
        Engine::Postgres => ("TEXT COLLATE \"C\"", "BIGINT"),
    }
}

fn column_definitions(engine: Engine, column: &Column) -> Vec<String> {
    let (text, int) = collate(engine);
    let n = column.n;
    match column.kind {
        ColumnKind::Text | ColumnKind::LongText => vec![format!("f{n} {text}"), format!("f{n}k {text}")],
        ColumnKind::Plain => vec![format!("f{n} {text}")],
        ColumnKind::Integer => vec![format!("f{n} {int}")],
    }
}

fn index_of(table: &str, column: &Column) -> Option<String> {
    if !column.indexed || column.kind == ColumnKind::LongText {
        return None;
    }
    let n = column.n;
    let key = if column.kind == ColumnKind::Text { format!("f{n}k") } else { format!("f{n}") };
    Some(format!("CREATE INDEX IF NOT EXISTS {table}_f{n} ON {table} (state, locale, {key}, doc)"))
}

/// The definitions of those columns that stand in the table of texts, or of those that do not.
fn own_columns(engine: Engine, storage: &Storage, long: bool) -> String {
    let mut columns: Vec<&Column> =
        storage.columns.values().filter(|c| (c.kind == ColumnKind::LongText) == long).collect();
    columns.sort_by_key(|c| c.n);
    columns.into_iter().flat_map(|c| column_definitions(engine, c)).map(|d| format!(", {d}")).collect()
}

/// Create the tables of a generation, with their indexes.
pub fn create(conn: &mut Connection, ty: &Type) -> Result<()> {
    create_tables(conn, ty.key, &ty.storage)?;
    create_indexes(conn, ty)
}

/// The same without indexes but the primary keys: filled tables are indexed at a fraction of what it costs to fill
/// indexed ones.
pub fn create_tables(conn: &mut Connection, key: TypeKey, storage: &Storage) -> Result<()> {
    let engine = conn.engine();
    let (text, int) = collate(engine);
    let [rows, children, texts] = tables(key, storage.generation);
    let (own, long) = (own_columns(engine, storage, false), own_columns(engine, storage, true));
    conn.batch(&format!(
        "CREATE TABLE {rows} (doc {int} NOT NULL, state {int} NOT NULL, locale {text} NOT NULL, document_id {text} NOT \
         NULL, created_at {int} NOT NULL, created_by {text} NOT NULL, updated_at {int} NOT NULL, published_at {int}, \
         position {text}, path {text}{own}, PRIMARY KEY (doc, state, locale));
         CREATE TABLE {children} (doc {int} NOT NULL, state {int} NOT NULL, locale {text} NOT NULL, path {text} NOT \
         NULL, element {text} NOT NULL, t {text}, k {text}, x {text}, i {int}, PRIMARY KEY (doc, state, locale, path, \
         element));
         CREATE TABLE {texts} (doc {int} NOT NULL, state {int} NOT NULL, locale {text} NOT NULL{long}, PRIMARY KEY \
         (doc, state, locale));"
    ))
}

/// Statements that create what indexes a generation should have, each where it is missing.
///
/// Every index is written with every save, so there is none for what a type does not have.
fn indexes(ty: &Type) -> Vec<String> {
    let (key, storage) = (ty.key, &ty.storage);
    let [rows, children, _] = tables(key, storage.generation);
    let of_rows = [
        ("doc", "doc", true),
        ("created", "created_at, doc", true),
        ("updated", "updated_at, doc", true),
        ("published", "published_at, doc", true),
        ("position", "position, doc", ty.def.orderable || ty.def.tree),
        ("path", "path, doc", ty.def.tree),
    ];
    let index = |(name, by, _): (&str, &str, bool)| {
        // A draft's row says nothing of when it was published.
        let only = if name == "published" { " WHERE state = 1" } else { "" };
        format!("CREATE INDEX IF NOT EXISTS {rows}_{name} ON {rows} (state, locale, {by}){only}")
    };
    let mut all: Vec<String> = of_rows.into_iter().filter(|(.., wanted)| *wanted).map(index).collect();
    for (name, by) in [("text", "k"), ("int", "i")] {
        all.push(format!(
            "CREATE INDEX IF NOT EXISTS {children}_{name} ON {children} (path, {by}, state, locale, doc)"
        ));
    }
    all.extend(storage.columns.values().filter_map(|column| index_of(&rows, column)));
    all
}

/// Create those indexes that are missing. On Postgres writers of the table wait meanwhile, readers do not.
pub fn create_indexes(conn: &mut Connection, ty: &Type) -> Result<()> {
    indexes(ty).iter().try_for_each(|index| conn.batch(index))
}

/// Create one index that is missing: the `n`th of a generation, from 0. False when there are no more.
pub fn create_index(conn: &mut Connection, ty: &Type, n: usize) -> Result<bool> {
    match indexes(ty).get(n) {
        Some(index) => conn.batch(index).map(|()| true),
        None => Ok(false),
    }
}

/// Add nullable columns to a live generation, without their indexes (see [`create_indexes`]). On Postgres the lock is
/// waited for at most 200 ms, so that no reader queues behind this; the caller tries again.
pub fn add_columns(conn: &mut Connection, key: TypeKey, generation: i64, columns: &[Column]) -> Result<()> {
    let engine = conn.engine();
    if engine == Engine::Postgres && !columns.is_empty() {
        conn.batch("SET LOCAL lock_timeout = '200ms'")?;
    }
    for column in columns {
        let table = if column.kind == ColumnKind::LongText {
            texts_table(key, generation)
        } else {
            rows_table(key, generation)
        };
        for definition in column_definitions(engine, column) {
            conn.batch(&format!("ALTER TABLE {table} ADD COLUMN {definition}"))?;
        }
    }
    if engine == Engine::Postgres && !columns.is_empty() {
        conn.batch("SET LOCAL lock_timeout = 0")?;
    }
    Ok(())
}

/// Have Postgres learn what a filled generation holds: without, its first plans are guesses.
pub fn analyze(conn: &mut Connection, key: TypeKey, generation: i64) -> Result<()> {
    if conn.engine() == Engine::Postgres {
        for table in tables(key, generation) {
            conn.batch(&format!("ANALYZE {table}"))?;
        }
    }
    Ok(())
}

/// Drop a generation's tables, if they are there.
pub fn drop_generation(conn: &mut Connection, key: TypeKey, generation: i64) -> Result<()> {
    for table in tables(key, generation) {
        conn.batch(&format!("DROP TABLE IF EXISTS {table}"))?;
    }
    Ok(())
}

/// Row tables that exist: `(type key, generation)`.
pub fn existing(conn: &mut Connection) -> Result<Vec<(TypeKey, i64)>> {
    let sql = match conn.engine() {
        Engine::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'p\\_%' ESCAPE '\\'",
        Engine::Postgres => {
            "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema() AND tablename LIKE 'p\\_%'"
        }
    };
    let rows = conn.load::<(Text,), (String,)>(Statement::new(sql))?;
    let mut out: Vec<(TypeKey, i64)> = rows
        .iter()
        .filter_map(|(name,)| {
            let (key, generation) = name.strip_prefix("p_")?.split_once("_g")?;
            Some((TypeKey(key.parse().ok()?), generation.parse().ok()?))
        })
        .collect();
    out.sort();
    Ok(out)
}
