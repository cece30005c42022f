//! The stored form of everything that is neither a relation nor made of components.

use super::decimal::{self, NotStorable};
use super::json;
use super::moment::{self, NotAMoment};
use super::problems::Problems;
use super::text;
use crate::close::{brief, hint};
use crate::field::{Field, FieldType};
use crate::ids::is_document_id;
use crate::problem::{Problem, pointer_to};
use crate::rich_text;
use serde_json::{Map, Number, Value, json};
use std::collections::HashSet;

/// The longest tag, in characters.
const LONGEST_TAG: usize = 100;

/// The stored form of `value`, or none where it means "no value"; for filters and keys of an import.
///
/// Relations, components and blocks have no such form: they are refused. Problems point into `value`.
pub fn scalar(field: &Field, value: &Value) -> Result<Option<Value>, Vec<Problem>> {
    let mut problems = Problems::default();
    let stored = normalise(field, value, "", &mut problems);
    let problems = problems.into_vec();
    if problems.is_empty() { Ok(stored) } else { Err(problems) }
}

pub(super) fn normalise(field: &Field, value: &Value, pointer: &str, problems: &mut Problems) -> Option<Value> {
    if value.is_null() {
        return None;
    }
    match field.kind {
        FieldType::Integer => integer(value, pointer, problems),
        FieldType::Decimal => decimal_number(field, value, pointer, problems),
        FieldType::Boolean => boolean(value, pointer, problems),
        FieldType::Date | FieldType::Time | FieldType::Datetime => instant(field.kind, value, pointer, problems),
        FieldType::Enumeration if field.many => choices(field, value, pointer, problems),
        FieldType::Enumeration => choice(field, value, pointer, problems).map(Value::String),
        FieldType::Tags => tags(value, pointer, problems),
        FieldType::Json => free(value, pointer, problems),
        FieldType::GeoPoint => geo_point(value, pointer, problems),
        FieldType::Media => media(field, value, pointer, problems),
        FieldType::RichText => rich(value, pointer, problems),
        FieldType::Relation | FieldType::Component | FieldType::Blocks => {
            problems.add(pointer, "type", format!("a {} has no plain value", field.kind.word()));
            None
        }
        _ => {
            let given = string(value, "a text", pointer, problems)?;
            text::text(field, given, pointer, problems).map(Value::String)
        }
    }
}

fn string<'a>(value: &'a Value, what: &str, pointer: &str, problems: &mut Problems) -> Option<&'a str> {
    if !value.is_string() {
        mismatch(value, what, pointer, problems);
    }
    value.as_str()
}

/// Says that `value` is of the wrong JSON type.
pub(super) fn mismatch(value: &Value, what: &str, pointer: &str, problems: &mut Problems) {
    let given = match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    problems.add(pointer, "type", format!("this must be {what}, not {given}"));
}

pub(super) fn list<'a>(value: &'a Value, what: &str, pointer: &str, problems: &mut Problems) -> Option<&'a Vec<Value>> {
    if !value.is_array() {
        mismatch(value, what, pointer, problems);
    }
    value.as_array()
}

fn integer(value: &Value, pointer: &str, problems: &mut Problems) -> Option<Value> {
    match decimal::integer(value) {
        Ok(whole) => return Some(whole.into()),
        Err(NotStorable::Form) => mismatch(value, "a whole number", pointer, problems),
        Err(NotStorable::Digits) => problems.add(pointer, "type", "this must be a whole number, without a fraction"),
        Err(NotStorable::Range) => {
            problems.add(pointer, "range", format!("this must be between {} and {}", i64::MIN, i64::MAX));
        }
    }
    None
}

