//! Enumerations and tags, and whatever becomes one of several.

use super::value::Attempt;
use crate::field::{Field, FieldType};
use crate::value::scalar;
use serde_json::{Value, json};

/// How many values are named in a sentence.
const NAMED: usize = 5;

pub(super) fn is_choice(field: &Field) -> bool {
    matches!(field.kind, FieldType::Enumeration | FieldType::Tags)
}

/// A list, or one value as a list of one.
pub(super) fn list(value: &Value) -> &[Value] {
    match value {
        Value::Array(list) => list,
        one => std::slice::from_ref(one),
    }
}

/// The values of a list as one text.
pub(super) fn joined(value: &Value) -> Result<String, String> {
    let texts: Vec<_> = list(value).iter().filter_map(Value::as_str).collect();
    if texts.is_empty() { Err("there was no text in it".to_owned()) } else { Ok(texts.join(", ")) }
}

/// Values of an enumeration or tags as those of another.
pub(super) fn convert(from: &Field, to: &Field, renames: &[(String, String)], value: &Value) -> Attempt {
    let texts = list(value).iter().filter_map(Value::as_str).map(|text| {
        let renamed = renames.iter().find(|(was, _)| was == text && from.kind == FieldType::Enumeration);
        renamed.map_or(text, |(_, to)| to.as_str())
    });
    pick(to, texts)
}

/// A text as one or several values: whole if it is one, else its parts between commas.
pub(super) fn from_text(to: &Field, text: &str) -> Attempt {
    let trimmed = text.trim();
    let whole = to.kind == FieldType::Enumeration && (!to.many || is_value(to, trimmed));
    if whole { pick(to, [trimmed].into_iter()) } else { pick(to, trimmed.split(',').map(str::trim)) }
}

/// Those of `texts` that may be values of `to`, each once.
pub(super) fn pick<'a>(to: &Field, texts: impl Iterator<Item = &'a str>) -> Attempt {
    let mut kept: Vec<&str> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    let mut lost: Vec<String> = Vec::new();
    let mut lost_in_all = 0usize;
    for text in texts.map(str::trim).filter(|text| !text.is_empty()) {
        if !is_value(to, text) {
            lost_in_all += 1;
            if lost.len() < NAMED {
                lost.push(format!("`{}`", text.chars().take(60).collect::<String>()));
            }
        } else if seen.insert(text) {
            kept.push(text);
        }
    }
    let what = if to.kind == FieldType::Tags { "no possible tag" } else { "no value of the field" };
    let more = if lost_in_all > lost.len() { format!(" and {} more", lost_in_all - lost.len()) } else { String::new() };
    let verb = if lost_in_all > 1 { "are" } else { "is" };
    let why = (lost_in_all > 0).then(|| format!("{}{more} {verb} {what}", lost.join(", ")));
    let many = to.kind == FieldType::Tags || to.many;
    arrange(kept.into_iter().map(Value::from).collect(), many, why)
}

fn is_value(to: &Field, text: &str) -> bool {
    match to.kind {
        FieldType::Tags => scalar(to, &json!([text])).is_ok(),
        _ => to.values.iter().any(|choice| choice.value == text),
    }
}

/// The values as a list, or the first of them. `lost` is what was left out before.
pub(super) fn arrange(mut values: Vec<Value>, many: bool, lost: Option<String>) -> Attempt {
    if values.is_empty() {
        return Err(lost.unwrap_or_else(|| "there was no value in it".to_owned()));
    }
    if many {
        return Ok((Value::Array(values), lost));
    }
    let more = values.len() - 1;
    let first = values.swap_remove(0);
    let cut = (more > 0).then(|| format!("only the first of {} values was kept", more + 1));
    Ok((first, cut.or(lost)))
}
