//! Duplicate: a new draft with the content of another document's draft, in all its locales.

use super::allowed::{authorize_on, covered, not_whole};
use super::create::insert;
use super::document::{Loaded, State};
use super::part::How;
use super::save::{self, Applied, Change, Saved, Work};
use super::slugs;
use crate::access::{Fields, Rules, authorize};
use crate::{Caller, Core, Error, Result};
use masthead_model::value;
use masthead_model::{Action, FieldType};
use masthead_store::now_micros;
use serde_json::Map;

/// Create a draft like `id`, as far as the caller sees that. Unique values are left out (slugs are made anew): they cannot be held twice.
pub async fn duplicate(core: &Core, caller: &Caller, id: &str) -> Result<Saved> {
    let (ids, caller, id) = (core.ids(), caller.clone(), id.to_owned());
    core.write(move |tx, snapshot| {
        let source = Loaded::read(tx, snapshot, &id)?;
        let ty = source.ty.clone();
        authorize_on(tx, snapshot, &caller, Action::ReadDraft, &source)?;
        authorize(&caller, snapshot, Action::Create, &ty)?;
        let covers_all = Rules::of(&caller, snapshot)
            .grant(Action::Create, ty.id())
            .is_some_and(|grant| grant.always().is_some_and(Fields::is_all));
        if !covers_all {
            return Err(not_whole(&ty));
        }
        if source.doc.trashed_at.is_some() {
            return Err(Error::Conflict("the document is in the trash: restore it first".to_owned()));
        }
        if !ty.def.draft_and_publish {
            authorize(&caller, snapshot, Action::Publish, &ty)?;
        }
        let rows = super::rendering_values(tx, snapshot, &source, State::Draft)?;
        let rows = if ty.def.draft_and_publish {
            rows
        } else {
            super::rendering_values(tx, snapshot, &source, State::Published)?
        };
        // The copy is the caller's own: it shows nothing that they do not see of the source.
        let seen = covered(tx, snapshot, &Rules::of(&caller, snapshot), Action::ReadDraft, &source)?;
        let mut work = Work { tx, snapshot, ids, caller: &caller, now: now_micros() };
        let mut copy = insert(&mut work, &ty, None, None)?;
        if seen.covers("parent") {
            super::place::reparent(&mut work, &mut copy, source.doc.parent)?;
        }
        let mut last = None;
        for (locale, mut values) in rows {
            let is_copied = |id: &str| ty.field(id).is_some_and(|f| f.kind != FieldType::Slug && !f.unique);
            values.retain(|field_id, _| seen.covers(field_id) && is_copied(field_id));
            if copy.part("").is_some() {
                let shared = copy.part_values(work.tx, snapshot, State::Draft, "")?;
                values = value::join(&ty, &shared, &value::split(&ty, &values).1);
            }
            let row = locale.clone();
            let locale = if locale.is_empty() { snapshot.model.locales.default_code().to_owned() } else { locale };
            // Taken over as stored: what points into the trash must not be refused, it may come back.
            slugs::fill(work.tx, (&snapshot.model, &ty), copy.doc.key, &mut values, &locale, copy.doc.parent)?;
            let change =
                Change { data: &Map::new(), locale: &locale, base: None, how: How::Save, allow_pending: false };
            let mut applied = Applied { fields: values.keys().cloned().collect(), ..Applied::default() };
            work.write_parts(&mut copy, &row, &values, &change, &mut applied)?;
            work.finish(&mut copy, &locale, &applied, "document.created")?;
            last = Some((locale, applied));
        }
        let (locale, applied) = last.ok_or_else(|| Error::Internal("a document without parts".to_owned()))?;
        Ok(save::answer(ids, &copy, &locale, applied))
    })
    .await
}
