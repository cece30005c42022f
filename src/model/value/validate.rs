//! What binds at publish: required values, lengths, patterns, forms, bounds and numbers of items.
//!
//! Whether a value is unique is for the database to say.

use super::items::items;
use super::problems::Problems;
use super::shown::is_shown;
use super::{MAX_DEPTH, moment, pattern, text};
use crate::field::{Field, FieldType};
use crate::model::{Model, Type};
use crate::problem::{Problem, pointer_to};
use crate::rich_text;
use serde_json::{Map, Value};
use std::cmp::Ordering;

/// Which top-level fields are examined.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    /// Those of the shared part.
    pub shared: bool,
    /// Those of the locale's part.
    pub local: bool,
}

impl Scope {
    pub const ALL: Scope = Scope { shared: true, local: true };
}

/// All that keeps the stored `values` from being published, at most 1000 problems; pointers are by names.
pub fn validate(model: &Model, ty: &Type, values: &Map<String, Value>, scope: Scope) -> Vec<Problem> {
    let mut check = Check { model, problems: Problems::default() };
    let fields = ty.def.fields.iter().filter(|f| if ty.localized && f.localized { scope.local } else { scope.shared });
    check.fields(fields, values, "", 0);
    check.problems.into_vec()
}

struct Check<'a> {
    model: &'a Model,
    problems: Problems,
}

impl Check<'_> {
    fn fields<'f>(
        &mut self,
        fields: impl Iterator<Item = &'f Field>,
        values: &Map<String, Value>,
        pointer: &str,
        depth: usize,
    ) {
        for field in fields {
            let pointer = pointer_to(pointer, &field.name);
            match values.get(&field.id).filter(|value| !is_blank(field, value)) {
                Some(value) => self.value(field, value, &pointer, depth),
                None if field.required && is_shown(field, values) => {
                    self.problems.add(pointer, "required", required(field));
                }
                None => {}
            }
        }
    }

    fn value(&mut self, field: &Field, value: &Value, pointer: &str, depth: usize) {
        if let Some(text) = value.as_str().filter(|_| field.kind.is_text()) {
            self.text(field, text, pointer);
        }
        self.bounds(field, value, pointer);
        if let Some(list) = value.as_array().filter(|_| field.is_list()) {
            self.count(field, list.len(), pointer);
        }
        if depth >= MAX_DEPTH {
            return;
        }
        for item in items(self.model, field, value) {
            let pointer = item.index.map_or_else(|| pointer.to_owned(), |index| pointer_to(pointer, index));
            self.fields(item.component.def.fields.iter(), item.values, &pointer, depth + 1);
        }
    }

    fn text(&mut self, field: &Field, given: &str, pointer: &str) {
        let length = given.chars().count();
        if let Some(shortest) = field.min_length.filter(|n| length < *n as usize) {
            let message = format!("write at least {shortest} characters; these are {length}");
            self.problems.add(pointer, "too_short", message);
        }
        if let Some(longest) = field.max_length.filter(|n| length > *n as usize) {
            let message = format!("shorten it to {longest} characters; these are {length}");
            self.problems.add(pointer, "too_long", message);
        }
        if let Some(wanted) = &field.pattern {
            match pattern::matches(wanted, given) {
                Some(true) => {}
                Some(false) => self.problems.add(pointer, "pattern", format!("this must match the pattern `{wanted}`")),
                None => {
                    let message = "the field's pattern cannot be used; change the content type";
                    self.problems.add(pointer, "pattern", message);
                }
            }
        }
        let wrong = match field.kind {
            FieldType::Email if !is_email(given) => "write an e-mail address such as `name@example.org`",
            FieldType::Url if !is_url(given) => "write an address such as `https://example.org/page` or `/page`",
            FieldType::Color if text::color(given).is_none() => "write a colour such as `#1a2b3c`",
            _ => return,
        };
        self.problems.add(pointer, "format", wrong);
    }

    fn bounds(&mut self, field: &Field, value: &Value, pointer: &str) {
        if let Some(min) = field.min.as_ref().filter(|min| compare(field, value, min) == Some(Ordering::Less)) {
            self.problems.add(pointer, "min", format!("this must be {} or more", plain(min)));
        }
        if let Some(max) = field.max.as_ref().filter(|max| compare(field, value, max) == Some(Ordering::Greater)) {
            self.problems.add(pointer, "max", format!("this must be {} or less", plain(max)));
        }
    }

    fn count(&mut self, field: &Field, count: usize, pointer: &str) {
        if let Some(fewest) = field.min_items.filter(|n| count < *n as usize) {
            self.problems.add(pointer, "too_few", format!("give at least {fewest}; there are {count}"));
        }
        if let Some(most) = field.max_items.filter(|n| count > *n as usize) {
            self.problems.add(pointer, "too_many", format!("give at most {most}; there are {count}"));
        }
    }
}

fn required(field: &Field) -> &'static str {
    match field.kind {
        FieldType::Relation => "choose a document; this is required",
        FieldType::Media => "choose a file; this is required",
        FieldType::Boolean => "choose yes or no; this is required",
        _ if field.is_list() => "add at least one; this is required",
        _ => "fill this in; it is required",
    }
}

/// Whether a reader would call it empty.
fn is_blank(field: &Field, value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(list) => field.is_list() && list.is_empty(),
        _ => field.kind == FieldType::RichText && rich_text::is_empty(value),
    }
}

/// How `value` stands to a bound; none when they cannot be compared.
fn compare(field: &Field, value: &Value, bound: &Value) -> Option<Ordering> {
    let moment = |read: fn(&str) -> Option<String>| Some(value.as_str()?.cmp(read(bound.as_str()?)?.as_str()));
    match field.kind {
        FieldType::Integer | FieldType::Decimal => {
            if let (Some(value), Some(bound)) = (value.as_i64(), bound.as_i64()) {
                return Some(value.cmp(&bound));
            }
            let bound = match bound {
                Value::String(text) => text.parse().ok()?,
                _ => bound.as_f64()?,
            };
            value.as_f64()?.partial_cmp(&bound)
        }
        FieldType::Date => moment(moment::date),
        FieldType::Time => moment(moment::time),
        FieldType::Datetime => moment(|bound| {
            let midnight = || moment::date(bound).map(|day| format!("{day}T00:00:00.000Z"));
            moment::datetime(bound).ok().or_else(midnight)
        }),
        _ => None,
    }
}

fn plain(bound: &Value) -> String {
    bound.as_str().map_or_else(|| bound.to_string(), str::to_owned)
}

/// Name, `@`, and a domain with a dot: enough to catch slips; only a mail that arrives proves more.
fn is_email(text: &str) -> bool {
    let Some((name, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    (1..=64).contains(&name.len())
        && !name.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '@' | '<' | '>' | '"' | ','))
        && domain.contains('.')
        && domain.split('.').all(is_label)
}

/// An absolute address that a link may carry, or a path, query or anchor of the same site.
fn is_url(text: &str) -> bool {
    if !rich_text::is_safe_link(text) || text.contains(char::is_whitespace) || text.contains('\\') {
        return false;
    }
    if text.starts_with(['/', '#', '?']) {
        return !text.starts_with("//");
    }
    url::Url::parse(text).is_ok()
}
