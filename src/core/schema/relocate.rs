//! Changes that rewrite documents themselves, all inside the transaction that flips: values that move between the
//! shared part and those of the locales, drafts that go live, positions, and what is deleted with its type or locale.

use super::apply::{Change, Way};
use crate::content::{self, Loaded, State};
use crate::{Caller, Result, Snapshot};
use masthead_model::ids::PublicIds;
use masthead_model::plan::Step;
use masthead_model::{Field, Kind, Model, Type};
use masthead_store::parts::{self, Part};
use masthead_store::versions::{self, Version};
use masthead_store::{Statement, Tx, bodies, claims, documents, now_micros, projections};
use serde_json::{Map, Value};
use std::sync::Arc;

/// Rewrite the documents of every type whose way is [`Way::Rewrite`], and derive them anew.
pub(super) fn rewrite(tx: &mut Tx<'_>, old: &Snapshot, ids: PublicIds, caller: &Caller, change: &Change) -> Result<()> {
    let types: Vec<Arc<Type>> =
        change.next.model.types().filter(|t| matches!(change.ways.get(t.id()), Some(Way::Rewrite))).cloned().collect();
    for ty in types {
        let Some(before) = old.model.by_key(ty.key).cloned() else { continue };
        projections::create(tx, ty.key, &ty.storage)?;
        let goes_live = before.def.draft_and_publish && !ty.def.draft_and_publish;
        let gets_order = (ty.def.orderable || ty.def.tree) && !(before.def.orderable || before.def.tree);
        let leaves_tree = before.def.tree && !ty.def.tree;
        let mut after = 0;
        let mut position = fractional_index::FractionalIndex::default();
        loop {
            let docs = documents::page(tx, ty.key.0, after, 500)?;
            let Some(last) = docs.last() else { break };
            after = last.key;
            for doc in docs {
                let mut loaded = Loaded::of_document(tx, old, doc)?;
                relocate(tx, old, change, caller, &before, &ty, &mut loaded)?;
                loaded.ty = ty.clone();
                if goes_live {
                    go_live(tx, &mut loaded)?;
                }
                if gets_order {
                    let text = position.to_string();
                    documents::set_place(tx, loaded.doc.key, loaded.doc.parent, Some(&text))?;
                    loaded.doc.position = Some(text);
                    position = fractional_index::FractionalIndex::new_after(&position);
                }
                if leaves_tree && loaded.doc.parent.is_some() {
                    documents::set_place(tx, loaded.doc.key, None, loaded.doc.position.as_deref())?;
                    loaded.doc.parent = None;
                }
                // A value that two documents hold stays with the first: as in any rebuild.
                claims::release(tx, loaded.doc.key)?;
                content::derive_again(tx, &change.next, ids, &loaded)?;
            }
        }
    }
    Ok(())
}

/// What a part holds as draft and as published.
type Both = [Option<Map<String, Value>>; 2];

/// Move values between parts: to every locale when a field becomes localized, from the default one when it no longer
/// is.
fn relocate(
    tx: &mut Tx<'_>,
    old: &Snapshot,
    change: &Change,
    caller: &Caller,
    before: &Type,
    ty: &Type,
    loaded: &mut Loaded,
) -> Result<()> {
    let moved: Vec<(&Field, bool)> = change
        .steps
        .iter()
        .filter_map(|step| match step {
            Step::LocalizeField { of, field, on } if of.id == ty.id() => Some((ty.def.field(&field.id)?, *on)),
            _ => None,
        })
        .collect();
    if moved.is_empty() && before.localized == ty.localized {
        return Ok(());
    }
    let next = &change.next;
    let default = old.model.locales.default_code().to_owned();
    let before_states = [State::Draft, State::Published];
    // What each part holds now, by locale: draft and published.
    let mut held: Vec<(String, Both)> = Vec::new();
    for part in loaded.parts.clone() {
        let mut both = [None, None];
        for (slot, state) in both.iter_mut().zip(before_states) {
            if state == State::Draft || part.published.is_some() {
                *slot = Some(loaded.part_values(tx, old, state, &part.locale)?);
            }
        }
        held.push((part.locale, both));
    }
    let Some(shared) = held.iter().find(|(l, _)| l.is_empty()).map(|(_, v)| v.clone()) else { return Ok(()) };
    let mut locals: Vec<(String, Both)> = held.iter().filter(|(l, _)| !l.is_empty()).cloned().collect();
    if ty.localized && !before.localized {
        // The one part becomes the shared one and a copy for every locale.
        let empty = [Some(Map::new()), shared[1].as_ref().map(|_| Map::new())];
        locals = next.model.locales.codes().map(|code| (code.to_owned(), empty.clone())).collect();
    }
    let source = locals.iter().find(|(l, _)| *l == default).or(locals.first()).map(|(_, v)| v.clone());
    let mut new_shared = shared.clone();
    for (field, on) in &moved {
        for state in 0..2 {
            let value = if *on {
                new_shared[state].as_mut().and_then(|m| m.shift_remove(&field.id))
            } else {
                source.as_ref().and_then(|s| s[state].as_ref()).and_then(|m| m.get(&field.id).cloned())
            };
            for (_, local) in &mut locals {
                if let Some(map) = local[state].as_mut() {
                    match (&value, on) {
                        (Some(value), true) => drop(map.insert(field.id.clone(), value.clone())),
                        _ => drop(map.shift_remove(&field.id)),
                    }
                }
            }
            if let (false, Some(map), Some(value)) = (on, new_shared[state].as_mut(), value) {
                map.insert(field.id.clone(), value);
            }
        }
    }
    let shared_part = loaded.part("").cloned();
    write(tx, next, loaded, "", &new_shared, shared_part.as_ref(), caller)?;
    if ty.localized {
        for (locale, values) in &locals {
            write(tx, next, loaded, locale, values, shared_part.as_ref(), caller)?;
        }
    } else {
        for (locale, _) in &locals {
            parts::delete(tx, loaded.doc.key, locale)?;
        }
        loaded.parts.retain(|p| p.locale.is_empty());
    }
    Ok(())
}

