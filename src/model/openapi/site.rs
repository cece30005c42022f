//! The paths of the content API that are about the site rather than one type.

use super::parameters;
use super::paths::{answers, operation};
use crate::locale::Locales;
use serde_json::{Map, Value, json};

const TAG: &str = "Site";

/// What everybody has who reads something.
pub fn paths(locales: Option<&Locales>, may_draft: bool, paths: &mut Map<String, Value>) {
    let text = |description: &str| json!({"type": "string", "description": description});
    let whole = || json!({"type": "integer", "format": "int64"});
    let resolved = json!({"type": "object", "required": ["type", "documentId", "path", "api"], "properties": {
        "type": text("Singular of the content type."),
        "documentId": {"type": "string"},
        "locale": {"type": "string", "nullable": true},
        "path": text("Where it lives now."),
        "api": text("Where this API has it."),
        "redirect": text("The new path, when the one that was asked for is a former one."),
        "status": {"type": "integer", "description": "The status to redirect with."}}});
    let path = json!({"name": "path", "in": "query", "required": true, "schema": {"type": "string"},
        "description": "A path on the website, e.g. `/blog/hello`."});
    let resolve = operation("resolvePath", TAG, "Find the document that lives at a path.", vec![path]);
    paths.insert("/api/resolve".to_owned(), json!({ "get": answers(resolve, "200", envelope(&resolved)) }));

    let locale = json!({"type": "object", "required": ["id", "name", "code", "isDefault"], "properties": {
        "id": whole(), "name": {"type": "string"}, "code": {"type": "string"}, "isDefault": {"type": "boolean"}}});
    let list = operation("listLocalesOfContent", TAG, "List the site's languages.", Vec::new());
    let list = answers(list, "200", json!({"type": "array", "items": locale}));
    paths.insert("/api/i18n/locales".to_owned(), json!({ "get": list }));

    let found = json!({"type": "object", "additionalProperties": true, "required": ["id", "documentId"],
        "description": "A document as a list of its type delivers it, and where it was found.", "properties": {
        "id": whole(), "documentId": {"type": "string"},
        "_search": {"type": "object", "properties": {
            "type": text("Singular of the content type."),
            "highlights": {"type": "object", "additionalProperties": {"type": "string"}}}}}});
    let meta = json!({"type": "object", "additionalProperties": true, "properties": {
        "pagination": super::reference("ContentPagination"), "facets": {"type": "object", "additionalProperties": true},
        "query": {"type": "object", "additionalProperties": true}}});
    let results = json!({"type": "object", "required": ["data", "meta"],
        "properties": {"data": {"type": "array", "items": found}, "meta": meta}});
    let search = operation("searchContent", TAG, "Find documents of all types by their words.", {
        let mut all = parameters::of_search();
        let of_lists = parameters::of_list(locales, may_draft).into_iter();
        all.extend(of_lists.filter(|p| !["_q", "sort", "highlight"].iter().any(|name| p["name"] == *name)));
        all
    });
    paths.insert("/api/search".to_owned(), json!({ "get": answers(search, "200", results) }));

    let proposal = json!({"type": "object", "required": ["text", "type", "documentId"], "properties": {
        "text": {"type": "string"}, "type": text("Singular of the content type."), "documentId": {"type": "string"},
        "locale": {"type": "string", "nullable": true}}});
    let suggest = operation(
        "suggestContent",
        TAG,
        "Titles that go on like what is being typed.",
        parameters::of_suggest(locales),
    );
    let proposals = json!({"type": "object", "required": ["data", "meta"],
        "properties": {"data": {"type": "array", "items": proposal}, "meta": {"type": "object"}}});
    paths.insert("/api/search/suggest".to_owned(), json!({ "get": answers(suggest, "200", proposals) }));
}

fn envelope(schema: &Value) -> Value {
    json!({"type": "object", "required": ["data", "meta"], "properties": {"data": schema, "meta": {"type": "object"}}})
}
