//! Content types: what a kind of document is made of, as data.

use crate::field::{Field, FieldType};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Many documents under `/api/{plural}`.
    Collection,
    /// One document under `/api/{singular}`.
    Single,
    /// No documents of its own: a group of fields used inside others.
    Component,
}

fn yes() -> bool {
    true
}
fn is_true(b: &bool) -> bool {
    *b
}
fn is_false(b: &bool) -> bool {
    !*b
}

/// A content type or component, as it stands in `types/<singular>.json` or `components/<singular>.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContentType {
    /// Stable for ever; the first singular. Left out of files while the two are equal.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    pub kind: Kind,
    /// The API's name: of a single's path, of a component's `__component`, of files and events.
    pub singular: String,
    /// A collection's path.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub plural: String,
    #[serde(default)]
    pub label: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Id of the field that names a document to people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title_field: Option<String>,
    /// When false, a save is live at once.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub draft_and_publish: bool,
    /// Documents have a position: `sort=position`, move before/after.
    #[serde(default, skip_serializing_if = "is_false")]
    pub orderable: bool,
    /// Documents have a `parent` of the same type and a computed `path`.
    #[serde(default, skip_serializing_if = "is_false")]
    pub tree: bool,
    /// Where a document lives on the website, e.g. `/{locale}/blog/{slug}`; placeholders are field ids, `locale`,
    /// `documentId` and, for a tree, `path`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url_pattern: Option<String>,
    /// Order of the admin list, in the API's words, e.g. `title:asc`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_sort: Option<String>,
    /// Ids of the fields shown as columns of the admin list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub list_columns: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview_url: Option<String>,
    /// `Cache-Control` of this type's delivered answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_control: Option<String>,
    /// How the editing form is laid out; the admin UI's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layout: Option<Value>,
    /// Whatever a user interface wants to remember; kept as it is.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub ui: Map<String, Value>,
    #[serde(default)]
    pub fields: Vec<Field>,
}

impl ContentType {
    pub fn field(&self, id: &str) -> Option<&Field> {
        self.fields.iter().find(|f| f.id == id)
    }

    pub fn field_named(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|f| f.name == name)
    }

    /// Id of the field that names a document to people: the one that is named so, or the first short text that is not
    /// private.
    pub fn title(&self) -> Option<&str> {
        let names = |f: &&Field| f.kind.is_text() && !f.kind.is_long_text() && f.kind != FieldType::Color && !f.private;
        let first = || self.fields.iter().find(names).map(|f| f.id.as_str());
        self.title_field.as_deref().or_else(first)
    }

    /// Whether its documents have one part per locale.
    pub fn is_localized(&self) -> bool {
        self.fields.iter().any(|f| f.localized)
    }

    /// The path segment of the content API.
    pub fn api_name(&self) -> &str {
        match self.kind {
            Kind::Collection => &self.plural,
            _ => &self.singular,
        }
    }

    /// The definition as it is written to a file: the id only when it says something.
    pub fn to_file(&self) -> Value {
        let mut value = serde_json::to_value(self).unwrap_or_default();
        if let Value::Object(map) = &mut value {
            if self.id == self.singular {
                map.shift_remove("id");
            }
            let fields = self.fields.iter().map(|f| serde_json::to_value(f).unwrap_or_default()).collect();
            map.insert("fields".to_owned(), Value::Array(fields));
        }
        value
    }
}
