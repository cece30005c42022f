//! One table from what the domain refuses to what HTTP says, and the one shape of every refusal.
//!
//! The shape is Strapi's envelope with RFC 9457's members beside it. An internal cause is logged, never sent; the
//! body depends on nothing but the refusal and the path, so that equal refusals are equal to the byte.

use masthead_core::Error;
use masthead_model::Problem;
use masthead_model::query::QueryProblem;
use masthead_store::Error as StoreError;
use poem::error::ResponseError;
use poem::http::StatusCode;
use poem::http::header::{ALLOW, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use poem::{IntoResponse, Response};
use poem_openapi::error::{ParseParamError, ParsePathError};
use serde_json::{Map, Value, json};
use std::fmt;

/// How much of a path is repeated to whoever sent it, in bytes.
const LONGEST_INSTANCE: usize = 300;

/// A request that is not fulfilled, as it is told to the caller. Small, for it travels in every `Result`: what few
/// refusals have is boxed.
#[derive(Debug)]
pub struct Refusal {
    status: StatusCode,
    /// Strapi's class of errors.
    name: &'static str,
    /// A stable word for programs: the end of `type`.
    kind: &'static str,
    /// A sentence for people.
    message: String,
    /// More than the message says, when there is more.
    detail: Option<Box<str>>,
    details: Box<Value>,
    header: Option<Box<(HeaderName, HeaderValue)>>,
    /// For the log alone.
    cause: Option<Box<str>>,
}

impl Refusal {
    fn new(status: StatusCode, name: &'static str, kind: &'static str, message: impl Into<String>) -> Self {
        let (message, details) = (message.into(), Box::new(json!({})));
        Self { status, name, kind, message, detail: None, details, header: None, cause: None }
    }

    pub fn method_not_allowed(allowed: HeaderValue) -> Self {
        Self { header: Some(Box::new((ALLOW, allowed))), ..of_status(StatusCode::METHOD_NOT_ALLOWED) }
    }

    /// It would have worked at another time.
    pub fn unavailable(message: &str, cause: Option<String>) -> Self {
        let mut refusal = Self::new(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailableError", "unavailable", message);
        refusal.header = Some(Box::new((RETRY_AFTER, HeaderValue::from_static("1"))));
        refusal.cause = cause.map(String::into_boxed_str);
        refusal
    }

    /// Something is wrong with us. `cause` goes to the log.
    pub fn internal(cause: impl Into<String>) -> Self {
        Self { cause: Some(cause.into().into_boxed_str()), ..of_status(StatusCode::INTERNAL_SERVER_ERROR) }
    }

    /// A name that this server does not answer to.
    pub fn misdirected(host: &str) -> Self {
        let message = format!(
            "this server does not answer to '{}': set public_url to the address that browsers use, or add the name to \
             allowed_hosts",
            cut(host)
        );
        Self::new(StatusCode::MISDIRECTED_REQUEST, "MisdirectedRequestError", "host", message)
    }

    /// One request too many of this address or token; when the next may come stands in headers.
    pub fn too_many() -> Self {
        let message = "too many requests: wait as long as Retry-After says";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "RateLimitError", "rate_limit", message)
    }

    /// Another form of what is sent is wanted.
    pub fn unsupported(message: &str) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "ApplicationError", "media_type", message)
    }

    /// A page of another site may not do this.
    pub fn foreign_origin() -> Self {
        let message = "pages of this origin may not write here: an operator allows them with cors_origins";
        Self::new(StatusCode::FORBIDDEN, "ForbiddenError", "origin", message)
    }

    /// Signing in would send the password and the session for everybody to see.
    pub fn insecure() -> Self {
        let message = "signing in needs https: open the site by its https address, and set public_url to it \
                       (or trusted_proxies to the proxy that has the certificate)";
        Self::new(StatusCode::FORBIDDEN, "ForbiddenError", "insecure", message)
    }

    /// A browser's cookie came with what none of our own pages sent.
    pub fn not_own_page() -> Self {
        let message = "with a session, this must come from one of the site's own pages (Origin or Sec-Fetch-Site)";
        Self::new(StatusCode::FORBIDDEN, "ForbiddenError", "origin", message)
    }

    fn invalid(message: String, kind: &'static str, errors: Vec<Value>) -> Self {
        let details = Box::new(json!({"errors": errors}));
        Self { details, ..Self::new(StatusCode::BAD_REQUEST, "ValidationError", kind, message) }
    }

    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// What the log should know and the caller should not.
    pub fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }

    /// Of bytes that could not be read as a request, by the status that this has; none for other statuses.
    pub fn unread(status: u16) -> Option<Self> {
        let (status, kind, message) = match status {
            400 => {
                (StatusCode::BAD_REQUEST, "request", "this is no HTTP request: its first line or a header is malformed")
            }
            414 => (
                StatusCode::URI_TOO_LONG,
                "too_long",
                "the address with its query is longer than 65,534 bytes: ask for less at once",
            ),
            431 => (
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "headers",
                "the address and the headers are too long, or there are more than 100 headers",
            ),
            _ => return None,
        };
        Some(Self::new(status, "ApplicationError", kind, message))
    }

    /// The one shape, for a request for `path`.
    pub fn body(&self, path: &str) -> Value {
        let status = self.status.as_u16();
        let mut error = Map::new();
        error.insert("status".to_owned(), status.into());
        error.insert("name".to_owned(), self.name.into());
        error.insert("message".to_owned(), self.message.as_str().into());
        error.insert("details".to_owned(), Value::clone(&self.details));
        json!({
            "data": null,
            "error": error,
            "type": format!("urn:masthead:error:{}", self.kind),
            "title": self.status.canonical_reason().unwrap_or("Error"),
            "status": status,
            "detail": self.detail.as_deref().unwrap_or(&self.message),
            "instance": cut(path),
        })
    }

    /// The answer to a request for `path`.
    pub fn answer(self, path: &str) -> Response {
        let mut response = Response::builder().status(self.status).body(self.body(path).to_string());
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response.headers_mut().insert(poem::http::header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(header) = self.header {
            let (name, value) = *header;
            response.headers_mut().insert(name, value);
        }
        response
    }
}

