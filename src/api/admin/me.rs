//! `/me`: one's own account and sessions.

use super::done::Done;
use super::people::{UserView, person};
use super::{Answer, Sent, Tag, Who};
use crate::errors::Refusal;
use crate::signed::network;
use crate::site::Site;
use masthead_core::access::{profile, sessions};
use masthead_core::time;
use masthead_store::now_micros;
use poem::Request;
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::{Object, OpenApi};
use serde::Deserialize;
use serde_json::json;

pub struct Me;

#[OpenApi(prefix_path = "/me", tag = "Tag::Me")]
impl Me {
    /// Read your own account.
    #[oai(path = "/", method = "get", operation_id = "getMe")]
    async fn get(&self, who: Who) -> Result<Answer<UserView>, Refusal> {
        Ok(Answer::of(&person(&profile::get(&who.core, &who.caller).await?)))
    }

    /// Change your name.
    #[oai(path = "/", method = "patch", operation_id = "changeMe")]
    async fn change(&self, who: Who, sent: Sent<ChangeMe>) -> Result<Answer<UserView>, Refusal> {
        Ok(Answer::of(&person(&profile::rename(&who.core, &who.caller, &sent.0.name).await?)))
    }

    /// Set another password. All your other sessions end.
    #[oai(path = "/password", method = "put", operation_id = "changePassword")]
    async fn password(
        &self,
        who: Who,
        req: &Request,
        site: Data<&Site>,
        sent: Sent<ChangePassword>,
    ) -> Result<Done, Refusal> {
        let (both, address) = ((&*sent.0.current_password, &*sent.0.new_password), network(site.client(req)));
        profile::change_password(&who.core, &who.caller, who.session, both, &address, now_micros()).await?;
        Ok(Done::Done)
    }

    /// List your sessions, the last used first.
    #[oai(path = "/sessions", method = "get", operation_id = "listSessions")]
    async fn sessions(&self, who: Who) -> Result<Answer<SessionList>, Refusal> {
        let all = sessions::list(&who.core, &who.caller, now_micros()).await?;
        let all = all.iter().map(|s| {
            json!({
                "id": s.id, "createdAt": time::to_text(s.created_at), "lastSeenAt": time::to_text(s.last_seen_at),
                "expiresAt": time::to_text(s.expires_at), "agent": s.agent, "current": who.session == Some(s.id),
            })
        });
        Ok(Answer::of(&json!({ "sessions": all.collect::<Vec<_>>() })))
    }

    /// Sign out everywhere, here too.
    #[oai(path = "/sessions", method = "delete", operation_id = "endSessions")]
    async fn end_all(&self, who: Who) -> Result<Done, Refusal> {
        sessions::end_all(&who.core, &who.caller).await?;
        Ok(Done::Done)
    }

    /// End one of your sessions.
    #[oai(path = "/sessions/:id", method = "delete", operation_id = "endSession")]
    async fn end(&self, who: Who, id: Path<i64>) -> Result<Done, Refusal> {
        sessions::end_own(&who.core, &who.caller, id.0).await?;
        Ok(Done::Done)
    }
}

#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeMe {
    name: String,
}

#[derive(Object, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[oai(rename_all = "camelCase")]
struct ChangePassword {
    current_password: String,
    /// At least 10 characters.
    new_password: String,
}

#[derive(Object)]
struct SessionList {
    sessions: Vec<OwnSession>,
}

#[derive(Object)]
#[oai(rename_all = "camelCase")]
struct OwnSession {
    id: i64,
    created_at: String,
    /// To the minute.
    last_seen_at: String,
    /// When it ends if it is not used.
    expires_at: String,
    /// What the browser calls itself.
    agent: String,
    /// Whether this request came in it.
    current: bool,
}
