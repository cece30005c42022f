//! The steps of a plan: each one change, with all that is needed to apply and to explain it.

use crate::content_type::{ContentType, Kind};
use crate::field::{EnumValue, Field, FieldType};
use crate::locale::Locale;
use crate::permission::Role;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A type or component: its id, and the singular it has before the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypeRef {
    pub id: String,
    pub name: String,
}

/// A field: its id, and the name it has before the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldRef {
    pub id: String,
    pub name: String,
}

impl From<&ContentType> for TypeRef {
    fn from(def: &ContentType) -> Self {
        Self { id: def.id.clone(), name: def.singular.clone() }
    }
}

impl From<&Field> for FieldRef {
    fn from(field: &Field) -> Self {
        Self { id: field.id.clone(), name: field.name.clone() }
    }
}

/// One change of the model. `of` is the type or component that it changes; options are by the words of a file, and
/// `null` stands for an option that is not set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum Step {
    CreateType {
        def: Box<ContentType>,
    },
    DeleteType {
        of: TypeRef,
        kind: Kind,
    },
    /// `key` is `singular`, `plural` or `label`.
    RenameType {
        of: TypeRef,
        key: String,
        from: String,
        to: String,
    },
    ChangeTypeOption {
        of: TypeRef,
        key: String,
        from: Value,
        to: Value,
    },
    /// The type's documents get a part for each locale, or lose them: its first field became localized, or none is.
    LocalizeType {
        of: TypeRef,
        on: bool,
    },
    AddField {
        of: TypeRef,
        field: Box<Field>,
        /// Its place among the fields that are left.
        at: usize,
    },
    RenameField {
        of: TypeRef,
        field: FieldRef,
        to: String,
    },
    /// The ids of all fields, in their new order.
    MoveFields {
        of: TypeRef,
        order: Vec<String>,
    },
    DeleteField {
        of: TypeRef,
        field: Box<Field>,
    },
    /// `to` has the name, `localized`, `required` and `unique` of `from`: they change in steps of their own.
    ChangeFieldType {
        of: TypeRef,
        from: Box<Field>,
        to: Box<Field>,
    },
    ChangeFieldOption {
        of: TypeRef,
        field: FieldRef,
        kind: FieldType,
        key: String,
        from: Value,
        to: Value,
    },
    LocalizeField {
        of: TypeRef,
        field: FieldRef,
        on: bool,
    },
    AddEnumValue {
        of: TypeRef,
        field: FieldRef,
        value: EnumValue,
    },
    RenameEnumValue {
        of: TypeRef,
        field: FieldRef,
        from: String,
        to: EnumValue,
    },
    RemoveEnumValue {
        of: TypeRef,
        field: FieldRef,
        value: String,
    },
    AddLocale {
        locale: Locale,
    },
    RemoveLocale {
        code: String,
    },
    RenameLocale {
        code: String,
        from: String,
        to: String,
    },
    SetDefaultLocale {
        from: String,
        to: String,
    },
    /// All codes, in their new order.
    MoveLocales {
        order: Vec<String>,
    },
    /// `before` is the role as it was, if there was one.
    PutRole {
        role: Box<Role>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<Box<Role>>,
    },
    DeleteRole {
        name: String,
    },
}

impl Step {
    /// The type or component whose definition it changes.
    pub fn of(&self) -> Option<&TypeRef> {
        match self {
            Self::CreateType { .. }
            | Self::AddLocale { .. }
            | Self::RemoveLocale { .. }
            | Self::RenameLocale { .. }
            | Self::SetDefaultLocale { .. }
            | Self::MoveLocales { .. }
            | Self::PutRole { .. }
            | Self::DeleteRole { .. } => None,
            Self::DeleteType { of, .. }
            | Self::RenameType { of, .. }
            | Self::ChangeTypeOption { of, .. }
            | Self::LocalizeType { of, .. }
            | Self::AddField { of, .. }
            | Self::RenameField { of, .. }
            | Self::MoveFields { of, .. }
            | Self::DeleteField { of, .. }
            | Self::ChangeFieldType { of, .. }
            | Self::ChangeFieldOption { of, .. }
            | Self::LocalizeField { of, .. }
            | Self::AddEnumValue { of, .. }
            | Self::RenameEnumValue { of, .. }
            | Self::RemoveEnumValue { of, .. } => Some(of),
        }
    }

    /// The id of the field that it changes.
    pub fn field_id(&self) -> Option<&str> {
        match self {
            Self::AddField { field, .. } | Self::DeleteField { field, .. } => Some(&field.id),
            Self::ChangeFieldType { from, .. } => Some(&from.id),
            Self::RenameField { field, .. }
            | Self::ChangeFieldOption { field, .. }
            | Self::LocalizeField { field, .. }
            | Self::AddEnumValue { field, .. }
            | Self::RenameEnumValue { field, .. }
            | Self::RemoveEnumValue { field, .. } => Some(&field.id),
            _ => None,
        }
    }
}
