//! Standard output: data and results, and nothing else. A reader that has gone is no panic.

use super::failure::Failure;
use serde::Serialize;
use std::io::Write;

/// Write `text` and a line break.
pub fn line(text: &str) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.write_all(b"\n"));
    written.and_then(|()| stdout.flush()).map_err(|e| Failure::io("standard output", &e))
}

/// Write a value as JSON for people and programs, over several lines.
pub fn json(value: &impl Serialize) -> Result<(), Failure> {
    line(&serde_json::to_string_pretty(value).map_err(|e| Failure::new(e.to_string()))?)
}

/// Write a note for people on standard error.
pub fn note(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
