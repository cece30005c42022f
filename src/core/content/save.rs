//! Save a draft: apply what was sent to the head, and write only the parts that changed.

use super::allowed::{authorize_on, covered, expect_fields, is_readable, may, retain_known};
use super::document::{Loaded, Revision, State, Status, locale_of};
use super::lookup::Database;
use super::part::{self, By, How};
use super::{pending, place, project, publish, slugs};
use crate::access::Rules;
use crate::events::document_event;
use crate::{Caller, Core, Error, Result, Snapshot};
use masthead_model::ids::PublicIds;
use masthead_model::value::{self, InputOptions, InverseWrite, Scope};
use masthead_model::{Action, Problem};
use masthead_store::{Tx, now_micros, receipts};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What to save.
#[derive(Clone, Debug, Default)]
pub struct Save {
    /// By field names; fields that are not mentioned keep their value, null clears.
    pub data: Map<String, Value>,
    /// The default locale when none.
    pub locale: Option<String>,
    /// The revision that the client saw. A part that this save changes and that has another revision is a conflict.
    pub base: Option<Revision>,
    /// While typing: joins the history entry of the autosave before it.
    pub autosave: bool,
    /// The client's name for this save; a repeat gets the first answer.
    pub save_id: Option<String>,
}

/// What was saved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Saved {
    pub document_id: String,
    /// The public number of the document.
    pub id: i64,
    pub locale: Option<String>,
    /// The lock token for the next save.
    pub revision: String,
    pub status: String,
    /// Whether anything changed.
    pub changed: bool,
    /// What would stand in the way of publishing, as far as it concerns unique values.
    pub warnings: Vec<Problem>,
}

/// Save the draft of a document. In types without drafts the save is live, and must be complete.
pub async fn save(core: &Core, caller: &Caller, id: &str, what: Save) -> Result<Saved> {
    let (ids, caller, id) = (core.ids(), caller.clone(), id.to_owned());
    core.write(move |tx, snapshot| {
        let mut loaded = Loaded::lock(tx, snapshot, &id)?;
        authorize_on(tx, snapshot, &caller, Action::Update, &loaded)?;
        if !loaded.ty.def.draft_and_publish {
            authorize_on(tx, snapshot, &caller, Action::Publish, &loaded)?;
        }
        expect_fields(tx, snapshot, &caller, &loaded, &what.data)?;
        if let Some(answer) = repeated(tx, loaded.doc.key, what.save_id.as_deref())? {
            return Ok(answer);
        }
        loaded.expect_active()?;
        let locale = locale_of(snapshot, what.locale.as_deref())?;
        let how = if what.autosave { How::Autosave } else { How::Save };
        let change = Change { data: &what.data, locale: &locale, base: what.base, how, allow_pending: false };
        let mut work = Work { tx, snapshot, ids, caller: &caller, now: now_micros() };
        let applied = work.apply(&mut loaded, &change)?;
        work.finish(&mut loaded, &locale, &applied, "document.saved")?;
        let saved = answer(ids, &loaded, &locale, applied);
        remember(tx, loaded.doc.key, what.save_id.as_deref(), &saved)?;
        Ok(saved)
    })
    .await
}

/// The first answer to a save that was made before.
pub(super) fn repeated(tx: &mut Tx<'_>, doc: i64, save_id: Option<&str>) -> Result<Option<Saved>> {
    let Some(save_id) = save_id else { return Ok(None) };
    let Some(text) = receipts::find(tx, doc, save_id)? else { return Ok(None) };
    serde_json::from_str(&text).map(Some).map_err(|e| Error::Internal(e.to_string()))
}

pub(super) fn remember(tx: &mut Tx<'_>, doc: i64, save_id: Option<&str>, saved: &Saved) -> Result<()> {
    let Some(save_id) = save_id else { return Ok(()) };
    let text = serde_json::to_string(saved).map_err(|e| Error::Internal(e.to_string()))?;
    Ok(receipts::put(tx, doc, save_id, &text)?)
}

pub(super) fn answer(ids: PublicIds, loaded: &Loaded, locale: &str, applied: Applied) -> Saved {
    let status = match loaded.status(locale) {
        Status::Draft => "draft",
        Status::Published => "published",
        Status::Modified => "modified",
    };
    Saved {
        document_id: loaded.doc.document_id.clone(),
        id: ids.public(loaded.doc.key),
        locale: loaded.ty.localized.then(|| locale.to_owned()),
        revision: loaded.revision(locale).to_string(),
        status: status.to_owned(),
        changed: !applied.fields.is_empty() || applied.created,
        warnings: applied.warnings,
    }
}

