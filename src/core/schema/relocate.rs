//! Changes of documents themselves: values that move between the shared part and those of the locales, drafts that go
//! live, positions, and what is deleted with its type or locale.
//!
//! What a document will be is worked out beside, with its projection; its new bodies are written beside, too. The
//! transaction that flips only turns pointers.

use super::apply::Change;
use crate::content::{Loaded, State};
use crate::{Caller, Result};
use masthead_model::plan::Step;
use masthead_model::{Field, Kind, Model, Type};
use masthead_store::bodies::Body;
use masthead_store::parts::{self, Part};
use masthead_store::versions::{self, Version};
use masthead_store::{Connection, Statement, Tx, bodies, documents, now_micros, projections, rendered};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// What becomes of a document.
#[derive(Clone, Debug, Default)]
pub(super) struct Moved {
    parts: Vec<Part>,
    entries: Vec<Version>,
    position: Option<String>,
    /// New bodies that are not written yet. Their keys are -1, -2, … where they are named.
    made: Vec<Map<String, Value>>,
    /// Keys of those that are.
    pub bodies: Vec<i64>,
}

/// Numbers of the latest versions, by document and locale.
pub(super) type Numbers = HashMap<(i64, String), i64>;

/// Whether documents of a type get an order that they did not have.
pub(super) fn gets_order(before: &Type, ty: &Type) -> bool {
    (ty.def.orderable || ty.def.tree) && !(before.def.orderable || before.def.tree)
}

/// Make of `loaded` what it will be under the next model, and say what that takes.
pub(super) fn moved(
    conn: &mut Connection,
    change: &Change,
    caller: &Caller,
    before: &Type,
    loaded: &mut Loaded,
    numbers: &Numbers,
    position: Option<String>,
) -> Result<Moved> {
    let mut moved = Moved::default();
    let mut hand = Hand { change, caller, numbers, now: now_micros(), moved: &mut moved };
    hand.relocate(conn, before, loaded)?;
    if before.def.draft_and_publish && !loaded.ty.def.draft_and_publish {
        hand.go_live(loaded);
    }
    if position.is_some() {
        loaded.doc.position.clone_from(&position);
        moved.position = position;
    }
    if before.def.tree && !loaded.ty.def.tree {
        loaded.doc.parent = None;
    }
    Ok(moved)
}

struct Hand<'a> {
    change: &'a Change,
    caller: &'a Caller,
    numbers: &'a Numbers,
    now: i64,
    moved: &'a mut Moved,
}

/// What a part holds as draft and as published.
type Both = [Option<Map<String, Value>>; 2];