fn decimal_number(field: &Field, value: &Value, pointer: &str, problems: &mut Problems) -> Option<Value> {
    if value.as_str().is_some_and(|text| text.trim().is_empty()) {
        return None;
    }
    let scale = field.scale();
    match decimal::scaled(value, scale).and_then(|scaled| decimal::unscaled(scaled, scale)) {
        Ok(number) => return Some(number),
        Err(NotStorable::Form) if value.is_string() => {
            problems.add(pointer, "format", "write a number such as 12.5, with a point and without an exponent");
        }
        Err(NotStorable::Form) => mismatch(value, "a number", pointer, problems),
        Err(NotStorable::Digits) => {
            problems.add(pointer, "digits", format!("this keeps {scale} digits after the point; round it"));
        }
        Err(NotStorable::Range) => {
            let digits = 15 - scale.min(15);
            let message = format!("too large to be exact; use at most {digits} digits before the point");
            problems.add(pointer, "range", message);
        }
    }
    None
}

fn boolean(value: &Value, pointer: &str, problems: &mut Problems) -> Option<Value> {
    if !value.is_boolean() {
        mismatch(value, "true or false", pointer, problems);
    }
    value.as_bool().map(Value::Bool)
}

fn instant(kind: FieldType, value: &Value, pointer: &str, problems: &mut Problems) -> Option<Value> {
    let given = string(value, "a text", pointer, problems)?;
    if given.is_empty() {
        return None;
    }
    let refusal = match kind {
        FieldType::Date => moment::date(given).ok_or(("format", "write an existing day as `2024-05-31`".to_owned())),
        FieldType::Time => {
            moment::time(given).ok_or(("format", "write a time as `14:30` or `14:30:05.250`".to_owned()))
        }
        _ => moment::datetime(given).map_err(|error| match error {
            NotAMoment::Offset => ("offset", error.to_string()),
            NotAMoment::Form => ("format", error.to_string()),
        }),
    };
    refusal.map_err(|(code, message)| problems.add(pointer, code, message)).ok().map(Value::String)
}

fn choice(field: &Field, value: &Value, pointer: &str, problems: &mut Problems) -> Option<String> {
    let given = string(value, "one of the field's values, a text", pointer, problems)?;
    if given.is_empty() {
        return None;
    }
    if field.values.iter().any(|choice| choice.value == given) {
        return Some(given.to_owned());
    }
    let values = || field.values.iter().map(|choice| choice.value.as_str());
    let some: Vec<_> = values().take(20).map(|value| format!("`{}`", brief(value))).collect();
    let hint = hint(given, values());
    problems.add(pointer, "enumeration", format!("`{}` is none of {}{hint}", brief(given), some.join(", ")));
    None
}

fn choices(field: &Field, value: &Value, pointer: &str, problems: &mut Problems) -> Option<Value> {
    let mut chosen: Vec<String> = Vec::new();
    for (index, item) in list(value, "a list of the field's values", pointer, problems)?.iter().enumerate() {
        if let Some(value) = choice(field, item, &pointer_to(pointer, index), problems)
            && !chosen.contains(&value)
        {
            chosen.push(value);
        }
    }
    filled(chosen)
}

fn tags(value: &Value, pointer: &str, problems: &mut Problems) -> Option<Value> {
    let mut tags: Vec<String> = Vec::new();
    let mut seen = HashSet::new();
    let as_text = Field::new("tag", FieldType::Text);
    for (index, item) in list(value, "a list of texts", pointer, problems)?.iter().enumerate() {
        let pointer = &pointer_to(pointer, index);
        let Some(given) = string(item, "a text", pointer, problems).map(str::trim) else {
            continue;
        };
        let Some(tag) = text::text(&as_text, given, pointer, problems) else {
            continue;
        };
        if tag.is_empty() {
            problems.add(pointer, "format", "a tag needs at least one character; remove the empty one");
        } else if tag.chars().count() > LONGEST_TAG {
            problems.add(pointer, "too_long", format!("shorten the tag to {LONGEST_TAG} characters"));
        } else if seen.insert(tag.clone()) {
            tags.push(tag);
        }
    }
    filled(tags)
}

/// An empty list is no value.
fn filled(list: Vec<String>) -> Option<Value> {
    if list.is_empty() { None } else { Some(list.into()) }
}

