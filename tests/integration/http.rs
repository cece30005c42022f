//! The doors over a real socket, with content behind them: what clients, caches and strangers get to see.

use crate::app::{OPERATOR, TestApp};
use masthead_api::{ApiOptions, Draining, Listen};
use masthead_core::access::tokens;
use masthead_core::events;
use masthead_model::Action;
use masthead_model::check::{self, Schema};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A server on a free port.
pub struct Server {
    pub address: SocketAddr,
    pub draining: Draining,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<std::io::Result<()>>,
    watch: JoinHandle<()>,
}

impl Server {
    pub async fn start(app: &TestApp) -> Self {
        Self::start_with(app, ApiOptions::default()).await
    }

    pub async fn start_with(app: &TestApp, options: ApiOptions) -> Self {
        let listening = Listen::localhost(0).bind().await.unwrap();
        let address = listening.addresses()[0];
        let draining = options.draining.clone();
        let (stop, stopped) = oneshot::channel::<()>();
        let served = tokio::spawn(masthead_api::serve(app.core.clone(), options, listening, async {
            let _ = stopped.await;
        }));
        let watch = tokio::spawn(events::watch(app.core.clone()));
        Self { address, draining, stop: Some(stop), served, watch }
    }

    pub fn client(&self) -> Client {
        Client { address: self.address, stream: None }
    }

    /// Ask as somebody with a token, or as nobody.
    pub async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        let (mut client, method, path) = (self.client(), method.to_owned(), path.to_owned());
        let headers: Vec<(String, String)> = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        tokio::task::spawn_blocking(move || client.ask(&method, &path, &headers).unwrap()).await.unwrap()
    }

    pub async fn get(&self, path: &str, token: Option<&str>) -> Answer {
        match token {
            Some(token) => self.ask("GET", path, &[("authorization", &format!("Bearer {token}"))]).await,
            None => self.ask("GET", path, &[]).await,
        }
    }

    pub async fn stop(mut self) {
        let _ = self.stop.take().unwrap().send(());
        tokio::time::timeout(Duration::from_secs(20), &mut self.served).await.expect("it stops").unwrap().unwrap();
        self.watch.abort();
    }
}

/// One connection, kept alive, that sends whatever it is told to: no library tidies a target up.
pub struct Client {
    address: SocketAddr,
    stream: Option<BufReader<TcpStream>>,
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    /// Its text, where it is one.
    pub body: String,
    pub bytes: Vec<u8>,
}

impl Client {
    pub fn ask(&mut self, method: &str, target: &str, headers: &[(String, String)]) -> std::io::Result<Answer> {
        let host = if headers.iter().any(|(n, _)| n == "host") { "" } else { "host: localhost\r\n" };
        let mut text = format!("{method} {target} HTTP/1.1\r\n{host}");
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str("\r\n");
        if self.stream.is_none() {
            let stream = TcpStream::connect(self.address)?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(Duration::from_secs(20)))?;
            self.stream = Some(BufReader::new(stream));
        }
        let answer = self.exchange(text.as_bytes(), method == "HEAD");
        let is_over = answer.as_ref().map_or(true, |a| a.header("connection") == "close");
        if is_over {
            self.stream = None;
        }
        answer
    }

    fn exchange(&mut self, request: &[u8], is_head: bool) -> std::io::Result<Answer> {
        let stream = self.stream.as_mut().unwrap();
        stream.get_mut().write_all(request)?;
        let mut line = String::new();
        stream.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|s| s.parse().ok()).ok_or(std::io::ErrorKind::UnexpectedEof)?;
        let mut answer = Answer { status, headers: Vec::new(), body: String::new(), bytes: Vec::new() };
        loop {
            line.clear();
            stream.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            answer.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        if !is_head && status != 304 && status != 204 {
            let mut body = vec![0; answer.header("content-length").parse().unwrap_or(0)];
            stream.read_exact(&mut body)?;
            answer.body = String::from_utf8_lossy(&body).into_owned();
            answer.bytes = body;
        }
        Ok(answer)
    }
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v)
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }

    pub fn assert_refused(&self, status: u16, name: &str) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        let json = self.json();
        assert_eq!(
            (&json["data"], &json["error"]["status"], &json["error"]["name"]),
            (&Value::Null, &json!(status), &json!(name))
        );
        assert!(json["error"]["message"].is_string() && json["error"]["details"].is_object(), "{json}");
        assert_eq!(
            (&json["status"], json["instance"].is_string(), json["detail"].is_string()),
            (&json!(status), true, true)
        );
        assert_eq!((self.header("content-type"), self.header("etag")), ("application/json", ""));
        json
    }
}

