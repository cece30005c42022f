//! Build the next generation of a type's projections beside the current one, like any follower: first from the tables
//! in batches, then from the log, and the last events inside the transaction that flips.

use super::apply::{Change, Way};
use super::{Progress, Step};
use crate::content::{Loaded, State, TREE_DEPTH, derived};
use crate::{Core, Error, Result, Snapshot};
use masthead_model::ids::PublicIds;
use masthead_model::{Type, TypeKey};
use masthead_store::claims::Claim;
use masthead_store::references::Reference;
use masthead_store::{Connection, Tx, claims, documents, events, meta, now_micros, projections, references, urls};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// Says that a build is under way, and when it last moved (µs); empty when none is.
pub(super) const JOB: &str = "schema_job";
/// A build that has not moved for this long is dead, µs. It moves with every batch.
pub(super) const DEAD: i64 = 5 * 1_000_000;

const BATCH: i64 = 200;
/// So many events or fewer are left for the transaction that flips.
const FEW: i64 = 64;
/// After so many looks that found no fewer events than the one before, the rest is left for it, too.
const STALLS: u32 = 3;

/// What was built.
#[derive(Clone, Default)]
pub(super) struct Build {
    /// Keys of the types with a next generation.
    types: Vec<TypeKey>,
    /// The last event that the new generations contain.
    seq: i64,
    /// Documents whose references, claims or addresses are other ones under the new model, with these.
    dirty: BTreeMap<i64, Arc<Beside>>,
    /// Documents that were erased meanwhile.
    gone: BTreeSet<i64>,
}

/// What is derived of a document beside its projection.
#[derive(PartialEq)]
struct Beside {
    type_key: i64,
    /// By state: draft, published.
    references: [Vec<Reference>; 2],
    claims: Vec<Claim>,
    urls: BTreeSet<(String, String)>,
}

impl Beside {
    fn points_at(&self, keys: &BTreeSet<i64>) -> bool {
        !keys.is_empty() && self.references.iter().flatten().any(|r| keys.contains(&r.dst))
    }
}

/// Whether another build is under way.
pub(super) fn is_running(conn: &mut Connection) -> Result<bool> {
    Ok(moved_at(conn)?.is_some())
}

/// When the build that is under way moved last, if there is one.
fn moved_at(conn: &mut Connection) -> Result<Option<i64>> {
    let text = meta::get(conn, JOB)?.unwrap_or_default();
    Ok(text.parse::<i64>().ok().filter(|at| now_micros() - at < DEAD))
}

