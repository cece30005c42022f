//! The described forms of documents.

use super::definition::ActionWord;
use poem_openapi::{Enum, Object};
use serde_json::Value;
use std::collections::HashMap;

/// Where a document stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[oai(rename = "Status", rename_all = "snake_case")]
pub enum StatusWord {
    /// Nothing is published.
    Draft,
    /// Published as it is.
    Published,
    /// Published, with changes that are not.
    Modified,
}

/// How a document stands in one locale.
#[derive(Object)]
#[oai(rename_all = "camelCase")]
pub struct LocaleState {
    /// Null in types without localized fields.
    locale: Option<String>,
    status: StatusWord,
    saved_at: String,
    /// Who saved it last, e.g. `user:ada@example.org`.
    saved_by: String,
    published_at: Option<String>,
}

/// Something that is wrong with a value.
#[derive(Object)]
pub struct Problem {
    /// JSON pointer into the fields, by names.
    pointer: String,
    /// A stable word, e.g. `required`.
    code: String,
    /// A sentence for people.
    message: String,
}

/// A document in short.
#[derive(Object)]
#[oai(rename_all = "camelCase")]
pub struct Brief {
    document_id: String,
    /// Id of the content type.
    #[oai(rename = "type")]
    type_id: String,
    title: String,
    status: StatusWord,
    trashed: bool,
}

/// A document under the editor.
#[derive(Object)]
#[oai(rename_all = "camelCase")]
pub struct Document {
    document_id: String,
    id: i64,
    /// Id of the content type.
    #[oai(rename = "type")]
    type_id: String,
    /// Null in types without localized fields.
    locale: Option<String>,
    /// Whether it has content in this locale yet.
    exists: bool,
    /// Send it back as `baseVersion`, or as `If-Match`.
    revision: String,
    status: StatusWord,
    locales: Vec<LocaleState>,
    created_at: String,
    created_by: String,
    published_at: Option<String>,
    trashed_at: Option<String>,
    /// In types with an order: sorts as text.
    position: Option<String>,
    /// Id of the parent, in trees.
    parent: Option<String>,
    /// Path on the website, while it is published.
    url: Option<String>,
    /// What you may do with it.
    may: Vec<ActionWord>,
    /// The draft: field names and values, relations as document ids.
    data: HashMap<String, Value>,
    /// What is published, in the same form.
    published: Option<HashMap<String, Value>>,
    /// Everything that is in the way of publishing.
    problems: Vec<Problem>,
    /// The documents that the draft points at.
    related: Vec<Brief>,
}

/// A page of documents.
#[derive(Object)]
pub struct DocumentList {
    documents: Vec<ListedDocument>,
    pagination: Pagination,
}

/// Which page it is; the members depend on the kind of paging that was asked for.
#[derive(Object)]
#[oai(rename_all = "camelCase")]
pub struct Pagination {
    page: Option<i64>,
    page_size: Option<i64>,
    page_count: Option<i64>,
    start: Option<i64>,
    limit: Option<i64>,
    /// Null on the last page.
    next_cursor: Option<String>,
    total: Option<i64>,
    /// False when there are more than were counted.
    total_exact: Option<bool>,
}

/// One document of a list, in one locale.
#[derive(Object)]
#[oai(rename_all = "camelCase")]
pub struct ListedDocument {
    document_id: String,
    id: i64,
    locale: Option<String>,
    title: String,
    status: StatusWord,
    locales: Vec<LocaleState>,
    created_at: String,
    created_by: String,
    saved_at: String,
    saved_by: String,
    position: Option<String>,
    /// The fields that were asked for, as the content API gives them.
    data: HashMap<String, Value>,
}

/// A page of the trash.
#[derive(Object)]
pub struct TrashList {
    documents: Vec<TrashedDocument>,
    total: i64,
}

#[derive(Object)]
#[oai(rename_all = "camelCase")]
pub struct TrashedDocument {
    document_id: String,
    #[oai(rename = "type")]
    type_id: String,
    title: String,
    status: StatusWord,
    trashed: bool,
    trashed_at: String,
    trashed_by: Option<String>,
}

/// What was saved.
#[derive(Object)]
#[oai(rename_all = "camelCase")]
pub struct Saved {
    document_id: String,
    id: i64,
    locale: Option<String>,
    /// What the next save sends as `baseVersion`.
    revision: String,
    status: StatusWord,
    /// Whether anything changed.
    changed: bool,
    /// Unique values that another published document has: in the way of publishing.
    warnings: Vec<Problem>,
}

/// What was published, or no longer is.
#[derive(Object)]
#[oai(rename_all = "camelCase")]
pub struct Published {
    document_id: String,
    /// Every locale whose delivered content changed; with changed shared fields these are more than were asked for.
    locales: Vec<String>,
    revision: String,
}

/// How a document came out of the trash.
#[derive(Object)]
#[oai(rename_all = "camelCase")]
pub struct Untrashed {
    document_id: String,
    /// Whether it is public again.
    published: bool,
    /// Unique values that were taken meanwhile: then it came back as a draft.
    conflicts: Vec<Problem>,
}
