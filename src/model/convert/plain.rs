//! Texts, numbers, dates and free JSON: what has one value without parts.

use super::choices;
use super::value::{Attempt, incompatible};
use crate::field::{Field, FieldType as T};
use crate::rich_text;
use crate::value::decimal::{self, NotStorable};
use crate::value::{is_slug, scalar, slugify};
use serde_json::{Value, json};

/// Beyond it neighbouring whole numbers are one float.
const LARGEST: f64 = 9_007_199_254_740_992.0;

/// The text of a plain value, for reading it as something else.
pub(super) fn as_text(from: &Field, to: &Field, value: &Value) -> Result<String, String> {
    match (from.kind, value) {
        (T::Component | T::Blocks | T::Relation | T::Media | T::GeoPoint, _) => Err(incompatible(from, to)),
        (_, Value::String(text)) => Ok(text.clone()),
        (_, Value::Bool(flag)) => Ok(flag.to_string()),
        (_, Value::Number(number)) => Ok(number.to_string()),
        _ => Err(format!("it was no {}", from.kind.word())),
    }
}

/// Reads a text as a value of `to`.
pub(super) fn from_text(from: &Field, to: &Field, text: &str) -> Attempt {
    let trimmed = text.trim();
    let value = match to.kind {
        T::String | T::Text | T::Markdown => Value::from(text),
        T::Slug if is_slug(trimmed) => trimmed.into(),
        T::Slug if trimmed.is_empty() => return Err("there was no text in it".to_owned()),
        T::Slug => return Ok((slugify(trimmed).into(), None)),
        T::Email if !is_email(trimmed) => return Err(not(trimmed, "an e-mail address")),
        T::Url if !is_address(trimmed) => return Err(not(trimmed, "an address")),
        T::Color if !is_color(trimmed) => return Err(not(trimmed, "a colour")),
        T::Integer => return number(to, &trimmed.into()).map_err(|_| not(trimmed, "a whole number")),
        T::Decimal => return number(to, &trimmed.into()),
        T::Boolean => match trimmed.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" => true.into(),
            "false" | "0" | "no" => false.into(),
            _ => return Err(not(trimmed, "true or false")),
        },
        T::Enumeration => return choices::from_text(to, text),
        T::Tags => return choices::from_text(to, text),
        T::RichText => rich(from, text),
        T::Date | T::Datetime if matches!(from.kind, T::String | T::Text | T::Slug | T::Markdown) => {
            return day(to, &trimmed.into());
        }
        T::Time | T::Email | T::Url | T::Color => trimmed.into(),
        _ => return Err(incompatible(from, to)),
    };
    stored(to, &value)
}

/// What `to` stores for `value`.
fn stored(to: &Field, value: &Value) -> Attempt {
    match scalar(to, value) {
        Ok(Some(stored)) => Ok((stored, None)),
        Ok(None) => Err("there was no value in it".to_owned()),
        Err(problems) => Err(problems.into_iter().next().map_or_else(String::new, |problem| problem.message)),
    }
}

fn rich(from: &Field, text: &str) -> Value {
    if from.kind == T::Markdown {
        return rich_text::from_markdown(text);
    }
    let paragraphs = text.lines().map(str::trim_end).filter(|line| !line.is_empty());
    let nodes: Vec<_> =
        paragraphs.map(|line| json!({"type": "paragraph", "content": [{"type": "text", "text": line}]})).collect();
    json!({"type": "doc", "content": nodes})
}

/// A number, or a text that is one, as an integer or decimal.
pub(super) fn number(to: &Field, value: &Value) -> Attempt {
    if to.kind == T::Integer {
        let whole = match value {
            Value::String(text) => match text.parse::<i64>() {
                Ok(whole) => Ok(whole),
                Err(_) => decimal::scaled(value, 0),
            },
            other => decimal::integer(other),
        };
        return whole.map(|whole| (whole.into(), None)).map_err(|_| not(&value.to_string(), "a whole number"));
    }
    let scale = to.scale().min(9);
    match decimal::scaled(value, scale).and_then(|scaled| decimal::unscaled(scaled, scale)) {
        Ok(number) => Ok((number, None)),
        Err(NotStorable::Digits) => rounded(value, scale),
        Err(NotStorable::Range) => Err(not(&value.to_string(), "exact with so many digits")),
        Err(NotStorable::Form) => Err(not(&value.to_string(), "a number")),
    }
}

