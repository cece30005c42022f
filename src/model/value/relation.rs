//! Merge relations: lists of references, and `set`, `connect`, `disconnect` with positions.

use super::MAX_REFERENCES;
use super::input::{Pending, Target};
use super::merge::Merger;
use super::reference::{Resolved, Scope};
use crate::close::brief;
use crate::field::Field;
use crate::problem::pointer_to;
use serde_json::{Map, Value};
use std::collections::HashSet;

/// What becomes of a reference to a document that does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    Refused,
    Waits,
    /// There is nothing to disconnect.
    Ignored,
}

/// A relation's input, resolved.
pub(super) struct Given {
    pub set: Option<Vec<Item>>,
    pub connect: Vec<Item>,
    pub disconnect: Vec<Item>,
}

pub(super) struct Item {
    resolved: Resolved,
    position: Option<Position>,
    pointer: String,
}

impl Item {
    pub fn target(self) -> Option<Target> {
        match self.resolved {
            Resolved::Found(target) => Some(target),
            _ => None,
        }
    }
}

enum Position {
    Start,
    End,
    Before(String),
    After(String),
}

#[derive(PartialEq)]
enum Entry {
    Known(String),
    Waiting(Resolved),
}

impl From<Resolved> for Entry {
    fn from(resolved: Resolved) -> Self {
        match resolved {
            Resolved::Found(target) => Self::Known(target.document_id),
            Resolved::Stored(id) => Self::Known(id),
            waiting => Self::Waiting(waiting),
        }
    }
}

