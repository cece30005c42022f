//! An index being written: it follows the log from the place that stands in its own last commit, and reads anew the
//! documents of types whose searchable texts a change of the model changed.

use crate::shape::{FORMAT, Shape, hash};
use crate::stems::Stems;
use masthead_core::search::{Batch, entries_of, next_entries, signatures};
use masthead_core::{Core, Error, Result, events};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tantivy::indexer::LogMergePolicy;
use tantivy::{Index, IndexWriter, Term};

/// Memory for words that are not written yet, in bytes: while following, and while making an index anew.
const SMALL: usize = 15_000_000;
const LARGE: usize = 40_000_000;
/// Events, and documents, at once.
const EVENTS: i64 = 500;
const BATCH: i64 = 200;
/// While more comes, a commit waits this long.
const PATIENCE: Duration = Duration::from_millis(400);
/// After a commit it pauses this many times as long as the work for it took, so that following costs a fifth of a
/// processor and that many small changes become one commit: a commit costs as much as some hundred documents.
const BREATH: u32 = 4;
const SHORTEST_BREATH: Duration = Duration::from_millis(120);
const LONGEST_BREATH: Duration = Duration::from_millis(250);
/// An index in the making is committed this often.
const RARELY: Duration = Duration::from_secs(5);
/// So many segments of about the same size become one.
const MIN_MERGED: usize = 4;
/// A writer with nothing to do is closed.
const IDLE: Duration = Duration::from_secs(30);

/// What an index says of itself, in its last commit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Place {
    pub format: u32,
    /// Of the log that it follows.
    pub epoch: String,
    /// The last event that it contains.
    pub position: i64,
    /// By key of the type.
    pub types: BTreeMap<i64, Shelved>,
}

/// A type in the index.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Shelved {
    /// Of what its texts depend on beside its documents.
    pub signature: u64,
    /// Its documents behind this key are still to be read; none when all of them were.
    pub after: Option<i64>,
    /// None of these is in the index in an older form.
    pub fresh: bool,
}

impl Place {
    pub fn of(index: &Index) -> Option<Self> {
        let payload = index.load_metas().ok()?.payload?;
        serde_json::from_str(&payload).ok()
    }

    pub fn is_complete(&self) -> bool {
        self.types.values().all(|ty| ty.after.is_none())
    }
}

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// There may be more to do at once.
    Worked,
    /// Everything is in the index, committed.
    Idle,
    /// The log is not the one that it follows: it has to be made anew.
    Foreign,
}

pub struct Book {
    core: Core,
    pub path: PathBuf,
    index: Index,
    shape: Shape,
    writer: Option<IndexWriter>,
    stems: Stems,
    pub place: Place,
    /// What is written and not committed yet, since when.
    pending: Option<Instant>,
    used: Instant,
    /// Nothing is taken in until then, while the model has this generation.
    breathes: Option<(Instant, u64)>,
    model: i64,
    /// Commits seldom, with much memory.
    bulk: bool,
    /// Commits since it was opened.
    pub commits: u64,
    /// What was read since it was opened.
    pub progress: Progress,
}

/// How far the making of an index is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Documents read.
    pub documents: u64,
    /// Documents there were when it was begun.
    pub of: u64,
    /// One per state and locale where these differ.
    pub entries: u64,
}

/// Anything that tantivy refuses is of no use to whoever searches.
pub fn failed(error: impl std::fmt::Display) -> Error {
    Error::Internal(format!("search index: {error}"))
}

