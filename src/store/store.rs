//! The wired store: one writer, a pool of readers, and what both are opened with.

use crate::connection::{Connection, Engine, Location, Manager, READER_LIFETIME, Role};
use crate::writer::{Observer, Writer};
use crate::{Error, Result, Tx, migrate};
use diesel::r2d2::Pool;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How to open a store.
#[derive(Clone, Debug)]
pub struct Options {
    /// `postgres://…`, `sqlite://…` or a file's path.
    pub url: String,
    /// Where snapshots made before a migration are kept; none without a folder of our own.
    pub snapshots: Option<PathBuf>,
    /// Reading connections at most.
    pub readers: u32,
    /// Whether a commit waits for the disk (SQLite `synchronous=FULL`).
    pub durable: bool,
}

impl Options {
    pub fn new(url: impl Into<String>) -> Self {
        // A processor that waits for the disk has another reader to serve; more of them only share its time, and each
        // has pages of its own in memory.
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let readers = u32::try_from(processors * 2).unwrap_or(u32::MAX).clamp(4, 16);
        Self { url: url.into(), snapshots: None, readers, durable: true }
    }
}

/// The open database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

struct Shared {
    engine: Engine,
    location: Location,
    readers: Pool<Manager>,
    writer: Writer,
}

impl Store {
    /// Open, migrate (after a snapshot, where one can be made) and start the writer.
    ///
    /// Fails when the data is newer than this program, naming the version it needs.
    pub fn open(options: &Options) -> Result<Self> {
        let location = Location::parse(&options.url)?;
        let mut first = location.connect(Role::Write, options.durable)?;
        let engine = first.engine();
        if engine == Engine::Sqlite {
            check_sqlite(&mut first)?;
        }
        migrate::run(&mut first, options.snapshots.as_deref())?;
        let readers = Pool::builder()
            .max_size(options.readers.max(1))
            .min_idle(Some(0))
            .max_lifetime(Some(READER_LIFETIME))
            .idle_timeout(Some(READER_LIFETIME))
            .test_on_check_out(engine == Engine::Postgres)
            .connection_timeout(Duration::from_secs(30))
            .build_unchecked(Manager { location: location.clone(), durable: options.durable });
        let writer = Writer::start(first, location.clone(), options.durable)?;
        Ok(Self { shared: Arc::new(Shared { engine, location, readers, writer }) })
    }

    /// What a start would migrate, without doing it.
    pub fn pending_migrations(url: &str) -> Result<Vec<String>> {
        migrate::pending(&mut Location::parse(url)?.connect(Role::Write, true)?)
    }

    pub fn engine(&self) -> Engine {
        self.shared.engine
    }

    /// Called with the events of each commit, after it and before its writers are answered.
    pub fn observe(&self, observer: Observer) {
        self.shared.writer.observe(observer);
    }

    /// Run `work` in a write transaction, shared with other waiting writes; answered after the commit.
    ///
    /// `work` may run more than once (a lock conflict with another process), so it must only act through `Tx`.
    pub async fn write<T, E>(&self, work: impl FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (sender, answer) = tokio::sync::oneshot::channel();
        let turn = self.shared.writer.turn();
        let job = Writer::job(
            work,
            // Nobody waits any more when the request was cancelled; the write stands all the same.
            Box::new(move |outcome| drop((turn, sender.send(outcome)))),
        );
        self.shared.writer.submit(job)?;
        answer.await.map_err(|_| Error::Closed)?
    }

    /// The same for callers without a runtime (the command line).
    pub fn write_blocking<T, E>(&self, work: impl FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (sender, answer) = std::sync::mpsc::sync_channel(1);
        let turn = self.shared.writer.turn();
        let job = Writer::job(work, Box::new(move |outcome| drop((turn, sender.send(outcome)))));
        self.shared.writer.submit(job)?;
        answer.recv().map_err(|_| Error::Closed)?
    }

    /// Writes that are not answered yet.
    pub fn writes_waiting(&self) -> u64 {
        self.shared.writer.waiting()
    }

    /// Run `work` on one snapshot of the database, off the async threads.
    pub async fn read<T, E>(&self, work: impl FnOnce(&mut Connection) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let store = self.clone();
        tokio::task::spawn_blocking(move || store.read_blocking(work))
            .await
            .map_err(|e| Error::Aborted(e.to_string()))?
    }

    /// Run `work` on one snapshot of the database, on this thread.
    pub fn read_blocking<T, E>(&self, work: impl FnOnce(&mut Connection) -> Result<T, E>) -> Result<T, E>
    where
        E: From<Error>,
    {
        let mut conn = self.shared.readers.get().map_err(|e| Error::Connect(e.to_string()))?;
        crate::reader::snapshot(&mut conn, work)
    }

    /// A copy of the whole database in `file`, which must not exist: consistent, made while others write. A database
    /// file on SQLite; on Postgres what `pg_dump` makes.
    pub fn snapshot(&self, file: &std::path::Path) -> Result<()> {
        match &self.shared.location {
            Location::Url(url) => crate::dump::dump(url, file),
            Location::File(_) => migrate::snapshot(&mut self.shared.location.connect(Role::Write, true)?, file),
        }
    }

    /// Version, settings and health of the engine, for people: name → value.
    pub fn describe(&self) -> Result<Vec<(String, String)>> {
        let mut conn = self.shared.location.connect(Role::Write, true)?;
        crate::reader::describe(&mut conn)
    }

    /// Stop taking writes and wait for those under way.
    pub fn close(&self) {
        self.shared.writer.close();
    }
}

/// The bundled SQLite must have the WAL fixes of 3.51.3.
fn check_sqlite(conn: &mut Connection) -> Result<()> {
    let version = crate::reader::sqlite_version(conn)?;
    let parts: Vec<u32> = version.split('.').filter_map(|p| p.parse().ok()).collect();
    if parts.as_slice() < [3, 51, 3].as_slice() {
        return Err(Error::Connect(format!("SQLite {version} is too old: 3.51.3 or newer is needed")));
    }
    Ok(())
}

/// Run one statement on a database of its own connection, e.g. to create the database that a store will open.
pub fn run_once(url: &str, sql: &str) -> Result<()> {
    Location::parse(url)?.connect(Role::Write, true)?.batch(sql)
}
