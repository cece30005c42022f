//! `/roles`: who may do what, for administrators.

use super::definition::ActionWord;
use super::done::Done;
use super::{Answer, Sent, Shaped, Tag, Who};
use crate::errors::Refusal;
use masthead_core::access::roles;
use masthead_model::Role;
use poem_openapi::param::Path;
use poem_openapi::{Object, OpenApi};
use serde_json::{Value, json};

pub struct Roles;

#[OpenApi(prefix_path = "/roles", tag = "Tag::Roles")]
impl Roles {
    /// List all roles, the built-in ones first.
    #[oai(path = "/", method = "get", operation_id = "listRoles")]
    async fn list(&self, who: Who) -> Result<Answer<RoleList>, Refusal> {
        let all = roles::list(&who.core, &who.caller).await?;
        Ok(Answer::of(&json!({ "roles": all.iter().map(role).collect::<Vec<_>>() })))
    }

    /// Read one role.
    #[oai(path = "/:name", method = "get", operation_id = "getRole")]
    async fn get(&self, who: Who, name: Path<String>) -> Result<Answer<RoleView>, Refusal> {
        Ok(Answer::of(&role(&roles::get(&who.core, &who.caller, &name.0).await?)))
    }

    /// Create a role, or replace it. Types and fields may go by their names.
    ///
    /// 403 when it could do more than you; 409 when nobody would be left to administer the site.
    #[oai(path = "/:name", method = "put", operation_id = "putRole")]
    async fn put(
        &self,
        who: Who,
        name: Path<String>,
        sent: Sent<Shaped<PutRole>>,
    ) -> Result<Answer<RoleView>, Refusal> {
        Ok(Answer::of(&role(&roles::put(&who.core, &who.caller, &name.0, sent.0.0).await?)))
    }

    /// Delete a role. 409 while somebody has it, with their names, and for built-in ones.
    #[oai(path = "/:name", method = "delete", operation_id = "deleteRole")]
    async fn delete(&self, who: Who, name: Path<String>) -> Result<Done, Refusal> {
        roles::delete(&who.core, &who.caller, &name.0).await?;
        Ok(Done::Done)
    }
}

fn role(role: &Role) -> Value {
    let built_in = roles::BUILT_IN.contains(&role.name.as_str());
    json!({
        "name": role.name, "label": role.label, "description": role.description, "admin": role.admin,
        "permissions": role.permissions, "builtIn": built_in, "warnings": role.warnings(),
    })
}

#[derive(Object)]
struct RoleList {
    roles: Vec<RoleView>,
}

#[derive(Object)]
#[oai(rename = "Role", rename_all = "camelCase")]
struct RoleView {
    name: String,
    label: String,
    description: Option<String>,
    /// May do everything, now and later.
    admin: bool,
    permissions: Vec<PermissionView>,
    /// Cannot be deleted.
    built_in: bool,
    /// What strangers may write with it, in sentences for whoever grants that.
    warnings: Vec<String>,
}

/// What to make of a role; permissions only add up.
#[derive(Object)]
struct PutRole {
    /// That of the address, if it is given.
    name: Option<String>,
    /// From the name when not given.
    label: Option<String>,
    description: Option<String>,
    admin: Option<bool>,
    permissions: Option<Vec<PermissionView>>,
}

#[derive(Object)]
#[oai(rename = "Permission")]
struct PermissionView {
    action: ActionWord,
    /// Id of a content type, or `*`.
    #[oai(rename = "type")]
    type_id: String,
    /// Ids of the fields it covers; all when not given.
    fields: Option<Vec<String>>,
    /// A filter over the type that a document must meet.
    condition: Option<Value>,
}
