//! Routes that can only be read: GET and HEAD, and what a browser asks beforehand.

use crate::errors::Refusal;
use poem::http::header::{ALLOW, HeaderValue};
use poem::http::{Method, StatusCode};
use poem::{Endpoint, IntoResponse, Request, Response, Result};

const ALLOWED: HeaderValue = HeaderValue::from_static("GET, HEAD, OPTIONS");

/// Lets reads through to an endpoint. HEAD is handled as GET: the server sends the same headers and no body.
pub struct Reads<E>(pub E);

impl<E: Endpoint> Endpoint for Reads<E> {
    type Output = Response;

    async fn call(&self, req: Request) -> Result<Response> {
        match *req.method() {
            Method::GET | Method::HEAD => Ok(self.0.call(req).await?.into_response()),
            Method::OPTIONS => Ok(options(ALLOWED)),
            _ => Err(Refusal::method_not_allowed(ALLOWED).into()),
        }
    }
}

/// The answer to OPTIONS: what there is. What a page of which origin may do, the root adds.
pub fn options(allowed: HeaderValue) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    response.headers_mut().insert(ALLOW, allowed);
    response
}