fn free(value: &Value, pointer: &str, problems: &mut Problems) -> Option<Value> {
    match json::check(value, 1) {
        Ok(()) => return Some(value.clone()),
        Err(json::NotStorable::TooDeep) => {
            problems.add(pointer, "too_deep", format!("this may nest {} deep; make it flatter", json::MAX_DEPTH));
        }
        Err(json::NotStorable::Nul) => {
            problems.add(pointer, "characters", "remove the character U+0000; it cannot be stored");
        }
    }
    None
}

fn geo_point(value: &Value, pointer: &str, problems: &mut Problems) -> Option<Value> {
    let Some(given) = value.as_object() else {
        mismatch(value, "an object `{\"lat\": …, \"lng\": …}`", pointer, problems);
        return None;
    };
    for key in given.keys().filter(|key| !matches!(key.as_str(), "lat" | "lng" | "latitude" | "longitude")) {
        problems.add(pointer_to(pointer, key), "unknown_field", "a point has `lat` and `lng` only; remove this");
    }
    let lat = coordinate(given, ["lat", "latitude"], 90.0, pointer, problems);
    let lng = coordinate(given, ["lng", "longitude"], 180.0, pointer, problems);
    Some(json!({"lat": lat?, "lng": lng?}))
}

fn coordinate(
    given: &Map<String, Value>,
    names: [&str; 2],
    limit: f64,
    pointer: &str,
    problems: &mut Problems,
) -> Option<Value> {
    let name = names.into_iter().find(|name| given.contains_key(*name)).unwrap_or(names[0]);
    let pointer = &pointer_to(pointer, name);
    let Some(degrees) = given.get(name).and_then(Value::as_f64) else {
        problems.add(pointer, "type", format!("give `{name}` in degrees, a number"));
        return None;
    };
    if degrees.abs() > limit {
        problems.add(pointer, "range", format!("`{name}` is between -{limit} and {limit}"));
        return None;
    }
    if degrees.fract() == 0.0 { Some((degrees as i64).into()) } else { Number::from_f64(degrees).map(Value::Number) }
}

fn media(field: &Field, value: &Value, pointer: &str, problems: &mut Problems) -> Option<Value> {
    if !field.many {
        return asset(value, pointer, problems).map(Value::String);
    }
    let mut assets: Vec<String> = Vec::new();
    let mut seen = HashSet::new();
    for (index, item) in list(value, "a list of media ids", pointer, problems)?.iter().enumerate() {
        if let Some(id) = asset(item, &pointer_to(pointer, index), problems)
            && seen.insert(id.clone())
        {
            assets.push(id);
        }
    }
    filled(assets)
}

fn asset(value: &Value, pointer: &str, problems: &mut Problems) -> Option<String> {
    let id = match value {
        Value::Object(map) => map.get("documentId").or(map.get("id")).and_then(Value::as_str),
        other => other.as_str(),
    };
    if !id.is_some_and(is_document_id) {
        problems.add(pointer, "reference", "give the file's id, 24 characters of a–z and 0–9, or its number");
        return None;
    }
    id.map(str::to_owned)
}

fn rich(value: &Value, pointer: &str, problems: &mut Problems) -> Option<Value> {
    let Some(given) = value.as_object() else {
        mismatch(value, "a document, `{\"markdown\": …}` or `{\"html\": …}`", pointer, problems);
        return None;
    };
    let single = if given.len() == 1 { given.iter().next() } else { None };
    let imported = match single {
        Some((form, Value::String(source))) if form == "markdown" => Some(rich_text::from_markdown(source)),
        Some((form, Value::String(source))) if form == "html" => Some(rich_text::from_html(source)),
        _ => None,
    };
    match rich_text::check(imported.as_ref().unwrap_or(value)) {
        Ok(document) => Some(document),
        Err(found) => {
            for problem in found {
                problems.add(format!("{pointer}{}", problem.pointer), "rich_text", problem.message);
            }
            None
        }
    }
}
