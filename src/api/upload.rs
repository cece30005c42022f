//! `/api/upload`: files that come in, and what is known of those that are there; Strapi's contract.

use crate::caller::caller;
use crate::errors::Refusal;
use crate::manners::hear_out_body;
use crate::received::{Received, received};
use crate::signed::{asked, somebody};
use crate::site::Site;
use crate::{admin, body, reads};
use masthead_core::content::{self, Showing};
use masthead_core::media::{self, Details, Spooled};
use masthead_core::{Caller, Core, Error};
use masthead_model::Problem;
use poem::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use poem::http::{Method, StatusCode};
use poem::{Endpoint, Request, Response, Result};
use serde_json::Value;

const OF_UPLOAD: HeaderValue = HeaderValue::from_static("POST, OPTIONS");
const OF_FILES: HeaderValue = HeaderValue::from_static("GET, HEAD, OPTIONS");
const OF_FILE: HeaderValue = HeaderValue::from_static("GET, HEAD, DELETE, OPTIONS");

/// `POST /api/upload`, and for editors `POST /admin/api/media/upload`, where sessions count.
pub struct Upload {
    pub core: Core,
    pub site: Site,
}

/// `GET /api/upload/files`
pub struct Files {
    pub core: Core,
}

/// `GET|DELETE /api/upload/files/{id}`
pub struct OneFile {
    pub core: Core,
}

impl Endpoint for Upload {
    type Output = Response;

    async fn call(&self, req: Request) -> Result<Response> {
        match *req.method() {
            Method::POST => {
                let caller = match req.uri().path().starts_with(admin::PREFIX) {
                    true => somebody(asked(&self.core, &self.site, &req).await?)?.caller,
                    false => caller(&self.core, &req).await.map_err(Refusal::from)?,
                };
                Ok(take(&self.core, &caller, req).await?)
            }
            Method::OPTIONS => Ok(reads::options(OF_UPLOAD)),
            _ => Err(Refusal::method_not_allowed(OF_UPLOAD).into()),
        }
    }
}

impl Endpoint for Files {
    type Output = Response;

    async fn call(&self, req: Request) -> Result<Response> {
        match *req.method() {
            Method::GET | Method::HEAD => Ok(self.list(&req).await?),
            Method::OPTIONS => Ok(reads::options(OF_FILES)),
            _ => Err(Refusal::method_not_allowed(OF_FILES).into()),
        }
    }
}

impl Files {
    /// A plain list, as Strapi answers it; the page is told in headers.
    async fn list(&self, req: &Request) -> Result<Response, Refusal> {
        let caller = caller(&self.core, req).await?;
        let wanted = media::listing_of(&self.core, req.uri().query().unwrap_or_default())?;
        let listing = media::list(&self.core, &caller, wanted).await?;
        let files = media::shown(&self.core, &listing.files, None).await?;
        let mut response = json(StatusCode::OK, &Value::Array(files));
        response.headers_mut().insert("x-total-count", HeaderValue::from(listing.total));
        Ok(response)
    }
}

impl Endpoint for OneFile {
    type Output = Response;

    async fn call(&self, req: Request) -> Result<Response> {
        match *req.method() {
            Method::GET | Method::HEAD | Method::DELETE => Ok(self.answer(&req).await?),
            Method::OPTIONS => Ok(reads::options(OF_FILE)),
            _ => Err(Refusal::method_not_allowed(OF_FILE).into()),
        }
    }
}

impl OneFile {
    async fn answer(&self, req: &Request) -> Result<Response, Refusal> {
        let caller = caller(&self.core, req).await?;
        let word = req.raw_path_param("id").unwrap_or_default();
        let query = req.uri().query().unwrap_or_default();
        let mut file = media::get_numbered(&self.core, &caller, word).await?;
        if *req.method() == Method::DELETE {
            let force = match query {
                "" | "force=false" => false,
                "force=true" | "force=1" => true,
                other => return Err(unknown_parameter(other)),
            };
            file = media::trash(&self.core, &caller, &file.id, force).await?;
        } else if !query.is_empty() && !query.starts_with("populate") {
            return Err(unknown_parameter(query));
        } else if file.trashed_at.is_some() {
            return Err(Error::not_found(format!("file {word}")).into());
        }
        let shown = media::shown(&self.core, &[file], None).await?;
        Ok(json(StatusCode::OK, shown.first().unwrap_or(&Value::Null)))
    }
}

