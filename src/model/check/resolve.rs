//! Fills in what people leave out of files: ids of types and fields, and ids where they wrote names.

use super::references::{FieldWords, Words};
use super::schema::Schema;
use super::url_pattern;
use crate::content_type::{ContentType, Kind};
use crate::model::{Model, Type};
use crate::names::{RESERVED_FIELD_NAMES, id_from_name, is_field_id};
use crate::permission::Role;
use crate::problem::Problem;
use crate::query::{Place, with_ids};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Fills in the ids of `desired`: a type without one is the existing type of that singular, a field without one the
/// existing field of that name; what is new gets an id from its name. Then every reference (`targets`, `component`,
/// `components`, `from`, `shownWhen`, `titleField`, `listColumns`, `urlPattern`, permissions) becomes an id, and
/// `defaultSort` the names that will hold.
///
/// The problems are those that make matching meaningless; while there are any, neither check nor plan. References
/// to nothing are left as they are: [`super::check`] reports them.
pub fn resolve(model: &Model, desired: &mut Schema) -> Vec<Problem> {
    let problems = fill_type_ids(model, desired);
    if !problems.is_empty() {
        return problems;
    }
    for def in &mut desired.types {
        fill_field_ids(def, model.get(&def.id).map(Arc::as_ref));
    }
    let words = Words::new(model, desired);
    let fields = field_words(model, desired);
    for def in &mut desired.types {
        if let Some(fields) = fields.get(&def.id) {
            resolve_type(def, model.get(&def.id).map(|t| &t.def), &words, fields);
        }
    }
    let desired_types = &desired.types;
    for role in &mut desired.roles {
        resolve_role(role, &words, &fields, &|type_id, id| {
            let desired = desired_types.iter().find(|def| def.id == type_id);
            let def = desired.or_else(|| model.get(type_id).map(|t| &t.def));
            let field = def.and_then(|def| def.fields.iter().find(|field| field.id == id));
            field.map(|field| [field.targets.as_slice(), field.item_components()].concat()).unwrap_or_default()
        });
    }
    Vec::new()
}

fn fill_type_ids(model: &Model, desired: &mut Schema) -> Vec<Problem> {
    let mut used: HashSet<String> =
        desired.types.iter().map(|def| def.id.clone()).filter(|id| !id.is_empty()).collect();
    let mut claimed = HashMap::new();
    let mut problems = Vec::new();
    for index in 0..desired.types.len() {
        let def = &desired.types[index];
        if def.id.is_empty() {
            let is_component = def.kind == Kind::Component;
            let existing = model
                .types()
                .find(|t| t.def.singular == def.singular && (t.def.kind == Kind::Component) == is_component);
            let id = match existing {
                Some(found) if !used.contains(found.id()) => found.id().to_owned(),
                _ => free_id(&def.singular, 50, |id| used.contains(id) || model.get(id).is_some()),
            };
            used.insert(id.clone());
            desired.types[index].id = id;
        }
        let id = desired.types[index].id.clone();
        if let Some(first) = claimed.insert(id.clone(), index) {
            let first = &desired.types[first].singular;
            let message = format!("`{first}` has the id `{id}` already; give each type in the tree an id of its own");
            problems.push(Problem::new(format!("/types/{index}/id"), "duplicate_id", message));
        }
    }
    problems
}

fn fill_field_ids(def: &mut ContentType, current: Option<&Type>) {
    let mut used: HashSet<String> = def.fields.iter().map(|f| f.id.clone()).filter(|id| !id.is_empty()).collect();
    let by_name: HashMap<&str, &str> =
        current.into_iter().flat_map(|t| &t.def.fields).map(|f| (f.name.as_str(), f.id.as_str())).collect();
    let past = |id: &str| {
        current.is_some_and(|t| t.def.field(id).is_some() || t.storage.tombstones.iter().any(|tomb| tomb == id))
    };
    let tree = def.tree;
    for field in def.fields.iter_mut().filter(|f| f.id.is_empty()) {
        let id = match by_name.get(field.name.as_str()) {
            Some(id) if !used.contains(*id) => (*id).to_owned(),
            _ => {
                let from_name = id_from_name(&field.name);
                let base = if is_field_id(&from_name) { from_name.as_str() } else { "field" };
                free_id(base, 40, |id| used.contains(id) || past(id) || (tree && id == "parent"))
            }
        };
        used.insert(id.clone());
        field.id = id;
    }
}

