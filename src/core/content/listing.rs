//! Lists for editors: drafts, with the parameters of the content API, and where each document stands.

use super::document::{Loaded, Status, type_named};
use super::editor::{self, Brief, LocaleState};
use super::trash::met_by_creator;
use crate::access::{Rules, authorize};
use crate::delivery::{self, Standing};
use crate::{Caller, Core, Error, Result, Snapshot, time};
use masthead_model::query::ast::Filter;
use masthead_model::query::{QueryProblem, qs};
use masthead_model::{Action, Type};
use masthead_store::Connection;
use masthead_store::documents::{self, Document};
use serde::Serialize;
use serde_json::{Map, Value};
use std::sync::Arc;

/// Trashed documents that are listed at once.
const LISTED: i64 = 200;
/// How many of them are looked at for a caller who sees some of them.
const SEARCHED: i64 = 5_000;

/// A page of documents.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Listing {
    pub documents: Vec<Listed>,
    /// As the content API says it.
    pub pagination: Value,
}

/// One document of a list.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Listed {
    pub document_id: String,
    pub id: i64,
    /// The locale of this row; none in types without localized fields.
    pub locale: Option<String>,
    pub title: String,
    /// Where it stands in this locale.
    pub status: Status,
    pub locales: Vec<LocaleState>,
    pub created_at: String,
    pub created_by: String,
    /// When it was last saved in this locale, and by whom.
    pub saved_at: String,
    pub saved_by: String,
    pub position: Option<String>,
    /// The fields that were asked for, as the content API gives them.
    pub data: Map<String, Value>,
}

/// A document in the trash.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Trashed {
    #[serde(flatten)]
    pub document: Brief,
    pub trashed_at: String,
    pub trashed_by: Option<String>,
}

/// List the drafts of a type. Takes the content API's parameters, except that `status` keeps only what stands there:
/// `draft`, `published` or `modified`.
pub async fn list(core: &Core, caller: &Caller, type_word: &str, raw_query: &str) -> Result<Listing> {
    let (asking, word) = (caller.clone(), type_word.to_owned());
    let ty: Arc<Type> = core
        .read(move |_, snapshot| {
            let ty = type_named(snapshot, &word)?;
            authorize(&asking, snapshot, Action::ReadDraft, &ty)?;
            Ok(ty)
        })
        .await?;
    let (standing, raw) = parameters(raw_query)?;
    let found = delivery::drafts(core, caller, ty.def.api_name(), &raw, standing).await?;
    let mut body: Value = serde_json::from_slice(&found.body).map_err(|e| Error::Internal(e.to_string()))?;
    let rows = match body["data"].take() {
        Value::Array(rows) => rows,
        _ => Vec::new(),
    };
    let pagination = body["meta"]["pagination"].take();
    let caller = caller.clone();
    let ids = core.ids();
    let documents = core
        .read(move |conn, snapshot| {
            let rules = Rules::of(&caller, snapshot);
            let rows: Vec<Map<String, Value>> =
                rows.into_iter().filter_map(|r| if let Value::Object(map) = r { Some(map) } else { None }).collect();
            let wanted: Vec<String> = rows.iter().map(|row| text(row, "documentId")).collect();
            let loaded = load(conn, snapshot, &wanted)?;
            let mut out = Vec::with_capacity(rows.len());
            for mut data in rows {
                let id = text(&data, "documentId");
                // Erased between the two readings.
                let Some(doc) = loaded.iter().find(|l| l.doc.document_id == id) else { continue };
                let locale = data.get("locale").and_then(Value::as_str).map(str::to_owned);
                let locale = locale.unwrap_or_else(|| snapshot.model.locales.default_code().to_owned());
                let row = doc.ty.row_locale(&locale).to_owned();
                let states = editor::locale_states(doc);
                let Some(state) = states.iter().find(|s| s.locale.as_deref().unwrap_or("") == row).cloned() else {
                    continue;
                };
                for known in ["id", "documentId", "createdAt", "updatedAt", "publishedAt", "locale", "position"] {
                    data.shift_remove(known);
                }
                out.push(Listed {
                    document_id: id,
                    id: ids.public(doc.doc.key),
                    locale: state.locale,
                    title: editor::title(conn, snapshot, &rules, doc, &row)?,
                    status: state.status,
                    locales: states,
                    created_at: time::to_text(doc.doc.created_at),
                    created_by: doc.doc.created_by.clone(),
                    saved_at: state.saved_at,
                    saved_by: state.saved_by,
                    position: doc.doc.position.clone(),
                    data,
                });
            }
            Ok(out)
        })
        .await?;
    Ok(Listing { documents, pagination })
}

