//! Build the next generation of a type's projections beside the current one, like any follower: first from the tables
//! in batches, then from the log, and the last events inside the transaction that flips.

use super::apply::{Change, Way};
use super::{Progress, Step};
use crate::content::{Loaded, State, derived};
use crate::{Core, Error, Result, Snapshot};
use masthead_model::ids::PublicIds;
use masthead_model::{Type, TypeKey};
use masthead_store::references::Reference;
use masthead_store::{Connection, Tx, claims, documents, events, meta, now_micros, projections, references, urls};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// Says that a build is under way, and when it last moved (µs); empty when none is.
pub(super) const JOB: &str = "schema_job";
/// A build that has not moved for this long is dead, µs.
pub(super) const DEAD: i64 = 60 * 1_000_000;

const BATCH: i64 = 200;
/// So many events or fewer are left for the transaction that flips.
const FEW: usize = 64;

/// What was built.
#[derive(Clone, Default)]
pub(super) struct Build {
    /// Keys of the types with a next generation.
    types: Vec<TypeKey>,
    /// The last event that the new generations contain.
    seq: i64,
    /// Documents whose references, claims or addresses are other ones under the new model.
    dirty: BTreeSet<i64>,
}

/// Whether another build is under way.
pub(super) fn is_running(conn: &mut Connection) -> Result<bool> {
    let text = meta::get(conn, JOB)?.unwrap_or_default();
    Ok(text.parse::<i64>().is_ok_and(|at| now_micros() - at < DEAD))
}

/// Build what has to be built, while everybody goes on with the current model.
pub(super) fn beside(core: &Core, change: &Arc<Change>, progress: Progress<'_>) -> Result<Build> {
    let types: Vec<Arc<Type>> = change
        .next
        .model
        .types()
        .filter(|t| matches!(change.ways.get(t.id()), Some(Way::Build)))
        .cloned()
        .collect();
    let mut build = Build { types: types.iter().map(|t| t.key).collect(), ..Build::default() };
    if types.is_empty() {
        return Ok(build);
    }
    let tables = types.clone();
    let started = core.write_blocking(move |tx, _| {
        if is_running(tx)? {
            return Err(Error::Conflict("another change of the model is under way: try again when it is done".to_owned()));
        }
        meta::set(tx, JOB, &now_micros().to_string())?;
        for ty in &tables {
            projections::create(tx, ty.key, &ty.storage)?;
        }
        Ok(events::last(tx)?.map_or(0, |(seq, _)| seq))
    })?;
    build.seq = started;
    for ty in &types {
        from_tables(core, change, ty, &mut build, progress)?;
    }
    while from_log(core, change, &mut build)? > FEW {}
    Ok(build)
}

fn from_tables(
    core: &Core,
    change: &Arc<Change>,
    ty: &Arc<Type>,
    build: &mut Build,
    progress: Progress<'_>,
) -> Result<()> {
    let total = core.read_blocking(|conn, _| Ok(documents::count(conn, ty.key.0)?))? as u64;
    let what = format!("building {}", ty.def.label);
    let (mut after, mut done) = (0, 0u64);
    loop {
        progress(Step { what: &what, done, total });
        let keys: Vec<i64> = core.read_blocking(|conn, _| {
            Ok(documents::page(conn, ty.key.0, after, BATCH)?.into_iter().map(|d| d.key).collect())
        })?;
        let Some(last) = keys.last() else { return Ok(()) };
        after = *last;
        done += keys.len() as u64;
        project(core, change, &keys, build)?;
    }
}

/// Take in events since the last time; how many there were.
fn from_log(core: &Core, change: &Arc<Change>, build: &mut Build) -> Result<usize> {
    let after = build.seq;
    let events = core.read_blocking(|conn, _| Ok(events::after(conn, after, 500)?))?;
    let keys: BTreeSet<i64> = events.iter().filter_map(|e| e.doc).collect();
    project(core, change, &keys.into_iter().collect::<Vec<_>>(), build)?;
    build.seq = events.last().map_or(after, |e| e.seq);
    Ok(events.len())
}

/// Derive documents under the new model from a snapshot, and write the rows in a short transaction. What changes
/// between the two is in the log, and comes again.
fn project(core: &Core, change: &Arc<Change>, keys: &[i64], build: &mut Build) -> Result<()> {
    if keys.is_empty() {
        return Ok(());
    }
    let ids = core.ids();
    let types = build.types.clone();
    let (rows, dirty) = core.read_blocking(|conn, _| {
        let mut rows = Vec::new();
        let mut dirty = Vec::new();
        for doc in documents::with_keys(conn, keys)? {
            if types.contains(&TypeKey(doc.type_key)) {
                let (doc, made, is_dirty) = derive(conn, &change.next, ids, doc)?;
                if is_dirty {
                    dirty.push(doc.0);
                }
                rows.push((doc, made));
            }
        }
        Ok((rows, dirty))
    })?;
    build.dirty.extend(dirty);
    let change = change.clone();
    core.write_blocking(move |tx, snapshot| {
        if snapshot.model.version + 1 != change.next.model.version {
            return Err(Error::PlanChanged("unknown: the model was changed meanwhile".to_owned()));
        }
        for ((doc, key), rows) in &rows {
            if let Some(ty) = change.next.model.by_key(*key) {
                write_rows(tx, ty, *doc, rows)?;
            }
        }
        meta::set(tx, JOB, &now_micros().to_string())?;
        Ok(())
    })?;
    // Other writers, and other processes, get their turn.
    std::thread::sleep(Duration::from_millis(2));
    Ok(())
}

