//! Following the log: each follower has a durable cursor and goes on where it stopped.

use crate::{Core, Result};
use masthead_store::{events::Event, followers, meta, now_micros};

/// Where a follower stands after a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It dealt with this many events.
    Advanced(usize),
    /// It has seen everything.
    AtHead,
    /// The log is another one than it read (a restore): it starts over.
    Restarted,
}

/// A follower with a cursor in the database.
pub struct Follow {
    core: Core,
    name: String,
    epoch: String,
    cursor: i64,
}

/// The number of the log's last event, 0 when it is empty.
pub fn head(core: &Core) -> Result<i64> {
    core.read_blocking(|conn, _| Ok(masthead_store::events::last(conn)?.map_or(0, |(seq, _)| seq)))
}

/// Up to `limit` events after `seq`, for readers that keep their own place.
pub async fn tail(core: &Core, seq: i64, limit: i64) -> Result<Vec<Event>> {
    Ok(core.store().read(move |conn| masthead_store::events::after(conn, seq, limit)).await?)
}

impl Follow {
    /// Take up `name` where it stopped. A new one starts at the log's head, or at its beginning with `from_start`.
    pub fn open(core: &Core, name: &str, from_start: bool) -> Result<Self> {
        let (known, epoch, last) = core.read_blocking(|conn, _| {
            let epoch = meta::get(conn, meta::LOG_EPOCH)?.unwrap_or_default();
            Ok((followers::get(conn, name)?, epoch, masthead_store::events::last(conn)?.map_or(0, |(seq, _)| seq)))
        })?;
        let cursor = match known {
            Some(f) if f.epoch == epoch && f.cursor <= last => f.cursor,
            Some(_) => 0,
            None if from_start => 0,
            None => last,
        };
        Ok(Self { core: core.clone(), name: name.to_owned(), epoch, cursor })
    }

    /// The last event it has dealt with.
    pub fn cursor(&self) -> i64 {
        self.cursor
    }

    /// Hand the next events to `deal`, and remember the place once it has dealt with them: an event may come twice
    /// after a crash, never not at all.
    pub fn step(&mut self, limit: i64, deal: impl FnOnce(&[Event]) -> Result<()>) -> Result<Progress> {
        let after = self.cursor;
        let (epoch, last, events) = self.core.read_blocking(move |conn, _| {
            let epoch = meta::get(conn, meta::LOG_EPOCH)?.unwrap_or_default();
            let last = masthead_store::events::last(conn)?.map_or(0, |(seq, _)| seq);
            Ok((epoch, last, masthead_store::events::after(conn, after, limit)?))
        })?;
        if epoch != self.epoch || after > last {
            self.epoch = epoch;
            self.cursor = 0;
            self.save()?;
            return Ok(Progress::Restarted);
        }
        let Some(end) = events.last().map(|e| e.seq) else {
            return Ok(Progress::AtHead);
        };
        deal(&events)?;
        self.cursor = end;
        self.save()?;
        Ok(Progress::Advanced(events.len()))
    }

    fn save(&self) -> Result<()> {
        let (name, epoch, cursor) = (self.name.clone(), self.epoch.clone(), self.cursor);
        self.core.store().write_blocking(move |tx| followers::advance(tx, &name, "cluster", &epoch, cursor))?;
        Ok(())
    }
}

/// Keep the generations of this process in step with what other processes commit, for ever.
pub async fn watch(core: Core) {
    let generations = core.generations().clone();
    match core.store().read(masthead_store::events::last).await {
        Ok(last) => generations.confirm(last.map_or(0, |(seq, _)| seq), now_micros()),
        Err(error) => tracing::warn!(%error, "the log cannot be read"),
    }
    let mut pause = tokio::time::interval(std::time::Duration::from_millis(200));
    loop {
        pause.tick().await;
        loop {
            // Noted before the read: what is committed after it is not confirmed.
            let now = now_micros();
            let after = generations.seen();
            match core.store().read(move |conn| masthead_store::events::after(conn, after, 500)).await {
                Ok(events) => {
                    generations.raise(&events);
                    generations.confirm(events.last().map_or(after, |e| e.seq), now);
                    if events.len() < 500 {
                        break;
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "the log cannot be read; answers come from the database until it can");
                    break;
                }
            }
        }
    }
}

/// The log's epoch and the number of its last event: where a follower that begins now begins.
pub fn place(core: &Core) -> Result<(String, i64)> {
    let news = news(core, 0, 0)?;
    Ok((news.epoch, news.head))
}

/// What a follower that keeps its own place has to know, in one snapshot.
#[derive(Clone, Debug)]
pub struct News {
    pub epoch: String,
    /// Number of the last event.
    pub head: i64,
    /// Number of the oldest that is kept, 0 when there is none.
    pub first: i64,
    /// The model's version.
    pub model: i64,
    pub events: Vec<Event>,
}

/// Up to `limit` events after `seq`, and what the log is now.
pub fn news(core: &Core, seq: i64, limit: i64) -> Result<News> {
    core.read_blocking(|conn, snapshot| {
        Ok(News {
            epoch: meta::get(conn, meta::LOG_EPOCH)?.unwrap_or_default(),
            head: masthead_store::events::last(conn)?.map_or(0, |(seq, _)| seq),
            first: masthead_store::events::after(conn, 0, 1)?.first().map_or(0, |event| event.seq),
            model: snapshot.model.version,
            events: masthead_store::events::after(conn, seq, limit)?,
        })
    })
}
