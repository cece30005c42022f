//! Show files in a media field of a document, behind those that it shows: Strapi's `ref`, `refId` and `field` of an upload.
//!
//! Where the document is published, the files go live with nothing else, as an update from the content API does.

use super::allowed::{authorize_on, expect_fields, is_readable, may};
use super::document::{Loaded, State, Status, type_named};
use super::part::How;
use super::publish;
use super::put::publish_only;
use super::save::{Change, Work};
use crate::access::{Rules, authorize};
use crate::{Caller, Core, Error, Result, Snapshot};
use masthead_model::field::Field;
use masthead_model::ids::PublicIds;
use masthead_model::value::Scope;
use masthead_model::{Action, FieldType, Type};
use masthead_store::{Connection, documents, now_micros};
use serde_json::{Map, Value};
use std::sync::Arc;

/// The field that is to show files.
#[derive(Clone, Debug)]
pub struct Showing {
    /// The content type: `article`, or `api::article.article`.
    pub type_word: String,
    /// The document's id or number.
    pub id: String,
    pub field: String,
}

/// Refuse what `attach` would refuse anyway, by the part of the form that is wrong. To be asked before files are kept.
pub async fn expect_attachable(core: &Core, caller: &Caller, showing: &Showing, files: usize) -> Result<()> {
    let (ids, caller, showing) = (core.ids(), caller.clone(), showing.clone());
    core.read(move |conn, snapshot| {
        let (loaded, field) = found(conn, snapshot, ids, &caller, &showing)?;
        expect(conn, snapshot, &caller, &loaded, &field)?;
        if !field.many && files > 1 {
            return Err(Error::invalid("/files", "items", format!("'{}' shows one file", field.name)));
        }
        Ok(())
    })
    .await
}

/// Show these files; in a field for one, instead of the one that it shows. Where the caller may not publish, in the
/// draft alone.
pub async fn attach(core: &Core, caller: &Caller, showing: &Showing, files: Vec<String>) -> Result<()> {
    let (ids, caller, showing) = (core.ids(), caller.clone(), showing.clone());
    core.write(move |tx, snapshot| {
        let (seen, field) = found(tx, snapshot, ids, &caller, &showing)?;
        // What it shows is read under the lock: files that somebody else just added stay.
        let mut loaded = Loaded::lock(tx, snapshot, &seen.doc.document_id)?;
        loaded.expect_active()?;
        expect(tx, snapshot, &caller, &loaded, &field)?;
        let (ty, before) = (loaded.ty.clone(), loaded.clone());
        let locale = locale_shown(snapshot, &loaded);
        let row = ty.row_locale(&locale).to_owned();
        let status = before.status(&locale);
        let goes_live = ty.def.draft_and_publish
            && status != Status::Draft
            && may(tx, snapshot, &caller, Action::Publish, &loaded)?;
        let mut work = Work { tx, snapshot, ids, caller: &caller, now: now_micros() };
        let state = if ty.def.draft_and_publish { State::Draft } else { State::Published };
        let data = behind(&field, &before.values(work.tx, snapshot, state, &row)?, &files);
        let change = Change { data: &data, locale: &locale, base: None, how: How::Save, allow_pending: false };
        let applied = work.apply(&mut loaded, &change)?;
        work.finish(&mut loaded, &locale, &applied, "document.saved")?;
        if goes_live && status == Status::Modified {
            let data = behind(&field, &before.values(work.tx, snapshot, State::Published, &row)?, &files);
            publish_only(&mut work, &before, &mut loaded, &locale, &data)?;
        } else if goes_live {
            publish::check(&mut work, &loaded, &row, Scope { shared: true, local: true })?;
            publish::publish_row(&mut work, &mut loaded, &row, None)?;
        }
        Ok(())
    })
    .await
}

/// The field's value with these files.
fn behind(field: &Field, values: &Map<String, Value>, files: &[String]) -> Map<String, Value> {
    let mut ids = files.iter().map(|id| Value::from(id.as_str()));
    let value = if field.many {
        let shown = values.get(&field.id).and_then(Value::as_array).cloned().unwrap_or_default();
        Value::Array(shown.into_iter().chain(ids).collect())
    } else {
        ids.next().unwrap_or_default()
    };
    Map::from_iter([(field.name.clone(), value)])
}

/// The site's own locale, or the first that the document has.
fn locale_shown(snapshot: &Snapshot, loaded: &Loaded) -> String {
    let own = snapshot.model.locales.default_code().to_owned();
    let rows = loaded.rows(State::Draft);
    match rows.first() {
        Some(first) if loaded.ty.localized && !rows.contains(&own) => first.clone(),
        _ => own,
    }
}

/// What the caller does not know is as good as not there.
fn found(
    conn: &mut Connection,
    snapshot: &Snapshot,
    ids: PublicIds,
    caller: &Caller,
    showing: &Showing,
) -> Result<(Loaded, Field)> {
    let wrong = |pointer: &str, message: String| Error::invalid(pointer, "not_found", message);
    let word = showing.type_word.rsplit(['.', ':']).next().unwrap_or_default();
    let no_type = |error| match error {
        Error::NotFound(_) => wrong("/ref", format!("there is no content type '{word}'")),
        other => other,
    };
    let ty: Arc<Type> = type_named(snapshot, word).map_err(no_type)?;
    authorize(caller, snapshot, Action::Update, &ty).map_err(no_type)?;
    let rules = Rules::of(caller, snapshot);
    let field = ty.field_named(&showing.field).filter(|f| f.kind == FieldType::Media);
    let field = field
        .filter(|f| rules.knows_field(ty.id(), &f.id))
        .ok_or_else(|| wrong("/field", format!("'{}' has no media field '{}'", ty.def.singular, showing.field)))?;
    let no_document = || wrong("/refId", format!("there is no document '{}'", showing.id));
    let doc = match showing.id.parse::<i64>() {
        Ok(number) => ids.key(number).map(|key| documents::by_key(conn, key)).transpose()?.flatten(),
        Err(_) => documents::by_document_id(conn, &showing.id)?,
    };
    let doc = doc.filter(|d| d.type_key == ty.key.0 && d.trashed_at.is_none()).ok_or_else(no_document)?;
    let loaded = Loaded::of_document(conn, snapshot, doc)?;
    if !may(conn, snapshot, caller, Action::Update, &loaded)? && !is_readable(conn, snapshot, caller, &loaded)? {
        return Err(no_document());
    }
    Ok((loaded, field.clone()))
}

fn expect(conn: &mut Connection, snapshot: &Snapshot, caller: &Caller, loaded: &Loaded, field: &Field) -> Result<()> {
    authorize_on(conn, snapshot, caller, Action::Update, loaded)?;
    if !loaded.ty.def.draft_and_publish {
        authorize_on(conn, snapshot, caller, Action::Publish, loaded)?;
    }
    let named = Map::from_iter([(field.name.clone(), Value::Null)]);
    expect_fields(conn, snapshot, caller, loaded, &named)
}