/// A number with more digits than are kept.
fn rounded(value: &Value, scale: u32) -> Attempt {
    let float = value.as_f64().or_else(|| value.as_str()?.parse().ok());
    let unit = 10f64.powi(scale as i32);
    let scaled = float.map(|float| (float * unit).round()).filter(|scaled| scaled.abs() <= LARGEST);
    let scaled = scaled.map(|scaled| scaled as i64);
    match scaled.map(|scaled| decimal::unscaled(scaled, scale)) {
        Some(Ok(number)) => Ok((number, Some(format!("it was rounded to {scale} digits after the point")))),
        _ => Err(not(&value.to_string(), "exact with so many digits")),
    }
}

/// Dates and moments from each other and from text: a date is midnight UTC of its day.
pub(super) fn day(to: &Field, value: &Value) -> Attempt {
    let text = value.as_str().unwrap_or_default();
    let date = Field::new("date", T::Date);
    let moment = Field::new("moment", T::Datetime);
    let only_day = stored(&date, &text.into());
    if to.kind == T::Date {
        if only_day.is_ok() {
            return only_day;
        }
        let (moment, _) = stored(&moment, &text.into()).map_err(|_| not(text, "a date"))?;
        let (day, time) = moment.as_str().and_then(|text| text.split_once('T')).unwrap_or_default();
        let lost = (time != "00:00:00.000Z").then(|| "its time of day was dropped".to_owned());
        return Ok((day.into(), lost));
    }
    match only_day {
        Ok((Value::String(day), _)) => Ok((format!("{day}T00:00:00.000Z").into(), None)),
        _ => stored(&moment, &text.into()),
    }
}

/// A value as free JSON. A text that is an object or list becomes one.
pub(super) fn to_json(from: &Field, value: &Value) -> Attempt {
    let to = Field::new("json", T::Json);
    match (from.kind, value) {
        (T::Component | T::Blocks | T::Relation | T::Media, _) => Err(incompatible(from, &to)),
        (_, Value::String(text)) if from.kind.is_text() && text.trim_start().starts_with(['{', '[']) => {
            stored(&to, &serde_json::from_str(text).unwrap_or_else(|_| value.clone()))
        }
        _ => stored(&to, value),
    }
}

/// Free JSON as a value of `to`.
pub(super) fn from_json(from: &Field, to: &Field, value: &Value) -> Attempt {
    match (to.kind, value) {
        (T::Component | T::Blocks | T::Relation | T::Media, _) => Err(incompatible(from, to)),
        (T::Enumeration | T::Tags, Value::Array(list)) => choices::pick(to, list.iter().filter_map(Value::as_str)),
        (T::RichText | T::GeoPoint, Value::Object(_)) => stored(to, value),
        (_, Value::String(text)) => from_text(&Field::new(&from.id, T::Text), to, text),
        (T::Integer | T::Decimal, Value::Number(_)) => number(to, value),
        (T::Boolean, Value::Bool(_)) => Ok((value.clone(), None)),
        (_, Value::Number(_) | Value::Bool(_)) => {
            let text = Field::new(&from.id, T::Text);
            from_text(&text, to, &as_text(&text, to, value)?)
        }
        (T::String | T::Text | T::Markdown, _) => {
            // Deeper than what a `json` field holds, writing it out could exhaust the stack.
            let (checked, _) = stored(&Field::new("json", T::Json), value)?;
            stored(to, &checked.to_string().into())
        }
        _ => Err(incompatible(from, to)),
    }
}

fn not(text: &str, what: &str) -> String {
    let start: String = text.chars().take(60).collect();
    format!("`{start}` is not {what}")
}

fn is_email(text: &str) -> bool {
    let parts = text.split_once('@');
    parts.is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'))
        && !text.contains(char::is_whitespace)
}

fn is_address(text: &str) -> bool {
    text.starts_with('/')
        || url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https" | "mailto" | "tel"))
}

fn is_color(text: &str) -> bool {
    let digits = text.strip_prefix('#').unwrap_or_default();
    matches!(digits.len(), 3 | 4 | 6 | 8) && digits.bytes().all(|b| b.is_ascii_hexdigit())
}
