//! Apply a plan.

use super::build::{self, Build};
use super::{Progress, plan, relocate, sweep};
use crate::access::{require_admin, roles};
use crate::events::schema_event;
use crate::{Caller, Core, Error, Result, Snapshot};
use masthead_model::check::Schema;
use masthead_model::convert::Conversion;
use masthead_model::plan::{self as plans, Effect, Step};
use masthead_model::storage::{self, Column, Move, Storage};
use masthead_model::{Kind, Model, Type, TypeKey};
use masthead_store::{Tx, access, claims, media_references, meta, projections, references, types};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    pub model_version: i64,
    /// The steps, described.
    pub steps: Vec<String>,
    /// Ids of the types whose projections were built anew.
    pub rebuilt: Vec<String>,
}

/// How a type comes to its new form.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Way {
    /// In the transaction itself: nothing, or new empty columns.
    Add(Vec<(String, Column)>),
    /// Its next generation is built beside the current one.
    Build,
    /// The same, and its documents themselves change: their parts, order or parents.
    Rewrite,
}

/// A change that was resolved: the definitions to come, and how each type gets there.
pub(super) struct Change {
    pub steps: Vec<Step>,
    /// As they are.
    pub old: Arc<Snapshot>,
    /// The model and conversions as they will be.
    pub next: Snapshot,
    pub ways: BTreeMap<String, Way>,
    pub deleted: Vec<TypeKey>,
    pub conversions: Vec<Conversion>,
}

impl Change {
    /// What `ty` was before, if documents of it change themselves.
    pub fn rewritten(&self, ty: &Type) -> Option<&Type> {
        let way = self.ways.get(ty.id())?;
        (*way == Way::Rewrite).then(|| self.old.model.by_key(ty.key)).flatten().map(|ty| &**ty)
    }
}

/// Apply the plan with this fingerprint. Destructive steps need `allow_destructive`.
///
/// Runs on the calling thread, and may take a while: documents stay readable and writable throughout.
pub fn apply(
    core: &Core,
    caller: &Caller,
    mut desired: Schema,
    prune: bool,
    fingerprint: &str,
    allow_destructive: bool,
    progress: Progress<'_>,
) -> Result<Applied> {
    let change = core.read_blocking(|conn, snapshot| {
        require_admin(caller, snapshot)?;
        let steps = plan::steps(snapshot, &mut desired, prune)?;
        let now = plans::fingerprint(snapshot.model.version, &steps);
        if now != fingerprint {
            return Err(Error::PlanChanged(now));
        }
        let destructive: Vec<String> = steps.iter().filter(|s| s.is_destructive()).map(Step::describe).collect();
        if !destructive.is_empty() && !allow_destructive {
            let list = destructive.join("; ");
            return Err(Error::Conflict(format!("these steps lose something and must be allowed by name: {list}")));
        }
        let existing = projections::existing(conn)?;
        resolve(snapshot, steps, &existing)
    })?;
    let described: Vec<String> = change.steps.iter().map(Step::describe).collect();
    if change.steps.is_empty() {
        return Ok(Applied { model_version: change.next.model.version - 1, steps: described, rebuilt: Vec::new() });
    }
    let rebuilt: Vec<String> =
        change.ways.iter().filter(|(_, way)| !matches!(way, Way::Add(_))).map(|(id, _)| id.clone()).collect();
    let change = Arc::new(change);
    let built = build::beside(core, caller, &change, progress)?;
    let model_version = flip(core, caller, &change, built)?;
    sweep::after_flip(core, &change, progress)?;
    Ok(Applied { model_version, steps: described, rebuilt })
}

