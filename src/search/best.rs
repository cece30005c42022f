//! The best documents so far: by what they are worth, then the freshest, then the oldest.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A document and what orders it; smaller is better.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ranked {
    pub score: Reverse<u16>,
    pub at: Reverse<i64>,
    pub doc: u64,
    pub shelf: u32,
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

    /// Whether a document with this score has no place among them.
    pub fn excludes(&self, score: u16) -> bool {
        self.heap.len() >= self.most && self.heap.peek().is_none_or(|worst| Reverse(score) > worst.score)
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
