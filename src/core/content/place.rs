//! Order and parents: structure is shared by draft and published state, and takes effect at once.

use super::allowed::{authorize_on, covered, is_readable, not_whole};
use super::derive::TREE_DEPTH;
use super::document::{Loaded, State};
use super::project;
use super::save::Work;
use crate::access::Rules;
use crate::events::document_event;
use crate::{Caller, Core, Error, Result};
use fractional_index::FractionalIndex;
use masthead_model::{Action, Type};
use masthead_store::{Tx, documents, now_micros};

/// Where to put a document.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// Of a tree: the new parent's id; `Some(None)` is the top level, none leaves it.
    pub parent: Option<Option<String>>,
    /// Id of the sibling that it shall stand before, or after.
    pub before: Option<String>,
    pub after: Option<String>,
}

/// Move a document among its siblings, or to another parent (to the end when no sibling is named).
pub async fn move_document(core: &Core, caller: &Caller, id: &str, to: Place) -> Result<()> {
    let (ids, caller, id) = (core.ids(), caller.clone(), id.to_owned());
    core.write(move |tx, snapshot| {
        let mut loaded = Loaded::lock(tx, snapshot, &id)?;
        authorize_on(tx, snapshot, &caller, Action::Update, &loaded)?;
        let rules = Rules::of(&caller, snapshot);
        if !covered(tx, snapshot, &rules, Action::Update, &loaded)?.covers("parent") {
            return Err(not_whole(&loaded.ty));
        }
        // What is public changes with it at once.
        authorize_on(tx, snapshot, &caller, Action::Publish, &loaded)?;
        loaded.expect_active()?;
        if !loaded.ty.def.orderable && !loaded.ty.def.tree {
            let message = format!("{} has no order: set 'orderable' or 'tree' in its type", loaded.ty.def.label);
            return Err(Error::Conflict(message));
        }
        let mut work = Work { tx, snapshot, ids, caller: &caller, now: now_micros() };
        if let Some(parent) = &to.parent {
            let key = match parent {
                Some(parent) => Some(sibling(&mut work, &loaded.ty, parent, "/parent")?.key),
                None => None,
            };
            reparent(&mut work, &mut loaded, key)?;
        }
        let position = match (&to.before, &to.after) {
            (Some(_), Some(_)) => {
                return Err(Error::invalid(
                    "/before",
                    "exclusive",
                    "name a sibling to stand before or after, not both",
                ));
            }
            (Some(other), None) => Some(beside(&mut work, &loaded, other, "/before", true)?),
            (None, Some(other)) => Some(beside(&mut work, &loaded, other, "/after", false)?),
            (None, None) if to.parent.is_none() => Some(last(&mut work, &loaded.ty, loaded.doc.parent)?),
            (None, None) => None,
        };
        if let Some(position) = position {
            documents::set_place(work.tx, loaded.doc.key, loaded.doc.parent, Some(&position))?;
            loaded.doc.position = Some(position);
        }
        project::refresh(work.tx, snapshot, ids, &loaded, &[State::Draft, State::Published])?;
        let mut event = document_event("document.moved", &loaded, &caller);
        event.live = true;
        work.tx.emit(event);
        Ok(())
    })
    .await
}

fn sibling(work: &mut Work<'_, '_>, ty: &Type, id: &str, pointer: &str) -> Result<documents::Document> {
    let found = documents::by_document_id(work.tx, id)?.filter(|d| d.type_key == ty.key.0 && d.trashed_at.is_none());
    let unknown = || Error::invalid(pointer, "not_found", format!("there is no {} {id}", ty.def.singular));
    let loaded = Loaded::of_document(work.tx, work.snapshot, found.ok_or_else(unknown)?)?;
    // What the caller does not see is not there.
    match is_readable(work.tx, work.snapshot, work.caller, &loaded)? {
        true => Ok(loaded.doc),
        false => Err(unknown()),
    }
}

/// A position just before or after a sibling.
fn beside(work: &mut Work<'_, '_>, loaded: &Loaded, other: &str, pointer: &str, ahead: bool) -> Result<String> {
    let other = sibling(work, &loaded.ty, other, pointer)?;
    if other.parent != loaded.doc.parent {
        return Err(Error::invalid(pointer, "not_sibling", "that document has another parent"));
    }
    if other.key == loaded.doc.key {
        return Err(Error::invalid(pointer, "same", "a document cannot stand beside itself"));
    }
    documents::take_turns(work.tx, loaded.ty.key.0)?;
    let Some(position) = &other.position else { return last(work, &loaded.ty, loaded.doc.parent) };
    let far = documents::neighbour(work.tx, loaded.ty.key.0, loaded.doc.parent, position, ahead)?;
    let near = parse(position)?;
    let far = far.map(|f| parse(&f)).transpose()?;
    let made = match (ahead, far) {
        (true, Some(far)) => FractionalIndex::new_between(&far, &near),
        (false, Some(far)) => FractionalIndex::new_between(&near, &far),
        (true, None) => Some(FractionalIndex::new_before(&near)),
        (false, None) => Some(FractionalIndex::new_after(&near)),
    };
    made.map(|m| m.to_string()).ok_or_else(|| Error::Internal("two siblings have one position".to_owned()))
}