fn resolve(snapshot: &Arc<Snapshot>, steps: Vec<Step>, existing: &[(TypeKey, i64)]) -> Result<Change> {
    let old = &snapshot.model;
    let version = old.version + 1;
    let applied = plans::apply_definitions(old, &steps).map_err(|e| Error::Internal(e.to_string()))?;
    let draft = applied.model(version);
    let mut ways = BTreeMap::new();
    let mut made = Vec::new();
    for ty in draft.types() {
        let mut storage = ty.storage.clone();
        if applied.converted.contains(ty.id()) {
            storage.converted_at = version;
        }
        if rendering_changes(old, &draft, &steps, ty.id()) {
            storage.render_epoch = version;
        }
        if ty.def.kind != Kind::Component {
            let wanted = storage::layout(&draft, &ty.def.fields);
            let way = way(old, ty, &storage, &wanted, &steps);
            match &way {
                Way::Add(columns) if ty.key.0 > 0 => {
                    storage.last_column = columns.iter().map(|(_, c)| c.n).max().unwrap_or(0).max(storage.last_column);
                    storage.columns.extend(columns.iter().cloned());
                    storage.columns.retain(|path, _| wanted.contains_key(path));
                }
                _ => {
                    // Past every generation that ever had tables, leftovers of a killed build among them.
                    let used = existing.iter().filter(|(k, _)| *k == ty.key).map(|(_, g)| *g).max().unwrap_or(0);
                    storage = storage.fresh(used.max(storage.generation) + 1, &wanted);
                }
            }
            ways.insert(ty.id().to_owned(), way);
        }
        made.push(Type::new(ty.key, ty.def.clone(), storage));
    }
    let mut conversions = snapshot.conversions.clone();
    conversions.extend(applied.conversions.iter().map(|c| (version, c.clone())));
    let model = Model::new(version, applied.locales.clone(), made);
    let next = Snapshot::new(model, snapshot.roles.clone(), conversions);
    Ok(Change { steps, old: snapshot.clone(), next, ways, deleted: applied.deleted, conversions: applied.conversions })
}

/// Ids of the types (never components) that a step is about.
fn touched(old: &Model, next: &Model, step: &Step) -> BTreeSet<String> {
    let Some(of) = step.of() else { return BTreeSet::new() };
    let both = plans::types_holding(old, &of.id).into_iter().chain(plans::types_holding(next, &of.id));
    both.map(|t| t.id().to_owned()).collect()
}

fn way(
    old: &Model,
    ty: &Type,
    storage: &Storage,
    wanted: &BTreeMap<String, (storage::ColumnKind, bool)>,
    steps: &[Step],
) -> Way {
    if ty.key.0 <= 0 {
        return Way::Add(Vec::new());
    }
    let effects: Vec<Effect> =
        steps.iter().filter(|s| s.of().is_some_and(|of| holds(old, ty.id(), &of.id))).map(Step::effect).collect();
    let has = |e: Effect| effects.contains(&e);
    let default_moves =
        ty.def.url_pattern.is_some() && steps.iter().any(|s| matches!(s, Step::SetDefaultLocale { .. }));
    if has(Effect::Relocate) || has(Effect::Publishing) || has(Effect::Structure) {
        return Way::Rewrite;
    }
    // A deleted field of a component leaves rows in the child table; a deleted column is simply no longer read.
    let loses_children = steps
        .iter()
        .any(|s| matches!(s, Step::DeleteField { of, .. } if of.id != ty.id() && holds(old, ty.id(), &of.id)));
    if has(Effect::Convert) || has(Effect::Rebuild) || has(Effect::Urls) || default_moves || loses_children {
        return Way::Build;
    }
    match storage.reach(wanted, |_| false) {
        Move::Add(columns) => Way::Add(columns),
        Move::Rebuild => Way::Build,
    }
}

fn holds(model: &Model, type_id: &str, owner: &str) -> bool {
    plans::types_holding(model, owner).iter().any(|t| t.id() == type_id)
}

/// Whether rendered rows of a type are no longer what they would be. A top-level rename is not such a change: rendered
/// rows hold values by field id.
fn rendering_changes(old: &Model, next: &Model, steps: &[Step], type_id: &str) -> bool {
    steps.iter().any(|step| {
        let Some(of) = step.of() else { return false };
        if !touched(old, next, step).contains(type_id) {
            return false;
        }
        let is_nested = of.id != type_id;
        match step {
            Step::CreateType { .. } | Step::DeleteType { .. } => false,
            Step::RenameType { key, .. } => is_nested && key == "singular",
            Step::RenameField { .. } | Step::MoveFields { .. } | Step::AddField { .. } => is_nested,
            // What was deleted is not delivered any more, but must not stay in the rows either.
            Step::DeleteField { .. } => true,
            Step::ChangeFieldOption { key, .. } => {
                step.effect() != Effect::Definition || (is_nested && matches!(key.as_str(), "private" | "name"))
            }
            Step::ChangeTypeOption { .. } => matches!(step.effect(), Effect::Structure | Effect::Publishing),
            Step::ChangeFieldType { .. } | Step::RenameEnumValue { .. } | Step::RemoveEnumValue { .. } => true,
            Step::LocalizeType { .. } | Step::LocalizeField { .. } => true,
            _ => false,
        }
    })
}

