//! `/media`: the library of files. Bytes come in through `POST /admin/api/media/upload` (a form, as of `/api/upload`)
//! or `/api/upload/tus`.

use super::done::Done;
use super::{Answer, Sent, Shaped, Tag, Who};
use crate::errors::Refusal;
use crate::received;
use masthead_core::Error;
use masthead_core::media::{self, Bulk};
use poem::Request;
use poem_openapi::param::{Path, Query};
use poem_openapi::types::Any;
use poem_openapi::{Enum, Object, OpenApi};
use serde::Deserialize;
use serde_json::{Value, json};

pub struct Media;

#[OpenApi(tag = "Tag::Media")]
impl Media {
    /// List files.
    ///
    /// Parameters: `_q` (words in names, texts and tags), `kind` (image, video, audio, file), `folder` (an id, or `root`),
    /// `tag`, `private`, `trashed`, `used`, `sort` (createdAt, updatedAt, name, size, width, height; `-` or `:desc` for
    /// descending), `filters[…]` (of id, documentId, name, mime, ext, hash, size, sizeInBytes, width, height, createdAt,
    /// updatedAt, as in any list), `pagination[page]`, `pagination[pageSize]`.
    #[oai(path = "/media", method = "get", operation_id = "listMedia")]
    async fn list(&self, who: Who, req: &Request) -> Result<Answer<MediaList>, Refusal> {
        let wanted = media::listing_of(&who.core, req.uri().query().unwrap_or_default())?;
        let listing = media::list(&who.core, &who.caller, wanted).await?;
        let files = media::opened(&who.core, &listing.files).await?;
        let (page, page_size, total) = (listing.page, listing.page_size, listing.total);
        Ok(Answer::of(&json!({"files": files, "page": page, "pageSize": page_size, "total": total})))
    }

    /// Read what is known of a file.
    #[oai(path = "/media/:id", method = "get", operation_id = "getMedia")]
    async fn one(&self, who: Who, id: Path<String>) -> Result<Answer<Any<Value>>, Refusal> {
        let asset = media::get(&who.core, &who.caller, &id.0).await?;
        shown(&who, asset).await
    }

    /// Say other things about a file: name, texts (in one language), focal point, folder, tags, whether it is private.
    #[oai(path = "/media/:id", method = "patch", operation_id = "editMedia")]
    async fn edit(
        &self,
        who: Who,
        id: Path<String>,
        sent: Sent<Shaped<MediaForm>>,
    ) -> Result<Answer<Any<Value>>, Refusal> {
        let details = received::details(&sent.0.0, "")?;
        let asset = media::edit(&who.core, &who.caller, &id.0, details).await?;
        shown(&who, asset).await
    }

    /// Put a file into the trash. Refused with 409 while documents show it, unless `force`.
    #[oai(path = "/media/:id", method = "delete", operation_id = "trashMedia")]
    async fn trash(&self, who: Who, id: Path<String>, force: Query<Option<bool>>) -> Result<Done, Refusal> {
        media::trash(&who.core, &who.caller, &id.0, force.0.unwrap_or(false)).await?;
        Ok(Done::Done)
    }

    /// Take a file out of the trash.
    #[oai(path = "/media/:id/restore", method = "post", operation_id = "restoreMedia")]
    async fn restore(&self, who: Who, id: Path<String>) -> Result<Answer<Any<Value>>, Refusal> {
        let asset = media::restore(&who.core, &who.caller, &id.0).await?;
        shown(&who, asset).await
    }

    /// Delete a file in the trash for good.
    #[oai(path = "/media/:id/erase", method = "post", operation_id = "eraseMedia")]
    async fn erase(&self, who: Who, id: Path<String>) -> Result<Done, Refusal> {
        media::delete(&who.core, &who.caller, &id.0).await?;
        Ok(Done::Done)
    }

    /// Where a file is used: which documents, which field, draft or published.
    #[oai(path = "/media/:id/usage", method = "get", operation_id = "getMediaUsage")]
    async fn usage(&self, who: Who, id: Path<String>) -> Result<Answer<MediaUsage>, Refusal> {
        Ok(Answer::of(&media::usage(&who.core, &who.caller, &id.0).await?))
    }

    /// Make an address with free parameters (`w=300&h=200&fit=cover&crop=focal`). Of a private file it ends after
    /// `seconds`, an hour when left out.
    #[oai(path = "/media/:id/address", method = "post", operation_id = "signMedia")]
    async fn sign(
        &self,
        who: Who,
        id: Path<String>,
        sent: Sent<AddressRequest>,
    ) -> Result<Answer<MediaAddress>, Refusal> {
        let seconds = sent.0.seconds.unwrap_or(3600);
        let parameters = sent.0.parameters.unwrap_or_default();
        let url = media::signed_address(&who.core, &who.caller, &id.0, &parameters, seconds).await?;
        Ok(Answer::of(&json!({ "url": url })))
    }

    /// Do the same to many files.
    #[oai(path = "/media/bulk", method = "post", operation_id = "bulkMedia")]
    async fn bulk(&self, who: Who, sent: Sent<BulkMedia>) -> Result<Answer<BulkMediaResults>, Refusal> {
        let BulkMedia { action, ids, folder, add, remove, force } = sent.0;
        let what = match action {
            MediaAction::Move => Bulk::Move(folder),
            MediaAction::Tag => Bulk::Tag { add: add.unwrap_or_default(), remove: remove.unwrap_or_default() },
            MediaAction::Trash => Bulk::Trash { force: force.unwrap_or(false) },
            MediaAction::Restore => Bulk::Restore,
            MediaAction::Erase => Bulk::Delete,
        };
        let outcomes = media::bulk(&who.core, &who.caller, &ids, &what).await?;
        let results: Vec<Value> = ids.iter().zip(outcomes).map(|(id, outcome)| result(id, outcome)).collect();
        Ok(Answer::of(&json!({ "results": results })))
    }

