//! Find documents by words: each word's best place in a document, added up. Only the document itself counts: which form
//! of the word it has, where, how often, and how near to the others; nothing about other documents.

use crate::asked::{Need, Needs, Word};
use crate::book::failed;
use crate::packed::STEM;
use crate::shape::{Shape, hash, kind, state};
use masthead_core::Result;
use masthead_core::search::{Hit, Hits, Shelf, Wanted};
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use tantivy::columnar::Column;
use tantivy::postings::{Postings, SegmentPostings, TermInfo};
use tantivy::query::FuzzyTermQuery;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, InvertedIndexReader, Searcher, SegmentReader, TERMINATED, Term};

/// What a word is worth, by its form and its class: title, lead, body, aside.
const EXACT: [u16; 4] = [100, 70, 50, 20];
const STEMMED: [u16; 4] = [90, 62, 44, 16];
const LONGER: [u16; 4] = [80, 55, 38, 12];
const ONE_TYPO: [u16; 4] = [34, 25, 18, 5];
const TWO_TYPOS: [u16; 4] = [22, 16, 11, 3];
/// Words in a row.
const IN_A_ROW: [u16; 4] = [120, 84, 60, 24];
/// A title of these words alone.
const WHOLE_TITLE: u16 = 40;
/// Each word more than another document has, where not all are needed.
const PER_WORD: u16 = 150;
/// Words beside each other, by class; those a few words apart half or a quarter of it.
const NEAR: [u16; 4] = [24, 18, 14, 4];

/// Words that a beginning or a typo may stand for, per class and segment.
const MAX_FORMS: usize = 20_000;
/// Documents for which nearness is looked at, per segment.
const MAX_NEAR: usize = 4_000;
/// Forms of a word that nearness looks at.
const MAX_NEAR_FORMS: usize = 12;

/// Candidates for `wanted`, the best first; among equals the freshest, then the oldest document.
pub fn find(searcher: &Searcher, shape: &Shape, wanted: &Wanted<'_>) -> Result<Hits> {
    let languages: BTreeSet<&str> = wanted.shelves.iter().map(|s| s.language.as_str()).collect();
    let needs = Needs::new(wanted.words, &languages, wanted.tolerance);
    if needs.with.is_empty() && !wanted.words.parts.is_empty() {
        return Ok(Hits::default());
    }
    let shelves = Shelves::new(wanted.shelves);
    let mut found: Vec<Ranked> = Vec::new();
    for segment in searcher.segment_readers() {
        Segment::open(segment, shape, &shelves, wanted)?.search(&needs, wanted, &mut found)?;
    }
    let cut = found.len() > wanted.most;
    if cut {
        found.select_nth_unstable(wanted.most);
        found.truncate(wanted.most);
    }
    found.sort_unstable();
    let hits = found.into_iter().map(|r| Hit { doc: r.doc as i64, shelf: r.shelf as usize }).collect();
    Ok(Hits { hits, cut })
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Ranked {
    score: Reverse<u16>,
    at: Reverse<i64>,
    doc: u64,
    shelf: u32,
}

/// Which documents are looked at, by their kind.
struct Shelves {
    /// In order.
    by_kind: Vec<(u64, u32)>,
    /// By shelf, hashes of the fields that are read; all when none.
    fields: Vec<Option<HashSet<u64>>>,
    is_limited: bool,
}

impl Shelves {
    fn new(shelves: &[Shelf]) -> Self {
        let mut by_kind = Vec::new();
        let mut fields = Vec::new();
        for (shelf, i) in shelves.iter().zip(0..) {
            for (published, draft) in [(true, true), (!shelf.drafts, shelf.drafts)] {
                by_kind.push((kind(shelf.type_key, &shelf.locale, state(published, draft)), i));
            }
            let of = |fields: &Vec<String>| fields.iter().map(|f| hash(f) & 0xffff_ffff).collect();
            fields.push(shelf.fields.as_ref().map(of));
        }
        by_kind.sort_unstable();
        let is_limited = fields.iter().any(Option::is_some);
        Self { by_kind, fields, is_limited }
    }

    fn of(&self, kind: u64) -> Option<u32> {
        let at = self.by_kind.binary_search_by_key(&kind, |(known, _)| *known).ok()?;
        Some(self.by_kind[at].1)
    }
}

/// A form of a word in a segment.
struct Form {
    info: TermInfo,
    worth: u16,
}

struct Segment<'a> {
    segment: &'a SegmentReader,
    shape: &'a Shape,
    shelves: &'a Shelves,
    words: Vec<Option<Arc<InvertedIndexReader>>>,
    kinds: Column<u64>,
    docs: Column<u64>,
    at: Column<i64>,
    title_words: Column<u64>,
    slots: Column<u64>,
}

