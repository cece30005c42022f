//! What changes between the current model and a desired one.

use super::step::{Step, TypeRef};
use super::{fields, locales, roles};
use crate::check::Schema;
use crate::content_type::{ContentType, Kind};
use crate::model::Model;
use crate::permission::Role;
use serde_json::{Map, Value};

/// The steps from `model` and `roles` to `desired`, which was resolved and checked.
///
/// Types, roles and locales that `desired` does not mention stay, unless `prune` deletes them; a field that is missing
/// from a mentioned type is deleted. With `prune`, locales are never deleted by not being there, and roles only when
/// there are some in the tree, and never one of administrators. Components are made first and deleted last.
pub fn diff(model: &Model, roles: &[Role], desired: &Schema, prune: bool) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut last = Vec::new();
    if let Some(wanted) = &desired.locales {
        locales::diff(&model.locales, wanted, &mut steps, &mut last);
    }
    let (components, types): (Vec<_>, Vec<_>) = desired.types.iter().partition(|def| def.kind == Kind::Component);
    let defs = || components.iter().chain(&types);
    for def in defs().filter(|def| model.get(&def.id).is_none()) {
        steps.push(Step::CreateType { def: Box::new(without_was(def)) });
    }
    for def in defs() {
        if let Some(current) = model.get(&def.id) {
            diff_type(&current.def, def, &mut steps);
        }
    }
    let mut deleted = Vec::new();
    if prune {
        let mentioned = |id: &str| desired.types.iter().any(|def| def.id == id);
        let (components, types): (Vec<_>, Vec<_>) =
            model.types().filter(|t| !mentioned(t.id())).partition(|t| t.def.kind == Kind::Component);
        for ty in types.into_iter().chain(components) {
            deleted.push(ty.id());
            last.push(Step::DeleteType { of: TypeRef::from(&ty.def), kind: ty.def.kind });
        }
    }
    roles::diff(roles, desired, &deleted, prune, &mut steps);
    steps.append(&mut last);
    steps
}

fn diff_type(current: &ContentType, desired: &ContentType, steps: &mut Vec<Step>) {
    let of = TypeRef::from(current);
    let names = [
        ("singular", &current.singular, &desired.singular),
        ("plural", &current.plural, &desired.plural),
        ("label", &current.label, &desired.label),
    ];
    for (key, from, to) in names.into_iter().filter(|(_, from, to)| from != to) {
        let (from, to) = (from.clone(), to.clone());
        steps.push(Step::RenameType { of: of.clone(), key: key.to_owned(), from, to });
    }
    fields::diff(current, desired, &of, steps);
    if current.is_localized() != desired.is_localized() && desired.kind != Kind::Component {
        steps.push(Step::LocalizeType { of: of.clone(), on: desired.is_localized() });
    }
    for (key, from, to) in changed(&options(current), &options(desired)) {
        steps.push(Step::ChangeTypeOption { of: of.clone(), key, from, to });
    }
}

/// A type's options alone, by the words of a file.
fn options(def: &ContentType) -> Map<String, Value> {
    let bare = ContentType { fields: Vec::new(), ..def.clone() };
    let mut options = as_map(&bare);
    options.retain(|key, _| !matches!(key.as_str(), "id" | "kind" | "singular" | "plural" | "label" | "fields"));
    // Written out because its default is on: as a change it reads `true → false`.
    options.insert("draftAndPublish".to_owned(), def.draft_and_publish.into());
    options
}

pub(super) fn as_map(of: &impl serde::Serialize) -> Map<String, Value> {
    match serde_json::to_value(of) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    }
}

/// The keys whose values differ, with both values; `null` for a key that is not there.
pub(super) fn changed(from: &Map<String, Value>, to: &Map<String, Value>) -> Vec<(String, Value, Value)> {
    let gone = from.keys().filter(|key| !to.contains_key(*key));
    to.keys()
        .chain(gone)
        .filter(|key| from.get(*key) != to.get(*key))
        .map(|key| {
            let value = |map: &Map<String, Value>| map.get(key).cloned().unwrap_or_default();
            (key.clone(), value(from), value(to))
        })
        .collect()
}

/// The definition as it is stored: what a value was before is only said once.
fn without_was(def: &ContentType) -> ContentType {
    let mut def = def.clone();
    def.fields.iter_mut().flat_map(|field| &mut field.values).for_each(|value| value.was = None);
    def
}