impl Merger<'_> {
    /// The stored value of a relation; what waits for its target goes to `pending`.
    pub fn relation(&mut self, field: &Field, given: &Value, stored: Option<&Value>, pointer: &str) -> Option<Value> {
        let missing = if self.options.allow_pending { Missing::Waits } else { Missing::Refused };
        let given = self.given(&field.targets, given, stored, missing, pointer)?;
        let is_set = given.set.is_some();
        let mut entries: Vec<Entry> = match given.set {
            Some(list) => distinct(list),
            None => stored_ids(stored).map(|id| Entry::Known(id.to_owned())).collect(),
        };
        if !field.many && is_set && entries.len() > 1 {
            self.problems.add(pointer, "too_many", "this relation points at one document; give one");
        }
        for item in given.disconnect {
            let entry = item.resolved.into();
            entries.retain(|other| *other != entry);
        }
        for item in given.connect {
            if !field.many {
                entries.clear();
            }
            self.place(&mut entries, item);
        }
        self.store(field, entries)
    }

    /// The new parent of a tree's document; none when it waits or was refused.
    pub fn parent_target(&mut self, parent: &Field, given: &Value, pointer: &str) -> Option<Option<Target>> {
        let missing = if self.options.allow_pending { Missing::Waits } else { Missing::Refused };
        let given = self.given(&parent.targets, given, None, missing, pointer)?;
        if !given.disconnect.is_empty() {
            self.problems.add(pointer, "type", "set the parent to null to move the document to the top level");
        }
        let mut items: Vec<Item> = given.set.into_iter().flatten().chain(given.connect).collect();
        if items.len() > 1 {
            self.problems.add(pointer, "too_many", "a document has one parent; give one");
        }
        let Some(item) = items.pop() else { return Some(None) };
        match item.resolved {
            Resolved::Found(target) => Some(Some(target)),
            waiting => {
                self.wait(0, waiting);
                None
            }
        }
    }

    /// Reads any form of a relation's input; none when it is of the wrong JSON type.
    pub fn given(
        &mut self,
        targets: &[String],
        given: &Value,
        stored: Option<&Value>,
        missing: Missing,
        pointer: &str,
    ) -> Option<Given> {
        let stored: HashSet<&str> = stored_ids(stored).collect();
        let scope = Scope { targets, stored: &stored, missing };
        let mut all = Given { set: None, connect: Vec::new(), disconnect: Vec::new() };
        let Some(map) = given.as_object().filter(|map| is_instruction(map)) else {
            all.set = Some(self.list(scope, given, pointer)?);
            return Some(all);
        };
        for (name, list) in map.iter().filter(|(name, list)| !list.is_null() && *name != "options") {
            let pointer = &pointer_to(pointer, name);
            match name.as_str() {
                "set" => all.set = self.list(scope, list, pointer),
                "connect" => all.connect = self.list(scope, list, pointer).unwrap_or_default(),
                "disconnect" => {
                    let scope = Scope { missing: Missing::Ignored, ..scope };
                    all.disconnect = self.list(scope, list, pointer).unwrap_or_default();
                }
                _ => {
                    let message = format!("a relation takes `set`, `connect` and `disconnect`, not `{}`", brief(name));
                    self.problems.add(pointer, "unknown_field", message);
                }
            }
        }
        Some(all)
    }

    fn list(&mut self, scope: Scope, given: &Value, pointer: &str) -> Option<Vec<Item>> {
        let Some(list) = given.as_array() else {
            if given.is_null() {
                return Some(Vec::new());
            }
            return Some(self.item_of(scope, given, pointer.to_owned()).into_iter().collect());
        };
        if list.len() > MAX_REFERENCES {
            let message = format!("give at most {MAX_REFERENCES} references at once");
            self.problems.add(pointer, "too_many", message);
            return None;
        }
        let items = list.iter().enumerate();
        Some(items.filter_map(|(index, item)| self.item_of(scope, item, pointer_to(pointer, index))).collect())
    }

    fn item_of(&mut self, scope: Scope, given: &Value, pointer: String) -> Option<Item> {
        let resolved = self.reference(scope, given, &pointer)?;
        let position = given.get("position").filter(|_| scope.missing != Missing::Ignored);
        let position = position.and_then(|position| self.position(scope, position, &pointer_to(&pointer, "position")));
        Some(Item { resolved, position, pointer })
    }

    fn position(&mut self, scope: Scope, given: &Value, pointer: &str) -> Option<Position> {
        let members = given.as_object().into_iter().flatten();
        let mut wanted = members.filter(|(name, value)| *name != "type" && !value.is_null() && **value != false);
        match (wanted.next(), wanted.next()) {
            (None, _) if given.is_object() || given.is_null() => None,
            (Some((name, Value::Bool(true))), None) if name == "start" => Some(Position::Start),
            (Some((name, Value::Bool(true))), None) if name == "end" => Some(Position::End),
            (Some((name, anchor)), None) if matches!(name.as_str(), "before" | "after") => {
                let scope = Scope { missing: Missing::Refused, ..scope };
                let id = match self.reference(scope, anchor, &pointer_to(pointer, name))? {
                    Resolved::Found(target) => target.document_id,
                    Resolved::Stored(id) => id,
                    Resolved::Waiting { .. } => return None,
                };
                Some(if name == "before" { Position::Before(id) } else { Position::After(id) })
            }
            _ => {
                let message = "give one of `start: true`, `end: true`, `before: id`, `after: id`";
                self.problems.add(pointer, "position", message);
                None
            }
        }
    }

    /// Puts an item where it asks to be. One that is there already and asks for nothing stays.
    fn place(&mut self, entries: &mut Vec<Entry>, item: Item) {
        let entry = Entry::from(item.resolved);
        let here = entries.iter().position(|other| *other == entry);
        let Some(position) = item.position else {
            if here.is_none() {
                entries.push(entry);
            }
            return;
        };
        if let Some(here) = here {
            entries.remove(here);
        }
        let beside = |id: &String| entries.iter().position(|other| matches!(other, Entry::Known(known) if known == id));
        let at = match &position {
            Position::Start => Some(0),
            Position::End => Some(entries.len()),
            Position::Before(id) => beside(id),
            Position::After(id) => beside(id).map(|at| at + 1),
        };
        if at.is_none() {
            let message = "the document to stand beside is not in this relation; connect it first";
            self.problems.add(pointer_to(&item.pointer, "position"), "position", message);
        }
        entries.insert(at.unwrap_or(entries.len()), entry);
    }

    fn store(&mut self, field: &Field, entries: Vec<Entry>) -> Option<Value> {
        let mut ids = Vec::new();
        for (ordinal, entry) in entries.into_iter().enumerate() {
            match entry {
                Entry::Known(id) => ids.push(Value::String(id)),
                Entry::Waiting(waiting) => self.wait(ordinal, waiting),
            }
        }
        match field.many {
            true if ids.is_empty() => None,
            true => Some(ids.into()),
            false => ids.pop(),
        }
    }

    fn wait(&mut self, ordinal: usize, waiting: Resolved) {
        if let Resolved::Waiting { reference, targets } = waiting {
            self.pending.push(Pending { path: self.path.clone(), ordinal, reference, targets });
        }
    }
}

/// `{set, connect, disconnect}` rather than a reference.
fn is_instruction(map: &Map<String, Value>) -> bool {
    ["set", "connect", "disconnect"].into_iter().any(|name| map.contains_key(name))
}

/// Each document once, where it stands first.
fn distinct(items: Vec<Item>) -> Vec<Entry> {
    let mut known = HashSet::new();
    let mut entries: Vec<Entry> = Vec::new();
    for entry in items.into_iter().map(|item| Entry::from(item.resolved)) {
        let is_new = match &entry {
            Entry::Known(id) => known.insert(id.clone()),
            Entry::Waiting(_) => !entries.contains(&entry),
        };
        if is_new {
            entries.push(entry);
        }
    }
    entries
}

/// The document ids of a stored relation, one or many.
pub fn stored_ids(stored: Option<&Value>) -> impl Iterator<Item = &str> {
    let many = stored.and_then(Value::as_array).into_iter().flatten();
    stored.into_iter().filter(|value| value.is_string()).chain(many).filter_map(Value::as_str)
}
