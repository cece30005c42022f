//! A document as somebody edits it: its draft in one locale, how it stands in each, and what is in the way of
//! publishing it.

use super::allowed::{authorize_on, covered, is_readable, may};
use super::document::{Loaded, State, Status, locale_of, type_named};
use super::publish;
use crate::access::Rules;
use crate::{Caller, Core, Error, Result, Snapshot, time};
use masthead_model::query::Visible;
use masthead_model::value::{self, Scope};
use masthead_model::{Action, Problem};
use masthead_store::{Connection, documents, parts, references, urls};
use serde::Serialize;
use serde_json::{Map, Value};

/// Documents that a draft points at are described up to this many.
const RELATED: usize = 200;

/// How a document stands in one locale.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LocaleState {
    /// None in types without localized fields.
    pub locale: Option<String>,
    pub status: Status,
    pub saved_at: String,
    /// Who saved it last.
    pub saved_by: String,
    pub published_at: Option<String>,
}

/// A document in short, for lists and pickers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Brief {
    pub document_id: String,
    /// Id of the content type.
    #[serde(rename = "type")]
    pub type_id: String,
    /// Its title in the default locale, or in the first that it has; its id when it has none.
    pub title: String,
    /// Where it stands there.
    pub status: Status,
    pub trashed: bool,
}

/// A document under the editor.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Opened {
    pub document_id: String,
    pub id: i64,
    #[serde(rename = "type")]
    pub type_id: String,
    /// None in types without localized fields.
    pub locale: Option<String>,
    /// Whether it has content in this locale yet.
    pub exists: bool,
    /// What a save says as `baseVersion`.
    pub revision: String,
    pub status: Status,
    pub locales: Vec<LocaleState>,
    pub created_at: String,
    pub created_by: String,
    pub published_at: Option<String>,
    pub trashed_at: Option<String>,
    /// In types with an order.
    pub position: Option<String>,
    /// Id of the parent, in trees.
    pub parent: Option<String>,
    /// Path on the website, while it is published.
    pub url: Option<String>,
    /// What the caller may do with it.
    pub may: Vec<Action>,
    /// By field names, relations as document ids.
    pub data: Map<String, Value>,
    /// What is published, in the same form; none while nothing is.
    pub published: Option<Map<String, Value>>,
    /// Everything that is in the way of publishing this locale.
    pub problems: Vec<Problem>,
    /// The documents that the draft points at, as far as the caller may see them.
    pub related: Vec<Brief>,
}

/// Open a document's draft in one locale (the default when none). Trashed documents can be looked at, too.
pub async fn open(core: &Core, caller: &Caller, id: &str, locale: Option<&str>) -> Result<Opened> {
    let (ids, caller, id, locale) = (core.ids(), caller.clone(), id.to_owned(), locale.map(str::to_owned));
    core.read(move |conn, snapshot| {
        let loaded = Loaded::read(conn, snapshot, &id)?;
        authorize_on(conn, snapshot, &caller, Action::ReadDraft, &loaded)?;
        let rules = Rules::of(&caller, snapshot);
        let fields = covered(conn, snapshot, &rules, Action::ReadDraft, &loaded)?;
        let locale = locale_of(snapshot, locale.as_deref())?;
        let ty = loaded.ty.clone();
        let row = ty.row_locale(&locale).to_owned();
        let exists = loaded.part(&row).is_some();
        let only = |mut values: Map<String, Value>| {
            values.retain(|field, _| fields.covers(field));
            value::to_names(&snapshot.model, &ty, &values)
        };
        let draft = loaded.values(conn, snapshot, State::Draft, &row)?;
        let is_public = loaded.rows(State::Published).contains(&row);
        let published = match is_public {
            true => Some(only(loaded.values(conn, snapshot, State::Published, &row)?)),
            false => None,
        };
        let sees = |field: &str| fields.covers(field);
        let mut problems = match exists {
            true => publish::problems(conn, snapshot, &loaded, &row, Scope { shared: true, local: true })?,
            false => Vec::new(),
        };
        let field_at =
            |pointer: &str| ty.field_named(pointer.split('/').nth(1).unwrap_or_default()).map(|f| f.id.clone());
        problems.retain(|problem| field_at(&problem.pointer).is_none_or(|field| sees(&field)));
        let mut allowed = Vec::new();
        for action in Action::ALL {
            // Of what is not published yet, reading is allowed all the same.
            let condition = rules.condition(action, &ty);
            let plain = condition.is_none() && rules.grant(action, ty.id()).is_some();
            if plain || may(conn, snapshot, &caller, action, &loaded)? {
                allowed.push(action);
            }
        }
        let parent = match loaded.doc.parent.filter(|_| sees("parent")) {
            Some(key) => parent(conn, snapshot, &caller, key)?,
            None => None,
        };
        // Addresses are made of fields.
        let shows_url = ty.def.fields.iter().all(|f| sees(&f.id)) && (!ty.def.tree || rules.paths_visible(ty.id()));
        let url = urls::of(conn, loaded.doc.key)?
            .into_iter()
            .find(|u| shows_url && u.current && u.locale == row)
            .map(|u| u.path);
        Ok(Opened {
            document_id: id.clone(),
            id: ids.public(loaded.doc.key),
            type_id: ty.def.id.clone(),
            locale: ty.localized.then(|| row.clone()),
            exists,
            revision: loaded.revision(&row).to_string(),
            status: loaded.status(&row),
            locales: locale_states(&loaded),
            created_at: time::to_text(loaded.doc.created_at),
            created_by: loaded.doc.created_by.clone(),
            published_at: loaded.part(&row).and_then(|p| p.published_at).map(time::to_text),
            trashed_at: loaded.doc.trashed_at.map(time::to_text),
            position: loaded.doc.position.clone(),
            parent,
            url,
            may: allowed,
            related: related(conn, snapshot, &caller, &loaded, &row, &sees)?,
            data: only(draft),
            published,
            problems,
        })
    })
    .await
}

