//! The one writer of a process: waiting writes share a transaction, so that they share its fsync.
//!
//! A refusal undoes only itself. Most batches have none, and savepoints are dear (the database copies every page that is
//! touched in one), so a batch runs without them first; when one of its writes is refused, all is undone and done again,
//! each write in a savepoint of its own. The events of the batch are written by
//! the last statement before the commit; observers see them after the commit and before anybody is answered, so an
//! acknowledged write is visible to whoever asks next.

use crate::background::stand_back;
use crate::checkpoint::Log;
use crate::connection::{Connection, Engine, Location, Role};
use crate::events::{self, Event, NewEvent};
use crate::{Error, Result, types};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Called with the events of each commit.
pub type Observer = Arc<dyn Fn(&[Event]) + Send + Sync>;

const BATCH_WRITES: usize = 64;
const BATCH_TIME: Duration = Duration::from_millis(20);
/// How long the lock is left alone when it was held for [`BATCH_TIME`], for a second process.
const PAUSE: Duration = Duration::from_millis(2);
/// How far the writer stands back behind reads, of which a website has thousands for each write.
const STANDS_BACK: i32 = 3;
const TRIES: u32 = 8;
/// So many batches run in savepoints after one that had to be done again.
const CAREFUL: u32 = 16;

/// An open write transaction.
pub struct Tx<'a> {
    conn: &'a mut Connection,
    events: Vec<NewEvent>,
}

impl Tx<'_> {
    /// Append to the log; written when the transaction ends.
    pub fn emit(&mut self, event: NewEvent) {
        self.events.push(event);
    }
}

impl<'a> Tx<'a> {
    /// Run `work` in a savepoint: a refusal undoes what it did, and nothing else.
    pub fn nested<T, E: From<Error>>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        self.conn.batch("SAVEPOINT inner_one")?;
        let emitted = self.events.len();
        match work(self) {
            Ok(value) => {
                self.conn.batch("RELEASE SAVEPOINT inner_one")?;
                Ok(value)
            }
            Err(error) => {
                self.events.truncate(emitted);
                self.conn.batch("ROLLBACK TO SAVEPOINT inner_one; RELEASE SAVEPOINT inner_one")?;
                Err(error)
            }
        }
    }
}

impl std::ops::Deref for Tx<'_> {
    type Target = Connection;
    fn deref(&self) -> &Connection {
        self.conn
    }
}

impl std::ops::DerefMut for Tx<'_> {
    fn deref_mut(&mut self) -> &mut Connection {
        self.conn
    }
}

/// What came of a job.
pub(crate) enum Ran {
    /// Keep it.
    Done,
    /// Undo it; the writer has its answer.
    Refused,
    /// Undo it and try again: somebody else held what it needed.
    Busy,
}