/// A change to the head of a document.
pub(crate) struct Change<'a> {
    pub data: &'a Map<String, Value>,
    pub locale: &'a str,
    pub base: Option<Revision>,
    pub how: How,
    /// Import: references to what does not exist yet wait.
    pub allow_pending: bool,
}

/// What a change did.
#[derive(Clone, Debug, Default)]
pub(crate) struct Applied {
    /// Ids of the fields whose value changed.
    pub fields: BTreeSet<String>,
    /// A part came into being.
    pub created: bool,
    pub warnings: Vec<Problem>,
    /// Number of the version that holds the change.
    pub version: Option<i64>,
    /// References that wait for their target.
    pub waiting: usize,
}

/// One open write, and on whose behalf.
pub(crate) struct Work<'a, 'tx> {
    pub tx: &'a mut Tx<'tx>,
    pub snapshot: &'a Arc<Snapshot>,
    pub ids: PublicIds,
    pub caller: &'a Caller,
    pub now: i64,
}

impl Work<'_, '_> {
    /// Merge a change into the head and write the parts that it touches. Nothing derived is refreshed yet.
    pub fn apply(&mut self, loaded: &mut Loaded, change: &Change<'_>) -> Result<Applied> {
        let row = loaded.ty.row_locale(change.locale).to_owned();
        let ty = loaded.ty.clone();
        match loaded.parts.is_empty() {
            true => {
                Rules::of(self.caller, self.snapshot).expect_fields(Action::Create, self.snapshot, &ty, change.data)?;
            }
            false => expect_fields(self.tx, self.snapshot, self.caller, loaded, change.data)?,
        }
        let current = loaded.values(self.tx, self.snapshot, State::Draft, &row)?;
        let options = InputOptions { allow_pending: change.allow_pending, new_document: loaded.part(&row).is_none() };
        let mut lookup = Database {
            conn: self.tx,
            snapshot: self.snapshot,
            ids: self.ids,
            caller: self.caller,
            locale: change.locale,
            error: None,
        };
        let merged = value::merge(&self.snapshot.model, &ty, &current, change.data, &mut lookup, options);
        if let Some(error) = lookup.error {
            return Err(error.into());
        }
        let mut merged = merged.map_err(Error::Invalid)?;
        if let Some(parent) = &merged.parent {
            let parent = parent.as_ref().map(|p| p.key);
            // What is public changes with it at once, whatever else is only saved.
            if parent != loaded.doc.parent && !loaded.rows(State::Published).is_empty() {
                authorize_on(self.tx, self.snapshot, self.caller, Action::Publish, loaded)?;
            }
            place::reparent(self, loaded, parent)?;
        }
        let made = slugs::fill(
            self.tx,
            (&self.snapshot.model, &ty),
            loaded.doc.key,
            &mut merged.values,
            change.locale,
            loaded.doc.parent,
        )?;
        merged.changed.extend(made);

        let mut applied = Applied { fields: merged.changed.clone(), ..Applied::default() };
        self.write_parts(loaded, &row, &merged.values, change, &mut applied)?;
        if ty.def.draft_and_publish {
            applied.warnings =
                slugs::taken(self.tx, &ty, loaded.doc.key, &merged.values, change.locale, loaded.doc.parent)?;
            retain_known(self.snapshot, self.caller, &ty, &mut applied.warnings);
        }
        applied.waiting = pending::remember(self.tx, loaded, change.locale, &merged.pending, change.data)?;
        for inverse in &merged.inverse {
            self.write_inverse(loaded, inverse)?;
        }
        if !merged.inverse.is_empty() {
            // It may have been written through its own inverse.
            *loaded = Loaded::lock(self.tx, self.snapshot, &loaded.doc.document_id)?;
        }
        Ok(applied)
    }

