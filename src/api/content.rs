//! The content API: `/api/{name}` and `/api/{name}/{documentId}`; writes go to `writes`.

use crate::caller::caller;
use crate::conditional::is_known;
use crate::errors::Refusal;
use crate::{reads, writes};
use masthead_core::access;
use masthead_core::delivery::{self, Delivered};
use masthead_core::{Caller, Core, Error};
use masthead_model::Kind;
use poem::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue, VARY};
use poem::http::{HeaderMap, Method, StatusCode};
use poem::{Endpoint, Request, Response, Result};

/// What a website may keep when the type says nothing: everything, if it asks whether it still holds.
const REVALIDATE: HeaderValue = HeaderValue::from_static("public, max-age=0, must-revalidate");
/// What was answered to somebody in particular is kept by nobody.
const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-store");

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
        Ok(answer(&found, &caller, req.headers()))
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
        Ok(answer(&found, &caller, req.headers()))
    }
}

/// Names and ids are plain ASCII: one that is percent-encoded is unknown as it is.
fn param<'a>(req: &'a Request, name: &str) -> &'a str {
    req.raw_path_param(name).unwrap_or_default()
}

fn answer(found: &Delivered, caller: &Caller, asked: &HeaderMap) -> Response {
    let mut response = if is_known(asked, &found.etag) {
        Response::builder().status(StatusCode::NOT_MODIFIED).finish()
    } else {
        let mut response = Response::builder().body(found.body.clone());
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    };
    let cache = if found.private || *caller != Caller::Anonymous {
        PRIVATE
    } else {
        // A definition is checked when it is saved; one that is no header value after all falls back.
        found.cache_control.as_deref().and_then(|c| HeaderValue::from_str(c).ok()).unwrap_or(REVALIDATE)
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, cache);
    if let Ok(etag) = HeaderValue::from_str(&found.etag) {
        headers.insert(ETAG, etag);
    }
    headers.insert(VARY, HeaderValue::from_static("Authorization"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use poem::http::header::IF_NONE_MATCH;

    fn delivered() -> Delivered {
        Delivered {
            body: Bytes::from_static(b"{\"data\":[]}"),
            etag: "\"abc\"".to_owned(),
            cache_control: None,
            private: false,
            statements: 1,
            tags: Vec::new(),
        }
    }

    fn cached(found: &Delivered, caller: &Caller) -> String {
        let response = answer(found, caller, &HeaderMap::new());
        response.headers()[CACHE_CONTROL].to_str().unwrap().to_owned()
    }

    #[test]
    fn an_answer_that_the_caller_has_is_not_sent_again() {
        let mut asked = HeaderMap::new();
        let first = answer(&delivered(), &Caller::Anonymous, &asked);
        assert_eq!((first.status(), &first.headers()[ETAG]), (StatusCode::OK, &HeaderValue::from_static("\"abc\"")));
        asked.insert(IF_NONE_MATCH, HeaderValue::from_static("\"x\", W/\"abc\""));
        let second = answer(&delivered(), &Caller::Anonymous, &asked);
        assert_eq!(second.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(second.headers()[ETAG], first.headers()[ETAG]);
        assert_eq!(second.headers()[CACHE_CONTROL], first.headers()[CACHE_CONTROL]);
        assert_eq!(second.headers()[VARY], "Authorization");
    }

    #[test]
    fn only_what_anybody_may_read_is_kept_by_caches() {
        let token = Caller::Token { name: "site".to_owned(), role: "reader".to_owned() };
        assert_eq!(cached(&delivered(), &Caller::Anonymous), "public, max-age=0, must-revalidate");
        assert_eq!(cached(&delivered(), &token), "private, no-store");
        let own = Delivered { cache_control: Some("public, max-age=60".to_owned()), ..delivered() };
        assert_eq!(cached(&own, &Caller::Anonymous), "public, max-age=60");
        assert_eq!(cached(&own, &token), "private, no-store");
        assert_eq!(cached(&Delivered { private: true, ..own }, &Caller::Anonymous), "private, no-store");
        let broken = Delivered { cache_control: Some("a\nb".to_owned()), ..delivered() };
        assert_eq!(cached(&broken, &Caller::Anonymous), "public, max-age=0, must-revalidate");
    }
}
