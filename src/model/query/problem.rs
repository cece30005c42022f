//! What is wrong with a query: which parameter, what kind, and what to do.

use std::fmt;

/// How much of a name that somebody sent is repeated to him, in characters.
const SHOWN: usize = 80;

/// One thing that is wrong with a query string. All of them are status 400.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryProblem {
    /// The parameter as it is written in a query string, e.g. `filters[title][$eq]`; long names are cut.
    pub parameter: String,
    /// A stable word for programs, e.g. `unknown_field`, `invalid_value`, `too_many`.
    pub code: &'static str,
    /// A sentence for people that says what to do.
    pub message: String,
}

impl QueryProblem {
    pub fn new(parameter: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self { parameter: parameter.into(), code, message: message.into() }
    }
}

/// `text`, cut to what is worth repeating.
pub(super) fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Where in the query we are; written out only when something is wrong there.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    parent: Option<&'a At<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Name(&'a str),
    Index(usize),
}

impl<'a> At<'a> {
    /// A parameter, or one that was written out before.
    pub fn root(name: &'a str) -> Self {
        Self { parent: None, step: Step::Name(name) }
    }

    pub fn key(&'a self, name: &'a str) -> Self {
        Self { parent: Some(self), step: Step::Name(name) }
    }

    pub fn index(&'a self, index: usize) -> Self {
        Self { parent: Some(self), step: Step::Index(index) }
    }
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.parent, self.step) {
            (None, Step::Name(name)) => f.write_str(name),
            (None, Step::Index(index)) => write!(f, "{index}"),
            (Some(parent), Step::Name(name)) => write!(f, "{parent}[{}]", shown(name)),
            (Some(parent), Step::Index(index)) => write!(f, "{parent}[{index}]"),
        }
    }
}