pub(crate) trait Job: Send {
    fn run(&mut self, tx: &mut Tx<'_>) -> Ran;
    /// The batch was committed.
    fn finish(&mut self);
    /// The batch was not committed.
    fn fail(&mut self, cause: Error);
}

/// Hands the outcome to whoever waits, on an async task or a thread.
type Answer<T, E> = Box<dyn FnOnce(Result<T, E>) + Send>;

struct Waiting<F, T, E> {
    work: F,
    outcome: Option<Result<T, E>>,
    answer: Option<Answer<T, E>>,
}

impl<F, T, E> Job for Waiting<F, T, E>
where
    F: FnMut(&mut Tx<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<Error> + Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> Ran {
        // What the database refuses for a passing reason must not look like an answer of the domain; the domain's
        // error type may have swallowed it, so the connection is asked as well.
        match catch_unwind(AssertUnwindSafe(|| (self.work)(tx))) {
            Ok(Ok(done)) => {
                self.outcome = Some(Ok(done));
                Ran::Done
            }
            Ok(Err(refusal)) => {
                self.outcome = Some(Err(refusal));
                Ran::Refused
            }
            Err(_) => {
                self.outcome = Some(Err(Error::Aborted("the write panicked".to_owned()).into()));
                Ran::Refused
            }
        }
    }

    fn finish(&mut self) {
        if let (Some(outcome), Some(answer)) = (self.outcome.take(), self.answer.take()) {
            answer(outcome);
        }
    }

    fn fail(&mut self, cause: Error) {
        // A refusal stands whether or not the batch was committed.
        let outcome = match self.outcome.take() {
            Some(Err(refusal)) => Err(refusal),
            _ => Err(cause.into()),
        };
        if let Some(answer) = self.answer.take() {
            answer(outcome);
        }
    }
}

pub(crate) struct Writer {
    queue: Mutex<Option<mpsc::Sender<Box<dyn Job>>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    observer: Arc<OnceLock<Observer>>,
    waiting: Arc<AtomicU64>,
}

/// Counts as waiting while it lives.
pub(crate) struct Turn(Arc<AtomicU64>);

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Writer {
    pub fn turn(&self) -> Turn {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        Turn(self.waiting.clone())
    }

    /// Writes that are not answered yet.
    pub fn waiting(&self) -> u64 {
        self.waiting.load(Ordering::Relaxed)
    }

    pub fn start(conn: Connection, location: Location, durable: bool) -> Result<Self> {
        let (queue, jobs) = mpsc::channel::<Box<dyn Job>>();
        let observer = Arc::new(OnceLock::new());
        let seen = observer.clone();
        let thread = std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || {
                stand_back(STANDS_BACK);
                work_through(&jobs, conn, &location, durable, &seen);
            })
            .map_err(|e| Error::Aborted(e.to_string()))?;
        Ok(Self { queue: Mutex::new(Some(queue)), thread: Mutex::new(Some(thread)), observer, waiting: Arc::default() })
    }

    /// Only the first observer is kept: there is one wired core in a process.
    pub fn observe(&self, observer: Observer) {
        let _ = self.observer.set(observer);
    }

    /// A job whose outcome is handed to `answer`.
    pub fn job<T, E, F>(work: F, answer: Answer<T, E>) -> Box<dyn Job>
    where
        F: FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        Box::new(Waiting { work, outcome: None, answer: Some(answer) })
    }

    pub fn submit(&self, job: Box<dyn Job>) -> Result<()> {
        let queue = self.queue.lock().map_err(|_| Error::Closed)?;
        queue.as_ref().ok_or(Error::Closed)?.send(job).map_err(|_| Error::Closed)
    }

    pub fn close(&self) {
        if let Ok(mut queue) = self.queue.lock() {
            queue.take();
        }
        if let Some(thread) = self.thread.lock().ok().and_then(|mut t| t.take()) {
            let _ = thread.join();
        }
    }
}

