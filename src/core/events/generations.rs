//! Generations: counters that tell whether what an answer was made from has changed.
//!
//! The process that commits raises them after the commit and before the acknowledgement; other processes' commits
//! come through the log. A reader notes them *before* it opens its snapshot, so an answer can only be too old for its
//! generations, never too new.

use masthead_store::events::Event;
use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, RwLock};

/// A counter and the value it had.
pub type Dependency = (Arc<AtomicU64>, u64);

#[derive(Clone, Default)]
pub struct Generations(Arc<Inner>);

#[derive(Default)]
struct Inner {
    /// Types, locales, roles: whatever the model's version counts.
    model: Arc<AtomicU64>,
    /// Tokens: made, given another secret, or ended.
    tokens: Arc<AtomicU64>,
    /// Published content, by the id of its type.
    types: RwLock<HashMap<String, Arc<AtomicU64>>>,
    /// How often anything was raised.
    raised: AtomicU64,
    /// The last event that was taken in, from this process or the log.
    seen: AtomicI64,
    /// When the head of the log was last confirmed, µs.
    confirmed: AtomicI64,
}

impl Generations {
    /// The counter of a type's published content.
    pub fn of_type(&self, type_id: &str) -> Arc<AtomicU64> {
        if let Ok(types) = self.0.types.read()
            && let Some(counter) = types.get(type_id)
        {
            return counter.clone();
        }
        match self.0.types.write() {
            Ok(mut types) => types.entry(type_id.to_owned()).or_default().clone(),
            Err(_) => Arc::default(),
        }
    }

    /// What an answer made from these types, starting now, depends on.
    pub fn note<'a>(&self, types: impl IntoIterator<Item = &'a str>) -> Vec<Dependency> {
        let mut out = vec![noted(self.0.model.clone())];
        out.extend(types.into_iter().map(|t| noted(self.of_type(t))));
        out
    }

    /// How often the model has changed.
    pub fn model(&self) -> u64 {
        self.0.model.load(Ordering::Acquire)
    }

    /// The model has changed; how often it had before.
    pub(crate) fn raise_model(&self) -> u64 {
        let before = self.0.model.fetch_add(1, Ordering::AcqRel);
        self.0.raised.fetch_add(1, Ordering::AcqRel);
        before
    }

    /// A moment: whoever reads at one that is not before another's has everything that was acknowledged before that.
    pub(crate) fn moment(&self) -> u64 {
        self.0.raised.load(Ordering::Acquire)
    }

    /// How often a token has changed.
    pub(crate) fn tokens(&self) -> u64 {
        self.0.tokens.load(Ordering::Acquire)
    }

    /// Whether nothing has changed since.
    pub fn hold(dependencies: &[Dependency]) -> bool {
        dependencies.iter().all(|(counter, value)| counter.load(Ordering::Acquire) == *value)
    }

    /// Take in committed events.
    pub fn raise(&self, events: &[Event]) {
        if events.iter().any(|e| e.kind.starts_with("token.")) {
            self.0.tokens.fetch_add(1, Ordering::AcqRel);
        }
        for event in events.iter().filter(|e| e.live) {
            match &event.type_id {
                Some(id) if event.kind.starts_with("document.") || event.kind.starts_with("media.") => {
                    self.of_type(id).fetch_add(1, Ordering::AcqRel);
                    self.0.raised.fetch_add(1, Ordering::AcqRel);
                }
                _ => {
                    self.raise_model();
                }
            }
        }
    }

    /// The log was read up to `seq` just now.
    pub fn confirm(&self, seq: i64, now: i64) {
        self.0.seen.fetch_max(seq, Ordering::AcqRel);
        self.0.confirmed.store(now, Ordering::Release);
    }

    /// The last event taken in from the log.
    pub fn seen(&self) -> i64 {
        self.0.seen.load(Ordering::Acquire)
    }

    /// Whether the log's head was confirmed within the last second: otherwise another process may have changed
    /// something unnoticed, and nothing may be answered from memory.
    pub fn are_fresh(&self, now: i64) -> bool {
        now - self.0.confirmed.load(Ordering::Acquire) < 1_000_000
    }
}

fn noted(counter: Arc<AtomicU64>) -> Dependency {
    let value = counter.load(Ordering::Acquire);
    (counter, value)
}
