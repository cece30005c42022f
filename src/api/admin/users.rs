//! `/users`: the people who may sign in, for administrators.

use super::done::Done;
use super::people::{HandedView, UserView, handed, person};
use super::{Answer, Sent, Tag, Who};
use crate::errors::Refusal;
use crate::site::Site;
use masthead_core::access::users;
use masthead_store::now_micros;
use poem::Request;
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::{Object, OpenApi};
use serde::Deserialize;
use serde_json::json;

pub struct Users;

#[OpenApi(prefix_path = "/users", tag = "Tag::Users")]
impl Users {
    /// List everybody, by address.
    #[oai(path = "/", method = "get", operation_id = "listUsers")]
    async fn list(&self, who: Who) -> Result<Answer<UserList>, Refusal> {
        let all = users::list(&who.core, &who.caller).await?;
        Ok(Answer::of(&json!({ "users": all.iter().map(person).collect::<Vec<_>>() })))
    }

    /// Invite somebody: by mail where the site sends mail, else by a link for you to pass on.
    #[oai(path = "/", method = "post", operation_id = "inviteUser")]
    async fn invite(
        &self,
        who: Who,
        req: &Request,
        site: Data<&Site>,
        sent: Sent<InviteUser>,
    ) -> Result<Answer<HandedView, 201>, Refusal> {
        let InviteUser { email, name, roles } = sent.0;
        let whom = users::Invite { email, name, roles };
        let (to, how) = users::invite(&who.core, &who.caller, whom, &site.url(req), now_micros()).await?;
        Ok(Answer::of(&handed(&to, &how)))
    }

    /// Read one account.
    #[oai(path = "/:id", method = "get", operation_id = "getUser")]
    async fn get(&self, who: Who, id: Path<i64>) -> Result<Answer<UserView>, Refusal> {
        Ok(Answer::of(&person(&users::get(&who.core, &who.caller, id.0).await?)))
    }

    /// Change name or roles, or keep somebody out. 409 when nobody would be left to administer the site.
    #[oai(path = "/:id", method = "patch", operation_id = "changeUser")]
    async fn change(&self, who: Who, id: Path<i64>, sent: Sent<ChangeUser>) -> Result<Answer<UserView>, Refusal> {
        let ChangeUser { name, roles, disabled } = sent.0;
        let change = users::Change { name, roles, disabled };
        Ok(Answer::of(&person(&users::change(&who.core, &who.caller, id.0, change).await?)))
    }

    /// Make a link to set a new password, or to accept the invitation; handed on like an invitation.
    #[oai(path = "/:id/link", method = "post", operation_id = "makeUserLink")]
    async fn link(
        &self,
        who: Who,
        id: Path<i64>,
        req: &Request,
        site: Data<&Site>,
    ) -> Result<Answer<HandedView, 201>, Refusal> {
        let (to, how) = users::link(&who.core, &who.caller, id.0, &site.url(req), now_micros()).await?;
        Ok(Answer::of(&handed(&to, &how)))
    }

    /// Delete an account. What it did stays in the history, under its address.
    #[oai(path = "/:id", method = "delete", operation_id = "deleteUser")]
    async fn delete(&self, who: Who, id: Path<i64>) -> Result<Done, Refusal> {
        users::delete(&who.core, &who.caller, id.0).await?;
        Ok(Done::Done)
    }
}

#[derive(Object)]
struct UserList {
    users: Vec<UserView>,
}

#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
struct InviteUser {
    email: String,
    /// From the address when not given.
    name: Option<String>,
    /// Names of roles.
    roles: Vec<String>,
}

/// What is not given stays.
#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeUser {
    name: Option<String>,
    /// All of them, not only new ones.
    roles: Option<Vec<String>>,
    /// Disabling ends all sessions at once.
    disabled: Option<bool>,
}
