//! Plan a change of the model, and apply it; long ones go on as jobs.

use super::jobs::{Job, JobState};
use super::wanted::{Wanted, in_definitions, resolve};
use crate::access::require_admin;
use crate::schema::{self, Applied, Progress};
use crate::{Caller, Core, Error, Result, aside};
use masthead_model::Problem;
use masthead_model::check::Schema;
use masthead_model::plan::{Counted, Effect, Plan, Step};
use masthead_store::model_history;
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;

/// Somebody who applies a plan waits so long for its end; then it goes on alone.
const PATIENCE: Duration = Duration::from_secs(10);

/// A plan, as it is shown.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanView {
    /// The version of the model that it changes.
    pub model_version: i64,
    /// Applying asks for it.
    pub fingerprint: String,
    pub steps: Vec<StepView>,
}

/// A step, and what it was found to do.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StepView {
    /// One line for people; a destructive step is allowed by it.
    pub name: String,
    pub effect: Effect,
    pub destructive: bool,
    /// None where nothing stored had to be looked at.
    pub count: Option<Counted>,
    pub step: Step,
}

impl From<Plan> for PlanView {
    fn from(plan: Plan) -> Self {
        let view = |planned: masthead_model::plan::PlannedStep| StepView {
            name: planned.step.describe(),
            effect: planned.step.effect(),
            destructive: planned.destructive,
            count: planned.count,
            step: planned.step,
        };
        let steps = plan.steps.into_iter().map(view).collect();
        Self { model_version: plan.model_version, fingerprint: plan.fingerprint, steps }
    }
}

/// What it would take to come to what is wanted. Changes nothing.
pub async fn plan(core: &Core, caller: &Caller, wanted: Wanted) -> Result<PlanView> {
    admin(core, caller).await?;
    let (core, caller) = (core.clone(), caller.clone());
    aside(move || {
        let (schema, prune) = resolve(&core, &caller, &wanted)?;
        Ok(schema::plan(&core, &caller, schema, prune).map_err(in_definitions)?.into())
    })
    .await
}

/// Apply the plan with this fingerprint. Every destructive step must be in `allowed`, by its name.
///
/// When it takes longer than a few seconds it goes on as a job, and the answer is how far it is.
pub async fn apply(
    core: &Core,
    caller: &Caller,
    wanted: Wanted,
    fingerprint: &str,
    allowed: Vec<String>,
) -> Result<Job> {
    admin(core, caller).await?;
    let (inner, asking, fingerprint) = (core.clone(), caller.clone(), fingerprint.to_owned());
    let (schema, prune, fingerprint) = aside(move || {
        let (schema, prune) = resolve(&inner, &asking, &wanted)?;
        let plan = schema::plan(&inner, &asking, schema.clone(), prune).map_err(in_definitions)?;
        if plan.fingerprint != fingerprint {
            return Err(Error::PlanChanged(plan.fingerprint));
        }
        allow(&plan, &allowed)?;
        Ok((schema, prune, fingerprint))
    })
    .await?;
    let job = core.jobs().begin(&caller.actor());
    let (inner, asking, id) = (core.clone(), caller.clone(), job.id.clone());
    let running = tokio::task::spawn_blocking(move || {
        let jobs = inner.jobs().clone();
        let mut told = |step: schema::Step<'_>| jobs.tell(&id, step.what, step.done, step.total);
        let done = apply_now(&inner, &asking, schema, prune, &fingerprint, true, &mut told);
        jobs.end(&id, done.as_ref().map_err(ToString::to_string));
        done
    });
    match tokio::time::timeout(PATIENCE, running).await {
        Ok(ended) => {
            ended.map_err(|e| Error::Internal(e.to_string()))?.map_err(in_definitions)?;
            core.jobs().get(&job.id).ok_or_else(|| Error::Internal("a job was forgotten".to_owned()))
        }
        Err(_) => Ok(core.jobs().get(&job.id).unwrap_or(job)),
    }
}

/// Refuse when a destructive step is not allowed, or something is allowed that is no such step.
fn allow(plan: &Plan, allowed: &[String]) -> Result<()> {
    let names: Vec<String> = plan.destructive().map(Step::describe).collect();
    let strange = |(i, name): (usize, &String)| {
        let message = format!("the plan has no destructive step '{name}'");
        (!names.contains(name)).then(|| Problem::new(format!("/allowDestructive/{i}"), "not_found", message))
    };
    let problems: Vec<Problem> = allowed.iter().enumerate().filter_map(strange).collect();
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let missing: Vec<String> = names.into_iter().filter(|name| !allowed.contains(name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.join("; ");
    Err(Error::Conflict(format!("these steps lose something and must be named in `allowDestructive`: {list}")))
}

/// Apply a plan on this thread, and remember who did it: [`schema::apply`] with a history.
pub fn apply_now(
    core: &Core,
    caller: &Caller,
    desired: Schema,
    prune: bool,
    fingerprint: &str,
    allow_destructive: bool,
    progress: Progress<'_>,
) -> Result<Applied> {
    let plan = schema::plan(core, caller, desired.clone(), prune)?;
    if plan.fingerprint != fingerprint || plan.is_empty() {
        return schema::apply(core, caller, desired, prune, fingerprint, allow_destructive, progress);
    }
    // Before, so that a change that was made is never missing; what fails is forgotten again.
    let steps: Vec<String> = plan.steps.iter().map(|planned| planned.step.describe()).collect();
    let steps = Arc::new(serde_json::to_string(&steps).map_err(|e| Error::Internal(e.to_string()))?);
    let (asking, version) = (caller.clone(), plan.model_version + 1);
    let entry = core.write_blocking(move |tx, snapshot| {
        require_admin(&asking, snapshot)?;
        Ok(model_history::insert(tx, version, &asking.actor(), &steps)?)
    })?;
    let done = schema::apply(core, caller, desired, prune, fingerprint, allow_destructive, progress);
    if done.is_err() {
        core.write_blocking(move |tx, _| Ok(model_history::delete(tx, entry)?))?;
    }
    done
}

/// How far a job is.
pub async fn job(core: &Core, caller: &Caller, id: &str) -> Result<Job> {
    admin(core, caller).await?;
    core.jobs().get(id).ok_or_else(|| Error::not_found(format!("job {id}")))
}

/// The jobs of this process, latest first.
pub async fn jobs(core: &Core, caller: &Caller) -> Result<Vec<Job>> {
    admin(core, caller).await?;
    Ok(core.jobs().list())
}

pub(super) async fn admin(core: &Core, caller: &Caller) -> Result<()> {
    let caller = caller.clone();
    core.read(move |_, snapshot| require_admin(&caller, snapshot)).await
}

impl Job {
    /// Whether it came to its end.
    pub fn is_done(&self) -> bool {
        self.state == JobState::Done
    }
}
