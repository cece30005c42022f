//! From the JSON of a file to a definition.

use super::report::Report;
use super::shapes::{self, LOCALE, ROLE, TYPE};
use crate::content_type::ContentType;
use crate::locale::Locales;
use crate::permission::Role;
use crate::problem::{Problem, pointer_to};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

/// A content type or component, from the JSON of `types/<singular>.json` or `components/<singular>.json`.
///
/// A missing label becomes a readable form of the singular; missing ids stay empty until [`super::resolve`]. Keys
/// that are not known are refused, except inside `ui` and `layout`. Problems point into `json`.
pub fn parse_type(json: &Value) -> Result<ContentType, Vec<Problem>> {
    let mut report = Report::default();
    shapes::check(&TYPE, json, "", &mut report);
    let mut given = without_nulls(json);
    for field in members(&mut given, "fields") {
        // Filled in when the tree is resolved.
        field.entry("id").or_insert_with(|| "".into());
        members_of(field, "values");
    }
    let mut def: ContentType = finish(given, report)?;
    if def.label.trim().is_empty() {
        def.label = readable(&def.singular);
    }
    Ok(def)
}

/// The locales, from the JSON of `locales.json`: a list of `{code, name?, default?}` or of codes. A single one is
/// the default.
pub fn parse_locales(json: &Value) -> Result<Locales, Vec<Problem>> {
    let Some(list) = json.as_array() else {
        return Err(vec![Problem::new("", "type", "the locales are a list of `{\"code\": …, \"name\": …}`")]);
    };
    let mut report = Report::default();
    let mut given = Vec::new();
    for (index, item) in list.iter().enumerate() {
        let item = if item.is_string() { json!({"code": item}) } else { item.clone() };
        shapes::check(&LOCALE, &item, &pointer_to("", index), &mut report);
        let mut item = without_nulls(&item);
        if let Value::Object(map) = &mut item
            && let Some(code) = map.get("code").cloned()
        {
            map.entry("name").or_insert(code);
        }
        given.push(item);
    }
    let mut locales: Locales = finish(Value::Array(given), report)?;
    if let [only] = locales.0.as_mut_slice() {
        only.default = true;
    }
    Ok(locales)
}

/// A role, from the JSON of `roles/<name>.json`. A missing label becomes a readable form of the name.
pub fn parse_role(json: &Value) -> Result<Role, Vec<Problem>> {
    let mut report = Report::default();
    shapes::check(&ROLE, json, "", &mut report);
    let mut given = without_nulls(json);
    members(&mut given, "permissions");
    let mut role: Role = finish(given, report)?;
    if role.label.trim().is_empty() {
        role.label = readable(&role.name);
    }
    Ok(role)
}

/// What serde makes of it, when the first look found nothing wrong.
fn finish<T: DeserializeOwned>(given: Value, report: Report) -> Result<T, Vec<Problem>> {
    if !report.is_empty() {
        return Err(report.into_problems());
    }
    serde_json::from_value(given).map_err(|error| vec![Problem::new("", "form", error.to_string())])
}

fn without_nulls(json: &Value) -> Value {
    let mut copy = json.clone();
    if let Value::Object(map) = &mut copy {
        map.retain(|_, member| !member.is_null());
    }
    copy
}

/// The objects of the list `key`, each now without its nulls.
fn members<'a>(of: &'a mut Value, key: &str) -> Vec<&'a mut Map<String, Value>> {
    of.as_object_mut().map(|map| members_of(map, key)).unwrap_or_default()
}

fn members_of<'a>(of: &'a mut Map<String, Value>, key: &str) -> Vec<&'a mut Map<String, Value>> {
    let list = of.get_mut(key).and_then(Value::as_array_mut);
    let mut found: Vec<_> = list.into_iter().flatten().filter_map(Value::as_object_mut).collect();
    for map in &mut found {
        map.retain(|_, member| !member.is_null());
    }
    found
}

/// `shared.rich-text` → `Rich text`.
fn readable(name: &str) -> String {
    let last = name.rsplit('.').next().unwrap_or(name);
    let words = last.replace(['-', '_'], " ");
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => words,
    }
}
