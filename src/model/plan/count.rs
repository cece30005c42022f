//! Which stored values have to be looked at before a step can be shown.

use super::effect::{Effect, is_on, removed};
use super::step::Step;
use crate::content_type::Kind;
use crate::field::FieldType;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What to count for a step. `owner` is the id of the type or component that has the field; the values of a
/// component's field are in every type that holds it ([`super::types_holding`]).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "count", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum Count {
    None,
    /// All documents of a type.
    Documents {
        type_id: String,
    },
    /// Documents with a value in the field.
    Values {
        owner: String,
        field: String,
    },
    /// Documents with this value of an enumeration in the field.
    Choice {
        owner: String,
        field: String,
        value: String,
    },
    /// Documents with a value in the field, and those of them whose value the field's `Conversion` drops or cuts.
    Conversion {
        owner: String,
        field: String,
    },
    /// Documents that have not what the option `key` asks for from now on: `required`, `unique`, `min`, ….
    Violations {
        owner: String,
        field: String,
        key: String,
    },
    /// Documents with a part in this locale.
    Locale {
        code: String,
    },
}

impl Step {
    /// Which stored values have to be examined to say what it does.
    pub fn needs_count(&self) -> Count {
        let owner = || self.of().map_or(String::new(), |of| of.id.clone());
        let field = || self.field_id().unwrap_or_default().to_owned();
        match self {
            Self::DeleteType { of, kind } if *kind != Kind::Component => Count::Documents { type_id: of.id.clone() },
            Self::ChangeTypeOption { of, .. } if self.effect() != Effect::Definition => {
                Count::Documents { type_id: of.id.clone() }
            }
            Self::LocalizeType { of, .. } => Count::Documents { type_id: of.id.clone() },
            Self::DeleteField { .. } | Self::LocalizeField { .. } => Count::Values { owner: owner(), field: field() },
            Self::ChangeFieldType { .. } => Count::Conversion { owner: owner(), field: field() },
            Self::RenameEnumValue { from, .. } => Count::Choice { owner: owner(), field: field(), value: from.clone() },
            Self::RemoveEnumValue { value, .. } => {
                Count::Choice { owner: owner(), field: field(), value: value.clone() }
            }
            Self::AddField { field, .. } if field.required => {
                Count::Violations { owner: owner(), field: field.id.clone(), key: "required".to_owned() }
            }
            Self::ChangeFieldOption { kind, key, from, to, .. } => {
                if self.effect() == Effect::Convert {
                    Count::Conversion { owner: owner(), field: field() }
                } else if key == "targets" && removed(from, to) {
                    Count::Values { owner: owner(), field: field() }
                } else if tightens(*kind, key, from, to) {
                    Count::Violations { owner: owner(), field: field(), key: key.clone() }
                } else {
                    Count::None
                }
            }
            Self::RemoveLocale { code } => Count::Locale { code: code.clone() },
            _ => Count::None,
        }
    }
}

/// Whether values that were fine may not be so any more.
fn tightens(kind: FieldType, key: &str, from: &Value, to: &Value) -> bool {
    match key {
        "required" | "unique" => is_on(to),
        "min" | "minLength" | "minItems" => !to.is_null() && (from.is_null() || above(kind, to, from)),
        "max" | "maxLength" | "maxItems" => !to.is_null() && (from.is_null() || above(kind, from, to)),
        "pattern" => !to.is_null(),
        // No kinds means all kinds.
        "kinds" => to.as_array().is_some_and(|to| !to.is_empty()) && (from.is_null() || removed(from, to)),
        // What was hidden, and so not required, may be shown.
        "shownWhen" => true,
        _ => false,
    }
}

/// Whether the bound `a` is above `b`, or may be: what cannot be compared is taken as tighter.
fn above(kind: FieldType, a: &Value, b: &Value) -> bool {
    match (kind, a, b) {
        (FieldType::Date | FieldType::Time, Value::String(a), Value::String(b)) => a > b,
        _ => match (a.as_f64(), b.as_f64()) {
            (Some(a), Some(b)) => a > b,
            _ => true,
        },
    }
}
