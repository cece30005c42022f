//! The outermost endpoint: request ids, the one shape of refusals, panics, and headers that every answer has.

use crate::cors;
use crate::errors::Refusal;
use crate::site::Site;
use futures_util::FutureExt;
use poem::http::header::{HeaderName, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use poem::http::uri::Uri;
use poem::http::{HeaderMap, Method};
use poem::{Endpoint, IntoResponse, Request, Response, Result};
use std::hash::{BuildHasher, RandomState};
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
static ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");

/// Wraps all routes; answers everything, also what no route does.
pub struct Root<E> {
    routes: E,
    ids: Ids,
    site: Site,
}

impl<E> Root<E> {
    pub fn new(routes: E, site: Site) -> Self {
        Self { routes, ids: Ids::new(), site }
    }
}

impl<E: Endpoint> Root<E> {
    /// Answer a request whose path is the routes' own.
    async fn route(&self, req: Request) -> Result<Response> {
        // Supervisors ask by whatever name they know.
        if !matches!(req.uri().path(), "/healthz" | "/readyz") {
            self.site.check_host(&req)?;
        }
        let reads = matches!(*req.method(), Method::GET | Method::HEAD | Method::OPTIONS);
        if !reads && cors::is_open(req.uri().path()) {
            cors::check_write(&req, &self.site)?;
        }
        Ok(self.routes.call(req).await?.into_response())
    }
}

impl<E: Endpoint> Endpoint for Root<E> {
    type Output = Response;

    async fn call(&self, mut req: Request) -> Result<Response> {
        if let Some(inner) = self.site.inner_path(req.uri().path_and_query().map_or("/", |p| p.as_str())) {
            *req.uri_mut() = rooted(inner);
        }
        let id = given(req.headers()).unwrap_or_else(|| self.ids.next());
        // Cheap: the bytes of an address are shared, not copied.
        let (method, uri) = (req.method().clone(), req.uri().clone());
        let page = cors::is_open(uri.path()).then(|| cors::Page::of(&req, &self.site));
        let outcome = AssertUnwindSafe(self.route(req)).catch_unwind().await;
        let mut response = match outcome {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => refuse(error.into(), method.as_str(), uri.path(), &id),
            Err(panic) => refuse(Refusal::internal(words(&*panic)), method.as_str(), uri.path(), &id),
        };
        let headers = response.headers_mut();
        if page.is_some() || uri.path().starts_with("/admin") {
            headers.insert(&ROBOTS, HeaderValue::from_static("noindex"));
        }
        if let Some(page) = page {
            page.tell(headers);
        }
        headers.insert(&REQUEST_ID, id);
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if !headers.contains_key(REFERRER_POLICY) {
            headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        }
        Ok(response)
    }
}

/// A path and query without the prefix that stood before it.
fn rooted(path_and_query: &str) -> Uri {
    let rooted = match path_and_query.starts_with('/') {
        true => path_and_query.parse(),
        false => format!("/{path_and_query}").parse(),
    };
    // The end of an address at a slash or a question mark is one again.
    rooted.unwrap_or_default()
}

fn refuse(refusal: Refusal, method: &str, path: &str, id: &HeaderValue) -> Response {
    let (status, id) = (refusal.status().as_u16(), id.to_str().unwrap_or_default());
    match (refusal.cause(), logged(path)) {
        // Without the query: it may hold what somebody filters by.
        (Some(cause), path) => tracing::error!(request = id, method, path, status, cause, "a request failed"),
        (None, path) => tracing::debug!(request = id, method, path, status, "refused"),
    }
    refusal.answer(path)
}

/// A path as the log may have it: the end of a link that works once is a secret.
pub fn logged(path: &str) -> &str {
    const LINK: &str = "/admin/link/";
    if path.starts_with(LINK) { LINK } else { path }
}

fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let said = panic.downcast_ref::<&str>().copied().or(panic.downcast_ref::<String>().map(String::as_str));
    format!("panic: {}", said.unwrap_or("without words"))
}

/// The id that a proxy gave the request, if it is a plain word.
fn given(headers: &HeaderMap) -> Option<HeaderValue> {
    let id = headers.get(&REQUEST_ID)?;
    let plain = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    ((1..=64).contains(&id.len()) && id.as_bytes().iter().all(plain)).then(|| id.clone())
}

/// Ids that do not repeat within a process and hardly between two.
struct Ids {
    start: u32,
    count: AtomicU64,
}

impl Ids {
    fn new() -> Self {
        // The low half of a random number: the standard library's hasher is seeded from the system.
        Self { start: RandomState::new().hash_one(0) as u32, count: AtomicU64::new(0) }
    }

    fn next(&self) -> HeaderValue {
        let id = format!("{:08x}{:08x}", self.start, self.count.fetch_add(1, Ordering::Relaxed));
        HeaderValue::try_from(id).unwrap_or_else(|_| HeaderValue::from_static("none"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ApiOptions;
    use poem::endpoint::make;
    use poem::http::StatusCode;

    #[tokio::test]
    async fn a_panic_is_a_refusal_that_tells_nothing() {
        let endpoint = make(|req: Request| async move {
            assert_eq!(req.uri().path(), "/fine", "secret");
            Ok::<_, poem::Error>("fine")
        });
        let root = Root::new(endpoint, Site::new(&ApiOptions::default()));
        let mut broken = root.get_response(Request::builder().uri_str("/api/x").finish()).await;
        assert_eq!(broken.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(broken.headers()["access-control-allow-origin"], "*");
        let told = broken.take_body().into_string().await.unwrap();
        assert!(told.contains("InternalServerError") && !told.contains("secret"), "{told}");
        assert_eq!(root.get_response(Request::builder().uri_str("/fine").finish()).await.status(), StatusCode::OK);
    }

    #[test]
    fn the_secret_of_a_link_is_not_logged() {
        assert_eq!(logged("/admin/link/secret"), "/admin/link/");
        assert_eq!(logged("/api/articles"), "/api/articles");
    }

    #[tokio::test]
    async fn an_error_of_poem_itself_takes_the_same_shape() {
        let large = make(|_| async { Err::<(), _>(poem::Error::from_status(StatusCode::PAYLOAD_TOO_LARGE)) });
        let root = Root::new(large, Site::new(&ApiOptions::default()));
        let mut refused = root.get_response(Request::default()).await;
        assert_eq!(refused.status(), StatusCode::PAYLOAD_TOO_LARGE);
        assert!(refused.take_body().into_string().await.unwrap().contains("PayloadTooLargeError"));
    }
}
