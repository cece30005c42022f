//! The outermost endpoint: request ids, the one shape of refusals, panics, and headers that every answer has.

use crate::Metrics;
use crate::cors;
use crate::errors::{Refusal, cut};
use crate::limits::Limiter;
use crate::rest::Rest;
use crate::site::Site;
use futures_util::FutureExt;
use poem::http::header::{CONNECTION, HeaderName, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use poem::http::uri::Uri;
use poem::http::{HeaderMap, Method};
use poem::{Endpoint, IntoResponse, Request, Response, Result};
use std::hash::{BuildHasher, RandomState};
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
static ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");

/// Wraps all routes; answers everything, also what no route does.
pub struct Root<E> {
    routes: E,
    ids: Ids,
    pub(crate) site: Site,
    limiter: Limiter,
    metrics: Metrics,
}

impl<E> Root<E> {
    pub fn new(routes: E, site: Site, limiter: Limiter, metrics: Metrics) -> Self {
        Self { routes, ids: Ids::new(), site, limiter, metrics }
    }

    /// Note what was answered before the routes, with the id that is told to the client.
    pub(crate) fn answered(&self, req: &HeaderMap, path: &str, answer: &mut HeaderMap, started: Instant) {
        let id = given(req).unwrap_or_else(|| self.ids.next());
        let took = started.elapsed();
        self.metrics.count(&Method::GET, path, 200, took);
        note(&Method::GET, path, 200, took, &id);
        answer.insert(&REQUEST_ID, id);
    }
}

/// Headers that every answer has.
pub(crate) fn always(headers: &mut HeaderMap) {
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if !headers.contains_key(REFERRER_POLICY) {
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
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
        let started = Instant::now();
        if let Some(inner) = self.site.inner_path(req.uri().path_and_query().map_or("/", |p| p.as_str())) {
            *req.uri_mut() = rooted(inner);
        }
        if let Some(bare) = without_slash(req.uri()) {
            *req.uri_mut() = bare;
        }
        let id = given(req.headers()).unwrap_or_else(|| self.ids.next());
        // Cheap: the bytes of an address are shared, not copied.
        let (method, uri) = (req.method().clone(), req.uri().clone());
        let page = cors::is_open(uri.path()).then(|| cors::Page::of(&req, &self.site));
        let limit = page.as_ref().and_then(|_| self.limiter.count(&req, &self.site));
        let rest = Rest::of(&mut req);
        let outcome = match limit.as_ref().is_some_and(|limit| limit.wait.is_some()) {
            true => Ok(Err(Refusal::too_many().into())),
            false => AssertUnwindSafe(self.route(req)).catch_unwind().await,
        };
        let mut response = match outcome {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => refuse(error.into(), method.as_str(), uri.path(), &id),
            Err(panic) => refuse(Refusal::internal(words(&*panic)), method.as_str(), uri.path(), &id),
        };
        let is_over = match rest {
            Some(rest) => !rest.read_out().await,
            None => false,
        };
        let headers = response.headers_mut();
        if is_over {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        if page.is_some() || uri.path().starts_with("/admin") {
            headers.insert(&ROBOTS, HeaderValue::from_static("noindex"));
        }
        if let Some(page) = page {
            page.tell(headers);
        }
        if let Some(limit) = limit {
            limit.write(headers);
        }
        headers.insert(&REQUEST_ID, id.clone());
        always(headers);
        let (status, took) = (response.status().as_u16(), started.elapsed());
        self.metrics.count(&method, uri.path(), status, took);
        note(&method, uri.path(), status, took, &id);
        Ok(response)
    }
}

/// The same address without a slash at its end, which some clients add; none when there is none.
fn without_slash(uri: &Uri) -> Option<Uri> {
    let path = uri.path().strip_suffix('/').filter(|p| p.starts_with("/api/") || p.starts_with("/admin"))?;
    match uri.query() {
        Some(query) => format!("{path}?{query}").parse().ok(),
        None => path.parse().ok(),
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
    if let Some(cause) = refusal.cause() {
        tracing::error!(request = id, method, path = logged(path), status, cause, "a request failed");
    }
    refusal.answer(path)
}

/// A path as the log may have it: the end of a link that works once is a secret.
pub fn logged(path: &str) -> &str {
    const LINK: &str = "/admin/link/";
    if path.starts_with(LINK) { LINK } else { cut(path) }
}

/// A line in the log for each request: reads for those who look closely, writes for everybody. Without the query, which
/// may hold what somebody filters by, and without any header.
fn note(method: &Method, path: &str, status: u16, took: Duration, id: &HeaderValue) {
    let (id, ms) = (id.to_str().unwrap_or_default(), took.as_secs_f64() * 1e3);
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        tracing::debug!(request = id, %method, path = logged(path), status, ms, "answered");
    } else {
        tracing::info!(request = id, %method, path = logged(path), status, ms, "answered");
    }
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

    fn root<E: Endpoint>(routes: E) -> Root<E> {
        let options = ApiOptions::default();
        Root::new(routes, Site::new(&options), Limiter::new(options.rate_limits), options.metrics)
    }

    #[tokio::test]
    async fn a_panic_is_a_refusal_that_tells_nothing() {
        let endpoint = make(|req: Request| async move {
            assert_eq!(req.uri().path(), "/fine", "secret");
            Ok::<_, poem::Error>("fine")
        });
        let root = root(endpoint);
        let mut broken = root.get_response(Request::builder().uri_str("/api/x").finish()).await;
        assert_eq!(broken.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(broken.headers()["access-control-allow-origin"], "*");
        let told = broken.take_body().into_string().await.unwrap();
        assert!(told.contains("InternalServerError") && !told.contains("secret"), "{told}");
        assert_eq!(root.get_response(Request::builder().uri_str("/fine").finish()).await.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn a_connection_goes_on_when_little_was_left_unread_and_is_said_to_end_otherwise() {
        let root = root(make(|_| async { Err::<(), _>(poem::Error::from_status(StatusCode::FORBIDDEN)) }));
        let sent = |chunks: usize| {
            let chunks = (0..chunks).map(|_| Ok::<_, std::io::Error>(vec![b' '; 1 << 10]));
            let body = poem::Body::from_bytes_stream(futures_util::stream::iter(chunks));
            Request::builder().method(Method::POST).uri_str("/x").header("transfer-encoding", "chunked").body(body)
        };
        for (chunks, connection) in [(2, None), (200, Some("close"))] {
            let answer = root.get_response(sent(chunks)).await;
            assert_eq!(answer.status(), StatusCode::FORBIDDEN);
            assert_eq!(answer.headers().get(CONNECTION).map(|c| c.to_str().unwrap()), connection, "{chunks}");
        }
    }

    #[test]
    fn a_slash_at_the_end_does_not_matter_to_the_apis() {
        let bare = |text: &str| without_slash(&text.parse().unwrap()).map(|uri| uri.to_string());
        assert_eq!(bare("/api/articles/").unwrap(), "/api/articles");
        assert_eq!(bare("/api/articles/?sort=a/").unwrap(), "/api/articles?sort=a/");
        assert_eq!(bare("/admin/").unwrap(), "/admin");
        for kept in ["/", "/api/articles", "/api/", "/media/a/b/", "/api/articles?x=/"] {
            assert_eq!(bare(kept), None, "{kept}");
        }
    }

    #[test]
    fn the_secret_of_a_link_is_not_logged() {
        assert_eq!(logged("/admin/link/secret"), "/admin/link/");
        assert_eq!(logged("/api/articles"), "/api/articles");
    }

    #[tokio::test]
    async fn an_error_of_poem_itself_takes_the_same_shape() {
        let large = make(|_| async { Err::<(), _>(poem::Error::from_status(StatusCode::PAYLOAD_TOO_LARGE)) });
        let root = root(large);
        let mut refused = root.get_response(Request::default()).await;
        assert_eq!(refused.status(), StatusCode::PAYLOAD_TOO_LARGE);
        assert!(refused.take_body().into_string().await.unwrap().contains("PayloadTooLargeError"));
    }
}
