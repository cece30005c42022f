//! `/types`: content types and components, as the caller sees them.

use super::definition::{ActionWord, Definition};
use super::{Answer, Tag, Who};
use crate::errors::Refusal;
use masthead_core::modelling;
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use serde_json::json;

pub struct Types;

#[OpenApi(prefix_path = "/types", tag = "Tag::Types")]
impl Types {
    /// List the types that you may do anything with, and the components in them.
    #[oai(path = "/", method = "get", operation_id = "listTypes")]
    async fn list(
        &self,
        who: Who,
        /// Also count documents by state.
        counts: Query<Option<bool>>,
    ) -> Result<Answer<TypeList>, Refusal> {
        let types = modelling::types(&who.core, &who.caller, counts.0.unwrap_or(false)).await?;
        Ok(Answer::of(&json!({ "types": types })))
    }

    /// Read one type or component, with counts.
    #[oai(path = "/:type", method = "get", operation_id = "getType")]
    async fn one(
        &self,
        who: Who,
        /// Id, singular or plural.
        #[oai(name = "type")]
        word: Path<String>,
    ) -> Result<Answer<TypeView>, Refusal> {
        Ok(Answer::of(&modelling::type_view(&who.core, &who.caller, &word.0).await?))
    }
}

#[derive(Object)]
struct TypeList {
    types: Vec<TypeView>,
}

/// A type, and how it stands to you.
#[derive(Object)]
#[oai(rename = "Type", rename_all = "camelCase")]
struct TypeView {
    #[oai(flatten)]
    definition: Definition,
    /// What you may do with its documents.
    may: Vec<ActionWord>,
    /// Whether its documents have one part per locale.
    localized: bool,
    /// Names under which it sees documents that point at it.
    inverses: Vec<Inverse>,
    counts: Option<Counts>,
}

#[derive(Object)]
struct Inverse {
    name: String,
    /// Id of the type with the relation.
    source: String,
    /// Id of the relation.
    field: String,
}

/// Documents by state; published and modified in any locale.
#[derive(Object)]
struct Counts {
    draft: i64,
    published: i64,
    modified: i64,
    trashed: i64,
}
