//! An index as it is looked through: the segments of one commit, with their columns opened.

use crate::book::failed;
use crate::sets::Facts;
use crate::values::Values;
use masthead_core::Result;
use masthead_core::search::Form;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tantivy::columnar::Column;
use tantivy::index::SegmentId;
use tantivy::{Searcher, SegmentReader};

/// Documents that are looked at together.
pub const RUN: usize = 128;
/// All words of a title.
pub const WHOLE: u16 = 1 << 15;
/// Sets of shelves for which it is known which documents stand on them, per segment.
const MAX_SIGHTS: usize = 8;

/// The segments of a commit.
pub struct View {
    pub searcher: Searcher,
    /// By segment, in the order of the searcher.
    pub columns: Vec<Arc<Columns>>,
    /// Number of an event that it contains, with all before it.
    pub position: i64,
}

/// The columns of a segment. What is asked of every document that is found is kept unpacked.
pub struct Columns {
    pub id: SegmentId,
    pub kinds: Kinds,
    /// Keys, by document.
    pub docs: Vec<u64>,
    /// Freshness, by document.
    pub at: Vec<i64>,
    /// The freshest of each [`RUN`].
    pub freshest: Vec<i64>,
    /// What part of its titles one word is, of [`WHOLE`], rounded up, by document, in whole [`RUN`]s.
    pub title_shares: Vec<u16>,
    pub slots: Column<u64>,
    /// By field and form, those that were asked for.
    facts: Mutex<HashMap<FactsKey, Option<Arc<Facts>>>>,
    sights: Mutex<Vec<(SightKey, Arc<[u16]>)>>,
}

/// Id of the field, and whether its values are texts.
type FactsKey = (String, bool);

/// Which of the known kinds are looked at, and how many documents were removed by then.
type SightKey = (Vec<bool>, u32);

/// The kinds of the documents of a segment: there are few, and each candidate is asked for its own.
pub struct Kinds {
    /// By document, its place among `known`.
    of: Vec<u16>,
    pub known: Vec<u64>,
}

impl View {
    /// What `searcher` sees; of segments that `before` has, too, the columns are open already.
    pub fn new(searcher: Searcher, position: i64, before: Option<&Self>) -> Result<Self> {
        let columns = |segment: &SegmentReader| {
            let known = before.and_then(|view| view.columns.iter().find(|columns| columns.id == segment.segment_id()));
            known.map_or_else(|| Columns::open(segment).map(Arc::new), |known| Ok(known.clone()))
        };
        let columns = searcher.segment_readers().iter().map(columns).collect::<Result<_>>()?;
        Ok(Self { searcher, columns, position })
    }
}

impl Kinds {
    fn open(column: &[u64]) -> Self {
        let mut kinds = Self { of: Vec::with_capacity(column.len()), known: Vec::new() };
        let mut last = None;
        for &kind in column {
            let place = match last {
                Some((known, place)) if known == kind => place,
                // There are fewer types, locales and states than this has room for; more would not be found.
                _ => kinds.known.iter().position(|known| *known == kind).unwrap_or_else(|| {
                    kinds.known.push(kind);
                    kinds.known.len() - 1
                }),
            };
            last = Some((kind, place));
            kinds.of.push(u16::try_from(place).unwrap_or(u16::MAX));
        }
        kinds
    }

    /// The place of a document's kind among those that are known.
    pub fn place(&self, doc: u32) -> usize {
        self.of.get(doc as usize).copied().unwrap_or(u16::MAX).into()
    }
}

impl Columns {
    fn open(segment: &SegmentReader) -> Result<Self> {
        let fast = segment.fast_fields();
        let size = segment.max_doc() as usize;
        let kinds = unpacked(&fast.u64("kind").map_err(failed)?, size);
        let at = unpacked(&fast.i64("at").map_err(failed)?, size);
        let title_words = unpacked(&fast.u64("title_words").map_err(failed)?, size);
        let share = |count: u64| WHOLE.div_ceil(count.clamp(1, 1_000) as u16);
        let mut title_shares: Vec<u16> = title_words.into_iter().map(share).collect();
        title_shares.resize(size.next_multiple_of(RUN), 0);
        Ok(Self {
            id: segment.segment_id(),
            kinds: Kinds::open(&kinds),
            docs: unpacked(&fast.u64("doc").map_err(failed)?, size),
            freshest: at.chunks(RUN).map(|run| run.iter().copied().max().unwrap_or(i64::MIN)).collect(),
            at,
            title_shares,
            slots: fast.u64("slots").map_err(failed)?,
            facts: Mutex::default(),
            sights: Mutex::default(),
        })
    }

    /// The values of a field, where some document of the segment has one.
    pub fn facts(&self, segment: &SegmentReader, field: &str, form: Form) -> Result<Option<Arc<Facts>>> {
        let mut known = self.facts.lock().map_err(failed)?;
        let key = (field.to_owned(), form == Form::Texts);
        if let Some(known) = known.get(&key) {
            return Ok(known.clone());
        }
        let (fast, name, size) = (segment.fast_fields(), format!("facts.{field}"), segment.max_doc());
        let found = match form {
            Form::Texts => {
                fast.str(&name).map_err(failed)?.map(|column| Values::of_texts(&column, size)).transpose()?
            }
            Form::Numbers => {
                fast.column_opt::<i64>(&name).map_err(failed)?.map(|column| Values::of_numbers(&column, size))
            }
        };
        let found = found.map(|values| Arc::new(Facts::new(values, size)));
        known.insert(key, found.clone());
        Ok(found)
    }

    /// By document, 0 where it is not looked at, else the place of its kind and 1; `is_seen` says which of the known kinds
    /// are looked at. In whole [`RUN`]s.
    pub fn sight(&self, segment: &SegmentReader, is_seen: Vec<bool>) -> Result<Arc<[u16]>> {
        // What was removed stays removed: so many of a segment are always the same ones.
        let key = (is_seen, segment.num_deleted_docs());
        let mut known = self.sights.lock().map_err(failed)?;
        if let Some(at) = known.iter().position(|(known, _)| *known == key) {
            // The last ones are those that were used last.
            let sight = known.remove(at);
            known.push(sight.clone());
            return Ok(sight.1);
        }
        let of = |doc: u32| {
            let place = self.kinds.place(doc);
            let is_seen = key.0.get(place).copied().unwrap_or(false) && !segment.is_deleted(doc);
            if is_seen { place as u16 + 1 } else { 0 }
        };
        let mut sight: Vec<u16> = (0..segment.max_doc()).map(of).collect();
        sight.resize(sight.len().next_multiple_of(RUN), 0);
        let sight: Arc<[u16]> = sight.into();
        if known.len() >= MAX_SIGHTS {
            known.remove(0);
        }
        known.push((key, sight.clone()));
        Ok(sight)
    }
}

/// The first value of each document; the blank one where it has none.
fn unpacked<T: PartialOrd + Copy + Default + std::fmt::Debug + Send + Sync + 'static>(
    column: &Column<T>,
    size: usize,
) -> Vec<T> {
    (0..size as u32).map(|doc| column.first(doc).unwrap_or_default()).collect()
}
