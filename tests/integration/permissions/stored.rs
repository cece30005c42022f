//! What a database holds, as text: to see that a refusal changed nothing.

use crate::app::On;
use masthead_store::{Connection, Statement, Store, delivered};
use std::collections::BTreeMap;

/// Notes of who was here when, which reading makes too.
const BOOKKEEPING: [(&str, &str); 4] =
    [("session", "*"), ("account", "signed_in_at"), ("token", "last_used_at"), ("follower", "*")];

/// Every row of every table.
pub fn everything(on: On, store: &Store) -> Vec<String> {
    let all = store.read_blocking(|conn| -> masthead_store::Result<Vec<String>> {
        let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in texts(on, conn, columns(on)) {
            let (table, column) = line.split_once('.').unwrap();
            if !is_note(table, column) {
                tables.entry(table.to_owned()).or_default().push(text(on, column));
            }
        }
        let mut all = Vec::new();
        for (table, values) in tables {
            let query = format!("SELECT {} AS line FROM \"{table}\"", values.join(" || ',' || "));
            all.extend(texts(on, conn, &query).into_iter().map(|row| format!("{table}: {row}")));
        }
        Ok(all)
    });
    all.unwrap()
}

fn is_note(table: &str, column: &str) -> bool {
    BOOKKEEPING.iter().any(|(t, c)| *t == table && (*c == "*" || *c == column))
}

/// The texts that a query names `line`.
fn texts(on: On, conn: &mut Connection, query: &str) -> Vec<String> {
    let bytes = if on == On::Sqlite { "BLOB" } else { "BYTEA" };
    // As a list of documents, the one form of rows that is read from any statement.
    let columns = format!("CAST(0 AS BIGINT), line, CAST(NULL AS BIGINT), CAST(NULL AS {bytes}), CAST(NULL AS TEXT)");
    let statement = Statement::new(format!("SELECT {columns} FROM ({query}) x ORDER BY line")).once();
    delivered::listed(conn, statement).unwrap().into_iter().map(|row| row.1).collect()
}

/// `table.column` of all.
fn columns(on: On) -> &'static str {
    match on {
        On::Sqlite => {
            "SELECT m.name || '.' || c.name AS line FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = \
             'table' AND m.name NOT LIKE 'sqlite_%'"
        }
        On::Postgres => {
            "SELECT c.relname || '.' || a.attname AS line FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid WHERE \
             c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped"
        }
    }
}

fn text(on: On, column: &str) -> String {
    match on {
        On::Sqlite => format!("quote(\"{column}\")"),
        On::Postgres => format!("COALESCE(CAST(\"{column}\" AS text), '')"),
    }
}
