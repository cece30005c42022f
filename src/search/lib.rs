//! The search index: tantivy behind the port `Searcher`, a follower of the log. The only crate that names `tantivy`.
//!
//! What stands in the index may be older than the database by the commit interval; it only proposes. One process of
//! those that share a data folder writes it, all of them read it.

mod analyze;
mod asked;
mod best;
mod book;
mod closely;
mod count;
mod find;
mod folder;
mod follow;
mod forms;
mod kept;
mod mark;
mod near;
mod packed;
mod sets;
mod shape;
mod shelves;
mod stems;
mod values;
mod view;
mod worths;

pub use book::Progress;
pub use follow::{Following, rebuild};

use book::{Place, failed};
use folder::Folder;
use kept::Kept;
use masthead_core::events::Dependency;
use masthead_core::search::{Hits, Marking, Searcher, Standing, Tolerance, Wanted, Words};
use masthead_core::{Core, Error, Result, events};
use shape::Shape;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, RwLock};
use tantivy::{Index, IndexReader, ReloadPolicy};
use view::View;

/// The index of a data folder, as one process has it. Cheap to clone.
#[derive(Clone)]
pub struct Search(Arc<Shared>);

struct Shared {
    core: Core,
    folder: Folder,
    kept: Kept,
    open: RwLock<Option<Arc<Open>>>,
    generation: Arc<AtomicU64>,
    ready: AtomicBool,
    position: AtomicI64,
    stop: AtomicBool,
}

/// An index that is being read.
struct Open {
    path: PathBuf,
    index: Index,
    reader: IndexReader,
    shape: Shape,
    now: RwLock<Arc<View>>,
}

impl Search {
    /// The index in `folder`, which need not be there yet. Nothing is read before somebody searches or follows.
    pub fn new(core: &Core, folder: &Path) -> Self {
        Self(Arc::new(Shared {
            core: core.clone(),
            folder: Folder::new(folder),
            kept: Kept::default(),
            open: RwLock::default(),
            generation: Arc::default(),
            ready: AtomicBool::new(false),
            position: AtomicI64::new(0),
            stop: AtomicBool::new(false),
        }))
    }

    /// Wire it into the domain.
    pub fn wire(&self) {
        self.0.core.search_by(Arc::new(self.clone()));
    }

    /// The index that is served, opened when it is first wanted.
    fn opened(&self) -> Result<Option<Arc<Open>>> {
        let path = self.0.folder.current();
        let known = self.0.open.read().map_err(failed)?.clone();
        if known.as_ref().map(|open| &open.path) == path.as_ref() {
            return Ok(known);
        }
        let Some(path) = path else { return Ok(known) };
        let index = Index::open_in_dir(&path).map_err(failed)?;
        if index.schema() != Shape::new().1 {
            return Ok(None);
        }
        self.serve(index, path).map(Some)
    }

    /// Read this index from now on.
    fn serve(&self, index: Index, path: PathBuf) -> Result<Arc<Open>> {
        Shape::register(&index);
        // Read before the reader is opened, which may have come further by then.
        let place = Place::of(&index);
        let reader: IndexReader =
            index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into().map_err(failed)?;
        let now = RwLock::new(view(&reader, place.as_ref(), None)?);
        let open = Arc::new(Open { path, index, reader, shape: Shape::new().0, now });
        *self.0.open.write().map_err(failed)? = Some(open.clone());
        self.note(place);
        Ok(open)
    }

    /// See the last commit.
    fn reload(&self) -> Result<()> {
        if let Some(open) = self.opened()? {
            let place = Place::of(&open.index);
            open.reader.reload().map_err(failed)?;
            let before = open.now.read().map_err(failed)?.clone();
            let now = view(&open.reader, place.as_ref(), Some(&before))?;
            *open.now.write().map_err(failed)? = now;
            self.note(place);
        }
        Ok(())
    }

    fn note(&self, place: Option<Place>) {
        if let Some(place) = place {
            self.0.position.store(place.position, Ordering::Release);
            self.0.ready.store(place.format == shape::FORMAT && place.is_complete(), Ordering::Release);
        }
        self.0.generation.fetch_add(1, Ordering::AcqRel);
    }
}

/// What a reader sees, which contains this place at least.
fn view(reader: &IndexReader, place: Option<&Place>, before: Option<&View>) -> Result<Arc<View>> {
    View::new(reader.searcher(), place.map_or(0, |place| place.position), before).map(Arc::new)
}

impl Searcher for Search {
    fn is_ready(&self) -> bool {
        self.0.ready.load(Ordering::Acquire)
    }

    fn find(&self, wanted: &Wanted<'_>) -> Result<Hits> {
        let Some(open) = self.opened()? else {
            return Err(Error::Overloaded("the search index is being made: try again in a moment".to_owned()));
        };
        let view = open.now.read().map_err(failed)?.clone();
        find::find(&view, &open.shape, &self.0.kept, wanted)
    }

    fn marking(&self, words: &Words, tolerance: Tolerance, language: &str) -> Box<dyn Marking> {
        Box::new(mark::Marker::new(words, tolerance, language))
    }

    fn generation(&self) -> Dependency {
        (self.0.generation.clone(), self.0.generation.load(Ordering::Acquire))
    }

    fn position(&self) -> i64 {
        self.0.position.load(Ordering::Acquire)
    }

    fn standing(&self) -> Result<Standing> {
        let mut standing = Standing::default();
        let mut position = 0;
        if let Some(path) = self.0.folder.current() {
            let index = Index::open_in_dir(&path).map_err(failed)?;
            Shape::register(&index);
            let place = Place::of(&index).unwrap_or_default();
            let reader: IndexReader =
                index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into().map_err(failed)?;
            let mut digest = 0u64;
            for segment in reader.searcher().segment_readers() {
                standing.segments += 1;
                standing.documents += u64::from(segment.num_docs());
                let digests = segment.fast_fields().u64("digest").map_err(failed)?;
                for doc in segment.doc_ids_alive() {
                    digest = digest.wrapping_add(digests.first(doc).unwrap_or(0));
                }
            }
            position = place.position;
            standing.ready = place.format == shape::FORMAT && place.is_complete();
            standing.digest = format!("{digest:016x}");
            standing.bytes = folder::size(&path);
        }
        let news = events::news(&self.0.core, position, 1)?;
        standing.position = position;
        standing.lag = news.head.saturating_sub(position).max(0);
        standing.lag_ms = news.events.first().map_or(0, |event| (masthead_core::time::now() - event.at).max(0) / 1000);
        Ok(standing)
    }
}
