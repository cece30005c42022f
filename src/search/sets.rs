//! Documents of a segment as sets, a bit each: which have a value, and which lie below a number. What very many documents
//! have is counted by how much of these sets they are.

use crate::count::widen;
use crate::values::Values;
use crate::view::RUN;
use masthead_core::Result;
use masthead_core::search::{Counted, Fact, Tallied};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// With more different values, documents are counted one by one.
const MOST_VALUES: usize = 64;
/// Ends of ranges of a field whose sets are kept.
const MOST_ENDS: usize = 16;

/// A set of documents, in whole [`RUN`]s.
#[derive(Clone)]
pub struct Bits(Vec<u64>);

/// The values of a field, and the sets that were made of them.
pub struct Facts {
    pub values: Values,
    documents: usize,
    /// Of each value; none where there are too many.
    sets: OnceLock<Option<Vec<(Fact, Bits)>>>,
    /// None where a document may have several values.
    ordered: OnceLock<Option<Ordered>>,
}

/// Documents with a value, by it.
struct Ordered {
    docs: Vec<u32>,
    /// So many of the first ones, as a set.
    first: Mutex<Vec<(usize, Arc<Bits>)>>,
}

impl Bits {
    fn none(documents: usize) -> Self {
        Self(vec![0; documents.next_multiple_of(RUN) / 64])
    }

    fn of(docs: &[u32], documents: usize) -> Self {
        let mut bits = Self::none(documents);
        docs.iter().for_each(|doc| bits.insert(*doc));
        bits
    }

    /// The documents that are worth something.
    pub fn of_scores(scores: &[i16]) -> Self {
        let word = |scores: &[i16; 64]| {
            let eight = |word: u64, (at, eight): (usize, &[i16; 8])| {
                let found = eight.map(|score| u8::from(score > 0));
                // Brings the lowest bits of eight bytes together.
                word | (u64::from_le_bytes(found).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * at)
            };
            scores.as_chunks::<8>().0.iter().enumerate().fold(0, eight)
        };
        Self(scores.as_chunks::<64>().0.iter().map(word).collect())
    }

    fn insert(&mut self, doc: u32) {
        self.0[doc as usize / 64] |= 1 << (doc % 64);
    }

    fn contains(&self, doc: u32) -> bool {
        self.0[doc as usize / 64] >> (doc % 64) & 1 == 1
    }

    /// How many are in both.
    fn common(&self, other: &Self) -> u64 {
        self.0.iter().zip(&other.0).map(|(a, b)| u64::from((a & b).count_ones())).sum()
    }
}

impl Facts {
    pub fn new(values: Values, documents: u32) -> Self {
        Self { values, documents: documents as usize, sets: OnceLock::new(), ordered: OnceLock::new() }
    }

    /// Count documents by these values; whether there are sets to do so.
    pub fn count(&self, found: &Bits, what: &Tallied, counted: &mut Counted) -> Result<bool> {
        match what {
            Tallied::Values => {
                let Some(sets) = self.sets()? else { return Ok(false) };
                for (fact, set) in sets {
                    let count = found.common(set);
                    if count > 0 {
                        *counted.values.entry(fact.clone()).or_default() += count;
                    }
                }
            }
            Tallied::Span(ranges) => {
                let Some(ordered) = self.ordered.get_or_init(|| Ordered::new(&self.values, self.documents)) else {
                    return Ok(false);
                };
                counted.ranges.resize(ranges.len(), 0);
                let below = |count: usize| found.common(&ordered.first(count, self.documents));
                let all = below(ordered.docs.len());
                counted.with_value += all;
                for ((from, to), within) in ranges.iter().zip(&mut counted.ranges) {
                    let from = from.as_ref().map(|end| self.before(ordered, end)).transpose()?.map_or(0, below);
                    let to = to.as_ref().map(|end| self.before(ordered, end)).transpose()?.map_or(all, below);
                    *within += to.saturating_sub(from);
                }
                let mut docs = ordered.docs.iter().filter(|doc| found.contains(**doc));
                if let Some(least) = docs.next() {
                    let most = docs.next_back().unwrap_or(least);
                    widen(counted, self.values.of(*least)?, self.values.of(*most)?);
                }
            }
        }
        Ok(true)
    }

    fn sets(&self) -> Result<Option<&[(Fact, Bits)]>> {
        if let Some(known) = self.sets.get() {
            return Ok(known.as_deref());
        }
        let made = self.make_sets()?;
        Ok(self.sets.get_or_init(|| made).as_deref())
    }

    fn make_sets(&self) -> Result<Option<Vec<(Fact, Bits)>>> {
        let Some(different) = self.values.different().filter(|different| *different <= MOST_VALUES) else {
            return Ok(None);
        };
        let mut sets = vec![Bits::none(self.documents); different];
        for doc in 0..self.documents as u32 {
            self.values.places(doc, |place| sets[place as usize].insert(doc));
        }
        let mut facts = Vec::with_capacity(different);
        self.values.named(0..different as u32, |fact| facts.push(fact))?;
        Ok(Some(facts.into_iter().zip(sets).collect()))
    }

    /// How many documents have a value below `end`.
    fn before(&self, ordered: &Ordered, end: &Fact) -> Result<usize> {
        let place = self.values.place_of(end)?;
        Ok(ordered.docs.partition_point(|doc| self.values.is_below(*doc, place, end)))
    }
}

impl Ordered {
    fn new(values: &Values, documents: usize) -> Option<Self> {
        Some(Self { docs: values.ordered(documents as u32)?, first: Mutex::default() })
    }

    /// The first `count` documents.
    fn first(&self, count: usize, documents: usize) -> Arc<Bits> {
        let mut known = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = match known.iter().position(|(known, _)| *known == count) {
            // The last ones are those that were used last.
            Some(at) => known.remove(at),
            None => (count, Arc::new(Bits::of(&self.docs[..count], documents))),
        };
        known.push(kept.clone());
        if known.len() > MOST_ENDS {
            known.remove(0);
        }
        kept.1
    }
}