/// Articles by authors, nobody allowed anything yet.
pub fn blog(app: &TestApp) {
    app.push(&[
        json!({"kind": "collection", "singular": "author", "plural": "authors", "fields": [{"name": "name", "type": "string"}]}),
        json!({"kind": "collection", "singular": "article", "plural": "articles", "fields": [
            {"name": "title", "type": "string"}, {"name": "n", "type": "integer"},
            {"name": "author", "type": "relation", "targets": ["author"], "inverse": "articles"}]}),
        json!({"kind": "single", "singular": "about", "label": "About", "cacheControl": "public, max-age=60",
            "fields": [{"name": "text", "type": "text"}]}),
    ]);
}

pub fn role(app: &TestApp, name: &str, permissions: Value) {
    let role = check::parse_role(&json!({"name": name, "label": name, "permissions": permissions})).unwrap();
    app.push_schema(Schema { roles: vec![role], ..Schema::default() }).unwrap();
}

pub async fn token(app: &TestApp, role: &str) -> String {
    tokens::create(&app.core, &OPERATOR, role, role, None).await.unwrap()
}

on_both! {
    async fn an_answer_has_a_tag_and_is_not_sent_twice(app) {
        blog(&app);
        app.allow("public", Action::Read, "article").await;
        app.allow("public", Action::Read, "about").await;
        app.publish_new("about", json!({"text": "We"})).await;
        let id = app.publish_new("article", json!({"title": "Zoë & \"Ann\"", "n": 1})).await.document_id;
        let server = Server::start(&app).await;
        for path in ["/api/articles".to_owned(), format!("/api/articles/{id}"), "/api/about".to_owned(),
            "/api/articles?filters[title][$contains]=Zo%C3%AB".to_owned()] {
            let first = server.get(&path, None).await;
            assert_eq!(first.status, 200, "{first:?}");
            let etag = first.header("etag").to_owned();
            assert!(etag.starts_with('"') && etag.ends_with('"') && etag.len() > 4, "{first:?}");
            assert_eq!(first.header("content-type"), "application/json");
            for sent in [etag.clone(), format!("W/{etag}"), format!("\"x\", {etag}")] {
                let again = server.ask("GET", &path, &[("if-none-match", &sent)]).await;
                assert_eq!((again.status, again.body.as_str(), again.header("etag")), (304, "", etag.as_str()), "{path}");
            }
            assert_eq!(server.ask("GET", &path, &[("if-none-match", "\"other\"")]).await.status, 200);
            let head = server.ask("HEAD", &path, &[]).await;
            assert_eq!((head.status, head.body.as_str(), head.header("etag")), (200, "", etag.as_str()));
            assert_eq!(head.header("content-length"), first.header("content-length"), "{path}");
        }
        assert!(server.get("/api/about", None).await.header("cache-control").contains("max-age=60"));
        let path = format!("/api/articles/{id}");
        let before = server.get(&path, None).await;
        app.save(&id, json!({"n": 2})).await.unwrap();
        assert_eq!(server.get(&path, None).await.header("etag"), before.header("etag"), "a draft changes nothing");
        app.publish(&id).await.unwrap();
        let after = server.ask("GET", &path, &[("if-none-match", before.header("etag"))]).await;
        assert_eq!((after.status, &after.json()["data"]["n"]), (200, &json!(2)));
        server.stop().await;
    }

    async fn each_refusal_says_why_in_the_same_shape(app) {
        blog(&app);
        role(&app, "public", json!([{"action": "read", "type": "article"}]));
        role(&app, "site", json!([{"action": "read", "type": "article"}, {"action": "read_draft", "type": "article"}]));
        let id = app.publish_new("article", json!({"title": "T"})).await.document_id;
        let site = token(&app, "site").await;
        let server = Server::start(&app).await;
        let wrong = server.get("/api/articles?filters[titel]=x&sort=n:up", None).await.assert_refused(400, "ValidationError");
        let errors = wrong["error"]["details"]["errors"].as_array().unwrap();
        assert_eq!((&errors[0]["parameter"], &errors[1]["parameter"]), (&json!("filters[titel]"), &json!("sort")));
        server.get("/api/articles", Some("mh_wrong")).await.assert_refused(401, "UnauthorizedError");
        server.get("/api/articles?status=draft", None).await.assert_refused(403, "ForbiddenError");
        assert_eq!(server.get("/api/articles?status=draft", Some(&site)).await.status, 200);
        for (method, path) in [("PATCH", "/api/articles".to_owned()), ("PUT", "/api/articles".to_owned()), ("POST", format!("/api/articles/{id}")),
            ("DELETE", "/healthz".to_owned()), ("BREW", "/api/articles".to_owned())] {
            let refused = server.ask(method, &path, &[]).await;
            refused.assert_refused(405, "MethodNotAllowedError");
            assert!(refused.header("allow").contains("GET"), "{refused:?}");
        }
        let missing = server.get("/api/articles/aaaaaaaaaaaaaaaaaaaaaaaa", None).await.assert_refused(404, "NotFoundError");
        assert_eq!(missing["error"]["message"], "Not Found");
        for path in ["/api/articles/x", "/api/about", "/api/authors", "/api/nothing", "/api/article", "/api/articles/%61", "/api/%2561rticles"] {
            server.get(path, None).await.assert_refused(404, "NotFoundError");
        }
        // Nor does a write tell whether there is a type, or of which kind.
        for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
            for below in ["", "/aaaaaaaaaaaaaaaaaaaaaaaa"] {
                let mut told = Vec::new();
                for name in ["authors", "about", "articlx"] {
                    let headers = [("content-type", "application/json"), ("content-length", "0")];
                    let answer = server.ask(method, &format!("/api/{name}{below}"), &headers).await;
                    told.push((answer.status, answer.header("allow").to_owned(), answer.body.replace(name, "?")));
                }
                assert_eq!(told[0], told[2], "{method} of a hidden collection{below}");
                assert_eq!(told[1], told[2], "{method} of a hidden single{below}");
            }
        }
        // A type that one may not read and one that is not there differ in nothing but what was sent.
        let hidden = server.get(&format!("/api/authors/{id}?populate=x"), None).await;
        let unknown = server.get(&format!("/api/qqqqqqq/{id}?populate=x"), None).await;
        assert_eq!(hidden.body.replace("authors", "qqqqqqq"), unknown.body);
        let names = |a: &Answer| a.headers.iter().map(|(n, _)| n.clone()).collect::<Vec<_>>();
        assert_eq!(names(&hidden), names(&unknown));
        server.stop().await;
    }

    async fn what_a_role_may_read_shows_the_moment_it_is_allowed(app) {
        blog(&app);
        let author = app.publish_new("author", json!({"name": "Ann"})).await.document_id;
        app.publish_new("article", json!({"title": "T", "author": author})).await;
        let server = Server::start(&app).await;
        server.get("/api/articles", None).await.assert_refused(404, "NotFoundError");
        app.allow("public", Action::Read, "article").await;
        let path = "/api/articles?populate=author";
        assert_eq!(server.get(path, None).await.json()["data"][0]["author"], Value::Null);
        app.allow("public", Action::Read, "author").await;
        assert_eq!(server.get(path, None).await.json()["data"][0]["author"]["name"], "Ann");
        let set = masthead_core::access::roles::set;
        set(&app.core, &OPERATOR, "public", Action::Read, "author", false).await.unwrap();
        assert_eq!(server.get(path, None).await.json()["data"][0]["author"], Value::Null);
        set(&app.core, &OPERATOR, "public", Action::Read, "article", false).await.unwrap();
        server.get(path, None).await.assert_refused(404, "NotFoundError");
        server.stop().await;
    }

    async fn two_roles_never_share_an_answer(app) {
        blog(&app);
        role(&app, "public", json!([{"action": "read", "type": "article", "fields": ["title"]}]));
        role(&app, "narrow", json!([{"action": "read", "type": "article", "fields": ["title", "n"]}]));
        role(&app, "wide", json!([{"action": "read", "type": "article"}, {"action": "read", "type": "author"}]));
        let author = app.publish_new("author", json!({"name": "Ann"})).await.document_id;
        let id = app.publish_new("article", json!({"title": "T", "n": 7, "author": author})).await.document_id;
        let (narrow, wide) = (token(&app, "narrow").await, token(&app, "wide").await);
        let server = Server::start(&app).await;
        for round in 0..30 {
            let path = if round % 2 == 0 { "/api/articles".to_owned() } else { format!("/api/articles/{id}") };
            for (who, keys) in [(None, 1), (Some(&narrow), 2), (Some(&wide), 2)] {
                let answer = server.get(&path, who.map(String::as_str)).await;
                let json = answer.json();
                let data = if round % 2 == 0 { &json["data"][0] } else { &json["data"] };
                assert_eq!(usize::from(data.get("title").is_some()) + usize::from(data.get("n").is_some()), keys, "{json}");
                let expected = if who.is_some() { "private, no-store" } else { "public, max-age=0, must-revalidate" };
                assert_eq!((answer.header("cache-control"), answer.header("vary")), (expected, "Authorization, Accept-Encoding"));
            }
            let path = "/api/articles?populate=author";
            server.get(path, Some(&narrow)).await.assert_refused(400, "ValidationError");
            assert_eq!(server.get(path, Some(&wide)).await.json()["data"][0]["author"]["name"], "Ann");
            server.get(path, None).await.assert_refused(400, "ValidationError");
        }
        server.stop().await;
    }

    async fn health_and_readiness_need_no_rights(app) {
        let server = Server::start(&app).await;
        assert_eq!(server.get("/healthz", None).await.status, 200);
        assert_eq!(server.get("/readyz", None).await.status, 200);
        server.draining.begin();
        assert_eq!((server.get("/healthz", None).await.status, server.get("/readyz", None).await.status), (200, 503));
        server.stop().await;
    }

    async fn a_server_that_stops_answers_what_it_has_accepted(app) {
        blog(&app);
        app.allow("public", Action::Read, "article").await;
        for n in 0..20 {
            app.publish_new("article", json!({"title": "x".repeat(200), "n": n})).await;
        }
        let server = Server::start(&app).await;
        let idle = TcpStream::connect(server.address).unwrap();
        let answered = Arc::new(AtomicU64::new(0));
        let readers: Vec<_> = (0..4).map(|_| {
            let (mut client, answered) = (server.client(), answered.clone());
            std::thread::spawn(move || loop {
                match client.ask("GET", "/api/articles?pagination[pageSize]=20", &[]) {
                    // Whatever is answered is whole: `exchange` reads to the end of the body.
                    Ok(answer) => {
                        assert_eq!(answer.json()["data"].as_array().unwrap().len(), 20);
                        answered.fetch_add(1, Ordering::Relaxed);
                    }
                    Err(error) => return error.kind(),
                }
            })
        }).collect();
        let deadline = Instant::now() + Duration::from_secs(20);
        while answered.load(Ordering::Relaxed) < 20 {
            assert!(Instant::now() < deadline, "no answers");
            tokio::task::yield_now().await;
        }
        let began = Instant::now();
        server.stop().await;
        assert!(began.elapsed() < Duration::from_secs(15), "an idle connection kept it");
        for reader in readers {
            let kind = tokio::task::spawn_blocking(|| reader.join().unwrap()).await.unwrap();
            use std::io::ErrorKind::{BrokenPipe, ConnectionRefused, ConnectionReset, UnexpectedEof};
            assert!(matches!(kind, BrokenPipe | ConnectionRefused | ConnectionReset | UnexpectedEof), "{kind:?}");
        }
        drop(idle);
    }
}

