//! The health of a site: engine, migrations, and whether everything derived equals what a rebuild gives.

use crate::access::require_admin;
use crate::content::{Loaded, derive_again};
use crate::{Caller, Core, Error, Result};
use masthead_model::{Kind, Type};
use masthead_store::{
    Connection, Tx, bodies, claims, documents, followers, media_references, pending, projections, references, rendered,
    urls,
};
use serde::Serialize;
use std::sync::{Arc, Mutex};

const BATCH: i64 = 100;
const LISTED: usize = 20;

/// What was found. `healthy` is the short answer.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    pub healthy: bool,
    /// Engine version and settings.
    pub engine: Vec<(String, String)>,
    pub model_version: i64,
    pub types: usize,
    pub documents: u64,
    /// Documents whose derived rows differ from a rebuild (the first few: id, and one difference).
    pub stale_documents: Vec<String>,
    pub stale_count: u64,
    /// Rebuilt just now.
    pub repaired: u64,
    /// References to documents that are gone: `source: field`.
    pub dangling_references: Vec<String>,
    /// References of imports that still wait for their target.
    pub waiting_references: i64,
    /// Bodies that nothing points at: what a change of the model left that was killed. The next start deletes them.
    pub loose_bodies: i64,
    pub followers: Vec<FollowerReport>,
    /// Number of the log's last event.
    pub log_head: i64,
}

/// Where a follower stands.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FollowerReport {
    pub name: String,
    pub cursor: i64,
    /// Events it has yet to see.
    pub behind: i64,
}

/// Examine everything; with `rebuild` also mend what is derived. `progress` is told `(documents done, of all)`.
pub fn run(core: &Core, caller: &Caller, rebuild: bool, progress: &mut dyn FnMut(u64, u64)) -> Result<Report> {
    let mut report = Report { engine: core.store().describe()?, ..Report::default() };
    let types: Vec<Arc<Type>> = core.read_blocking(|conn, snapshot| {
        require_admin(caller, snapshot)?;
        report.model_version = snapshot.model.version;
        report.types = snapshot.model.types().count();
        report.log_head = masthead_store::events::last(conn)?.map_or(0, |(seq, _)| seq);
        report.waiting_references = pending::count(conn)?;
        report.loose_bodies = bodies::count_loose(conn)?;
        for f in followers::all(conn)? {
            report.followers.push(FollowerReport {
                behind: report.log_head - f.cursor,
                name: f.name,
                cursor: f.cursor,
            });
        }
        for (src, path, dst) in references::dangling(conn, LISTED as i64)? {
            report.dangling_references.push(format!("{src}: {path} → {dst}"));
        }
        Ok(snapshot.model.types().filter(|t| t.def.kind != Kind::Component).cloned().collect())
    })?;
    let mut total = 0;
    for ty in &types {
        total += core.read_blocking(|conn, _| Ok(documents::count(conn, ty.key.0)?))? as u64;
    }
    for ty in types {
        let mut after = 0;
        loop {
            progress(report.documents, total);
            let keys: Vec<i64> = core.read_blocking(|conn, _| {
                Ok(documents::page(conn, ty.key.0, after, BATCH)?.into_iter().map(|d| d.key).collect())
            })?;
            let Some(last) = keys.last() else { break };
            after = *last;
            report.documents += keys.len() as u64;
            for id in examine(core, keys, rebuild)? {
                report.stale_count += 1;
                if report.stale_documents.len() < LISTED {
                    report.stale_documents.push(id);
                }
            }
        }
    }
    if rebuild {
        report.repaired = report.stale_count;
    }
    report.healthy = report.dangling_references.is_empty() && (report.stale_count == 0 || rebuild);
    Ok(report)
}

/// Stands for a rendered row of an older epoch.
const OLD_EPOCH: &str = "is of an older epoch";

const LOOK_ONLY: &str = "only looked";

/// Rebuild documents in a transaction and compare; undone unless `keep`. Those that were not as a rebuild makes
/// them: id, and one difference.
fn examine(core: &Core, keys: Vec<i64>, keep: bool) -> Result<Vec<String>> {
    let ids = core.ids();
    let found: Arc<Mutex<Vec<String>>> = Arc::default();
    let slot = found.clone();
    let done = core.write_blocking(move |tx, snapshot| {
        let mut stale = Vec::new();
        for doc in documents::lock_many(tx, &keys)? {
            let loaded = Loaded::of_document(tx, snapshot, doc)?;
            let before = derived_lines(tx, &loaded)?;
            derive_again(tx, snapshot, ids, &loaded)?;
            let after = derived_lines(tx, &loaded)?;
            let is_same =
                before.len() == after.len() && before.iter().zip(&after).all(|(b, a)| b == a || b.ends_with(OLD_EPOCH));
            if !is_same {
                let is_in = |lines: &[String], line: &String| lines.contains(line);
                let missing = after.iter().find(|l| !is_in(&before, l)).map(|l| format!("missing {l}"));
                let extra = before.iter().find(|l| !is_in(&after, l)).map(|l| format!("has {l}"));
                let what = missing.or(extra).unwrap_or_else(|| "another order".to_owned());
                let what: String = what.chars().take(300).collect();
                stale.push(format!("{}: {what}", loaded.doc.document_id));
            }
        }
        if let Ok(mut slot) = slot.lock() {
            *slot = stale;
        }
        if keep { Ok(()) } else { Err(Error::Conflict(LOOK_ONLY.to_owned())) }
    });
    match done {
        Err(Error::Conflict(reason)) if reason == LOOK_ONLY => {}
        other => other?,
    }
    let mut found = found.lock().map_err(|_| Error::Internal("the findings were lost".to_owned()))?;
    Ok(std::mem::take(&mut *found))
}

/// Everything derived of a document, as lines that are equal exactly when it is. A rendered row of an older epoch
/// counts as right: it is rendered anew when it is read.
fn derived_lines(conn: &mut Tx<'_>, loaded: &Loaded) -> Result<Vec<String>> {
    let conn: &mut Connection = conn;
    let ty = &loaded.ty;
    let mut lines = projections::dump(conn, ty.key, &ty.storage, loaded.doc.key)?;
    lines.extend(references::of(conn, loaded.doc.key)?.into_iter().map(|r| format!("{r:?}")));
    lines.extend(media_references::of(conn, loaded.doc.key)?.into_iter().map(|r| format!("{r:?}")));
    lines.extend(claims::of(conn, loaded.doc.key)?.into_iter().map(|c| format!("{c:?}")));
    lines.extend(urls::of(conn, loaded.doc.key)?.into_iter().filter(|u| u.current).map(|u| format!("{u:?}")));
    for locale in loaded.rows(crate::content::State::Published) {
        match rendered::get(conn, loaded.doc.key, &locale)? {
            Some((epoch, data)) if epoch == ty.storage.render_epoch => lines.push(format!("{locale} {data:?}")),
            Some(_) => lines.push(format!("{locale} {OLD_EPOCH}")),
            None => {}
        }
    }
    Ok(lines)
}
