//! `/schema`: changing the content model.

use super::definition::Definition;
use super::{Answer, Sent, Shaped, Tag, Who};
use crate::errors::Refusal;
use masthead_core::modelling::{self, Wanted};
use poem_openapi::param::{Path, Query};
use poem_openapi::{Enum, Object, OpenApi};
use serde::Deserialize;
use serde_json::{Value, json};

pub struct Schema;

#[OpenApi(prefix_path = "/schema", tag = "Tag::Schema")]
impl Schema {
    /// Export the whole model, in the form that a plan takes.
    #[oai(path = "/", method = "get", operation_id = "exportSchema")]
    async fn export(&self, who: Who) -> Result<Answer<Definitions>, Refusal> {
        Ok(Answer::of(&modelling::export(&who.core, &who.caller).await?))
    }

    /// Plan a change: its steps, what each does to stored documents, and what could lose something. Changes nothing.
    #[oai(path = "/plan", method = "post", operation_id = "planSchema")]
    async fn plan(&self, who: Who, sent: Sent<PlanRequest>) -> Result<Answer<Plan>, Refusal> {
        let wanted = wanted(sent.0.definitions, sent.0.delete);
        Ok(Answer::of(&modelling::plan(&who.core, &who.caller, wanted).await?))
    }

    /// Apply a plan. Everybody goes on reading and writing meanwhile.
    ///
    /// Send the same as for the plan, with its fingerprint, and name each destructive step. 409 when the model has
    /// changed since. What takes longer than ten seconds goes on as a job: ask for it until it is not `running`.
    #[oai(path = "/apply", method = "post", operation_id = "applySchema")]
    async fn apply(&self, who: Who, sent: Sent<ApplyRequest>) -> Result<Answer<Job>, Refusal> {
        let ApplyRequest { definitions, delete, fingerprint, allow_destructive } = sent.0;
        let (wanted, allowed) = (wanted(definitions, delete), allow_destructive.unwrap_or_default());
        Ok(Answer::of(&modelling::apply(&who.core, &who.caller, wanted, &fingerprint, allowed).await?))
    }

    /// List the changes that this server made or is making, latest first.
    #[oai(path = "/jobs", method = "get", operation_id = "listSchemaJobs")]
    async fn jobs(&self, who: Who) -> Result<Answer<JobList>, Refusal> {
        Ok(Answer::of(&json!({ "jobs": modelling::jobs(&who.core, &who.caller).await? })))
    }

    /// Read how far a change is.
    #[oai(path = "/jobs/:id", method = "get", operation_id = "getSchemaJob")]
    async fn job(&self, who: Who, id: Path<String>) -> Result<Answer<Job>, Refusal> {
        Ok(Answer::of(&modelling::job(&who.core, &who.caller, &id.0).await?))
    }

    /// List who changed the model when, newest first, 100 at a time.
    #[oai(path = "/history", method = "get", operation_id = "listSchemaHistory")]
    async fn history(
        &self,
        who: Who,
        /// Go on before the change with this id.
        before: Query<Option<i64>>,
    ) -> Result<Answer<ChangeList>, Refusal> {
        Ok(Answer::of(&json!({ "changes": modelling::history(&who.core, &who.caller, before.0).await? })))
    }
}

fn wanted(definitions: Option<Shaped<Definitions>>, delete: Option<Deletions>) -> Wanted {
    let delete = delete.unwrap_or_default();
    Wanted {
        definitions: definitions.map(|d| d.0).unwrap_or_default(),
        delete_types: delete.types,
        delete_roles: delete.roles,
        delete_locales: delete.locales,
    }
}

/// A tree of definitions. In a plan, what it does not mention stays; each definition is complete.
#[derive(Object)]
struct Definitions {
    types: Option<Vec<Definition>>,
    /// The locales as a whole.
    locales: Option<Vec<LocaleDefinition>>,
    roles: Option<Vec<RoleDefinition>>,
}

#[derive(Object)]
struct LocaleDefinition {
    /// A BCP 47 tag.
    code: String,
    name: Option<String>,
    default: Option<bool>,
}

#[derive(Object)]
struct RoleDefinition {
    name: String,
    label: Option<String>,
    description: Option<String>,
    /// May do everything.
    admin: Option<bool>,
    permissions: Option<Vec<PermissionDefinition>>,
}

#[derive(Object)]
struct PermissionDefinition {
    action: super::definition::ActionWord,
    /// Id of a content type, or `*`.
    #[oai(rename = "type")]
    type_id: String,
    /// Ids of the fields; all when left out.
    fields: Option<Vec<String>>,
    /// A filter that a document must meet.
    condition: Option<Value>,
}

/// What is to go.
#[derive(Object, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Deletions {
    /// Types and components, by id or singular.
    #[oai(default)]
    types: Vec<String>,
    #[oai(default)]
    roles: Vec<String>,
    #[oai(default)]
    locales: Vec<String>,
}

/// A change that is wanted.
#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanRequest {
    definitions: Option<Shaped<Definitions>>,
    delete: Option<Deletions>,
}

/// A change that was planned.
#[derive(Object, Deserialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ApplyRequest {
    definitions: Option<Shaped<Definitions>>,
    delete: Option<Deletions>,
    /// Of the plan.
    fingerprint: String,
    /// The `name` of each destructive step.
    allow_destructive: Option<Vec<String>>,
}

#[derive(Object)]
#[oai(rename_all = "camelCase")]
struct Plan {
    model_version: i64,
    /// Applying asks for it.
    fingerprint: String,
    steps: Vec<PlanStep>,
}

/// One change, and what it was found to do.
#[derive(Object)]
struct PlanStep {
    /// A line for people; a destructive step is allowed by it.
    name: String,
    effect: StepEffect,
    destructive: bool,
    /// Null where nothing stored had to be looked at.
    count: Option<StepCount>,
    /// The step itself: `step` says which, the other members depend on it.
    step: Value,
}

/// What applying a step takes.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[oai(rename_all = "snake_case")]
enum StepEffect {
    /// Only the definition changes.
    Definition,
    /// Stored values are converted.
    Convert,
    /// Values move between the shared part and those of the locales.
    Relocate,
    /// What is derived is built anew.
    Rebuild,
    /// Drafts go live, or live documents get drafts.
    Publishing,
    Structure,
    Urls,
    /// Documents go.
    Remove,
    Locales,
    Access,
}

/// What a step does to stored documents.
#[derive(Object)]
struct StepCount {
    /// Documents that it touches.
    documents: u64,
    /// Those whose value would not convert, or would violate the new rule.
    failing: u64,
    /// Some of the failing ones.
    examples: Vec<String>,
}

#[derive(Object)]
struct JobList {
    jobs: Vec<Job>,
}

/// A change under way, or ended.
#[derive(Object)]
#[oai(rename_all = "camelCase")]
struct Job {
    id: String,
    state: JobState,
    actor: String,
    started_at: String,
    ended_at: Option<String>,
    /// What it is at.
    what: Option<String>,
    done: u64,
    total: u64,
    /// The version of the model that it made.
    model_version: Option<i64>,
    /// What was done.
    steps: Vec<String>,
    /// Why it failed.
    error: Option<String>,
}

#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[oai(rename_all = "snake_case")]
enum JobState {
    Running,
    Done,
    Failed,
}

#[derive(Object)]
struct ChangeList {
    changes: Vec<ModelChange>,
}

/// A change of the model.
#[derive(Object)]
#[oai(rename_all = "camelCase")]
struct ModelChange {
    id: i64,
    model_version: i64,
    at: String,
    actor: String,
    steps: Vec<String>,
}
