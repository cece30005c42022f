//! Components and blocks: one or several, with or without their kind written on them.

use super::choices::{arrange, list};
use super::value::Attempt;
use crate::field::{Field, FieldType};
use serde_json::{Map, Value};

/// Items of `from` as items of `to`; those of a component that `to` does not hold are left out.
pub(super) fn convert(from: &Field, to: &Field, value: &Value) -> Attempt {
    let mut kept = Vec::new();
    let (mut lost, mut example) = (0usize, None);
    for item in list(value) {
        let component = kind_of(from, item);
        match (item, component) {
            (Value::Object(map), Some(component)) if to.item_components().iter().any(|id| id == component) => {
                kept.push(Value::Object(marked(map, to, component)));
            }
            _ => {
                lost += 1;
                example = example.or(component);
            }
        }
    }
    let example = example.map_or(String::new(), |id| format!(" of `{}`", id.chars().take(60).collect::<String>()));
    let why = (lost > 0).then(|| match lost {
        1 => format!("an item{example} has no place in the field any more"),
        _ => format!("{lost} items{example} have no place in the field any more"),
    });
    arrange(kept, to.is_list(), why)
}

/// Id of the component that an item is of.
fn kind_of<'a>(field: &'a Field, item: &'a Value) -> Option<&'a str> {
    match field.kind {
        FieldType::Blocks => item.get("_type").and_then(Value::as_str),
        _ => field.component.as_deref(),
    }
}

/// The item with its kind written on it if `to` needs that, and without it otherwise.
fn marked(item: &Map<String, Value>, to: &Field, component: &str) -> Map<String, Value> {
    let mut marked = item.clone();
    if to.kind == FieldType::Blocks {
        marked.insert("_type".to_owned(), component.into());
    } else {
        marked.shift_remove("_type");
    }
    marked
}