/// Make the change real, in one transaction; the new model version.
fn flip(core: &Core, caller: &Caller, change: &Arc<Change>, built: Build) -> Result<i64> {
    let (ids, caller, change) = (core.ids(), caller.clone(), change.clone());
    let version = change.next.model.version;
    core.write_blocking(move |tx, snapshot| {
        if snapshot.model.version + 1 != version {
            return Err(Error::PlanChanged("unknown: the model was changed meanwhile".to_owned()));
        }
        // From here on nobody else changes the model; new transactions see it with this commit.
        types::next_version(tx)?;
        let conversions: Vec<String> =
            change.conversions.iter().filter_map(|c| serde_json::to_string(c).ok()).collect();
        types::add_conversions(tx, version, &conversions)?;
        let mut built = built.clone();
        build::catch_up_inside(tx, &caller, ids, &change, &mut built)?;
        types::set_locales(tx, &change.next.model.locales)?;
        let mut fresh = Vec::new();
        for ty in change.next.model.types() {
            if ty.key.0 > 0 {
                types::update(tx, ty.key, &ty.def, &ty.storage)?;
            } else {
                let key = types::insert(tx, &ty.def, &ty.storage)?;
                if ty.def.kind != Kind::Component {
                    projections::create(tx, &Type::new(key, ty.def.clone(), ty.storage.clone()))?;
                }
                fresh.push(ty.id().to_owned());
            }
        }
        roles::expect_kept(tx, &snapshot.roles, &change.steps)?;
        drop_what_is_gone(tx, snapshot, &change)?;
        relocate::turn(tx, &change, &built.moved)?;
        build::settle(tx, &built)?;
        for step in &change.steps {
            match step {
                Step::PutRole { role, .. } => access::put_role(tx, role)?,
                Step::DeleteRole { name } => drop(access::delete_role(tx, name)?),
                _ => {}
            }
        }
        let mut about: BTreeSet<Option<String>> = change.steps.iter().map(|s| s.of().map(|of| of.id.clone())).collect();
        about.extend(fresh.into_iter().map(Some));
        for type_id in about {
            tx.emit(schema_event("schema.changed", type_id.as_deref(), &caller));
        }
        meta::set(tx, build::JOB, "")?;
        // Last: on Postgres readers of the table wait from here to the commit.
        for ty in change.next.model.types().filter(|t| t.key.0 > 0) {
            if let Some(Way::Add(columns)) = change.ways.get(ty.id()) {
                let columns: Vec<Column> = columns.iter().map(|(_, c)| *c).collect();
                projections::add_columns(tx, ty.key, ty.storage.generation, &columns)?;
            }
        }
        Ok(version)
    })
}

/// Remove deleted types with their documents, deleted locales, and what deleted or changed fields left behind.
fn drop_what_is_gone(tx: &mut Tx<'_>, snapshot: &Snapshot, change: &Change) -> Result<()> {
    for key in &change.deleted {
        if let Some(ty) = snapshot.model.by_key(*key) {
            relocate::delete_type(tx, ty)?;
        }
    }
    for step in &change.steps {
        match step {
            Step::DeleteField { of, field } => {
                for ty in plans::types_holding(&snapshot.model, &of.id) {
                    claims::drop_field(tx, ty.key.0, &field.id)?;
                    if of.id == ty.id() {
                        references::drop_path(tx, ty.key.0, &field.id)?;
                        media_references::drop_path(tx, ty.key.0, &field.id)?;
                    }
                }
            }
            Step::ChangeFieldOption { of, field, key, to, .. }
                if key == "unique" && to != &serde_json::Value::Bool(true) =>
            {
                if let Some(ty) = snapshot.model.get(&of.id) {
                    claims::drop_field(tx, ty.key.0, &field.id)?;
                }
            }
            Step::RemoveLocale { code } => relocate::delete_locale(tx, &snapshot.model, code)?,
            _ => {}
        }
    }
    Ok(())
}
