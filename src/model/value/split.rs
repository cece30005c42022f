//! The shared part of a document's values and the part of one locale.

use crate::field::Field;
use crate::model::Type;
use serde_json::{Map, Value};

/// `(shared, local)`; without localized fields everything is shared. What has no field any more is left out.
pub fn split(ty: &Type, values: &Map<String, Value>) -> (Map<String, Value>, Map<String, Value>) {
    let (mut shared, mut local) = (Map::new(), Map::new());
    for field in &ty.def.fields {
        if let Some(value) = values.get(&field.id) {
            let part = if is_local(ty, field) { &mut local } else { &mut shared };
            part.insert(field.id.clone(), value.clone());
        }
    }
    (shared, local)
}

/// The values of both parts in the order of the definition, each field's from the part in which it stands.
pub fn join(ty: &Type, shared: &Map<String, Value>, local: &Map<String, Value>) -> Map<String, Value> {
    let fields = ty.def.fields.iter();
    fields
        .filter_map(|field| {
            let part = if is_local(ty, field) { local } else { shared };
            Some((field.id.clone(), part.get(&field.id)?.clone()))
        })
        .collect()
}

fn is_local(ty: &Type, field: &Field) -> bool {
    ty.localized && field.localized
}
