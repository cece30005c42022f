//! A whole stored body: every value of a changed field, wherever components put it.

use super::Conversion;
use super::value::{Converted, convert_value};
use crate::field::{Field, FieldType};
use crate::model::{Model, Type};
use crate::problem::pointer_to;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Deeper than components may nest; a body from elsewhere is left alone below it.
const MAX_DEPTH: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Another value of the same meaning.
    Converted,
    /// Something of it was lost.
    Partly,
    /// There is no value any more.
    Dropped,
}

/// What became of one value of a body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Note {
    /// Field ids and list positions in turn, as in the body before: `/sections/2/title`.
    pub pointer: String,
    pub outcome: Outcome,
    /// What was lost, or why there is no value any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// Applies `changes`, in the order of their versions, to the stored body of one part of a document of type `ty`.
///
/// `model` and `ty` are the current ones. Values are found in nested components and blocks, too; an item of a
/// component that no longer exists is left as it is, and so is the value of a deleted field.
pub fn convert_body(model: &Model, ty: &Type, body: &mut Map<String, Value>, changes: &[Conversion]) -> Vec<Note> {
    let mut by_field: HashMap<_, Vec<&Conversion>> = HashMap::new();
    for change in changes {
        by_field.entry((change.owner.as_str(), change.from.id.as_str())).or_default().push(change);
    }
    let mut run = Run { model, by_field, notes: Vec::new() };
    if !changes.is_empty() {
        run.fields(ty, body, "", 0);
    }
    run.notes
}

struct Run<'a> {
    model: &'a Model,
    /// Changes by owner and field id, oldest first.
    by_field: HashMap<(&'a str, &'a str), Vec<&'a Conversion>>,
    notes: Vec<Note>,
}

impl Run<'_> {
    fn fields(&mut self, owner: &Type, body: &mut Map<String, Value>, pointer: &str, depth: usize) {
        let mut dropped = Vec::new();
        for (id, value) in body.iter_mut() {
            let pointer = pointer_to(pointer, id);
            if let Some(changes) = self.by_field.get(&(owner.id(), id.as_str())) {
                let kept = apply(changes, value, &pointer, &mut self.notes);
                if !kept {
                    dropped.push(id.clone());
                    continue;
                }
            }
            // All changes of the field itself are applied, so the current definition says what its items are now.
            if let Some(field) = owner.def.field(id) {
                self.items(field, value, &pointer, depth);
            }
        }
        if !dropped.is_empty() {
            body.retain(|id, _| !dropped.contains(id));
        }
    }

    fn items(&mut self, field: &Field, value: &mut Value, pointer: &str, depth: usize) {
        if depth >= MAX_DEPTH || !matches!(field.kind, FieldType::Component | FieldType::Blocks) {
            return;
        }
        let model = self.model;
        let single = !value.is_array();
        let items = match value {
            Value::Array(list) => list.as_mut_slice(),
            one => std::slice::from_mut(one),
        };
        for (index, item) in items.iter_mut().enumerate() {
            let Some(component) = component_of(field, item).and_then(|id| model.get(id)) else {
                continue;
            };
            let Value::Object(item) = item else { continue };
            let pointer = if single { pointer.to_owned() } else { pointer_to(pointer, index) };
            self.fields(component, item, &pointer, depth + 1);
        }
    }
}

/// Whether a value is left after the changes of its field.
fn apply(changes: &[&Conversion], value: &mut Value, pointer: &str, notes: &mut Vec<Note>) -> bool {
    let mut note: Option<Note> = None;
    let mut set = |outcome, why| {
        let lost_before = note.take().and_then(|note| note.why);
        note = Some(Note { pointer: pointer.to_owned(), outcome, why: Option::or(why, lost_before) });
    };
    let mut kept = true;
    let mut lost = false;
    for change in changes {
        match convert_value(&change.from, &change.to, &change.enum_renames, value) {
            Converted::Same => {}
            Converted::Changed(new) => {
                *value = new;
                set(if lost { Outcome::Partly } else { Outcome::Converted }, None);
            }
            Converted::Partly(new, why) => {
                *value = new;
                lost = true;
                set(Outcome::Partly, Some(why));
            }
            Converted::Dropped(why) => {
                set(Outcome::Dropped, Some(why));
                kept = false;
                break;
            }
        }
    }
    notes.extend(note);
    kept
}

/// Id of the component that an item is of.
fn component_of<'a>(field: &'a Field, item: &'a Value) -> Option<&'a str> {
    match field.kind {
        FieldType::Blocks => item.get("_type").and_then(Value::as_str),
        _ => field.component.as_deref(),
    }
}

/// The values in `body`, of a document of type `ty`, of the field `field` (an id) that the type or component `owner`
/// has: for counting what a change would do.
pub fn values_of<'b>(
    model: &Model,
    ty: &Type,
    body: &'b Map<String, Value>,
    owner: &str,
    field: &str,
) -> Vec<&'b Value> {
    let mut found = Vec::new();
    collect(model, ty, body, (owner, field), 0, &mut found);
    found
}

fn collect<'b>(
    model: &Model,
    ty: &Type,
    body: &'b Map<String, Value>,
    wanted: (&str, &str),
    depth: usize,
    found: &mut Vec<&'b Value>,
) {
    if ty.id() == wanted.0 {
        found.extend(body.get(wanted.1));
    }
    if depth >= MAX_DEPTH {
        return;
    }
    for (id, value) in body {
        let Some(field) = ty.def.field(id).filter(|f| !f.item_components().is_empty()) else {
            continue;
        };
        for item in super::choices::list(value) {
            let component = component_of(field, item).and_then(|id| model.get(id));
            if let (Some(component), Value::Object(item)) = (component, item) {
                collect(model, component, item, wanted, depth + 1, found);
            }
        }
    }
}