/// Id of a parent, when the caller may know of it.
fn parent(conn: &mut Connection, snapshot: &Snapshot, caller: &Caller, key: i64) -> Result<Option<String>> {
    let Some(doc) = documents::by_key(conn, key)? else { return Ok(None) };
    let loaded = Loaded::of_document(conn, snapshot, doc)?;
    Ok(is_readable(conn, snapshot, caller, &loaded)?.then_some(loaded.doc.document_id))
}

/// How a document stands in each locale that it has, in the order of the site's.
pub(super) fn locale_states(loaded: &Loaded) -> Vec<LocaleState> {
    let rows = loaded.parts.iter().filter(|p| p.locale.is_empty() != loaded.ty.localized);
    let state = |p: &parts::Part| {
        // Who saves a shared field has saved every locale.
        let shared = loaded.part("").filter(|s| s.saved_at > p.saved_at).unwrap_or(p);
        LocaleState {
            locale: loaded.ty.localized.then(|| p.locale.clone()),
            status: loaded.status(&p.locale),
            saved_at: time::to_text(shared.saved_at),
            saved_by: shared.saved_by.clone(),
            published_at: p.published_at.map(time::to_text),
        }
    };
    rows.map(state).collect()
}

/// The documents that the draft of `row` points at, once each, in the order of their fields.
fn related(
    conn: &mut Connection,
    snapshot: &Snapshot,
    caller: &Caller,
    loaded: &Loaded,
    row: &str,
    sees: &dyn Fn(&str) -> bool,
) -> Result<Vec<Brief>> {
    let state = if loaded.ty.def.draft_and_publish { State::Draft } else { State::Published };
    let mut keys: Vec<i64> = Vec::new();
    for reference in references::of(conn, loaded.doc.key)? {
        let is_here = reference.locale.is_empty() || reference.locale == row;
        let is_seen = sees(reference.path.split('.').next().unwrap_or_default());
        if reference.state == state.number() && is_here && is_seen && !keys.contains(&reference.dst) {
            keys.push(reference.dst);
        }
    }
    keys.truncate(RELATED);
    briefs(conn, snapshot, caller, &keys)
}

/// The documents with these keys in short, in their order; those that the caller may not see are left out.
pub(super) fn briefs(conn: &mut Connection, snapshot: &Snapshot, caller: &Caller, keys: &[i64]) -> Result<Vec<Brief>> {
    let rules = Rules::of(caller, snapshot);
    let mut found = documents::with_keys(conn, keys)?;
    found.sort_by_key(|d| keys.iter().position(|k| *k == d.key));
    let mut briefs = Vec::with_capacity(found.len());
    for doc in found {
        let loaded = Loaded::of_document(conn, snapshot, doc)?;
        if may(conn, snapshot, caller, Action::ReadDraft, &loaded)? {
            briefs.push(brief(conn, snapshot, &rules, &loaded)?);
        }
    }
    Ok(briefs)
}

pub(super) fn brief(conn: &mut Connection, snapshot: &Snapshot, rules: &Rules<'_>, loaded: &Loaded) -> Result<Brief> {
    let default = loaded.ty.row_locale(snapshot.model.locales.default_code()).to_owned();
    let rows = loaded.rows(State::Draft);
    let row = if rows.contains(&default) { default } else { rows.into_iter().next().unwrap_or_default() };
    Ok(Brief {
        document_id: loaded.doc.document_id.clone(),
        type_id: loaded.ty.def.id.clone(),
        title: title(conn, snapshot, rules, loaded, &row)?,
        status: loaded.status(&row),
        trashed: loaded.doc.trashed_at.is_some(),
    })
}

/// What names a document to people: the value of the type's title field, else of its first text.
pub(super) fn title(
    conn: &mut Connection,
    snapshot: &Snapshot,
    rules: &Rules<'_>,
    loaded: &Loaded,
    row: &str,
) -> Result<String> {
    let seen = covered(conn, snapshot, rules, Action::ReadDraft, loaded)?;
    let found = match loaded.ty.def.title().filter(|id| seen.covers(id)) {
        Some(id) => loaded.values(conn, snapshot, State::Draft, row)?.shift_remove(id),
        None => None,
    };
    Ok(match found {
        Some(Value::String(text)) if !text.trim().is_empty() => text.chars().take(200).collect(),
        Some(Value::Number(number)) => number.to_string(),
        _ => loaded.doc.document_id.clone(),
    })
}

/// Refuse, as a document that is not there, one that is of another type, or of one that the caller may do nothing with.
pub async fn expect_type(core: &Core, caller: &Caller, type_word: &str, id: &str) -> Result<()> {
    let (caller, word, id) = (caller.clone(), type_word.to_owned(), id.to_owned());
    core.read(move |conn, snapshot| {
        let rules = Rules::of(&caller, snapshot);
        let unknown = || Error::not_found(format!("document {id}"));
        let ty = type_named(snapshot, &word).map_err(|_| unknown())?;
        let known = Action::ALL.into_iter().any(|action| rules.grant(action, ty.id()).is_some());
        let doc = documents::by_document_id(conn, &id)?;
        match doc.filter(|d| known && d.type_key == ty.key.0) {
            Some(_) => Ok(()),
            None => Err(unknown()),
        }
    })
    .await
}
