//! An index as it is looked through: the segments of one commit, with their columns opened.

use crate::book::failed;
use masthead_core::Result;
use masthead_core::search::Form;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tantivy::columnar::{Column, StrColumn};
use tantivy::index::SegmentId;
use tantivy::{Searcher, SegmentReader};

/// The segments of a commit.
pub struct View {
    pub searcher: Searcher,
    /// By segment, in the order of the searcher.
    pub columns: Vec<Arc<Columns>>,
    /// Number of an event that it contains, with all before it.
    pub position: i64,
}

/// The columns of a segment.
pub struct Columns {
    id: SegmentId,
    pub kinds: Kinds,
    pub docs: Column<u64>,
    pub at: Column<i64>,
    pub title_words: Column<u64>,
    pub slots: Column<u64>,
    /// By field and form, those that were asked for.
    facts: Mutex<HashMap<(String, bool), Option<Facts>>>,
}

/// The kinds of the documents of a segment: there are few, and each candidate is asked for its own.
pub struct Kinds {
    /// By document, its place among `known`.
    of: Vec<u16>,
    pub known: Vec<u64>,
}

/// The values of a field.
#[derive(Clone)]
pub enum Facts {
    Texts(Arc<StrColumn>),
    Numbers(Column<i64>),
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
    fn open(column: &Column<u64>, size: usize) -> Self {
        let mut kinds = Self { of: Vec::with_capacity(size), known: Vec::new() };
        let mut last = None;
        for doc in 0..size as u32 {
            let kind = column.first(doc).unwrap_or(0);
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
        let kinds = fast.u64("kind").map_err(failed)?;
        Ok(Self {
            id: segment.segment_id(),
            kinds: Kinds::open(&kinds, segment.max_doc() as usize),
            docs: fast.u64("doc").map_err(failed)?,
            at: fast.i64("at").map_err(failed)?,
            title_words: fast.u64("title_words").map_err(failed)?,
            slots: fast.u64("slots").map_err(failed)?,
            facts: Mutex::default(),
        })
    }

    /// The values of a field, where some document of the segment has one.
    pub fn facts(&self, segment: &SegmentReader, field: &str, form: Form) -> Result<Option<Facts>> {
        let mut known = self.facts.lock().map_err(failed)?;
        let key = (field.to_owned(), form == Form::Texts);
        if let Some(known) = known.get(&key) {
            return Ok(known.clone());
        }
        let (fast, name) = (segment.fast_fields(), format!("facts.{field}"));
        let found = match form {
            Form::Texts => fast.str(&name).map_err(failed)?.map(|column| Facts::Texts(Arc::new(column))),
            Form::Numbers => fast.column_opt::<i64>(&name).map_err(failed)?.map(Facts::Numbers),
        };
        known.insert(key, found.clone());
        Ok(found)
    }
}
