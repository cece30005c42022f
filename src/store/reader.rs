//! Reading on one snapshot.

use crate::connection::{Connection, Engine};
use crate::statement::Statement;
use crate::{Error, Result};
use diesel::sql_types::Text;

/// Run `work` inside a read-only transaction, so that all its statements see the same state.
pub(crate) fn snapshot<T, E: From<Error>>(
    conn: &mut Connection,
    work: impl FnOnce(&mut Connection) -> Result<T, E>,
) -> Result<T, E> {
    conn.control(match conn.engine() {
        Engine::Sqlite => "BEGIN",
        Engine::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    })?;
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(conn)));
    // A read has nothing to lose: ending it by rollback releases the snapshot whatever happened.
    let ended = conn.control("ROLLBACK");
    match outcome {
        Ok(result) => {
            ended?;
            result
        }
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

pub(crate) fn sqlite_version(conn: &mut Connection) -> Result<String> {
    Ok(conn.first::<(Text,), (String,)>(Statement::new("SELECT sqlite_version()"))?.map_or_else(String::new, |r| r.0))
}

pub(crate) fn describe(conn: &mut Connection) -> Result<Vec<(String, String)>> {
    let mut out = Vec::new();
    match conn.engine() {
        Engine::Sqlite => {
            out.push(("engine".to_owned(), format!("SQLite {}", sqlite_version(conn)?)));
            let pragmas = ["journal_mode", "synchronous", "foreign_keys", "busy_timeout", "page_size", "cache_size"];
            for name in pragmas {
                let sql = format!("SELECT CAST({name} AS TEXT) FROM pragma_{name}");
                // The column of busy_timeout alone has another name.
                let sql = if name == "busy_timeout" {
                    "SELECT CAST(timeout AS TEXT) FROM pragma_busy_timeout".to_owned()
                } else {
                    sql
                };
                let value = conn.first::<(Text,), (String,)>(Statement::new(sql))?;
                out.push((name.to_owned(), value.map_or_else(String::new, |v| v.0)));
            }
            let check =
                conn.first::<(Text,), (String,)>(Statement::new("SELECT quick_check FROM pragma_quick_check"))?;
            out.push(("quick_check".to_owned(), check.map_or_else(String::new, |v| v.0)));
        }
        Engine::Postgres => {
            for (name, sql) in [
                ("engine", "SELECT version()"),
                ("synchronous_commit", "SELECT current_setting('synchronous_commit')"),
                ("fsync", "SELECT current_setting('fsync')"),
                ("server_encoding", "SELECT current_setting('server_encoding')"),
            ] {
                let value = conn.first::<(Text,), (String,)>(Statement::new(sql))?;
                out.push((name.to_owned(), value.map_or_else(String::new, |v| v.0)));
            }
        }
    }
    Ok(out)
}
