//! The content API: `/api/{name}` and `/api/{name}/{documentId}`; writes go to `writes`.

use crate::answer::answer;
use crate::caller::caller;
use crate::errors::Refusal;
use crate::{reads, writes};
use masthead_core::access;
use masthead_core::delivery;
use masthead_core::{Core, Error};
use masthead_model::Kind;
use poem::http::Method;
use poem::http::header::HeaderValue;
use poem::{Endpoint, Request, Response, Result};

const OF_LIST: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, DELETE, OPTIONS");
const OF_ONE: HeaderValue = HeaderValue::from_static("GET, HEAD, PUT, DELETE, OPTIONS");

/// A collection's documents, or a single.
pub struct List {
    pub core: Core,
}

impl Endpoint for List {
    type Output = Response;

    async fn call(&self, req: Request) -> Result<Response> {
        let name = param(&req, "name").to_owned();
        match *req.method() {
            Method::GET | Method::HEAD => self.read(req).await,
            Method::OPTIONS => Ok(reads::options(OF_LIST)),
            Method::POST | Method::PUT | Method::DELETE => self.write(req, &name).await,
            _ => Err(Refusal::method_not_allowed(OF_LIST).into()),
        }
    }
}

impl List {
    /// What a single takes is another thing than what a collection takes.
    async fn write(&self, req: Request, name: &str) -> Result<Response> {
        let caller = caller(&self.core, &req).await.map_err(Refusal::from)?;
        let kind = access::api_kind(&self.core, &caller, name).await.map_err(Refusal::from)?;
        match (req.method().clone(), kind) {
            (Method::POST, Kind::Collection) => Ok(writes::create(&self.core, req, name).await?),
            (Method::PUT, Kind::Single) => Ok(writes::update(&self.core, req, name, None).await?),
            (Method::DELETE, Kind::Single) => Ok(writes::delete(&self.core, req, name, None).await?),
            _ => Err(Refusal::method_not_allowed(OF_LIST).into()),
        }
    }

    async fn read(&self, req: Request) -> Result<Response> {
        let caller = caller(&self.core, &req).await.map_err(Refusal::from)?;
        let (name, query) = (param(&req, "name"), req.uri().query().unwrap_or_default());
        let found = delivery::list_or_single(&self.core, &caller, name, query).await.map_err(Refusal::from)?;
        Ok(answer(&self.core, &found, &caller, req.headers()).await)
    }
}

/// One document of a collection.
pub struct One {
    pub core: Core,
}

impl Endpoint for One {
    type Output = Response;

    async fn call(&self, req: Request) -> Result<Response> {
        let (name, id) = (param(&req, "name").to_owned(), param(&req, "id").to_owned());
        match *req.method() {
            Method::GET | Method::HEAD => self.read(req).await,
            Method::OPTIONS => Ok(reads::options(OF_ONE)),
            Method::PUT => Ok(writes::update(&self.core, req, &name, Some(&id)).await?),
            Method::DELETE => Ok(writes::delete(&self.core, req, &name, Some(&id)).await?),
            _ => Err(Refusal::method_not_allowed(OF_ONE).into()),
        }
    }
}

impl One {
    async fn read(&self, req: Request) -> Result<Response> {
        let caller = caller(&self.core, &req).await.map_err(Refusal::from)?;
        let (name, id) = (param(&req, "name"), param(&req, "id"));
        if id.is_empty() {
            return Err(Refusal::from(Error::not_found(req.uri().path())).into());
        }
        let query = req.uri().query().unwrap_or_default();
        let found = delivery::one(&self.core, &caller, name, id, query).await.map_err(Refusal::from)?;
        Ok(answer(&self.core, &found, &caller, req.headers()).await)
    }
}

/// Names and ids are plain ASCII: one that is percent-encoded is unknown as it is.
fn param<'a>(req: &'a Request, name: &str) -> &'a str {
    req.raw_path_param(name).unwrap_or_default()
}
