//! The content API of one site, described as OpenAPI 3.0: its types as schemas, and the paths that lead to them.
//!
//! What the caller may not read does not appear, so that a description tells nobody more than a read would.

mod files;
mod names;
mod parameters;
mod paths;
mod schemas;
mod site;

use crate::model::Model;
use crate::permission::Action;
use crate::query::Visible;
use serde_json::{Map, Value, json};

/// What somebody may do, as far as a description depends on it.
pub trait Allowed: Visible {
    /// Whether any document of the type may be acted on like this.
    fn may(&self, action: Action, type_id: &str) -> bool;
}

/// `paths` and `components.schemas` of a description.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parts {
    pub paths: Map<String, Value>,
    pub schemas: Map<String, Value>,
}

/// The content types of `model` as `allowed` has them.
pub fn content(model: &Model, allowed: &dyn Allowed) -> Parts {
    let mut site = schemas::Site::new(model, allowed);
    let mut parts = Parts::default();
    for ty in model.types() {
        paths::of_type(&mut site, ty, &mut parts.paths);
    }
    if Action::ALL.into_iter().any(|action| allowed.may(action, "upload")) {
        files::paths(&mut parts.paths);
    }
    parts.schemas = site.finish();
    if !parts.paths.is_empty() && model.types().any(|ty| allowed.type_visible(ty.id())) {
        let drafts = model.types().any(|ty| allowed.may(Action::ReadDraft, ty.id()));
        site::paths(Some(&model.locales), drafts, &mut parts.paths);
        parts.schemas.entry("ContentPagination").or_insert_with(parameters::pagination);
    }
    parts
}

/// The paths that every site has, by `{plural}` and `{documentId}`, for a description without a site.
pub fn generic() -> Parts {
    let document = json!({"type": "object", "additionalProperties": true, "required": ["id", "documentId"],
        "properties": {"id": {"type": "integer", "format": "int64"}, "documentId": {"type": "string"}}});
    let mut parts = Parts::default();
    parts.schemas.insert("ContentDocument".to_owned(), document);
    parts.schemas.insert("ContentPagination".to_owned(), parameters::pagination());
    parts.schemas.insert("UploadFile".to_owned(), files::schema());
    paths::generic(&mut parts.paths);
    files::paths(&mut parts.paths);
    site::paths(None, true, &mut parts.paths);
    parts
}

/// A reference to a named schema.
fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}
