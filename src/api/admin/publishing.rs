//! `/documents/{type}/…`: what is done with documents beside editing them.

use super::document_forms::{Published, Saved, StatusWord, Untrashed};
use super::documents::{Done, base};
use super::{Answer, Sent, Tag, Who};
use crate::errors::Refusal;
use masthead_core::content::{self, Bulk};
use poem_openapi::param::Path;
use poem_openapi::{Enum, Object, OpenApi};
use serde::Deserialize;
use serde_json::{Value, json};

pub struct Publishing;

#[OpenApi(tag = "Tag::Documents")]
impl Publishing {
    /// Publish a draft, in several locales at once: in all of them or in none.
    ///
    /// A refusal lists everything that is in the way.
    #[oai(path = "/documents/:type/:id/publish", method = "post", operation_id = "publishDocument")]
    async fn publish(
        &self,
        who: Who,
        #[oai(name = "type")] word: Path<String>,
        id: Path<String>,
        sent: Sent<Which>,
    ) -> Result<Answer<Published>, Refusal> {
        content::expect_type(&who.core, &who.caller, &word.0, &id.0).await?;
        let base = base(sent.0.base_version.as_deref(), None)?;
        let locales = sent.0.locales.unwrap_or_default();
        let done = content::publish_locales(&who.core, &who.caller, &id.0, &locales, base).await?;
        Ok(Answer::of(&done).at(&done.revision))
    }

    /// Take a document out of public in one locale; its draft stays.
    #[oai(path = "/documents/:type/:id/unpublish", method = "post", operation_id = "unpublishDocument")]
    async fn unpublish(
        &self,
        who: Who,
        #[oai(name = "type")] word: Path<String>,
        id: Path<String>,
        sent: Sent<Where>,
    ) -> Result<Answer<Published>, Refusal> {
        content::expect_type(&who.core, &who.caller, &word.0, &id.0).await?;
        Ok(Answer::of(&content::unpublish(&who.core, &who.caller, &id.0, sent.0.locale.as_deref()).await?))
    }

    /// Put the draft back to what is published; the discarded one stays in the history.
    #[oai(path = "/documents/:type/:id/discard", method = "post", operation_id = "discardDraft")]
    async fn discard(
        &self,
        who: Who,
        #[oai(name = "type")] word: Path<String>,
        id: Path<String>,
        sent: Sent<Where>,
    ) -> Result<Answer<Published>, Refusal> {
        content::expect_type(&who.core, &who.caller, &word.0, &id.0).await?;
        Ok(Answer::of(&content::discard_draft(&who.core, &who.caller, &id.0, sent.0.locale.as_deref()).await?))
    }

    /// Create a draft with the content of another, in all its locales. Unique values are left out.
    #[oai(path = "/documents/:type/:id/duplicate", method = "post", operation_id = "duplicateDocument")]
    async fn duplicate(
        &self,
        who: Who,
        #[oai(name = "type")] word: Path<String>,
        id: Path<String>,
    ) -> Result<Answer<Saved, 201>, Refusal> {
        content::expect_type(&who.core, &who.caller, &word.0, &id.0).await?;
        Ok(Answer::of(&content::duplicate(&who.core, &who.caller, &id.0).await?))
    }

    /// Make the draft of one locale what the draft of another is.
    #[oai(path = "/documents/:type/:id/copy-locale", method = "post", operation_id = "copyLocale")]
    async fn copy_locale(
        &self,
        who: Who,
        #[oai(name = "type")] word: Path<String>,
        id: Path<String>,
        sent: Sent<FromTo>,
    ) -> Result<Answer<Saved>, Refusal> {
        content::expect_type(&who.core, &who.caller, &word.0, &id.0).await?;
        let FromTo { from, to, base_version } = sent.0;
        let base = base(base_version.as_deref(), None)?;
        let saved = content::copy_locale(&who.core, &who.caller, &id.0, &from, &to, base).await?;
        Ok(Answer::of(&saved).at(&saved.revision))
    }

    /// Take a document out of the trash.
    #[oai(path = "/documents/:type/:id/restore", method = "post", operation_id = "restoreDocument")]
    async fn restore(
        &self,
        who: Who,
        #[oai(name = "type")] word: Path<String>,
        id: Path<String>,
    ) -> Result<Answer<Untrashed>, Refusal> {
        content::expect_type(&who.core, &who.caller, &word.0, &id.0).await?;
        Ok(Answer::of(&content::restore(&who.core, &who.caller, &id.0).await?))
    }

