//! Writing projections, one document's or many at once.

use super::{Cell, Child, Row, children_table, rows_table, tables, texts_table};
use crate::connection::Connection;
use crate::statement::{Bind, Statement};
use crate::{Result, bulk};
use masthead_model::TypeKey;
use masthead_model::storage::{Column, ColumnKind, Storage};

/// Remove what is projected of a document in one state.
pub fn remove(conn: &mut Connection, key: TypeKey, generation: i64, doc: i64, state: i64) -> Result<()> {
    for table in tables(key, generation) {
        let sql = format!("DELETE FROM {table} WHERE doc = ? AND state = ?");
        conn.execute(Statement::new(sql).bind(doc).bind(state))?;
    }
    Ok(())
}

/// Remove what is projected of many documents, in both states.
pub fn remove_all(conn: &mut Connection, key: TypeKey, generation: i64, docs: &[i64]) -> Result<()> {
    for table in tables(key, generation) {
        for chunk in docs.chunks(500) {
            let mut q = Statement::new(format!("DELETE FROM {table} WHERE "));
            q.append(conn.among("doc", chunk));
            conn.execute(q)?;
        }
    }
    Ok(())
}

/// Insert projected rows with their children.
pub fn insert(conn: &mut Connection, key: TypeKey, storage: &Storage, rows: &[Row]) -> Result<()> {
    let (long, short): (Vec<Column>, Vec<Column>) =
        storage.columns.values().partition(|c| c.kind == ColumnKind::LongText);
    let mut names =
        "doc, state, locale, document_id, created_at, created_by, updated_at, published_at, position, path".to_owned();
    names.push_str(&column_names(&short));
    let binds = rows.iter().map(|row| {
        let mut binds: Vec<Bind> = place(row);
        binds.extend([
            (&row.document_id).into(),
            row.created_at.into(),
            (&row.created_by).into(),
            row.updated_at.into(),
            row.published_at.into(),
            row.position.clone().into(),
            row.path.clone().into(),
        ]);
        column_values(row, &short, &mut binds);
        binds
    });
    bulk::insert(conn, &rows_table(key, storage.generation), &names, binds, "")?;

    let with_texts =
        rows.iter().filter(|row| row.columns.iter().any(|(_, cell)| matches!(cell, Cell::LongText { .. })));
    let binds = with_texts.map(|row| {
        let mut binds = place(row);
        column_values(row, &long, &mut binds);
        binds
    });
    let names = format!("doc, state, locale{}", column_names(&long));
    bulk::insert(conn, &texts_table(key, storage.generation), &names, binds, "")?;

    let children = rows.iter().flat_map(|row| row.children.iter().map(move |child| child_values(row, child)));
    let names = "doc, state, locale, path, element, t, k, x, i";
    bulk::insert(conn, &children_table(key, storage.generation), names, children, "")
}

fn place(row: &Row) -> Vec<Bind> {
    vec![row.doc.into(), row.state.into(), (&row.locale).into()]
}

fn column_names(columns: &[Column]) -> String {
    let name = |c: &Column| match c.kind {
        ColumnKind::Text | ColumnKind::LongText => format!(", f{0}, f{0}k", c.n),
        ColumnKind::Plain | ColumnKind::Integer => format!(", f{}", c.n),
    };
    columns.iter().map(name).collect()
}

/// Every column each time, so that a type has one statement, which stays prepared.
fn column_values(row: &Row, columns: &[Column], binds: &mut Vec<Bind>) {
    for column in columns {
        let cell = row.columns.iter().find(|(c, _)| c.n == column.n).map(|(_, cell)| cell);
        match (column.kind, cell) {
            (ColumnKind::Text | ColumnKind::LongText, cell) => {
                let (raw, key) = match cell {
                    Some(Cell::Text { raw, key } | Cell::LongText { raw, caseless: key }) => (Some(raw), Some(key)),
                    _ => (None, None),
                };
                binds.extend([raw, key].map(|text| text.cloned().into()));
            }
            (ColumnKind::Plain, Some(Cell::Plain(text))) => binds.push(text.into()),
            (ColumnKind::Plain, _) => binds.push(Bind::Text(None)),
            (ColumnKind::Integer, Some(Cell::Integer(int))) => binds.push((*int).into()),
            (ColumnKind::Integer, _) => binds.push(Bind::Int(None)),
        }
    }
}

fn child_values(row: &Row, child: &Child) -> Vec<Bind> {
    let (text, key, long, int) = match &child.cell {
        Cell::Text { raw, key } => (Some(raw), Some(key), None, None),
        Cell::LongText { raw, caseless } => (Some(raw), None, Some(caseless), None),
        Cell::Plain(text) => (Some(text), Some(text), None, None),
        Cell::Integer(int) => (None, None, None, Some(*int)),
    };
    let mut binds = place(row);
    binds.extend([(&child.path).into(), (&child.element).into()]);
    binds.extend([text, key, long].map(|t| t.cloned().into()));
    binds.push(int.into());
    binds
}

/// Remove a deleted locale's rows.
pub fn delete_locale(conn: &mut Connection, key: TypeKey, generation: i64, locale: &str) -> Result<()> {
    for table in tables(key, generation) {
        conn.execute(Statement::new(format!("DELETE FROM {table} WHERE locale = ?")).bind(locale))?;
    }
    Ok(())
}
