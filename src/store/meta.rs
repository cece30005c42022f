//! Small facts about the whole database, by key.

use crate::connection::Connection;
use crate::statement::Statement;
use crate::{Error, Result};
use diesel::sql_types::Text;

/// The program version that last opened the data.
pub const PROGRAM: &str = "program";
/// The secret of the public number of documents, hexadecimal.
pub const SITE_KEY: &str = "site_key";
/// Names the log; renewed by a restore, so that followers notice.
pub const LOG_EPOCH: &str = "log_epoch";
/// Grows with each change of types, locales or roles.
pub const MODEL_VERSION: &str = "model_version";
/// The locales, as JSON.
pub const LOCALES: &str = "locales";

pub fn get(conn: &mut Connection, key: &str) -> Result<Option<String>> {
    let row = conn.first::<(Text,), (String,)>(Statement::new("SELECT value FROM meta WHERE key = ?").bind(key))?;
    Ok(row.map(|r| r.0))
}

pub fn set(conn: &mut Connection, key: &str, value: &str) -> Result<()> {
    conn.execute(
        Statement::new(
            "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        )
        .bind(key)
        .bind(value),
    )?;
    Ok(())
}

pub fn set_if_absent(conn: &mut Connection, key: &str, value: &str) -> Result<()> {
    conn.execute(
        Statement::new("INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO NOTHING")
            .bind(key)
            .bind(value),
    )?;
    Ok(())
}

/// The version of the content model in this snapshot.
pub fn model_version(conn: &mut Connection) -> Result<i64> {
    let text = get(conn, MODEL_VERSION)?.unwrap_or_default();
    text.parse().map_err(|e| Error::Corrupt { what: "model version", cause: format!("{e}") })
}
