//! Build the next generation of a type's projections beside the current one, like any follower: first from the tables
//! in batches, then from the log, and the last events inside the transaction that flips.

use super::apply::{Change, Way};
use super::relocate::{self, Moved};
use super::{Progress, Step};
use crate::content::{
    Loaded, Means, Rows, State, TREE_DEPTH, derived_from, keys_of, position_after, rows_of, targets_of,
};
use crate::{Caller, Core, Error, Result};
use fractional_index::FractionalIndex;
use masthead_model::ids::PublicIds;
use masthead_model::{Type, TypeKey};
use masthead_store::claims::Claim;
use masthead_store::media_references::MediaReference;
use masthead_store::projections::Row;
use masthead_store::references::Reference;
use masthead_store::{
    Connection, Tx, bodies, claims, documents, events, media_references, meta, now_micros, projections, references,
    urls, versions,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};
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
    dirty: BTreeMap<i64, Dirty>,
    /// Documents that are changed themselves.
    pub moved: BTreeMap<i64, Arc<Moved>>,
    /// Positions that were given to documents which had none, and the last of them.
    positions: HashMap<i64, String>,
    last_position: Option<FractionalIndex>,
    /// Documents that were erased meanwhile.
    gone: BTreeSet<i64>,
}

/// What is derived of a document beside its projection.
#[derive(Default)]
struct Beside {
    type_key: i64,
    /// Of both states.
    references: Vec<Reference>,
    /// Of both states.
    media: Vec<MediaReference>,
    claims: Vec<Claim>,
    urls: BTreeSet<(String, String)>,
}

/// What of it is not yet so in the tables.
#[derive(Clone)]
struct Dirty {
    beside: Arc<Beside>,
    references: bool,
    media: bool,
    claims: bool,
    urls: bool,
}

impl Dirty {
    fn points_at(&self, keys: &BTreeSet<i64>) -> bool {
        !keys.is_empty() && self.beside.references.iter().any(|r| keys.contains(&r.dst))
    }
}

/// Documents under the new model, not yet written.
#[derive(Default)]
struct Batch {
    /// By type: all documents that were looked at, and their rows.
    rows: BTreeMap<TypeKey, (Vec<i64>, Vec<Row>)>,
    moved: Vec<(i64, Moved)>,
    /// Keys of bodies that were made for documents which have changed since.
    outdated: Vec<i64>,
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
pub(super) fn beside(core: &Core, by: &Caller, change: &Arc<Change>, progress: Progress<'_>) -> Result<Build> {
    let is_built = |t: &&Arc<Type>| matches!(change.ways.get(t.id()), Some(Way::Build | Way::Rewrite));
    let types: Vec<Arc<Type>> = change.next.model.types().filter(is_built).cloned().collect();
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
            projections::create_tables(tx, ty.key, &ty.storage)?;
        }
        Ok(events::last(tx)?.map_or(0, |(seq, _)| seq))
    })?;
    build.seq = started;
    for ty in &types {
        from_tables(core, by, change, ty, &mut build, progress)?;
    }
    for ty in &types {
        index(core, ty)?;
    }
    // Who writes as fast as this reads would never be caught up with: the transaction that flips makes them wait.
    let (mut behind, mut stalls) = (i64::MAX, 0);
    loop {
        let left = from_log(core, by, change, &mut build)?;
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
    by: &Caller,
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
        project(core, by, change, &keys, build)?;
        if ty.def.tree {
            below(core, by, change, &keys, build)?;
        }
    }
}

/// Index what was filled, in as many transactions as there are indexes: others write between them.
fn index(core: &Core, ty: &Arc<Type>) -> Result<()> {
    let mut n = 0;
    loop {
        let one = ty.clone();
        let more = core.write_blocking(move |tx, _| {
            meta::set(tx, JOB, &now_micros().to_string())?;
            Ok(projections::create_index(tx, &one, n)?)
        })?;
        if !more {
            break;
        }
        n += 1;
        std::thread::sleep(Duration::from_millis(2));
    }
    let ty = ty.clone();
    core.write_blocking(move |tx, _| Ok(projections::analyze(tx, ty.key, ty.storage.generation)?))
}

