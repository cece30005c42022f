//! The pages that are there until the admin UI is: to set up, sign in and out, and accept a link. No scripts; they
//! work without any, on a small screen, in the dark and with a screen reader.

mod forgot;
mod form;
mod html;
mod landing;
mod link;
mod sign_in;

pub use html::page;

use crate::errors::Refusal;
use crate::site::Site;
use masthead_core::{Core, Error};
use poem::http::header::{CACHE_CONTROL, HeaderValue, LOCATION};
use poem::http::{Method, StatusCode};
use poem::{Endpoint, Request, RequestBody, Response, Result, Route};

/// What every page needs.
#[derive(Clone)]
pub struct Pages {
    core: Core,
    site: Site,
}

/// The pages, added to the other routes.
pub fn add(routes: Route, core: &Core, site: &Site) -> Route {
    let page = |which: Which| Page { pages: Pages { core: core.clone(), site: site.clone() }, which };
    routes
        .at("/admin", page(Which::Landing))
        .at("/admin/sign-in", page(Which::SignIn))
        .at("/admin/sign-out", page(Which::SignOut))
        .at("/admin/forgot", page(Which::Forgot))
        .at("/admin/link/:secret", page(Which::Link))
}

#[derive(Clone, Copy, PartialEq)]
enum Which {
    Landing,
    SignIn,
    SignOut,
    Forgot,
    Link,
}

struct Page {
    pages: Pages,
    which: Which,
}

impl Endpoint for Page {
    type Output = Response;

    async fn call(&self, req: Request) -> Result<Response> {
        let (req, mut body) = req.split();
        let reads = matches!(*req.method(), Method::GET | Method::HEAD);
        let answer = match (self.which, reads, req.method() == Method::POST) {
            (Which::Landing, true, _) => landing::show(&self.pages, &req).await,
            (Which::SignIn, true, _) => sign_in::show(&self.pages, &req).await,
            (Which::SignIn, _, true) => sign_in::submit(&self.pages, &req, &mut body).await,
            (Which::SignOut, _, true) => sign_in::out(&self.pages, &req).await,
            (Which::Forgot, true, _) => forgot::show(&self.pages, &req).await,
            (Which::Forgot, _, true) => forgot::submit(&self.pages, &req, &mut body).await,
            (Which::Link, true, _) => link::show(&self.pages, &req).await,
            (Which::Link, _, true) => link::submit(&self.pages, &req, &mut body).await,
            _ => Err(Refusal::method_not_allowed(HeaderValue::from_static(match self.which {
                Which::Landing => "GET, HEAD",
                Which::SignOut => "POST",
                _ => "GET, HEAD, POST",
            }))),
        };
        Ok(answer?)
    }
}

impl Pages {
    /// Go to another page of ours, by GET.
    fn go(&self, path: &str) -> Response {
        let to = format!("{}{path}", self.site.base_path());
        let mut response = Response::builder().status(StatusCode::SEE_OTHER).finish();
        response.headers_mut().insert(LOCATION, HeaderValue::try_from(to).unwrap_or(HeaderValue::from_static("/")));
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

/// What a form was refused for, in words, with its status; what is wrong with us stays an error.
fn told(error: Error) -> Result<(StatusCode, String), Refusal> {
    let words = match &error {
        Error::Invalid(problems) => problems.iter().map(|p| p.message.as_str()).collect::<Vec<_>>().join("; "),
        other => other.to_string(),
    };
    let refusal = Refusal::from(error);
    match refusal.status().is_client_error() || refusal.status() == StatusCode::SERVICE_UNAVAILABLE {
        true => Ok((refusal.status(), words)),
        false => Err(refusal),
    }
}

/// The body of a form.
async fn sent(req: &Request, body: &mut RequestBody) -> Result<form::Form, Refusal> {
    form::read(req, body.take().map_err(|e| Refusal::from(poem::Error::from(e)))?).await
}