impl Hand<'_> {
    /// Move values between parts: to every locale when a field becomes localized, from the default one when it no
    /// longer is.
    fn relocate(&mut self, conn: &mut Connection, before: &Type, loaded: &mut Loaded) -> Result<()> {
        let (ty, next) = (loaded.ty.clone(), &self.change.next);
        let fields: Vec<(&Field, bool)> = self
            .change
            .steps
            .iter()
            .filter_map(|step| match step {
                Step::LocalizeField { of, field, on } if of.id == ty.id() => Some((ty.def.field(&field.id)?, *on)),
                _ => None,
            })
            .collect();
        if fields.is_empty() && before.localized == ty.localized {
            return Ok(());
        }
        let default = self.change.old.model.locales.default_code();
        // What each part holds now, by locale: draft and published.
        let mut held: Vec<(String, Both)> = Vec::new();
        for part in &loaded.parts {
            let mut both = [None, None];
            for (slot, state) in both.iter_mut().zip([State::Draft, State::Published]) {
                if state == State::Draft || part.published.is_some() {
                    *slot = Some(loaded.part_values(conn, next, state, &part.locale)?);
                }
            }
            held.push((part.locale.clone(), both));
        }
        let Some(shared) = held.iter().find(|(l, _)| l.is_empty()).map(|(_, v)| v.clone()) else { return Ok(()) };
        let mut locals: Vec<(String, Both)> = held.into_iter().filter(|(l, _)| !l.is_empty()).collect();
        if ty.localized && !before.localized {
            // The one part becomes the shared one and a copy for every locale.
            let empty = [Some(Map::new()), shared[1].as_ref().map(|_| Map::new())];
            locals = next.model.locales.codes().map(|code| (code.to_owned(), empty.clone())).collect();
        }
        let source = locals.iter().find(|(l, _)| *l == default).or(locals.first()).map(|(_, v)| v.clone());
        let mut new_shared = shared;
        for (field, on) in &fields {
            for state in 0..2 {
                let value = if *on {
                    new_shared[state].as_mut().and_then(|m| m.shift_remove(&field.id))
                } else {
                    source.as_ref().and_then(|s| s[state].as_ref()).and_then(|m| m.get(&field.id).cloned())
                };
                for map in locals.iter_mut().filter_map(|(_, local)| local[state].as_mut()) {
                    match (&value, on) {
                        (Some(value), true) => drop(map.insert(field.id.clone(), value.clone())),
                        _ => drop(map.shift_remove(&field.id)),
                    }
                }
                if let (false, Some(map), Some(value)) = (on, new_shared[state].as_mut(), value) {
                    map.insert(field.id.clone(), value);
                }
            }
        }
        let like = loaded.part("").cloned();
        self.write(loaded, "", new_shared, like.as_ref());
        loaded.parts.retain(|p| p.locale.is_empty() || ty.localized);
        for (locale, values) in locals.into_iter().filter(|(locale, _)| next.model.locales.contains(locale)) {
            if ty.localized {
                self.write(loaded, &locale, values, like.as_ref());
            }
        }
        Ok(())
    }

    /// Give a part new bodies for draft and published state, one when they are equal, as an entry of its history.
    fn write(&mut self, loaded: &mut Loaded, locale: &str, [draft, published]: Both, like: Option<&Part>) {
        let Some(draft) = draft else { return };
        let doc = loaded.doc.key;
        let is_same = published.as_ref() == Some(&draft);
        let head = self.make(loaded, draft);
        let live = match published {
            Some(_) if is_same => Some(head),
            Some(values) => Some(self.make(loaded, values)),
            None => None,
        };
        let number = self.numbers.get(&(doc, locale.to_owned())).map_or(1, |n| n + 1);
        self.moved.entries.push(Version {
            key: 0,
            doc,
            locale: locale.to_owned(),
            number,
            body: head,
            kind: "schema".to_owned(),
            author: self.caller.actor(),
            created_at: self.now,
            saved_at: self.now,
            published_at: is_same.then_some(self.now),
        });
        let base = loaded.part(locale).or(like);
        let part = Part {
            doc,
            locale: locale.to_owned(),
            revision: loaded.part(locale).map_or(1, |p| p.revision + 1),
            head,
            saved_at: base.map_or(self.now, |p| p.saved_at),
            saved_by: base.map_or_else(|| self.caller.actor(), |p| p.saved_by.clone()),
            published: live,
            published_version: is_same.then_some(number),
            published_at: live.and(base.and_then(|p| p.published_at)),
            released_at: live.and(base.and_then(|p| p.released_at)),
        };
        self.put(loaded, part);
    }

    fn make(&mut self, loaded: &mut Loaded, values: Map<String, Value>) -> i64 {
        self.moved.made.push(values.clone());
        let key = -(self.moved.made.len() as i64);
        loaded.ahead.insert(key, Body { key, model_version: self.change.next.model.version, values });
        key
    }

    /// A type lost its drafts: what is saved is live.
    fn go_live(&mut self, loaded: &mut Loaded) {
        for part in loaded.parts.clone() {
            if part.published == Some(part.head) {
                continue;
            }
            let made = self.moved.entries.iter().find(|e| e.locale == part.locale).map(|e| e.number);
            let number = made.or_else(|| self.numbers.get(&(part.doc, part.locale.clone())).copied());
            let part = Part {
                published: Some(part.head),
                published_version: number,
                published_at: part.published_at.or(Some(self.now)),
                released_at: Some(self.now),
                ..part
            };
            self.put(loaded, part);
        }
    }

    fn put(&mut self, loaded: &mut Loaded, part: Part) {
        self.moved.parts.retain(|p| p.locale != part.locale);
        self.moved.parts.push(part.clone());
        loaded.put(part);
    }
}

