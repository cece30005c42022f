//! What a supervisor asks: is the process up, and should it be sent work.

use crate::Draining;
use crate::errors::Refusal;
use masthead_core::Core;
use poem::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use poem::{Endpoint, Request, Response, Result};
use std::time::Duration;

/// A database that takes longer to answer is not ready.
const PATIENCE: Duration = Duration::from_secs(2);

/// `GET /healthz`: the process is up.
pub struct Alive;

impl Endpoint for Alive {
    type Output = Response;

    async fn call(&self, _: Request) -> Result<Response> {
        Ok(status("{\"status\":\"up\"}\n"))
    }
}

/// `GET /readyz`: the database answers, and the server is not about to stop.
pub struct Ready {
    pub core: Core,
    pub draining: Draining,
}

impl Endpoint for Ready {
    type Output = Response;

    async fn call(&self, _: Request) -> Result<Response> {
        if self.draining.has_begun() {
            return Err(Refusal::unavailable("the server is stopping", None).into());
        }
        match tokio::time::timeout(PATIENCE, self.core.read(|_, _| Ok(()))).await {
            Ok(Ok(())) => Ok(status("{\"status\":\"ready\"}\n")),
            Ok(Err(cause)) => Err(Refusal::unavailable("the database does not answer", Some(cause.to_string())).into()),
            Err(_) => Err(Refusal::unavailable("the database does not answer in time", None).into()),
        }
    }
}

fn status(body: &'static str) -> Response {
    let mut response = Response::builder().body(body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