/// One build at a time: one that moves is somebody's, one that does not was killed, and is waited out.
fn wait_for_another(core: &Core) -> Result<()> {
    let first = core.read_blocking(|conn, _| moved_at(conn))?;
    loop {
        let now = core.read_blocking(|conn, _| moved_at(conn))?;
        if now.is_none() {
            return Ok(());
        }
        if now != first {
            return Err(under_way());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn under_way() -> Error {
    Error::Conflict("another change of the model is under way: try again when it is done".to_owned())
}

/// Build what has to be built, while everybody goes on with the current model.
pub(super) fn beside(core: &Core, change: &Arc<Change>, progress: Progress<'_>) -> Result<Build> {
    let types: Vec<Arc<Type>> =
        change.next.model.types().filter(|t| matches!(change.ways.get(t.id()), Some(Way::Build))).cloned().collect();
    let mut build = Build { types: types.iter().map(|t| t.key).collect(), ..Build::default() };
    if types.is_empty() {
        return Ok(build);
    }
    wait_for_another(core)?;
    let (tables, version) = (types.clone(), change.next.model.version);
    let started = core.write_blocking(move |tx, snapshot| {
        if snapshot.model.version + 1 != version {
            return Err(Error::PlanChanged("unknown: the model was changed meanwhile".to_owned()));
        }
        if is_running(tx)? {
            return Err(under_way());
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
    // Who writes as fast as this reads would never be caught up with: the transaction that flips makes them wait.
    let (mut behind, mut stalls) = (i64::MAX, 0);
    loop {
        let left = from_log(core, change, &mut build)?;
        if left >= behind {
            stalls += 1;
        }
        if left <= FEW || stalls >= STALLS {
            return Ok(build);
        }
        behind = left;
    }
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
        let page = core.read_blocking(|conn, _| Ok(documents::page(conn, ty.key.0, after, BATCH)?))?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.key;
        done += page.len() as u64;
        let keys: Vec<i64> = page.iter().map(|d| d.key).collect();
        project(core, change, &keys, build)?;
        if ty.def.tree {
            below(core, change, &keys, build)?;
        }
    }
}

/// Take in events since the last time; how far the log is ahead then.
fn from_log(core: &Core, change: &Arc<Change>, build: &mut Build) -> Result<i64> {
    let after = build.seq;
    // Many at once: who was changed again and again is derived once.
    let events = core.read_blocking(|conn, _| Ok(events::after(conn, after, 5000)?))?;
    let keys: BTreeSet<i64> = events.iter().filter_map(|e| e.doc).collect();
    let keys: Vec<i64> = keys.into_iter().collect();
    for keys in keys.chunks(BATCH as usize) {
        project(core, change, keys, build)?;
    }
    below(core, change, &keys, build)?;
    build.seq = events.last().map_or(after, |e| e.seq);
    let head = core.read_blocking(|conn, _| Ok(events::last(conn)?.map_or(0, |(seq, _)| seq)))?;
    Ok(head - build.seq)
}

/// The paths of a tree lead from the root down: a document comes again after those above it.
fn below(core: &Core, change: &Arc<Change>, keys: &[i64], build: &mut Build) -> Result<()> {
    let levels = core.read_blocking(|conn, _| descendants(conn, change, build, keys.iter().copied().collect()))?;
    for level in levels {
        let level: Vec<i64> = level.into_iter().collect();
        for keys in level.chunks(BATCH as usize) {
            project(core, change, keys, build)?;
        }
    }
    Ok(())
}

/// What is below documents of a tree that is being built, level by level.
fn descendants(
    conn: &mut Connection,
    change: &Change,
    build: &Build,
    mut level: BTreeSet<i64>,
) -> Result<Vec<BTreeSet<i64>>> {
    let mut levels = Vec::new();
    let is_tree = |key: TypeKey| change.next.model.by_key(key).is_some_and(|t| t.def.tree);
    if !build.types.iter().any(|key| is_tree(*key)) {
        return Ok(levels);
    }
    for _ in 0..TREE_DEPTH {
        let mut next = BTreeSet::new();
        for key in &level {
            next.extend(documents::children(conn, *key)?.into_iter().map(|d| d.key));
        }
        if next.is_empty() {
            break;
        }
        levels.push(next.clone());
        level = next;
    }
    Ok(levels)
}

/// Derive documents under the new model from a snapshot, and write the rows in a short transaction. What changes
/// between the two is in the log, and comes again.
fn project(core: &Core, change: &Arc<Change>, keys: &[i64], build: &mut Build) -> Result<()> {
    if keys.is_empty() {
        return Ok(());
    }
    let ids = core.ids();
    let types = build.types.clone();
    let mut gone: BTreeSet<i64> = keys.iter().copied().collect();
    let rows = core.read_blocking(|conn, _| {
        let mut rows = Vec::new();
        for doc in documents::with_keys(conn, keys)? {
            gone.remove(&doc.key);
            if types.contains(&TypeKey(doc.type_key)) {
                let (doc, made, beside) = derive(conn, &change.next, ids, doc)?;
                match is_there(conn, doc.0, &beside)? {
                    true => drop(build.dirty.remove(&doc.0)),
                    false => drop(build.dirty.insert(doc.0, Arc::new(beside))),
                }
                rows.push((doc, made));
            }
        }
        Ok(rows)
    })?;
    build.gone.extend(gone);
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

type Derived = ((i64, TypeKey), Vec<projections::Row>, Beside);

/// The rows of a document under the new model, and what is derived beside them.
fn derive(conn: &mut Connection, next: &Snapshot, ids: PublicIds, doc: documents::Document) -> Result<Derived> {
    let loaded = Loaded::of_document(conn, next, doc)?;
    let draft = derived(conn, next, ids, &loaded, State::Draft)?;
    let mut public = derived(conn, next, ids, &loaded, State::Published)?;
    let mut rows = draft.rows;
    rows.append(&mut public.rows);
    let beside = Beside {
        type_key: loaded.ty.key.0,
        references: [draft.references, public.references],
        claims: public.claims,
        urls: public.urls.into_iter().filter_map(|(locale, path)| Some((locale, path?))).collect(),
    };
    Ok(((loaded.doc.key, loaded.ty.key), rows, beside))
}

/// Whether the tables hold exactly this of a document.
fn is_there(conn: &mut Connection, doc: i64, beside: &Beside) -> Result<bool> {
    let mut wanted: Vec<&Reference> = beside.references.iter().flatten().collect();
    wanted.sort();
    let mut there = references::of(conn, doc)?;
    there.sort();
    let current = urls::of(conn, doc)?.into_iter().filter(|u| u.current).map(|u| (u.locale, u.path));
    Ok(there.iter().eq(wanted) && claims::of(conn, doc)? == beside.claims && current.eq(by_path(&beside.urls)))
}

/// In the order in which the table lists them.
fn by_path(urls: &BTreeSet<(String, String)>) -> impl Iterator<Item = (String, String)> {
    let mut urls: Vec<(String, String)> = urls.iter().cloned().collect();
    urls.sort_by(|a, b| a.1.cmp(&b.1));
    urls.into_iter()
}

fn write_rows(tx: &mut Tx<'_>, ty: &Type, doc: i64, rows: &[projections::Row]) -> Result<()> {
    for state in [0, 1] {
        projections::remove(tx, ty.key, ty.storage.generation, doc, state)?;
    }
    for row in rows {
        projections::insert(tx, ty.key, &ty.storage, row)?;
    }
    Ok(())
}

/// Inside the flip: the events that came since the last look.
pub(super) fn catch_up_inside(tx: &mut Tx<'_>, ids: PublicIds, change: &Change, build: &Build) -> Result<()> {
    for key in late(tx, change, build)?.into_iter().flatten() {
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

/// Documents that changed since the build's last look, then those below them in their trees.
fn late(tx: &mut Tx<'_>, change: &Change, build: &Build) -> Result<Vec<BTreeSet<i64>>> {
    let mut keys = BTreeSet::new();
    if build.types.is_empty() {
        return Ok(Vec::new());
    }
    let mut after = build.seq;
    while let events = events::after(tx, after, 500)?
        && let Some(last) = events.last()
    {
        after = last.seq;
        keys.extend(events.iter().filter_map(|e| e.doc));
    }
    let mut levels = vec![keys.clone()];
    levels.extend(descendants(tx, change, build, keys)?);
    Ok(levels)
}

/// Inside the flip, with the new definitions in place: references, claims and addresses that are other ones now. A
/// value that two documents hold stays with the first; the plan named the others. Only what changed since the last look
/// is derived here: everybody who writes waits for this.
pub(super) fn settle(tx: &mut Tx<'_>, ids: PublicIds, change: &Change, build: &Build) -> Result<()> {
    if build.types.is_empty() {
        return Ok(());
    }
    let mut again: BTreeSet<i64> = late(tx, change, build)?.into_iter().flatten().collect();
    let mut gone = build.gone.clone();
    let there: BTreeSet<i64> = documents_of(tx, &again)?.iter().map(|d| d.key).collect();
    gone.extend(again.difference(&there));
    // A reference to what was erased meanwhile is none any more.
    again.extend(build.dirty.iter().filter(|(_, beside)| beside.points_at(&gone)).map(|(doc, _)| *doc));
    let mut changed = build.dirty.clone();
    changed.retain(|doc, _| !again.contains(doc) && !gone.contains(doc));
    for doc in documents_of(tx, &again)? {
        if build.types.contains(&TypeKey(doc.type_key)) {
            let ((doc, _), _, beside) = derive(tx, &change.next, ids, doc)?;
            changed.insert(doc, Arc::new(beside));
        }
    }
    for (doc, beside) in &changed {
        for (state, list) in (0..).zip(&beside.references) {
            references::replace(tx, *doc, beside.type_key, state, list)?;
        }
    }
    let keys: Vec<i64> = changed.keys().copied().collect();
    // All are let go before any is taken: values may change hands.
    claims::release_all(tx, &keys)?;
    let wanted: Vec<(i64, &Claim)> = changed.iter().flat_map(|(doc, b)| b.claims.iter().map(|c| (*doc, c))).collect();
    claims::insert_all(tx, &wanted)?;
    urls::leave_all(tx, &keys)?;
    let wanted: Vec<(i64, &str, &str)> =
        changed.iter().flat_map(|(doc, b)| b.urls.iter().map(|(locale, path)| (*doc, &**locale, &**path))).collect();
    Ok(urls::set_all(tx, &wanted)?)
}

fn documents_of(tx: &mut Tx<'_>, keys: &BTreeSet<i64>) -> Result<Vec<documents::Document>> {
    let keys: Vec<i64> = keys.iter().copied().collect();
    let mut found = Vec::with_capacity(keys.len());
    for chunk in keys.chunks(500) {
        found.extend(documents::with_keys(tx, chunk)?);
    }
    Ok(found)
}
