//! `/system`: the server itself.

use super::{Answer, Tag, Who};
use crate::errors::Refusal;
use masthead_core::system;
use poem_openapi::{Object, OpenApi};
use serde_json::json;

pub struct System;

#[OpenApi(prefix_path = "/system", tag = "Tag::System")]
impl System {
    /// Read what runs, and on which database.
    #[oai(path = "/", method = "get", operation_id = "getSystem")]
    async fn info(&self, who: Who) -> Result<Answer<SystemInfo>, Refusal> {
        Ok(Answer::of(&system::info(&who.core, &who.caller).await?))
    }

    /// List the followers of the log, and how far they are behind.
    #[oai(path = "/followers", method = "get", operation_id = "listFollowers")]
    async fn followers(&self, who: Who) -> Result<Answer<FollowerList>, Refusal> {
        Ok(Answer::of(&json!({ "followers": system::followers(&who.core, &who.caller).await? })))
    }

    /// Examine everything that is derived from documents, as `masthead doctor` does.
    ///
    /// Reads every document: it takes minutes on a large site.
    #[oai(path = "/doctor", method = "post", operation_id = "examineSystem")]
    async fn doctor(&self, who: Who) -> Result<Answer<DoctorReport>, Refusal> {
        Ok(Answer::of(&system::examine(&who.core, &who.caller).await?))
    }
}

#[derive(Object)]
#[oai(rename_all = "camelCase")]
struct SystemInfo {
    version: String,
    started_at: String,
    /// Seconds since it started.
    uptime: i64,
    model_version: i64,
    database: Vec<Fact>,
}

#[derive(Object)]
struct Fact {
    name: String,
    value: String,
}

#[derive(Object)]
struct FollowerList {
    followers: Vec<Follower>,
}

#[derive(Object)]
#[oai(rename_all = "camelCase")]
struct Follower {
    name: String,
    /// `process`, `node` or `cluster`.
    scope: String,
    /// Number of the last event that it has dealt with.
    cursor: i64,
    /// Events it has yet to see.
    behind: i64,
    updated_at: String,
}

#[derive(Object)]
#[oai(rename_all = "camelCase")]
struct DoctorReport {
    healthy: bool,
    /// Pairs of name and value.
    engine: Vec<Vec<String>>,
    model_version: i64,
    types: u64,
    documents: u64,
    /// The first documents whose derived rows differ from a rebuild.
    stale_documents: Vec<String>,
    stale_count: u64,
    repaired: u64,
    dangling_references: Vec<String>,
    /// References of imports that still wait for their target.
    waiting_references: i64,
    /// Bodies that nothing points at: what a change of the model left that was killed. The next start deletes them.
    loose_bodies: i64,
    followers: Vec<FollowerState>,
    log_head: i64,
}

#[derive(Object)]
struct FollowerState {
    name: String,
    cursor: i64,
    behind: i64,
}
