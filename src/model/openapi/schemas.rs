//! Content types and components as schemas: as they are read, and as they are written.

use super::names::Names;
use super::{Allowed, parameters, reference};
use crate::content_type::Kind;
use crate::field::{Field, FieldType};
use crate::model::{Model, Type};
use serde_json::{Map, Value, json};

/// The schemas of one site that something refers to.
pub struct Site<'a> {
    pub model: &'a Model,
    pub allowed: &'a dyn Allowed,
    names: Names,
    schemas: Map<String, Value>,
}

impl<'a> Site<'a> {
    pub fn new(model: &'a Model, allowed: &'a dyn Allowed) -> Self {
        let mut schemas = Map::new();
        schemas.insert("ContentPagination".to_owned(), parameters::pagination());
        schemas.insert("RichText".to_owned(), rich_text());
        schemas.insert("UploadFile".to_owned(), super::files::schema());
        schemas.insert("GeoPoint".to_owned(), geo_point());
        schemas.insert("RelationInput".to_owned(), relation_input());
        schemas.insert("RelationListInput".to_owned(), relation_list_input());
        Self { model, allowed, names: Names::default(), schemas }
    }

    pub fn finish(self) -> Map<String, Value> {
        let mut schemas = self.schemas;
        schemas.sort_keys();
        schemas
    }

    /// The schema of a type's documents as they are read.
    pub fn entry(&mut self, ty: &Type) -> Value {
        let name = self.names.of(ty.id(), &ty.def.singular, "Entry");
        if !self.schemas.contains_key(&name) {
            // Types lead to each other in circles.
            self.schemas.insert(name.clone(), Value::Null);
            let schema = self.entry_schema(ty);
            self.schemas.insert(name.clone(), schema);
        }
        reference(&name)
    }

    fn entry_schema(&mut self, ty: &Type) -> Value {
        let moment = json!({"type": "string", "format": "date-time"});
        let mut properties = Map::new();
        properties.insert("id".to_owned(), json!({"type": "integer", "format": "int64"}));
        properties.insert("documentId".to_owned(), json!({"type": "string"}));
        let mut required = vec!["id".to_owned(), "documentId".to_owned()];
        for field in &ty.def.fields {
            if field.private || !self.allowed.field_visible(ty.id(), &field.id) {
                continue;
            }
            let Some(schema) = self.read(field) else { continue };
            if field.required && !field.kind.is_populated() && field.shown_when.is_none() {
                required.push(field.name.clone());
            }
            properties.insert(field.name.clone(), schema);
        }
        if let Some(parent) = &ty.parent
            && let Some(schema) = self.read(parent)
        {
            properties.insert(parent.name.clone(), schema);
        }
        for inverse in self.model.inverses(ty.id()).to_vec() {
            let is_seen = self.allowed.type_visible(&inverse.source)
                && self.allowed.field_visible(&inverse.source, &inverse.field);
            if let Some(source) = self.model.get(&inverse.source).filter(|_| is_seen).cloned() {
                let items = self.entry(&source);
                properties.insert(inverse.name, json!({"type": "array", "items": items}));
            }
        }
        properties.insert("createdAt".to_owned(), moment.clone());
        properties.insert("updatedAt".to_owned(), moment.clone());
        properties.insert("publishedAt".to_owned(), nullable(moment));
        properties.insert("locale".to_owned(), nullable(json!({"type": "string"})));
        if ty.def.orderable || ty.def.tree {
            properties.insert("position".to_owned(), nullable(json!({"type": "string"})));
        }
        if ty.def.tree {
            properties.insert("path".to_owned(), nullable(json!({"type": "string"})));
        }
        if ty.localized {
            let own = self.names.of(ty.id(), &ty.def.singular, "Entry");
            properties.insert("localizations".to_owned(), json!({"type": "array", "items": reference(&own)}));
        }
        described(&ty.def.label, ty.def.description.as_deref(), required, properties)
    }

    /// The schema of a component as it is read.
    fn component(&mut self, ty: &Type) -> Value {
        let name = self.names.of(ty.id(), &ty.def.singular, "Component");
        if !self.schemas.contains_key(&name) {
            self.schemas.insert(name.clone(), Value::Null);
            let mut properties = Map::from_iter([("id".to_owned(), json!({"type": "string"}))]);
            for field in ty.def.fields.iter().filter(|f| !f.private) {
                if let Some(schema) = self.read(field) {
                    properties.insert(field.name.clone(), schema);
                }
            }
            let required = vec!["id".to_owned()];
            let schema = described(&ty.def.label, ty.def.description.as_deref(), required, properties);
            self.schemas.insert(name.clone(), schema);
        }
        reference(&name)
    }