type Derived = ((i64, TypeKey), Vec<projections::Row>, bool);

/// The rows of a document under the new model, and whether what is derived beside them differs from what is there.
fn derive(conn: &mut Connection, next: &Snapshot, ids: PublicIds, doc: documents::Document) -> Result<Derived> {
    let loaded = Loaded::of_document(conn, next, doc)?;
    let mut rows = Vec::new();
    let mut wanted: Vec<Reference> = Vec::new();
    let mut is_dirty = false;
    for state in [State::Draft, State::Published] {
        let made = derived(conn, next, ids, &loaded, state)?;
        if state == State::Published {
            is_dirty |= claims::of(conn, loaded.doc.key)? != made.claims;
            let current: BTreeSet<String> =
                urls::of(conn, loaded.doc.key)?.into_iter().filter(|u| u.current).map(|u| u.path).collect();
            let should: BTreeSet<String> = made.urls.iter().filter_map(|(_, path)| path.clone()).collect();
            is_dirty |= current != should;
        }
        wanted.extend(made.references);
        rows.extend(made.rows);
    }
    wanted.sort();
    let mut there = references::of(conn, loaded.doc.key)?;
    there.sort();
    is_dirty |= there != wanted;
    Ok(((loaded.doc.key, loaded.ty.key), rows, is_dirty))
}

fn write_rows(tx: &mut Tx<'_>, ty: &Type, doc: i64, rows: &[projections::Row]) -> Result<()> {
    for state in [0, 1] {
        projections::remove(tx, ty.key, ty.storage.generation, doc, state)?;
    }
    for row in rows {
        projections::insert(tx, ty.key, ty.storage.generation, row)?;
    }
    Ok(())
}

/// Inside the flip: the events that came since the last look.
pub(super) fn catch_up_inside(tx: &mut Tx<'_>, ids: PublicIds, change: &Change, build: &Build) -> Result<()> {
    if build.types.is_empty() {
        return Ok(());
    }
    for key in late(tx, build)? {
        let Some(doc) = documents::by_key(tx, key)? else {
            for ty in build.types.iter().filter_map(|k| change.next.model.by_key(*k)) {
                write_rows(tx, ty, key, &[])?;
            }
            continue;
        };
        if build.types.contains(&TypeKey(doc.type_key)) {
            let ((doc, type_key), rows, _) = derive(tx, &change.next, ids, doc)?;
            if let Some(ty) = change.next.model.by_key(type_key) {
                write_rows(tx, ty, doc, &rows)?;
            }
        }
    }
    Ok(())
}

/// Documents that changed since the build's last look.
fn late(tx: &mut Tx<'_>, build: &Build) -> Result<BTreeSet<i64>> {
    let mut keys = BTreeSet::new();
    let mut after = build.seq;
    loop {
        let events = events::after(tx, after, 500)?;
        let Some(last) = events.last() else { return Ok(keys) };
        after = last.seq;
        keys.extend(events.iter().filter_map(|e| e.doc));
    }
}

/// Inside the flip, with the new definitions in place: references, claims and addresses that are other ones now. A
/// value that two documents hold stays with the first; the plan named the others.
pub(super) fn settle(tx: &mut Tx<'_>, ids: PublicIds, change: &Change, build: &Build) -> Result<()> {
    if build.types.is_empty() {
        return Ok(());
    }
    let mut keys = build.dirty.clone();
    keys.extend(late(tx, build)?);
    for key in keys {
        let Some(doc) = documents::by_key(tx, key)? else { continue };
        if !build.types.contains(&TypeKey(doc.type_key)) {
            continue;
        }
        let loaded = Loaded::of_document(tx, &change.next, doc)?;
        for state in [State::Draft, State::Published] {
            let made = derived(tx, &change.next, ids, &loaded, state)?;
            references::replace(tx, key, loaded.ty.key.0, state.number(), &made.references)?;
            if state == State::Published {
                claims::release(tx, key)?;
                for claim in &made.claims {
                    claims::insert(tx, key, claim)?;
                }
                for (locale, path) in &made.urls {
                    urls::set(tx, key, locale, path.as_deref())?;
                }
            }
        }
    }
    Ok(())
}
