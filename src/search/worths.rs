//! What something that is looked for is worth in each document of a segment: its best place counts.

use crate::book::failed;
use crate::find::{MAX_SPARE, Segment};
use crate::forms::{EXACT, Form, LONGER, LookedFor};
use crate::near::Places;
use crate::view::RUN;
use masthead_core::Result;
use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::HashSet;
use std::ops::Deref;
use std::sync::Arc;
use tantivy::postings::Postings;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, InvertedIndexReader, TERMINATED};

/// Set in a worth where the words stand in a title.
pub const IN_TITLE: u8 = 0x80;
/// Words in a row.
const IN_A_ROW: [u8; 4] = [120, 84, 60, 24];
/// Where fewer than one of so many documents may still gain, these are looked up one by one.
const FEW: usize = 32;
/// What took reading more than a place for one of so many documents is kept.
const DEAR: usize = 4;
/// Less than so many places are read again sooner than they are looked up.
const CHEAP: usize = 2_000;

thread_local! {
    /// Used again by the next search of the thread.
    static SPARE: RefCell<Vec<Vec<u8>>> = RefCell::default();
}

/// Worths that are used once.
pub struct Once(Vec<u8>);

/// By document, what something is worth.
pub enum Worths {
    Kept(Arc<Vec<u8>>),
    Once(Once),
}

impl Once {
    fn new(length: usize) -> Self {
        let mut worths = SPARE.with_borrow_mut(Vec::pop).unwrap_or_default();
        worths.clear();
        worths.resize(length, 0);
        Self(worths)
    }
}

impl Drop for Once {
    fn drop(&mut self) {
        SPARE.with_borrow_mut(|spare| {
            if spare.len() < MAX_SPARE && self.0.capacity() > 0 {
                spare.push(std::mem::take(&mut self.0));
            }
        });
    }
}

impl Deref for Worths {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Kept(worths) => worths,
            Self::Once(worths) => &worths.0,
        }
    }
}

impl Segment<'_> {
    /// By document, what `need` is worth in it, 0 where it is not met; with [`IN_TITLE`]. In whole [`RUN`]s.
    pub fn worths(&self, need: &LookedFor<'_>) -> Result<Worths> {
        // What some of the fields are worth is not kept: others read others.
        if self.search.shelves.is_limited {
            return Ok(Worths::Once(self.found(need)?.0));
        }
        let (kept, id, titles) = (self.search.kept, self.columns.id, self.search.wanted.titles);
        if let Some(known) = kept.get(id, titles, need.need) {
            return Ok(Worths::Kept(known));
        }
        let (mut worths, read) = self.found(need)?;
        if read <= CHEAP.max(self.segment.max_doc() as usize / DEAR) {
            return Ok(Worths::Once(worths));
        }
        let worths = Arc::new(std::mem::take(&mut worths.0));
        kept.put(id, titles, need.need, &worths);
        Ok(Worths::Kept(worths))
    }

    /// The same, and about how many places were read for it.
    fn found(&self, need: &LookedFor<'_>) -> Result<(Once, usize)> {
        let documents = self.segment.max_doc() as usize;
        let mut all = Once::new(documents.next_multiple_of(RUN));
        let worths = &mut all.0[..documents];
        let mut read = 0;
        for (class, words) in self.words.iter().enumerate() {
            let Some(words) = words else { continue };
            if need.is_phrase {
                read += self.phrase(class, words, need, worths)?;
            } else {
                for looked in &need.words {
                    let mut forms = looked.forms(words, class)?;
                    // The best first, and of these the most frequent: they leave least to the others.
                    forms.sort_by_key(|form| (Reverse(form.worth), Reverse(form.info.doc_freq)));
                    read += forms.iter().map(|form| form.info.doc_freq as usize).sum::<usize>();
                    if self.search.shelves.is_limited {
                        self.limited(class, words, &forms, worths)?;
                    } else {
                        self.word(class, words, &forms, worths)?;
                    }
                }
            }
            if class == 0 {
                worths.iter_mut().filter(|worth| **worth >= LONGER[0]).for_each(|worth| *worth |= IN_TITLE);
            }
        }
        Ok((all, read))
    }

    fn word(&self, class: usize, words: &InvertedIndexReader, forms: &[Form], worths: &mut [u8]) -> Result<()> {
        for forms in forms.chunk_by(|a, b| a.worth == b.worth) {
            let Some(worth) = forms.first().map(|form| form.worth) else { continue };
            if is_counted(class, worth) {
                counted(words, forms, worths)?;
            } else {
                plain(words, forms, worth, worths)?;
            }
        }
        Ok(())
    }

    /// Of the fields alone that are read.
    fn limited(&self, class: usize, words: &InvertedIndexReader, forms: &[Form], worths: &mut [u8]) -> Result<()> {
        let mut positions = Vec::new();
        for form in forms {
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
                    let more = if is_counted(class, form.worth) { often(times) } else { 0 };
                    raise(worths, doc, form.worth + more);
                }
                doc = postings.advance();
            }
        }
        Ok(())
    }

    /// The fields that are read of a document, where these are not all.
    pub fn limit(&self, doc: u32) -> Option<&HashSet<u64>> {
        // What is not looked at at all counts as read: it is left out later.
        let kinds = &self.columns.kinds;
        let shelf = self.search.shelves.of(*kinds.known.get(kinds.place(doc))?)?;
        self.search.shelves.fields[shelf as usize].as_ref()
    }

    /// Whether a place in a document is in a field that is read.
    pub fn reads(&self, doc: u32, class: usize, place: u32, limit: &HashSet<u64>) -> bool {
        let here = |slot: &u64| (slot >> 30 & 3) as usize == class && (slot & 0x3fff_ffff) as u32 <= place;
        let slot = self.columns.slots.values_for_doc(doc).filter(here).max_by_key(|slot| slot & 0x3fff_ffff);
        slot.is_some_and(|slot| limit.contains(&(slot >> 32)))
    }

    fn phrase(
        &self,
        class: usize,
        words: &InvertedIndexReader,
        need: &LookedFor<'_>,
        worths: &mut [u8],
    ) -> Result<usize> {
        let mut lists = Vec::with_capacity(need.words.len());
        let mut read = 0;
        for looked in &need.words {
            // Words in quotes are meant as they are; the last one may go on.
            let forms = if looked.word.open { looked.forms(words, class)? } else { looked.own(words, class)? };
            let least = if looked.word.open { LONGER[class] } else { EXACT[class] };
            let meant = forms.iter().filter(|form| form.worth == EXACT[class] || form.worth == least);
            read += meant.clone().map(|form| form.info.doc_freq as usize).sum::<usize>();
            let list = Places::open(words, meant)?;
            if list.is_empty() {
                return Ok(read);
            }
            lists.push(list);
        }
        let Some((first, rest)) = lists.split_first_mut() else { return Ok(read) };
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
                raise(worths, doc, IN_A_ROW[class]);
            }
        }
        Ok(read)
    }
}