fn work_through(
    jobs: &mpsc::Receiver<Box<dyn Job>>,
    mut conn: Connection,
    location: &Location,
    durable: bool,
    observer: &OnceLock<Observer>,
) {
    let mut waiting = None;
    let mut log = Log::of(location);
    // How long the lock was held since it was last left alone.
    let mut held = Duration::ZERO;
    let mut careful = 0u32;
    while let Some(first) = waiting.take().or_else(|| jobs.recv().ok()) {
        let started = Instant::now();
        let mut batch = vec![first];
        let mut tries = 0;
        let mut in_savepoints = careful > 0;
        careful = careful.saturating_sub(1);
        let mut is_fresh = true;
        loop {
            let more = std::mem::take(&mut is_fresh).then_some(jobs);
            match run_batch(&mut conn, &mut batch, more, in_savepoints) {
                Err(Stop::Refused) => {
                    let _ = conn.batch("ROLLBACK");
                    if batch.len() == 1 {
                        batch.iter_mut().for_each(|job| job.finish());
                        break;
                    }
                    (in_savepoints, careful) = (true, CAREFUL);
                }
                Ok(events) => {
                    if let (Some(observer), false) = (observer.get(), events.is_empty()) {
                        observer(&events);
                    }
                    batch.iter_mut().for_each(|job| job.finish());
                    break;
                }
                Err(Stop::Failed(cause)) => {
                    let _ = conn.batch("ROLLBACK");
                    tries += 1;
                    let passing = matches!(cause, Error::Busy(_));
                    if !passing && conn.batch("SELECT 1").is_err() {
                        match location.connect(Role::Write, durable) {
                            Ok(fresh) => conn = fresh,
                            Err(lost) => tracing::error!(error = %lost, "the writer lost its connection"),
                        }
                    }
                    if passing && tries < TRIES {
                        std::thread::sleep(Duration::from_millis(5 << tries));
                        continue;
                    }
                    tracing::warn!(error = %cause, writes = batch.len(), "a batch of writes was rolled back");
                    let text = cause.to_string();
                    batch.iter_mut().for_each(|job| job.fail(Error::Aborted(text.clone())));
                    break;
                }
            }
        }
        if let Some(log) = &mut log {
            log.keep_small(&mut conn);
        }
        // While nobody waits here the lock is free anyway.
        waiting = jobs.try_recv().ok();
        held = if waiting.is_some() { held + started.elapsed() } else { Duration::ZERO };
        if held >= BATCH_TIME {
            std::thread::sleep(PAUSE);
            held = Duration::ZERO;
        }
    }
}

/// Why a batch was not committed.
enum Stop {
    /// One of its writes was refused, outside of a savepoint.
    Refused,
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Run `batch`, taking more waiting jobs into it while there is time, and commit.
fn run_batch(
    conn: &mut Connection,
    batch: &mut Vec<Box<dyn Job>>,
    more: Option<&mpsc::Receiver<Box<dyn Job>>>,
    in_savepoints: bool,
) -> Result<Vec<Event>, Stop> {
    match conn.engine() {
        Engine::Sqlite => conn.control("BEGIN IMMEDIATE")?,
        Engine::Postgres => conn.batch(&format!("BEGIN; SELECT pg_advisory_xact_lock_shared({})", types::LOCK))?,
    }
    let started = Instant::now();
    let mut tx = Tx { conn, events: Vec::new() };
    let mut next = 0;
    loop {
        while next < batch.len() {
            run_one(&mut tx, &mut batch[next], in_savepoints)?;
            next += 1;
        }
        let Some(more) = more else { break };
        if batch.len() >= BATCH_WRITES || started.elapsed() >= BATCH_TIME {
            break;
        }
        match more.try_recv() {
            Ok(job) => batch.push(job),
            Err(_) => break,
        }
    }
    let new = std::mem::take(&mut tx.events);
    let events = events::append(tx.conn, new)?;
    tx.conn.control("COMMIT")?;
    Ok(events)
}

fn run_one(tx: &mut Tx<'_>, job: &mut Box<dyn Job>, in_savepoint: bool) -> Result<(), Stop> {
    if in_savepoint {
        tx.conn.control("SAVEPOINT one")?;
    }
    tx.conn.forget_busy();
    let emitted = tx.events.len();
    let ran = match job.run(tx) {
        Ran::Refused if tx.conn.was_busy() => Ran::Busy,
        ran => ran,
    };
    match ran {
        Ran::Busy => Err(Error::Busy(diesel::result::Error::RollbackTransaction))?,
        Ran::Done if in_savepoint => tx.conn.control("RELEASE SAVEPOINT one")?,
        Ran::Done => {}
        Ran::Refused if in_savepoint => {
            tx.events.truncate(emitted);
            tx.conn.batch("ROLLBACK TO SAVEPOINT one; RELEASE SAVEPOINT one")?;
        }
        Ran::Refused => return Err(Stop::Refused),
    }
    Ok(())
}
