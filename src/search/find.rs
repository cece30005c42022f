//! Find documents by words: each word's best place in a document, added up. Only the document itself counts: which form
//! of the word it has, where, how often, and how near to the others; nothing about other documents.

use crate::asked::Needs;
use crate::best::{Best, Ranked};
use crate::count::Counting;
use crate::forms::LookedFor;
use crate::kept::Kept;
use crate::shape::Shape;
use crate::shelves::Shelves;
use crate::view::{Columns, RUN, View, WHOLE};
use crate::worths::{IN_TITLE, Worths};
use masthead_core::Result;
use masthead_core::search::{Hit, Hits, Keys, Wanted};
use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;
use tantivy::{InvertedIndexReader, SegmentReader};

/// A title of these words alone.
const WHOLE_TITLE: u16 = 40;
const _: () = assert!(WHOLE == 1 << 15, "what is added for titles is made with shifts");
/// Each word more than another document has, where not all are needed.
const PER_WORD: i16 = 150;
/// Lists of scores that a thread keeps to use again.
pub const MAX_SPARE: usize = 16;

/// Candidates for `wanted`, the best first; among equals the freshest, then the oldest document.
pub fn find(view: &View, shape: &Shape, kept: &Kept, wanted: &Wanted<'_>) -> Result<Hits> {
    let languages: BTreeSet<&str> = wanted.shelves.iter().map(|s| s.language.as_str()).collect();
    let needs = Needs::new(wanted.words, &languages, wanted.tolerance);
    let mut counting = Counting::new(wanted.counts);
    if needs.with.is_empty() && !wanted.words.parts.is_empty() {
        return Ok(Hits { counted: counting.finish(), position: view.position, ..Hits::default() });
    }
    let search = Search {
        with: LookedFor::all(&needs.with, shape.words[0]),
        without: LookedFor::all(&needs.without, shape.words[0]),
        needs: &needs,
        wanted,
        kept,
        shelves: Shelves::new(wanted.shelves),
    };
    let mut parts = Vec::with_capacity(view.columns.len());
    for (number, columns) in (0..).zip(&view.columns) {
        parts.push(Segment::open((view.searcher.segment_reader(number), number), columns, shape, &search).search()?);
    }
    let is_counted = !counting.is_empty();
    for part in parts.iter().filter(|part| is_counted && part.total > 0) {
        counting.add(part)?;
    }
    let best = match search.nearest(&parts)? {
        Some(best) => best,
        None => {
            let mut best = Best::new(wanted.most);
            parts.iter().for_each(|part| part.rank(&mut best));
            best.into_sorted()
        }
    };
    let hit = |ranked: Ranked| Hit { doc: ranked.key as i64, shelf: ranked.shelf as usize };
    let total = parts.iter().map(|part| part.total).sum();
    Ok(Hits { hits: best.into_iter().map(hit).collect(), total, counted: counting.finish(), position: view.position })
}

/// What is the same in all segments.
pub struct Search<'a> {
    pub needs: &'a Needs,
    pub with: Vec<LookedFor<'a>>,
    pub without: Vec<LookedFor<'a>>,
    pub wanted: &'a Wanted<'a>,
    pub kept: &'a Kept,
    pub shelves: Shelves,
}

pub struct Segment<'a> {
    pub segment: &'a SegmentReader,
    pub columns: &'a Columns,
    pub search: &'a Search<'a>,
    /// By class.
    pub words: Vec<Option<Arc<InvertedIndexReader>>>,
    /// By place of the kind.
    shelves: Vec<Option<u32>>,
    /// Among the segments.
    number: u32,
}

/// A segment and what was found in it.
pub struct Part<'a> {
    pub segment: Segment<'a>,
    /// By document, 0 where it was not found, else what it is worth and 1. In whole [`RUN`]s.
    pub scores: Vec<i16>,
    /// The highest of each [`RUN`].
    pub highest: Vec<i16>,
    pub total: usize,
}

thread_local! {
    /// Used again by the next search of the thread: a large one would have the system hand out pages each time.
    static SPARE: RefCell<Vec<Vec<i16>>> = RefCell::default();
}

impl Drop for Part<'_> {
    fn drop(&mut self) {
        SPARE.with_borrow_mut(|spare| {
            if spare.len() < MAX_SPARE {
                spare.push(std::mem::take(&mut self.scores));
            }
        });
    }
}

