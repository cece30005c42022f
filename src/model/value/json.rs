//! Free JSON: what a `json` field may hold, and writing values as text.

use serde_json::{Map, Value};
use std::fmt::Write;

/// How deep a `json` value may nest.
pub(super) const MAX_DEPTH: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotStorable {
    TooDeep,
    /// A text or member name holds NUL.
    Nul,
}

/// Whether `value` can be stored; looks no deeper than it may nest.
pub(super) fn check(value: &Value, depth: usize) -> Result<(), NotStorable> {
    match value {
        Value::String(text) if text.contains('\0') => Err(NotStorable::Nul),
        Value::Array(_) | Value::Object(_) if depth > MAX_DEPTH => Err(NotStorable::TooDeep),
        Value::Array(list) => list.iter().try_for_each(|item| check(item, depth + 1)),
        Value::Object(map) => {
            map.iter().try_for_each(
                |(name, member)| {
                    if name.contains('\0') { Err(NotStorable::Nul) } else { check(member, depth + 1) }
                },
            )
        }
        _ => Ok(()),
    }
}

/// Appends `value` as compact JSON.
pub(super) fn write(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => {
            // Writing to a String cannot fail.
            let _ = write!(out, "{number}");
        }
        Value::String(text) => write_text(text, out),
        Value::Array(list) => {
            out.push('[');
            for (i, item) in list.iter().enumerate() {
                comma(i, out);
                write(item, out);
            }
            out.push(']');
        }
        Value::Object(map) => write_object(map, out),
    }
}

fn write_object(map: &Map<String, Value>, out: &mut String) {
    out.push('{');
    for (i, (name, member)) in map.iter().enumerate() {
        comma(i, out);
        write_text(name, out);
        out.push(':');
        write(member, out);
    }
    out.push('}');
}

pub(super) fn comma(index: usize, out: &mut String) {
    if index > 0 {
        out.push(',');
    }
}

/// Appends `text` as a JSON string.
pub(super) fn write_text(text: &str, out: &mut String) {
    out.push('"');
    let mut written = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= b' ' && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.push_str(&text[written..at]);
        written = at + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            _ => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{byte:04x}");
            }
        }
    }
    out.push_str(&text[written..]);
    out.push('"');
}
