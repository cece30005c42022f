//! `/search`: documents of all types by their words, as their drafts read.

use super::document_forms::{Pagination, StatusWord};
use super::{Answer, Tag, Who};
use crate::errors::Refusal;
use masthead_core::content;
use poem::Request;
use poem_openapi::param::Query;
use poem_openapi::{Object, OpenApi};
use std::collections::HashMap;

pub struct Search;

#[OpenApi(tag = "Tag::Documents")]
impl Search {
    /// Find documents of all types by their words, the best first.
    ///
    /// You find what you may read the drafts of. Takes `pagination` like a list.
    #[oai(path = "/search", method = "get", operation_id = "searchDocuments")]
    #[allow(unused_variables)]
    async fn search(
        &self,
        who: Who,
        /// The words. The last one may still be being typed.
        q: Query<Option<String>>,
        /// Plurals (of singles: singulars), separated by commas; all when left out.
        types: Query<Option<String>>,
        /// The default one when left out.
        locale: Query<Option<String>>,
        req: &Request,
    ) -> Result<Answer<FoundList>, Refusal> {
        let raw = req.uri().query().unwrap_or_default();
        Ok(Answer::of(&content::find(&who.core, &who.caller, raw).await?))
    }
}

#[derive(Object)]
struct FoundList {
    documents: Vec<FoundDocument>,
    pagination: Pagination,
}

/// A document that has the words.
#[derive(Object)]
#[oai(rename_all = "camelCase")]
struct FoundDocument {
    document_id: String,
    /// Id of the content type.
    #[oai(rename = "type")]
    type_id: String,
    title: String,
    status: StatusWord,
    trashed: bool,
    /// Null in types without localized fields.
    locale: Option<String>,
    /// Parts of its texts as HTML, with `<mark>` around the words, by field.
    highlights: HashMap<String, String>,
}
