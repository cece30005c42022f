//! Answers kept in memory, right by construction: used only while every generation that they were made from holds.
//!
//! A hit takes no connection and no lock that a write can hold. Concurrent misses of one key compute once.

use super::Delivered;
use super::named::Types;
use super::places::Places;
use super::read;
use super::request::{Request, write_key};
use crate::access::{FILES, Rules};
use crate::events::{Dependency, Generations};
use crate::search::Keys;
use crate::turns::Turns;
use crate::{Core, Result};
use quick_cache::Weighter;
use quick_cache::sync::Cache as Kept;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// An entry takes about this much beside its body and key, in bytes.
const OVERHEAD: usize = 400;
/// Bytes that an answer is expected to have.
const USUAL: u64 = 16 << 10;
/// Requests that are known not to be kept.
const UNKEPT: usize = 1_000;
/// Totals of lists that are kept.
const TOTALS: usize = 5_000;
/// Types and conditions whose size is kept, and for how long: it only helps to choose an index.
const SIZES: usize = 1_000;
const STALE: Duration = Duration::from_secs(60);
/// Bytes of sets of documents that are kept, and what one is expected to have.
const SETS: u64 = 8 << 20;
const USUAL_SET: u64 = 32 << 10;
/// Totals of longer filters, in bytes, are not.
pub(super) const LONGEST_KEY: usize = 1_000;

/// Stands among the types for the search index.
pub(super) const INDEX: &str = "_search";

/// Answers, totals of lists, and the model they belong to.
pub struct Cache {
    /// None when no bytes are given to it.
    answers: Option<Kept<String, Arc<Entry>, ByBytes>>,
    /// What was answered last by nothing that could be kept: nobody waits there for what another computes.
    unkept: Kept<String, ()>,
    totals: Totals,
    /// A search keeps a processor busy: of more at once than there are processors each would take longer, and whoever came
    /// first might be last. They wait here, in order.
    searches: Arc<Turns>,
    hits: AtomicU64,
    misses: AtomicU64,
    passed: AtomicU64,
}

/// What the cache has done since the start, and holds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stats {
    /// Answers from memory.
    pub hits: u64,
    /// Answers that had to be made.
    pub misses: u64,
    /// Answers that are never kept, and those given while the log could not be read.
    pub passed: u64,
    pub entries: u64,
    pub bytes: u64,
}

struct Entry {
    delivered: Arc<Delivered>,
    dependencies: Vec<Dependency>,
    /// When it was begun ([`Generations::moment`]); none of what is found by the index, which goes on at moments of its own.
    begun: Option<u64>,
    /// Bytes; they must not change while the entry is kept, so a grown answer gets a new entry.
    size: usize,
}

impl Entry {
    fn new(delivered: Arc<Delivered>, dependencies: Vec<Dependency>, begun: Option<u64>) -> Arc<Self> {
        let Delivered { body, tags, encoded, .. } = &*delivered;
        let size = body.len() + tags.size() + encoded.size() + dependencies.len() * 16 + OVERHEAD;
        Arc::new(Self { delivered, dependencies, begun, size })
    }

    /// Whether it answers somebody who asked at this moment. Where it was begun later, it has all that was acknowledged
    /// by then, even if something has changed since: else those who wait for a slow answer of a busy type would each find
    /// the other's out of date, and compute it one after the other.
    fn answers(&self, asked: u64) -> bool {
        self.begun.is_some_and(|begun| begun >= asked) || Generations::hold(&self.dependencies)
    }
}

