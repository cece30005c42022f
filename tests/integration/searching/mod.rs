//! Search: the index follows the log, and only what the caller reads is found, counted, shown and proposed.

mod facets;
mod finding;
mod following;
mod relevance;
mod rights;
mod running;

use crate::app::{OPERATOR, TestApp};
use masthead_core::search::{Searcher, Standing};
use masthead_core::{Caller, Result, delivery, events};
use masthead_search::{Following, Search};
use serde_json::Value;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long anything here may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A site with its index.
pub struct Searching {
    pub app: TestApp,
    pub search: Search,
    folder: tempfile::TempDir,
    following: Option<Following>,
}

impl Searching {
    pub fn new(app: &TestApp) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let search = Search::new(&app.core, folder.path());
        search.wire();
        let following = Some(search.follow().unwrap());
        Self { app: app.clone(), search, folder, following }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Stop following, as at the end of the process.
    pub fn stop(&mut self) {
        self.following = None;
    }

    /// Everything that was written is found from now on.
    pub async fn settle(&self) {
        let head = events::head(&self.app.core).unwrap();
        let began = Instant::now();
        while !(self.search.is_ready() && self.search.position() >= head) {
            assert!(began.elapsed() < PATIENCE, "the index stands at {} of {head}", self.search.position());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub async fn get_as(&self, caller: &Caller, query: &str) -> Result<Value> {
        let found = delivery::search(&self.app.core, caller, query).await?;
        Ok(serde_json::from_slice(&found.body).unwrap())
    }

    pub async fn get(&self, query: &str) -> Value {
        self.get_as(&OPERATOR, query).await.unwrap()
    }

    /// One member of each hit, in order.
    pub async fn column(&self, query: &str, member: &str) -> Vec<String> {
        column(&self.get(query).await, member)
    }

    pub async fn suggest_as(&self, caller: &Caller, query: &str) -> Result<Vec<String>> {
        let found = delivery::suggest(&self.app.core, caller, query).await?;
        Ok(column(&serde_json::from_slice(&found.body).unwrap(), "text"))
    }

    pub fn standing(&self) -> Standing {
        self.search.standing().unwrap()
    }
}

pub fn column(found: &Value, member: &str) -> Vec<String> {
    let hits = found["data"].as_array().unwrap();
    hits.iter().map(|hit| hit[member].as_str().unwrap_or_default().to_owned()).collect()
}

/// A text for a query string.
pub fn escaped(text: &str) -> String {
    text.bytes().map(|b| format!("%{b:02X}")).collect()
}
