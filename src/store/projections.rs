//! Projections: typed tables per content type that exist only to filter, sort and count. Derived, in generations.
//!
//! Live, a generation only ever gains nullable columns. Everything else builds the next generation beside it.

use crate::Result;
use crate::connection::{Connection, Engine};
use crate::statement::{Bind, Statement};
use diesel::sql_types::{BigInt, Nullable, Text};
use masthead_model::TypeKey;
use masthead_model::storage::{Column, ColumnKind, Storage};

/// Name of the row table of a type's generation.
pub fn rows_table(key: TypeKey, generation: i64) -> String {
    format!("p_{}_g{generation}", key.0)
}

/// Name of the child table: values of lists, one row each.
pub fn children_table(key: TypeKey, generation: i64) -> String {
    format!("c_{}_g{generation}", key.0)
}

/// A projected value.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// A text (`f<n>`, a child's `t`) and its folded key (`f<n>k`, a child's indexed `k`).
    Text {
        raw: String,
        key: String,
    },
    /// A text of any length (`f<n>`, `t`) and the text without case (`f<n>k`, a child's `x`): neither is indexed, an
    /// index entry has a largest size.
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
    Some(format!("CREATE INDEX {table}_f{n} ON {table} (state, locale, {key}, doc)"))
}

/// Create the tables of a generation.
pub fn create(conn: &mut Connection, key: TypeKey, storage: &Storage) -> Result<()> {
    let engine = conn.engine();
    let (text, int) = collate(engine);
    let (rows, children) = (rows_table(key, storage.generation), children_table(key, storage.generation));
    let mut columns: Vec<&Column> = storage.columns.values().collect();
    columns.sort_by_key(|c| c.n);
    let mut own = String::new();
    for column in &columns {
        for definition in column_definitions(engine, column) {
            own.push_str(", ");
            own.push_str(&definition);
        }
    }
    conn.batch(&format!(
        "CREATE TABLE {rows} (doc {int} NOT NULL, state {int} NOT NULL, locale {text} NOT NULL, document_id {text} NOT \
         NULL, created_at {int} NOT NULL, created_by {text} NOT NULL, updated_at {int} NOT NULL, published_at {int}, \
         position {text}, path {text}{own}, PRIMARY KEY (doc, state, locale));
         CREATE INDEX {rows}_doc ON {rows} (state, locale, doc);
         CREATE INDEX {rows}_created ON {rows} (state, locale, created_at, doc);
         CREATE INDEX {rows}_updated ON {rows} (state, locale, updated_at, doc);
         CREATE INDEX {rows}_published ON {rows} (state, locale, published_at, doc);
         CREATE INDEX {rows}_position ON {rows} (state, locale, position, doc);
         CREATE INDEX {rows}_path ON {rows} (state, locale, path, doc);
         CREATE TABLE {children} (doc {int} NOT NULL, state {int} NOT NULL, locale {text} NOT NULL, path {text} NOT \
         NULL, element {text} NOT NULL, t {text}, k {text}, x {text}, i {int}, PRIMARY KEY (doc, state, locale, path, \
         element));
         CREATE INDEX {children}_text ON {children} (path, k, state, locale, doc);
         CREATE INDEX {children}_int ON {children} (path, i, state, locale, doc);"
    ))?;
    for column in columns {
        if let Some(index) = index_of(&rows, column) {
            conn.batch(&index)?;
        }
    }
    Ok(())
}

/// Add nullable columns to a live generation. On Postgres the lock is waited for at most 200 ms, so that no reader
/// queues behind this; the caller tries again.
pub fn add_columns(conn: &mut Connection, key: TypeKey, generation: i64, columns: &[Column]) -> Result<()> {
    let engine = conn.engine();
    let rows = rows_table(key, generation);
    if engine == Engine::Postgres && !columns.is_empty() {
        conn.batch("SET LOCAL lock_timeout = '200ms'")?;
    }
    for column in columns {
        for definition in column_definitions(engine, column) {
            conn.batch(&format!("ALTER TABLE {rows} ADD COLUMN {definition}"))?;
        }
    }
    if engine == Engine::Postgres && !columns.is_empty() {
        conn.batch("SET LOCAL lock_timeout = 0")?;
    }
    for column in columns {
        if let Some(index) = index_of(&rows, column) {
            conn.batch(&index)?;
        }
    }
    Ok(())
}

