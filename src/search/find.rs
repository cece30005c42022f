//! Find documents by words: each word's best place in a document, added up. Only the document itself counts: which form
//! of the word it has, where, how often, and how near to the others; nothing about other documents.

use crate::asked::{Needs, Word};
use crate::best::{Best, Ranked};
use crate::book::failed;
use crate::count::Counting;
use crate::forms::{EXACT, Form, LONGER, LookedFor};
use crate::near::{NEAREST, Places, nearness};
use crate::shape::Shape;
use crate::shelves::Shelves;
use crate::view::{Columns, View};
use masthead_core::Result;
use masthead_core::search::{Hit, Hits, Keys, Wanted};
use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use tantivy::postings::Postings;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, InvertedIndexReader, SegmentReader, TERMINATED};

/// Words in a row.
const IN_A_ROW: [u16; 4] = [120, 84, 60, 24];
/// A title of these words alone.
const WHOLE_TITLE: u16 = 40;
/// Each word more than another document has, where not all are needed.
const PER_WORD: u16 = 150;
/// Documents that are looked at closely, unless more are wanted.
const MAX_NEAR: usize = 2_000;

/// Candidates for `wanted`, the best first; among equals the freshest, then the oldest document.
pub fn find(view: &View, shape: &Shape, wanted: &Wanted<'_>) -> Result<Hits> {
    let languages: BTreeSet<&str> = wanted.shelves.iter().map(|s| s.language.as_str()).collect();
    let needs = Needs::new(wanted.words, &languages, wanted.tolerance);
    let mut counting = Counting::new(wanted.counts);
    if needs.with.is_empty() && !wanted.words.parts.is_empty() {
        return Ok(Hits { counted: counting.finish(), position: view.position, ..Hits::default() });
    }
    let search = Search {
        with: LookedFor::all(&needs.with, shape.words[0])?,
        without: LookedFor::all(&needs.without, shape.words[0])?,
        needs: &needs,
        wanted,
        shelves: Shelves::new(wanted.shelves),
    };
    let (mut best, mut total) = (Best::new(wanted.most), 0);
    let mut parts = Vec::with_capacity(view.columns.len());
    for (segment, columns) in view.searcher.segment_readers().iter().zip(&view.columns) {
        let segment = Segment::open(segment, columns, shape, &search);
        parts.push(SCORES.with_borrow_mut(|scores| segment.search(scores))?);
    }
    search.look_closely(&mut parts)?;
    for part in &parts {
        counting.add(part.segment.segment, part.segment.columns, &part.found)?;
        total += part.found.len();
        part.segment.rank(&part.found, &mut best);
    }
    let ranked = best.into_sorted();
    let hits = ranked.into_iter().map(|r| Hit { doc: r.doc as i64, shelf: r.shelf as usize }).collect();
    Ok(Hits { hits, total, counted: counting.finish(), position: view.position })
}

/// A document of a segment that has what is looked for.
#[derive(Clone, Copy, Debug)]
pub struct Met {
    pub doc: u32,
    pub shelf: u32,
    score: u16,
}

/// What is the same in all segments.
struct Search<'a> {
    needs: &'a Needs,
    with: Vec<LookedFor<'a>>,
    without: Vec<LookedFor<'a>>,
    wanted: &'a Wanted<'a>,
    shelves: Shelves,
}

struct Segment<'a> {
    segment: &'a SegmentReader,
    columns: &'a Columns,
    search: &'a Search<'a>,
    words: Vec<Option<Arc<InvertedIndexReader>>>,
}

/// What each document of a segment is worth, while it is searched.
#[derive(Default)]
struct Scores {
    total: Vec<u16>,
    met: Vec<u8>,
    in_title: Vec<u8>,
    /// Of one need.
    worth: Vec<u16>,
}

thread_local! {
    /// Used again by the next search of the thread: a large one would have the system hand out pages each time.
    static SCORES: RefCell<Scores> = RefCell::default();
}

impl Scores {
    fn begin(&mut self, size: usize) {
        fn blank<T: Default + Clone>(list: &mut Vec<T>, size: usize) {
            list.clear();
            list.resize(size, T::default());
        }
        blank(&mut self.total, size);
        blank(&mut self.met, size);
        blank(&mut self.in_title, size);
        blank(&mut self.worth, size);
    }
}

/// The forms of each word of a need, by class.
type Forms = Vec<Vec<Vec<Form>>>;

/// A segment and what was found in it, in order.
struct Part<'a> {
    segment: Segment<'a>,
    found: Vec<Met>,
    /// By need.
    forms: Vec<Forms>,
}