fn unknown_parameter(query: &str) -> Refusal {
    let name = query.split(['=', '&']).next().unwrap_or_default();
    let message = format!("there is no parameter `{name}` here");
    Error::Query(vec![masthead_model::query::QueryProblem::new(name, "unknown_parameter", message)]).into()
}

/// Take files in, or with `?id=` say something else about one, or give it other bytes.
pub async fn take(core: &Core, caller: &Caller, mut req: Request) -> Result<Response, Refusal> {
    let changed = match meant(core, caller, req.uri().query().unwrap_or_default()).await {
        Ok(changed) => changed,
        Err(refusal) => {
            hear_out_body(req.take_body()).await;
            return Err(refusal);
        }
    };
    let sent = received(core, req).await?;
    if let Some(file) = changed {
        let details = sent.details(0)?;
        let mut files = sent.files.into_iter();
        let done = match (files.next(), files.next()) {
            (None, _) => media::edit(core, caller, &file.id, details).await?,
            (Some((file_name, spooled)), None) => {
                let new = media::NewFile { id: None, name: file_name, details };
                media::replace(core, caller, &file.id, spooled, new).await?
            }
            _ => return Err(Error::invalid("/files", "items", "one file takes the place of one").into()),
        };
        let shown = media::shown(core, &[done], None).await?;
        return Ok(json(StatusCode::OK, shown.first().unwrap_or(&Value::Null)));
    }
    if sent.files.is_empty() {
        return Err(Error::invalid("/files", "required", "send files as parts named `files`").into());
    }
    let details: Vec<Details> = (0..sent.files.len()).map(|i| sent.details(i)).collect::<Result<_, Refusal>>()?;
    let Received { files, showing, .. } = sent;
    if let Some(showing) = &showing {
        content::expect_attachable(core, caller, showing, files.len()).await?;
    }
    let mut added = Vec::with_capacity(files.len());
    let files = files.into_iter().zip(details);
    if let Err(refused) = add_all(core, caller, files, showing.as_ref(), &mut added).await {
        media::take_back(core, &added).await;
        return Err(refused.into());
    }
    Ok(json(StatusCode::CREATED, &Value::Array(media::shown(core, &added, None).await?)))
}

/// All of the files, or none: whoever is refused is not told which ones were kept.
async fn add_all(
    core: &Core,
    caller: &Caller,
    files: impl Iterator<Item = ((String, Spooled), Details)>,
    showing: Option<&Showing>,
    added: &mut Vec<media::Asset>,
) -> Result<(), Error> {
    for ((name, spooled), details) in files {
        added.push(media::add(core, caller, spooled, media::NewFile { id: None, name, details }).await?);
    }
    let Some(showing) = showing else { return Ok(()) };
    let ids = added.iter().map(|file| file.id.clone()).collect();
    content::attach(core, caller, showing, ids).await.map_err(|error| match error {
        // What the field says of them it says of the files.
        Error::Invalid(problems) => Error::Invalid(problems.into_iter().map(of_files).collect()),
        other => other,
    })
}

fn of_files(mut problem: Problem) -> Problem {
    let is_named = ["/ref", "/refId", "/field"].contains(&problem.pointer.as_str());
    if !is_named {
        problem.pointer = "/files".to_owned();
    }
    problem
}

/// The file that is meant; none for new ones.
async fn meant(core: &Core, caller: &Caller, query: &str) -> Result<Option<media::Asset>, Refusal> {
    match query.split_once('=') {
        None if query.is_empty() => {
            media::expect_may_add(core, caller).await?;
            Ok(None)
        }
        Some(("id", id)) if !id.is_empty() => Ok(Some(media::get_numbered(core, caller, id).await?)),
        _ => Err(unknown_parameter(query)),
    }
}

/// What is known of files is for those who may know it.
pub fn json(status: StatusCode, value: &Value) -> Response {
    let mut response = Response::builder().status(status).body(value.to_string());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    response
}

/// How long a client may send nothing.
pub const PATIENCE: std::time::Duration = body::PATIENCE;
