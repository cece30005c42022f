//! Texts: which characters can be stored, and the hard upper lengths.

use super::problems::Problems;
use super::slug::{is_slug, slugify};
use crate::field::{Field, FieldType};

/// The longest string, slug, e-mail address, enumeration value or colour, in characters: the database indexes them.
const LONGEST: usize = 255;
const LONGEST_URL: usize = 2000;

/// The stored form of a text; none when it is refused or, for fields that have a form, empty.
pub(super) fn text(field: &Field, text: &str, pointer: &str, problems: &mut Problems) -> Option<String> {
    if text.is_empty() && !matches!(field.kind, FieldType::String | FieldType::Text | FieldType::Markdown) {
        return None;
    }
    if let Some(bad) = text.chars().find(|c| is_refused(*c)) {
        let message = format!("remove the control character U+{:04X}; it cannot be stored", u32::from(bad));
        problems.add(pointer, "characters", message);
        return None;
    }
    if !fits(field, text, pointer, problems) {
        return None;
    }
    match field.kind {
        FieldType::Slug if !is_slug(text) => {
            let proposed = slugify(text);
            let message = format!("a slug has letters, digits, `-_.~` and inner `/`; try `{proposed}`");
            problems.add(pointer, "format", message);
            None
        }
        FieldType::Color => Some(color(text).unwrap_or_else(|| text.to_owned())),
        _ => Some(text.to_owned()),
    }
}

/// Control characters that no editor types on purpose; line breaks and tabs are fine, and so are the form feed, which
/// HTML takes for a space and old texts have, and those of C1, which every database and format carries.
fn is_refused(c: char) -> bool {
    (c < ' ' && !matches!(c, '\n' | '\r' | '\t' | '\u{c}')) || c == '\u{7f}'
}

fn fits(field: &Field, text: &str, pointer: &str, problems: &mut Problems) -> bool {
    let (longest, hint) = match field.kind {
        FieldType::Text | FieldType::Markdown => return true,
        FieldType::Url => (LONGEST_URL, ""),
        FieldType::String => (LONGEST, ", or make the field a `text`"),
        _ => (LONGEST, ""),
    };
    let fits = text.len() <= longest || text.chars().count() <= longest;
    if !fits {
        problems.add(pointer, "too_long", format!("shorten it to {longest} characters{hint}"));
    }
    fits
}

/// `#rrggbb` or `#rrggbbaa` in lower case; `#rgb` and `#rgba` are expanded. None when it is no colour.
pub(super) fn color(text: &str) -> Option<String> {
    let digits = text.trim().strip_prefix('#')?.to_ascii_lowercase();
    if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    match digits.len() {
        3 | 4 => Some(digits.chars().fold("#".to_owned(), |color, digit| format!("{color}{digit}{digit}"))),
        6 | 8 => Some(format!("#{digits}")),
        _ => None,
    }
}