impl Search<'_> {
    /// Documents that have the words near each other count more. The best are looked at, chosen by what they are alone:
    /// neither by how documents are spread over segments nor by what else there is, so that nothing is learned of that.
    fn look_closely(&self, parts: &mut [Part<'_>]) -> Result<()> {
        let words = self.with.iter().filter(|need| !need.is_phrase).count();
        if words < 2 || self.wanted.most == 0 {
            return Ok(());
        }
        let more = NEAREST * (words - 1) as u16;
        let least = nth_score(parts, self.wanted.most).0.saturating_sub(more);
        let most = MAX_NEAR.max(self.wanted.most);
        // Of those with the last score that has a place, the freshest.
        let (last, better) = nth_score(parts, most);
        let mut chosen: Vec<Vec<usize>> = vec![Vec::new(); parts.len()];
        let mut equal = Vec::new();
        for (number, part) in parts.iter().enumerate() {
            for (i, met) in part.found.iter().enumerate().filter(|(_, met)| met.score >= least.max(last)) {
                if met.score > last {
                    chosen[number].push(i);
                } else {
                    let columns = part.segment.columns;
                    let at = Reverse(columns.at.first(met.doc).unwrap_or(0));
                    equal.push((at, columns.docs.first(met.doc).unwrap_or(0), number, i));
                }
            }
        }
        let room = most.saturating_sub(better);
        if equal.len() > room {
            equal.select_nth_unstable(room);
            equal.truncate(room);
        }
        equal.into_iter().for_each(|(_, _, number, i)| chosen[number].push(i));
        for (part, mut chosen) in parts.iter_mut().zip(chosen) {
            chosen.sort_unstable();
            part.segment.add_nearness(&part.forms, &mut part.found, &chosen)?;
        }
        Ok(())
    }
}