/// Whether it counts how often a form stands in a document: not in titles, and what only begins like the word is no better
/// for that.
fn is_counted(class: usize, worth: u8) -> bool {
    class > 0 && worth > LONGER[class]
}

/// Twice as often counts a little more, up to a point.
fn often(times: u32) -> u8 {
    3 * times.clamp(1, 31).ilog2() as u8
}

fn raise(worths: &mut [u8], doc: u32, worth: u8) {
    if let Some(known) = worths.get_mut(doc as usize) {
        *known = *known & IN_TITLE | (*known & !IN_TITLE).max(worth);
    }
}

fn counted(words: &InvertedIndexReader, forms: &[Form], worths: &mut [u8]) -> Result<()> {
    for form in forms {
        let option = IndexRecordOption::WithFreqs;
        let mut block = words.read_block_postings_from_terminfo(&form.info, option).map_err(failed)?;
        while !block.docs().is_empty() {
            for (doc, times) in block.docs().iter().zip(block.freqs()) {
                raise(worths, *doc, form.worth + often(*times));
            }
            block.advance();
        }
    }
    Ok(())
}

/// Forms of the same worth, the most frequent first. Once nearly all documents have one of them, the others are looked for
/// in the rest alone.
fn plain(words: &InvertedIndexReader, forms: &[Form], worth: u8, worths: &mut [u8]) -> Result<()> {
    let mut rest: Option<Vec<u32>> = None;
    let mut read = worths.len();
    let Some(first) = forms.first() else { return Ok(()) };
    let mut block = words.read_block_postings_from_terminfo(&first.info, IndexRecordOption::Basic).map_err(failed)?;
    for (number, form) in forms.iter().enumerate() {
        if rest.is_none() && read >= worths.len() / 2 {
            read = 0;
            let below = |known: &&u8| **known & !IN_TITLE < worth;
            if worths.iter().filter(below).count() <= worths.len() / FEW {
                let all = worths.iter().zip(0..).filter(|(known, _)| below(known));
                rest = Some(all.map(|(_, doc)| doc).collect());
            }
        }
        if number > 0 {
            words.reset_block_postings_from_terminfo(&form.info, &mut block).map_err(failed)?;
        }
        let doc_freq = form.info.doc_freq as usize;
        match &mut rest {
            Some(rest) if rest.is_empty() => break,
            Some(rest) if rest.len() < doc_freq / 8 => rest.retain(|doc| {
                let at = block.seek(*doc);
                let has = block.docs().get(at) == Some(doc);
                if has {
                    raise(worths, *doc, worth);
                }
                !has
            }),
            _ => {
                read += doc_freq;
                while !block.docs().is_empty() {
                    block.docs().iter().for_each(|doc| raise(worths, *doc, worth));
                    block.advance();
                }
            }
        }
    }
    Ok(())
}
