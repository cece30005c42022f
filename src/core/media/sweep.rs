//! Remove bytes that no row owns, pictures made of them, and uploads that nobody went on with.
//!
//! A removal is announced first (`doomed`), under the lock that [`super::keep`] takes, too: bytes that somebody wants
//! again in the meantime are put there again afterwards.

use super::keep::GIVEN_UP;
use super::{blob_key, pieces, variant_folder};
use crate::access::require_admin;
use crate::{Caller, Core, Result};
use futures_util::TryStreamExt;
use masthead_media::Entry;
use masthead_store::{assets, now_micros};
use serde::Serialize;
use std::collections::{BTreeSet, HashSet};

/// Objects that are looked at together.
const TOGETHER: usize = 500;
/// No upload puts its bytes for so long, µs.
const REMEMBERED: i64 = 7 * 24 * 3600 * 1_000_000;

/// What a sweep did and found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Swept {
    /// Files' bytes that nobody had.
    pub blobs: u64,
    /// Pictures made of bytes that are gone.
    pub variants: u64,
    /// Uploads that nobody went on with.
    pub uploads: u64,
    /// Beginnings of files that a process did not come to finish.
    pub leftovers: u64,
    /// Bytes that were removed, without the beginnings.
    pub bytes: u64,
    /// Hashes of files whose bytes are not there.
    pub missing: Vec<String>,
}

/// Sweep what is older than `grace` (µs): what is younger may be about to get its row.
pub async fn sweep(core: &Core, caller: &Caller, grace: i64) -> Result<Swept> {
    let asker = caller.clone();
    core.read(move |_, snapshot| require_admin(&asker, snapshot)).await?;
    let mut swept = Swept::default();
    let before = now_micros() - grace;
    finish_removals(core).await?;
    swept.leftovers = core.library().blobs.remove_leftovers(before).await?;
    remove_unowned(core, before, &mut swept).await?;
    remove_variants(core, before, &mut swept).await?;
    swept.uploads = pieces::sweep(core, before).await?;
    swept.missing = missing(core).await?;
    let spool = core.library().spool.clone();
    swept.leftovers += crate::aside(move || Ok(spool.sweep(before)?)).await?;
    Ok(swept)
}

/// What an earlier process announced and did not come to do.
async fn finish_removals(core: &Core) -> Result<()> {
    let (since, long_ago) = (now_micros() - GIVEN_UP, now_micros() - REMEMBERED);
    core.write(move |tx, _| Ok(assets::forget_removals(tx, long_ago)?)).await?;
    let left = core.read(move |conn, _| Ok(assets::all_doomed(conn, since)?)).await?;
    for hash in left {
        remove(core, &hash).await?;
    }
    Ok(())
}

async fn remove_unowned(core: &Core, before: i64, swept: &mut Swept) -> Result<()> {
    let mut entries = core.library().blobs.list("blobs").try_chunks(TOGETHER);
    while let Some(chunk) = entries.try_next().await.map_err(|e| e.1)? {
        let old: Vec<&Entry> = chunk.iter().filter(|e| e.modified <= before).collect();
        let hashes: Vec<String> = old.iter().map(|e| last(&e.key).to_owned()).collect();
        let asked = hashes.clone();
        let owned: HashSet<String> =
            core.read(move |conn, _| Ok(assets::owned(conn, &asked)?)).await?.into_iter().collect();
        for (entry, hash) in old.into_iter().zip(&hashes).filter(|(_, hash)| !owned.contains(*hash)) {
            if entry.key != blob_key(hash) {
                // Nobody will ever ask for this.
                core.library().blobs.delete(&entry.key).await?;
            } else if !remove(core, hash).await? {
                continue;
            }
            swept.blobs += 1;
            swept.bytes += entry.size;
        }
    }
    Ok(())
}

fn last(key: &str) -> &str {
    key.rsplit('/').next().unwrap_or(key)
}

/// Remove bytes, unless a row has them after all.
async fn remove(core: &Core, hash: &str) -> Result<bool> {
    let name = hash.to_owned();
    let doomed = core
        .write(move |tx, _| {
            assets::lock(tx)?;
            if assets::owns(tx, &name)? {
                assets::spare(tx, &name)?;
                return Ok(false);
            }
            assets::doom(tx, &name, now_micros())?;
            Ok(true)
        })
        .await?;
    if doomed {
        core.library().blobs.delete(&blob_key(hash)).await?;
        let name = hash.to_owned();
        core.write(move |tx, _| Ok(assets::removed(tx, &name, now_micros())?)).await?;
    }
    Ok(doomed)
}

/// Pictures of bytes that no row has.
async fn remove_variants(core: &Core, before: i64, swept: &mut Swept) -> Result<()> {
    let blobs = &core.library().blobs;
    let mut entries = blobs.list("variants").try_chunks(TOGETHER);
    while let Some(chunk) = entries.try_next().await.map_err(|e| e.1)? {
        let hash_of = |e: &Entry| e.key.split('/').nth(2).unwrap_or_default().to_owned();
        let old: Vec<&Entry> = chunk.iter().filter(|e| e.modified <= before).collect();
        let hashes: BTreeSet<String> = old.iter().map(|e| hash_of(e)).collect();
        let asked: Vec<String> = hashes.into_iter().collect();
        let owned: HashSet<String> =
            core.read(move |conn, _| Ok(assets::owned(conn, &asked)?)).await?.into_iter().collect();
        for entry in old.into_iter().filter(|e| !owned.contains(&hash_of(e))) {
            debug_assert!(entry.key.starts_with(&variant_folder(&hash_of(entry))));
            blobs.delete(&entry.key).await?;
            swept.variants += 1;
            swept.bytes += entry.size;
        }
    }
    Ok(())
}

/// Hashes of rows without their bytes: there should never be one.
async fn missing(core: &Core) -> Result<Vec<String>> {
    let mut missing = Vec::new();
    let mut after = String::new();
    loop {
        let from = after.clone();
        let hashes = core.read(move |conn, _| Ok(assets::hashes(conn, &from, TOGETHER as i64)?)).await?;
        let Some(end) = hashes.last() else { return Ok(missing) };
        after = end.clone();
        for hash in hashes {
            if core.library().blobs.size(&blob_key(&hash)).await?.is_none() {
                missing.push(hash);
            }
        }
    }
}
