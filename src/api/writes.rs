//! The content API's writes: POST, PUT and DELETE below `/api/{name}`.
//!
//! Without `status` a write is published; `status=draft` only saves. The query string is checked before anything is
//! written, and the answer is the document as a read with the same query string would give it.

use crate::body;
use crate::caller::caller;
use crate::errors::Refusal;
use masthead_core::access;
use masthead_core::content::{self, Create, Put, Saved};
use masthead_core::delivery::{self, Writing};
use masthead_core::{Caller, Core, Error};
use masthead_model::Kind;
use masthead_model::query::{Node, QueryProblem, qs};
use poem::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use poem::http::{HeaderMap, StatusCode};
use poem::{Request, Response};
use serde_json::{Map, Value, json};
use std::hash::{DefaultHasher, Hash, Hasher};

/// The client's name for a request; a repeat gets the first answer.
const IDEMPOTENCY_KEY: &str = "idempotency-key";
const LONGEST_KEY: usize = 200;

/// `POST /api/{plural}`.
pub async fn create(core: &Core, mut req: Request, name: &str) -> Result<Response, Refusal> {
    let caller = caller(core, &req).await?;
    let query = req.uri().query().unwrap_or_default().to_owned();
    let writing = delivery::writing(core, &caller, name, &query).await?;
    let save_id = save_id(req.headers(), &caller, "POST", name)?;
    let sent = req.take_body();
    let data = body::data(&req, sent).await?;
    let save_id = save_id.map(|name| if caller == Caller::Anonymous { of_stranger(&name, &data) } else { name });
    // What nobody in particular sends in is looked at before it is public.
    let publish = !writing.draft && caller != Caller::Anonymous;
    let what = Create { data, locale: writing.locale.clone(), publish, save_id };
    let saved = content::create(core, &caller, name, what).await.map_err(in_data)?;
    let writing = Writing { readable: writing.readable && (publish || writing.draft), ..writing };
    shown(core, &caller, name, &query, &writing, &saved, StatusCode::CREATED).await
}

/// `PUT /api/{plural}/{documentId}`, and `PUT /api/{single}` without an id.
pub async fn update(core: &Core, mut req: Request, name: &str, id: Option<&str>) -> Result<Response, Refusal> {
    let caller = caller(core, &req).await?;
    let query = req.uri().query().unwrap_or_default().to_owned();
    let writing = delivery::writing(core, &caller, name, &query).await?;
    let save_id = save_id(req.headers(), &caller, "PUT", name)?;
    let sent = req.take_body();
    let data = body::data(&req, sent).await?;
    let what = Put { data, locale: writing.locale.clone(), draft: writing.draft, save_id };
    let saved = content::put(core, &caller, name, id, what).await.map_err(in_data)?;
    shown(core, &caller, name, &query, &writing, &saved, StatusCode::OK).await
}

/// `DELETE /api/{plural}/{documentId}`, and `DELETE /api/{single}`: to the trash; with `locale`, only what it has there.
pub async fn delete(core: &Core, req: Request, name: &str, id: Option<&str>) -> Result<Response, Refusal> {
    let caller = caller(core, &req).await?;
    let locale = deleted_locale(req.uri().query().unwrap_or_default())?;
    content::delete(core, &caller, name, id, locale.as_deref()).await.map_err(Refusal::in_query)?;
    Ok(Response::builder().status(StatusCode::NO_CONTENT).finish())
}

/// The locale that is to go; none for all of them.
fn deleted_locale(raw: &str) -> Result<Option<String>, Refusal> {
    let refused =
        |parameter: &str, code, message| Refusal::from(Error::Query(vec![QueryProblem::new(parameter, code, message)]));
    let tree = qs::parse(raw).map_err(|problem| Error::Query(vec![problem]))?;
    let Node::Map(members) = &tree else { return Ok(None) };
    let mut locale = None;
    for (key, node) in members {
        match (key.as_str(), node) {
            ("locale", Node::Value(all)) if all == "*" => {}
            ("locale", Node::Value(code)) => locale = Some(code.clone()),
            ("locale", _) => return Err(refused("locale", "value", "`locale` is one locale, or `*`")),
            (other, _) => {
                return Err(refused(other, "unknown_parameter", "only `locale` applies where a document is deleted"));
            }
        }
    }
    Ok(locale)
}

/// Problems of fields are at `/data/…` in what was sent.
fn in_data(error: Error) -> Refusal {
    let moved = |problems: Vec<masthead_model::Problem>| problems.into_iter().map(|p| p.within("/data")).collect();
    Refusal::from(match error {
        Error::Invalid(problems) => Error::Invalid(moved(problems)),
        Error::Blocked(problems) => Error::Blocked(moved(problems)),
        Error::ForbiddenFields(problems) => Error::ForbiddenFields(moved(problems)),
        other => other,
    })
}

fn save_id(headers: &HeaderMap, caller: &Caller, method: &str, name: &str) -> Result<Option<String>, Refusal> {
    let Some(key) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    match key.to_str() {
        // One client's keys mean nothing to another.
        Ok(key) if !key.is_empty() && key.len() <= LONGEST_KEY => {
            Ok(Some(format!("{} {method} {name} {key}", caller.actor())))
        }
        _ => {
            let message = format!("Idempotency-Key has 1 to {LONGEST_KEY} ASCII characters");
            Err(Error::invalid("", "idempotency_key", message).into())
        }
    }
}

/// Strangers are not told apart: one repeats what it sent itself, and never what another one did by the same name.
fn of_stranger(name: &str, data: &Map<String, Value>) -> String {
    let mut hasher = DefaultHasher::new();
    for (field, value) in data {
        (field, value.to_string()).hash(&mut hasher);
    }
    format!("{name} {:016x}", hasher.finish())
}

async fn shown(
    core: &Core,
    caller: &Caller,
    name: &str,
    query: &str,
    writing: &Writing,
    saved: &Saved,
    status: StatusCode,
) -> Result<Response, Refusal> {
    let blind = || {
        let data = json!({"id": saved.id, "documentId": saved.document_id});
        json!({"data": data, "meta": {}}).to_string().into_bytes()
    };
    let bytes = if writing.readable {
        let found = if access::api_kind(core, caller, name).await? == Kind::Single {
            delivery::list_or_single(core, caller, name, query).await
        } else {
            delivery::one(core, caller, name, &saved.document_id, query).await
        };
        match found {
            Ok(found) => found.body.to_vec(),
            // Written, but not to be read by whoever wrote it.
            Err(Error::NotFound(_)) => blind(),
            Err(other) => return Err(other.into()),
        }
    } else {
        blind()
    };
    let mut response = Response::builder().status(status).body(bytes);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