    /// Delete a document for ever, with its history. Its id is never given again.
    #[oai(path = "/documents/:type/:id/erase", method = "post", operation_id = "eraseDocument")]
    async fn erase(
        &self,
        who: Who,
        #[oai(name = "type")] word: Path<String>,
        id: Path<String>,
    ) -> Result<Answer<Done>, Refusal> {
        content::expect_type(&who.core, &who.caller, &word.0, &id.0).await?;
        content::erase(&who.core, &who.caller, &id.0).await?;
        Ok(Answer::of(&json!({ "documentId": id.0 })))
    }

    /// List the documents that point at this one.
    #[oai(path = "/documents/:type/:id/references", method = "get", operation_id = "listReferences")]
    async fn references(
        &self,
        who: Who,
        #[oai(name = "type")] word: Path<String>,
        id: Path<String>,
    ) -> Result<Answer<ReferenceList>, Refusal> {
        content::expect_type(&who.core, &who.caller, &word.0, &id.0).await?;
        Ok(Answer::of(&json!({ "documents": content::referrers(&who.core, &who.caller, &id.0).await? })))
    }

    /// Do the same to up to 500 documents. Each has a result of its own.
    #[oai(path = "/documents/:type/bulk", method = "post", operation_id = "bulkDocuments")]
    async fn bulk(
        &self,
        who: Who,
        #[oai(name = "type")] word: Path<String>,
        sent: Sent<BulkRequest>,
    ) -> Result<Answer<BulkResults>, Refusal> {
        let BulkRequest { action, document_ids, locales, parent } = sent.0;
        let locales = locales.unwrap_or_default();
        let what = match action {
            BulkAction::Publish => Bulk::Publish(locales),
            BulkAction::Unpublish => Bulk::Unpublish(locales),
            BulkAction::Delete => Bulk::Delete,
            BulkAction::Restore => Bulk::Restore,
            BulkAction::Erase => Bulk::Erase,
            BulkAction::Move => Bulk::Move(parent),
        };
        let results = content::bulk(&who.core, &who.caller, &word.0, document_ids, what).await?;
        let results: Vec<Value> = results
            .into_iter()
            .map(|result| {
                let refusal = result.outcome.err().map(Refusal::from);
                let ok = refusal.is_none();
                json!({"documentId": result.document_id, "ok": ok, "error": refusal.map(Refusal::into_error)})
            })
            .collect();
        Ok(Answer::of(&json!({ "results": results })))
    }
}

/// Which locales, and what you saw of them.
#[derive(Object, Deserialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Which {
    /// The default locale when left out.
    locales: Option<Vec<String>>,
    /// The `revision` that you saw of the first; refused with 412 when it is another one.
    base_version: Option<String>,
}

/// In which locale.
#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
struct Where {
    /// The default locale when left out.
    locale: Option<String>,
}

#[derive(Object, Deserialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FromTo {
    from: String,
    to: String,
    /// The `revision` that you saw of the locale that is copied to.
    base_version: Option<String>,
}

#[derive(Enum, Clone, Copy, PartialEq, Eq, Deserialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
enum BulkAction {
    Publish,
    Unpublish,
    /// To the trash.
    Delete,
    /// Out of the trash.
    Restore,
    /// For good, with the history; for administrators.
    Erase,
    /// Below another parent.
    Move,
}

#[derive(Object, Deserialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct BulkRequest {
    action: BulkAction,
    #[oai(validator(min_items = 1, max_items = 500))]
    document_ids: Vec<String>,
    /// Of `publish` and `unpublish`; the default locale when left out.
    locales: Option<Vec<String>>,
    /// Of `move`: id of the new parent; the top level when left out.
    parent: Option<String>,
}

#[derive(Object)]
struct BulkResults {
    results: Vec<BulkOutcome>,
}

#[derive(Object)]
#[oai(rename_all = "camelCase")]
struct BulkOutcome {
    document_id: String,
    ok: bool,
    error: Option<super::refused::ToldError>,
}

#[derive(Object)]
struct ReferenceList {
    documents: Vec<Referrer>,
}

/// A document that points at another.
#[derive(Object)]
#[oai(rename_all = "camelCase")]
struct Referrer {
    document_id: String,
    #[oai(rename = "type")]
    type_id: String,
    title: String,
    status: StatusWord,
    trashed: bool,
    places: Vec<ReferencePlace>,
}

/// Where in a document a reference stands.
#[derive(Object)]
struct ReferencePlace {
    /// Names of the field, and of fields and components inside it, joined by dots.
    field: String,
    locale: Option<String>,
    draft: bool,
    published: bool,
}
