//! Merge components, repeatable components and blocks: items with an id of their own.

use super::merge::{Base, Merger};
use super::scalar::{list, mismatch};
use super::{MAX_DEPTH, MAX_ITEMS};
use crate::close::{brief, hint};
use crate::field::{Field, FieldType};
use crate::ids::{is_item_id, new_item_id};
use crate::model::Type;
use crate::problem::pointer_to;
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};

/// The members of an input item that are no fields.
const ITEM_MEMBERS: [&str; 2] = ["id", "__component"];

impl<'a> Merger<'a> {
    /// A component that is not repeatable. Without an `id` it stays the same item with all values given anew.
    pub fn component(
        &mut self,
        field: &'a Field,
        given: &Value,
        stored: Option<&Value>,
        keep: bool,
        pointer: &str,
    ) -> Option<Value> {
        if given.is_null() {
            return None;
        }
        let Some(input) = given.as_object() else {
            mismatch(given, "an object with the component's fields", pointer, &mut self.problems);
            return None;
        };
        let component = self.component_of(field, input, pointer)?;
        let stored = stored.and_then(Value::as_object);
        let (id, item, same) = match (given_id(input), stored) {
            (Some(id), Some(item)) if item_id(item) == Some(id.as_str()) => (id, stored, true),
            (Some(id), _) => (id, None, false),
            (None, Some(item)) => (item_id(item).map_or_else(new_item_id, str::to_owned), stored, false),
            (None, None) => (new_item_id(), None, false),
        };
        let base = Base { item, keep: keep && same, defaults: !(keep && same) };
        self.item(field, component, id, base, input, pointer).map(Value::Object)
    }

    /// A repeatable component or blocks.
    pub fn items(
        &mut self,
        field: &'a Field,
        given: &Value,
        stored: Option<&Value>,
        keep: bool,
        pointer: &str,
    ) -> Option<Value> {
        if given.is_null() {
            return None;
        }
        let given = list(given, "a list of objects", pointer, &mut self.problems)?;
        let mut known = Known::new(field, given, stored, keep);
        let mut items = Vec::new();
        for (index, value) in given.iter().enumerate() {
            let pointer = &pointer_to(pointer, index);
            let Some(input) = value.as_object() else {
                mismatch(value, "an object with the component's fields", pointer, &mut self.problems);
                continue;
            };
            let Some(component) = self.component_of(field, input, pointer) else { continue };
            let (id, base) = known.identify(index, input, component);
            match self.item(field, component, id, base, input, pointer) {
                Some(item) => items.push(Value::Object(item)),
                None => break,
            }
        }
        if items.is_empty() { None } else { Some(items.into()) }
    }

    /// One item in its stored form; none when a limit was reached.
    fn item(
        &mut self,
        field: &Field,
        component: &'a Type,
        id: String,
        base: Base,
        input: &Map<String, Value>,
        pointer: &str,
    ) -> Option<Map<String, Value>> {
        if self.depth >= MAX_DEPTH {
            let message = format!("components may nest {MAX_DEPTH} deep; move this further out");
            self.problems.add(pointer, "too_deep", message);
            return None;
        }
        self.items += 1;
        if self.items > MAX_ITEMS {
            if self.items == MAX_ITEMS + 1 {
                self.problems.add(pointer, "too_many", format!("a document may hold {MAX_ITEMS} items; split it"));
            }
            return None;
        }
        let mut item = Map::new();
        item.insert("_id".to_owned(), id.clone().into());
        if field.kind == FieldType::Blocks {
            item.insert("_type".to_owned(), component.id().into());
        }
        if let Some(given) = input.get("id").filter(|given| given.is_boolean() || given.is_array() || given.is_object())
        {
            mismatch(given, "the id of an item", &pointer_to(pointer, "id"), &mut self.problems);
        }
        self.depth += 1;
        self.path.push(id);
        item.extend(self.fields(&component.def.fields, base, input, pointer));
        for name in input.keys() {
            if component.def.field_named(name).is_none() && !ITEM_MEMBERS.contains(&name.as_str()) {
                self.unknown_field(name, component, &pointer_to(pointer, name));
            }
        }
        self.path.pop();
        self.depth -= 1;
        Some(item)
    }