/// Where the words of one search stand in each document.
struct Scores {
    total: Vec<u16>,
    met: Vec<u8>,
    in_title: Vec<u8>,
}

impl<'a> Segment<'a> {
    fn open(segment: &'a SegmentReader, shape: &'a Shape, shelves: &'a Shelves, wanted: &Wanted<'_>) -> Result<Self> {
        let fast = segment.fast_fields();
        let classes = if wanted.titles { 1 } else { 4 };
        let words = shape.words.iter().take(classes).map(|field| segment.inverted_index(*field).ok()).collect();
        Ok(Self {
            segment,
            shape,
            shelves,
            words,
            kinds: fast.u64("kind").map_err(failed)?,
            docs: fast.u64("doc").map_err(failed)?,
            at: fast.i64("at").map_err(failed)?,
            title_words: fast.u64("title_words").map_err(failed)?,
            slots: fast.u64("slots").map_err(failed)?,
        })
    }

    fn search(&self, needs: &Needs, wanted: &Wanted<'_>, found: &mut Vec<Ranked>) -> Result<()> {
        let size = self.segment.max_doc() as usize;
        let mut scores = Scores { total: vec![0; size], met: vec![0; size], in_title: vec![0; size] };
        let mut worth = vec![0u16; size];
        for need in &needs.with {
            self.meet(need, &mut worth, &mut scores.in_title)?;
            for ((worth, total), met) in worth.iter_mut().zip(&mut scores.total).zip(&mut scores.met) {
                if *worth > 0 {
                    *total = total.saturating_add(*worth);
                    *met += 1;
                    *worth = 0;
                }
            }
        }
        for need in &needs.without {
            let mut ignored = vec![0; size];
            self.meet(need, &mut worth, &mut ignored)?;
        }
        let mut here: Vec<(u32, u32, u16)> = Vec::new();
        for doc in 0..self.segment.max_doc() {
            let i = doc as usize;
            let met = usize::from(scores.met[i]);
            if met < needs.enough || worth[i] > 0 {
                continue;
            }
            let Some(shelf) = self.shelf(doc) else { continue };
            if wanted.only.is_some_and(|only| !only.contains(&(self.docs.first(doc).unwrap_or(0) as i64))) {
                continue;
            }
            let mut score = scores.total[i];
            if needs.enough < needs.with.len() {
                score = score.saturating_add(PER_WORD * scores.met[i] as u16);
            }
            // How long a title is may not be known to whoever does not read all titles.
            if scores.in_title[i] > 0 && self.shelves.fields[shelf as usize].is_none() {
                let length = self.title_words.first(doc).unwrap_or(0).clamp(1, 1_000) as u16;
                score = score.saturating_add(
                    WHOLE_TITLE * u16::from(scores.in_title[i]) / length.max(scores.in_title[i].into()),
                );
            }
            here.push((doc, shelf, score));
        }
        self.add_nearness(needs, &mut here)?;
        found.extend(here.into_iter().map(|(doc, shelf, score)| Ranked {
            score: Reverse(score),
            at: Reverse(self.at.first(doc).unwrap_or(0)),
            doc: self.docs.first(doc).unwrap_or(0),
            shelf,
        }));
        Ok(())
    }

    /// On which shelf a document stands, if it is looked at.
    fn shelf(&self, doc: u32) -> Option<u32> {
        if self.segment.is_deleted(doc) {
            return None;
        }
        self.shelves.of(self.kinds.first(doc)?)
    }

    /// Note for each document what `need` is worth in it, 0 where it is not met.
    fn meet(&self, need: &Need, worth: &mut [u16], in_title: &mut [u8]) -> Result<()> {
        for class in 0..self.words.len() {
            match need {
                Need::Word(word) => self.word(class, word, worth, in_title)?,
                Need::Phrase(words) => self.phrase(class, words, worth, in_title)?,
            }
        }
        Ok(())
    }

