//! Write what is derived of a document; [`derived`] computes it.

use super::derive::{Derived, TREE_DEPTH, derived, states};
use super::document::{Loaded, State};
use super::slugs;
use crate::{Error, Result, Snapshot};
use masthead_model::ids::PublicIds;
use masthead_model::value::may_show_media;
use masthead_store::{Tx, claims, documents, media_references, projections, references, rendered, urls as url_rows};

/// Derive and write what a document has in the given states. A claim that another document holds is a conflict.
pub(crate) fn refresh(
    tx: &mut Tx<'_>,
    snapshot: &Snapshot,
    ids: PublicIds,
    loaded: &Loaded,
    which: &[State],
) -> Result<()> {
    refresh_below(tx, snapshot, ids, loaded, which, 0)
}

fn refresh_below(
    tx: &mut Tx<'_>,
    snapshot: &Snapshot,
    ids: PublicIds,
    loaded: &Loaded,
    which: &[State],
    depth: usize,
) -> Result<()> {
    let (doc, ty) = (loaded.doc.key, &loaded.ty);
    let table = (ty.key, ty.storage.generation);
    for state in which.iter().filter(|s| states(ty).contains(s)) {
        let before = if ty.def.tree { projections::paths(tx, table, doc, state.number())? } else { Vec::new() };
        let derived = derived(tx, snapshot, ids, loaded, *state)?;
        write(tx, snapshot, loaded, *state, &derived)?;
        if ty.def.tree && before != projections::paths(tx, table, doc, state.number())? && depth < TREE_DEPTH {
            for child in documents::children(tx, doc)? {
                let child = Loaded::of_document(tx, snapshot, child)?;
                refresh_below(tx, snapshot, ids, &child, &[*state], depth + 1)?;
            }
        }
    }
    Ok(())
}

fn write(tx: &mut Tx<'_>, snapshot: &Snapshot, loaded: &Loaded, state: State, derived: &Derived) -> Result<()> {
    let (doc, ty) = (loaded.doc.key, &loaded.ty);
    if !loaded.is_new {
        remove(tx, snapshot, loaded, state)?;
    }
    projections::insert(tx, ty.key, &ty.storage, &derived.rows)?;
    references::insert(tx, doc, ty.key.0, &derived.references)?;
    if may_show_media(&snapshot.model, ty) {
        media_references::insert(tx, doc, &derived.media)?;
    }
    if state == State::Published {
        if let Some(taken) = claims::take(tx, doc, &derived.claims)? {
            let problem = ty.field(&taken.field).map(slugs::is_taken);
            return Err(Error::Blocked(problem.into_iter().collect()));
        }
        for (locale, data) in &derived.rendered {
            rendered::put(tx, doc, locale, ty.key.0, ty.storage.render_epoch, data)?;
        }
        if ty.def.url_pattern.is_some() {
            let mut gone: Vec<String> =
                url_rows::of(tx, doc)?.into_iter().filter(|u| u.current).map(|u| u.locale).collect();
            gone.retain(|l| derived.urls.iter().all(|(locale, _)| locale != l));
            for locale in gone {
                url_rows::set(tx, doc, &locale, None)?;
            }
            for (locale, path) in &derived.urls {
                url_rows::set(tx, doc, locale, path.as_deref())?;
            }
        }
    }
    Ok(())
}

/// Remove what is derived of a document in a state. Its addresses stay: what is no longer one becomes a redirect.
fn remove(tx: &mut Tx<'_>, snapshot: &Snapshot, loaded: &Loaded, state: State) -> Result<()> {
    let (doc, ty) = (loaded.doc.key, &loaded.ty);
    projections::remove(tx, ty.key, ty.storage.generation, doc, state.number())?;
    references::remove(tx, doc, state.number())?;
    if may_show_media(&snapshot.model, ty) {
        media_references::remove(tx, doc, state.number())?;
    }
    if state == State::Published {
        claims::release(tx, doc)?;
        rendered::delete(tx, doc)?;
    }
    Ok(())
}

/// Derive and write both states of a document, as a rebuild does: a claim that somebody else holds already stays with
/// them. What is there of the document is replaced.
pub(crate) fn derive_again(tx: &mut Tx<'_>, snapshot: &Snapshot, ids: PublicIds, loaded: &Loaded) -> Result<()> {
    for state in [State::Draft, State::Published] {
        let mut derived = derived(tx, snapshot, ids, loaded, state)?;
        let mut free = Vec::new();
        for claim in derived.claims {
            if claims::holder(tx, &claim)?.is_none_or(|holder| holder == loaded.doc.key) {
                free.push(claim);
            }
        }
        derived.claims = free;
        write(tx, snapshot, loaded, state, &derived)?;
    }
    Ok(())
}
