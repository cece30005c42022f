//! The OpenAPI description of the admin API, made consistent with what is really sent.

use poem_openapi::{OpenApi, OpenApiService};
use serde_json::{Map, Value, json};

/// As poem-openapi has it.
pub fn raw<T: OpenApi>(service: &OpenApiService<T, ()>) -> Value {
    serde_json::from_str(&service.spec()).unwrap_or_default()
}

/// The admin API's `paths`, `components` and `tags`, as OpenAPI 3.0.
pub fn description() -> Value {
    let mut whole = raw(&super::service());
    nullable(&mut whole["components"]["schemas"]);
    whole
}

/// An optional member may be null: that is how it is sent when there is none.
fn nullable(schemas: &mut Value) {
    for schema in schemas.as_object_mut().into_iter().flat_map(Map::values_mut) {
        members(schema);
        for part in schema.get_mut("allOf").and_then(Value::as_array_mut).into_iter().flatten() {
            members(part);
        }
    }
}

fn members(schema: &mut Value) {
    let required = schema["required"].clone();
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else { return };
    for (name, property) in properties {
        let is_required = required.as_array().is_some_and(|names| names.iter().any(|n| n == name));
        let Some(map) = property.as_object_mut() else { continue };
        if is_required || map.is_empty() {
            continue;
        }
        if let Some(reference) = map.shift_remove("$ref") {
            map.insert("allOf".to_owned(), json!([{ "$ref": reference }]));
        }
        if let Some(choices) = map.get_mut("enum").and_then(Value::as_array_mut) {
            choices.push(Value::Null);
        }
        map.insert("nullable".to_owned(), true.into());
    }
}