/// A position after all siblings.
pub(super) fn last(work: &mut Work<'_, '_>, ty: &Type, parent: Option<i64>) -> Result<String> {
    last_in(work.tx, ty, parent)
}

pub(super) fn last_in(tx: &mut Tx<'_>, ty: &Type, parent: Option<i64>) -> Result<String> {
    documents::take_turns(tx, ty.key.0)?;
    Ok(match documents::last_position(tx, ty.key.0, parent)? {
        Some(position) => position_after(Some(&parse(&position)?)).to_string(),
        None => position_after(None).to_string(),
    })
}

/// Digits of a position at the end: bytes away from both ends, between which the library's arithmetic has room.
const LOWEST: u8 = 0x02;
const BASE: u32 = 0xfc;
const DIGITS: usize = 4;

/// A position after the last one. Positions at the end count up in their first four bytes, so that they stay short
/// however many there are; the library's own successor grows by a byte with every 127.
pub(crate) fn position_after(last: Option<&FractionalIndex>) -> FractionalIndex {
    let counted = match last {
        None => Some(BASE.pow(DIGITS as u32) / 2),
        Some(last) => count_of(last.as_bytes()).map(|count| count + 1),
    };
    let made = counted.filter(|count| *count < BASE.pow(DIGITS as u32)).and_then(|count| {
        let digit = |place: u32| LOWEST + (count / BASE.pow(place) % BASE) as u8;
        FractionalIndex::from_bytes(vec![digit(3), digit(2), digit(1), digit(0), 0x80]).ok()
    });
    match (made, last) {
        (Some(made), _) => made,
        (None, Some(last)) => FractionalIndex::new_after(last),
        (None, None) => FractionalIndex::default(),
    }
}

fn count_of(bytes: &[u8]) -> Option<u32> {
    let (digits, rest) = bytes.split_at_checked(DIGITS)?;
    let in_range = digits.iter().all(|d| (LOWEST..LOWEST + BASE as u8).contains(d));
    (in_range && !rest.is_empty()).then(|| digits.iter().fold(0, |n, d| n * BASE + u32::from(d - LOWEST)))
}

fn parse(position: &str) -> Result<FractionalIndex> {
    FractionalIndex::from_string(position).map_err(|e| Error::Internal(format!("a position cannot be read: {e:?}")))
}

/// Give a document of a tree another parent; refused when that would make a circle.
pub(super) fn reparent(work: &mut Work<'_, '_>, loaded: &mut Loaded, parent: Option<i64>) -> Result<()> {
    if loaded.doc.parent == parent {
        return Ok(());
    }
    documents::take_turns(work.tx, loaded.ty.key.0)?;
    let mut above = parent;
    let mut depth = 0;
    while let Some(key) = above {
        if key == loaded.doc.key {
            return Err(Error::invalid("/parent", "cycle", "a document cannot stand below itself"));
        }
        depth += 1;
        if depth >= TREE_DEPTH {
            return Err(Error::invalid("/parent", "depth", format!("a tree is at most {TREE_DEPTH} levels deep")));
        }
        above = documents::by_key(work.tx, key)?.and_then(|d| d.parent);
    }
    let position = last(work, &loaded.ty, parent)?;
    documents::set_place(work.tx, loaded.doc.key, parent, Some(&position))?;
    loaded.doc.parent = parent;
    loaded.doc.position = Some(position);
    // The path and the slug's claim follow at once in both states; a draft is refreshed by its save.
    if !loaded.parts.is_empty() {
        project::refresh(work.tx, work.snapshot, work.ids, loaded, &[State::Draft, State::Published])?;
        let mut event = document_event("document.moved", loaded, work.caller);
        event.live = true;
        work.tx.emit(event);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_at_the_end_stay_short_and_leave_room_between() {
        let mut all = vec![position_after(None)];
        for _ in 0..1000 {
            all.push(position_after(all.last()));
        }
        assert!(all.windows(2).all(|w| w[0] < w[1] && w[0].to_string() < w[1].to_string()));
        assert!(all.iter().all(|p| p.as_bytes().len() == 5));
        for pair in all.windows(2) {
            let mut low = pair[0].clone();
            for _ in 0..20 {
                let between = FractionalIndex::new_between(&low, &pair[1]).unwrap();
                assert!(low < between && between < pair[1]);
                low = between;
            }
            let mut high = pair[1].clone();
            for _ in 0..20 {
                let between = FractionalIndex::new_between(&pair[0], &high).unwrap();
                assert!(pair[0] < between && between < high);
                high = between;
            }
            assert!(position_after(Some(&low)) > low);
        }
        let first = FractionalIndex::new_before(&all[0]);
        assert!(first < all[0] && position_after(Some(&first)) > first);
    }
}
