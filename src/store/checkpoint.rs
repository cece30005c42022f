//! SQLite's write-ahead log is kept small.
//!
//! By itself it begins anew only in a moment in which nobody reads from it. A busy site has no such moment: the log would
//! grow as long as it is busy, by gigabytes, and every read would look through it.

use crate::connection::{BUSY_TIMEOUT_MS, Connection, Location};
use std::path::PathBuf;

/// The log is begun anew when it is as large, bytes. SQLite tries by itself at 32 MB.
const LARGE: u64 = 256 << 20;
/// How long reads that look at an old log are waited for. New ones no longer look at it, and wait for nothing.
const PATIENCE_MS: u32 = 1000;

/// The log of a database, as its writer looks after it.
pub(crate) struct Log {
    file: PathBuf,
    large: u64,
    /// It is tried again at this size.
    next: u64,
}

impl Log {
    /// None for databases that look after their log themselves.
    pub fn of(location: &Location) -> Option<Self> {
        match location {
            Location::File(path) => {
                let mut file = path.clone().into_os_string();
                file.push("-wal");
                Some(Self { file: file.into(), large: LARGE, next: LARGE })
            }
            Location::Url(_) => None,
        }
    }

    fn size(&self) -> u64 {
        std::fs::metadata(&self.file).map_or(0, |file| file.len())
    }

    /// Begin it anew if it has become large. Between two transactions.
    pub fn keep_small(&mut self, conn: &mut Connection) {
        let size = self.size();
        if size < self.next {
            return;
        }
        let done = conn.batch(&format!("PRAGMA busy_timeout = {PATIENCE_MS}; PRAGMA wal_checkpoint(TRUNCATE)"));
        // Put back also where that was refused.
        let done = conn.batch(&format!("PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")).and(done);
        let left = self.size();
        if done.is_ok() && left < size {
            self.next = self.large;
            return;
        }
        // Somebody reads for longer: not with every commit again.
        self.next = size + self.large / 4;
        tracing::warn!(bytes = left, "the database's log cannot be begun anew: a read has gone on for long");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::Role;
    use std::sync::atomic::{AtomicBool, Ordering};

    /// The largest size of the log while rows are written and there is no moment without a reader.
    fn largest(large: u64) -> u64 {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::File(folder.path().join("a.db"));
        let mut conn = location.connect(Role::Write, false).unwrap();
        conn.batch("CREATE TABLE t (a INTEGER PRIMARY KEY, b BLOB)").unwrap();
        let mut log = Log { large, next: large, ..Log::of(&location).unwrap() };
        let (stop, mut most) = (AtomicBool::new(false), 0);
        std::thread::scope(|scope| {
            // Three that read for much longer than they pause: there is always one.
            for _ in 0..3 {
                let (location, stop) = (&location, &stop);
                scope.spawn(move || {
                    let mut reader = location.connect(Role::Read, false).unwrap();
                    while !stop.load(Ordering::Relaxed) {
                        reader.batch("BEGIN; SELECT COUNT(*) FROM t").unwrap();
                        std::thread::sleep(std::time::Duration::from_millis(8));
                        reader.batch("COMMIT").unwrap();
                    }
                });
            }
            for _ in 0..120 {
                conn.batch("BEGIN IMMEDIATE; INSERT INTO t (b) VALUES (zeroblob(500000)); COMMIT").unwrap();
                log.keep_small(&mut conn);
                most = most.max(log.size());
            }
            stop.store(true, Ordering::Relaxed);
        });
        most
    }

    #[test]
    fn the_log_stays_small_however_many_read() {
        let most = largest(4 << 20);
        assert!(most < 16 << 20, "{most} bytes");
    }
}
