//! A model with something of everything, and somebody who may not see all of it.

use crate::query::{Limits, ListQuery, OneQuery, QueryProblem, Visible, parse_list, parse_one};
use crate::storage::Storage;
use crate::{ContentType, Locale, Locales, Model, Type, TypeKey};
use serde_json::{Value, json};
use std::sync::LazyLock;

pub fn model_of(definitions: &[Value]) -> Model {
    let locale = |code: &str, default| Locale { code: code.to_owned(), name: code.to_owned(), default };
    let locales = Locales(vec![
        locale("en", true),
        locale("de", false),
        locale("fr", false),
        locale("it", false),
        locale("es", false),
    ]);
    let types = definitions.iter().zip(1..).map(|(definition, key)| {
        let mut def: ContentType = serde_json::from_value(definition.clone()).unwrap();
        if def.id.is_empty() {
            def.id = def.singular.clone();
        }
        Type::new(TypeKey(key), def, Storage::default())
    });
    Model::new(1, locales, types)
}

pub fn definitions() -> Vec<Value> {
    vec![
        json!({"kind": "collection", "singular": "article", "plural": "articles", "orderable": true, "fields": [
            {"id": "title", "name": "title", "type": "string", "localized": true},
            {"id": "slug", "name": "slug", "type": "slug"},
            {"id": "body", "name": "content", "type": "markdown"},
            {"id": "views", "name": "views", "type": "integer"},
            {"id": "price", "name": "price", "type": "decimal", "scale": 2},
            {"id": "featured", "name": "featured", "type": "boolean"},
            {"id": "day", "name": "day", "type": "date"},
            {"id": "opens", "name": "opens", "type": "time"},
            {"id": "starts", "name": "starts", "type": "datetime"},
            {"id": "kind", "name": "kind", "type": "enumeration", "values": ["news", "essay"]},
            {"id": "moods", "name": "moods", "type": "enumeration", "values": ["sad", "glad"], "many": true},
            {"id": "words", "name": "words", "type": "tags"},
            {"id": "data", "name": "data", "type": "json"},
            {"id": "prose", "name": "prose", "type": "rich_text"},
            {"id": "place", "name": "place", "type": "geo_point"},
            {"id": "cover", "name": "cover", "type": "media"},
            {"id": "author", "name": "author", "type": "relation", "targets": ["author"], "inverse": "articles"},
            {"id": "owner", "name": "owner", "type": "relation", "targets": ["author", "company"]},
            {"id": "related", "name": "related", "type": "relation", "targets": ["article"], "many": true},
            {"id": "vault", "name": "vault", "type": "relation", "targets": ["vault"]},
            {"id": "seo", "name": "seo", "type": "component", "component": "seo"},
            {"id": "links", "name": "links", "type": "component", "component": "link", "repeatable": true},
            {"id": "sections", "name": "sections", "type": "blocks", "components": ["hero", "quote"]},
            {"id": "secret", "name": "secret", "type": "string", "private": true},
            {"id": "unseen", "name": "unseen", "type": "string"},
        ]}),
        json!({"kind": "collection", "singular": "author", "plural": "authors", "fields": [
            {"id": "name", "name": "name", "type": "string"},
            {"id": "avatar", "name": "avatar", "type": "media"},
            {"id": "employer", "name": "employer", "type": "relation", "targets": ["company"]},
            {"id": "email", "name": "email", "type": "email", "private": true},
        ]}),
        json!({"kind": "collection", "singular": "company", "plural": "companies", "fields": [
            {"id": "name", "name": "name", "type": "string"},
            {"id": "rank", "name": "rank", "type": "integer"},
        ]}),
        json!({"kind": "collection", "singular": "page", "plural": "pages", "tree": true, "fields": [
            {"id": "title", "name": "title", "type": "string"},
        ]}),
        json!({"kind": "collection", "singular": "vault", "plural": "vaults", "fields": [
            {"id": "note", "name": "note", "type": "string"},
            {"id": "about", "name": "about", "type": "relation", "targets": ["article"], "inverse": "vaults"},
        ]}),
        json!({"kind": "component", "singular": "seo", "fields": [
            {"id": "meta_title", "name": "metaTitle", "type": "string"},
            {"id": "image", "name": "image", "type": "media"},
            {"id": "sub", "name": "sub", "type": "component", "component": "seo"},
        ]}),
        json!({"kind": "component", "singular": "link", "fields": [
            {"id": "label", "name": "label", "type": "string"},
            {"id": "target", "name": "target", "type": "relation", "targets": ["article"]},
            {"id": "buttons", "name": "buttons", "type": "component", "component": "button", "repeatable": true},
        ]}),
        json!({"kind": "component", "singular": "button", "fields": [
            {"id": "label", "name": "label", "type": "string"},
        ]}),
        json!({"kind": "component", "singular": "hero", "fields": [
            {"id": "title", "name": "title", "type": "string"},
            {"id": "image", "name": "image", "type": "media"},
            {"id": "buttons", "name": "buttons", "type": "component", "component": "button", "repeatable": true},
        ]}),
        json!({"kind": "component", "singular": "shared.quote", "id": "quote", "fields": [
            {"id": "text", "name": "text", "type": "text"},
            {"id": "speaker", "name": "speaker", "type": "relation", "targets": ["author"]},
        ]}),
    ]
}

static MODEL: LazyLock<Model> = LazyLock::new(|| model_of(&definitions()));

pub fn model() -> &'static Model {
    &MODEL
}

/// Sees neither vaults nor the field `unseen`.
pub struct Visitor;

impl Visible for Visitor {
    fn type_visible(&self, type_id: &str) -> bool {
        type_id != "vault"
    }
    fn field_visible(&self, _: &str, field_id: &str) -> bool {
        field_id != "unseen"
    }
}

pub fn list_of(model: &Model, type_id: &str, raw: &str) -> Result<ListQuery, Vec<QueryProblem>> {
    parse_list(raw, model, model.get(type_id).unwrap(), &Visitor, &Limits::default())
}

pub fn list(raw: &str) -> Result<ListQuery, Vec<QueryProblem>> {
    list_of(model(), "article", raw)
}

pub fn one(raw: &str) -> Result<OneQuery, Vec<QueryProblem>> {
    let model = model();
    parse_one(raw, model, model.get("article").unwrap(), &Visitor, &Limits::default())
}
