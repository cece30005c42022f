//! What changes in the values of an enumeration.

use super::step::{FieldRef, Step, TypeRef};
use crate::field::{EnumValue, Field};
use serde_json::Value;

/// Adds, renames and removes the values of `now` until they are those of `desired` in any order and label.
///
/// `was` means a rename only while that value is there: pushing the same file again changes nothing.
pub(super) fn diff(now: &mut Field, desired: &Field, of: &TypeRef, field: &FieldRef, steps: &mut Vec<Step>) {
    for value in &desired.values {
        let Some(was) = value.was.as_deref().filter(|was| *was != value.value) else {
            continue;
        };
        let Some(at) = now.values.iter().position(|current| current.value == was) else {
            continue;
        };
        let to = EnumValue { was: None, ..value.clone() };
        rename(&mut now.values, at, &to);
        steps.push(Step::RenameEnumValue { of: of.clone(), field: field.clone(), from: was.to_owned(), to });
    }
    for value in &desired.values {
        if now.values.iter().all(|current| current.value != value.value) {
            let value = EnumValue { was: None, ..value.clone() };
            now.values.push(value.clone());
            steps.push(Step::AddEnumValue { of: of.clone(), field: field.clone(), value });
        }
    }
    now.values.retain(|current| {
        let kept = desired.values.iter().any(|value| value.value == current.value);
        if !kept {
            let value = current.value.clone();
            steps.push(Step::RemoveEnumValue { of: of.clone(), field: field.clone(), value });
        }
        kept
    });
}

/// Puts `to` in the place of the value at `at`; if it was there already, the two become one.
pub(super) fn rename(values: &mut Vec<EnumValue>, at: usize, to: &EnumValue) {
    if values.iter().enumerate().any(|(index, value)| index != at && value.value == to.value) {
        values.remove(at);
    } else if let Some(value) = values.get_mut(at) {
        *value = to.clone();
    }
}

/// Whether the values are equal in order and label.
pub(super) fn same(a: &[EnumValue], b: &[EnumValue]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.value == b.value && a.label == b.label)
}

/// The values as they are stored.
pub(super) fn without_was(values: &[EnumValue]) -> Value {
    let values: Vec<_> = values.iter().map(|value| EnumValue { was: None, ..value.clone() }).collect();
    serde_json::to_value(values).unwrap_or_default()
}
