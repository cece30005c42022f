//! A refusal that a person can act on: where, what kind, and what to do.

use serde::{Deserialize, Serialize};

/// One thing that is wrong with a value or a definition. Refusals carry all of them, never just the first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// JSON pointer (RFC 6901) into the body that was sent, by *names*; empty for the whole of it.
    pub pointer: String,
    /// A stable word for programs, e.g. `required`, `type`, `unique`, `unknown_field`.
    pub code: String,
    /// A sentence for people that says what to do.
    pub message: String,
}

impl Problem {
    pub fn new(pointer: impl Into<String>, code: &str, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), code: code.to_owned(), message: message.into() }
    }

    /// The same problem seen from further out: `prefix` is put before the pointer.
    #[must_use]
    pub fn within(mut self, prefix: &str) -> Self {
        self.pointer.insert_str(0, prefix);
        self
    }
}

/// A pointer one step further in; escapes `~` and `/` as RFC 6901 asks.
pub fn pointer_to(parent: &str, step: impl std::fmt::Display) -> String {
    let step = step.to_string();
    if step.contains(['~', '/']) {
        format!("{parent}/{}", step.replace('~', "~0").replace('/', "~1"))
    } else {
        format!("{parent}/{step}")
    }
}
