//! Attributes of nodes and marks: the shapes their values may have, and how a set of them is checked.

use super::address::{is_safe_image, is_safe_link};
use super::check::Report;
use crate::ids::is_document_id;
use crate::problem::pointer_to;
use serde_json::{Map, Value};

/// One attribute that a node or mark may have. Absent and `null` mean the same.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attribute {
    pub name: &'static str,
    alias: &'static str,
    shape: Shape,
    default: Option<u8>,
}

/// What the value of an attribute may be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    /// Any text.
    Text,
    /// A whole number between these, both included.
    Whole(i64, i64),
    Flag,
    OneOf(&'static [&'static str]),
    /// Words of letters and dashes, such as `rel` has.
    Words,
    LinkAddress,
    ImageAddress,
    /// A documentId.
    Document,
    /// The id of a media asset.
    Asset,
    /// The name of a programming language.
    Language,
    /// `#hex` or the name of a colour.
    Color,
    /// Column widths in pixels, 0 for none.
    Widths,
    /// What an editor writes and nobody needs; dropped.
    Ignored,
}

impl Attribute {
    pub const fn of(name: &'static str, shape: Shape) -> Self {
        Self { name, alias: "", shape, default: None }
    }

    pub const fn ignored(name: &'static str) -> Self {
        Self::of(name, Shape::Ignored)
    }

    /// Also known under this name.
    pub const fn alias(self, alias: &'static str) -> Self {
        Self { alias, ..self }
    }

    /// Written out with this value when absent: the number, or for a flag whether it is 1.
    pub const fn default(self, default: u8) -> Self {
        Self { default: Some(default), ..self }
    }

    fn default_value(self) -> Option<Value> {
        let number = self.default?;
        Some(if matches!(self.shape, Shape::Flag) { Value::Bool(number == 1) } else { number.into() })
    }
}

/// The checked `attrs` of a node or mark at `pointer`, in the schema's order; problems go to `report`.
pub(super) fn check(
    rules: &[Attribute],
    one_of: &[&str],
    given: Option<&Value>,
    pointer: &str,
    report: &mut Report,
) -> Map<String, Value> {
    if rules.is_empty() && given.is_none() {
        return Map::new();
    }
    let pointer = &pointer_to(pointer, "attrs");
    let empty = Map::new();
    let given = match given {
        None | Some(Value::Null) => &empty,
        Some(Value::Object(given)) => given,
        Some(_) => {
            report.add(pointer, "`attrs` must be an object");
            return empty;
        }
    };
    for (name, value) in given {
        let known = rules.iter().any(|rule| rule.name == name || (!rule.alias.is_empty() && rule.alias == name));
        if !known && !value.is_null() {
            report.add(&pointer_to(pointer, name), unknown_attribute(name, rules));
        }
    }
    let mut checked = Map::new();
    for rule in rules {
        let by_name = given.get_key_value(rule.name).filter(|(_, value)| !value.is_null());
        let found = by_name.or_else(|| given.get_key_value(rule.alias).filter(|(_, value)| !value.is_null()));
        match found {
            None => {
                if let Some(value) = rule.default_value() {
                    checked.insert(rule.name.to_owned(), value);
                }
            }
            Some((key, value)) => match rule.shape.read(value) {
                Ok(Some(value)) => {
                    checked.insert(rule.name.to_owned(), value);
                }
                Ok(None) => {}
                Err(message) => report.add(&pointer_to(pointer, key), format!("`{key}` must be {message}")),
            },
        }
    }
    let set = |name: &&&str| rules.iter().any(|rule| rule.name == **name && rule.is_set(given));
    if !one_of.is_empty() && one_of.iter().filter(set).count() != 1 {
        let names: Vec<_> = one_of.iter().map(|name| format!("`{name}`")).collect();
        let message = match names.as_slice() {
            [name] => format!("{name} must be set"),
            names => format!("set exactly one of {}", names.join(" and ")),
        };
        report.add(pointer, message);
    }
    checked
}

impl Attribute {
    fn is_set(self, given: &Map<String, Value>) -> bool {
        [self.name, self.alias].iter().any(|key| given.get(*key).is_some_and(|value| !value.is_null()))
    }
}

fn unknown_attribute(name: &str, rules: &[Attribute]) -> String {
    let known: Vec<_> =
        rules.iter().filter(|rule| !matches!(rule.shape, Shape::Ignored)).map(|rule| rule.name).collect();
    if known.is_empty() {
        format!("there is no attribute `{name}` here; remove it")
    } else {
        format!("there is no attribute `{name}` here; known are {}", known.join(", "))
    }
}

impl Shape {
    /// The value to store, none when it is to be dropped; or what it must be.
    fn read(self, value: &Value) -> Result<Option<Value>, String> {
        let fits = |accepted: bool, otherwise: &str| {
            if accepted { Ok(Some(value.clone())) } else { Err(otherwise.to_owned()) }
        };
        let text = value.as_str();
        let text_where = |accepts: fn(&str) -> bool, otherwise| fits(text.is_some_and(accepts), otherwise);
        match self {
            Self::Ignored => Ok(None),
            Self::Text => match text {
                Some(text) => Ok(Some(clean(text).into())),
                None => Err("a text".to_owned()),
            },
            Self::Flag => fits(value.is_boolean(), "true or false"),
            Self::Whole(low, high) => fits(
                value.as_i64().is_some_and(|n| (low..=high).contains(&n)),
                &format!("a whole number from {low} to {high}"),
            ),
            Self::OneOf(values) => {
                fits(text.is_some_and(|t| values.contains(&t)), &format!("one of {}", values.join(", ")))
            }
            Self::Words => text_where(are_words, "words of letters and dashes"),
            Self::LinkAddress => {
                text_where(is_safe_link, "a path, an #anchor, or an address with http, https, mailto or tel")
            }
            Self::ImageAddress => text_where(is_safe_image, "an absolute http or https address"),
            Self::Document => text_where(is_document_id, "a documentId: 24 characters of a–z and 0–9"),
            Self::Asset => text_where(is_asset_id, "the id of a media asset"),
            // An editor writes an empty text where there is no language.
            Self::Language if text == Some("") => Ok(None),
            Self::Language => text_where(is_language, "the name of a language: up to 40 letters, digits and +#._-"),
            Self::Color => text_where(is_color, "a colour: a name such as `yellow`, or #rgb, #rrggbb or #rrggbbaa"),
            Self::Widths => {
                let width = |value: &Value| value.as_u64().is_some_and(|width| width <= 20_000);
                let accepted = value.as_array().is_some_and(|list| list.len() <= 1000 && list.iter().all(width));
                fits(accepted, "a list of widths in pixels")
            }
        }
    }
}

/// `text` without what no reader sees and some stores refuse: control characters other than tab and line feed.
pub(super) fn clean(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\t' | '\n')).collect()
}

pub(super) fn are_words(text: &str) -> bool {
    text.len() <= 200 && text.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-' || b == b' ')
}

pub(super) fn is_asset_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

pub(super) fn is_language(text: &str) -> bool {
    (1..=40).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+#._-".contains(&b))
}

pub(super) fn is_color(text: &str) -> bool {
    match text.strip_prefix('#') {
        Some(hex) => matches!(hex.len(), 3 | 4 | 6 | 8) && hex.bytes().all(|b| b.is_ascii_hexdigit()),
        None => (1..=30).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphabetic()),
    }
}