impl Refusal {
    /// Of a request whose fields stand in `data`: problems of fields point there.
    pub fn in_data(error: Error) -> Self {
        // What stands beside `data` keeps its place.
        let inside =
            |p: Problem| if p.pointer == "/locale" && p.code == "unknown_locale" { p } else { p.within("/data") };
        let moved = |problems: Vec<Problem>| problems.into_iter().map(inside).collect();
        Self::from(match error {
            Error::Invalid(problems) => Error::Invalid(moved(problems)),
            Error::Blocked(problems) => Error::Blocked(moved(problems)),
            Error::ForbiddenFields(problems) => Error::ForbiddenFields(moved(problems)),
            other => other,
        })
    }

    /// Of a request without a body: what would be pointers are parameters.
    pub fn in_query(error: Error) -> Self {
        let named = |p: Problem| {
            let name = p.pointer.trim_start_matches('/').to_owned();
            // One of a few words of the domain; the code is told as it is.
            let code = if p.code == "unknown_locale" { "unknown_locale" } else { "value" };
            QueryProblem::new(name, code, p.message)
        };
        Self::from(match error {
            Error::Invalid(problems) => Error::Query(problems.into_iter().map(named).collect()),
            other => other,
        })
    }

    /// The `error` member alone, for answers that hold several.
    pub fn into_error(self) -> Value {
        if let Some(cause) = self.cause() {
            tracing::error!(cause, "a part of a request failed");
        }
        let Self { status, name, message, details, .. } = self;
        json!({"status": status.as_u16(), "name": name, "message": message, "details": *details})
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let said = error.to_string();
        match error {
            Error::Invalid(problems) => Self::invalid(said_first(&problems, said), "invalid", in_body(&problems)),
            Error::Blocked(problems) => Self::invalid(said, "blocked", in_body(&problems)),
            Error::Query(problems) => Self::invalid(said, "query", in_query(&problems)),
            Error::Stale { revision, current } => Self {
                details: Box::new(json!({"revision": revision, "current": current})),
                ..Self::new(StatusCode::PRECONDITION_FAILED, "PreconditionFailedError", "stale", said)
            },
            // The words are Strapi's, which clients compare.
            Error::NotFound(_) => Self { detail: Some(said.into()), ..of_status(StatusCode::NOT_FOUND) },
            Error::Forbidden(_) => Self::new(StatusCode::FORBIDDEN, "ForbiddenError", "forbidden", said),
            Error::ForbiddenFields(problems) => Self {
                details: Box::new(json!({"errors": in_body(&problems)})),
                ..Self::new(StatusCode::FORBIDDEN, "ForbiddenError", "forbidden", said)
            },
            Error::Unauthorized => Self {
                header: Some(Box::new((WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")))),
                ..Self::new(StatusCode::UNAUTHORIZED, "UnauthorizedError", "unauthorized", said)
            },
            Error::WrongPassword => Self {
                header: Some(Box::new((WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")))),
                ..Self::new(StatusCode::UNAUTHORIZED, "UnauthorizedError", "wrong_password", said)
            },
            Error::TooMany { seconds, .. } => Self {
                header: Some(Box::new((RETRY_AFTER, HeaderValue::from(seconds)))),
                ..Self::new(StatusCode::TOO_MANY_REQUESTS, "RateLimitError", "too_many", said)
            },
            Error::TooLarge(_) => Self::new(StatusCode::PAYLOAD_TOO_LARGE, "PayloadTooLargeError", "too_large", said),
            Error::NoRoom(_) => {
                Self::new(StatusCode::INSUFFICIENT_STORAGE, "InsufficientStorageError", "no_room", said)
            }
            Error::Store(cause) if cause.is_full() => {
                let message = "there is no room left for content";
                Self::new(StatusCode::INSUFFICIENT_STORAGE, "InsufficientStorageError", "no_room", message)
            }
            Error::Storage(_) => Self::unavailable("where files are kept does not answer; try again", Some(said)),
            Error::Overloaded(_) => Self::unavailable(&said, None),
            Error::Gone(_) => Self::new(StatusCode::GONE, "GoneError", "gone", said),
            Error::Conflict(_) => Self::new(StatusCode::CONFLICT, "ConflictError", "conflict", said),
            Error::InUse { usage, .. } => {
                Self { details: Box::new(usage), ..Self::new(StatusCode::CONFLICT, "ConflictError", "in_use", said) }
            }
            Error::PlanChanged(fingerprint) => Self {
                details: Box::new(json!({"fingerprint": fingerprint})),
                ..Self::new(StatusCode::CONFLICT, "ConflictError", "plan_changed", said)
            },
            Error::Store(StoreError::Taken(_)) => {
                Self::new(StatusCode::CONFLICT, "ConflictError", "conflict", "somebody else was first; try again")
            }
            Error::Store(StoreError::Busy(_)) => Self::unavailable("the database is busy; try again", Some(said)),
            Error::Store(StoreError::Connect(_)) => Self::unavailable("the database does not answer", Some(said)),
            Error::Store(StoreError::Closed) => Self::unavailable("the server is stopping", None),
            Error::Store(_) | Error::Internal(_) => Self::internal(said),
        }
    }
}

impl From<poem::Error> for Refusal {
    /// From whatever a route or poem itself returned.
    fn from(error: poem::Error) -> Self {
        let error = match error.downcast::<Refusal>() {
            Ok(refusal) => return refusal,
            Err(other) => other,
        };
        if let Some(wrong) = error.downcast_ref::<ParseParamError>() {
            return wrong_parameter(wrong.name, &wrong.reason);
        }
        if let Some(wrong) = error.downcast_ref::<ParsePathError>() {
            return wrong_parameter(wrong.name, &wrong.reason);
        }
        let refusal = of_status(error.status());
        match refusal.status.is_server_error() {
            true => Self { cause: Some(error.to_string().into()), ..refusal },
            false => Self { detail: Some(error.to_string().into()), ..refusal },
        }
    }
}

impl Refusal {
    /// A refusal about which nothing but the status is known.
    pub fn of_status(status: StatusCode) -> Self {
        of_status(status)
    }
}

fn of_status(status: StatusCode) -> Refusal {
    let (name, kind, message) = match status {
        StatusCode::UNAUTHORIZED => ("UnauthorizedError", "unauthorized", "sign in, or send a valid token"),
        StatusCode::FORBIDDEN => ("ForbiddenError", "forbidden", "Forbidden"),
        StatusCode::NOT_FOUND => ("NotFoundError", "not_found", "Not Found"),
        StatusCode::METHOD_NOT_ALLOWED => ("MethodNotAllowedError", "method_not_allowed", "Method Not Allowed"),
        StatusCode::REQUEST_TIMEOUT => ("ApplicationError", "timeout", "what was sent took too long to arrive"),
        StatusCode::PRECONDITION_REQUIRED => (
            "PreconditionRequiredError",
            "precondition_required",
            "say which state you saw: `baseVersion` in the body, or an If-Match header",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => ("PayloadTooLargeError", "too_large", "what was sent is too large"),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ("ApplicationError", "media_type", "send `application/json`"),
        status if status.is_client_error() => ("ApplicationError", "request", "the request cannot be understood"),
        StatusCode::SERVICE_UNAVAILABLE => ("ServiceUnavailableError", "unavailable", "try again later"),
        _ => ("InternalServerError", "internal", "Internal Server Error"),
    };
    let mut refusal = Refusal::new(status, name, kind, message);
    if !status.is_client_error() && !status.is_server_error() {
        refusal.status = StatusCode::INTERNAL_SERVER_ERROR;
    }
    if refusal.status == StatusCode::INTERNAL_SERVER_ERROR {
        refusal.detail = Some("something went wrong here; the log has it under the X-Request-Id".into());
    }
    refusal
}

/// poem-openapi could not read a parameter of the query, a header or the path.
pub fn wrong_parameter(name: &str, reason: &str) -> Refusal {
    // Its words name types of ours: `Type "integer_int64" expects an input value.`
    let reason = if reason.ends_with("expects an input value.") { "it is missing" } else { reason };
    let message = format!("`{name}` cannot be read: {reason}");
    Error::Query(vec![QueryProblem::new(name, "value", message)]).into()
}

/// One problem speaks for itself.
fn said_first(problems: &[Problem], several: String) -> String {
    match problems {
        [only] => only.message.clone(),
        _ => several,
    }
}

fn in_body(problems: &[Problem]) -> Vec<Value> {
    problems
        .iter()
        .map(|p| {
            // Forms made for Strapi look for the path as a list.
            let path: Vec<String> =
                p.pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~")).collect();
            json!({"pointer": p.pointer, "path": path, "code": p.code, "message": p.message})
        })
        .collect()
}

fn in_query(problems: &[QueryProblem]) -> Vec<Value> {
    problems.iter().map(|p| json!({"parameter": p.parameter, "code": p.code, "message": p.message})).collect()
}

/// No more of a path than is worth repeating.
pub fn cut(path: &str) -> &str {
    let mut end = path.len().min(LONGEST_INSTANCE);
    while !path.is_char_boundary(end) {
        end -= 1;
    }
    &path[..end]
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Refusal {}

impl ResponseError for Refusal {
    fn status(&self) -> StatusCode {
        self.status
    }

    fn as_response(&self) -> Response {
        // Never sent: the root takes the refusal itself. It stands here because poem asks for it.
        self.status.into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn said(error: Error) -> (u16, String, Value) {
        let mut response = Refusal::from(error).answer("/api/x");
        let body: Value = serde_json::from_str(&response.take_body().into_string().await.unwrap()).unwrap();
        let name = body["error"]["name"].as_str().unwrap().to_owned();
        (response.status().as_u16(), name, body)
    }

    #[tokio::test]
    async fn each_refusal_of_the_domain_has_its_status_and_name() {
        let problem = || vec![Problem::new("/a~1b/0", "required", "give it")];
        let stale = Error::Stale { revision: "3".to_owned(), current: json!({"title": "x"}) };
        let query = Error::Query(vec![QueryProblem::new("sort", "unknown_field", "there is no such field")]);
        for (error, status, name) in [
            (Error::Invalid(problem()), 400, "ValidationError"),
            (Error::Blocked(problem()), 400, "ValidationError"),
            (query, 400, "ValidationError"),
            (stale, 412, "PreconditionFailedError"),
            (Error::not_found("x"), 404, "NotFoundError"),
            (Error::Forbidden("no".to_owned()), 403, "ForbiddenError"),
            (Error::Unauthorized, 401, "UnauthorizedError"),
            (Error::Conflict("taken".to_owned()), 409, "ConflictError"),
            (Error::WrongPassword, 401, "UnauthorizedError"),
            (Error::TooMany { message: "slowly".to_owned(), seconds: 3 }, 429, "RateLimitError"),
            (Error::Overloaded("full".to_owned()), 503, "ServiceUnavailableError"),
            (Error::Gone("used".to_owned()), 410, "GoneError"),
            (Error::PlanChanged("f".to_owned()), 409, "ConflictError"),
            (Error::Store(StoreError::Closed), 503, "ServiceUnavailableError"),
            (Error::Store(StoreError::Connect("password".to_owned())), 503, "ServiceUnavailableError"),
            (Error::Store(StoreError::Migrate("x".to_owned())), 500, "InternalServerError"),
            (Error::Internal("x".to_owned()), 500, "InternalServerError"),
        ] {
            let told = error.to_string();
            let (got, class, _) = said(error).await;
            assert_eq!((got, class.as_str()), (status, name), "{told}");
        }
    }

    #[tokio::test]
    async fn problems_name_their_pointer_or_parameter() {
        let (_, _, body) = said(Error::invalid("/a~1b/0", "required", "give it")).await;
        let expected = json!([{"pointer": "/a~1b/0", "path": ["a/b", "0"], "code": "required", "message": "give it"}]);
        assert_eq!(body["error"]["details"]["errors"], expected);
        assert_eq!(body["error"]["message"], "give it");
        let (_, _, body) = said(Error::Query(vec![QueryProblem::new("sort", "unknown_field", "no such field")])).await;
        let expected = json!([{"parameter": "sort", "code": "unknown_field", "message": "no such field"}]);
        assert_eq!(body["error"]["details"]["errors"], expected);
    }

    #[tokio::test]
    async fn an_internal_cause_is_not_told() {
        for error in [Error::Internal("secret".to_owned()), Error::Store(StoreError::Connect("secret".to_owned()))] {
            let refusal = Refusal::from(error);
            assert!(refusal.cause().unwrap().contains("secret"));
            let told = refusal.answer("/").take_body().into_string().await.unwrap();
            assert!(!told.contains("secret"), "{told}");
        }
    }

    #[test]
    fn a_long_path_is_cut_between_characters() {
        assert_eq!(cut(&"é".repeat(200)).len(), 300);
        assert_eq!(cut("/api/x"), "/api/x");
    }
}
