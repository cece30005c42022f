//! Slugs: the words of a title as they stand in an address.

use crate::content_type::ContentType;
use crate::field::{Field, FieldType};
use crate::model::Type;
use crate::rich_text;
use serde_json::{Map, Value};
use unicode_normalization::char::is_combining_mark;

/// The longest slug that is made from a text, in characters.
const LONGEST: usize = 80;
/// How much of a text is read for its slug.
const READ: usize = 1000;

/// `Crème brûlée & more` → `creme-brulee-more`: ASCII, lower case, at most 80 characters, never empty.
pub fn slugify(text: &str) -> String {
    let start: String = text.chars().filter(|c| !matches!(c, '\'' | '’')).take(READ).collect();
    let mut slug = String::new();
    for c in deunicode::deunicode(&start).chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        // One more than needed, so that a word which ends exactly at the limit is kept.
        if slug.len() > LONGEST {
            break;
        }
    }
    shorten(&mut slug, LONGEST);
    if slug.is_empty() { "untitled".to_owned() } else { slug }
}

/// Cuts at a hyphen if there is one in the second half of what may stay.
fn shorten(slug: &mut String, longest: usize) {
    if slug.len() > longest {
        let word_ends = slug[..=longest].rfind('-').filter(|at| *at * 2 > longest);
        slug.truncate(word_ends.unwrap_or(longest));
    }
    slug.truncate(slug.trim_end_matches('-').len());
}

/// Whether `text` may be a slug: letters and digits of any script, `-_.~`, and `/` between segments that are neither
/// empty nor `.` nor `..`.
pub fn is_slug(text: &str) -> bool {
    text.split('/').all(|segment| {
        !matches!(segment, "" | "." | "..")
            && segment
                .chars()
                .all(|c| c.is_alphanumeric() || is_combining_mark(c) || matches!(c, '-' | '_' | '.' | '~'))
    })
}

/// The slug fields without a value whose `from` has one: `(field id, proposed slug)`.
pub fn missing_slugs(ty: &Type, values: &Map<String, Value>) -> Vec<(String, String)> {
    let absent = |field: &&Field| field.kind == FieldType::Slug && !values.contains_key(&field.id);
    ty.def
        .fields
        .iter()
        .filter(absent)
        .filter_map(|field| {
            let mut slug = slugify(&source_text(&ty.def, field, values)?);
            shorten(&mut slug, field.max_length.map_or(LONGEST, |n| (n as usize).clamp(1, LONGEST)));
            Some((field.id.clone(), slug))
        })
        .collect()
}

fn source_text(def: &ContentType, field: &Field, values: &Map<String, Value>) -> Option<String> {
    let from = def.field(field.from.as_deref()?)?;
    let text = match values.get(&from.id)? {
        Value::String(text) => text.chars().take(READ).collect(),
        Value::Number(number) => number.to_string(),
        doc if from.kind == FieldType::RichText => rich_text::to_text(doc),
        _ => return None,
    };
    (!text.trim().is_empty()).then_some(text)
}
