//! One value from one definition to another.

use super::{choices, items, plain};
use crate::field::{Field, FieldType as T};
use serde_json::Value;

/// What became of one value.
#[derive(Clone, Debug, PartialEq)]
pub enum Converted {
    /// It is a value of the new definition as it is.
    Same,
    Changed(Value),
    /// Converted, yet something was lost: what, as a sentence.
    Partly(Value, String),
    /// There is no value in the new definition: why, as a sentence.
    Dropped(String),
}

/// The new value and what was lost, or why there is none.
pub(super) type Attempt = Result<(Value, Option<String>), String>;

/// Reads the stored `value` of `from` as a value of `to`. Accepts any JSON.
pub fn convert_value(from: &Field, to: &Field, enum_renames: &[(String, String)], value: &Value) -> Converted {
    match attempt(from, to, enum_renames, value) {
        Ok((new, None)) if new == *value => Converted::Same,
        Ok((new, None)) => Converted::Changed(new),
        Ok((new, Some(lost))) => Converted::Partly(new, lost),
        Err(why) => Converted::Dropped(why),
    }
}

/// Whether reading a value of `from` as one of `to` can lose something, for values that were valid.
///
/// A whole number too large to be exact as a decimal counts as no loss here: it is found when values are counted.
pub(crate) fn can_lose(from: &Field, to: &Field) -> bool {
    if from.is_list() && !to.is_list() && !to.kind.is_long_text() && to.kind != T::Json {
        return true;
    }
    match (from.kind, to.kind) {
        (T::Decimal, T::Decimal) => to.scale() < from.scale(),
        (T::Enumeration, T::Enumeration) => false,
        (T::Component, T::Component) => from.component != to.component,
        (T::Component, T::Blocks) => from.component.as_ref().is_none_or(|id| !to.components.contains(id)),
        (T::Blocks, T::Blocks) => from.components.iter().any(|id| !to.components.contains(id)),
        (from, to) if from == to => false,
        (T::Component | T::Blocks | T::GeoPoint | T::RichText, _) => to.kind != T::Json || from.kind != T::GeoPoint,
        (_, T::Json) => false,
        (T::Json | T::Relation | T::Media, _) => true,
        (_, T::Text | T::Markdown) => false,
        (T::String | T::Text | T::Markdown, T::RichText) => false,
        (T::Text | T::Markdown | T::Url, T::String) => true,
        (_, T::String) => false,
        (T::Integer, T::Decimal) | (T::Date, T::Datetime) | (T::Enumeration, T::Tags) => false,
        _ => true,
    }
}

fn attempt(from: &Field, to: &Field, renames: &[(String, String)], value: &Value) -> Attempt {
    match (from.kind, to.kind) {
        (_, _) if value.is_null() => Err("there was no value".to_owned()),
        (T::Component | T::Blocks, T::Component | T::Blocks) => items::convert(from, to, value),
        (T::Media, T::Media) | (T::Relation, T::Relation) => {
            let is_reference = |target: &&Value| !target.is_null() && !target.is_array();
            choices::arrange(choices::list(value).iter().filter(is_reference).cloned().collect(), to.many, None)
        }
        (T::Enumeration | T::Tags, _) if choices::is_choice(to) => choices::convert(from, to, renames, value),
        (T::Enumeration | T::Tags, T::Json) => Ok((value.clone(), None)),
        (T::Enumeration | T::Tags, _) => plain::from_text(from, to, &choices::joined(value)?),
        (_, _) if from.kind == to.kind && to.kind != T::Decimal => Ok((value.clone(), None)),
        (_, T::Json) => plain::to_json(from, value),
        (T::Json, _) => plain::from_json(from, to, value),
        (T::Integer | T::Decimal, T::Integer | T::Decimal) => plain::number(to, value),
        (T::Date, T::Datetime) | (T::Datetime, T::Date) => plain::day(to, value),
        (T::RichText, _) => {
            let (new, _) = plain::from_text(from, to, &crate::rich_text::to_text(value))?;
            Ok((new, Some("its formatting was dropped".to_owned())))
        }
        _ => plain::from_text(from, to, &plain::as_text(from, to, value)?),
    }
}

pub(super) fn incompatible(from: &Field, to: &Field) -> String {
    format!("a {} cannot become a {}", from.kind.word(), to.kind.word())
}
