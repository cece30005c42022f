//! A small site with every type of field, and a database of four documents.

use crate::value::{Found, InputOptions, Lookup, Merged, Reference, Target, merge};
use crate::{ContentType, Locales, Model, Problem, Type, TypeKey};
use serde_json::{Map, Value, json};

pub const ANNA: &str = "annaaaaaaaaaaaaaaaaaaaaa";
pub const BERT: &str = "bertaaaaaaaaaaaaaaaaaaaa";
pub const RUST: &str = "rustaaaaaaaaaaaaaaaaaaaa";
pub const HOME: &str = "homeaaaaaaaaaaaaaaaaaaaa";
pub const NOBODY: &str = "nobodyaaaaaaaaaaaaaaaaaa";

pub fn model() -> Model {
    let types = [
        json!({"kind": "collection", "singular": "article", "plural": "articles", "fields": [
            {"id": "title", "name": "title", "type": "string", "required": true, "localized": true,
             "minLength": 3, "maxLength": 20, "pattern": "[^!]*"},
            {"id": "slug", "name": "slug", "type": "slug", "from": "title", "unique": true},
            {"id": "summary", "name": "teaser", "type": "text", "localized": true},
            {"id": "body", "name": "body", "type": "markdown"},
            {"id": "story", "name": "story", "type": "rich_text", "localized": true},
            {"id": "rank", "name": "rank", "type": "integer", "min": 1, "max": 10, "default": 5},
            {"id": "price", "name": "price", "type": "decimal", "scale": 2, "max": 99.5},
            {"id": "open", "name": "open", "type": "boolean", "required": true},
            {"id": "day", "name": "day", "type": "date", "min": "2020-01-01"},
            {"id": "hour", "name": "hour", "type": "time"},
            {"id": "moment", "name": "moment", "type": "datetime", "max": "2030-01-01"},
            {"id": "mail", "name": "mail", "type": "email"},
            {"id": "site", "name": "site", "type": "url"},
            {"id": "category", "name": "category", "type": "enumeration", "values": ["news", "essay"]},
            {"id": "moods", "name": "moods", "type": "enumeration", "many": true, "values": ["sad", "glad"]},
            {"id": "words", "name": "words", "type": "tags", "minItems": 2, "maxItems": 3},
            {"id": "extra", "name": "extra", "type": "json"},
            {"id": "tint", "name": "tint", "type": "color"},
            {"id": "place", "name": "place", "type": "geo_point"},
            {"id": "cover", "name": "cover", "type": "media"},
            {"id": "gallery", "name": "gallery", "type": "media", "many": true},
            {"id": "author", "name": "author", "type": "relation", "targets": ["person"], "inverse": "articles"},
            {"id": "topics", "name": "topics", "type": "relation", "targets": ["topic", "person"], "many": true},
            {"id": "reason", "name": "reason", "type": "string", "required": true,
             "shownWhen": {"field": "open", "in": [false]}},
            {"id": "seo", "name": "seo", "type": "component", "component": "seo"},
            {"id": "faq", "name": "faq", "type": "component", "component": "nested", "repeatable": true},
            {"id": "sections", "name": "sections", "type": "blocks", "components": ["hero", "nested"]},
            {"id": "secret", "name": "secret", "type": "string", "private": true}]}),
        json!({"kind": "collection", "singular": "person", "plural": "people", "fields": [
            {"id": "name", "name": "name", "type": "string"},
            {"id": "code", "name": "code", "type": "integer", "unique": true}]}),
        json!({"kind": "collection", "singular": "topic", "plural": "topics", "tree": true, "fields": [
            {"id": "slug", "name": "slug", "type": "slug"}]}),
        json!({"kind": "component", "singular": "seo", "fields": [
            {"id": "meta_title", "name": "metaTitle", "type": "string", "default": "Untitled"},
            {"id": "hidden", "name": "hidden", "type": "string", "private": true},
            {"id": "image", "name": "image", "type": "media"}]}),
        json!({"kind": "component", "id": "hero", "singular": "block.hero", "fields": [
            {"id": "heading", "name": "heading", "type": "string", "required": true},
            {"id": "link", "name": "link", "type": "relation", "targets": ["article", "topic"]},
            {"id": "seo", "name": "seo", "type": "component", "component": "seo"}]}),
        json!({"kind": "component", "singular": "nested", "fields": [
            {"id": "text", "name": "text", "type": "text"},
            {"id": "people", "name": "people", "type": "relation", "targets": ["person"], "many": true},
            {"id": "more", "name": "more", "type": "component", "component": "nested", "repeatable": true}]}),
    ];
    let types = types.into_iter().zip(1..).map(|(json, key)| {
        let mut def: ContentType = serde_json::from_value(json).expect("a definition");
        if def.id.is_empty() {
            def.id = def.singular.clone();
        }
        Type::new(TypeKey(key), def, Default::default())
    });
    Model::new(1, Locales::default(), types)
}

/// Anna and Bert are people with the codes 1 and 2, Rust is a topic, Home an article.
#[derive(Default)]
pub struct Database {
    pub asked: usize,
    /// Every document id exists, as a document of the first target type.
    pub has_everything: bool,
}

impl Lookup for Database {
    fn find(&mut self, targets: &[String], reference: &Reference) -> Found {
        self.asked += 1;
        let rows = [(ANNA, "person", 1), (BERT, "person", 2), (RUST, "topic", 3), (HOME, "article", 4)];
        let row = rows.into_iter().find(|(id, ty, key)| match reference {
            Reference::Document(wanted) => wanted.as_str() == *id,
            Reference::Number(number) => number == key,
            Reference::Unique { type_id, field, value, .. } => {
                let has = match *ty {
                    "person" => field == "code" && *value == json!(key),
                    _ => field == "slug" && *value == json!(&id[..4]),
                };
                has && type_id.as_deref().is_none_or(|wanted| wanted == *ty)
            }
        });
        match (row, reference) {
            (Some((id, ty, key)), _) if targets.iter().any(|target| target == ty) || self.has_everything => {
                Found::One(Target { document_id: id.to_owned(), type_id: ty.to_owned(), key })
            }
            (Some(_), _) => Found::Wrong,
            (None, Reference::Document(id)) if self.has_everything => {
                Found::One(Target { document_id: id.to_string(), type_id: targets[0].clone(), key: 9 })
            }
            (None, _) => Found::None,
        }
    }
}

pub fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().expect("an object")
}

pub fn apply(type_id: &str, current: &Value, input: Value, options: InputOptions) -> Result<Merged, Vec<Problem>> {
    let model = model();
    let ty = model.get(type_id).expect("a type");
    merge(&model, ty, &object(current.clone()), &object(input), &mut Database::default(), options)
}

/// The stored article that `input` gives.
pub fn stored(input: Value) -> Value {
    apply("article", &json!({}), input, InputOptions::default()).expect("no problems").values.into()
}

/// `pointer code` of each problem with an article's `input`.
pub fn refused(input: Value) -> Vec<String> {
    codes(&apply("article", &json!({}), input, InputOptions::default()).expect_err("problems"))
}

pub fn codes(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(|problem| format!("{} {}", problem.pointer, problem.code)).collect()
}
