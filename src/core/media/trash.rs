//! The trash of files: what lies there is delivered nowhere, and can come back.

use super::rights::{expect_with, unknown};
use super::{media_event, usage};
use crate::{Caller, Core, Error, Result};
use masthead_model::Action;
use masthead_store::assets::{self, Asset};
use masthead_store::now_micros;

/// Put a file into the trash. `Error::InUse`, with what would break, while documents show it, unless `force`.
pub async fn trash(core: &Core, caller: &Caller, id: &str, force: bool) -> Result<Asset> {
    let (caller, id) = (caller.clone(), id.to_owned());
    core.write(move |tx, snapshot| {
        let mut asset = assets::locked(tx, &id)?.filter(|a| a.trashed_at.is_none()).ok_or_else(|| unknown(&id))?;
        expect_with(&caller, snapshot, Action::Delete, &asset)?;
        let usage = usage::of(tx, snapshot, &caller, &asset)?;
        if !force && !usage.is_empty() {
            let message = format!("documents show this file: {}; say `force` to delete it all the same", usage.said());
            let usage = serde_json::to_value(&usage).map_err(|e| Error::Internal(e.to_string()))?;
            return Err(Error::InUse { message, usage });
        }
        asset.trashed_at = Some(now_micros());
        assets::update(tx, &asset)?;
        tx.emit(media_event("trashed", &asset, &caller, true));
        Ok(asset)
    })
    .await
}

/// Take a file out of the trash.
pub async fn restore(core: &Core, caller: &Caller, id: &str) -> Result<Asset> {
    let (caller, id) = (caller.clone(), id.to_owned());
    core.write(move |tx, snapshot| {
        let mut asset = assets::locked(tx, &id)?.filter(|a| a.trashed_at.is_some()).ok_or_else(|| unknown(&id))?;
        expect_with(&caller, snapshot, Action::Delete, &asset)?;
        asset.trashed_at = None;
        assets::update(tx, &asset)?;
        tx.emit(media_event("restored", &asset, &caller, true));
        Ok(asset)
    })
    .await
}

/// Delete a file in the trash for good. Its bytes go with the next sweep.
pub async fn delete(core: &Core, caller: &Caller, id: &str) -> Result<()> {
    let (caller, id) = (caller.clone(), id.to_owned());
    core.write(move |tx, snapshot| {
        let asset = assets::locked(tx, &id)?.ok_or_else(|| unknown(&id))?;
        expect_with(&caller, snapshot, Action::Delete, &asset)?;
        if asset.trashed_at.is_none() {
            return Err(Error::Conflict("put the file into the trash first".to_owned()));
        }
        assets::delete(tx, asset.key)?;
        tx.emit(media_event("deleted", &asset, &caller, true));
        Ok(())
    })
    .await
}