/// The score of the `most`th best, 0 where there are no more than these, and how many are better than that.
fn nth_score(parts: &[Part<'_>], most: usize) -> (u16, usize) {
    let all = || parts.iter().flat_map(|part| part.found.iter().map(|met| met.score));
    let total: usize = parts.iter().map(|part| part.found.len()).sum();
    let mut counts = vec![0usize; usize::from(all().max().unwrap_or(0)) + 1];
    all().for_each(|score| counts[usize::from(score)] += 1);
    let mut better = 0;
    for (score, count) in counts.iter().enumerate().rev() {
        if score == 0 || total > most && better + count >= most {
            return (score as u16, better);
        }
        better += count;
    }
    (0, better)
}

impl<'a> Segment<'a> {
    fn open(segment: &'a SegmentReader, columns: &'a Columns, shape: &Shape, search: &'a Search<'a>) -> Self {
        let classes = if search.wanted.titles { 1 } else { 4 };
        let words = shape.words.iter().take(classes).map(|field| segment.inverted_index(*field).ok()).collect();
        Self { segment, columns, search, words }
    }

    /// All documents that have what is looked for, in order.
    fn search(self, scores: &mut Scores) -> Result<Part<'a>> {
        scores.begin(self.segment.max_doc() as usize);
        let Scores { total, met, in_title, worth } = scores;
        let mut all_forms = Vec::with_capacity(self.search.with.len());
        for need in &self.search.with {
            all_forms.push(self.meet(need, worth, in_title)?);
            for ((worth, total), met) in worth.iter_mut().zip(total.iter_mut()).zip(met.iter_mut()) {
                *total = total.saturating_add(*worth);
                *met += u8::from(*worth > 0);
                *worth = 0;
            }
        }
        let mut ignored = vec![0; if self.search.without.is_empty() { 0 } else { met.len() }];
        for need in &self.search.without {
            self.meet(need, worth, &mut ignored)?;
        }
        let found = self.select(scores);
        Ok(Part { segment: self, found, forms: all_forms })
    }

    /// Of the documents with enough of the words, and none that they must not have, those that are looked at.
    fn select(&self, scores: &Scores) -> Vec<Met> {
        let (needs, wanted) = (self.search.needs, self.search.wanted);
        let shelves: Vec<Option<u32>> = self.columns.kinds.known.iter().map(|k| self.search.shelves.of(*k)).collect();
        let shelf = |doc: u32| shelves.get(self.columns.kinds.place(doc)).copied().flatten();
        let is_picked = wanted.only.is_some() || wanted.except.is_some();
        let has = |keys: &[Keys], shelf: u32, doc: u64| keys.get(shelf as usize).is_some_and(|keys| keys.contains(doc));
        let mut found = Vec::new();
        for (doc, (met, without)) in (0..self.segment.max_doc()).zip(scores.met.iter().zip(&scores.worth)) {
            if usize::from(*met) < needs.enough || *without > 0 || self.segment.is_deleted(doc) {
                continue;
            }
            let Some(shelf) = shelf(doc) else { continue };
            if is_picked {
                let key = self.columns.docs.first(doc).unwrap_or(0);
                if wanted.only.is_some_and(|only| !has(only, shelf, key))
                    || wanted.except.is_some_and(|except| has(except, shelf, key))
                {
                    continue;
                }
            }
            let i = doc as usize;
            let mut score = scores.total[i];
            if needs.enough < needs.with.len() {
                score = score.saturating_add(PER_WORD * u16::from(scores.met[i]));
            }
            // How long a title is may not be known to whoever does not read all titles.
            if scores.in_title[i] > 0 && self.search.shelves.fields[shelf as usize].is_none() {
                let length = self.columns.title_words.first(doc).unwrap_or(0).clamp(1, 1_000) as u16;
                score = score.saturating_add(
                    WHOLE_TITLE * u16::from(scores.in_title[i]) / length.max(scores.in_title[i].into()),
                );
            }
            found.push(Met { doc, shelf, score });
        }
        found
    }

    /// Put the documents that were found among the best.
    fn rank(&self, found: &[Met], best: &mut Best) {
        // Fresh ones mostly come last: they are looked at first.
        for met in found.iter().rev() {
            if !best.excludes(met.score) {
                best.add(Ranked {
                    score: Reverse(met.score),
                    at: Reverse(self.columns.at.first(met.doc).unwrap_or(0)),
                    doc: self.columns.docs.first(met.doc).unwrap_or(0),
                    shelf: met.shelf,
                });
            }
        }
    }

    /// Note for each document what `need` is worth in it, 0 where it is not met; the forms of its words, by class.
    fn meet(&self, need: &LookedFor<'_>, worth: &mut [u16], in_title: &mut [u8]) -> Result<Forms> {
        let mut all = Vec::with_capacity(self.words.len());
        for (class, words) in self.words.iter().enumerate() {
            let Some(words) = words else {
                all.push(Vec::new());
                continue;
            };
            let forms: Vec<Vec<Form>> = need.words.iter().map(|w| w.forms(words, class)).collect::<Result<_>>()?;
            if need.is_phrase {
                let of: Vec<_> = need.words.iter().map(|looked| looked.word).zip(&forms).collect();
                self.phrase(class, words, &of, worth, in_title)?;
            } else {
                for forms in &forms {
                    self.word(class, words, forms, worth, in_title)?;
                }
            }
            all.push(forms);
        }
        Ok(all)
    }

    fn word(
        &self,
        class: usize,
        words: &InvertedIndexReader,
        forms: &[Form],
        worth: &mut [u16],
        in_title: &mut [u8],
    ) -> Result<()> {
        let mut positions = Vec::new();
        let mut note = |doc: u32, times: u32, form: &Form| {
            // Twice as often counts a little more, up to a point; what only begins like it is no better for that.
            let often = if class == 0 || form.worth <= LONGER[class] { 0 } else { 3 * (times.min(31).ilog2() as u16) };
            let value = form.worth + often;
            let known = &mut worth[doc as usize];
            // Titles come first.
            if class == 0 && *known < LONGER[0] && value >= LONGER[0] {
                bump(in_title, doc, 1);
            }
            *known = (*known).max(value);
        };
        for form in forms {
            if self.search.shelves.is_limited {
                let option = IndexRecordOption::WithFreqsAndPositions;
                let mut postings = words.read_postings_from_terminfo(&form.info, option).map_err(failed)?;
                let mut doc = postings.doc();
                while doc != TERMINATED {
                    let mut times = postings.term_freq();
                    if let Some(limit) = self.limit(doc) {
                        postings.positions(&mut positions);
                        positions.retain(|place| self.reads(doc, class, *place, limit));
                        times = positions.len() as u32;
                    }
                    if times > 0 {
                        note(doc, times, form);
                    }
                    doc = postings.advance();
                }
                continue;
            }
            let is_counted = class > 0 && form.worth > LONGER[class];
            let option = if is_counted { IndexRecordOption::WithFreqs } else { IndexRecordOption::Basic };
            let mut block = words.read_block_postings_from_terminfo(&form.info, option).map_err(failed)?;
            while !block.docs().is_empty() {
                if is_counted {
                    block.docs().iter().zip(block.freqs()).for_each(|(doc, times)| note(*doc, *times, form));
                } else {
                    block.docs().iter().for_each(|doc| note(*doc, 1, form));
                }
                block.advance();
            }
        }
        Ok(())
    }

    /// The fields that are read of a document, where these are not all.
    fn limit(&self, doc: u32) -> Option<&'a HashSet<u64>> {
        // What is not looked at at all counts as read: it is left out later.
        let kinds = &self.columns.kinds;
        let shelf = self.search.shelves.of(*kinds.known.get(kinds.place(doc))?)?;
        self.search.shelves.fields[shelf as usize].as_ref()
    }

    /// Whether a place in a document is in a field that is read.
    fn reads(&self, doc: u32, class: usize, place: u32, limit: &HashSet<u64>) -> bool {
        let here = |slot: &u64| (slot >> 30 & 3) as usize == class && (slot & 0x3fff_ffff) as u32 <= place;
        let slot = self.columns.slots.values_for_doc(doc).filter(here).max_by_key(|slot| slot & 0x3fff_ffff);
        slot.is_some_and(|slot| limit.contains(&(slot >> 32)))
    }

    fn phrase(
        &self,
        class: usize,
        words: &InvertedIndexReader,
        phrase: &[(&Word, &Vec<Form>)],
        worth: &mut [u16],
        in_title: &mut [u8],
    ) -> Result<()> {
        let mut lists = Vec::with_capacity(phrase.len());
        for (word, forms) in phrase {
            // Words in quotes are meant as they are; the last one may go on.
            let least = if word.open { LONGER[class] } else { EXACT[class] };
            let list = Places::open(words, forms.iter().filter(|f| f.worth == EXACT[class] || f.worth == least))?;
            if list.is_empty() {
                return Ok(());
            }
            lists.push(list);
        }
        let Some((first, rest)) = lists.split_first_mut() else { return Ok(()) };
        let (mut starts, mut places) = (Vec::new(), Vec::new());
        while let Some(doc) = first.next(&mut starts) {
            for (list, offset) in rest.iter_mut().zip(1..) {
                if starts.is_empty() {
                    break;
                }
                list.at(doc, &mut places);
                starts.retain(|start| places.binary_search(&(start + offset)).is_ok());
            }
            if let Some(limit) = self.limit(doc).filter(|_| self.search.shelves.is_limited) {
                starts.retain(|place| self.reads(doc, class, *place, limit));
            }
            if !starts.is_empty() {
                let known = &mut worth[doc as usize];
                *known = (*known).max(IN_A_ROW[class]);
                if class == 0 {
                    bump(in_title, doc, phrase.len() as u8);
                }
            }
        }
        Ok(())
    }

    /// Look at the documents at these places of `found`.
    fn add_nearness(&self, all: &[Forms], found: &mut [Met], best: &[usize]) -> Result<()> {
        let words: Vec<&Forms> = all.iter().zip(&self.search.with).filter(|(_, n)| !n.is_phrase).map(|n| n.0).collect();
        if words.len() < 2 || best.is_empty() {
            return Ok(());
        }
        let mut bonus = vec![0u16; best.len() * (words.len() - 1)];
        for (class, index) in self.words.iter().enumerate() {
            let Some(index) = index else { continue };
            let mut lists = Vec::with_capacity(words.len());
            for forms in &words {
                let forms = forms[class].first().map(Vec::as_slice).unwrap_or_default();
                // What the word begins and its typos may be many, and which they are depends on other documents.
                lists.push(Places::open(index, forms.iter().filter(|form| form.worth > LONGER[class]))?);
            }
            if !lists.windows(2).any(|pair| !pair[0].is_empty() && !pair[1].is_empty()) {
                continue;
            }
            let (mut before, mut places) = (Vec::new(), Vec::new());
            for (&i, bonus) in best.iter().zip(bonus.chunks_mut(words.len() - 1)) {
                let doc = found[i].doc;
                let limit = if self.search.shelves.is_limited { self.limit(doc) } else { None };
                for (at, list) in lists.iter_mut().enumerate() {
                    list.at(doc, &mut places);
                    if let Some(limit) = limit {
                        places.retain(|place| self.reads(doc, class, *place, limit));
                    }
                    if at > 0 {
                        let known = &mut bonus[at - 1];
                        *known = (*known).max(nearness(class, &before, &places));
                    }
                    std::mem::swap(&mut before, &mut places);
                }
            }
        }
        for (bonus, &i) in bonus.chunks(words.len() - 1).zip(best) {
            found[i].score = found[i].score.saturating_add(bonus.iter().sum());
        }
        Ok(())
    }
}

fn bump(counts: &mut [u8], doc: u32, by: u8) {
    if let Some(count) = counts.get_mut(doc as usize) {
        *count = count.saturating_add(by);
    }
}