/// Give a part new bodies for draft and published state, one when they are equal, as an entry of its history.
fn write(
    tx: &mut Tx<'_>,
    next: &Snapshot,
    loaded: &mut Loaded,
    locale: &str,
    [draft, published]: &Both,
    like: Option<&Part>,
    caller: &Caller,
) -> Result<()> {
    let Some(draft) = draft else { return Ok(()) };
    let now = now_micros();
    let (doc, version) = (loaded.doc.key, next.model.version);
    let head = bodies::insert(tx, doc, version, draft)?;
    let live = match published {
        Some(values) if values == draft => Some(head),
        Some(values) => Some(bodies::insert(tx, doc, version, values)?),
        None => None,
    };
    let number = versions::latest(tx, doc, locale)?.map_or(1, |v| v.number + 1);
    let entry = Version {
        key: 0,
        doc,
        locale: locale.to_owned(),
        number,
        body: head,
        kind: "schema".to_owned(),
        author: caller.actor(),
        created_at: now,
        saved_at: now,
        published_at: (live == Some(head)).then_some(now),
    };
    versions::insert(tx, &entry)?;
    let base = loaded.part(locale).or(like).cloned();
    let part = Part {
        doc,
        locale: locale.to_owned(),
        revision: loaded.part(locale).map_or(1, |p| p.revision + 1),
        head,
        saved_at: base.as_ref().map_or(now, |p| p.saved_at),
        saved_by: base.as_ref().map_or_else(|| caller.actor(), |p| p.saved_by.clone()),
        published: live,
        published_version: live.filter(|l| *l == head).map(|_| number),
        published_at: live.and(base.as_ref().and_then(|p| p.published_at)),
        released_at: live.and(base.as_ref().and_then(|p| p.released_at)),
    };
    parts::put(tx, &part)?;
    loaded.put(part);
    Ok(())
}

/// A type lost its drafts: what is saved is live.
fn go_live(tx: &mut Tx<'_>, loaded: &mut Loaded) -> Result<()> {
    let now = now_micros();
    for part in loaded.parts.clone() {
        if part.published == Some(part.head) {
            continue;
        }
        let number = versions::latest(tx, loaded.doc.key, &part.locale)?.map(|v| v.number);
        let next = Part {
            published: Some(part.head),
            published_version: number,
            published_at: part.published_at.or(Some(now)),
            released_at: Some(now),
            ..part
        };
        parts::put(tx, &next)?;
        loaded.put(next);
    }
    Ok(())
}

/// Remove a deleted type with everything it had.
pub(super) fn delete_type(tx: &mut Tx<'_>, ty: &Type) -> Result<()> {
    if ty.def.kind != Kind::Component {
        let now = now_micros();
        loop {
            let docs = documents::page(tx, ty.key.0, 0, 500)?;
            if docs.is_empty() {
                break;
            }
            for doc in docs {
                masthead_store::references::forget_target(tx, doc.key)?;
                documents::erase(tx, &doc, now)?;
            }
        }
        // Its tables go with the sweep: a reader may still be in the middle of them.
    }
    Ok(masthead_store::types::delete(tx, ty.key)?)
}

/// Remove a deleted locale from every document; the history keeps what was there.
pub(super) fn delete_locale(tx: &mut Tx<'_>, model: &Model, code: &str) -> Result<()> {
    for table in ["part", "rendered", "claim", "ref"] {
        tx.execute(Statement::new(format!("DELETE FROM {table} WHERE locale = ?")).bind(code))?;
    }
    tx.execute(Statement::new("UPDATE url SET current = 0 WHERE locale = ?").bind(code))?;
    for ty in model.types().filter(|t| t.def.kind != Kind::Component) {
        projections::delete_locale(tx, ty.key, ty.storage.generation, code)?;
    }
    Ok(())
}
