//! Put a pending reference into a document once its target exists.

use super::input::Pending;
use serde_json::{Map, Value};

/// Inserts `document_id` where `pending` belongs in the stored `values`; `many` is the relation's. `waiting` are the
/// ordinals of the references that still wait at the same path.
///
/// False, with nothing changed, when the item or place is gone: removed, or set to something else by an editor.
pub fn settle(
    values: &mut Map<String, Value>,
    pending: &Pending,
    many: bool,
    waiting: &[usize],
    document_id: &str,
) -> bool {
    let Some((field, steps)) = pending.path.split_last() else {
        return false;
    };
    let Some(owner) = find(values, steps) else { return false };
    if !many {
        let is_free = !owner.contains_key(field);
        if is_free {
            owner.insert(field.clone(), document_id.into());
        }
        return is_free;
    }
    let Some(list) = owner.entry(field.clone()).or_insert_with(|| Value::Array(Vec::new())).as_array_mut() else {
        return false;
    };
    if list.iter().any(|id| id == document_id) {
        return true;
    }
    let before = waiting.iter().filter(|ordinal| **ordinal < pending.ordinal).count();
    let at = pending.ordinal.saturating_sub(before).min(list.len());
    list.insert(at, document_id.into());
    true
}

/// The item at a path of field ids and item ids in turn.
fn find<'a>(values: &'a mut Map<String, Value>, steps: &[String]) -> Option<&'a mut Map<String, Value>> {
    let mut owner = values;
    for step in steps.chunks(2) {
        let [field, id] = step else { return None };
        owner = match owner.get_mut(field)? {
            Value::Array(list) => list.iter_mut().find(|item| item["_id"] == *id)?.as_object_mut()?,
            Value::Object(item) if item.get("_id").is_some_and(|own| own == id) => item,
            _ => return None,
        };
    }
    Some(owner)
}
