//! Fill a locale with the content of another one, as a starting point for a translation.

use super::allowed::{authorize_on, expect_all_fields};
use super::document::{Loaded, Revision, State, locale_of};
use super::part::How;
use super::save::{self, Applied, Change, Saved, Work};
use crate::{Caller, Core, Error, Result};
use masthead_model::Action;
use masthead_store::now_micros;
use serde_json::Map;

/// Make the draft of `to` what the draft of `from` is. What `to` had stays in its history.
pub async fn copy_locale(
    core: &Core,
    caller: &Caller,
    id: &str,
    from: &str,
    to: &str,
    base: Option<Revision>,
) -> Result<Saved> {
    let (ids, caller, id) = (core.ids(), caller.clone(), id.to_owned());
    let (from, to) = (from.to_owned(), to.to_owned());
    core.write(move |tx, snapshot| {
        let mut loaded = Loaded::lock(tx, snapshot, &id)?;
        authorize_on(tx, snapshot, &caller, Action::ReadDraft, &loaded)?;
        authorize_on(tx, snapshot, &caller, Action::Update, &loaded)?;
        expect_all_fields(tx, snapshot, &caller, &loaded)?;
        loaded.expect_active()?;
        if !loaded.ty.localized {
            return Err(Error::Conflict(format!("{} has no localized fields", loaded.ty.def.label)));
        }
        let to = locale_of(snapshot, Some(&to)).map_err(|_| unknown("/to", &to))?;
        let from = locale_of(snapshot, Some(&from)).map_err(|_| unknown("/from", &from))?;
        if from == to {
            return Err(Error::invalid("/to", "same", "copy to another locale than it comes from"));
        }
        if loaded.part(&from).is_none() {
            return Err(Error::invalid("/from", "not_found", format!("the document has nothing in '{from}'")));
        }
        let values = loaded.values(tx, snapshot, State::Draft, &from)?;
        let old = loaded.part_values(tx, snapshot, State::Draft, &to)?;
        let (_, local) = masthead_model::value::split(&loaded.ty, &values);
        let mut applied = Applied::default();
        for field in loaded.ty.def.fields.iter().filter(|f| f.localized) {
            if old.get(&field.id) != local.get(&field.id) {
                applied.fields.insert(field.id.clone());
            }
        }
        let mut work = Work { tx, snapshot, ids, caller: &caller, now: now_micros() };
        let nothing = Map::new();
        let change = Change { data: &nothing, locale: &to, base, how: How::Save, allow_pending: false };
        work.write_parts(&mut loaded, &to, &values, &change, &mut applied)?;
        work.finish(&mut loaded, &to, &applied, "document.saved")?;
        Ok(save::answer(ids, &loaded, &to, applied))
    })
    .await
}

fn unknown(pointer: &str, code: &str) -> Error {
    Error::invalid(pointer, "unknown_locale", format!("there is no locale '{code}'"))
}
