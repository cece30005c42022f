//! Erase: a document, its versions and everything derived from it are gone; a tombstone keeps its id from coming back.

use super::document::{Loaded, State};
use super::trash::withdraw_if_taken;
use super::{place, project};
use crate::access::require_admin;
use crate::events::document_event;
use crate::{Caller, Core, Result};
use masthead_store::{documents, now_micros};

/// Erase a document for good. References to it lead nowhere from then on.
pub async fn erase(core: &Core, caller: &Caller, id: &str) -> Result<()> {
    let (ids, caller, id) = (core.ids(), caller.clone(), id.to_owned());
    core.write(move |tx, snapshot| {
        require_admin(&caller, snapshot)?;
        let mut loaded = Loaded::lock(tx, snapshot, &id)?;
        let was_live = loaded.doc.trashed_at.is_none() && !loaded.rows(State::Published).is_empty();
        let now = now_micros();
        // As if trashed: that empties what is derived, and the paths below it in a tree.
        loaded.doc.trashed_at = Some(now);
        project::refresh(tx, snapshot, ids, &loaded, &[State::Draft, State::Published])?;
        let children = documents::children(tx, loaded.doc.key)?;
        masthead_store::references::forget_target(tx, loaded.doc.key)?;
        documents::erase(tx, &loaded.doc, now)?;
        for mut child in children {
            // At the top level they come last.
            child.parent = None;
            child.position = None;
            if loaded.ty.def.tree {
                let position = place::last_in(tx, &loaded.ty, None)?;
                documents::set_place(tx, child.key, None, Some(&position))?;
                child.position = Some(position);
            }
            let mut child = Loaded::of_document(tx, snapshot, child)?;
            // Where another page has the slug already, the child goes on as a draft, as one from the trash does.
            if child.doc.trashed_at.is_none() && child.ty.def.draft_and_publish {
                withdraw_if_taken(tx, snapshot, &mut child)?;
            }
            project::refresh(tx, snapshot, ids, &child, &[State::Draft, State::Published])?;
        }
        let mut event = document_event("document.erased", &loaded, &caller);
        event.live = was_live;
        tx.emit(event);
        Ok(())
    })
    .await
}
