//! `/types/{type}/views`: how somebody likes to see the documents of a type.

use super::{Answer, Sent, Tag, Who};
use crate::errors::Refusal;
use masthead_core::views::{self, NewView};
use poem_openapi::param::Path;
use poem_openapi::{Object, OpenApi};
use serde::Deserialize;
use serde_json::json;

pub struct Views;

#[OpenApi(tag = "Tag::Views")]
impl Views {
    /// List your views of a type, and those that others share.
    #[oai(path = "/types/:type/views", method = "get", operation_id = "listViews")]
    async fn list(&self, who: Who, #[oai(name = "type")] word: Path<String>) -> Result<Answer<ViewList>, Refusal> {
        Ok(Answer::of(&json!({ "views": views::list(&who.core, &who.caller, &word.0).await? })))
    }

    /// Save a view.
    #[oai(path = "/types/:type/views", method = "post", operation_id = "createView")]
    async fn create(
        &self,
        who: Who,
        #[oai(name = "type")] word: Path<String>,
        sent: Sent<ViewRequest>,
    ) -> Result<Answer<SavedView, 201>, Refusal> {
        Ok(Answer::of(&views::create(&who.core, &who.caller, &word.0, sent.0.into()).await?))
    }

    /// Replace a view of yours.
    #[oai(path = "/views/:id", method = "put", operation_id = "updateView")]
    async fn update(&self, who: Who, id: Path<String>, sent: Sent<ViewRequest>) -> Result<Answer<SavedView>, Refusal> {
        Ok(Answer::of(&views::update(&who.core, &who.caller, &id.0, sent.0.into()).await?))
    }

    /// Delete a view of yours.
    #[oai(path = "/views/:id", method = "delete", operation_id = "deleteView")]
    async fn delete(&self, who: Who, id: Path<String>) -> Result<Answer<DeletedView>, Refusal> {
        views::delete(&who.core, &who.caller, &id.0).await?;
        Ok(Answer::of(&json!({ "id": id.0 })))
    }
}

#[derive(Object)]
struct ViewList {
    views: Vec<SavedView>,
}

#[derive(Object)]
#[oai(rename_all = "camelCase")]
struct SavedView {
    id: String,
    #[oai(rename = "type")]
    type_id: String,
    name: String,
    owner: String,
    /// Whether it is yours.
    own: bool,
    shared: bool,
    query: String,
    columns: Vec<String>,
    updated_at: String,
}

#[derive(Object, Deserialize)]
#[oai(rename = "ViewRequest")]
#[serde(deny_unknown_fields)]
struct ViewRequest {
    #[oai(validator(min_length = 1, max_length = 100))]
    name: String,
    /// Whether everybody who may read drafts of the type sees it.
    shared: Option<bool>,
    /// Parameters of a list, as in a URL: `filters[…]…&sort=…`.
    query: Option<String>,
    /// Names of the fields that are shown.
    columns: Option<Vec<String>>,
}

impl From<ViewRequest> for NewView {
    fn from(sent: ViewRequest) -> Self {
        Self {
            name: sent.name,
            shared: sent.shared.unwrap_or(false),
            query: sent.query.unwrap_or_default(),
            columns: sent.columns.unwrap_or_default(),
        }
    }
}

#[derive(Object)]
struct DeletedView {
    id: String,
}
