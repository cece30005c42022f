//! Whether a field is shown in the editing form.

use crate::field::Field;
use serde_json::{Map, Value};

/// Whether `field` is shown beside the stored `siblings`.
pub(super) fn is_shown(field: &Field, siblings: &Map<String, Value>) -> bool {
    let Some(when) = &field.shown_when else { return true };
    match siblings.get(&when.field) {
        None => when.any_of.iter().any(Value::is_null),
        Some(Value::Array(list)) => list.iter().any(|item| when.any_of.contains(item)),
        Some(value) => when.any_of.contains(value),
    }
}
