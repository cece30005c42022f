//! The described form of definitions: what `schema pull` writes and `schema push` reads.

use poem_openapi::{Enum, Object};
use serde_json::Value;
use std::collections::HashMap;

/// A content type or component, as it stands in a file.
#[derive(Object)]
#[oai(rename = "Definition", rename_all = "camelCase")]
pub struct Definition {
    /// Stable for ever; the first singular when left out.
    id: Option<String>,
    kind: Kind,
    /// The API's name: of a single's path, of a component's `__component`.
    singular: String,
    /// A collection's path.
    plural: Option<String>,
    label: Option<String>,
    description: Option<String>,
    icon: Option<String>,
    group: Option<String>,
    /// Id of the field that names a document to people.
    title_field: Option<String>,
    /// When false, a save is live at once. True when absent.
    draft_and_publish: Option<bool>,
    /// Documents have a position.
    orderable: Option<bool>,
    /// Documents have a parent of the same type, and a path.
    tree: Option<bool>,
    /// Where a document lives on the website, e.g. `/{locale}/blog/{slug}`.
    url_pattern: Option<String>,
    /// Order of the admin list, e.g. `title:asc`.
    default_sort: Option<String>,
    /// Ids of the fields shown as columns of the admin list.
    list_columns: Option<Vec<String>>,
    preview_url: Option<String>,
    /// `Cache-Control` of delivered answers.
    cache_control: Option<String>,
    /// How the editing form is laid out.
    layout: Option<Value>,
    /// Kept as it is, for user interfaces.
    ui: Option<HashMap<String, Value>>,
    fields: Vec<FieldDefinition>,
}

/// What a definition describes.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[oai(rename = "TypeKind", rename_all = "snake_case")]
pub enum Kind {
    Collection,
    Single,
    Component,
}

/// A field of a content type or component. Which options apply depends on its type.
#[derive(Object)]
#[oai(rename_all = "camelCase")]
pub struct FieldDefinition {
    /// Stable for ever, `[a-z0-9_]{1,40}`; made from the first name when left out.
    id: Option<String>,
    /// What the API says.
    name: String,
    #[oai(rename = "type")]
    kind: FieldKind,
    label: Option<String>,
    help: Option<String>,
    /// Binds at publish.
    required: Option<bool>,
    /// Binds at publish.
    unique: Option<bool>,
    /// One value per locale.
    localized: Option<bool>,
    /// Never delivered.
    private: Option<bool>,
    default: Option<Value>,
    /// Smallest value: a number, or a date or time.
    min: Option<Value>,
    max: Option<Value>,
    min_length: Option<u32>,
    max_length: Option<u32>,
    /// A regular expression that the whole text must match.
    pattern: Option<String>,
    /// Fractional digits of a decimal.
    scale: Option<u32>,
    /// Choices of an enumeration.
    values: Option<Vec<Choice>>,
    /// A list instead of one.
    many: Option<bool>,
    /// Of a slug: id of the field it is made from.
    from: Option<String>,
    /// Of a relation: ids of the types it may point at.
    targets: Option<Vec<String>>,
    /// Of a relation: the name under which targets see it.
    inverse: Option<String>,
    /// Of a component: its id.
    component: Option<String>,
    /// Of a component: a list instead of one.
    repeatable: Option<bool>,
    /// Of blocks: ids of the components it may hold.
    components: Option<Vec<String>>,
    min_items: Option<u32>,
    max_items: Option<u32>,
    /// Of media: `image`, `video`, `audio`, `file`.
    kinds: Option<Vec<String>>,
    searchable: Option<bool>,
    weight: Option<u32>,
    indexed: Option<bool>,
    shown_when: Option<ShownWhen>,
    /// Kept as it is, for user interfaces.
    ui: Option<HashMap<String, Value>>,
}

/// One choice of an enumeration.
#[derive(Object)]
#[oai(rename_all = "camelCase")]
pub struct Choice {
    value: String,
    label: Option<String>,
    /// In a plan: the value that this one replaces.
    was: Option<String>,
}

/// A field is shown when a sibling has one of these values; null stands for none.
#[derive(Object)]
pub struct ShownWhen {
    /// Id of the sibling.
    field: String,
    #[oai(rename = "in")]
    any_of: Vec<Value>,
}

#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[oai(rename = "FieldType", rename_all = "snake_case")]
pub enum FieldKind {
    String,
    Text,
    Markdown,
    RichText,
    Slug,
    Integer,
    Decimal,
    Boolean,
    Date,
    Time,
    Datetime,
    Email,
    Url,
    Enumeration,
    Tags,
    Json,
    Color,
    GeoPoint,
    Media,
    Relation,
    Component,
    Blocks,
}

/// What somebody may do to a type.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[oai(rename = "Action", rename_all = "snake_case")]
pub enum ActionWord {
    Read,
    ReadDraft,
    Create,
    Update,
    Delete,
    Publish,
    History,
}