fn text(row: &Map<String, Value>, name: &str) -> String {
    row.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

pub(super) fn load(conn: &mut Connection, snapshot: &Snapshot, ids: &[String]) -> Result<Vec<Loaded>> {
    let docs = documents::find_many(conn, ids)?;
    docs.into_iter().map(|doc| Loaded::of_document(conn, snapshot, doc)).collect()
}

/// The `status` of a raw query, and the rest of it.
fn parameters(raw: &str) -> Result<(Option<Standing>, String)> {
    let mut standing = None;
    let mut rest = Vec::new();
    for part in raw.split('&').filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let problem = |code, message: &str| Error::Query(vec![QueryProblem::new(name, code, message)]);
        match name {
            "status" if standing.is_some() => return Err(problem("repeated", "give `status` once")),
            "status" => {
                let word = qs::decode(value).unwrap_or_default();
                standing = Some(Standing::parse(&word).ok_or_else(|| {
                    problem(
                        "value",
                        "`status` is one of draft, published and modified; trashed ones have a list of their own",
                    )
                })?);
            }
            "at" => return Err(problem("unknown_parameter", "the past is read by document: see its versions")),
            _ => rest.push(part),
        }
    }
    rest.push("status=draft");
    Ok((standing, rest.join("&")))
}

/// The documents of a type in the trash, latest first: up to 200 from `start` on, and how many there are.
pub async fn trashed(core: &Core, caller: &Caller, type_word: &str, start: i64) -> Result<(Vec<Trashed>, i64)> {
    let (caller, word) = (caller.clone(), type_word.to_owned());
    core.read(move |conn, snapshot| {
        let ty = type_named(snapshot, &word)?;
        authorize(&caller, snapshot, Action::ReadDraft, &ty)?;
        let rules = Rules::of(&caller, snapshot);
        let condition = rules.condition(Action::ReadDraft, &ty);
        let (found, count) = match &condition {
            None => {
                (documents::trashed(conn, ty.key.0, start.max(0), LISTED)?, documents::count_trashed(conn, ty.key.0)?)
            }
            Some(condition) => seen_in_trash(conn, &ty, condition, start.max(0))?,
        };
        let mut out = Vec::new();
        for (doc, by) in found {
            let trashed_at = time::to_text(doc.trashed_at.unwrap_or_default());
            let loaded = Loaded::of_document(conn, snapshot, doc)?;
            let document = editor::brief(conn, snapshot, &rules, &loaded)?;
            out.push(Trashed { document, trashed_at, trashed_by: by });
        }
        Ok((out, count))
    })
    .await
}

type InTrash = Vec<(Document, Option<String>)>;

/// The trashed documents that meet a condition: up to 200 from `start` on, and how many there are among the latest.
fn seen_in_trash(conn: &mut Connection, ty: &Type, condition: &Filter, start: i64) -> Result<(InTrash, i64)> {
    let mut seen = documents::trashed(conn, ty.key.0, 0, SEARCHED)?;
    seen.retain(|(doc, _)| met_by_creator(condition, &doc.created_by) == Some(true));
    let count = i64::try_from(seen.len()).unwrap_or(i64::MAX);
    let page = seen.into_iter().skip(usize::try_from(start).unwrap_or(usize::MAX)).take(LISTED as usize);
    Ok((page.collect(), count))
}
