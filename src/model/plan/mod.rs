//! Plans: what it takes to come from the current model to a desired one, step by step, and what that costs.
//!
//! [`diff`] says what changes, the store counts what each step would do to stored values, and a plan is applied only
//! with the fingerprint under which it was shown.

mod apply;
mod count;
mod describe;
mod diff;
mod effect;
mod enumeration;
mod fields;
mod locales;
mod render;
mod roles;
mod step;
#[cfg(test)]
mod tests;

pub use apply::{Applied, Misfit, apply_definitions, types_holding};
pub use count::Count;
pub use diff::diff;
pub use effect::Effect;
pub use step::{FieldRef, Step, TypeRef};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Steps with what they were found to do, for the model version they were made for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    pub model_version: i64,
    pub steps: Vec<PlannedStep>,
    /// Applying asks for it: the same plan, for the same model.
    pub fingerprint: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlannedStep {
    pub step: Step,
    /// None where nothing stored had to be looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<Counted>,
    /// Applied only when named.
    pub destructive: bool,
}

/// What a step does to stored documents.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Counted {
    /// Documents that the step touches.
    pub documents: u64,
    /// Those of them whose value would not convert, or would violate the new rule.
    pub failing: u64,
    /// Some of the failing ones, each a line for people.
    pub examples: Vec<String>,
}

impl Plan {
    /// A plan whose steps have been counted.
    pub fn new(model_version: i64, steps: Vec<(Step, Option<Counted>)>) -> Self {
        let steps: Vec<PlannedStep> = steps
            .into_iter()
            .map(|(step, count)| PlannedStep { destructive: step.is_destructive(), step, count })
            .collect();
        let fingerprint = fingerprint(model_version, steps.iter().map(|planned| &planned.step));
        Self { model_version, steps, fingerprint }
    }

    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The steps alone, as [`apply_definitions`] takes them.
    pub fn steps(&self) -> Vec<Step> {
        self.steps.iter().map(|planned| planned.step.clone()).collect()
    }

    /// The steps that have to be named before the plan is applied.
    pub fn destructive(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|planned| planned.destructive).map(|planned| &planned.step)
    }
}

/// SHA-256, in hex, of the model version and the steps: equal only for the same change of the same model.
pub fn fingerprint<'a>(model_version: i64, steps: impl IntoIterator<Item = &'a Step>) -> String {
    let mut hash = Sha256::new();
    hash.update(model_version.to_be_bytes());
    for step in steps {
        // A step has text keys only, so that writing it as JSON cannot fail; its length keeps neighbours apart.
        let json = serde_json::to_string(step).unwrap_or_default();
        hash.update((json.len() as u64).to_be_bytes());
        hash.update(json);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