    /// Write the parts in which `values` differ from the head.
    pub(super) fn write_parts(
        &mut self,
        loaded: &mut Loaded,
        row: &str,
        values: &Map<String, Value>,
        change: &Change<'_>,
        applied: &mut Applied,
    ) -> Result<()> {
        let (shared, local) = value::split(&loaded.ty, values);
        let mut parts = vec![("", shared)];
        if loaded.ty.localized {
            parts.push((row, local));
        }
        let mut touched = Vec::new();
        for (locale, values) in parts {
            let is_new = loaded.part(locale).is_none();
            let old = loaded.part_values(self.tx, self.snapshot, State::Draft, locale)?;
            let keep: Map<String, Value> =
                old.into_iter().filter(|(id, _)| loaded.ty.def.field(id).is_some()).collect();
            if is_new || !same(&keep, &values) {
                touched.push((locale.to_owned(), values, is_new));
            } else if change.how == How::Save {
                part::close_autosave(self.tx, loaded, locale)?;
            }
        }
        if let Some(base) = change.base {
            self.check_base(loaded, row, base, &touched)?;
        }
        let author = self.caller.actor();
        for (locale, values, is_new) in touched {
            let version = part::write(
                self.tx,
                self.snapshot,
                loaded,
                &locale,
                &values,
                By { how: change.how, author: &author, now: self.now },
            )?;
            applied.version = Some(version);
            applied.created |= is_new;
        }
        Ok(())
    }

    /// Refuse when a part that is about to change is not the one the client saw.
    fn check_base(
        &mut self,
        loaded: &Loaded,
        row: &str,
        base: Revision,
        touched: &[(String, Map<String, Value>, bool)],
    ) -> Result<()> {
        let is_stale = touched.iter().any(|(locale, _, _)| {
            let revision = loaded.part(locale).map_or(0, |p| p.revision);
            let seen = if locale.is_empty() { base.shared } else { base.local.unwrap_or(0) };
            revision != seen
        });
        if is_stale { Err(self.stale(loaded, row)?) } else { Ok(()) }
    }

    /// Refuse when the draft of `row` is not the one the client saw.
    pub(super) fn expect(&mut self, loaded: &Loaded, row: &str, base: Revision) -> Result<()> {
        if loaded.revision(row) == base { Ok(()) } else { Err(self.stale(loaded, row)?) }
    }

    /// The refusal, with the draft as it is now.
    fn stale(&mut self, loaded: &Loaded, row: &str) -> Result<Error> {
        let values = loaded.values(self.tx, self.snapshot, State::Draft, row)?;
        let rules = Rules::of(self.caller, self.snapshot);
        let seen = covered(self.tx, self.snapshot, &rules, Action::ReadDraft, loaded)?;
        let values: Map<String, Value> = values.into_iter().filter(|(field, _)| seen.covers(field)).collect();
        let current = json!({
            "documentId": loaded.doc.document_id,
            "revision": loaded.revision(row).to_string(),
            "data": value::to_names(&self.snapshot.model, &loaded.ty, &values),
        });
        Ok(Error::Stale { revision: loaded.revision(row).to_string(), current })
    }

    /// Refresh what is derived and emit the event. In types without drafts this is where the save goes live.
    pub fn finish(&mut self, loaded: &mut Loaded, locale: &str, applied: &Applied, kind: &str) -> Result<()> {
        if applied.fields.is_empty() && !applied.created {
            return Ok(());
        }
        let is_live = !loaded.ty.def.draft_and_publish;
        if is_live {
            let row = loaded.ty.row_locale(locale).to_owned();
            publish::check(self, loaded, &row, Scope { shared: true, local: true })?;
            publish::release(self, loaded, &row, None)?;
        }
        let states = if is_live { [State::Published] } else { [State::Draft] };
        project::refresh(self.tx, self.snapshot, self.ids, loaded, &states)?;
        if is_live {
            // Without drafts, to save is to publish.
            authorize_on(self.tx, self.snapshot, self.caller, Action::Publish, loaded)?;
        }
        // Nobody hands a document away: what they may change they may change afterwards, too.
        let may_go_on = kind == "document.created" || self.may_still(loaded, applied)?;
        if !may_go_on {
            let message = format!("this would take the {} out of what you may change", loaded.ty.def.singular);
            return Err(Error::Forbidden(message));
        }
        let mut event = document_event(kind, loaded, self.caller);
        event.locale = loaded.ty.localized.then(|| locale.to_owned());
        event.fields = applied.fields.iter().cloned().collect();
        event.version = applied.version;
        event.live = is_live;
        self.tx.emit(event);
        let row = loaded.ty.row_locale(locale).to_owned();
        pending::settle(self, loaded, &row)
    }

