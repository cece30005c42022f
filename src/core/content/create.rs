//! Create a document.

use super::document::{Loaded, locale_of, type_named};
use super::part::How;
use super::save::{self, Change, Saved, Work};
use super::{place, publish};
use crate::access::{Rules, authorize};
use crate::{Caller, Core, Error, Result};
use masthead_model::value::Scope;
use masthead_model::{Action, DocumentId, Kind, Type};
use masthead_store::documents::{self, Document};
use masthead_store::now_micros;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::sync::Arc;

/// What to create.
#[derive(Clone, Debug, Default)]
pub struct Create {
    /// By field names.
    pub data: Map<String, Value>,
    /// The default locale when none.
    pub locale: Option<String>,
    /// Publish at once; refused when the draft is not complete.
    pub publish: bool,
    /// The client's name for this save; a repeat gets the first answer.
    pub save_id: Option<String>,
}

/// Create a document of the type with this API name, singular or id.
pub async fn create(core: &Core, caller: &Caller, type_word: &str, what: Create) -> Result<Saved> {
    let (ids, caller, word) = (core.ids(), caller.clone(), type_word.to_owned());
    core.write(move |tx, snapshot| {
        let ty = type_named(snapshot, &word)?;
        authorize(&caller, snapshot, Action::Create, &ty)?;
        if what.publish || !ty.def.draft_and_publish {
            authorize(&caller, snapshot, Action::Publish, &ty)?;
        }
        Rules::of(&caller, snapshot).expect_fields(Action::Create, snapshot, &ty, &what.data)?;
        // There is no document yet to keep the receipt by: 0 stands for "a creation".
        if what.save_id.is_some() {
            documents::take_turns(tx, ty.key.0)?;
        }
        if let Some(answer) = save::repeated(tx, 0, what.save_id.as_deref())? {
            return Ok(answer);
        }
        let locale = locale_of(snapshot, what.locale.as_deref())?;
        let mut work = Work { tx, snapshot, ids, caller: &caller, now: now_micros() };
        let mut loaded = Loaded { is_new: true, ..insert(&mut work, &ty, None, None)? };
        let change = Change { data: &what.data, locale: &locale, base: None, how: How::Save, allow_pending: false };
        let applied = work.apply(&mut loaded, &change)?;
        work.finish(&mut loaded, &locale, &applied, "document.created")?;
        if what.publish && ty.def.draft_and_publish {
            let row = ty.row_locale(&locale).to_owned();
            publish::check(&mut work, &loaded, &row, Scope { shared: true, local: true })?;
            publish::publish_row(&mut work, &mut loaded, &row, None)?;
        }
        let saved = save::answer(ids, &loaded, &locale, applied);
        save::remember(tx, 0, what.save_id.as_deref(), &saved)?;
        Ok(saved)
    })
    .await
}

/// Insert a document without parts. A single has one document; a given id must be free for ever.
pub(super) fn insert(
    work: &mut Work<'_, '_>,
    ty: &Arc<Type>,
    document_id: Option<&DocumentId>,
    created_at: Option<i64>,
) -> Result<Loaded> {
    if ty.def.kind == Kind::Single {
        documents::take_turns(work.tx, ty.key.0)?;
    }
    if ty.def.kind == Kind::Single && documents::first_of(work.tx, ty.key.0)?.is_some() {
        return Err(Error::Conflict(format!("{} has its one document already", ty.def.label)));
    }
    let document_id = match document_id {
        Some(id) if documents::is_erased(work.tx, id.as_str())? => {
            return Err(Error::Conflict(format!("document {id} was erased, and its id is never given again")));
        }
        Some(id) => id.clone(),
        None => DocumentId::generate(),
    };
    let mut doc = Document {
        key: 0,
        document_id: document_id.to_string(),
        type_key: ty.key.0,
        created_at: created_at.unwrap_or(work.now),
        created_by: work.caller.actor(),
        position: if ty.def.orderable || ty.def.tree { Some(place::last(work, ty, None)?) } else { None },
        parent: None,
        trashed_at: None,
    };
    doc.key = match documents::insert(work.tx, &doc) {
        Err(masthead_store::Error::Taken(_)) => {
            return Err(Error::Conflict(format!("there is a document {document_id} already")));
        }
        other => other?,
    };
    Ok(Loaded { doc, ty: ty.clone(), parts: Vec::new(), ahead: HashMap::new(), is_new: false })
}