    /// The union of components that blocks may be; `input` as they are written.
    fn blocks(&mut self, field: &Field, input: bool) -> Value {
        let (mut of, mut mapping) = (Vec::new(), Map::new());
        for id in &field.components {
            let Some(ty) = self.model.get(id).filter(|t| t.def.kind == Kind::Component).cloned() else { continue };
            let inner = if input { self.input(&ty) } else { self.component(&ty) };
            let name = self.names.of(ty.id(), &ty.def.singular, if input { "BlockInput" } else { "Block" });
            let tag = json!({"type": "object", "required": ["__component"],
                "properties": {"__component": {"type": "string", "enum": [ty.def.singular]}}});
            self.schemas.insert(name.clone(), json!({"allOf": [tag, inner]}));
            mapping.insert(ty.def.singular.clone(), reference(&name)["$ref"].clone());
            of.push(reference(&name));
        }
        if of.is_empty() {
            return json!({"type": "array", "items": {"type": "object"}});
        }
        let items = json!({"oneOf": of, "discriminator": {"propertyName": "__component", "mapping": mapping}});
        json!({"type": "array", "items": items})
    }

    /// A field as it is read; none when all that it leads to is hidden.
    fn read(&mut self, field: &Field) -> Option<Value> {
        let schema = match field.kind {
            FieldType::Relation => {
                let targets: Vec<_> = field.targets.iter().filter(|t| self.allowed.type_visible(t)).cloned().collect();
                let mut of: Vec<Value> = Vec::new();
                for target in targets {
                    if let Some(ty) = self.model.get(&target).cloned() {
                        of.push(self.entry(&ty));
                    }
                }
                let one = match of.len() {
                    0 => return None,
                    1 => of.remove(0),
                    _ => json!({ "anyOf": of }),
                };
                match field.many {
                    true => json!({"type": "array", "items": one}),
                    false => nullable(one),
                }
            }
            FieldType::Component => {
                let ty = field.component.as_deref().and_then(|id| self.model.get(id)).cloned()?;
                let one = self.component(&ty);
                match field.repeatable {
                    true => json!({"type": "array", "items": one}),
                    false => nullable(one),
                }
            }
            FieldType::Blocks => self.blocks(field, false),
            FieldType::Media if field.many => json!({"type": "array", "items": reference("UploadFile")}),
            FieldType::Media => nullable(reference("UploadFile")),
            FieldType::RichText => nullable(json!({"anyOf": [reference("RichText"), {"type": "string"}]})),
            _ => plain(field, field.required && field.shown_when.is_none()),
        };
        Some(helped(schema, field))
    }

    /// The schema of a type or component as it is written.
    pub fn input(&mut self, ty: &Type) -> Value {
        let kind = if ty.def.kind == Kind::Component { "ComponentInput" } else { "Input" };
        let name = self.names.of(ty.id(), &ty.def.singular, kind);
        if !self.schemas.contains_key(&name) {
            self.schemas.insert(name.clone(), Value::Null);
            let mut properties = Map::new();
            if ty.def.kind == Kind::Component {
                let id =
                    json!({"type": "string", "nullable": true, "description": "Of an item that is there already."});
                properties.insert("id".to_owned(), id);
            }
            for field in ty.def.fields.iter().chain(&ty.parent) {
                let is_seen = ty.def.kind == Kind::Component || self.allowed.field_visible(ty.id(), &field.id);
                if is_seen && !field.private {
                    let schema = self.write(field);
                    properties.insert(field.name.clone(), helped(schema, field));
                }
            }
            let mut schema = described(&ty.def.label, None, Vec::new(), properties);
            if ty.def.kind != Kind::Component {
                schema["additionalProperties"] = false.into();
            }
            self.schemas.insert(name.clone(), schema);
        }
        reference(&name)
    }

    fn write(&mut self, field: &Field) -> Value {
        match field.kind {
            FieldType::Relation if field.many => nullable(reference("RelationListInput")),
            FieldType::Relation => nullable(reference("RelationInput")),
            FieldType::Component => {
                let ty = field.component.as_deref().and_then(|id| self.model.get(id)).cloned();
                let one = ty.map_or_else(|| json!({"type": "object"}), |ty| self.input(&ty));
                nullable(if field.repeatable { json!({"type": "array", "items": one}) } else { one })
            }
            FieldType::Blocks => nullable(self.blocks(field, true)),
            FieldType::Media if field.many => nullable(json!({"type": "array", "items": super::files::named()})),
            FieldType::Media => nullable(super::files::named()),
            FieldType::RichText => nullable(json!({"anyOf": [reference("RichText"),
                {"type": "object", "required": ["html"], "properties": {"html": {"type": "string"}}},
                {"type": "object", "required": ["markdown"], "properties": {"markdown": {"type": "string"}}}]})),
            _ => bounded(plain(field, false), field),
        }
    }
}

