//! How a step is applied to what is stored, and whether that can lose something.

use super::step::Step;
use crate::content_type::Kind;
use crate::convert::can_lose;
use crate::field::{Field, FieldType};
use crate::storage::ColumnKind;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What applying a step takes beside the new definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Only the definition changes; at most empty columns are added.
    Definition,
    /// Stored values are read through a converter from now on; projections, references and claims are rebuilt.
    Convert,
    /// Values move between the shared part and those of the locales: current bodies are rewritten.
    Relocate,
    /// Values stay; projections, references or claims are built anew from them.
    Rebuild,
    /// Drafts go live, or live documents get drafts.
    Publishing,
    /// Documents get or lose positions, or parents and paths.
    Structure,
    /// Every document's address is computed anew.
    Urls,
    /// The type's documents and tables go.
    Remove,
    /// A locale's parts of every document go, or another one is the default.
    Locales,
    /// What somebody may do.
    Access,
}

impl Step {
    /// How it is applied.
    pub fn effect(&self) -> Effect {
        match self {
            Self::CreateType { .. }
            | Self::RenameType { .. }
            | Self::AddField { .. }
            | Self::RenameField { .. }
            | Self::MoveFields { .. }
            | Self::AddEnumValue { .. }
            | Self::AddLocale { .. }
            | Self::RenameLocale { .. }
            | Self::MoveLocales { .. } => Effect::Definition,
            Self::DeleteType { kind: Kind::Component, .. } => Effect::Definition,
            Self::DeleteType { .. } => Effect::Remove,
            Self::ChangeTypeOption { key, .. } => match key.as_str() {
                "draftAndPublish" => Effect::Publishing,
                "orderable" | "tree" => Effect::Structure,
                "urlPattern" => Effect::Urls,
                _ => Effect::Definition,
            },
            Self::LocalizeType { .. } | Self::LocalizeField { .. } => Effect::Relocate,
            Self::DeleteField { field, .. } => deletion(field),
            Self::ChangeFieldType { .. } | Self::RenameEnumValue { .. } | Self::RemoveEnumValue { .. } => {
                Effect::Convert
            }
            Self::ChangeFieldOption { kind, key, from, to, .. } => option(*kind, key, from, to),
            Self::RemoveLocale { .. } | Self::SetDefaultLocale { .. } => Effect::Locales,
            Self::PutRole { .. } | Self::DeleteRole { .. } => Effect::Access,
        }
    }

    /// Whether something stored can be lost, or hidden, by it: such steps are applied only when named.
    pub fn is_destructive(&self) -> bool {
        match self {
            Self::DeleteType { .. }
            | Self::DeleteField { .. }
            | Self::RemoveEnumValue { .. }
            | Self::RemoveLocale { .. }
            | Self::DeleteRole { .. } => true,
            Self::LocalizeType { on, .. } | Self::LocalizeField { on, .. } => !on,
            Self::ChangeTypeOption { key, to, .. } => matches!(key.as_str(), "orderable" | "tree") && !is_on(to),
            Self::ChangeFieldType { from, to, .. } => can_lose(from, to),
            Self::ChangeFieldOption { kind, key, from, to, .. } => match key.as_str() {
                "many" | "repeatable" => !is_on(to),
                "components" | "targets" => removed(from, to),
                "component" => true,
                "scale" => *kind == FieldType::Decimal && scale(to) < scale(from),
                _ => false,
            },
            _ => false,
        }
    }
}

/// What a deleted field leaves in derived tables: a column is simply no longer read, everything else has to go.
fn deletion(field: &Field) -> Effect {
    let derives_nothing = matches!(field.kind, FieldType::Json | FieldType::GeoPoint);
    if !field.unique && (ColumnKind::of(field).is_some() || derives_nothing) {
        Effect::Definition
    } else {
        Effect::Rebuild
    }
}

fn option(kind: FieldType, key: &str, from: &Value, to: &Value) -> Effect {
    match key {
        "many" | "scale" | "repeatable" | "component" => Effect::Convert,
        "components" if removed(from, to) => Effect::Convert,
        "targets" if removed(from, to) => Effect::Rebuild,
        "unique" => Effect::Rebuild,
        "indexed" => {
            let indexed = |value: &Value| Field { indexed: value.as_bool(), ..Field::new("f", kind) }.is_indexed();
            if indexed(from) == indexed(to) { Effect::Definition } else { Effect::Rebuild }
        }
        _ => Effect::Definition,
    }
}

/// Whether a list lost an entry.
pub(super) fn removed(from: &Value, to: &Value) -> bool {
    let to = to.as_array().map_or(&[][..], Vec::as_slice);
    from.as_array().is_some_and(|from| from.iter().any(|entry| !to.contains(entry)))
}

pub(super) fn is_on(value: &Value) -> bool {
    value == &Value::Bool(true)
}

fn scale(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| Field::new("f", FieldType::Decimal).scale().into())
}
