//! One connection to either database, and how it is opened: every pragma stands here.

use crate::statement::{Statement, Typed};
use crate::{Error, Result};
use diesel::Connection as _;
use diesel::connection::SimpleConnection;
use diesel::prelude::{PgConnection, RunQueryDsl, SqliteConnection};
use diesel::query_dsl::LoadQuery;
use diesel::query_dsl::methods::ExecuteDsl;
use std::path::PathBuf;
use std::time::Duration;

/// Which database this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

pub(crate) enum Raw {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// A connection that counts the statements it ran.
pub struct Connection {
    pub(crate) raw: Raw,
    statements: u64,
    /// A statement was refused for a passing reason.
    busy: bool,
}

impl Connection {
    pub fn engine(&self) -> Engine {
        match self.raw {
            Raw::Sqlite(_) => Engine::Sqlite,
            Raw::Postgres(_) => Engine::Postgres,
        }
    }

    /// Statements run on this connection since it was opened.
    pub fn statements(&self) -> u64 {
        self.statements
    }

    /// All rows of a query, each a tuple `T` of the SQL types `ST`.
    pub fn load<'q, ST, T>(&mut self, statement: Statement) -> Result<Vec<T>>
    where
        Typed<ST>: LoadQuery<'q, SqliteConnection, T> + LoadQuery<'q, PgConnection, T>,
    {
        self.statements += 1;
        let rows = match &mut self.raw {
            Raw::Sqlite(c) => RunQueryDsl::load(statement.typed::<ST>(), c),
            Raw::Postgres(c) => RunQueryDsl::load(statement.typed::<ST>(), c),
        };
        self.noted(rows)
    }

    /// The first row, if there is one.
    pub fn first<'q, ST, T>(&mut self, statement: Statement) -> Result<Option<T>>
    where
        Typed<ST>: LoadQuery<'q, SqliteConnection, T> + LoadQuery<'q, PgConnection, T>,
    {
        Ok(self.load::<ST, T>(statement)?.into_iter().next())
    }

    /// Run a statement without rows; the number of rows it touched.
    pub fn execute(&mut self, statement: Statement) -> Result<usize> {
        self.statements += 1;
        let count = match &mut self.raw {
            Raw::Sqlite(c) => ExecuteDsl::execute(statement.typed::<()>(), c),
            Raw::Postgres(c) => ExecuteDsl::execute(statement.typed::<()>(), c),
        };
        self.noted(count)
    }

    /// Run text without values: pragmas, DDL, transaction control.
    pub fn batch(&mut self, sql: &str) -> Result<()> {
        let done = match &mut self.raw {
            Raw::Sqlite(c) => c.batch_execute(sql),
            Raw::Postgres(c) => c.batch_execute(sql),
        };
        self.noted(done)
    }

    /// Run one statement of transaction control. SQLite compiles text each time, so it is kept prepared there.
    pub(crate) fn control(&mut self, sql: &'static str) -> Result<()> {
        let done = match &mut self.raw {
            Raw::Sqlite(c) => ExecuteDsl::execute(Statement::new(sql).typed::<()>(), c).map(drop),
            Raw::Postgres(c) => c.batch_execute(sql),
        };
        self.noted(done)
    }

    fn noted<T>(&mut self, outcome: diesel::QueryResult<T>) -> Result<T> {
        outcome.map_err(|e| {
            let error = Error::from(e);
            self.busy |= matches!(error, Error::Busy(_));
            error
        })
    }

    pub(crate) fn forget_busy(&mut self) {
        self.busy = false;
    }

    /// Whether a statement was refused for a passing reason since [`Self::forget_busy`].
    pub(crate) fn was_busy(&self) -> bool {
        self.busy
    }

    /// The suffix that locks the rows a query reads; SQLite's write transaction has them already.
    pub fn for_update(&self) -> &'static str {
        match self.engine() {
            Engine::Sqlite => "",
            Engine::Postgres => " FOR UPDATE",
        }
    }

    /// `column IN (the keys)`, with the keys as one bound value.
    pub fn among(&self, column: &str, keys: &[i64]) -> Statement {
        let list: Vec<String> = keys.iter().map(i64::to_string).collect();
        match self.engine() {
            Engine::Sqlite => Statement::new(format!("{column} IN (SELECT value FROM json_each(?))"))
                .bind(format!("[{}]", list.join(","))),
            Engine::Postgres => {
                Statement::new(format!("{column} = ANY(CAST(? AS bigint[]))")).bind(format!("{{{}}}", list.join(",")))
            }
        }
    }

    /// `column IN (the texts)`, with the texts as one bound value.
    pub fn among_texts(&self, column: &str, texts: &[String]) -> Statement {
        let json = serde_json::to_string(texts).unwrap_or_default();
        match self.engine() {
            Engine::Sqlite => Statement::new(format!("{column} IN (SELECT value FROM json_each(?))")).bind(json),
            Engine::Postgres => Statement::new(format!(
                "{column} = ANY(ARRAY(SELECT jsonb_array_elements_text(CAST(? AS jsonb)) COLLATE \"C\"))"
            ))
            .bind(json),
        }
    }
}

/// Where the database is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A SQLite file.
    File(PathBuf),
    /// A `postgres://` URL. May hold a password: never shown.
    Url(String),
}

