//! Take one locale out of a document; the others stay. What it held stays in the history and can be restored from there.

use super::allowed::authorize_on;
use super::document::{Loaded, State, locale_of};
use super::{pending, project, trash};
use crate::events::document_event;
use crate::{Caller, Core, Error, Result};
use masthead_model::Action;
use masthead_store::parts::{self, Part};

/// Remove the draft and what is published of a document in `locale`. The last locale takes the document to the trash.
pub async fn remove_locale(core: &Core, caller: &Caller, id: &str, locale: &str) -> Result<()> {
    let (ids, caller, id, locale) = (core.ids(), caller.clone(), id.to_owned(), locale.to_owned());
    core.write(move |tx, snapshot| {
        let mut loaded = Loaded::lock(tx, snapshot, &id)?;
        authorize_on(tx, snapshot, &caller, Action::Delete, &loaded)?;
        loaded.expect_active()?;
        let locale = locale_of(snapshot, Some(&locale))?;
        if !loaded.ty.localized {
            let message = format!("{} has no localized fields: leave the locale out", loaded.ty.def.label);
            return Err(Error::invalid("/locale", "not_localized", message));
        }
        let Some(part) = loaded.part(&locale).cloned() else {
            return Err(Error::not_found(format!("document {id} in locale '{locale}'")));
        };
        if loaded.rows(State::Draft) == [locale.clone()] {
            return trash::put(tx, snapshot, ids, &caller, &mut loaded);
        }
        parts::delete(tx, loaded.doc.key, &locale)?;
        loaded.parts.retain(|p| p.locale != locale);
        pending::forget(tx, &loaded, &locale)?;
        // Without a published locale there is nothing that the shared part would be shown with.
        let shared = loaded.part("").filter(|shared| shared.published.is_some()).cloned();
        if let Some(shared) = shared.filter(|_| loaded.rows(State::Published).is_empty()) {
            let next =
                Part { published: None, published_version: None, published_at: None, released_at: None, ..shared };
            parts::put(tx, &next)?;
            loaded.put(next);
        }
        project::refresh(tx, snapshot, ids, &loaded, &[State::Draft, State::Published])?;
        let mut event = document_event("document.locale_removed", &loaded, &caller);
        event.locale = Some(locale);
        event.live = part.published.is_some();
        tx.emit(event);
        Ok(())
    })
    .await
}