thread_local! {
    /// Where keys are put together to be looked up.
    static KEY: RefCell<String> = const { RefCell::new(String::new()) };
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<String, Arc<Entry>> for ByBytes {
    fn weight(&self, key: &String, entry: &Arc<Entry>) -> u64 {
        (key.len() + entry.size) as u64
    }
}

impl Cache {
    /// With room for answers of `bytes` in all; 0 keeps none.
    pub fn new(bytes: u64) -> Self {
        let items = usize::try_from(bytes / USUAL).unwrap_or(usize::MAX).clamp(16, 100_000);
        let answers = (bytes > 0).then(|| Kept::with_weighter(items, bytes, ByBytes));
        Self {
            answers,
            unkept: Kept::new(UNKEPT),
            totals: Totals::new(),
            searches: Turns::new(std::thread::available_parallelism().map_or(2, |count| count.get().max(2))),
            hits: 0.into(),
            misses: 0.into(),
            passed: 0.into(),
        }
    }

    pub fn stats(&self) -> Stats {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Stats {
            hits: count(&self.hits),
            misses: count(&self.misses),
            passed: count(&self.passed),
            entries: self.answers.as_ref().map_or(0, |answers| answers.len() as u64),
            bytes: self.answers.as_ref().map_or(0, Kept::weight),
        }
    }

    /// An answer that is kept has grown: a compressed form came to it.
    pub(super) fn weigh_again(&self, grown: &Arc<Delivered>) {
        let (Some(answers), Some(key)) = (&self.answers, grown.encoded.key.get()) else { return };
        if let Some(entry) = answers.peek(key).filter(|entry| Arc::ptr_eq(&entry.delivered, grown)) {
            // Gone in the meantime: then it weighs nothing.
            let _ =
                answers.replace(key.clone(), Entry::new(grown.clone(), entry.dependencies.clone(), entry.begun), true);
        }
    }

    pub(super) fn totals(&self) -> &Totals {
        &self.totals
    }

    /// What is kept for nobody in particular at `/api/{name}` or `/api/{name}/{id}`, if it still holds.
    pub(super) fn at_hand(&self, core: &Core, name: &str, id: Option<&str>, raw: &str) -> Option<Arc<Delivered>> {
        let answers = self.answers.as_ref()?;
        let snapshot = core.known_model()?;
        let entry = KEY.with_borrow_mut(|key| {
            key.clear();
            write_key(false, snapshot.public_class(), (name, id), raw, key);
            answers.get(key.as_str())
        })?;
        if !Generations::hold(&entry.dependencies) {
            return None;
        }
        self.hits.fetch_add(1, Ordering::Relaxed);
        Some(entry.delivered.clone())
    }
}

/// Totals of lists, by filter, how large types are, where pages began, and which documents meet the filter of a search.
pub(super) struct Totals {
    lists: Kept<String, Arc<(u64, Vec<Dependency>)>>,
    sets: Kept<String, Arc<Set>, ByBytes>,
    sizes: Kept<SizeKey, (u64, Instant)>,
    met: Kept<String, (u64, Instant)>,
    pub places: Places,
}

/// The documents that meet a condition, by shelf.
struct Set {
    keys: Arc<Vec<Keys>>,
    dependencies: Vec<Dependency>,
}

impl Weighter<String, Arc<Set>> for ByBytes {
    fn weight(&self, key: &String, set: &Arc<Set>) -> u64 {
        (key.len() + OVERHEAD + set.keys.iter().map(Keys::size).sum::<usize>()) as u64
    }
}

/// Key and generation of a type, and the state that is counted.
type SizeKey = (i64, i64, i64);

impl Totals {
    fn new() -> Self {
        let sets = Kept::with_weighter((SETS / USUAL_SET) as usize, SETS, ByBytes);
        let (sizes, met) = (Kept::new(SIZES), Kept::new(SIZES));
        Self { lists: Kept::new(TOTALS), sizes, met, places: Places::new(), sets }
    }

    /// How many documents a type had less than a minute ago.
    pub fn size(&self, key: SizeKey) -> Option<u64> {
        self.sizes.get(&key).filter(|(_, at)| at.elapsed() < STALE).map(|(size, _)| size)
    }

    pub fn put_size(&self, key: SizeKey, size: u64) {
        self.sizes.insert(key, (size, Instant::now()));
    }

    /// How many documents met a condition less than a minute ago.
    pub fn met(&self, key: &str) -> Option<u64> {
        self.met.get(key).filter(|(_, at)| at.elapsed() < STALE).map(|(met, _)| met)
    }

    pub fn put_met(&self, key: String, met: u64) {
        if key.len() <= LONGEST_KEY {
            self.met.insert(key, (met, Instant::now()));
        }
    }

    /// A set of documents from memory.
    pub fn set(&self, key: &str) -> Option<Arc<Vec<Keys>>> {
        self.sets.get(key).filter(|set| Generations::hold(&set.dependencies)).map(|set| set.keys.clone())
    }

    pub fn put_set(&self, key: String, keys: Arc<Vec<Keys>>, dependencies: Vec<Dependency>) {
        if key.len() <= LONGEST_KEY {
            self.sets.insert(key, Arc::new(Set { keys, dependencies }));
        }
    }

    pub fn get(&self, key: &str) -> Option<u64> {
        self.lists.get(key).filter(|entry| Generations::hold(&entry.1)).map(|entry| entry.0)
    }

    pub fn put(&self, key: String, total: u64, dependencies: Vec<Dependency>) {
        if key.len() <= LONGEST_KEY {
            self.lists.insert(key, Arc::new((total, dependencies)));
        }
    }
}

/// Generations as they were before a read opened its snapshot.
pub(super) struct Noted {
    model: Vec<Dependency>,
    types: HashMap<String, Dependency>,
    /// When this was.
    moment: u64,
}

impl Noted {
    /// Those of all types that are known by now: which of them a query names is known only when it is bound.
    fn now(core: &Core) -> Self {
        let generations = core.generations();
        let moment = generations.moment();
        let mut noted = Self { model: generations.note([]), types: HashMap::new(), moment };
        if let Some(snapshot) = core.known_model() {
            let ids: Vec<&str> = snapshot.model.types().map(|ty| ty.id()).chain([FILES]).collect();
            let counters = generations.note(ids.iter().copied());
            // The model's own comes first.
            noted.types = ids.into_iter().map(str::to_owned).zip(counters.into_iter().skip(1)).collect();
        }
        if let Some(searcher) = core.searcher() {
            noted.types.insert(INDEX.to_owned(), searcher.generation());
        }
        noted
    }

    /// What an answer made from these types depends on; none when one of them was not noted in time.
    pub fn of(&self, types: &Types) -> Option<Vec<Dependency>> {
        let types = types.iter().map(|id| self.types.get(id).cloned()).collect::<Option<Vec<_>>>()?;
        Some(self.model.iter().cloned().chain(types).collect())
    }
}

/// The answer from memory, or a new one.
pub(super) async fn through(core: &Core, request: Request) -> Result<Arc<Delivered>> {
    let cache = core.cache();
    let (Some(answers), Some(snapshot)) = (&cache.answers, core.known_model()) else {
        cache.passed.fetch_add(1, Ordering::Relaxed);
        return Ok(compute(core, request).await?.delivered);
    };
    if request.is_passing() {
        cache.passed.fetch_add(1, Ordering::Relaxed);
        return Ok(compute(core, request).await?.delivered);
    }
    let class = Rules::of(&request.caller, &snapshot).class();
    let key = request.key(&class);
    let asked = core.generations().moment();
    if cache.unkept.get(&key).is_some() {
        cache.passed.fetch_add(1, Ordering::Relaxed);
        let computed = compute(core, request).await?;
        if computed.dependencies.is_some() {
            cache.unkept.remove(&key);
        }
        return Ok(computed.delivered);
    }
    loop {
        match answers.get_value_or_guard_async(key.as_str()).await {
            Ok(entry) if entry.answers(asked) => {
                cache.hits.fetch_add(1, Ordering::Relaxed);
                return Ok(entry.delivered.clone());
            }
            Ok(stale) => {
                answers.remove_if(key.as_str(), |entry| Arc::ptr_eq(entry, &stale));
            }
            Err(guard) => {
                cache.misses.fetch_add(1, Ordering::Relaxed);
                let computed = compute(core, request).await.inspect_err(|_| cache.unkept.insert(key.clone(), ()))?;
                let delivered = computed.delivered.clone();
                match computed.dependencies.filter(|_| computed.class == class) {
                    Some(dependencies) => {
                        let _ = delivered.encoded.key.set(key);
                        // Whoever removed the place in the meantime has no use for the answer: it is not kept then.
                        let _ = guard.insert(Entry::new(computed.delivered, dependencies, computed.begun));
                    }
                    None => cache.unkept.insert(key, ()),
                }
                return Ok(delivered);
            }
        }
    }
}

struct Computed {
    delivered: Arc<Delivered>,
    /// None when the answer must not be kept.
    dependencies: Option<Vec<Dependency>>,
    class: String,
    begun: Option<u64>,
}

async fn compute(core: &Core, request: Request) -> Result<Computed> {
    let reader = core.clone();
    let (answer, noted) = if request.is_search() {
        let work = move || {
            let noted = Noted::now(&reader);
            reader.read_blocking(|conn, snapshot| Ok((read::answer(&reader, conn, snapshot, &request, &noted), noted)))
        };
        core.cache().searches.run(work).await??
    } else {
        let noted = Noted::now(core);
        core.read(move |conn, snapshot| Ok((read::answer(&reader, conn, snapshot, &request, &noted), noted))).await?
    };
    let answer = answer?;
    let dependencies = answer.types.as_ref().and_then(|types| noted.of(types));
    let is_found = answer.types.as_ref().is_some_and(|types| types.contains(INDEX));
    let begun = (!is_found).then_some(noted.moment);
    Ok(Computed { delivered: Arc::new(answer.delivered), dependencies, class: answer.class, begun })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::{ETag, Encoded, Tags};
    use bytes::Bytes;

    fn entry(generations: &Generations, begun: impl Into<Option<u64>>) -> Arc<Entry> {
        let body = Bytes::from_static(b"{}");
        let delivered = Delivered {
            etag: ETag::of(&body),
            body,
            cache_control: None,
            private: false,
            statements: 1,
            tags: Tags::default(),
            encoded: Encoded::default(),
        };
        Entry::new(Arc::new(delivered), generations.note(["article"]), begun.into())
    }

    #[test]
    fn an_answer_that_is_out_of_date_still_answers_those_who_asked_before_it_was_begun() {
        let generations = Generations::default();
        let before = generations.moment();
        generations.raise_model();
        let asked = generations.moment();
        let entry = entry(&generations, asked);
        assert!(entry.answers(before) && entry.answers(asked));
        assert!(entry.answers(asked + 1), "nothing has changed");
        generations.raise_model();
        assert!(entry.answers(before) && entry.answers(asked), "they have all that was acknowledged when they asked");
        assert!(!entry.answers(generations.moment()), "whoever asks now has not");
    }

    #[test]
    fn what_was_found_by_an_index_that_has_gone_on_answers_nobody() {
        let generations = Generations::default();
        let entry = entry(&generations, None);
        assert!(entry.answers(generations.moment()));
        generations.raise_model();
        assert!(!entry.answers(0));
    }
}