impl Location {
    /// From a URL: `postgres://…`, `postgresql://…`, `sqlite://path`, or a path.
    pub fn parse(url: &str) -> Result<Self> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Url(url.to_owned()));
        }
        if let Some((scheme, _)) = url.split_once("://")
            && scheme != "sqlite"
        {
            return Err(Error::Connect(format!("'{scheme}://' is neither postgres:// nor sqlite://")));
        }
        Ok(Self::File(PathBuf::from(url.trim_start_matches("sqlite://"))))
    }

    /// Open a connection for writing or reading.
    pub fn connect(&self, role: Role, durable: bool) -> Result<Connection> {
        let raw = match self {
            Self::File(path) => {
                let path = path.to_str().ok_or_else(|| Error::Connect("the path is not UTF-8".to_owned()))?;
                let mut c = SqliteConnection::establish(path).map_err(|e| Error::Connect(format!("{path}: {e}")))?;
                c.batch_execute(&sqlite_pragmas(role, durable))?;
                Raw::Sqlite(c)
            }
            Self::Url(url) => {
                let mut c = PgConnection::establish(url).map_err(|e| Error::Connect(without_password(url, &e)))?;
                c.batch_execute(POSTGRES_SETTINGS)?;
                if role == Role::Read {
                    c.batch_execute(POSTGRES_READ_LIMIT)?;
                }
                Raw::Postgres(c)
            }
        };
        Ok(Connection { raw, statements: 0, busy: false })
    }
}

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Write,
    Read,
}

/// libpq's message may repeat the URL, and with it the password.
fn without_password(url: &str, error: &diesel::ConnectionError) -> String {
    let text = error.to_string();
    let secret = url.split_once("://").and_then(|(_, rest)| rest.split_once('@')).map(|(user, _)| user);
    match secret.and_then(|user| user.split_once(':')) {
        Some((_, password)) if !password.is_empty() => text.replace(password, "…"),
        _ => text,
    }
}

/// How long SQLite waits for another process.
pub(crate) const BUSY_TIMEOUT_MS: u32 = 30_000;

fn sqlite_pragmas(role: Role, durable: bool) -> String {
    let sync = if durable { "FULL" } else { "NORMAL" };
    // In memory, SQLite's journal of savepoints is a list that it walks with every statement: large batches would take
    // time by the square of their size. In a file it is not walked.
    let temp = if role == Role::Write { "FILE" } else { "MEMORY" };
    // The writer's working set is every index of the types that are written; a reader's, where the lists of a large
    // type begin. KiB, taken as pages come in.
    let cache = if role == Role::Write { 32768 } else { 16384 };
    let mut sql = format!(
        "PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}; PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = {sync}; \
         PRAGMA foreign_keys = ON; PRAGMA cache_size = -{cache}; PRAGMA temp_store = {temp}; \
         PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 67108864;"
    );
    if role == Role::Read {
        // The file is not mapped into memory: lists that walk an index would be faster, but every connection's mapping
        // counts as the process' own memory, gigabytes on a large site.
        sql.push_str("PRAGMA query_only = ON;");
    }
    sql
}

const POSTGRES_SETTINGS: &str = "SET TIME ZONE 'UTC'; SET application_name = 'masthead'; SET client_min_messages = \
                                 warning; SET idle_in_transaction_session_timeout = '10min'; SET jit = off";

/// No read may keep the server busy for longer, whatever it was asked.
const POSTGRES_READ_LIMIT: &str = "SET statement_timeout = '60s'";

/// Makes pooled reading connections; they live at most 30 s, so that a reader's cached statements stay few.
pub(crate) struct Manager {
    pub location: Location,
    pub durable: bool,
}

pub(crate) const READER_LIFETIME: Duration = Duration::from_secs(30);

impl diesel::r2d2::ManageConnection for Manager {
    type Connection = Connection;
    type Error = Error;

    fn connect(&self) -> Result<Connection> {
        self.location.connect(Role::Read, self.durable)
    }

    fn is_valid(&self, conn: &mut Connection) -> Result<()> {
        conn.batch("SELECT 1")
    }

    fn has_broken(&self, conn: &mut Connection) -> bool {
        use diesel::r2d2::R2D2Connection;
        std::thread::panicking()
            || match &mut conn.raw {
                Raw::Sqlite(c) => c.is_broken(),
                Raw::Postgres(c) => c.is_broken(),
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use diesel::sql_types::Text;

    /// What SQLite says of a setting.
    fn setting(conn: &mut Connection, name: &str) -> String {
        let column = if name == "busy_timeout" { "timeout" } else { name };
        let sql = format!("SELECT CAST({column} AS TEXT) FROM pragma_{name}");
        conn.first::<(Text,), (String,)>(Statement::new(sql)).unwrap().unwrap().0
    }

    #[test]
    fn sqlite_is_opened_with_these_settings() {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::File(folder.path().join("a.db"));
        let both = [("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1"), ("busy_timeout", "30000")];
        let writes = [("page_size", "8192"), ("query_only", "0"), ("cache_size", "-32768"), ("temp_store", "1")];
        let reads = [("page_size", "8192"), ("query_only", "1"), ("cache_size", "-16384"), ("temp_store", "2")];
        for (role, own) in [(Role::Write, writes), (Role::Read, reads)] {
            let mut conn = location.connect(role, true).unwrap();
            conn.batch("SELECT 1").unwrap();
            for (name, value) in both.iter().chain(&own) {
                assert_eq!(setting(&mut conn, name), *value, "{name} of {role:?}");
            }
        }
        let mut relaxed = location.connect(Role::Write, false).unwrap();
        assert_eq!(setting(&mut relaxed, "synchronous"), "1");
    }
}
