//! Patterns of fields, compiled once.

use regex::{Regex, RegexBuilder};
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

/// How large a compiled pattern may be, in bytes.
const MAX_SIZE: usize = 1 << 20;
/// How many compiled patterns are kept; beyond it all are forgotten.
const MAX_KEPT: usize = 200;

/// Compiled patterns by their text. They depend on nothing else, so one map for the whole process is no hidden state.
static COMPILED: LazyLock<Mutex<HashMap<String, Option<Regex>>>> = LazyLock::new(Mutex::default);

/// Whether the whole of `text` matches; none when `pattern` is no regular expression, or too large a one.
pub(super) fn matches(pattern: &str, text: &str) -> Option<bool> {
    let compiled = {
        let mut kept = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
        match kept.get(pattern) {
            Some(compiled) => compiled.clone(),
            None => {
                if kept.len() >= MAX_KEPT {
                    kept.clear();
                }
                let compiled = compile(pattern);
                kept.insert(pattern.to_owned(), compiled.clone());
                compiled
            }
        }
    };
    compiled.map(|regex| regex.is_match(text))
}

fn compile(pattern: &str) -> Option<Regex> {
    let build = |text: &str| RegexBuilder::new(text).size_limit(MAX_SIZE).dfa_size_limit(MAX_SIZE).build().ok();
    // By itself first, lest its parentheses balance those that are put around it.
    build(pattern)?;
    build(&format!(r"\A(?:{pattern})\z"))
}