/// Write the new bodies of documents, which nobody looks at before the flip.
pub(super) fn stage(tx: &mut Tx<'_>, change: &Change, all: &[(i64, Moved)]) -> Result<Vec<(i64, Moved)>> {
    let made: Vec<(i64, &Map<String, Value>)> =
        all.iter().flat_map(|(doc, moved)| moved.made.iter().map(|values| (*doc, values))).collect();
    let mut keys = bodies::insert_many(tx, change.next.model.version, &made)?.into_iter();
    let mut staged = Vec::with_capacity(all.len());
    for (doc, moved) in all {
        let bodies: Vec<i64> = keys.by_ref().take(moved.made.len()).collect();
        let key = |key: i64| if key < 0 { bodies.get((-key - 1) as usize).copied().unwrap_or(key) } else { key };
        let mut moved = Moved { made: Vec::new(), ..moved.clone() };
        for part in &mut moved.parts {
            (part.head, part.published) = (key(part.head), part.published.map(key));
        }
        for entry in &mut moved.entries {
            entry.body = key(entry.body);
        }
        moved.bodies = bodies;
        staged.push((*doc, moved));
    }
    Ok(staged)
}

/// Inside the flip: turn all pointers.
pub(super) fn turn(tx: &mut Tx<'_>, change: &Change, all: &BTreeMap<i64, Arc<Moved>>) -> Result<()> {
    for ty in change.next.model.types() {
        let Some(before) = change.rewritten(ty) else { continue };
        if before.localized && !ty.localized {
            parts::delete_locales_of(tx, ty.key.0)?;
        }
        if before.def.tree && !ty.def.tree {
            documents::leave_parents(tx, ty.key.0)?;
        }
    }
    versions::insert_many(tx, all.values().flat_map(|moved| &moved.entries))?;
    parts::put_many(tx, all.values().flat_map(|moved| &moved.parts))?;
    let positions: Vec<(i64, &str)> =
        all.iter().filter_map(|(doc, moved)| Some((*doc, moved.position.as_deref()?))).collect();
    documents::set_positions(tx, &positions)?;
    for ty in change.next.model.types().filter(|ty| change.rewritten(ty).is_some()) {
        rendered::expect(tx, ty.key.0, ty.localized)?;
    }
    Ok(())
}

/// Remove a deleted type with everything it had.
pub(super) fn delete_type(tx: &mut Tx<'_>, ty: &Type) -> Result<()> {
    if ty.def.kind != Kind::Component {
        documents::erase_type(tx, ty.key.0, now_micros())?;
        // Its tables go with the sweep: a reader may still be in the middle of them.
    }
    Ok(masthead_store::types::delete(tx, ty.key)?)
}

/// Remove a deleted locale from every document; the history keeps what was there.
pub(super) fn delete_locale(tx: &mut Tx<'_>, model: &Model, code: &str) -> Result<()> {
    for table in ["part", "rendered", "claim", "ref", "media_ref"] {
        tx.execute(Statement::new(format!("DELETE FROM {table} WHERE locale = ?")).bind(code))?;
    }
    tx.execute(Statement::new("UPDATE url SET current = 0 WHERE locale = ?").bind(code))?;
    for ty in model.types().filter(|t| t.def.kind != Kind::Component) {
        projections::delete_locale(tx, ty.key, ty.storage.generation, code)?;
    }
    Ok(())
}
