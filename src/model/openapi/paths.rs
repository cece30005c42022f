//! The paths of the content API.

use super::schemas::Site;
use super::{parameters, reference};
use crate::content_type::Kind;
use crate::model::Type;
use crate::permission::Action;
use serde_json::{Map, Value, json};

/// What somebody may do at `/api/{plural}` or `/api/{single}`, and at one document of it.
pub fn of_type(site: &mut Site<'_>, ty: &Type, paths: &mut Map<String, Value>) {
    if ty.def.kind == Kind::Component {
        return;
    }
    let may = |site: &Site<'_>, action| site.allowed.may(action, ty.id());
    let reads = site.allowed.type_visible(ty.id());
    let drafts = may(site, Action::ReadDraft);
    let locales = Some(&site.model.locales);
    let name = pascal_id(&ty.def.singular);
    let label = &ty.def.label;
    let (mut of_list, mut of_one) = (Map::new(), Map::new());
    let schema = if reads { site.entry(ty) } else { json!({"type": "object"}) };
    let written = if reads { schema.clone() } else { reference_to_id() };
    if reads && ty.def.kind == Kind::Collection {
        let operation =
            operation(&format!("list{name}"), label, "List documents.", parameters::of_list(locales, drafts));
        of_list.insert("get".to_owned(), answers(operation, "200", list_of(&schema)));
    }
    let (target, suffix) = match ty.def.kind {
        Kind::Single => (&mut of_list, ""),
        _ => (&mut of_one, "/{documentId}"),
    };
    if reads {
        let operation = operation(
            &format!("get{name}"),
            label,
            "Read a document.",
            parameters::of_one(locales, drafts, may(site, Action::History)),
        );
        target.insert("get".to_owned(), answers(operation, "200", one_of(&schema)));
    }
    let may_write = may(site, Action::Update) || (ty.def.kind == Kind::Single && may(site, Action::Create));
    if may_write {
        let operation =
            operation(&format!("update{name}"), label, "Change a document.", parameters::of_write(locales, reads));
        let input = site.input(ty);
        target.insert("put".to_owned(), answers(takes(operation, &input), "200", one_of(&written)));
    }
    if may(site, Action::Delete) {
        let (summary, parameters) = match ty.localized {
            true => ("Move a document to the trash, or take a locale out of it.", parameters::of_delete(locales)),
            false => ("Move a document to the trash.", Vec::new()),
        };
        let mut operation = operation(&format!("delete{name}"), label, summary, parameters);
        operation["responses"]["204"] = json!({"description": "Done"});
        target.insert("delete".to_owned(), operation);
    }
    if ty.def.kind == Kind::Collection && may(site, Action::Create) {
        let operation =
            operation(&format!("create{name}"), label, "Create a document.", parameters::of_write(locales, reads));
        let input = site.input(ty);
        of_list.insert("post".to_owned(), answers(takes(operation, &input), "201", one_of(&written)));
    }
    let path = format!("/api/{}", ty.def.api_name());
    if !of_one.is_empty() {
        of_one.insert("parameters".to_owned(), json!([document_id()]));
        paths.insert(format!("{path}{suffix}"), Value::Object(of_one));
    }
    if !of_list.is_empty() {
        paths.insert(path, Value::Object(of_list));
    }
}

/// The paths by placeholder, for a description without a site.
pub fn generic(paths: &mut Map<String, Value>) {
    let document = reference("ContentDocument");
    let data = json!({"type": "object", "additionalProperties": true});
    let plural = json!({"name": "plural", "in": "path", "required": true, "schema": {"type": "string"},
        "description": "The plural of a collection, or the singular of a single."});
    let of = |id: &str, summary: &str, parameters| operation(id, "Content", summary, parameters);
    let list =
        answers(of("listContent", "List documents.", parameters::of_list(None, true)), "200", list_of(&document));
    let create = takes(of("createContent", "Create a document.", parameters::of_write(None, true)), &data);
    let one =
        answers(of("getContent", "Read a document.", parameters::of_one(None, true, true)), "200", one_of(&document));
    let replace = takes(of("updateSingleContent", "Change a single.", parameters::of_write(None, true)), &data);
    let mut remove = of("deleteSingleContent", "Move a single's document to the trash.", parameters::of_delete(None));
    remove["responses"]["204"] = json!({"description": "Done"});
    let update = takes(of("updateContent", "Change a document.", parameters::of_write(None, true)), &data);
    let mut delete =
        of("deleteContent", "Move a document to the trash, or take a locale out of it.", parameters::of_delete(None));
    delete["responses"]["204"] = json!({"description": "Done"});
    paths.insert(
        "/api/{plural}".to_owned(),
        json!({"parameters": [plural], "get": list, "post": answers(create, "201", one_of(&document)),
            "put": answers(replace, "200", one_of(&document)), "delete": remove}),
    );
    paths.insert(
        "/api/{plural}/{documentId}".to_owned(),
        json!({"parameters": [plural, document_id()], "get": one, "put": answers(update, "200", one_of(&document)),
            "delete": delete}),
    );
}

pub fn operation(id: &str, tag: &str, summary: &str, parameters: Vec<Value>) -> Value {
    let refusal = json!({"description": "Refused: `error` says why",
        "content": {"application/json": {"schema": reference("Refusal")}}});
    let mut operation = json!({"operationId": id, "tags": [tag], "summary": summary});
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    operation["security"] = json!([{}, {"token": []}]);
    operation["responses"] = json!({"4XX": refusal, "5XX": refusal});
    operation
}

fn takes(mut operation: Value, input: &Value) -> Value {
    let schema = json!({"type": "object", "required": ["data"], "properties": {"data": input}});
    operation["requestBody"] = json!({"required": true, "content": {"application/json": {"schema": schema}}});
    operation
}

pub fn answers(mut operation: Value, status: &str, schema: Value) -> Value {
    operation["responses"][status] =
        json!({"description": "Done", "content": {"application/json": {"schema": schema}}});
    operation
}

fn list_of(schema: &Value) -> Value {
    let meta = json!({"type": "object", "required": ["pagination"],
        "properties": {"pagination": reference("ContentPagination")}});
    json!({"type": "object", "required": ["data", "meta"],
        "properties": {"data": {"type": "array", "items": schema}, "meta": meta}})
}

fn one_of(schema: &Value) -> Value {
    json!({"type": "object", "required": ["data", "meta"], "properties": {"data": schema, "meta": {"type": "object"}}})
}

/// What is answered to somebody who may write but not read.
fn reference_to_id() -> Value {
    json!({"type": "object", "required": ["id", "documentId"],
        "properties": {"id": {"type": "integer", "format": "int64"}, "documentId": {"type": "string"}}})
}

fn document_id() -> Value {
    json!({"name": "documentId", "in": "path", "required": true,
        "schema": {"type": "string", "pattern": "^[a-z0-9]{24}$"}})
}

/// `blog-post` → `BlogPost`; what other characters part begins anew.
fn pascal_id(singular: &str) -> String {
    singular
        .split(['-', '_', '.'])
        .map(|part| {
            let mut letters = part.chars();
            letters.next().map_or(String::new(), |first| first.to_ascii_uppercase().to_string() + letters.as_str())
        })
        .collect()
}