impl Book {
    /// Open the index in `path`, or begin one there. None where it is of another format.
    pub fn open(core: &Core, path: &Path, bulk: bool) -> Result<Option<Self>> {
        let (shape, schema) = Shape::new();
        let is_there = path.join("meta.json").exists();
        let index = if is_there { Index::open_in_dir(path) } else { Index::create_in_dir(path, schema.clone()) };
        let Ok(index) = index else { return Ok(None) };
        Shape::register(&index);
        let mut place = Place::of(&index);
        if is_there && (place.as_ref().is_none_or(|p| p.format != FORMAT) || index.schema() != schema) {
            return Ok(None);
        }
        let known = place.is_some();
        let place = match place.take() {
            Some(place) => place,
            None => {
                let (epoch, position) = events::place(core)?;
                Place { format: FORMAT, epoch, position, types: BTreeMap::new() }
            }
        };
        let mut book = Self {
            core: core.clone(),
            path: path.to_owned(),
            index,
            shape,
            writer: None,
            stems: Stems::default(),
            place,
            pending: None,
            used: Instant::now(),
            breathes: None,
            model: -1,
            bulk,
            commits: 0,
            progress: Progress::default(),
        };
        if !known {
            book.look_at_types()?;
            book.commit()?;
        }
        Ok(Some(book))
    }

    /// Take in what is next.
    pub fn step(&mut self) -> Result<Step> {
        let (position, known) = (self.place.position, self.model);
        let news = events::news(&self.core, position, EVENTS)?;
        if news.epoch != self.place.epoch || position > news.head || position + 1 < news.first {
            return Ok(Step::Foreign);
        }
        if news.model != known {
            self.look_at_types()?;
            self.model = news.model;
        }
        let keys: BTreeSet<i64> = news.events.iter().filter_map(|event| event.doc).collect();
        let keys: Vec<i64> = keys.into_iter().collect();
        for chunk in keys.chunks(BATCH as usize) {
            self.take(chunk)?;
        }
        if let Some(last) = news.events.last() {
            self.place.position = last.seq;
            self.pending.get_or_insert_with(Instant::now);
        }
        let more = news.events.len() as i64 >= EVENTS;
        let reading = self.read_on()?;
        let patience = if self.bulk { RARELY } else { PATIENCE };
        if self.pending.is_some_and(|since| !(more || reading) || since.elapsed() >= patience) {
            self.commit()?;
        }
        Ok(if more || reading || !news.events.is_empty() { Step::Worked } else { Step::Idle })
    }

    /// Compare what the index knows of the types with the model.
    fn look_at_types(&mut self) -> Result<()> {
        let now = signatures(&self.core)?;
        let gone: Vec<i64> = self.place.types.keys().copied().filter(|key| !now.contains_key(key)).collect();
        for key in gone {
            self.place.types.remove(&key);
            let term = Term::from_field_u64(self.shape.ty, key.unsigned_abs());
            self.writer()?.delete_term(term);
            self.pending.get_or_insert_with(Instant::now);
        }
        for (key, signature) in now {
            let signature = hash(&signature);
            let known = self.place.types.get(&key);
            if known.is_some_and(|known| known.signature == signature) {
                continue;
            }
            // One that was being read for the first time still is; what was read of it is read again.
            let fresh = known.is_none();
            self.place.types.insert(key, Shelved { signature, after: Some(0), fresh });
            self.pending.get_or_insert_with(Instant::now);
        }
        Ok(())
    }

    /// Read documents of a type that is not read yet; whether there was one.
    fn read_on(&mut self) -> Result<bool> {
        let Some((&key, ty)) = self.place.types.iter().find(|(_, ty)| ty.after.is_some()) else { return Ok(false) };
        let (after, fresh) = (ty.after.unwrap_or(0), ty.fresh);
        let next = next_entries(&self.core, key, after, BATCH)?;
        let shape = self.shape;
        if let Some(Batch { last, documents, entries }) = &next {
            self.writer()?;
            let (Some(writer), stems) = (&mut self.writer, &mut self.stems) else { return Err(failed("no writer")) };
            if !fresh {
                let mut docs: Vec<i64> = entries.iter().map(|e| e.doc).collect();
                docs.dedup();
                for doc in docs {
                    writer.delete_term(Term::from_field_u64(shape.doc, doc.unsigned_abs()));
                }
            }
            for entry in entries {
                writer.add_document(shape.document(entry, stems)).map_err(failed)?;
            }
            self.progress.documents += documents;
            self.progress.entries += entries.len() as u64;
            if let Some(ty) = self.place.types.get_mut(&key) {
                ty.after = Some(*last);
            }
        } else if let Some(ty) = self.place.types.get_mut(&key) {
            ty.after = None;
        }
        self.pending.get_or_insert_with(Instant::now);
        Ok(true)
    }

