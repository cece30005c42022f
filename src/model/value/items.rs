//! Read the stored items of a component or blocks field.

use crate::field::{Field, FieldType};
use crate::model::{Model, Type};
use serde_json::{Map, Value};

/// One stored item.
#[derive(Clone, Copy)]
pub(super) struct Item<'a> {
    /// Its place in the list; none for a component that is not repeatable.
    pub index: Option<usize>,
    pub component: &'a Type,
    /// Keyed by field ids, with `_id`.
    pub values: &'a Map<String, Value>,
}

impl<'a> Item<'a> {
    pub fn id(&self) -> Option<&'a str> {
        self.values.get("_id").and_then(Value::as_str)
    }
}

/// The items of `value`, leaving out what is of no known component.
pub(super) fn items<'a>(model: &'a Model, field: &'a Field, value: &'a Value) -> impl Iterator<Item = Item<'a>> {
    let (one, many) = if field.is_list() { (None, value.as_array()) } else { (Some((None, value)), None) };
    let many = many.into_iter().flatten().enumerate().map(|(index, value)| (Some(index), value));
    one.into_iter().chain(many).filter_map(|(index, value)| {
        let values = value.as_object()?;
        let id = match field.kind {
            FieldType::Component => field.component.as_deref()?,
            FieldType::Blocks => values.get("_type")?.as_str()?,
            _ => return None,
        };
        Some(Item { index, component: model.get(id)?, values })
    })
}
