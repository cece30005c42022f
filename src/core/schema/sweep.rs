//! After a change: drop generations that nobody reads any more, and rewrite stale rendered rows.

use super::apply::{Change, Way};
use super::{Progress, Step, build};
use crate::content::{Loaded, Means, State, derived_from, rows_of};
use crate::{Core, Error, Result};
use masthead_model::{Kind, Type, TypeKey};
use masthead_store::{bodies, documents, projections, rendered};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

/// Longer than any read takes that may still be in an old generation.
const GRACE: Duration = Duration::from_millis(1500);
const BATCH: i64 = 200;

/// What is left to do once the change is real. None of it is needed for right answers.
pub(super) fn after_flip(core: &Core, change: &Change, progress: Progress<'_>) -> Result<()> {
    let is_rebuilt = change.ways.values().any(|way| !matches!(way, Way::Add(_)));
    create_indexes(core)?;
    rewrite_rendered(core, progress)?;
    if is_rebuilt || !change.deleted.is_empty() {
        std::thread::sleep(GRACE);
        sweep(core)?;
    }
    Ok(())
}

/// Create indexes of new columns that are still missing.
fn create_indexes(core: &Core) -> Result<()> {
    core.write_blocking(|tx, snapshot| {
        for ty in snapshot.model.types().filter(|t| t.def.kind != Kind::Component) {
            projections::create_indexes(tx, ty)?;
        }
        Ok(())
    })
}

/// Drop the tables of generations that the model does not name, and the bodies that a build wrote which was killed before
/// it flipped; how many tables. Nothing is dropped during a build.
pub fn sweep(core: &Core) -> Result<usize> {
    create_indexes(core)?;
    let dropped = core.write_blocking(|tx, snapshot| {
        if build::is_running(tx)? {
            return Ok(Vec::new());
        }
        let mut dropped = Vec::new();
        for (key, generation) in projections::existing(tx)? {
            let is_current = snapshot.model.by_key(key).is_some_and(|t| t.storage.generation == generation);
            if !is_current {
                projections::drop_generation(tx, key, generation)?;
                dropped.push(key);
            }
        }
        Ok(dropped)
    })?;
    let types: BTreeSet<TypeKey> = dropped.iter().copied().collect();
    types.into_iter().try_for_each(|key| sweep_bodies(core, key))?;
    Ok(dropped.len())
}

/// Delete bodies of a type that nothing points at.
fn sweep_bodies(core: &Core, key: TypeKey) -> Result<()> {
    let mut after = 0;
    loop {
        let keys: Vec<i64> = core.read_blocking(|conn, _| {
            Ok(documents::page(conn, key.0, after, BATCH)?.into_iter().map(|d| d.key).collect())
        })?;
        let Some(last) = keys.last() else { return Ok(()) };
        after = *last;
        // A build that has begun in the meantime has bodies that nothing points at yet.
        let is_over = core.write_blocking(move |tx, _| {
            let is_running = build::is_running(tx)?;
            if !is_running {
                bodies::sweep_many(tx, &keys)?;
            }
            Ok(is_running)
        })?;
        if is_over {
            return Ok(());
        }
    }
}

/// Rewrite rendered rows of an older epoch, in batches; how many documents. Until then such rows are rendered from
/// their bodies whenever they are read.
pub fn rewrite_rendered(core: &Core, progress: Progress<'_>) -> Result<u64> {
    let types: Vec<Arc<Type>> = core.read_blocking(|_, snapshot| {
        Ok(snapshot.model.types().filter(|t| t.def.kind != Kind::Component).cloned().collect())
    })?;
    let mut count = 0;
    for ty in types {
        let total =
            core.read_blocking(|conn, _| Ok(rendered::count_stale(conn, ty.key.0, ty.storage.render_epoch)?))? as u64;
        let what = format!("rendering {}", ty.def.label);
        let (mut after, mut done) = (0, 0u64);
        if total == 0 {
            continue;
        }
        loop {
            progress(Step { what: &what, done, total });
            let keys = core
                .read_blocking(|conn, _| Ok(rendered::stale(conn, ty.key.0, ty.storage.render_epoch, after, BATCH)?))?;
            let Some(last) = keys.last() else { break };
            after = *last;
            done += keys.len() as u64;
            rewrite(core, ty.key, keys)?;
        }
        count += done;
    }
    Ok(count)
}

fn rewrite(core: &Core, type_key: TypeKey, keys: Vec<i64>) -> Result<()> {
    let ids = core.ids();
    core.write_blocking(move |tx, snapshot| {
        let Some(ty) = snapshot.model.by_key(type_key).cloned() else {
            return Err(Error::Conflict("the type was deleted meanwhile".to_owned()));
        };
        let docs = documents::lock_many(tx, &keys)?;
        let nobody = HashMap::new();
        let means = Means { snapshot, ids, targets: Some(&nobody), rendered: true };
        let mut rows = Vec::with_capacity(docs.len());
        for loaded in Loaded::many(tx, snapshot, docs)? {
            let values = rows_of(tx, snapshot, &loaded, State::Published)?;
            let made = derived_from(tx, means, &loaded, State::Published, &values)?;
            rows.extend(made.rendered.into_iter().map(|(locale, data)| (loaded.doc.key, locale, data)));
        }
        rendered::replace_all(tx, (ty.key.0, ty.storage.render_epoch), &keys, &rows)?;
        Ok(())
    })?;
    std::thread::sleep(Duration::from_millis(2));
    Ok(())
}
