//! What changed between two sets of values, field by field; items are matched by their ids.

use super::MAX_DEPTH;
use super::items::{Item, items};
use super::names::{item_to_names, value_to_names};
use crate::field::{Field, FieldType};
use crate::model::{Model, Type};
use crate::problem::pointer_to;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    Added,
    Removed,
    Changed,
    /// An item has another place among those that were there before; `from` and `to` are its old and new index.
    Moved,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// JSON pointer by names; indexes are those of the newer values, for what was removed those of the older.
    pub pointer: String,
    pub kind: ChangeKind,
    /// The older value by names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Value>,
    /// The newer value by names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Value>,
}

/// The changes that lead from the stored values `from` to `to`, in the order of the definition.
pub fn diff(model: &Model, ty: &Type, from: &Map<String, Value>, to: &Map<String, Value>) -> Vec<Change> {
    let mut diff = Diff { model, changes: Vec::new() };
    diff.fields(&ty.def.fields, from, to, "", 0);
    diff.changes
}

struct Diff<'a> {
    model: &'a Model,
    changes: Vec<Change>,
}

impl Diff<'_> {
    fn add(&mut self, pointer: String, kind: ChangeKind, from: Option<Value>, to: Option<Value>) {
        self.changes.push(Change { pointer, kind, from, to });
    }

    fn fields(
        &mut self,
        fields: &[Field],
        from: &Map<String, Value>,
        to: &Map<String, Value>,
        pointer: &str,
        depth: usize,
    ) {
        let model = self.model;
        for field in fields {
            let (from, to) = (from.get(&field.id), to.get(&field.id));
            if from == to {
                continue;
            }
            let pointer = pointer_to(pointer, &field.name);
            let named = |value: &Value| value_to_names(model, field, value, depth);
            match (from, to) {
                (Some(from), Some(to)) if field.is_list() && field.kind.is_populated() && !field.many => {
                    self.items(field, from, to, &pointer, depth);
                }
                (Some(from), Some(to)) if is_same_item(field, from, to) => {
                    self.item(field, from, to, &pointer, depth);
                }
                (from, to) => {
                    let kind = match (from, to) {
                        (None, _) => ChangeKind::Added,
                        (_, None) => ChangeKind::Removed,
                        _ => ChangeKind::Changed,
                    };
                    self.add(pointer, kind, from.map(named), to.map(named));
                }
            }
        }
    }

    /// Both versions of a component that is not repeatable.
    fn item(&mut self, field: &Field, from: &Value, to: &Value, pointer: &str, depth: usize) {
        let model = self.model;
        let (from, to) = (items(model, field, from).next(), items(model, field, to).next());
        if let (Some(from), Some(to)) = (from, to)
            && depth < MAX_DEPTH
        {
            self.fields(&to.component.def.fields, from.values, to.values, pointer, depth + 1);
        }
    }

    fn items(&mut self, field: &Field, from: &Value, to: &Value, pointer: &str, depth: usize) {
        if depth >= MAX_DEPTH {
            return;
        }
        let model = self.model;
        let (old, new): (Vec<_>, Vec<_>) = (items(model, field, from).collect(), items(model, field, to).collect());
        let places: HashMap<_, _> = old.iter().enumerate().map(|(place, item)| (key(item), place)).collect();
        let kept: HashSet<_> = new.iter().map(key).collect();
        for item in old.iter().filter(|item| !kept.contains(&key(item))) {
            let pointer = pointer_to(pointer, item.index.unwrap_or_default());
            self.add(pointer, ChangeKind::Removed, Some(item_to_names(model, field, *item, depth)), None);
        }
        let before: Vec<Option<usize>> = new.iter().map(|item| places.get(&key(item)).copied()).collect();
        let in_order = longest_ascent(&before);
        for (item, before) in new.iter().zip(&before) {
            let index = item.index.unwrap_or_default();
            let pointer = pointer_to(pointer, index);
            let Some(place) = *before else {
                self.add(pointer, ChangeKind::Added, None, Some(item_to_names(model, field, *item, depth)));
                continue;
            };
            let older = old[place];
            if !in_order.contains(&place) {
                let (from, to) = (older.index.unwrap_or_default().into(), index.into());
                self.add(pointer.clone(), ChangeKind::Moved, Some(from), Some(to));
            }
            self.fields(&item.component.def.fields, older.values, item.values, &pointer, depth + 1);
        }
    }
}

/// What makes two items the same one.
fn key<'a>(item: &Item<'a>) -> (Option<&'a str>, &'a str) {
    (item.id(), item.component.id())
}

fn is_same_item(field: &Field, from: &Value, to: &Value) -> bool {
    field.kind == FieldType::Component && from.get("_id").is_some() && from.get("_id") == to.get("_id")
}

/// The old places of the largest set of items that kept their order: the fewest others moved.
fn longest_ascent(places: &[Option<usize>]) -> HashSet<usize> {
    // Patience: `ends[n]` is the smallest place that an ascent of n + 1 items can end with.
    let mut ends: Vec<usize> = Vec::new();
    let mut previous: HashMap<usize, Option<usize>> = HashMap::new();
    for place in places.iter().flatten() {
        let length = ends.partition_point(|end| end < place);
        previous.insert(*place, length.checked_sub(1).map(|shorter| ends[shorter]));
        if length == ends.len() {
            ends.push(*place);
        } else {
            ends[length] = *place;
        }
    }
    let mut ascent = HashSet::new();
    let mut next = ends.last().copied();
    while let Some(place) = next.filter(|place| ascent.insert(*place)) {
        next = previous.get(&place).copied().flatten();
    }
    ascent
}
