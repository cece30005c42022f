//! The server itself: what runs, on which database, and whether everything is well.

use crate::access::require_admin;
use crate::{Caller, Core, Result, aside, doctor, time};
use masthead_store::{events, followers, now_micros};
use serde::Serialize;

/// What runs.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SystemInfo {
    /// Of the program.
    pub version: String,
    pub started_at: String,
    /// Seconds since it started.
    pub uptime: i64,
    pub model_version: i64,
    /// Version, settings and health of the database.
    pub database: Vec<Fact>,
}

/// Something to know, for people.
#[derive(Clone, Debug, Serialize)]
pub struct Fact {
    pub name: String,
    pub value: String,
}

/// Where a follower of the log stands.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FollowerView {
    pub name: String,
    /// `process`, `node` or `cluster`.
    pub scope: String,
    /// Number of the last event that it has dealt with.
    pub cursor: i64,
    /// Events it has yet to see.
    pub behind: i64,
    /// When it last moved on.
    pub updated_at: String,
}

/// What runs, for administrators.
pub async fn info(core: &Core, caller: &Caller) -> Result<SystemInfo> {
    let (inner, caller) = (core.clone(), caller.clone());
    aside(move || {
        let model_version = inner.read_blocking(|_, snapshot| {
            require_admin(&caller, snapshot)?;
            Ok(snapshot.model.version)
        })?;
        let facts = inner.store().describe()?.into_iter().map(|(name, value)| Fact { name, value }).collect();
        let started = inner.started_at();
        Ok(SystemInfo {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started_at: time::to_text(started),
            uptime: (now_micros() - started) / 1_000_000,
            model_version,
            database: facts,
        })
    })
    .await
}

/// The followers of the log, by name.
pub async fn followers(core: &Core, caller: &Caller) -> Result<Vec<FollowerView>> {
    let caller = caller.clone();
    core.read(move |conn, snapshot| {
        require_admin(&caller, snapshot)?;
        let head = events::last(conn)?.map_or(0, |(seq, _)| seq);
        let view = |f: followers::Follower| FollowerView {
            behind: (head - f.cursor).max(0),
            name: f.name,
            scope: f.scope,
            cursor: f.cursor,
            updated_at: time::to_text(f.updated_at),
        };
        Ok(followers::all(conn)?.into_iter().map(view).collect())
    })
    .await
}

/// Examine everything that is derived. Reads every document: minutes on a large site.
pub async fn examine(core: &Core, caller: &Caller) -> Result<doctor::Report> {
    let (core, caller) = (core.clone(), caller.clone());
    aside(move || doctor::run(&core, &caller, false, &mut |_, _| {})).await
}
