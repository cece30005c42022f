//! Read a draft as an editor sees it.

use super::allowed::{authorize_on, covered};
use super::document::{Loaded, State, Status, locale_of};
use crate::access::Rules;
use crate::{Caller, Core, Error, Result, time};
use masthead_model::{Action, value};
use serde::Serialize;
use serde_json::{Map, Value};

/// A document's draft in one locale.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Draft {
    pub document_id: String,
    pub id: i64,
    /// Id of the content type.
    #[serde(rename = "type")]
    pub type_id: String,
    pub locale: Option<String>,
    /// Locales in which the document has a part.
    pub locales: Vec<String>,
    pub revision: String,
    pub status: Status,
    pub created_at: String,
    pub updated_at: String,
    pub published_at: Option<String>,
    pub trashed: bool,
    /// By field names, relations as document ids.
    pub data: Map<String, Value>,
}

/// The draft of a document in one locale (the default when none).
pub async fn draft(core: &Core, caller: &Caller, id: &str, locale: Option<&str>) -> Result<Draft> {
    let (ids, caller, id, locale) = (core.ids(), caller.clone(), id.to_owned(), locale.map(str::to_owned));
    core.read(move |conn, snapshot| {
        let loaded = Loaded::read(conn, snapshot, &id)?;
        authorize_on(conn, snapshot, &caller, Action::ReadDraft, &loaded)?;
        let locale = locale_of(snapshot, locale.as_deref())?;
        let row = loaded.ty.row_locale(&locale).to_owned();
        let Some(part) = loaded.part(&row) else {
            return Err(Error::not_found(format!("document {id} in locale '{row}'")));
        };
        let mut values = loaded.values(conn, snapshot, State::Draft, &row)?;
        let rules = Rules::of(&caller, snapshot);
        let seen = covered(conn, snapshot, &rules, Action::ReadDraft, &loaded)?;
        values.retain(|field, _| seen.covers(field));
        Ok(Draft {
            document_id: id.clone(),
            id: ids.public(loaded.doc.key),
            type_id: loaded.ty.def.id.clone(),
            locale: loaded.ty.localized.then(|| row.clone()),
            locales: loaded.parts.iter().filter(|p| !p.locale.is_empty()).map(|p| p.locale.clone()).collect(),
            revision: loaded.revision(&row).to_string(),
            status: loaded.status(&row),
            created_at: time::to_text(loaded.doc.created_at),
            updated_at: time::to_text(part.saved_at),
            published_at: part.published_at.map(time::to_text),
            trashed: loaded.doc.trashed_at.is_some(),
            data: value::to_names(&snapshot.model, &loaded.ty, &values),
        })
    })
    .await
}
