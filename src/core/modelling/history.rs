//! Who changed the model when, and the tree of definitions as it is.

use super::change::admin;
use crate::access::require_admin;
use crate::{Caller, Core, Result, aside, schema, time};
use masthead_store::model_history;
use serde::Serialize;
use serde_json::{Value, json};

/// Changes listed at once.
const LISTED: i64 = 100;

/// A change of the model.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ModelChange {
    pub id: i64,
    /// The version that it made.
    pub model_version: i64,
    pub at: String,
    pub actor: String,
    /// A line each.
    pub steps: Vec<String>,
}

/// Up to 100 changes before the one with the id `before`, newest first.
pub async fn history(core: &Core, caller: &Caller, before: Option<i64>) -> Result<Vec<ModelChange>> {
    let caller = caller.clone();
    core.read(move |conn, snapshot| {
        require_admin(&caller, snapshot)?;
        let made = |c: &model_history::Change| c.version <= snapshot.model.version;
        let changes = model_history::list(conn, before.unwrap_or(i64::MAX), LISTED)?;
        let view = |c: model_history::Change| ModelChange {
            id: c.key,
            model_version: c.version,
            at: time::to_text(c.at),
            actor: c.actor,
            steps: serde_json::from_str(&c.steps).unwrap_or_default(),
        };
        Ok(changes.into_iter().filter(made).map(view).collect())
    })
    .await
}

/// Everything that `schema pull` writes, in the form that a plan takes.
pub async fn export(core: &Core, caller: &Caller) -> Result<Value> {
    admin(core, caller).await?;
    let (core, caller) = (core.clone(), caller.clone());
    aside(move || {
        let tree = schema::pull(&core, &caller)?;
        let types: Vec<Value> = tree.types.iter().map(|t| t.to_file()).collect();
        Ok(json!({"types": types, "locales": tree.locales, "roles": tree.roles}))
    })
    .await
}