/// A field that is one value, or a list of plain ones.
fn plain(field: &Field, required: bool) -> Value {
    let of_kind = |kind: &str, format: &str| json!({"type": kind, "format": format});
    let schema = match field.kind {
        FieldType::Integer => of_kind("integer", "int64"),
        FieldType::Decimal => json!({"type": "number"}),
        FieldType::Boolean => json!({"type": "boolean"}),
        FieldType::Date => of_kind("string", "date"),
        FieldType::Datetime => of_kind("string", "date-time"),
        FieldType::Email => of_kind("string", "email"),
        FieldType::Json => return json!({}),
        FieldType::GeoPoint => reference("GeoPoint"),
        FieldType::Tags => return json!({"type": "array", "items": {"type": "string"}}),
        FieldType::Enumeration => {
            let values: Vec<&str> = field.values.iter().map(|v| v.value.as_str()).collect();
            let one = json!({"type": "string", "enum": values});
            if field.many {
                return json!({"type": "array", "items": one});
            }
            one
        }
        _ => json!({"type": "string"}),
    };
    if required { schema } else { nullable(schema) }
}

/// With the bounds that a written value must keep.
fn bounded(mut schema: Value, field: &Field) -> Value {
    if field.kind.is_text() {
        for (key, bound) in [("minLength", field.min_length), ("maxLength", field.max_length)] {
            if let Some(bound) = bound {
                schema[key] = bound.into();
            }
        }
    }
    if matches!(field.kind, FieldType::Integer | FieldType::Decimal) {
        for (key, bound) in [("minimum", &field.min), ("maximum", &field.max)] {
            if let Some(bound) = bound.as_ref().filter(|b| b.is_number()) {
                schema[key] = bound.clone();
            }
        }
    }
    schema
}

fn helped(mut schema: Value, field: &Field) -> Value {
    if let (Some(help), Some(map)) = (&field.help, schema.as_object_mut())
        && !map.contains_key("$ref")
    {
        map.insert("description".to_owned(), help.as_str().into());
    }
    schema
}

fn described(title: &str, description: Option<&str>, required: Vec<String>, properties: Map<String, Value>) -> Value {
    let mut schema = Map::new();
    schema.insert("type".to_owned(), "object".into());
    schema.insert("title".to_owned(), title.into());
    if let Some(description) = description {
        schema.insert("description".to_owned(), description.into());
    }
    if !required.is_empty() {
        schema.insert("required".to_owned(), required.into());
    }
    schema.insert("properties".to_owned(), Value::Object(properties));
    Value::Object(schema)
}

/// The same or null.
fn nullable(mut schema: Value) -> Value {
    let Some(map) = schema.as_object_mut() else { return schema };
    if let Some(reference) = map.shift_remove("$ref") {
        map.insert("allOf".to_owned(), json!([{ "$ref": reference }]));
    }
    if let Some(Value::Array(choices)) = map.get_mut("enum") {
        choices.push(Value::Null);
    }
    map.insert("nullable".to_owned(), true.into());
    schema
}

fn rich_text() -> Value {
    json!({"type": "object", "description": "A ProseMirror document.", "required": ["type"], "properties": {
        "type": {"type": "string", "enum": ["doc"]}, "content": {"type": "array", "items": {"type": "object"}}}})
}

fn geo_point() -> Value {
    json!({"type": "object", "required": ["lat", "lng"], "properties": {
        "lat": {"type": "number", "minimum": -90, "maximum": 90},
        "lng": {"type": "number", "minimum": -180, "maximum": 180}}})
}

fn relation_input() -> Value {
    json!({"description": "A document: its documentId, its id, or an object that names it by a unique field.",
        "anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "object", "additionalProperties": true}]})
}

fn relation_list_input() -> Value {
    let list = json!({"type": "array", "items": reference("RelationInput")});
    json!({"description": "All documents of the relation, or changes to it.", "anyOf": [list,
        {"type": "object", "properties": {"set": list, "connect": list, "disconnect": list}}]})
}