    /// The component that an item is made of: the field's only one, or for blocks the one that `__component` names.
    fn component_of(&mut self, field: &Field, input: &Map<String, Value>, pointer: &str) -> Option<&'a Type> {
        let model = self.model;
        let allowed = || field.item_components().iter().filter_map(|id| model.get(id));
        if field.kind == FieldType::Component {
            let component = allowed().next();
            if component.is_none() {
                let message = format!("the component of `{}` is gone; change the content type", field.name);
                self.problems.add(pointer, "unknown_component", message);
            }
            return component.map(AsRef::as_ref);
        }
        let named = input.get("__component").and_then(Value::as_str);
        let by_name = |name: &str| allowed().find(|c| c.def.singular == name);
        let found = named.and_then(|name| by_name(name).or_else(|| allowed().find(|c| c.id() == name)));
        if found.is_none() {
            let names: Vec<_> = allowed().map(|c| format!("`{}`", c.def.singular)).collect();
            let message = match named {
                Some(name) => {
                    let hint = hint(name, allowed().map(|c| c.def.singular.as_str()));
                    format!("`{}` is none of {}{hint}", brief(name), names.join(", "))
                }
                None => format!("name the block's component: {}", names.join(", ")),
            };
            self.problems.add(pointer_to(pointer, "__component"), "unknown_component", message);
        }
        found.map(AsRef::as_ref)
    }
}

/// The stored items of a list, for telling which of them an input item is.
struct Known<'s> {
    stored: Vec<&'s Map<String, Value>>,
    by_id: HashMap<&'s str, &'s Map<String, Value>>,
    /// Ids that the input brings.
    claimed: HashSet<String>,
    used: HashSet<String>,
    is_blocks: bool,
    keep: bool,
}

impl<'s> Known<'s> {
    fn new(field: &Field, given: &[Value], stored: Option<&'s Value>, keep: bool) -> Self {
        let stored: Vec<_> =
            stored.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object).collect();
        Self {
            by_id: stored.iter().filter_map(|item| Some((item_id(item)?, *item))).collect(),
            stored,
            claimed: given.iter().filter_map(|item| given_id(item.as_object()?)).collect(),
            used: HashSet::new(),
            is_blocks: field.kind == FieldType::Blocks,
            keep,
        }
    }

    /// The id of the input's item at `index`, and what it is applied to.
    fn identify(&mut self, index: usize, input: &Map<String, Value>, component: &Type) -> (String, Base<'s>) {
        let is_alike = |item: &&Map<String, Value>| !self.is_blocks || is_of(item, component);
        let (id, item, same) = match given_id(input).filter(|id| !self.used.contains(id)) {
            Some(id) => {
                let item = self.by_id.get(id.as_str()).copied().filter(is_alike);
                (id, item, item.is_some())
            }
            None => {
                let here = self.stored.get(index).copied().filter(is_alike);
                let free = |id: &&str| !self.claimed.contains(*id) && !self.used.contains(*id);
                match here.and_then(item_id).filter(free) {
                    Some(id) => (id.to_owned(), here, false),
                    None => (new_item_id(), None, false),
                }
            }
        };
        self.used.insert(id.clone());
        let keep = self.keep && same;
        (id, Base { item, keep, defaults: !keep })
    }
}

/// The id that an input item brings, if it can be one.
fn given_id(input: &Map<String, Value>) -> Option<String> {
    match input.get("id")? {
        Value::String(id) => Some(id.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
    .filter(|id| is_item_id(id))
}

pub(super) fn item_id(item: &Map<String, Value>) -> Option<&str> {
    item.get("_id").and_then(Value::as_str)
}

fn is_of(item: &Map<String, Value>, component: &Type) -> bool {
    item.get("_type").and_then(Value::as_str) == Some(component.id())
}
