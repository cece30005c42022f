//! `/documents/{type}`: drafts as editors see them.

use super::document_forms::{Document, DocumentList, Saved, TrashList};
use super::{Answer, Sent, Tag, Who};
use crate::errors::Refusal;
use masthead_core::content::{self, Create, Revision, Save};
use masthead_core::{Caller, Error, content::Place};
use poem::Request;
use poem::http::StatusCode;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::{Object, OpenApi};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::HashMap;

pub struct Documents;

#[OpenApi(tag = "Tag::Documents")]
impl Documents {
    /// List drafts.
    ///
    /// Takes the parameters of the content API (`filters`, `sort`, `fields`, `populate`, `pagination`, `locale`, `_q`).
    /// `status` keeps only what stands there: `draft`, `published` or `modified`.
    #[oai(path = "/documents/:type", method = "get", operation_id = "listDocuments")]
    async fn list(
        &self,
        who: Who,
        /// Id, singular or plural.
        #[oai(name = "type")]
        word: Path<String>,
        req: &Request,
    ) -> Result<Answer<DocumentList>, Refusal> {
        let raw = req.uri().query().unwrap_or_default();
        Ok(Answer::of(&content::list(&who.core, &who.caller, &word.0, raw).await?))
    }

    /// Create a document, as a draft unless it is to be published at once.
    #[oai(path = "/documents/:type", method = "post", operation_id = "createDocument")]
    async fn create(
        &self,
        who: Who,
        #[oai(name = "type")] word: Path<String>,
        sent: Sent<NewDocument>,
    ) -> Result<Answer<Saved, 201>, Refusal> {
        let NewDocument { data, locale, publish, save_id } = sent.0;
        let what = Create {
            data: fields(data.unwrap_or_default()),
            locale,
            publish: publish.unwrap_or(false),
            save_id: own_name(&who.caller, save_id)?,
        };
        let saved = content::create(&who.core, &who.caller, &word.0, what).await.map_err(Refusal::in_data)?;
        Ok(Answer::of(&saved).at(&saved.revision))
    }

    /// List the trash, latest first, 200 at a time.
    #[oai(path = "/documents/:type/trash", method = "get", operation_id = "listTrash")]
    async fn trash(
        &self,
        who: Who,
        #[oai(name = "type")] word: Path<String>,
        /// How many to pass over.
        #[oai(validator(minimum(value = "0"), maximum(value = "1000000")))]
        start: Query<Option<i64>>,
    ) -> Result<Answer<TrashList>, Refusal> {
        let start = start.0.unwrap_or(0);
        let (documents, total) = content::trashed(&who.core, &who.caller, &word.0, start).await?;
        Ok(Answer::of(&json!({ "documents": documents, "total": total })))
    }

    /// Read a draft: its values, where it stands in each locale, and what is in the way of publishing it.
    #[oai(path = "/documents/:type/:id", method = "get", operation_id = "getDocument")]
    async fn one(
        &self,
        who: Who,
        #[oai(name = "type")] word: Path<String>,
        /// The documentId.
        id: Path<String>,
        /// The default locale when left out.
        locale: Query<Option<String>>,
    ) -> Result<Answer<Document>, Refusal> {
        content::expect_type(&who.core, &who.caller, &word.0, &id.0).await?;
        let opened = content::open(&who.core, &who.caller, &id.0, locale.0.as_deref()).await;
        let opened = opened.map_err(Refusal::in_query)?;
        Ok(Answer::of(&opened).at(&opened.revision))
    }

    /// Save a draft. Fields that are not mentioned keep their values; null clears.
    ///
    /// Say which revision the save is based on, in `baseVersion` or as `If-Match`: 428 without, 412 with the current
    /// state when somebody else has changed it. A save that is repeated with the same `saveId` gets the first answer.
    /// In types without drafts a save is live at once.
    #[oai(path = "/documents/:type/:id", method = "patch", operation_id = "saveDocument")]
    async fn save(
        &self,
        who: Who,
        #[oai(name = "type")] word: Path<String>,
        id: Path<String>,
        /// The revision, quoted, instead of `baseVersion`.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        sent: Sent<Change>,
    ) -> Result<Answer<Saved>, Refusal> {
        content::expect_type(&who.core, &who.caller, &word.0, &id.0).await?;
        let Change { data, locale, base_version, autosave, save_id } = sent.0;
        let base = base(base_version.as_deref(), if_match.0.as_deref())?;
        let what = Save {
            data: fields(data),
            locale,
            base: Some(base.ok_or_else(|| Refusal::of_status(StatusCode::PRECONDITION_REQUIRED))?),
            autosave: autosave.unwrap_or(false),
            save_id: own_name(&who.caller, save_id)?,
        };
        let saved = content::save(&who.core, &who.caller, &id.0, what).await.map_err(Refusal::in_data)?;
        Ok(Answer::of(&saved).at(&saved.revision))
    }