    /// Whether the caller may change the document, and these fields of it, as it has become.
    fn may_still(&mut self, loaded: &Loaded, applied: &Applied) -> Result<bool> {
        if !may(self.tx, self.snapshot, self.caller, Action::Update, loaded)? {
            return Ok(false);
        }
        let rules = Rules::of(self.caller, self.snapshot);
        if rules.uneven(Action::Update, &loaded.ty).is_none() {
            return Ok(true);
        }
        let held = covered(self.tx, self.snapshot, &rules, Action::Update, loaded)?;
        // What was made beside, like a slug, needs no right.
        let ours = |field: &&String| rules.covers_field(Action::Update, loaded.ty.id(), field);
        Ok(applied.fields.iter().filter(ours).all(|field| held.covers(field)))
    }

    /// A write through the other end of a relation: a save of each document that owns it.
    fn write_inverse(&mut self, loaded: &Loaded, write: &InverseWrite) -> Result<()> {
        let here = loaded.doc.document_id.clone();
        let mut connect: Vec<String> = write.connect.iter().map(|t| t.document_id.clone()).collect();
        let mut disconnect: Vec<String> = write.disconnect.iter().map(|t| t.document_id.clone()).collect();
        if let Some(set) = &write.set {
            let wanted: BTreeSet<&str> = set.iter().map(|t| t.document_id.as_str()).collect();
            for key in masthead_store::references::sources(self.tx, loaded.doc.key)? {
                if let Some(doc) = masthead_store::documents::by_key(self.tx, key)?
                    && !wanted.contains(doc.document_id.as_str())
                    && self
                        .snapshot
                        .model
                        .by_key(masthead_model::TypeKey(doc.type_key))
                        .is_some_and(|t| t.def.id == write.inverse.source)
                    && self.sees(&doc)?
                {
                    disconnect.push(doc.document_id);
                }
            }
            // What this very save lets it point at itself is not derived yet.
            disconnect.extend((loaded.ty.def.id == write.inverse.source).then(|| here.clone()));
            connect.extend(set.iter().map(|t| t.document_id.clone()));
        }
        connect.sort();
        connect.dedup();
        disconnect.retain(|d| !connect.contains(d));
        for (ids, add) in [(disconnect, false), (connect, true)] {
            for id in ids {
                let mut owner = Loaded::lock(self.tx, self.snapshot, &id)?;
                authorize_on(self.tx, self.snapshot, self.caller, Action::Update, &owner)?;
                owner.expect_active()?;
                self.link(&mut owner, &write.inverse.field, &here, add)?;
            }
        }
        Ok(())
    }

    /// Whether the caller sees a document. What they do not see is not part of what they replace, and stays.
    fn sees(&mut self, doc: &masthead_store::documents::Document) -> Result<bool> {
        let loaded = Loaded::of_document(self.tx, self.snapshot, doc.clone())?;
        is_readable(self.tx, self.snapshot, self.caller, &loaded)
    }

    /// Let a relation of `owner` point at `target`, or no longer.
    fn link(&mut self, owner: &mut Loaded, field_id: &str, target: &str, add: bool) -> Result<()> {
        let Some(field) = owner.ty.field(field_id).cloned() else { return Ok(()) };
        let locales: Vec<String> = if owner.ty.localized && field.localized {
            owner.rows(State::Draft)
        } else {
            vec![owner.rows(State::Draft).into_iter().next().unwrap_or_default()]
        };
        for row in locales {
            let values = owner.values(self.tx, self.snapshot, State::Draft, &row)?;
            let mut list: Vec<Value> = match values.get(field_id) {
                Some(Value::Array(list)) => list.clone(),
                Some(one) => vec![one.clone()],
                None => Vec::new(),
            };
            let had = list.iter().any(|v| v == target);
            if had == add {
                continue;
            }
            list.retain(|v| v != target);
            if add {
                if !field.many {
                    list.clear();
                }
                list.push(Value::from(target));
            }
            let value = if field.many { Value::Array(list) } else { list.pop().unwrap_or(Value::Null) };
            let data = Map::from_iter([(field.name.clone(), value)]);
            let locale =
                if row.is_empty() { self.snapshot.model.locales.default_code().to_owned() } else { row.clone() };
            let change = Change { data: &data, locale: &locale, base: None, how: How::Link, allow_pending: false };
            let applied = self.apply(owner, &change)?;
            self.finish(owner, &locale, &applied, "document.saved")?;
        }
        Ok(())
    }
}

/// Equal, whatever the order of the members at the top.
fn same(a: &Map<String, Value>, b: &Map<String, Value>) -> bool {
    a.len() == b.len() && a.iter().all(|(k, v)| b.get(k) == Some(v))
}