mod heavy {
    use super::*;

    on_both! {
        async fn a_read_after_an_acknowledged_publish_never_shows_an_older_one(app) {
            blog(&app);
            app.allow("public", Action::Read, "article").await;
            app.allow("public", Action::Read, "author").await;
            let id = app.publish_new("article", json!({"title": "counter", "n": 0})).await.document_id;
            let author = app.publish_new("author", json!({"name": "0"})).await.document_id;
            app.save(&id, json!({"author": author})).await.unwrap();
            app.publish(&id).await.unwrap();
            let server = Server::start(&app).await;
            let (acknowledged, over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
            let paths = [
                format!("/api/articles/{id}?populate=author"),
                "/api/articles?sort=n&populate=author".to_owned(),
                "/api/articles?filters[author][name][$ne]=x&populate=author".to_owned(),
                format!("/api/articles?filters[documentId]={id}&populate=author&fields=n"),
            ];
            let readers: Vec<_> = paths.into_iter().map(|path| {
                let (mut client, acknowledged, over) = (server.client(), acknowledged.clone(), over.clone());
                std::thread::spawn(move || {
                    let mut reads = 0u64;
                    while !over.load(Ordering::Acquire) {
                        let floor = acknowledged.load(Ordering::Acquire);
                        let json = client.ask("GET", &path, &[]).unwrap().json();
                        let data = json["data"].as_array().map_or(&json["data"], |list| &list[0]);
                        // The article counts in even numbers, its author, published on its own, in odd ones.
                        let article = data["n"].as_u64().unwrap();
                        let author: u64 = data["author"]["name"].as_str().unwrap().parse().unwrap();
                        assert!(article.max(author) >= floor && article.min(author) + 1 >= floor, "{floor}: {json}");
                        reads += 1;
                    }
                    reads
                })
            }).collect();
            let seconds = if std::env::var_os("MASTHEAD_TEST_QUICK").is_some() { 1 } else { 2 };
            let deadline = Instant::now() + Duration::from_secs(seconds);
            let mut number = 0u64;
            while Instant::now() < deadline {
                number += 1;
                let (target, data) = if number.is_multiple_of(2) { (&id, json!({"n": number})) } else { (&author, json!({"name": number.to_string()})) };
                app.save(target, data).await.unwrap();
                app.publish(target).await.unwrap();
                acknowledged.store(number, Ordering::Release);
            }
            over.store(true, Ordering::Release);
            let reads: u64 = tokio::task::spawn_blocking(|| readers.into_iter().map(|r| r.join().unwrap()).sum()).await.unwrap();
            assert!(number > 10 && reads > number, "{number} publishes, {reads} reads");
            server.stop().await;
        }

        async fn no_query_string_gets_more_than_a_refusal(app) {
            blog(&app);
            app.allow("public", Action::Read, "*").await;
            app.publish_new("about", json!({"text": "We"})).await;
            for n in 0..30 {
                app.publish_new("article", json!({"title": format!("t{n}"), "n": n})).await;
            }
            let server = Server::start(&app).await;
            let mut client = server.client();
            let many = if std::env::var_os("MASTHEAD_TEST_QUICK").is_some() { 500 } else { 3000 };
            let told = tokio::task::spawn_blocking(move || {
                let mut rng = StdRng::seed_from_u64(8420);
                let (mut fine, mut refused) = (0, 0);
                for round in 0..many {
                    let query = garbage(&mut rng);
                    let path = ["/api/articles", "/api/about", "/api/articles/aaaaaaaaaaaaaaaaaaaaaaaa"][round % 3];
                    let began = Instant::now();
                    let answer = client.ask("GET", &format!("{path}?{query}"), &[]).unwrap_or_else(|e| panic!("{query}: {e}"));
                    let took = began.elapsed();
                    match answer.status {
                        200 => fine += 1,
                        400 => {
                            let errors = answer.json()["error"]["details"]["errors"].clone();
                            assert!(errors.as_array().is_some_and(|all| !all.is_empty()), "{query}: {answer:?}");
                            assert!(errors.as_array().unwrap().iter().all(|e| e["parameter"].is_string()), "{query}: {errors}");
                            refused += 1;
                        }
                        401..=499 => refused += 1,
                        other => panic!("{other} for {query}: {answer:?}"),
                    }
                    // A second is meant; a busy machine is forgiven more.
                    assert!(took < Duration::from_secs(10), "{took:?} for {query}");
                }
                (fine, refused)
            }).await.unwrap();
            assert!(told.0 > many / 50 && told.1 > many / 10, "{told:?}");
            server.stop().await;
        }
    }
}

const NAMES: [&str; 26] = [
    "filters",
    "sort",
    "populate",
    "pagination",
    "fields",
    "locale",
    "status",
    "_q",
    "at",
    "title",
    "n",
    "author",
    "articles",
    "name",
    "id",
    "documentId",
    "createdAt",
    "$or",
    "$and",
    "$not",
    "$eq",
    "$in",
    "on",
    "page",
    "pageSize",
    "cursor",
];

const OPERATORS: [&str; 12] = [
    "$eq",
    "$ne",
    "$gt",
    "$in",
    "$notIn",
    "$containsi",
    "$startsWithi",
    "$endsWith",
    "$between",
    "$null",
    "$notContains",
    "$eqi",
];

/// A word of the dialect, a number, or something strange, percent-encoded or not.
fn word(rng: &mut StdRng) -> String {
    const STRANGE: [&str; 22] = [
        "%00",
        "%ff",
        "%C3%A4",
        "%",
        "%2",
        "%zz",
        "a%20b",
        "+",
        "%5B",
        "%5D",
        "-1",
        "99999999999999999999",
        "1e309",
        "NaN",
        "%F0%9F%98%80",
        "%E2%80%AE",
        "%EF%BF%BF",
        "'",
        "%22",
        "%5C",
        "..%2f..",
        "*",
    ];
    match rng.random_range(0..10) {
        0..5 => (*NAMES.choose(rng).unwrap()).to_owned(),
        5 => rng.random_range(-5..500).to_string(),
        6..8 => (*STRANGE.choose(rng).unwrap()).to_owned(),
        8 => String::new(),
        _ => (0..rng.random_range(1..40)).map(|_| char::from(rng.random_range(b'a'..=b'z'))).collect(),
    }
}

fn garbage(rng: &mut StdRng) -> String {
    if rng.random_range(0..3) == 0 {
        return plausible(rng);
    }
    let parts: Vec<String> = (0..rng.random_range(1..5)).map(|_| part(rng)).collect();
    parts.join("&")
}

/// Often right.
fn plausible(rng: &mut StdRng) -> String {
    let number = rng.random_range(0..40);
    match rng.random_range(0..5) {
        0 => format!("filters[n][{}]={number}&sort=-n", OPERATORS.choose(rng).unwrap()),
        1 => format!("filters[title][{}]={}", OPERATORS.choose(rng).unwrap(), word(rng)),
        2 => format!("pagination[page]={number}&pagination[pageSize]={number}&populate=author"),
        3 => format!("filters{}[n]={number}&fields=title", "[$not]".repeat(rng.random_range(1..9))),
        _ => format!("_q={}&filters[author][name][$containsi]={}", word(rng), word(rng)),
    }
}

fn part(rng: &mut StdRng) -> String {
    let field = ["title", "n", "author", "createdAt", "id"].choose(rng).unwrap();
    match rng.random_range(0..12) {
        // Mostly right.
        0..3 => format!("filters[{field}][{}]={}", OPERATORS.choose(rng).unwrap(), word(rng)),
        3 => format!("sort={}{field}", if rng.random_bool(0.5) { "-" } else { "" }),
        4 => format!("populate[author][populate][articles][{}]={}", word(rng), word(rng)),
        // Deep, wide and long.
        5 => format!("filters{}={}", "[$not]".repeat(rng.random_range(1..40)), word(rng)),
        6 => format!("populate{}", "[author][populate][articles][populate]".repeat(rng.random_range(1..8))) + "=*",
        7 => (0..rng.random_range(1..300)).map(|i| format!("filters[$or][{i}][n]={i}")).collect::<Vec<_>>().join("&"),
        8 => format!("{}={}", word(rng), "x".repeat(rng.random_range(0..6000))),
        _ => {
            let brackets: String = (0..rng.random_range(0..6)).map(|_| format!("[{}]", word(rng))).collect();
            let mut text = format!("{}{brackets}={}", word(rng), word(rng));
            if rng.random_bool(0.2) {
                text = text.replacen(if rng.random_bool(0.5) { ']' } else { '[' }, "", 1);
            }
            text
        }
    }
}
