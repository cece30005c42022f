//! The best documents so far: by what they are worth, then the freshest, then the oldest.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A document and what orders it; smaller is better.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ranked {
    pub score: Reverse<i16>,
    pub at: Reverse<i64>,
    pub key: u64,
    pub shelf: u32,
    /// Where it is in the index, which orders nothing: its segment, and its number there.
    pub part: u32,
    pub doc: u32,
}

/// The best so far, the worst of them on top.
pub struct Best {
    most: usize,
    heap: BinaryHeap<Ranked>,
}

impl Best {
    /// Room for `most`.
    pub fn new(most: usize) -> Self {
        Self { most, heap: BinaryHeap::new() }
    }

    /// All of them, the best first.
    pub fn into_sorted(self) -> Vec<Ranked> {
        self.heap.into_sorted_vec()
    }

    /// Whether no document that is worth `score` at most, and `at` as fresh at most, has a place among them.
    pub fn excludes(&self, score: i16, at: i64) -> bool {
        self.heap.len() >= self.most
            && self.heap.peek().is_none_or(|worst| (Reverse(score), Reverse(at)) > (worst.score, worst.at))
    }

    pub fn add(&mut self, ranked: Ranked) {
        if self.heap.len() < self.most {
            self.heap.push(ranked);
        } else if let Some(mut worst) = self.heap.peek_mut()
            && ranked < *worst
        {
            *worst = ranked;
        }
    }
}
