//! The commands, as processes beside a server that runs on the same data.

mod access;
mod config;
mod import;
mod operate;
mod schema;

use serde_json::{Value, json};

/// Articles by authors, with tags.
fn blog() -> Vec<Value> {
    vec![
        json!({"kind": "component", "singular": "seo", "fields": [{"name": "metaTitle", "type": "string"}]}),
        json!({"kind": "collection", "singular": "author", "plural": "authors", "fields": [
            {"name": "name", "type": "string", "required": true},
            {"name": "slug", "type": "slug", "from": "name", "unique": true},
            {"name": "favourite", "type": "relation", "targets": ["article"]}]}),
        json!({"kind": "collection", "singular": "article", "plural": "articles", "titleField": "title", "fields": [
            {"name": "title", "type": "string", "required": true, "maxLength": 200},
            {"name": "slug", "type": "slug", "from": "title", "unique": true},
            {"name": "views", "type": "integer"},
            {"name": "keywords", "type": "tags"},
            {"name": "author", "type": "relation", "targets": ["author"], "inverse": "articles"},
            {"name": "related", "type": "relation", "targets": ["article"], "many": true},
            {"name": "seo", "type": "component", "component": "seo"}]}),
    ]
}

/// Records as the lines of a file.
fn lines(records: &[Value]) -> String {
    records.iter().map(|r| format!("{r}\n")).collect()
}
