//! The follower: one thread that keeps the index in step with the log, or, where another process does, reads what that
//! one commits.

use crate::Search;
use crate::book::{Book, Progress, Step, failed};
use crate::folder::Held;
use masthead_core::search::documents;
use masthead_core::{Core, Result, stand_back};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

/// How far it, and the threads of the index, stand back behind requests: a tenth of a processor is theirs.
const STANDS_BACK: i32 = 10;
/// Between two looks at whether something happened.
const PAUSE: Duration = Duration::from_millis(40);
/// After something went wrong.
const SETBACK: Duration = Duration::from_secs(2);
/// An index that cannot be brought up to date so often in a row is made anew: its files may be damaged.
const SETBACKS: u32 = 3;
/// The log itself is asked this often, in pauses, whatever is known of it.
const OFTEN: u32 = 25;

/// A follower at work; it ends when told.
pub struct Following {
    search: Search,
    thread: Option<JoinHandle<()>>,
}

impl Search {
    /// Follow the log until the answer is dropped.
    pub fn follow(&self) -> std::io::Result<Following> {
        let search = self.clone();
        let thread = std::thread::Builder::new().name("search".to_owned()).spawn(move || search.run())?;
        Ok(Following { search: self.clone(), thread: Some(thread) })
    }

    fn run(&self) {
        // The index's own threads are started by this one.
        stand_back(STANDS_BACK);
        let mut writing: Option<(Held, Option<Book>)> = None;
        let (mut seen, mut pauses, mut setbacks) = (None, 0, 0);
        while !self.0.stop.load(Ordering::Acquire) {
            let turn = match &mut writing {
                Some((_, book)) => self.write(book, pauses >= OFTEN),
                None => {
                    writing =
                        self.0.folder.create().ok().and_then(|()| self.0.folder.hold("writer.lock")).map(|h| (h, None));
                    if writing.is_some() { Ok(true) } else { self.look(&mut seen).map(|()| false) }
                }
            };
            if turn.is_ok() {
                setbacks = 0;
            }
            match turn {
                Ok(true) => pauses = 0,
                Ok(false) => {
                    pauses = if pauses >= OFTEN { 0 } else { pauses + 1 };
                    std::thread::sleep(PAUSE);
                }
                Err(error) => {
                    tracing::warn!(%error, "the search index could not be brought up to date; it is tried again");
                    if let Some((_, book)) = &mut writing {
                        // What was not committed is taken in again.
                        *book = None;
                    }
                    self.wait(SETBACK);
                    setbacks += 1;
                    // Where the database cannot be read either, this ends before anything is done.
                    if setbacks % SETBACKS == 0
                        && writing.is_some()
                        && let Err(error) = self.anew(&mut |_| {})
                    {
                        tracing::warn!(%error, "the search index could not be made anew");
                    }
                }
            }
        }
        if let Some((_, Some(book))) = &mut writing {
            book.close();
        }
    }

    /// One turn of the process that writes; whether there may be more to do at once.
    fn write(&self, book: &mut Option<Book>, ask: bool) -> Result<bool> {
        let current = self.0.folder.current();
        if book.as_ref().is_some_and(|book| Some(&book.path) != current.as_ref()) {
            // Somebody made it anew.
            *book = None;
        }
        let Some(open) = book else {
            *book = Some(self.open_book(current)?);
            return Ok(true);
        };
        if open.is_breathing() {
            return Ok(false);
        }
        // In memory: whether this process committed something, or the log was seen to be longer.
        let head = self.0.core.generations().seen();
        let rests = open.is_committed() && open.place.is_complete() && head <= open.place.position;
        if !ask && rests && !self.0.core.has_committed() {
            open.rest();
            return Ok(false);
        }
        let (before, begun, model) = (open.commits, Instant::now(), self.0.core.generations().model());
        let step = open.step()?;
        open.settle_down();
        if step == Step::Foreign {
            tracing::info!("the search index is of another log: it is made anew");
            *book = None;
            self.anew(&mut |_| {})?;
            return Ok(true);
        }
        if open.commits != before {
            self.reload()?;
            open.breathe(begun, model);
        }
        Ok(step == Step::Worked)
    }

    /// The index that is served, or a new one: served from its first documents on where there was none, else when it
    /// is whole.
    fn open_book(&self, current: Option<PathBuf>) -> Result<Book> {
        let core = &self.0.core;
        if let Some(path) = current {
            if let Some(book) = Book::open(core, &path, false)? {
                self.0.folder.sweep();
                self.reload()?;
                return Ok(book);
            }
            tracing::info!("the search index is of another version: it is made anew");
            self.anew(&mut |_| {})?;
        } else {
            let path = self.0.folder.fresh()?;
            Book::open(core, &path, true)?.ok_or_else(|| failed("cannot be made"))?.close();
            self.0.folder.switch(&path)?;
            self.reload()?;
        }
        let path = self.0.folder.current().ok_or_else(|| failed("cannot be made"))?;
        Book::open(core, &path, !self.is_whole())?.ok_or_else(|| failed("cannot be read"))
    }

    fn is_whole(&self) -> bool {
        self.0.ready.load(Ordering::Acquire)
    }

    /// Make it anew beside the one that is served, and switch.
    fn anew(&self, progress: &mut dyn FnMut(Progress)) -> Result<()> {
        build(&self.0.core, &self.0.folder, &|| self.0.stop.load(Ordering::Acquire), progress)?;
        self.reload()
    }

    /// Where another process writes: see what it committed.
    fn look(&self, seen: &mut Option<(PathBuf, SystemTime)>) -> Result<()> {
        let Some(path) = self.0.folder.current() else { return Ok(()) };
        let changed = std::fs::metadata(path.join("meta.json")).and_then(|meta| meta.modified()).map_err(failed)?;
        let now = Some((path, changed));
        if *seen != now {
            self.reload()?;
            *seen = now;
        }
        Ok(())
    }

    fn wait(&self, time: Duration) {
        let end = Instant::now() + time;
        while Instant::now() < end && !self.0.stop.load(Ordering::Acquire) {
            std::thread::sleep(PAUSE);
        }
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.search.0.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Make the index of a data folder anew, beside the one that is served, also while a server runs; `progress` is told how
/// far it is.
pub fn rebuild(core: &Core, folder: &Path, progress: &mut dyn FnMut(Progress)) -> Result<()> {
    let folder = crate::folder::Folder::new(folder);
    folder.create()?;
    build(core, &folder, &|| false, progress)?;
    if folder.hold("writer.lock").is_some() {
        folder.sweep();
    }
    Ok(())
}

fn build(
    core: &Core,
    folder: &crate::folder::Folder,
    stopped: &dyn Fn() -> bool,
    progress: &mut dyn FnMut(Progress),
) -> Result<()> {
    let Some(_held) = folder.hold("rebuild.lock") else {
        return Err(masthead_core::Error::Conflict("the search index is being made anew already".to_owned()));
    };
    let of = documents(core)?;
    loop {
        let path = folder.fresh()?;
        let mut book = Book::open(core, &path, true)?.ok_or_else(|| failed("cannot be made"))?;
        loop {
            if stopped() {
                return Err(failed("stopped"));
            }
            match book.step()? {
                Step::Worked => progress(Progress { of, ..book.progress }),
                Step::Idle if book.place.is_complete() && book.is_committed() => {
                    book.close();
                    book.merge()?;
                    book.close();
                    folder.switch(&path)?;
                    progress(Progress { of, ..book.progress });
                    return Ok(());
                }
                Step::Idle => {}
                // The log was replaced in the meantime.
                Step::Foreign => break,
            }
        }
    }
}
