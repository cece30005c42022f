//! The doors over a real socket: what is the same whatever the content.

use crate::{ApiOptions, Draining, Listen, serve};
use masthead_core::{Core, Settings};
use masthead_store::{Options, Store};
use serde_json::Value;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A server on a free port, over an empty database of its own.
struct Running {
    url: String,
    draining: Draining,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<std::io::Result<()>>,
    folder: PathBuf,
}

impl Running {
    async fn start(name: &str) -> Self {
        Self::start_with(name, ApiOptions::default()).await
    }

    async fn start_with(name: &str, options: ApiOptions) -> Self {
        let folder = std::env::temp_dir().join(format!("masthead-api-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let mut database = Options::new(folder.join("masthead.db").to_str().unwrap());
        database.durable = false;
        let core = Core::new(Store::open(&database).unwrap(), Settings::default()).unwrap();
        let listening = Listen::localhost(0).bind().await.unwrap();
        let url = listening.url();
        let draining = options.draining.clone();
        let (stop, stopped) = oneshot::channel::<()>();
        let served = tokio::spawn(serve(core, options, listening, async {
            let _ = stopped.await;
        }));
        Self { url, draining, stop: Some(stop), served, folder }
    }

    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(()).unwrap();
        tokio::task::spawn_blocking(move || {
            let config = ureq::Agent::config_builder()
                .http_status_as_error(false)
                .allow_non_standard_methods(true)
                .timeout_global(Some(Duration::from_secs(10)));
            let mut response = config.build().new_agent().run(request).unwrap();
            let status = response.status().as_u16();
            let headers = response.headers().clone();
            Answer { status, headers, body: response.body_mut().read_to_string().unwrap() }
        })
        .await
        .unwrap()
    }

    async fn stop(mut self) {
        let _ = self.stop.take().unwrap().send(());
        self.served.await.unwrap().unwrap();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

struct Answer {
    status: u16,
    headers: ureq::http::HeaderMap,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.body))
    }

