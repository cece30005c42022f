//! Conditions of permissions: filters over a document's own values, with `$caller` for who asks. Names of fields are
//! their ids, so that a condition survives a rename.

use super::ast::{ColumnRef, Filter, System};
use super::bind::{Limits, Visible};
use super::parameters::parse_filter;
use super::qs::Node;
use super::scope::NOTHING;
use crate::model::{Model, Type};
use serde_json::{Map, Value};

/// Stands for whoever asks, as `createdBy` has it.
pub const CALLER: &str = "$caller";

const NOTHING_ASKED: &str = "a condition that asks nothing is none; leave it out";

/// Everything may be named.
struct Everything;

impl Visible for Everything {
    fn type_visible(&self, _: &str) -> bool {
        true
    }

    fn field_visible(&self, _: &str, _: &str) -> bool {
        true
    }

    fn sees_internal(&self, _: &str) -> bool {
        true
    }

    fn by_ids(&self) -> bool {
        true
    }
}

/// The filter that `condition` means for documents of `ty`; without one, for documents of any type.
///
/// Conditions look at documents behind relations as they are, whoever asks: they are the site's own rules.
///
/// # Errors
/// What is wrong with it, in words.
pub fn parse_condition(condition: &Value, model: &Model, ty: Option<&Type>) -> Result<Filter, String> {
    let ty = ty.unwrap_or(&NOTHING);
    let bound = parse_filter(&Node::from(condition), model, ty, &Everything, &Limits::default());
    match bound {
        Ok(Some(filter)) if asks_nothing(&filter) => Err(NOTHING_ASKED.to_owned()),
        Ok(Some(filter)) if is_fit(&filter) => Ok(filter),
        Ok(Some(_)) => Err("a condition compares values and relations, neither media nor `id`".to_owned()),
        Ok(None) => Err(NOTHING_ASKED.to_owned()),
        Err(problems) => Err(problems.into_iter().next().map(|p| p.message).unwrap_or_default()),
    }
}

fn asks_nothing(filter: &Filter) -> bool {
    matches!(filter, Filter::All(parts) if parts.is_empty())
}

fn is_fit(filter: &Filter) -> bool {
    match filter {
        Filter::All(parts) | Filter::Any(parts) => parts.iter().all(is_fit),
        Filter::Not(inner) | Filter::Element { inner, .. } => is_fit(inner),
        Filter::Compare { column, .. } => *column != ColumnRef::System(System::Id),
        Filter::Relation { targets, .. } => targets.iter().all(|t| t.filter.as_ref().is_none_or(is_fit)),
        Filter::Media { .. } => false,
    }
}

/// Whether the condition depends on who asks.
pub fn names_caller(condition: &Value) -> bool {
    match condition {
        Value::String(text) => text == CALLER,
        Value::Array(items) => items.iter().any(names_caller),
        Value::Object(map) => map.values().any(names_caller),
        _ => false,
    }
}

/// The condition as `caller` meets it.
pub fn for_caller(condition: &Value, caller: &str) -> Value {
    match condition {
        Value::String(text) if text == CALLER => Value::from(caller),
        Value::Array(items) => items.iter().map(|item| for_caller(item, caller)).collect(),
        Value::Object(map) => {
            Value::Object(map.iter().map(|(key, value)| (key.clone(), for_caller(value, caller))).collect())
        }
        other => other.clone(),
    }
}

/// What a name in a condition is: a field's id, and the types or components whose names stand behind it.
pub struct Place {
    pub id: String,
    pub below: Vec<String>,
}

/// The condition on documents of one of `types` with each name of a field as its id. `find` knows a name in a type.
pub fn with_ids(condition: &Value, types: &[String], find: &dyn Fn(&str, &str) -> Option<Place>) -> Value {
    match condition {
        Value::Array(items) => items.iter().map(|item| with_ids(item, types, find)).collect(),
        Value::Object(map) => {
            let entry = |(key, value): (&String, &Value)| {
                if key.starts_with('$') || types.iter().any(|id| id == key) {
                    return (key.clone(), with_ids(value, types, find));
                }
                match types.iter().find_map(|id| find(id, key)) {
                    Some(place) if place.below.is_empty() => (place.id, value.clone()),
                    Some(place) => (place.id, with_ids(value, &place.below, find)),
                    None => (key.clone(), value.clone()),
                }
            };
            Value::Object(map.iter().map(entry).collect::<Map<_, _>>())
        }
        other => other.clone(),
    }
}
