//! Stored values by the names that the API says: for export, versions and diffs.

use super::MAX_DEPTH;
use super::items::{Item, items};
use crate::field::{Field, FieldType};
use crate::model::{Model, Type};
use serde_json::{Map, Value};

/// All `values` by names: relations and media as ids, items with `id`, blocks with `__component`. Merging the result
/// into an empty document gives `values` again.
pub fn to_names(model: &Model, ty: &Type, values: &Map<String, Value>) -> Map<String, Value> {
    let mut named = Map::new();
    add_fields(model, &ty.def.fields, values, 0, &mut named);
    named
}

/// One field's value by names.
pub(super) fn value_to_names(model: &Model, field: &Field, value: &Value, depth: usize) -> Value {
    match field.kind {
        FieldType::Component | FieldType::Blocks if depth < MAX_DEPTH => {
            let mut named = items(model, field, value).map(|item| item_to_names(model, field, item, depth));
            if field.is_list() { Value::Array(named.collect()) } else { named.next().unwrap_or(Value::Null) }
        }
        FieldType::Component | FieldType::Blocks => Value::Null,
        _ => value.clone(),
    }
}

pub(super) fn item_to_names(model: &Model, field: &Field, item: Item, depth: usize) -> Value {
    let mut named = Map::new();
    if field.kind == FieldType::Blocks {
        named.insert("__component".to_owned(), item.component.def.singular.clone().into());
    }
    named.insert("id".to_owned(), item.id().into());
    add_fields(model, &item.component.def.fields, item.values, depth + 1, &mut named);
    named.into()
}

fn add_fields(
    model: &Model,
    fields: &[Field],
    values: &Map<String, Value>,
    depth: usize,
    named: &mut Map<String, Value>,
) {
    for field in fields {
        match values.get(&field.id) {
            Some(value) => {
                named.insert(field.name.clone(), value_to_names(model, field, value, depth));
            }
            // Said aloud: merged into a new document or item, silence would bring the default back.
            None if field.default.is_some() => {
                named.insert(field.name.clone(), Value::Null);
            }
            None => {}
        }
    }
}