    fn word(&self, class: usize, word: &Word, worth: &mut [u16], in_title: &mut [u8]) -> Result<()> {
        let Some(words) = &self.words[class] else { return Ok(()) };
        let mut positions = Vec::new();
        let mut titled: Vec<u32> = Vec::new();
        for form in self.forms(words, class, word)? {
            let limited = self.shelves.is_limited;
            let option = if limited { IndexRecordOption::WithFreqsAndPositions } else { IndexRecordOption::WithFreqs };
            let mut postings = words.read_postings_from_terminfo(&form.info, option).map_err(failed)?;
            let mut doc = postings.doc();
            while doc != TERMINATED {
                let mut times = postings.term_freq();
                if limited && let Some(limit) = self.limit(doc) {
                    postings.positions(&mut positions);
                    positions.retain(|place| self.reads(doc, class, *place, limit));
                    times = positions.len() as u32;
                }
                if times > 0 {
                    // Twice as often counts a little more, up to a point.
                    let often = if class == 0 { 0 } else { 3 * (times.min(31).ilog2() as u16) };
                    let value = form.worth + often;
                    let known = &mut worth[doc as usize];
                    *known = (*known).max(value);
                    if class == 0 && form.worth >= LONGER[0] {
                        titled.push(doc);
                    }
                }
                doc = postings.advance();
            }
        }
        titled.sort_unstable();
        titled.dedup();
        titled.into_iter().for_each(|doc| in_title[doc as usize] = in_title[doc as usize].saturating_add(1));
        Ok(())
    }

    /// The fields that are read of a document, where these are not all.
    fn limit(&self, doc: u32) -> Option<&'a HashSet<u64>> {
        // What is not looked at at all counts as read: it is left out later.
        let shelf = self.shelves.of(self.kinds.first(doc)?)?;
        self.shelves.fields[shelf as usize].as_ref()
    }

    /// Whether a place in a document is in a field that is read.
    fn reads(&self, doc: u32, class: usize, place: u32, limit: &HashSet<u64>) -> bool {
        let here = |slot: &u64| (slot >> 30 & 3) as usize == class && (slot & 0x3fff_ffff) as u32 <= place;
        let slot = self.slots.values_for_doc(doc).filter(here).max_by_key(|slot| slot & 0x3fff_ffff);
        slot.is_some_and(|slot| limit.contains(&(slot >> 32)))
    }

    /// The forms of a word that stand in the segment, each with its worth.
    fn forms(&self, words: &InvertedIndexReader, class: usize, word: &Word) -> Result<Vec<Form>> {
        let terms = words.terms();
        let mut found = Vec::new();
        let mut add = |term: &[u8], worth: u16| -> Result<()> {
            found.extend(terms.get(term).map_err(failed)?.map(|info| Form { info, worth }));
            Ok(())
        };
        add(word.text.as_bytes(), EXACT[class])?;
        // A stem may be a word itself, and what has this word for its stem is another form of it.
        for stem in word.stems.iter().chain([&word.text]) {
            add(format!("{STEM}{stem}").as_bytes(), STEMMED[class])?;
            if *stem != word.text {
                add(stem.as_bytes(), STEMMED[class])?;
            }
        }
        let letters = word.text.chars().count();
        let is_latin = word.text.is_ascii();
        // One letter begins half of all words: of these, only titles are worth a look.
        if word.open && (letters > 1 || !is_latin || class < 2) {
            let mut after = word.text.clone().into_bytes();
            after.push(0xff);
            let mut stream = terms.range().gt(word.text.as_bytes()).lt(&after).into_stream().map_err(failed)?;
            while let Some((_, info)) = stream.next() {
                found.push(Form { info: info.clone(), worth: LONGER[class] });
                if found.len() >= MAX_FORMS {
                    break;
                }
            }
        }
        for distance in 1..=word.typos {
            let worth = if distance == 1 { ONE_TYPO } else { TWO_TYPOS };
            let term = Term::from_field_text(self.shape.words[class], &word.text);
            let query = match word.open {
                true => FuzzyTermQuery::new_prefix(term, distance, true),
                false => FuzzyTermQuery::new(term, distance, true),
            };
            let automaton = query.automaton().map_err(failed)?;
            let mut stream = terms.search(automaton).into_stream().map_err(failed)?;
            while let Some((term, info)) = stream.next() {
                if term.first() != Some(&(STEM as u8)) {
                    found.push(Form { info: info.clone(), worth: worth[class] });
                }
                if found.len() >= MAX_FORMS {
                    break;
                }
            }
        }
        Ok(found)
    }

    fn phrase(&self, class: usize, phrase: &[Word], worth: &mut [u16], in_title: &mut [u8]) -> Result<()> {
        let Some(words) = &self.words[class] else { return Ok(()) };
        let mut lists = Vec::with_capacity(phrase.len());
        for word in phrase {
            let forms = self.forms(words, class, word)?;
            // Words in quotes are meant as they are; the last one may go on.
            let least = if word.open { LONGER[class] } else { EXACT[class] };
            let forms = forms.iter().filter(|f| f.worth == EXACT[class] || f.worth == least);
            let list = Places::open(words, forms.take(MAX_FORMS))?;
            if list.0.is_empty() {
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
            if let Some(limit) = self.limit(doc).filter(|_| self.shelves.is_limited) {
                starts.retain(|place| self.reads(doc, class, *place, limit));
            }
            if !starts.is_empty() {
                let known = &mut worth[doc as usize];
                *known = (*known).max(IN_A_ROW[class]);
                if class == 0 {
                    in_title[doc as usize] = in_title[doc as usize].saturating_add(phrase.len() as u8);
                }
            }
        }
        Ok(())
    }

    /// Documents that have the words near each other count more.
    fn add_nearness(&self, needs: &Needs, here: &mut [(u32, u32, u16)]) -> Result<()> {
        let words: Vec<&Word> = needs.singles().collect();
        if words.len() < 2 || here.is_empty() {
            return Ok(());
        }
        let mut best: Vec<usize> = (0..here.len()).collect();
        if best.len() > MAX_NEAR {
            best.select_nth_unstable_by_key(MAX_NEAR, |&i| Reverse(here[i].2));
            best.truncate(MAX_NEAR);
            best.sort_unstable();
        }
        let mut bonus = vec![vec![0u16; words.len() - 1]; best.len()];
        for (class, index) in self.words.iter().enumerate() {
            let Some(index) = index else { continue };
            let mut lists = Vec::with_capacity(words.len());
            for word in &words {
                let forms = self.forms(index, class, word)?;
                lists.push(Places::open(index, forms.iter().take(MAX_NEAR_FORMS))?);
            }
            let (mut before, mut places) = (Vec::new(), Vec::new());
            for (slot, &i) in best.iter().enumerate() {
                let doc = here[i].0;
                let limit = self.limit(doc).filter(|_| self.shelves.is_limited);
                for (at, list) in lists.iter_mut().enumerate() {
                    list.at(doc, &mut places);
                    if let Some(limit) = limit {
                        places.retain(|place| self.reads(doc, class, *place, limit));
                    }
                    if at > 0 {
                        let value = match distance(&before, &places) {
                            Some(1) => NEAR[class],
                            Some(2..=3) => NEAR[class] / 2,
                            Some(4..=8) => NEAR[class] / 4,
                            _ => 0,
                        };
                        let known = &mut bonus[slot][at - 1];
                        *known = (*known).max(value);
                    }
                    std::mem::swap(&mut before, &mut places);
                }
            }
        }
        for (bonus, i) in bonus.into_iter().zip(best) {
            here[i].2 = here[i].2.saturating_add(bonus.into_iter().sum());
        }
        Ok(())
    }
}

