//! Each step as one line for people.

use super::step::{FieldRef, Step, TypeRef};
use crate::content_type::Kind;
use crate::permission::Role;
use serde_json::Value;

/// How much of a value is shown.
const SHOWN: usize = 60;

impl Step {
    /// One clear line, e.g. `rename field article.title → headline`.
    pub fn describe(&self) -> String {
        match self {
            Self::CreateType { def } => {
                let plural = if def.fields.len() == 1 { "" } else { "s" };
                format!("create {} {} ({} field{plural})", kind(def.kind), def.singular, def.fields.len())
            }
            Self::DeleteType { of, kind: of_kind } => {
                let documents = if *of_kind == Kind::Component { "" } else { " and its documents" };
                format!("delete {} {}{documents}", kind(*of_kind), of.name)
            }
            Self::RenameType { of, key, from, to } if key == "singular" => {
                format!("rename type {} → {to}{}", from, id(of))
            }
            Self::RenameType { of, key, from, to } => {
                format!("{}: {key} {} → {}", of.name, shown(&from.as_str().into()), shown(&to.as_str().into()))
            }
            Self::ChangeTypeOption { of, key, from, to } => type_option(of, key, from, to),
            Self::LocalizeType { of, on: true } => format!("{}: documents get a part for each locale", of.name),
            Self::LocalizeType { of, on: false } => {
                format!("{}: documents keep only what they have in the default locale", of.name)
            }
            Self::AddField { of, field, .. } => {
                let required = if field.required { ", required" } else { "" };
                let localized = if field.localized { ", localized" } else { "" };
                format!("add field {}.{} ({}{required}{localized})", of.name, field.name, field.kind.word())
            }
            Self::RenameField { of, field, to } => format!("rename field {} → {to}", place(of, field)),
            Self::MoveFields { of, .. } => format!("{}: change the order of its fields", of.name),
            Self::DeleteField { of, field } => {
                format!("delete field {}.{} ({})", of.name, field.name, field.kind.word())
            }
            Self::ChangeFieldType { of, from, to } => {
                format!("change type of field {}.{}: {} → {}", of.name, from.name, from.kind.word(), to.kind.word())
            }
            Self::ChangeFieldOption { of, field, key, .. } if key == "values" => {
                format!("{}: change labels or order of its values", place(of, field))
            }
            Self::ChangeFieldOption { of, field, key, from, to, .. } => {
                format!("{}: {key} {} → {}", place(of, field), shown(from), shown(to))
            }
            Self::LocalizeField { of, field, on: true } => {
                format!("{}: localize; its value is copied to every locale", place(of, field))
            }
            Self::LocalizeField { of, field, on: false } => {
                format!("{}: stop localizing; the default locale's value is kept", place(of, field))
            }
            Self::AddEnumValue { of, field, value } => format!("{}: add value {}", place(of, field), value.value),
            Self::RenameEnumValue { of, field, from, to } => {
                format!("{}: rename value {from} → {}", place(of, field), to.value)
            }
            Self::RemoveEnumValue { of, field, value } => format!("{}: remove value {value}", place(of, field)),
            Self::AddLocale { locale } => format!("add locale {} ({})", locale.code, locale.name),
            Self::RemoveLocale { code } => format!("remove locale {code} and everything in it"),
            Self::RenameLocale { code, from, to } => format!("rename locale {code}: {from} → {to}"),
            Self::SetDefaultLocale { from, to } => format!("change the default locale: {from} → {to}"),
            Self::MoveLocales { .. } => "change the order of the locales".to_owned(),
            Self::PutRole { role, before: None } => {
                format!("create role {} ({} permissions){}", role.name, role.permissions.len(), warnings(role, None))
            }
            Self::PutRole { role, before: Some(before) } => {
                let gone = before.permissions.iter().filter(|p| !role.permissions.contains(p)).count();
                let new = role.permissions.iter().filter(|p| !before.permissions.contains(p)).count();
                let admin = if role.admin && !before.admin { ", becomes an administrator" } else { "" };
                let warnings = warnings(role, Some(before));
                format!("change role {} (+{new} −{gone} permissions{admin}){warnings}", role.name)
            }
            Self::DeleteRole { name } => format!("delete role {name}"),
        }
    }
}

/// What a role may now be used for that it was not before, and somebody should know.
fn warnings(role: &Role, before: Option<&Role>) -> String {
    let known = before.map(Role::warnings).unwrap_or_default();
    role.warnings().into_iter().filter(|said| !known.contains(said)).map(|said| format!("; warning: {said}")).collect()
}

fn type_option(of: &TypeRef, key: &str, from: &Value, to: &Value) -> String {
    let on = to == &Value::Bool(true);
    let what = match (key, on) {
        ("draftAndPublish", true) => "keep drafts apart from what is published",
        ("draftAndPublish", false) => "no drafts any more: what is saved is live",
        ("orderable", true) => "documents get a position",
        ("orderable", false) => "documents lose their position",
        ("tree", true) => "documents get a parent and a path",
        ("tree", false) => "documents lose their parent and path",
        ("ui" | "layout", _) => return format!("{}: change {key}", of.name),
        _ => return format!("{}: {key} {} → {}", of.name, shown(from), shown(to)),
    };
    format!("{}: {what} ({key})", of.name)
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Collection => "collection",
        Kind::Single => "single",
        Kind::Component => "component",
    }
}

fn place(of: &TypeRef, field: &FieldRef) -> String {
    format!("{}.{}", of.name, field.name)
}

/// The id of a type where its name does not tell it.
fn id(of: &TypeRef) -> String {
    if of.id == of.name { String::new() } else { format!(" (id {})", of.id) }
}

fn shown(value: &Value) -> String {
    let text = match value {
        Value::Null => return "none".to_owned(),
        other => other.to_string(),
    };
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
