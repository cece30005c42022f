//! Files: as documents deliver them, and the paths of `/api/upload`.

use super::paths::{answers, operation};
use super::reference;
use serde_json::{Map, Value, json};

/// A file, as a media field and `/api/upload/files` deliver it. Those who pick fields get fewer.
pub fn schema() -> Value {
    let text = || json!({"type": "string", "nullable": true});
    let number = || json!({"type": "integer", "nullable": true});
    let size = json!({"type": "object", "properties": {
        "name": {"type": "string"}, "hash": {"type": "string"}, "ext": {"type": "string"}, "mime": {"type": "string"},
        "width": {"type": "integer"}, "height": {"type": "integer"}, "path": text(), "url": {"type": "string"}}});
    json!({"type": "object", "description": "A file.", "properties": {
        "id": {"type": "integer", "format": "int64"},
        "documentId": {"type": "string"},
        "name": {"type": "string"},
        "alternativeText": text(),
        "caption": text(),
        "title": text(),
        "width": number(),
        "height": number(),
        "formats": {"type": "object", "nullable": true, "additionalProperties": size,
            "description": "Ready-made sizes of a picture: thumbnail, small, medium, large (those that are smaller than it), and the site's own."},
        "focalPoint": {"type": "object", "nullable": true, "description": "In percent.",
            "properties": {"x": {"type": "number"}, "y": {"type": "number"}}},
        "placeholder": {"type": "string", "nullable": true, "description": "A ThumbHash, in base64."},
        "color": {"type": "string", "nullable": true, "description": "The dominant colour: #rrggbb."},
        "hash": {"type": "string"},
        "ext": text(),
        "mime": {"type": "string"},
        "size": {"type": "number", "description": "In kB."},
        "sizeInBytes": {"type": "integer", "format": "int64"},
        "url": {"type": "string", "description": "Never another content: it may be kept for ever."},
        "previewUrl": text(),
        "provider": {"type": "string"},
        "provider_metadata": {"type": "object", "nullable": true},
        "createdAt": {"type": "string", "format": "date-time"},
        "updatedAt": {"type": "string", "format": "date-time"},
        "publishedAt": {"type": "string", "format": "date-time"}}})
}

/// A file as a write names it.
pub fn named() -> Value {
    json!({"anyOf": [{"type": "string", "description": "The documentId of a file."},
        {"type": "integer", "description": "The id of a file."}]})
}

/// The paths of files.
pub fn paths(paths: &mut Map<String, Value>) {
    let file = reference("UploadFile");
    let files = json!({"type": "array", "items": file});
    let text = |description: &str| json!({"type": "string", "description": description});
    let form = json!({"type": "object", "properties": {
        "files": {"type": "array", "items": {"type": "string", "format": "binary"}},
        "fileInfo": text("JSON: name, alternativeText, caption, title, locale, folder, tags, focalPoint, private."),
        "ref": text("The content type of a document that is to show the files."),
        "refId": text("Its documentId or id."),
        "field": text("The media field.")}});
    let id = json!({"name": "id", "in": "query", "schema": {"type": "string"},
        "description": "Of a file that gets other bytes, or of which something else is said."});
    let mut upload = operation("uploadFiles", "Upload", "Upload files.", vec![id]);
    upload["requestBody"] = json!({"required": true, "content": {"multipart/form-data": {"schema": form}}});
    upload = answers(upload, "201", files.clone());
    upload = answers(upload, "200", file.clone());
    paths.insert("/api/upload".to_owned(), json!({ "post": upload }));
    let parameter = |name: &str, description: &str| json!({"name": name, "in": "query", "schema": {"type": "string"}, "description": description});
    let parameters = vec![
        parameter("_q", "Words in names and texts."),
        parameter("sort", "createdAt, updatedAt, name or size; `-` or `:desc` for descending."),
        parameter("kind", "image, video, audio or file."),
        parameter("pagination[page]", "From 1."),
        parameter("pagination[pageSize]", "25 when left out."),
    ];
    let list = answers(operation("listFiles", "Upload", "List files.", parameters), "200", files);
    paths.insert("/api/upload/files".to_owned(), json!({ "get": list }));
    let one = answers(operation("getFile", "Upload", "Read what is known of a file.", Vec::new()), "200", file.clone());
    let force = parameter("force", "`true` also deletes what documents show.");
    let delete = operation("deleteFile", "Upload", "Move a file to the trash.", vec![force]);
    let id = json!({"name": "id", "in": "path", "required": true, "schema": {"type": "string"},
        "description": "The id or the documentId of a file."});
    paths.insert(
        "/api/upload/files/{id}".to_owned(),
        json!({"parameters": [id], "get": one, "delete": answers(delete, "200", file)}),
    );
}