    /// Move a document to the trash: it is no longer delivered.
    ///
    /// With `locale`, only what it has in that locale goes; its history stays, and can be restored from. The last
    /// locale takes the document to the trash.
    #[oai(path = "/documents/:type/:id", method = "delete", operation_id = "trashDocument")]
    async fn delete(
        &self,
        who: Who,
        #[oai(name = "type")] word: Path<String>,
        id: Path<String>,
        /// Only this one; the whole document when left out.
        locale: Query<Option<String>>,
    ) -> Result<Answer<Done>, Refusal> {
        content::expect_type(&who.core, &who.caller, &word.0, &id.0).await?;
        match &locale.0 {
            None => content::trash(&who.core, &who.caller, &id.0).await?,
            Some(locale) => {
                content::remove_locale(&who.core, &who.caller, &id.0, locale).await.map_err(Refusal::in_query)?
            }
        }
        Ok(Answer::of(&json!({ "documentId": id.0 })))
    }

    /// Move a document among its siblings, or to another parent.
    #[oai(path = "/documents/:type/:id/move", method = "post", operation_id = "moveDocument")]
    async fn r#move(
        &self,
        who: Who,
        #[oai(name = "type")] word: Path<String>,
        id: Path<String>,
        sent: Sent<NewPlace>,
    ) -> Result<Answer<Done>, Refusal> {
        content::expect_type(&who.core, &who.caller, &word.0, &id.0).await?;
        let NewPlace { parent, to_top, before, after } = sent.0;
        if parent.is_some() && to_top == Some(true) {
            return Err(Error::invalid("/toTop", "exclusive", "name a parent, or the top level, not both").into());
        }
        let parent = if to_top == Some(true) { Some(None) } else { parent.map(Some) };
        content::move_document(&who.core, &who.caller, &id.0, Place { parent, before, after }).await?;
        Ok(Answer::of(&json!({ "documentId": id.0 })))
    }
}

/// A document to create.
#[derive(Object, Deserialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewDocument {
    /// Field names and values.
    data: Option<HashMap<String, Value>>,
    /// The default locale when left out.
    locale: Option<String>,
    /// Publish at once; refused when it is not complete.
    publish: Option<bool>,
    /// Your name for this save.
    #[oai(validator(min_length = 1, max_length = 200))]
    save_id: Option<String>,
}

/// A change to a draft.
#[derive(Object, Deserialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Change {
    /// Field names and values.
    data: HashMap<String, Value>,
    locale: Option<String>,
    /// The `revision` that you saw.
    base_version: Option<String>,
    /// While typing: joins the history entry of the autosave before it.
    autosave: Option<bool>,
    /// Your name for this save.
    #[oai(validator(min_length = 1, max_length = 200))]
    save_id: Option<String>,
}

/// Where to put a document: beside a sibling, or at the end.
#[derive(Object, Deserialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewPlace {
    /// Of a tree: id of the new parent.
    parent: Option<String>,
    /// Of a tree: to the top level.
    to_top: Option<bool>,
    /// Id of the sibling that it shall stand before.
    before: Option<String>,
    /// Id of the sibling that it shall stand after.
    after: Option<String>,
}

/// It was done.
#[derive(Object)]
#[oai(rename_all = "camelCase")]
pub struct Done {
    document_id: String,
}

/// One client's names for saves mean nothing to another.
fn own_name(caller: &Caller, save_id: Option<String>) -> Result<Option<String>, Refusal> {
    match save_id {
        Some(id) if id.is_empty() || id.chars().count() > 200 || id.contains('\0') => {
            Err(Error::invalid("/saveId", "length", "a saveId has 1 to 200 characters").into())
        }
        Some(id) => Ok(Some(format!("{} {id}", caller.actor()))),
        None => Ok(None),
    }
}

fn fields(data: HashMap<String, Value>) -> Map<String, Value> {
    let mut fields: Vec<(String, Value)> = data.into_iter().collect();
    fields.sort_by(|a, b| a.0.cmp(&b.0));
    fields.into_iter().collect()
}

/// The revision that a client saw, from the body or the header.
pub fn base(in_body: Option<&str>, if_match: Option<&str>) -> Result<Option<Revision>, Refusal> {
    let tag = if_match.map(|tag| tag.trim().trim_matches('"'));
    if let (Some(body), Some(tag)) = (in_body, tag)
        && body != tag
    {
        return Err(
            Error::invalid("/baseVersion", "conflict", "`baseVersion` and If-Match say different things").into()
        );
    }
    let Some(text) = in_body.or(tag) else { return Ok(None) };
    match Revision::parse(text) {
        Some(revision) => Ok(Some(revision)),
        None => Err(Error::invalid("/baseVersion", "format", "a revision looks like `3` or `3.5`").into()),
    }
}