/// How far behind one of `before` the nearest of `after` stands; a step back counts as two more.
fn distance(before: &[u32], after: &[u32]) -> Option<u32> {
    let mut nearest: Option<u32> = None;
    for place in after {
        let at = before.partition_point(|b| b < place);
        let ahead = at.checked_sub(1).map(|i| place - before[i]);
        let behind = before.get(at).map(|b| (b - place).saturating_add(2));
        for found in [ahead, behind].into_iter().flatten() {
            nearest = Some(nearest.map_or(found, |n| n.min(found)));
        }
    }
    nearest
}

/// The places of a word in all its forms.
struct Places(Vec<SegmentPostings>);

impl Places {
    fn open<'f>(words: &InvertedIndexReader, forms: impl Iterator<Item = &'f Form>) -> Result<Self> {
        let option = IndexRecordOption::WithFreqsAndPositions;
        let open = |form: &Form| words.read_postings_from_terminfo(&form.info, option).map_err(failed);
        Ok(Self(forms.map(open).collect::<Result<_>>()?))
    }

    /// The next document and the places in it, in order.
    fn next(&mut self, places: &mut Vec<u32>) -> Option<u32> {
        let doc = self.0.iter().map(DocSet::doc).min().filter(|doc| *doc != TERMINATED)?;
        self.at(doc, places);
        for list in &mut self.0 {
            if list.doc() == doc {
                list.advance();
            }
        }
        Some(doc)
    }

    /// The places in `doc`, in order; documents are asked for in order.
    fn at(&mut self, doc: u32, places: &mut Vec<u32>) {
        places.clear();
        for list in &mut self.0 {
            if list.doc() < doc {
                list.seek(doc);
            }
            if list.doc() == doc {
                list.append_positions_with_offset(0, places);
            }
        }
        places.sort_unstable();
        places.dedup();
    }
}