/// `base`, or `base_2`, `base_3`, … of at most `longest` bytes.
pub(super) fn free_id(base: &str, longest: usize, taken: impl Fn(&str) -> bool) -> String {
    if !base.is_empty() && !taken(base) {
        return base.to_owned();
    }
    let mut n = 2u32;
    loop {
        let suffix = format!("_{n}");
        let end =
            (0..=longest.saturating_sub(suffix.len()).min(base.len())).rev().find(|at| base.is_char_boundary(*at));
        let id = format!("{}{suffix}", &base[..end.unwrap_or(0)]);
        if !taken(&id) {
            return id;
        }
        n += 1;
    }
}

/// The words for the fields of each type, mentioned or not.
fn field_words(model: &Model, desired: &Schema) -> HashMap<String, FieldWords> {
    let unmentioned = model.types().map(|t| &t.def).map(|def| (def.id.clone(), FieldWords::new(def, None)));
    let mentioned = desired.types.iter().map(|def| {
        let current = model.get(&def.id).map(|t| &t.def);
        (def.id.clone(), FieldWords::new(def, current))
    });
    unmentioned.chain(mentioned).collect()
}

fn resolve_type(def: &mut ContentType, current: Option<&ContentType>, words: &Words, fields: &FieldWords) {
    for field in &mut def.fields {
        field.targets.iter_mut().for_each(|word| words.normalise(word, false));
        field.component.iter_mut().chain(&mut field.components).for_each(|word| words.normalise(word, true));
        field.from.iter_mut().for_each(|word| fields.normalise(word));
        if let Some(shown) = &mut field.shown_when {
            fields.normalise(&mut shown.field);
        }
    }
    def.title_field.iter_mut().for_each(|word| fields.normalise(word));
    // A field may not be named like a system column, so the word means the column.
    let columns = def.list_columns.iter_mut().filter(|word| !RESERVED_FIELD_NAMES.contains(&word.as_str()));
    columns.for_each(|word| fields.normalise(word));
    if let Some(pattern) = &mut def.url_pattern {
        *pattern = url_pattern::map_placeholders(pattern, |word| match word {
            "locale" | "documentId" | "path" => None,
            _ => fields.id(word),
        });
    }
    if let Some(sort) = def.default_sort.take() {
        def.default_sort = Some(current_sort(&sort, def, current));
    }
}

/// A sort order in the names that will hold: a name that only the current type knows is replaced by the new one.
fn current_sort(sort: &str, desired: &ContentType, current: Option<&ContentType>) -> String {
    let renamed = |name: &str| {
        if desired.field_named(name).is_some() {
            return None;
        }
        let id = current.and_then(|def| def.field_named(name)).map_or(name, |field| field.id.as_str());
        desired.field(id).map(|field| field.name.clone())
    };
    let parts = sort.split(',').map(|part| {
        let part = part.trim();
        let (sign, rest) = part.strip_prefix('-').map_or(("", part), |rest| ("-", rest));
        let end = rest.find([':', '.']).unwrap_or(rest.len());
        match renamed(&rest[..end]) {
            Some(name) => format!("{sign}{name}{}", &rest[end..]),
            None => part.to_owned(),
        }
    });
    parts.collect::<Vec<_>>().join(",")
}

/// `below` are the types and components that a field leads to.
fn resolve_role(
    role: &mut Role,
    words: &Words,
    fields: &HashMap<String, FieldWords>,
    below: &dyn Fn(&str, &str) -> Vec<String>,
) {
    for permission in role.permissions.iter_mut().filter(|p| p.type_id != "*") {
        words.normalise(&mut permission.type_id, false);
        let all = fields;
        if let Some(fields) = fields.get(&permission.type_id) {
            permission.fields.iter_mut().flatten().for_each(|word| fields.normalise(word));
            if let Some(condition) = &mut permission.condition {
                let find = |type_id: &str, word: &str| {
                    let id = all.get(type_id)?.id(word)?.to_owned();
                    Some(Place { below: below(type_id, &id), id })
                };
                *condition = with_ids(condition, std::slice::from_ref(&permission.type_id), &find);
            }
        }
    }
}