    /// Whatever was refused has one shape.
    fn assert_refused(&self, status: u16, name: &str) -> Value {
        let json = self.json();
        assert_eq!(self.status, status, "{json}");
        assert_eq!(self.header("content-type"), "application/json");
        assert_eq!(json["data"], Value::Null);
        assert_eq!(json["error"]["status"], status);
        assert_eq!(json["error"]["name"], name);
        assert!(json["error"]["message"].is_string() && json["error"]["details"].is_object());
        assert_eq!(json["status"], status);
        assert!(json["type"].as_str().unwrap().starts_with("urn:masthead:error:"));
        assert!(json["title"].is_string() && json["detail"].is_string() && json["instance"].is_string());
        assert_ne!(self.header("x-request-id"), "");
        json
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn health_readiness_and_the_first_page_are_there() {
    let server = Running::start("health").await;
    assert_eq!(server.ask("GET", "/healthz", &[]).await.json()["status"], "up");
    let ready = server.ask("GET", "/readyz", &[]).await;
    assert_eq!((ready.status, &ready.json()["status"]), (200, &"ready".into()));
    assert_eq!(ready.header("cache-control"), "no-store");
    assert_eq!(server.ask("GET", "/", &[]).await.json()["name"], "Masthead");
    let page = server.ask("GET", "/", &[("accept", "text/html,*/*")]).await;
    assert!(page.header("content-type").starts_with("text/html") && page.body.starts_with("<!doctype html>"));
    assert!(page.body.contains("masthead user setup-link"), "nobody has an account: it leads to the first steps");
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    assert_eq!(page.header("referrer-policy"), "same-origin");
    let head = server.ask("HEAD", "/healthz", &[]).await;
    assert_eq!((head.status, head.body.as_str(), head.header("content-length")), (200, "", "16"));
    server.draining.begin();
    server.ask("GET", "/readyz", &[]).await.assert_refused(503, "ServiceUnavailableError");
    assert_eq!(server.ask("GET", "/healthz", &[]).await.status, 200);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_refused_in_one_shape() {
    let server = Running::start("shape").await;
    for path in ["/nothing", "/api", "/api/nothing", "/api/nothing/x", "/api/nothing/x/y", "/api/%ff", "/api//x"] {
        let json = server.ask("GET", path, &[]).await.assert_refused(404, "NotFoundError");
        assert_eq!(json["error"]["message"], "Not Found", "{path}");
        assert_eq!(json["instance"], path);
    }
    let post = server.ask("POST", "/healthz", &[]).await;
    post.assert_refused(405, "MethodNotAllowedError");
    assert_eq!(post.header("allow"), "GET, HEAD, OPTIONS");
    server.ask("BREW", "/healthz", &[]).await.assert_refused(405, "MethodNotAllowedError");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_credentials_are_refused_and_never_ignored() {
    let server = Running::start("credentials").await;
    for credentials in ["Bearer mh_unknown", "Bearer", "Basic dTpw", "nonsense"] {
        let refused = server.ask("GET", "/api/nothing", &[("authorization", credentials)]).await;
        refused.assert_refused(401, "UnauthorizedError");
        assert_eq!(refused.header("www-authenticate"), "Bearer");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_other_origins_may_read_content_and_nothing_else() {
    let server = Running::start("origins").await;
    let origin = ("origin", "https://www.example.org");
    let asked = server.ask("OPTIONS", "/api/nothing", &[origin, ("access-control-request-method", "GET")]).await;
    assert_eq!((asked.status, asked.header("access-control-allow-origin")), (204, "*"));
    assert_eq!(asked.header("access-control-allow-methods"), "GET, HEAD");
    assert!(asked.header("access-control-allow-headers").contains("Authorization"));
    let refused = server.ask("GET", "/api/nothing", &[origin]).await;
    assert_eq!((refused.status, refused.header("access-control-allow-origin")), (404, "*"));
    assert_eq!(refused.header("access-control-allow-credentials"), "");
    assert_eq!(refused.header("x-robots-tag"), "noindex");
    assert_eq!(server.ask("GET", "/healthz", &[origin]).await.header("access-control-allow-origin"), "");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_write_from_configured_origins_alone_and_never_to_the_admin_api() {
    let options =
        ApiOptions { cors_origins: vec!["https://www.example.org".parse().unwrap()], ..ApiOptions::default() };
    let server = Running::start_with("writing", options).await;
    let (known, foreign) = (("origin", "https://www.example.org"), ("origin", "https://evil.example"));
    for method in ["POST", "PUT", "DELETE"] {
        let asks = ("access-control-request-method", method);
        let allowed = server.ask("OPTIONS", "/api/nothing", &[known, asks]).await;
        assert_eq!((allowed.status, allowed.header("access-control-allow-origin")), (204, known.1));
        assert!(allowed.header("access-control-allow-methods").contains(method));
        assert!(allowed.header("access-control-allow-headers").contains("Idempotency-Key"));
        assert!(allowed.header("vary").contains("Origin"));
        let refused = server.ask("OPTIONS", "/api/nothing", &[foreign, asks]).await;
        assert_eq!(refused.header("access-control-allow-methods"), "GET, HEAD");
        assert_eq!(
            server.ask("OPTIONS", "/admin/api/x", &[known, asks]).await.header("access-control-allow-origin"),
            ""
        );
    }
    let json = ("content-type", "application/json");
    let sent = server.ask("POST", "/api/nothing", &[known, json]).await;
    sent.assert_refused(404, "NotFoundError");
    assert_eq!((sent.header("access-control-allow-origin"), sent.header("vary")), (known.1, "Origin"));
    // What a browser sends without asking beforehand is refused here.
    let sent = server.ask("POST", "/api/nothing", &[foreign, json]).await;
    assert!(sent.assert_refused(403, "ForbiddenError")["detail"].as_str().unwrap().contains("cors_origins"));
    assert_eq!(sent.header("access-control-allow-origin"), "");
    let own = server.url.clone();
    server.ask("POST", "/api/nothing", &[("origin", &own), json]).await.assert_refused(404, "NotFoundError");
    server.ask("POST", "/api/nothing", &[json]).await.assert_refused(404, "NotFoundError");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_not_ours_is_refused_but_for_supervisors() {
    let server = Running::start("names").await;
    for path in ["/", "/api/nothing", "/nothing"] {
        let refused = server.ask("GET", path, &[("host", "rebound.example.org")]).await;
        let said = refused.assert_refused(421, "MisdirectedRequestError");
        assert!(said["detail"].as_str().unwrap().contains("public_url"), "{said}");
    }
    assert_eq!(server.ask("GET", "/healthz", &[("host", "10.1.2.3")]).await.status, 200);
    assert_eq!(server.ask("GET", "/readyz", &[("host", "probe.example.org")]).await.status, 200);
    assert_eq!(server.ask("GET", "/", &[("host", "[::1]:9")]).await.status, 200);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_before_everything_may_stay_or_be_taken_off() {
    let options = ApiOptions { public_url: Some("https://example.org/cms".parse().unwrap()), ..ApiOptions::default() };
    let server = Running::start_with("prefix", options).await;
    for path in ["/healthz", "/cms/healthz", "/", "/cms/", "/cms", "/cms?x=1"] {
        assert_eq!(server.ask("GET", path, &[("host", "example.org")]).await.status, 200, "{path}");
    }
    let refused = server.ask("GET", "/cms/api/nothing?x=1", &[]).await;
    assert_eq!(refused.assert_refused(404, "NotFoundError")["instance"], "/api/nothing");
    assert_eq!(refused.header("access-control-allow-origin"), "*");
    server.ask("GET", "/cmsx/healthz", &[]).await.assert_refused(404, "NotFoundError");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_request_has_an_id_and_keeps_a_plain_one_it_was_given() {
    let server = Running::start("ids").await;
    let first = server.ask("GET", "/healthz", &[]).await.header("x-request-id").to_owned();
    let second = server.ask("GET", "/healthz", &[]).await.header("x-request-id").to_owned();
    assert_ne!(first, second);
    let given = server.ask("GET", "/healthz", &[("x-request-id", "proxy-17.a_b")]).await;
    assert_eq!(given.header("x-request-id"), "proxy-17.a_b");
    let strange = server.ask("GET", "/healthz", &[("x-request-id", "a b;c")]).await;
    assert_ne!(strange.header("x-request-id"), "a b;c");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_server_accepts_no_more_connections() {
    let server = Running::start("stop").await;
    let address = server.url.strip_prefix("http://").unwrap().to_owned();
    assert_eq!(server.ask("GET", "/healthz", &[]).await.status, 200);
    let draining = server.draining.clone();
    server.stop().await;
    assert!(draining.has_begun());
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}
