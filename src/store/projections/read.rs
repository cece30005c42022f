//! Reading projections outside of queries: comparing, and what the write path looks up.

use super::{children_table, rows_table, tables};
use crate::Result;
use crate::connection::Connection;
use crate::statement::Statement;
use diesel::sql_types::{BigInt, Nullable, Text};
use masthead_model::TypeKey;
use masthead_model::storage::{Column, ColumnKind, Storage};

/// Everything that is projected of a document in a generation, as lines of text that compare equal exactly when the
/// projections do. Column numbers differ between generations: columns are named by path.
pub fn dump(conn: &mut Connection, key: TypeKey, storage: &Storage, doc: i64) -> Result<Vec<String>> {
    let [rows, _, texts] = tables(key, storage.generation);
    let mut lines = Vec::new();
    let mut fields: Vec<(String, String, &str)> = [
        "document_id",
        "CAST(created_at AS TEXT)",
        "created_by",
        "CAST(updated_at AS TEXT)",
        "CAST(published_at AS TEXT)",
        "position",
        "path",
    ]
    .iter()
    .map(|c| ((*c).to_owned(), (*c).to_owned(), rows.as_str()))
    .collect();
    for (path, column) in &storage.columns {
        let n = column.n;
        match column.kind {
            ColumnKind::Integer => fields.push((path.clone(), format!("CAST(f{n} AS TEXT)"), &rows)),
            ColumnKind::Plain => fields.push((path.clone(), format!("f{n}"), &rows)),
            ColumnKind::Text | ColumnKind::LongText => {
                let table = if column.kind == ColumnKind::Text { &rows } else { &texts };
                fields.push((path.clone(), format!("f{n}"), table));
                fields.push((format!("{path} key"), format!("f{n}k"), table));
            }
        }
    }
    for (name, expression, table) in fields {
        let sql = format!("SELECT state, locale, {expression} FROM {table} WHERE doc = ? ORDER BY state, locale");
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
