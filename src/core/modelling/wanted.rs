//! From what somebody sent to the schema that is wanted.

use crate::{Caller, Core, Error, Result, schema};
use masthead_model::check::{Schema, parse_locales, parse_role, parse_type};
use masthead_model::problem::pointer_to;
use masthead_model::{Locales, Problem};
use serde_json::Value;

/// A change that somebody wants.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// `{types, locales, roles}`: a part of the tree that `schema pull` writes. What it does not mention stays; each
    /// definition is complete.
    pub definitions: Value,
    /// Types and components by id or singular, roles by name, locales by code.
    pub delete_types: Vec<String>,
    pub delete_roles: Vec<String>,
    pub delete_locales: Vec<String>,
}

/// The schema that is wanted, and whether what it does not mention goes. Blocking.
pub(super) fn resolve(core: &Core, caller: &Caller, wanted: &Wanted) -> Result<(Schema, bool)> {
    let mut schema = read(&wanted.definitions)?;
    let deletes = [&wanted.delete_types, &wanted.delete_roles, &wanted.delete_locales];
    if deletes.iter().all(|list| list.is_empty()) {
        return Ok((schema, false));
    }
    let mut now = schema::pull(core, caller)?;
    let mut problems = Vec::new();
    for (i, word) in wanted.delete_types.iter().enumerate() {
        let before = now.types.len();
        now.types.retain(|t| t.id != *word && t.singular != *word);
        if now.types.len() == before {
            problems.push(unknown("types", i, format!("there is no type '{word}'")));
        }
    }
    for (i, name) in wanted.delete_roles.iter().enumerate() {
        let before = now.roles.len();
        now.roles.retain(|r| r.name != *name);
        if now.roles.len() == before {
            problems.push(unknown("roles", i, format!("there is no role '{name}'")));
        }
    }
    let mut locales = schema.locales.take().or(now.locales.take()).unwrap_or_default();
    for (i, code) in wanted.delete_locales.iter().enumerate() {
        let before = locales.0.len();
        locales.0.retain(|l| l.code != *code);
        if locales.0.len() == before {
            problems.push(unknown("locales", i, format!("there is no locale '{code}'")));
        }
    }
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    // Those that were sent stay in front, so that pointers to them hold.
    let sent: Vec<String> = schema.types.iter().flat_map(|t| [t.id.clone(), t.singular.clone()]).collect();
    schema.types.extend(now.types.into_iter().filter(|t| !sent.contains(&t.id) && !sent.contains(&t.singular)));
    let sent: Vec<String> = schema.roles.iter().map(|r| r.name.clone()).collect();
    schema.roles.extend(now.roles.into_iter().filter(|r| !sent.contains(&r.name)));
    schema.locales = Some(Locales(locales.0));
    Ok((schema, true))
}

fn unknown(room: &str, index: usize, message: String) -> Problem {
    Problem::new(format!("/delete/{room}/{index}"), "not_found", message)
}

/// A tree of definitions, or everything that is wrong in it, with pointers below `/definitions`.
fn read(tree: &Value) -> Result<Schema> {
    let mut problems = Vec::new();
    let mut schema = Schema::default();
    let wrong =
        |pointer: &str, code: &str, message: &str| Problem::new(format!("/definitions{pointer}"), code, message);
    let Some(rooms) = tree.as_object() else {
        if tree.is_null() {
            return Ok(schema);
        }
        return Err(Error::Invalid(vec![wrong("", "type", "definitions are {types, locales, roles}")]));
    };
    for (room, value) in rooms {
        let at = pointer_to("/definitions", room);
        match room.as_str() {
            "locales" if value.is_null() => {}
            "locales" => match parse_locales(value) {
                Ok(locales) => schema.locales = Some(locales),
                Err(found) => problems.extend(found.into_iter().map(|p| p.within(&at))),
            },
            "types" | "roles" => {
                let Some(list) = value.as_array() else {
                    problems.push(wrong(&format!("/{room}"), "type", "this is a list of definitions"));
                    continue;
                };
                for (i, one) in list.iter().enumerate() {
                    let at = pointer_to(&at, i);
                    let parsed = match room.as_str() {
                        "types" => parse_type(one).map(|def| schema.types.push(def)),
                        _ => parse_role(one).map(|role| schema.roles.push(role)),
                    };
                    if let Err(found) = parsed {
                        problems.extend(found.into_iter().map(|p| p.within(&at)));
                    }
                }
            }
            other => {
                problems.push(wrong(&pointer_to("", other), "unknown_field", "there are types, locales and roles"))
            }
        }
    }
    if problems.is_empty() { Ok(schema) } else { Err(Error::Invalid(problems)) }
}

/// Problems of the tree, as pointers into what was sent.
pub(super) fn in_definitions(error: Error) -> Error {
    match error {
        Error::Invalid(problems) => Error::Invalid(problems.into_iter().map(|p| p.within("/definitions")).collect()),
        other => other,
    }
}
