//! Migrations: forward only, in pairs for the two databases, after a snapshot of what was there.

use crate::connection::{Connection, Engine, Raw};
use crate::statement::Statement;
use crate::{Error, Result, meta, now_micros};
use diesel::migration::{Migration as _, MigrationSource};
use diesel::sql_types::Text;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use std::path::Path;

const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

/// The key that serialises migrations of several processes on Postgres.
const LOCK: i64 = 0x6d61_7374_6865_6164;

/// The number of a migration.
pub type Migration = String;

/// The data was written by a newer program.
#[derive(Debug, thiserror::Error)]
#[error("this data needs Masthead {needs} or newer (it has migration {migration}, unknown to this {this})")]
pub struct NewerData {
    pub needs: String,
    pub migration: String,
    pub this: String,
}

fn error(cause: impl std::fmt::Display) -> Error {
    Error::Migrate(format!("the database cannot be migrated: {cause}"))
}

fn known(engine: Engine) -> Result<Vec<String>> {
    let names = match engine {
        Engine::Sqlite => MigrationSource::<diesel::sqlite::Sqlite>::migrations(&SQLITE)
            .map_err(error)?
            .iter()
            .map(|m| m.name().version().to_string())
            .collect(),
        Engine::Postgres => MigrationSource::<diesel::pg::Pg>::migrations(&POSTGRES)
            .map_err(error)?
            .iter()
            .map(|m| m.name().version().to_string())
            .collect(),
    };
    Ok(names)
}

fn applied(conn: &mut Connection) -> Result<Vec<String>> {
    let versions = match &mut conn.raw {
        Raw::Sqlite(c) => c.applied_migrations().map_err(error)?,
        Raw::Postgres(c) => c.applied_migrations().map_err(error)?,
    };
    Ok(versions.into_iter().map(|v| v.to_string()).collect())
}

/// Migrations that a start would run, oldest first.
pub(crate) fn pending(conn: &mut Connection) -> Result<Vec<Migration>> {
    let applied = applied(conn)?;
    let mut pending: Vec<_> = known(conn.engine())?.into_iter().filter(|m| !applied.contains(m)).collect();
    pending.sort();
    Ok(pending)
}

pub(crate) fn run(conn: &mut Connection, snapshots: Option<&Path>) -> Result<()> {
    if conn.engine() == Engine::Postgres {
        conn.batch(&format!("SELECT pg_advisory_lock({LOCK})"))?;
    }
    let outcome = run_locked(conn, snapshots);
    if conn.engine() == Engine::Postgres {
        conn.batch(&format!("SELECT pg_advisory_unlock({LOCK})"))?;
    }
    outcome
}

fn run_locked(conn: &mut Connection, snapshots: Option<&Path>) -> Result<()> {
    let known = known(conn.engine())?;
    let applied = applied(conn)?;
    let this = env!("CARGO_PKG_VERSION").to_owned();
    if let Some(foreign) = applied.iter().find(|a| !known.contains(a)) {
        let needs = meta::get(conn, meta::PROGRAM)?.unwrap_or_else(|| "of a later date".to_owned());
        return Err(crate::NewerData { needs, migration: foreign.clone(), this }.into());
    }
    if applied.len() < known.len() {
        if let (Some(folder), false) = (snapshots, applied.is_empty())
            && conn.engine() == Engine::Sqlite
        {
            std::fs::create_dir_all(folder).map_err(error)?;
            let file = folder.join(format!("before-migration-{}.db", now_micros() / 1_000_000));
            snapshot(conn, &file)?;
            tracing::info!(file = %file.display(), "snapshot made before migrating");
        }
        match &mut conn.raw {
            Raw::Sqlite(c) => drop(c.run_pending_migrations(SQLITE).map_err(error)?),
            Raw::Postgres(c) => drop(c.run_pending_migrations(POSTGRES).map_err(error)?),
        }
    }
    if meta::get(conn, meta::PROGRAM)?.as_deref() != Some(this.as_str()) {
        meta::set(conn, meta::PROGRAM, &this)?;
    }
    for (key, bytes) in [(meta::SITE_KEY, 32), (meta::LOG_EPOCH, 12)] {
        meta::set_if_absent(conn, key, &random_hex(bytes))?;
    }
    meta::set_if_absent(conn, meta::MODEL_VERSION, "1")
}

fn random_hex(bytes: usize) -> String {
    use rand::RngExt;
    let mut rng = rand::rng();
    (0..bytes).map(|_| format!("{:02x}", rng.random::<u8>())).collect()
}

/// Copy the SQLite database as it is now into `file`, which must not exist.
pub(crate) fn snapshot(conn: &mut Connection, file: &Path) -> Result<()> {
    if conn.engine() == Engine::Postgres {
        return Err(Error::Migrate("a snapshot of PostgreSQL is made with pg_dump".to_owned()));
    }
    if file.exists() {
        return Err(Error::Migrate(format!("{} exists already", file.display())));
    }
    let name = file.to_str().ok_or_else(|| Error::Migrate("the path is not UTF-8".to_owned()))?;
    // Written beside and renamed: a copy that was cut short is never mistaken for a whole one.
    let partial = format!("{name}.partial");
    let _ = std::fs::remove_file(&partial);
    conn.load::<(Text,), (String,)>(Statement::new("VACUUM INTO ?").bind(partial.as_str()))?;
    let synced = std::fs::File::open(&partial).and_then(|f| f.sync_all());
    synced.and_then(|()| std::fs::rename(&partial, file)).map_err(|e| Error::Migrate(format!("{name}: {e}")))
}
