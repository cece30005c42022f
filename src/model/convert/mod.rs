//! Reading what an older model wrote: converters from one definition of a field to a later one.
//!
//! Bodies are stamped with the model version that wrote them and are never rewritten for a change of type: whoever
//! reads an older one applies the conversions since. A value that cannot be converted is only hidden in that reading;
//! the old body stays in history.

mod body;
mod choices;
mod items;
mod plain;
#[cfg(test)]
mod tests;
mod value;

pub use body::{Note, Outcome, convert_body, values_of};
pub(crate) use value::can_lose;
pub use value::{Converted, convert_value};

use crate::field::Field;
use serde::{Deserialize, Serialize};

/// How the values of one field are read after a change of its definition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Conversion {
    /// Id of the type or component that has the field.
    pub owner: String,
    pub from: Field,
    /// The same field (by id) as it became.
    pub to: Field,
    /// Values of an enumeration that were renamed, from → to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub enum_renames: Vec<(String, String)>,
}
