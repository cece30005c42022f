//! Changes under way in this process, and how far they are.

use crate::schema::Applied;
use crate::time;
use masthead_model::ids::new_item_id;
use masthead_store::now_micros;
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// Jobs that are remembered.
const KEPT: usize = 100;

/// Where a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    Running,
    Done,
    Failed,
}

/// A change under way, or ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    pub id: String,
    pub state: JobState,
    pub actor: String,
    pub started_at: String,
    pub ended_at: Option<String>,
    /// What it is at, and how much of that is done.
    pub what: Option<String>,
    pub done: u64,
    pub total: u64,
    /// The version of the model that it made.
    pub model_version: Option<i64>,
    /// What was done, a line each.
    pub steps: Vec<String>,
    /// Why it failed.
    pub error: Option<String>,
}

/// The jobs of this process.
#[derive(Clone, Default)]
pub struct Jobs(Arc<Mutex<VecDeque<Job>>>);

impl Jobs {
    pub(super) fn begin(&self, actor: &str) -> Job {
        let job = Job {
            id: new_item_id(),
            state: JobState::Running,
            actor: actor.to_owned(),
            started_at: time::to_text(now_micros()),
            ended_at: None,
            what: None,
            done: 0,
            total: 0,
            model_version: None,
            steps: Vec::new(),
            error: None,
        };
        let mut jobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.push_front(job.clone());
        jobs.truncate(KEPT);
        job
    }

    pub(super) fn tell(&self, id: &str, what: &str, done: u64, total: u64) {
        self.with(id, |job| (job.what, job.done, job.total) = (Some(what.to_owned()), done, total));
    }

    pub(super) fn end(&self, id: &str, outcome: Result<&Applied, String>) {
        self.with(id, |job| {
            job.ended_at = Some(time::to_text(now_micros()));
            match outcome {
                Ok(applied) => {
                    job.state = JobState::Done;
                    job.model_version = Some(applied.model_version);
                    job.steps.clone_from(&applied.steps);
                }
                Err(why) => {
                    job.state = JobState::Failed;
                    job.error = Some(why);
                }
            }
        });
    }

    fn with(&self, id: &str, change: impl FnOnce(&mut Job)) {
        let mut jobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(job) = jobs.iter_mut().find(|j| j.id == id) {
            change(job);
        }
    }

    pub(super) fn get(&self, id: &str) -> Option<Job> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().find(|j| j.id == id).cloned()
    }

    pub(super) fn list(&self) -> Vec<Job> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}
