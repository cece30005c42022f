//! The domain: the write path, the read path, who may do what, and the log's followers.
//!
//! Every function takes a [`Caller`] and decides before its first side effect. The doors (HTTP, command line,
//! followers) only translate.

pub mod access;
pub mod content;
pub mod delivery;
pub mod doctor;
mod error;
pub mod events;
pub mod media;
pub mod modelling;
pub mod openapi;
pub mod schema;
pub mod search;
pub mod site;
mod snapshot;
pub mod system;
pub mod time;
mod turns;
pub mod views;

pub use access::Caller;
pub use error::{Error, Result};
pub use masthead_store::stand_back;
pub use snapshot::Snapshot;

use events::Generations;
use masthead_model::ids::PublicIds;
use masthead_store::{Connection, Store, Tx, meta};
use snapshot::Snapshots;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Settings of the domain.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Autosaves are thinned after this many days; published versions are kept.
    pub autosave_days: i64,
    /// Events older than this many days are dropped, once every follower has seen them.
    pub event_days: i64,
    /// Bytes of delivered answers kept in memory; 0 keeps none.
    pub delivery_cache_bytes: u64,
    /// Largest page of a list.
    pub max_page_size: u32,
    pub media: media::MediaSettings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            autosave_days: 30,
            event_days: 30,
            delivery_cache_bytes: 64 << 20,
            max_page_size: 100,
            media: media::MediaSettings::default(),
        }
    }
}

/// Blocking work, beside the runtime's threads.
pub(crate) async fn aside<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|e| Error::Internal(e.to_string()))?
}

/// The wired domain. Cheap to clone; there are no globals.
#[derive(Clone)]
pub struct Core {
    shared: Arc<Shared>,
}

struct Shared {
    store: Store,
    snapshots: Snapshots,
    generations: Generations,
    ids: PublicIds,
    settings: Settings,
    cache: delivery::Cache,
    access: access::Memory,
    /// The site's own secret.
    site_key: Vec<u8>,
    /// µs.
    started_at: i64,
    jobs: modelling::Jobs,
    library: media::Library,
    searcher: search::Wired,
    /// Since somebody asked.
    committed: Arc<AtomicBool>,
}

impl Core {
    /// Wire the domain over an open store.
    pub fn new(store: Store, settings: Settings) -> Result<Self> {
        let key = store.read_blocking(|conn| meta::get(conn, meta::SITE_KEY))?.unwrap_or_default();
        let generations = Generations::default();
        let observed = generations.clone();
        let committed = Arc::new(AtomicBool::new(false));
        let heard = committed.clone();
        store.observe(Arc::new(move |events| {
            observed.raise(events);
            heard.store(true, Ordering::Release);
        }));
        let cache = delivery::Cache::new(settings.delivery_cache_bytes);
        let ids = PublicIds::new(key.as_bytes());
        let (access, site_key) = (access::Memory::default(), key.into_bytes());
        let started_at = masthead_store::now_micros();
        let snapshots = Snapshots::new(generations.clone());
        let jobs = modelling::Jobs::default();
        let library = media::Library::new(&settings.media);
        let shared = Shared {
            store,
            snapshots,
            generations,
            ids,
            settings,
            cache,
            access,
            site_key,
            started_at,
            jobs,
            library,
            searcher: search::Wired::new(),
            committed,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    pub fn store(&self) -> &Store {
        &self.shared.store
    }

    pub fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    /// The public numbers of documents.
    pub fn ids(&self) -> PublicIds {
        self.shared.ids
    }

    pub fn generations(&self) -> &Generations {
        &self.shared.generations
    }

    pub(crate) fn access(&self) -> &access::Memory {
        &self.shared.access
    }

    pub(crate) fn site_key(&self) -> &[u8] {
        &self.shared.site_key
    }

    /// When it was wired, µs.
    pub fn started_at(&self) -> i64 {
        self.shared.started_at
    }

    pub(crate) fn jobs(&self) -> &modelling::Jobs {
        &self.shared.jobs
    }

    pub(crate) fn library(&self) -> &media::Library {
        &self.shared.library
    }

    /// Search by an index from now on; only the first one is kept.
    pub fn search_by(&self, searcher: Arc<dyn search::Searcher>) {
        let _ = self.shared.searcher.set(searcher);
    }

    /// The index, where the process has one.
    pub fn searcher(&self) -> Option<&Arc<dyn search::Searcher>> {
        self.shared.searcher.get()
    }

    /// Whether this process has committed anything since this was last asked; for one follower.
    pub fn has_committed(&self) -> bool {
        self.shared.committed.swap(false, Ordering::AcqRel)
    }

    pub(crate) fn cache(&self) -> &delivery::Cache {
        &self.shared.cache
    }

    /// A write transaction with the model as it is inside it.
    pub async fn write<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&mut Tx<'_>, &Arc<Snapshot>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let core = self.clone();
        let (value, used) = self
            .shared
            .store
            .write(move |tx| {
                let snapshot = core.shared.snapshots.inside(tx)?;
                Ok::<_, Error>((work(tx, &snapshot)?, snapshot))
            })
            .await?;
        self.shared.snapshots.keep(used);
        Ok(value)
    }

    /// The same for callers without a runtime.
    pub fn write_blocking<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&mut Tx<'_>, &Arc<Snapshot>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let core = self.clone();
        let (value, used) = self.shared.store.write_blocking(move |tx| {
            let snapshot = core.shared.snapshots.inside(tx)?;
            Ok::<_, Error>((work(tx, &snapshot)?, snapshot))
        })?;
        self.shared.snapshots.keep(used);
        Ok(value)
    }

    /// One database snapshot with the model as it is inside it.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection, &Arc<Snapshot>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let core = self.clone();
        let generation = self.generations().model();
        self.shared
            .store
            .read(move |conn| {
                let snapshot = core.shared.snapshots.committed(conn, generation)?;
                work(conn, &snapshot)
            })
            .await
    }

    /// The same on this thread.
    pub fn read_blocking<T>(&self, work: impl FnOnce(&mut Connection, &Arc<Snapshot>) -> Result<T>) -> Result<T> {
        let generation = self.generations().model();
        self.shared.store.read_blocking(|conn| {
            let snapshot = self.shared.snapshots.committed(conn, generation)?;
            work(conn, &snapshot)
        })
    }

    /// The model as it is now, if that can be told without the database.
    pub(crate) fn known_model(&self) -> Option<Arc<Snapshot>> {
        let generations = self.generations();
        let fresh = generations.are_fresh(masthead_store::now_micros());
        fresh.then(|| self.shared.snapshots.at(generations.model())).flatten()
    }

    /// Work that needs the committed model and nothing else of the database: at once, while the one in memory is known
    /// to be that. Another process may have changed it within this second: what the one in memory refuses, the one in
    /// the database is asked again.
    pub async fn with_model<T: Send + 'static>(
        &self,
        work: impl Fn(&Arc<Snapshot>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        if let Some(snapshot) = self.known_model()
            && let Ok(done) = work(&snapshot)
        {
            return Ok(done);
        }
        self.read(move |_, snapshot| work(snapshot)).await
    }
}
