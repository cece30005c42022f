//! The problems found so far: all of them, yet never more than a reader can take.

use crate::problem::Problem;

const MAX_PROBLEMS: usize = 1000;

#[derive(Default)]
pub(super) struct Report(Vec<Problem>);

impl Report {
    pub fn add(&mut self, pointer: impl Into<String>, code: &str, message: impl Into<String>) {
        if !self.is_full() {
            self.0.push(Problem::new(pointer, code, message));
        }
    }

    /// Adds it unless `holds`; the message is only made when it is needed.
    pub fn expect<M: Into<String>>(
        &mut self,
        holds: bool,
        pointer: impl Into<String>,
        code: &str,
        message: impl FnOnce() -> M,
    ) {
        if !holds && !self.is_full() {
            self.add(pointer, code, message());
        }
    }

    pub fn is_full(&self) -> bool {
        self.0.len() >= MAX_PROBLEMS
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn into_problems(self) -> Vec<Problem> {
        self.0
    }
}
