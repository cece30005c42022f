//! `/documents/{type}/{id}/versions`: the history of a document.
//!
//! A document with localized fields has a history of its shared part and one of each locale; their numbers count on
//! their own. `shared=true` means the former.

use super::document_forms::Saved;
use super::{Answer, Sent, Tag, Who};
use crate::errors::Refusal;
use masthead_core::content;
use poem_openapi::param::{Path, Query};
use poem_openapi::{Enum, Object, OpenApi};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;

pub struct Versions;

#[OpenApi(tag = "Tag::Versions")]
impl Versions {
    /// List the versions of a document in one locale and of its shared part, newest first, up to 200 of each.
    #[oai(path = "/documents/:type/:id/versions", method = "get", operation_id = "listVersions")]
    async fn list(
        &self,
        who: Who,
        #[oai(name = "type")] word: Path<String>,
        id: Path<String>,
        locale: Query<Option<String>>,
    ) -> Result<Answer<VersionList>, Refusal> {
        content::expect_type(&who.core, &who.caller, &word.0, &id.0).await?;
        let versions = content::versions(&who.core, &who.caller, &id.0, locale.0.as_deref()).await;
        Ok(Answer::of(&json!({ "versions": versions.map_err(Refusal::in_query)? })))
    }

    /// Read the values of one version, as the model is now.
    #[oai(path = "/documents/:type/:id/versions/:number", method = "get", operation_id = "getVersion")]
    async fn one(
        &self,
        who: Who,
        #[oai(name = "type")] word: Path<String>,
        id: Path<String>,
        number: Path<i64>,
        locale: Query<Option<String>>,
        /// Of the shared part.
        shared: Query<Option<bool>>,
    ) -> Result<Answer<VersionValues>, Refusal> {
        content::expect_type(&who.core, &who.caller, &word.0, &id.0).await?;
        let shared = shared.0.unwrap_or(false);
        let data = content::version(&who.core, &who.caller, &id.0, locale.0.as_deref(), shared, number.0).await;
        Ok(Answer::of(&json!({ "number": number.0, "data": data.map_err(Refusal::in_query)? })))
    }

    /// Compare two versions, field by field; items of lists are matched by their ids.
    #[oai(path = "/documents/:type/:id/versions/diff", method = "get", operation_id = "diffVersions")]
    #[allow(clippy::too_many_arguments)] // One parameter of the URL each.
    async fn diff(
        &self,
        who: Who,
        #[oai(name = "type")] word: Path<String>,
        id: Path<String>,
        from: Query<i64>,
        to: Query<i64>,
        locale: Query<Option<String>>,
        /// Of the shared part.
        shared: Query<Option<bool>>,
    ) -> Result<Answer<Diff>, Refusal> {
        content::expect_type(&who.core, &who.caller, &word.0, &id.0).await?;
        let (shared, between) = (shared.0.unwrap_or(false), (from.0, to.0));
        let changes = content::diff_versions(&who.core, &who.caller, &id.0, locale.0.as_deref(), shared, between).await;
        Ok(Answer::of(&json!({ "changes": changes.map_err(Refusal::in_query)? })))
    }

    /// Make a version the draft. What is published stays; in types without drafts it goes live.
    #[oai(path = "/documents/:type/:id/versions/:number/restore", method = "post", operation_id = "restoreVersion")]
    async fn restore(
        &self,
        who: Who,
        #[oai(name = "type")] word: Path<String>,
        id: Path<String>,
        number: Path<i64>,
        sent: Sent<WhichPart>,
    ) -> Result<Answer<Restored>, Refusal> {
        content::expect_type(&who.core, &who.caller, &word.0, &id.0).await?;
        let WhichPart { locale, shared } = sent.0;
        let shared = shared.unwrap_or(false);
        let done = content::restore_version(&who.core, &who.caller, &id.0, locale.as_deref(), shared, number.0).await?;
        Ok(Answer::of(&done).at(&done.saved.revision))
    }
}

/// Which history the number counts in.
#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
struct WhichPart {
    /// The default locale when left out.
    locale: Option<String>,
    /// The shared part's.
    shared: Option<bool>,
}

#[derive(Object)]
struct VersionList {
    versions: Vec<Version>,
}

/// An entry of a history.
#[derive(Object)]
#[oai(rename_all = "camelCase")]
struct Version {
    /// Counts from 1 in its part.
    number: i64,
    /// Null for the shared part.
    locale: Option<String>,
    kind: VersionKind,
    author: String,
    created_at: String,
    saved_at: String,
    /// When it was first published.
    published_at: Option<String>,
    is_published: bool,
    is_draft: bool,
}

/// How a version came about.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[oai(rename_all = "snake_case")]
enum VersionKind {
    Save,
    Autosave,
    Restore,
    Import,
    /// By a reference that was settled, or through the other end of a relation.
    Link,
}

#[derive(Object)]
struct VersionValues {
    number: i64,
    /// Field names and values of the part.
    data: HashMap<String, Value>,
}

#[derive(Object)]
struct Diff {
    changes: Vec<FieldChange>,
}

/// A change between two versions.
#[derive(Object)]
struct FieldChange {
    /// JSON pointer by names; indexes are those of the newer values, for what was removed those of the older.
    pointer: String,
    kind: ChangeKind,
    from: Option<Value>,
    to: Option<Value>,
}

#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[oai(rename_all = "snake_case")]
enum ChangeKind {
    Added,
    Removed,
    Changed,
    /// `from` and `to` are its old and new index.
    Moved,
}

/// What a restore did.
#[derive(Object)]
struct Restored {
    saved: Saved,
    /// One line per value that was converted or dropped.
    notes: Vec<String>,
}
