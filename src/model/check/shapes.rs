//! Which keys each kind of file knows, and what JSON each key wants: the first look at a file, by hand, because it
//! has to find everything that is wrong and say where.

use super::report::Report;
use crate::close::{brief, hint};
use crate::field::FieldType;
use crate::permission::Action;
use crate::problem::pointer_to;
use serde_json::{Map, Value};

/// What the value of a key must be. `null` is the same as no key.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    Text,
    Flag,
    /// A whole number from 0.
    Whole,
    /// A number or a text.
    Bound,
    Texts,
    Object,
    List,
    Any,
    Word(&'static [&'static str]),
    FieldType,
    Action,
    Values,
    ShownWhen,
    Fields,
    Permissions,
}

/// An object with known keys, of which some must be there.
pub(super) struct Known {
    /// What it is, for messages: `a field`.
    pub what: &'static str,
    pub keys: &'static [(&'static str, Shape)],
    pub required: &'static [&'static str],
}

pub(super) const TYPE: Known = Known {
    what: "a content type",
    required: &["kind", "singular"],
    keys: &[
        ("id", Shape::Text),
        ("kind", Shape::Word(&["collection", "single", "component"])),
        ("singular", Shape::Text),
        ("plural", Shape::Text),
        ("label", Shape::Text),
        ("description", Shape::Text),
        ("icon", Shape::Text),
        ("group", Shape::Text),
        ("titleField", Shape::Text),
        ("draftAndPublish", Shape::Flag),
        ("orderable", Shape::Flag),
        ("tree", Shape::Flag),
        ("urlPattern", Shape::Text),
        ("defaultSort", Shape::Text),
        ("listColumns", Shape::Texts),
        ("previewUrl", Shape::Text),
        ("cacheControl", Shape::Text),
        ("layout", Shape::Any),
        ("ui", Shape::Object),
        ("fields", Shape::Fields),
    ],
};

pub(super) const FIELD: Known = Known {
    what: "a field",
    required: &["name", "type"],
    keys: &[
        ("id", Shape::Text),
        ("name", Shape::Text),
        ("type", Shape::FieldType),
        ("label", Shape::Text),
        ("help", Shape::Text),
        ("required", Shape::Flag),
        ("unique", Shape::Flag),
        ("localized", Shape::Flag),
        ("private", Shape::Flag),
        ("default", Shape::Any),
        ("min", Shape::Bound),
        ("max", Shape::Bound),
        ("minLength", Shape::Whole),
        ("maxLength", Shape::Whole),
        ("pattern", Shape::Text),
        ("scale", Shape::Whole),
        ("values", Shape::Values),
        ("many", Shape::Flag),
        ("from", Shape::Text),
        ("targets", Shape::Texts),
        ("inverse", Shape::Text),
        ("component", Shape::Text),
        ("repeatable", Shape::Flag),
        ("components", Shape::Texts),
        ("minItems", Shape::Whole),
        ("maxItems", Shape::Whole),
        ("kinds", Shape::Texts),
        ("searchable", Shape::Flag),
        ("weight", Shape::Whole),
        ("indexed", Shape::Flag),
        ("shownWhen", Shape::ShownWhen),
        ("ui", Shape::Object),
    ],
};

const VALUE: Known = Known {
    what: "a value",
    required: &["value"],
    keys: &[("value", Shape::Text), ("label", Shape::Text), ("was", Shape::Text)],
};

const SHOWN_WHEN: Known =
    Known { what: "`shownWhen`", required: &["field", "in"], keys: &[("field", Shape::Text), ("in", Shape::List)] };

pub(super) const LOCALE: Known = Known {
    what: "a locale",
    required: &["code"],
    keys: &[("code", Shape::Text), ("name", Shape::Text), ("default", Shape::Flag)],
};

pub(super) const ROLE: Known = Known {
    what: "a role",
    required: &["name"],
    keys: &[
        ("name", Shape::Text),
        ("label", Shape::Text),
        ("description", Shape::Text),
        ("admin", Shape::Flag),
        ("permissions", Shape::Permissions),
    ],
};