/// Take in events since the last time; how far the log is ahead then.
fn from_log(core: &Core, by: &Caller, change: &Arc<Change>, build: &mut Build) -> Result<i64> {
    let after = build.seq;
    // Many at once: who was changed again and again is derived once.
    let events = core.read_blocking(|conn, _| Ok(events::after(conn, after, 5000)?))?;
    let keys: BTreeSet<i64> = events.iter().filter_map(|e| e.doc).collect();
    let keys: Vec<i64> = keys.into_iter().collect();
    for keys in keys.chunks(BATCH as usize) {
        project(core, by, change, keys, build)?;
    }
    below(core, by, change, &keys, build)?;
    build.seq = events.last().map_or(after, |e| e.seq);
    let head = core.read_blocking(|conn, _| Ok(events::last(conn)?.map_or(0, |(seq, _)| seq)))?;
    Ok(head - build.seq)
}

/// The paths of a tree lead from the root down: a document comes again after those above it.
fn below(core: &Core, by: &Caller, change: &Arc<Change>, keys: &[i64], build: &mut Build) -> Result<()> {
    let levels = core.read_blocking(|conn, _| descendants(conn, change, build, keys.iter().copied().collect()))?;
    for level in levels {
        let level: Vec<i64> = level.into_iter().collect();
        for keys in level.chunks(BATCH as usize) {
            project(core, by, change, keys, build)?;
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
fn project(core: &Core, by: &Caller, change: &Arc<Change>, keys: &[i64], build: &mut Build) -> Result<()> {
    if keys.is_empty() {
        return Ok(());
    }
    let ids = core.ids();
    let batch = core.read_blocking(|conn, _| derive(conn, by, change, ids, keys, build))?;
    let change = change.clone();
    let staged = core.write_blocking(move |tx, snapshot| {
        if snapshot.model.version + 1 != change.next.model.version {
            return Err(Error::PlanChanged("unknown: the model was changed meanwhile".to_owned()));
        }
        let staged = write(tx, &change, &batch)?;
        meta::set(tx, JOB, &now_micros().to_string())?;
        Ok(staged)
    })?;
    build.moved.extend(staged);
    // Other writers, and other processes, get their turn.
    std::thread::sleep(Duration::from_millis(2));
    Ok(())
}

/// Work out documents under the new model: few statements, however many documents.
fn derive(
    conn: &mut Connection,
    by: &Caller,
    change: &Change,
    ids: PublicIds,
    keys: &[i64],
    build: &mut Build,
) -> Result<Batch> {
    let mut batch = Batch::default();
    let mut docs = documents::with_keys(conn, keys)?;
    let found: BTreeSet<i64> = docs.iter().map(|doc| doc.key).collect();
    let gone: Vec<i64> = keys.iter().copied().filter(|key| !found.contains(key)).collect();
    docs.retain(|doc| build.types.contains(&TypeKey(doc.type_key)));
    for key in gone {
        batch.outdated.extend(build.moved.remove(&key).iter().flat_map(|moved| moved.bodies.iter().copied()));
        build.dirty.remove(&key);
        build.gone.insert(key);
        for ty in &build.types {
            batch.rows.entry(*ty).or_default().0.push(key);
        }
    }
    let keys: Vec<i64> = docs.iter().map(|doc| doc.key).collect();
    let mut all = Loaded::many(conn, &change.next, docs)?;
    let numbers = match all.iter().any(|loaded| change.rewritten(&loaded.ty).is_some()) {
        true => versions::latest_numbers(conn, &keys)?,
        false => relocate::Numbers::new(),
    };
    let mut targets = BTreeSet::new();
    let mut rows: Vec<[Rows; 2]> = Vec::with_capacity(all.len());
    for loaded in &mut all {
        loaded.parts.retain(|p| p.locale.is_empty() || change.next.model.locales.contains(&p.locale));
        if let Some(before) = change.rewritten(&loaded.ty) {
            let position = relocate::gets_order(before, &loaded.ty).then(|| build.position(loaded.doc.key));
            let moved = relocate::moved(conn, change, by, before, loaded, &numbers, position)?;
            let earlier = build.moved.remove(&loaded.doc.key);
            batch.outdated.extend(earlier.iter().flat_map(|moved| moved.bodies.iter().copied()));
            batch.moved.push((loaded.doc.key, moved));
        }
        let mut both = [Rows::new(), Rows::new()];
        for (slot, state) in both.iter_mut().zip([State::Draft, State::Published]) {
            *slot = rows_of(conn, &change.next, loaded, state)?;
            targets_of(&change.next, &loaded.ty, slot, &mut targets);
        }
        rows.push(both);
    }
    let targets = keys_of(conn, targets)?;
    let means = Means { snapshot: &change.next, ids, targets: Some(&targets), rendered: false };
    let mut besides = BTreeMap::new();
    for (loaded, [drafts, published]) in all.iter().zip(&rows) {
        let draft = derived_from(conn, means, loaded, State::Draft, drafts)?;
        let public = derived_from(conn, means, loaded, State::Published, published)?;
        let (looked_at, rows) = batch.rows.entry(loaded.ty.key).or_default();
        looked_at.push(loaded.doc.key);
        rows.extend(draft.rows.into_iter().chain(public.rows));
        let mut references: Vec<Reference> = draft.references.into_iter().chain(public.references).collect();
        references.sort();
        let mut media: Vec<MediaReference> = draft.media.into_iter().chain(public.media).collect();
        media.sort();
        let beside = Beside {
            type_key: loaded.ty.key.0,
            references,
            media,
            claims: public.claims,
            urls: public.urls.into_iter().filter_map(|(locale, path)| Some((locale, path?))).collect(),
        };
        besides.insert(loaded.doc.key, beside);
    }
    compare(conn, &keys, besides, build)?;
    Ok(batch)
}

/// Note what the tables do not yet say of documents.
fn compare(conn: &mut Connection, keys: &[i64], besides: BTreeMap<i64, Beside>, build: &mut Build) -> Result<()> {
    let mut there: HashMap<i64, Beside> = HashMap::with_capacity(keys.len());
    for (doc, reference) in references::of_many(conn, keys)? {
        there.entry(doc).or_default().references.push(reference);
    }
    for (doc, shown) in media_references::of_many(conn, keys)? {
        there.entry(doc).or_default().media.push(shown);
    }
    for (doc, claim) in claims::of_many(conn, keys)? {
        there.entry(doc).or_default().claims.push(claim);
    }
    for (doc, locale, path) in urls::current_of_many(conn, keys)? {
        there.entry(doc).or_default().urls.insert((locale, path));
    }
    for (doc, beside) in besides {
        let mut there = there.remove(&doc).unwrap_or_default();
        there.references.sort();
        there.media.sort();
        let media = there.media != beside.media;
        let references = there.references != beside.references;
        let claims = there.claims != beside.claims;
        let urls = there.urls != beside.urls;
        if references || media || claims || urls {
            build.dirty.insert(doc, Dirty { beside: Arc::new(beside), references, media, claims, urls });
        } else {
            build.dirty.remove(&doc);
        }
    }
    Ok(())
}

impl Build {
    /// The position of a document that had none: the same each time it is asked for.
    fn position(&mut self, doc: i64) -> String {
        if let Some(position) = self.positions.get(&doc) {
            return position.clone();
        }
        let next = position_after(self.last_position.as_ref());
        let text = next.to_string();
        self.last_position = Some(next);
        self.positions.insert(doc, text.clone());
        text
    }
}

fn write(tx: &mut Tx<'_>, change: &Change, batch: &Batch) -> Result<Vec<(i64, Arc<Moved>)>> {
    for (key, (docs, rows)) in &batch.rows {
        if let Some(ty) = change.next.model.by_key(*key) {
            projections::remove_all(tx, *key, ty.storage.generation, docs)?;
            projections::insert(tx, *key, &ty.storage, rows)?;
        }
    }
    bodies::delete(tx, &batch.outdated)?;
    let staged = relocate::stage(tx, change, &batch.moved)?;
    Ok(staged.into_iter().map(|(doc, moved)| (doc, Arc::new(moved))).collect())
}

/// Inside the flip: what changed since the build's last look. Everybody who writes waits for this.
pub(super) fn catch_up_inside(
    tx: &mut Tx<'_>,
    by: &Caller,
    ids: PublicIds,
    change: &Change,
    build: &mut Build,
) -> Result<()> {
    if build.types.is_empty() {
        return Ok(());
    }
    for level in late(tx, change, build)? {
        again(tx, by, ids, change, level, build)?;
    }
    // A reference to what was erased meanwhile is none any more.
    let lost: BTreeSet<i64> =
        build.dirty.iter().filter(|(_, dirty)| dirty.points_at(&build.gone)).map(|(doc, _)| *doc).collect();
    again(tx, by, ids, change, lost, build)
}

fn again(
    tx: &mut Tx<'_>,
    by: &Caller,
    ids: PublicIds,
    change: &Change,
    keys: BTreeSet<i64>,
    build: &mut Build,
) -> Result<()> {
    let keys: Vec<i64> = keys.into_iter().collect();
    for keys in keys.chunks(BATCH as usize) {
        let batch = derive(tx, by, change, ids, keys, build)?;
        let staged = write(tx, change, &batch)?;
        build.moved.extend(staged);
    }
    Ok(())
}

/// Documents that changed since the build's last look, then those below them in their trees.
fn late(tx: &mut Tx<'_>, change: &Change, build: &Build) -> Result<Vec<BTreeSet<i64>>> {
    let mut keys = BTreeSet::new();
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
/// value that two documents hold stays with the first; the plan named the others.
pub(super) fn settle(tx: &mut Tx<'_>, build: &Build) -> Result<()> {
    let of = |which: fn(&Dirty) -> bool| build.dirty.iter().filter(move |(_, dirty)| which(dirty));
    let wanted: Vec<(i64, i64, Vec<&Reference>)> =
        of(|d| d.references).map(|(doc, d)| (*doc, d.beside.type_key, d.beside.references.iter().collect())).collect();
    references::replace_all(tx, &wanted)?;
    let wanted: Vec<(i64, Vec<&MediaReference>)> =
        of(|d| d.media).map(|(doc, d)| (*doc, d.beside.media.iter().collect())).collect();
    media_references::replace_all(tx, &wanted)?;
    // All are let go before any is taken: values may change hands.
    let keys: Vec<i64> = of(|d| d.claims).map(|(doc, _)| *doc).collect();
    claims::release_all(tx, &keys)?;
    let wanted: Vec<(i64, &Claim)> =
        of(|d| d.claims).flat_map(|(doc, d)| d.beside.claims.iter().map(|c| (*doc, c))).collect();
    claims::insert_all(tx, &wanted)?;
    let keys: Vec<i64> = of(|d| d.urls).map(|(doc, _)| *doc).collect();
    urls::leave_all(tx, &keys)?;
    let wanted: Vec<(i64, &str, &str)> = of(|d| d.urls)
        .flat_map(|(doc, d)| d.beside.urls.iter().map(|(locale, path)| (*doc, &**locale, &**path)))
        .collect();
    Ok(urls::set_all(tx, &wanted)?)
}