    /// Replace what the index has of these documents.
    fn take(&mut self, keys: &[i64]) -> Result<()> {
        let entries = entries_of(&self.core, keys)?;
        let shape = self.shape;
        let waiting: BTreeMap<i64, i64> = self
            .place
            .types
            .iter()
            .filter(|(_, ty)| ty.fresh)
            .filter_map(|(key, ty)| Some((*key, ty.after?)))
            .collect();
        self.writer()?;
        let (Some(writer), stems) = (&mut self.writer, &mut self.stems) else { return Err(failed("no writer")) };
        for key in keys {
            writer.delete_term(Term::from_field_u64(shape.doc, key.unsigned_abs()));
        }
        for entry in entries {
            // It comes with the others of its type.
            if waiting.get(&entry.type_key).is_some_and(|after| entry.doc > *after) {
                continue;
            }
            writer.add_document(shape.document(&entry, stems)).map_err(failed)?;
        }
        self.pending.get_or_insert_with(Instant::now);
        Ok(())
    }

    fn writer(&mut self) -> Result<&mut IndexWriter> {
        self.used = Instant::now();
        if self.writer.is_none() {
            let memory = if self.bulk { LARGE } else { SMALL };
            let writer: IndexWriter = self.index.writer_with_num_threads(1, memory).map_err(failed)?;
            let mut policy = LogMergePolicy::default();
            policy.set_del_docs_ratio_before_merge(0.3);
            // Each segment is looked through for itself, and its dictionary asked for every word.
            policy.set_min_num_segments(MIN_MERGED);
            writer.set_merge_policy(Box::new(policy));
            self.writer = Some(writer);
        }
        self.writer.as_mut().ok_or_else(|| failed("no writer"))
    }

    /// What was taken in is found from now on, and is not taken in again.
    fn commit(&mut self) -> Result<()> {
        let payload = serde_json::to_string(&self.place).map_err(failed)?;
        let writer = self.writer()?;
        let mut prepared = writer.prepare_commit().map_err(failed)?;
        prepared.set_payload(&payload);
        prepared.commit().map_err(failed)?;
        self.commits += 1;
        self.pending = None;
        Ok(())
    }

    /// Pause after work that was begun then, at this generation of the model.
    pub fn breathe(&mut self, begun: Instant, model: u64) {
        if !self.bulk {
            let pause = (begun.elapsed() * BREATH).clamp(SHORTEST_BREATH, LONGEST_BREATH);
            self.breathes = Some((Instant::now() + pause, model));
        }
    }

    /// Whether it pauses between two commits.
    pub fn is_breathing(&self) -> bool {
        // A type that is new cannot be searched at all before it is taken in.
        let model = self.core.generations().model();
        self.place.is_complete() && self.breathes.is_some_and(|(until, at)| at == model && Instant::now() < until)
    }

    /// Whether all that was taken in is committed.
    pub fn is_committed(&self) -> bool {
        self.pending.is_none()
    }

    /// Once everything is read, go on in small steps.
    pub fn settle_down(&mut self) {
        if self.bulk && self.pending.is_none() && self.place.is_complete() {
            self.bulk = false;
            self.close();
        }
    }

    /// Close the writer once it has had nothing to do for a while.
    pub fn rest(&mut self) {
        if self.pending.is_none() && self.used.elapsed() >= IDLE {
            self.close();
        }
    }

    /// Make one segment of all, which is what is quickest to look through.
    pub fn merge(&mut self) -> Result<()> {
        let segments = self.index.searchable_segment_ids().map_err(failed)?;
        if segments.len() > 1 {
            self.writer()?.merge(&segments).wait().map_err(failed)?;
        }
        Ok(())
    }

    /// Let merges end and give the memory back.
    pub fn close(&mut self) {
        self.stems = Stems::default();
        if let Some(writer) = self.writer.take()
            && let Err(error) = writer.wait_merging_threads()
        {
            tracing::warn!(%error, "merging the search index failed");
        }
    }
}
