//! Roles: which fields somebody may write and read, and which documents.

mod conditions;
mod fields;
mod kept;
mod pushes;
mod routes;
mod seen;
mod stored;
mod sums;

use crate::app::{OPERATOR, TestApp, map};
use masthead_core::access::roles;
use masthead_core::content::{self, Create, Put, Save};
use masthead_core::{Caller, Error, Result};
use serde_json::{Value, json};

/// A site of articles, of which everybody with a role reads `title` and `slug` alone.
async fn site(app: &TestApp) {
    app.push(&[
        json!({"kind": "collection", "singular": "author", "plural": "authors", "fields": [
            {"name": "name", "type": "string"}, {"name": "slug", "type": "slug", "unique": true}]}),
        json!({"kind": "collection", "singular": "article", "plural": "articles", "fields": [
            {"name": "title", "type": "string"}, {"name": "slug", "type": "slug"}, {"name": "notes", "type": "string"},
            {"name": "category", "type": "string"},
            {"name": "author", "type": "relation", "targets": ["author"], "inverse": "articles"}]}),
    ]);
}

async fn role(app: &TestApp, name: &str, permissions: Value) -> Caller {
    roles::put(&app.core, &OPERATOR, name, json!({"permissions": permissions})).await.unwrap();
    Caller::User { email: format!("{name}@example.org"), roles: vec![name.to_owned()] }
}

async fn put(app: &TestApp, caller: &Caller, id: &str, data: Value) -> Result<content::Saved> {
    content::put(&app.core, caller, "articles", Some(id), Put { data: map(data), ..Put::default() }).await
}

async fn save(app: &TestApp, caller: &Caller, id: &str, data: Value) -> Result<content::Saved> {
    content::save(&app.core, caller, id, Save { data: map(data), ..Save::default() }).await
}

async fn create(app: &TestApp, caller: &Caller, data: Value) -> Result<content::Saved> {
    content::create(&app.core, caller, "articles", Create { data: map(data), ..Create::default() }).await
}

/// `(pointer, code, message)` of what was refused, and whether as forbidden.
fn refused<T: std::fmt::Debug>(answer: Result<T>) -> (bool, Vec<(String, String, String)>) {
    let (forbidden, problems) = match answer {
        Err(Error::ForbiddenFields(problems)) => (true, problems),
        Err(Error::Invalid(problems)) => (false, problems),
        other => panic!("{other:?}"),
    };
    (forbidden, problems.into_iter().map(|p| (p.pointer, p.code.to_string(), p.message)).collect())
}
