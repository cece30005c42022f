//! `urlPattern`: where a document lives on the website, e.g. `/{locale}/blog/{slug}`.

use super::report::Report;
use crate::close::{brief, hint};
use crate::content_type::{ContentType, Kind};
use crate::field::{Field, FieldType};

const LONGEST: usize = 500;

/// The pattern with each placeholder replaced for which `id` knows another word.
pub(super) fn map_placeholders<'a>(pattern: &str, id: impl Fn(&str) -> Option<&'a str>) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some((start, end)) = next(rest) {
        let word = &rest[start + 1..end];
        out.push_str(&rest[..=start]);
        out.push_str(id(word).unwrap_or(word));
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

/// Where the next `{…}` begins and ends.
fn next(text: &str) -> Option<(usize, usize)> {
    let start = text.find('{')?;
    let end = start + text[start..].find('}')?;
    Some((start, end))
}

pub(super) fn check(def: &ContentType, pointer: &str, report: &mut Report) {
    let Some(pattern) = def.url_pattern.as_deref() else {
        return;
    };
    let mut refuse = |message: String| report.add(pointer, "url_pattern", message);
    if !pattern.starts_with('/') || pattern.starts_with("//") {
        refuse(format!("a path begins with one `/`, as in `/{}`", brief(pattern.trim_start_matches('/'))));
    }
    if pattern.len() > LONGEST {
        return refuse(format!("shorten the pattern to {LONGEST} bytes"));
    }
    let mut tells_apart = def.kind == Kind::Single;
    let mut rest = pattern;
    let mut literal = String::new();
    while let Some((start, end)) = next(rest) {
        let word = &rest[start + 1..end];
        match known(def, word) {
            Ok(one_document) => tells_apart |= one_document,
            Err(message) => {
                // Whatever was meant, it would tell documents apart.
                tells_apart = true;
                refuse(message);
            }
        }
        literal.push_str(&rest[..start]);
        rest = &rest[end + 1..];
    }
    literal.push_str(rest);
    if literal.contains(['{', '}']) {
        refuse("a placeholder stands between `{` and `}`; one of them is missing".to_owned());
    } else if literal.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '?' | '#' | '\\')) {
        refuse("a path has no white space, `?`, `#` or `\\`".to_owned());
    } else if !tells_apart {
        refuse(
            "every document would have the same path: add a placeholder such as `{slug}` or `{documentId}`".to_owned(),
        );
    }
}

/// Whether the placeholder differs from document to document, or what is wrong with it.
fn known(def: &ContentType, word: &str) -> Result<bool, String> {
    match word {
        "locale" => return Ok(false),
        "documentId" => return Ok(true),
        "path" if def.tree => return Ok(true),
        "path" => return Err("only a tree has `{path}`; turn `tree` on or name a slug field".to_owned()),
        _ => {}
    }
    match def.field(word) {
        Some(field) if field.private => Err(format!("`{}` is private, and a path is public", field.name)),
        Some(field) if fits(field) => Ok(true),
        Some(field) => Err(format!("a {} cannot be part of a path; `{}` is one", field.kind.word(), field.name)),
        None => {
            let usable = def.fields.iter().filter(|f| fits(f)).map(|f| f.name.as_str());
            let hint = hint(word, usable.chain(["locale", "documentId", "path"]));
            Err(format!("there is no field `{}`{hint}", brief(word)))
        }
    }
}

fn fits(field: &Field) -> bool {
    match field.kind {
        FieldType::String | FieldType::Slug | FieldType::Integer | FieldType::Date | FieldType::Datetime => true,
        FieldType::Enumeration => !field.many,
        _ => false,
    }
}