/// Drop a generation's tables, if they are there.
pub fn drop_generation(conn: &mut Connection, key: TypeKey, generation: i64) -> Result<()> {
    let (rows, children) = (rows_table(key, generation), children_table(key, generation));
    conn.batch(&format!("DROP TABLE IF EXISTS {rows}; DROP TABLE IF EXISTS {children}"))
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

/// Remove what is projected of a document in one state.
pub fn remove(conn: &mut Connection, key: TypeKey, generation: i64, doc: i64, state: i64) -> Result<()> {
    for table in [rows_table(key, generation), children_table(key, generation)] {
        let sql = format!("DELETE FROM {table} WHERE doc = ? AND state = ?");
        conn.execute(Statement::new(sql).bind(doc).bind(state))?;
    }
    Ok(())
}

/// Insert a projected row with its children.
pub fn insert(conn: &mut Connection, key: TypeKey, storage: &Storage, row: &Row) -> Result<()> {
    let generation = storage.generation;
    let mut names = String::from(
        "doc, state, locale, document_id, created_at, created_by, updated_at, published_at, position, path",
    );
    let mut binds: Vec<Bind> = vec![
        row.doc.into(),
        row.state.into(),
        (&row.locale).into(),
        (&row.document_id).into(),
        row.created_at.into(),
        (&row.created_by).into(),
        row.updated_at.into(),
        row.published_at.into(),
        row.position.clone().into(),
        row.path.clone().into(),
    ];
    // Every column each time, so that a type has one statement, which stays prepared.
    for column in storage.columns.values() {
        let n = column.n;
        let cell = row.columns.iter().find(|(c, _)| c.n == n).map(|(_, cell)| cell);
        names.push_str(&format!(", f{n}"));
        match column.kind {
            ColumnKind::Text | ColumnKind::LongText => {
                names.push_str(&format!(", f{n}k"));
                let (raw, key) = match cell {
                    Some(Cell::Text { raw, key }) => (Some(raw.clone()), Some(key.clone())),
                    Some(Cell::LongText { raw, caseless }) => (Some(raw.clone()), Some(caseless.clone())),
                    _ => (None, None),
                };
                binds.push(raw.into());
                binds.push(key.into());
            }
            ColumnKind::Plain => binds.push(match cell {
                Some(Cell::Plain(text)) => text.into(),
                _ => Bind::Text(None),
            }),
            ColumnKind::Integer => binds.push(match cell {
                Some(Cell::Integer(int)) => (*int).into(),
                _ => Bind::Int(None),
            }),
        }
    }
    let places = vec!["?"; binds.len()].join(", ");
    let mut q = Statement::new(format!("INSERT INTO {} ({names}) VALUES ({places})", rows_table(key, generation)));
    for bind in binds {
        q = q.bind_any(bind);
    }
    conn.execute(q)?;
    let table = children_table(key, generation);
    for chunk in row.children.chunks(100) {
        insert_children(conn, &table, row, chunk)?;
    }
    Ok(())
}

fn insert_children(conn: &mut Connection, table: &str, row: &Row, children: &[Child]) -> Result<()> {
    let mut q = Statement::new(format!("INSERT INTO {table} (doc, state, locale, path, element, t, k, x, i) VALUES "));
    for (i, child) in children.iter().enumerate() {
        q.push(if i == 0 { "(" } else { ", (" });
        q.push_bind(row.doc).push(", ").push_bind(row.state).push(", ").push_bind(&row.locale).push(", ");
        q.push_bind(&child.path).push(", ").push_bind(&child.element).push(", ");
        let (text, key, long, int) = match &child.cell {
            Cell::Text { raw, key } => (Some(raw.clone()), Some(key.clone()), None, None),
            Cell::LongText { raw, caseless } => (Some(raw.clone()), None, Some(caseless.clone()), None),
            Cell::Plain(text) => (Some(text.clone()), Some(text.clone()), None, None),
            Cell::Integer(int) => (None, None, None, Some(*int)),
        };
        q.push_bind(text).push(", ").push_bind(key).push(", ").push_bind(long).push(", ");
        q.push_bind(int).push(")");
    }
    conn.execute(if children.len() <= 4 { q } else { q.once() })?;
    Ok(())
}

/// Everything that is projected of a document in a generation, as lines of text that compare equal exactly when the
/// projections do. Column numbers differ between generations: columns are named by path.
pub fn dump(conn: &mut Connection, key: TypeKey, storage: &Storage, doc: i64) -> Result<Vec<String>> {
    let rows = rows_table(key, storage.generation);
    let mut lines = Vec::new();
    let mut fields: Vec<(String, String)> = [
        "document_id",
        "CAST(created_at AS TEXT)",
        "created_by",
        "CAST(updated_at AS TEXT)",
        "CAST(published_at AS TEXT)",
        "position",
        "path",
    ]
    .iter()
    .map(|c| ((*c).to_owned(), (*c).to_owned()))
    .collect();
    for (path, column) in &storage.columns {
        let n = column.n;
        match column.kind {
            ColumnKind::Integer => fields.push((path.clone(), format!("CAST(f{n} AS TEXT)"))),
            ColumnKind::Plain => fields.push((path.clone(), format!("f{n}"))),
            ColumnKind::Text | ColumnKind::LongText => {
                fields.push((path.clone(), format!("f{n}")));
                fields.push((format!("{path} key"), format!("f{n}k")));
            }
        }
    }
    for (name, expression) in fields {
        let sql = format!("SELECT state, locale, {expression} FROM {rows} WHERE doc = ? ORDER BY state, locale");
        let values = conn.load::<(BigInt, Text, Nullable<Text>), (i64, String, Option<String>)>(
            Statement::new(sql).bind(doc).once(),
        )?;
        for (state, locale, value) in values {
            lines.push(format!("{state} {locale} {name} = {value:?}"));
        }
    }
    let sql = format!(
        "SELECT state, locale, path, element, t, k, x, i FROM {} WHERE doc = ? ORDER BY state, locale, path, element",
        children_table(key, storage.generation)
    );
    type Columns = (BigInt, Text, Text, Text, Nullable<Text>, Nullable<Text>, Nullable<Text>, Nullable<BigInt>);
    type Values = (i64, String, String, String, Option<String>, Option<String>, Option<String>, Option<i64>);
    for (state, locale, path, element, text, key, long, int) in
        conn.load::<Columns, Values>(Statement::new(sql).bind(doc).once())?
    {
        lines.push(format!("{state} {locale} {path}[{element}] = {text:?} {key:?} {long:?} {int:?}"));
    }
    Ok(lines)
}

/// Keys in `rows` of a generation after `doc`: which documents are projected at all.
pub fn documents(conn: &mut Connection, key: TypeKey, generation: i64, after: i64, limit: i64) -> Result<Vec<i64>> {
    let sql = format!("SELECT DISTINCT doc FROM {} WHERE doc > ? ORDER BY doc LIMIT ?", rows_table(key, generation));
    Ok(conn.load::<(BigInt,), (i64,)>(Statement::new(sql).bind(after).bind(limit))?.into_iter().map(|r| r.0).collect())
}

/// Values of a text column that begin with `prefix` in one state and locale, of other documents than `doc`;
/// with `siblings` only of those with that parent.
pub fn texts_starting_with(
    conn: &mut Connection,
    (key, generation): (TypeKey, i64),
    column: &Column,
    (state, locale): (i64, &str),
    prefix: &str,
    doc: i64,
    siblings: Option<Option<i64>>,
) -> Result<Vec<String>> {
    let n = column.n;
    let folded = masthead_model::fold::key(prefix);
    let sql = format!(
        "SELECT f{n} FROM {} p WHERE state = ? AND locale = ? AND f{n}k >= ? AND f{n}k < ? AND doc <> ?",
        rows_table(key, generation)
    );
    let mut q =
        Statement::new(sql).bind(state).bind(locale).bind(&folded).bind(format!("{folded}\u{10FFFF}")).bind(doc);
    if let Some(parent) = siblings {
        q.push(" AND EXISTS (SELECT 1 FROM document d WHERE d.key = p.doc AND d.parent IS NOT DISTINCT FROM ");
        q.push_bind(parent).push(")");
    }
    q.push(&format!(" ORDER BY f{n}k LIMIT 10000"));
    Ok(conn.load::<(Text,), (String,)>(q)?.into_iter().map(|r| r.0).collect())
}

/// Documents whose text column equals `value` in one state and locale.
pub fn with_text(
    conn: &mut Connection,
    (key, generation): (TypeKey, i64),
    column: &Column,
    (state, locale): (i64, &str),
    value: &str,
) -> Result<Vec<i64>> {
    let n = column.n;
    let sql = format!(
        "SELECT doc FROM {} WHERE state = ? AND locale = ? AND f{n}k = ? AND f{n} = ? ORDER BY doc LIMIT 100",
        rows_table(key, generation)
    );
    let q = Statement::new(sql).bind(state).bind(locale).bind(masthead_model::fold::key(value)).bind(value);
    Ok(conn.load::<(BigInt,), (i64,)>(q)?.into_iter().map(|r| r.0).collect())
}

/// A tree's path of a document in one state and locale.
pub fn path_of(
    conn: &mut Connection,
    (key, generation): (TypeKey, i64),
    doc: i64,
    state: i64,
    locale: &str,
) -> Result<Option<String>> {
    let sql = format!("SELECT path FROM {} WHERE doc = ? AND state = ? AND locale = ?", rows_table(key, generation));
    let q = Statement::new(sql).bind(doc).bind(state).bind(locale);
    Ok(conn.first::<(Nullable<Text>,), (Option<String>,)>(q)?.and_then(|r| r.0))
}

/// A tree's paths of a document in one state: `(locale, path)`.
pub fn paths(
    conn: &mut Connection,
    (key, generation): (TypeKey, i64),
    doc: i64,
    state: i64,
) -> Result<Vec<(String, Option<String>)>> {
    let sql =
        format!("SELECT locale, path FROM {} WHERE doc = ? AND state = ? ORDER BY locale", rows_table(key, generation));
    conn.load::<(Text, Nullable<Text>), _>(Statement::new(sql).bind(doc).bind(state))
}

/// Remove a deleted locale's rows.
pub fn delete_locale(conn: &mut Connection, key: TypeKey, generation: i64, locale: &str) -> Result<()> {
    for table in [rows_table(key, generation), children_table(key, generation)] {
        conn.execute(Statement::new(format!("DELETE FROM {table} WHERE locale = ?")).bind(locale))?;
    }
    Ok(())
}
