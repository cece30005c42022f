//! Words near each other: places of words in documents, and what it is worth that they stand together.

use crate::book::failed;
use crate::forms::Form;
use masthead_core::Result;
use tantivy::postings::{Postings, SegmentPostings};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, InvertedIndexReader, TERMINATED};

/// Words beside each other, by class; those a few words apart half or a quarter of it.
pub const NEAR: [i16; 4] = [24, 18, 14, 4];

/// The most that a pair of words can be worth.
pub const NEAREST: i16 = NEAR[0];

/// What it is worth in a class that two words stand at these places, each in order.
pub fn nearness(class: usize, before: &[u32], after: &[u32]) -> i16 {
    match distance(before, after) {
        Some(1) => NEAR[class],
        Some(2..=3) => NEAR[class] / 2,
        Some(4..=8) => NEAR[class] / 4,
        _ => 0,
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
pub struct Places(Vec<SegmentPostings>);

impl Places {
    pub fn open<'f>(words: &InvertedIndexReader, forms: impl Iterator<Item = &'f Form>) -> Result<Self> {
        let option = IndexRecordOption::WithFreqsAndPositions;
        let open = |form: &Form| words.read_postings_from_terminfo(&form.info, option).map_err(failed);
        Ok(Self(forms.map(open).collect::<Result<_>>()?))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next document and the places in it, in order.
    pub fn next(&mut self, places: &mut Vec<u32>) -> Option<u32> {
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
    pub fn at(&mut self, doc: u32, places: &mut Vec<u32>) {
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
