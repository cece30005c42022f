//! The problems found so far: all of them, yet never more than a reader or the memory can take.

use crate::problem::Problem;

/// How many problems one answer carries at most.
const MAX_PROBLEMS: usize = 1000;

#[derive(Default)]
pub(super) struct Problems(Vec<Problem>);

impl Problems {
    pub fn add(&mut self, pointer: impl Into<String>, code: &str, message: impl Into<String>) {
        if !self.is_full() {
            self.0.push(Problem::new(pointer, code, message));
        }
    }

    pub fn is_full(&self) -> bool {
        self.0.len() >= MAX_PROBLEMS
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Forgets all but the first `len`.
    pub fn truncate(&mut self, len: usize) {
        self.0.truncate(len);
    }

    pub fn into_vec(self) -> Vec<Problem> {
        self.0
    }
}