/// What documents of a run are worth while needs are added up. All are numbers of the same size, and there is no branch for
/// a document, so that many are worked on at once.
struct Run {
    sum: [i16; RUN],
    met: [i16; RUN],
    in_title: [i16; RUN],
    without: [i16; RUN],
}

impl<'a> Segment<'a> {
    fn open(
        (segment, number): (&'a SegmentReader, u32),
        columns: &'a Columns,
        shape: &Shape,
        search: &'a Search<'a>,
    ) -> Self {
        let classes = if search.wanted.titles { 1 } else { 4 };
        let words = shape.words.iter().take(classes).map(|field| segment.inverted_index(*field).ok()).collect();
        let shelves = columns.kinds.known.iter().map(|kind| search.shelves.of(*kind)).collect();
        Self { segment, columns, search, words, shelves, number }
    }

    /// The shelf of a document that is looked at.
    pub fn shelf(&self, doc: u32) -> u32 {
        self.shelves.get(self.columns.kinds.place(doc)).copied().flatten().unwrap_or(0)
    }

    /// Whether all documents that are looked at stand on these shelves.
    pub fn stands_on(&self, shelves: &[usize]) -> bool {
        self.shelves.iter().flatten().all(|shelf| shelves.contains(&(*shelf as usize)))
    }

    /// All documents that have what is looked for.
    fn search(self) -> Result<Part<'a>> {
        // What is left there of another search is written over, all of it.
        let mut scores = SPARE.with_borrow_mut(Vec::pop).unwrap_or_default();
        scores.resize((self.segment.max_doc() as usize).next_multiple_of(RUN), 0);
        let mut part = Part { segment: self, scores, highest: Vec::new(), total: 0 };
        let segment = &part.segment;
        let is_seen: Vec<bool> = segment.shelves.iter().map(Option::is_some).collect();
        if !is_seen.contains(&true) {
            part.scores.fill(0);
            return Ok(part);
        }
        let search = segment.search;
        let mut with = Vec::with_capacity(search.with.len());
        for need in &search.with {
            // How many words in titles meeting it means.
            let words = need.words.len() as i16;
            with.push((segment.worths(need)?, words));
        }
        let without = search.without.iter().map(|need| segment.worths(need)).collect::<Result<Vec<_>>>()?;
        let sight = segment.columns.sight(segment.segment, is_seen)?;
        part.total = segment.select(&with, &without, &sight, &mut part.scores);
        part.highest = part.scores.chunks(RUN).map(highest).collect();
        Ok(part)
    }

    /// Of the documents with enough of the words, and none that they must not have, those that are looked at; how many.
    fn select(&self, with: &[(Worths, i16)], without: &[Worths], sight: &[u16], scores: &mut [i16]) -> usize {
        let (needs, wanted) = (self.search.needs, self.search.wanted);
        let enough = i16::try_from(needs.enough).unwrap_or(i16::MAX);
        let per_word = if needs.enough < needs.with.len() { PER_WORD } else { 0 };
        let is_picked = wanted.only.is_some() || wanted.except.is_some();
        let with: Vec<_> = with.iter().map(|(worths, words)| (worths.as_chunks::<RUN>().0, *words)).collect();
        let without: Vec<_> = without.iter().map(|worths| worths.as_chunks::<RUN>().0).collect();
        let (sight, shares) = (sight.as_chunks::<RUN>().0, self.columns.title_shares.as_chunks::<RUN>().0);
        let mut total = 0;
        for (number, scores) in scores.as_chunks_mut::<RUN>().0.iter_mut().enumerate() {
            let start = (number * RUN) as u32;
            let mut run = Run { sum: [1; RUN], met: [0; RUN], in_title: [0; RUN], without: [0; RUN] };
            with.iter().for_each(|(worths, words)| run.add(&worths[number], *words));
            without.iter().for_each(|worths| run.leave_out(&worths[number]));
            run.score(enough, &sight[number], scores);
            if per_word > 0 {
                run.add_for_words(per_word, scores);
            }
            if run.in_title.iter().fold(0, |any, words| any | words) > 0 {
                if self.search.shelves.is_limited {
                    self.forget_limited_titles(start, &mut run.in_title);
                }
                run.add_for_titles(&shares[number], scores);
            }
            if is_picked {
                for (doc, score) in (start..).zip(scores.iter_mut()) {
                    if *score > 0 && !self.is_picked(doc) {
                        *score = 0;
                    }
                }
            }
            total += scores.iter().fold(0, |count, score| count + i16::from(*score > 0)) as usize;
        }
        total
    }