    /// List folders.
    #[oai(path = "/media-folders", method = "get", operation_id = "listMediaFolders")]
    async fn folders(&self, who: Who) -> Result<Answer<FolderList>, Refusal> {
        Ok(Answer::of(&json!({ "folders": media::folders(&who.core, &who.caller).await? })))
    }

    /// Create a folder.
    #[oai(path = "/media-folders", method = "post", operation_id = "createMediaFolder")]
    async fn create_folder(&self, who: Who, sent: Sent<NewFolder>) -> Result<Answer<MediaFolder, 201>, Refusal> {
        let NewFolder { name, parent } = sent.0;
        Ok(Answer::of(&media::create_folder(&who.core, &who.caller, &name, parent.as_deref()).await?))
    }

    /// Rename a folder, or move it; with `toTop` out of every other.
    #[oai(path = "/media-folders/:id", method = "patch", operation_id = "changeMediaFolder")]
    async fn change_folder(
        &self,
        who: Who,
        id: Path<String>,
        sent: Sent<FolderChange>,
    ) -> Result<Answer<MediaFolder>, Refusal> {
        let FolderChange { name, parent, to_top } = sent.0;
        let parent = match (parent.as_deref(), to_top.unwrap_or(false)) {
            (_, true) => Some(None),
            (Some(parent), false) => Some(Some(parent)),
            (None, false) => None,
        };
        Ok(Answer::of(&media::update_folder(&who.core, &who.caller, &id.0, name.as_deref(), parent).await?))
    }

    /// Delete a folder in which nothing is.
    #[oai(path = "/media-folders/:id", method = "delete", operation_id = "deleteMediaFolder")]
    async fn delete_folder(&self, who: Who, id: Path<String>) -> Result<Done, Refusal> {
        media::delete_folder(&who.core, &who.caller, &id.0).await?;
        Ok(Done::Done)
    }
}

async fn shown(who: &Who, asset: masthead_core::media::Asset) -> Result<Answer<Any<Value>>, Refusal> {
    let shown = media::opened(&who.core, &[asset]).await?;
    Ok(Answer::of(shown.first().unwrap_or(&Value::Null)))
}

fn result(id: &str, outcome: Result<(), Error>) -> Value {
    let refusal = outcome.err().map(Refusal::from);
    json!({"id": id, "ok": refusal.is_none(), "error": refusal.map(Refusal::into_error)})
}

#[derive(Object)]
#[oai(rename_all = "camelCase")]
struct MediaList {
    /// As a media field delivers them, with what editors see beside it.
    files: Vec<Any<Value>>,
    page: i64,
    page_size: i64,
    total: i64,
}

/// What is left out stays as it is; null removes it.
#[derive(Object, Deserialize)]
#[oai(rename_all = "camelCase")]
#[allow(dead_code)]
struct MediaForm {
    name: Option<String>,
    alternative_text: Option<String>,
    caption: Option<String>,
    title: Option<String>,
    /// Of the texts; the site's default when left out.
    locale: Option<String>,
    focal_point: Option<FocalPoint>,
    /// An id; null is the top.
    folder: Option<String>,
    tags: Option<Vec<String>>,
    /// Whether only those see it who may read files.
    private: Option<bool>,
}

/// In percent of width and height.
#[derive(Object, Deserialize)]
struct FocalPoint {
    x: f64,
    y: f64,
}

#[derive(Object)]
struct MediaUsage {
    uses: Vec<MediaUse>,
    /// Further uses, in documents that you may not read.
    hidden: i64,
}

#[derive(Object)]
#[oai(rename_all = "camelCase")]
struct MediaUse {
    document_id: String,
    #[oai(rename = "type")]
    type_id: String,
    /// Names of the fields that lead to it, joined by dots.
    field: String,
    locale: Option<String>,
    /// `draft` or `published`.
    state: String,
}

#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
struct AddressRequest {
    /// As in an address: `w=300&h=200`.
    parameters: Option<String>,
    #[oai(validator(minimum(value = "1"), maximum(value = "604800")))]
    seconds: Option<i64>,
}

#[derive(Object)]
struct MediaAddress {
    url: String,
}

#[derive(Enum, Deserialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
enum MediaAction {
    Move,
    Tag,
    Trash,
    Restore,
    Erase,
}

#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
struct BulkMedia {
    action: MediaAction,
    ids: Vec<String>,
    /// Of `move`: the id of a folder; the top when left out.
    folder: Option<String>,
    /// Of `tag`.
    add: Option<Vec<String>>,
    /// Of `tag`.
    remove: Option<Vec<String>>,
    /// Of `trash`: also what documents show.
    force: Option<bool>,
}

#[derive(Object)]
struct BulkMediaResults {
    results: Vec<BulkMediaResult>,
}

#[derive(Object)]
struct BulkMediaResult {
    id: String,
    ok: bool,
    error: Option<Any<Value>>,
}

#[derive(Object)]
struct FolderList {
    folders: Vec<MediaFolder>,
}

#[derive(Object)]
#[oai(rename_all = "camelCase")]
struct MediaFolder {
    id: String,
    name: String,
    /// The folder around it; null at the top.
    parent: Option<String>,
    /// Names from the top: `/photos/2026`.
    path: String,
    created_at: String,
}

#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewFolder {
    name: String,
    /// The id of the folder around it.
    parent: Option<String>,
}

#[derive(Object, Deserialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FolderChange {
    name: Option<String>,
    /// The id of the folder that it moves into.
    parent: Option<String>,
    /// Out of every other folder.
    to_top: Option<bool>,
}
