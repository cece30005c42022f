//! Values by which documents are counted: what facets are made of.

use crate::time;
use masthead_model::value::{self, decimal};
use masthead_model::{Field, FieldType, Type};
use serde_json::{Map, Value};

/// A value of a document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fact {
    Text(String),
    /// As it is stored: booleans as 0 and 1, decimals scaled, times in µs.
    Number(i64),
}

/// How a field's values are kept in the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Texts,
    Numbers,
}

/// How the index keeps a field's values; none of fields whose values are not in it.
pub fn form(field: &Field) -> Option<Form> {
    match field.kind {
        FieldType::Enumeration | FieldType::Tags | FieldType::Relation | FieldType::Date | FieldType::Time => {
            Some(Form::Texts)
        }
        FieldType::Boolean | FieldType::Integer | FieldType::Decimal | FieldType::Datetime => Some(Form::Numbers),
        _ => None,
    }
    .filter(|_| !field.private)
}

/// The values of a document's own fields, each once.
pub(super) fn facts(ty: &Type, values: &Map<String, Value>) -> Vec<(String, Fact)> {
    let mut found = Vec::new();
    for field in ty.def.fields.iter().filter(|field| form(field).is_some()) {
        let Some(stored) = values.get(&field.id) else { continue };
        let mut own: Vec<Fact> = match field.kind {
            FieldType::Relation => value::stored_ids(Some(stored)).map(|id| Fact::Text(id.to_owned())).collect(),
            FieldType::Boolean => stored.as_bool().map(|b| Fact::Number(i64::from(b))).into_iter().collect(),
            FieldType::Integer => stored.as_i64().map(Fact::Number).into_iter().collect(),
            FieldType::Decimal => decimal::scaled(stored, field.scale()).ok().map(Fact::Number).into_iter().collect(),
            FieldType::Datetime => stored.as_str().and_then(time::parse).map(Fact::Number).into_iter().collect(),
            _ => {
                let one = stored.as_str().into_iter();
                let many = stored.as_array().into_iter().flatten().filter_map(Value::as_str);
                one.chain(many).map(|text| Fact::Text(text.to_owned())).collect()
            }
        };
        own.sort_unstable();
        own.dedup();
        found.extend(own.into_iter().map(|fact| (field.id.clone(), fact)));
    }
    found
}