    /// How long a title is may not be known to whoever does not read all titles.
    fn forget_limited_titles(&self, start: u32, in_title: &mut [i16; RUN]) {
        for (doc, words) in (start..).zip(in_title) {
            if self.search.shelves.fields[self.shelf(doc) as usize].is_some() {
                *words = 0;
            }
        }
    }

    fn is_picked(&self, doc: u32) -> bool {
        let (wanted, shelf) = (self.search.wanted, self.shelf(doc) as usize);
        let key = self.columns.docs.get(doc as usize).copied().unwrap_or(0);
        let has = |keys: &[Keys]| keys.get(shelf).is_some_and(|keys| keys.contains(key));
        wanted.only.is_none_or(has) && !wanted.except.is_some_and(has)
    }

    /// A document of this segment with what orders it.
    pub fn ranked(&self, doc: u32, score: i16) -> Ranked {
        Ranked {
            score: Reverse(score),
            at: Reverse(self.columns.at.get(doc as usize).copied().unwrap_or(0)),
            key: self.columns.docs.get(doc as usize).copied().unwrap_or(0),
            shelf: self.shelf(doc),
            part: self.number,
            doc,
        }
    }
}

#[allow(clippy::needless_range_loop)]
impl Run {
    fn add(&mut self, worths: &[u8; RUN], words: i16) {
        for i in 0..RUN {
            self.sum[i] += i16::from(worths[i] & !IN_TITLE);
        }
        for i in 0..RUN {
            self.met[i] += i16::from(worths[i] > 0);
        }
        for i in 0..RUN {
            self.in_title[i] += if worths[i] >= IN_TITLE { words } else { 0 };
        }
    }

    fn leave_out(&mut self, worths: &[u8; RUN]) {
        for i in 0..RUN {
            self.without[i] |= i16::from(worths[i]);
        }
    }

    fn score(&self, enough: i16, sight: &[u16; RUN], scores: &mut [i16; RUN]) {
        for i in 0..RUN {
            let is_found = (self.met[i] >= enough) & (self.without[i] == 0) & (sight[i] != 0);
            scores[i] = if is_found { self.sum[i] } else { 0 };
        }
    }

    fn add_for_words(&self, per_word: i16, scores: &mut [i16; RUN]) {
        for i in 0..RUN {
            scores[i] += if scores[i] > 0 { per_word * self.met[i] } else { 0 };
        }
    }

    /// Add what it is worth which part of the titles the words are.
    fn add_for_titles(&self, shares: &[u16; RUN], scores: &mut [i16; RUN]) {
        for i in 0..RUN {
            // More words than a query has, so that the product has room.
            let words = self.in_title[i].min(400) as u16;
            let worth = u32::from(words * (WHOLE_TITLE * 2)) * u32::from(shares[i]);
            let worth = ((worth >> 16) as i16).min(WHOLE_TITLE as i16);
            scores[i] += if scores[i] > 0 { worth } else { 0 };
        }
    }
}

fn highest(scores: &[i16]) -> i16 {
    scores.iter().fold(0, |highest, score| highest.max(*score))
}

impl Part<'_> {
    /// The documents that were found, in order.
    pub fn found(&self) -> Vec<u32> {
        let mut found = vec![0; self.total + 1];
        let mut at = 0;
        for (doc, score) in (0..).zip(&self.scores) {
            // The last place is written to over and over.
            found[at] = doc;
            at += usize::from(*score > 0);
        }
        found.truncate(self.total);
        found
    }

    /// Put the documents that were found among the best.
    fn rank(&self, best: &mut Best) {
        // Fresh ones mostly come last: they are looked at first.
        for (number, (highest, freshest)) in self.highest.iter().zip(&self.segment.columns.freshest).enumerate().rev() {
            if *highest == 0 || best.excludes(*highest, *freshest) {
                continue;
            }
            let start = number * RUN;
            for (i, score) in self.scores[start..].iter().take(RUN).enumerate().rev() {
                if *score > 0 && !best.excludes(*score, *freshest) {
                    best.add(self.segment.ranked((start + i) as u32, *score));
                }
            }
        }
    }
}