const PERMISSION: Known = Known {
    what: "a permission",
    required: &["action", "type"],
    keys: &[("action", Shape::Action), ("type", Shape::Text), ("fields", Shape::Texts), ("condition", Shape::Object)],
};

/// Reports whatever in `value` has not the shape of `known`.
pub(super) fn check(known: &Known, value: &Value, pointer: &str, report: &mut Report) {
    let Some(given) = object(value, known.what, pointer, report) else {
        return;
    };
    for (key, value) in given {
        if report.is_full() {
            return;
        }
        let pointer = pointer_to(pointer, key);
        match known.keys.iter().find(|(name, _)| name == key) {
            Some(_) if value.is_null() => {}
            Some((_, shape)) => shape.check(key, value, &pointer, report),
            None => {
                let hint = hint(key, known.keys.iter().map(|(name, _)| *name));
                report.add(pointer, "unknown_key", format!("{} has no key `{}`{hint}", known.what, brief(key)));
            }
        }
    }
    for key in known.required {
        if given.get(*key).is_none_or(Value::is_null) {
            report.add(pointer_to(pointer, key), "required", format!("{} needs `{key}`", known.what));
        }
    }
}

fn object<'a>(value: &'a Value, what: &str, pointer: &str, report: &mut Report) -> Option<&'a Map<String, Value>> {
    let map = value.as_object();
    report.expect(map.is_some(), pointer, "type", || format!("{what} is an object, not {}", word_for(value)));
    map
}

impl Shape {
    fn check(self, key: &str, value: &Value, pointer: &str, report: &mut Report) {
        let wanted = match self {
            Self::Any => return,
            Self::Text if value.is_string() => return,
            Self::Text => "a text",
            Self::Flag if value.is_boolean() => return,
            Self::Flag => "true or false",
            Self::Whole if value.as_u64().is_some_and(|n| u32::try_from(n).is_ok()) => return,
            Self::Whole => "a whole number from 0",
            Self::Bound if value.is_number() || value.is_string() => return,
            Self::Bound => "a number, or a date or time as text",
            Self::Object if value.is_object() => return,
            Self::Object => "an object",
            Self::Word(words) => return word(key, value, words, pointer, report),
            Self::FieldType => return word(key, value, &FieldType::ALL.map(FieldType::word), pointer, report),
            Self::Action => return word(key, value, &Action::ALL.map(Action::word), pointer, report),
            Self::ShownWhen => return check(&SHOWN_WHEN, value, pointer, report),
            Self::Texts | Self::List | Self::Values | Self::Fields | Self::Permissions => match value.as_array() {
                Some(items) => return self.check_items(key, items, pointer, report),
                None => "a list",
            },
        };
        report.add(pointer, "type", format!("`{key}` is {wanted}, not {}", word_for(value)));
    }

    fn check_items(self, key: &str, items: &[Value], pointer: &str, report: &mut Report) {
        for (index, item) in items.iter().enumerate() {
            if report.is_full() {
                return;
            }
            let pointer = &pointer_to(pointer, index);
            match self {
                Self::Texts => {
                    let message = || format!("`{key}` is a list of texts; this is {}", word_for(item));
                    report.expect(item.is_string(), pointer, "type", message);
                }
                Self::Values if !item.is_string() => check(&VALUE, item, pointer, report),
                Self::Fields => check(&FIELD, item, pointer, report),
                Self::Permissions => check(&PERMISSION, item, pointer, report),
                _ => {}
            }
        }
    }
}

fn word(key: &str, value: &Value, words: &[&str], pointer: &str, report: &mut Report) {
    let Some(given) = value.as_str() else {
        return report.add(pointer, "type", format!("`{key}` is a text, not {}", word_for(value)));
    };
    if !words.contains(&given) {
        let hint = hint(given, words.iter().copied());
        let known = words.join(", ");
        report.add(pointer, "unknown_word", format!("`{}` is none of {known}{hint}", brief(given)));
    }
}

fn word_for(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
