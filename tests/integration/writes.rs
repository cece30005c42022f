//! The content API's writes, over HTTP.

use crate::process::{Server, Site, agent};
use serde_json::{Value, json};

fn types() -> Vec<Value> {
    vec![
        json!({"kind": "collection", "singular": "article", "plural": "articles", "fields": [
            {"name": "title", "type": "string", "required": true},
            {"name": "slug", "type": "slug", "from": "title", "unique": true},
            {"name": "views", "type": "integer"}]}),
        json!({"kind": "single", "singular": "home", "fields": [{"name": "headline", "type": "string"}]}),
        json!({"kind": "collection", "singular": "message", "plural": "messages", "fields": [{"name": "text", "type": "text"}]}),
    ]
}

/// A caller of the API.
struct Client<'a> {
    server: &'a Server,
    token: Option<String>,
}

impl Client<'_> {
    fn send(&self, method: &str, path: &str, body: Option<Value>, headers: &[(&str, &str)]) -> (u16, Value) {
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.server.url));
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let text = body.map(|b| b.to_string()).unwrap_or_default();
        let request = request.header("Content-Type", "application/json").body(text).unwrap();
        let mut response = agent().run(request).unwrap();
        let text = response.body_mut().read_to_string().unwrap();
        (response.status().as_u16(), serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    fn post(&self, path: &str, data: Value) -> (u16, Value) {
        self.send("POST", path, Some(json!({ "data": data })), &[])
    }

    fn put(&self, path: &str, data: Value) -> (u16, Value) {
        self.send("PUT", path, Some(json!({ "data": data })), &[])
    }
}

fn token(site: &Site, role: &str) -> String {
    site.run(&["token", "create", "--name", role, "--role", role]).ok().trim().to_owned()
}

on_both_sites! {
    fn a_program_creates_updates_and_deletes(site) {
        site.push(&types());
        let editor = token(site, "editor");
        let server = site.serve();
        let client = Client { server: &server, token: Some(editor) };

        let (status, body) = client.post("/api/articles", json!({"title": "Hello"}));
        assert_eq!((status, &body["data"]["slug"]), (201, &json!("hello")), "{body}");
        let id = body["data"]["documentId"].as_str().unwrap().to_owned();
        let path = format!("/api/articles/{id}");
        let (status, body) = client.put(&path, json!({"views": 3}));
        assert_eq!((status, &body["data"]["views"], &body["data"]["title"]), (200, &json!(3), &json!("Hello")), "{body}");

        // A draft that is only saved is not delivered, and its edits stay pending when a program publishes others.
        let (status, body) = client.put(&format!("{path}?status=draft"), json!({"title": "Pending"}));
        assert_eq!((status, &body["data"]["title"]), (200, &json!("Pending")), "{body}");
        let (_, body) = client.put(&path, json!({"views": 4}));
        assert_eq!((&body["data"]["title"], &body["data"]["views"]), (&json!("Hello"), &json!(4)), "{body}");
        let (_, body) = client.send("GET", &format!("{path}?status=draft"), None, &[]);
        assert_eq!((&body["data"]["title"], &body["data"]["views"]), (&json!("Pending"), &json!(4)), "{body}");

        let (status, _) = client.send("DELETE", &path, None, &[]);
        assert_eq!(status, 204);
        assert_eq!(client.send("GET", &path, None, &[]).0, 404);
        let (status, body) = client.put("/api/home", json!({"headline": "Welcome"}));
        assert_eq!((status, &body["data"]["headline"]), (200, &json!("Welcome")), "{body}");
        let core = site.core();
        let report = masthead_core::doctor::run(&core, &masthead_core::Caller::Operator, false, &mut |_, _| {}).unwrap();
        assert!(report.healthy, "{report:#?}");
        core.store().close();
    }

    fn a_repeated_request_is_done_once(site) {
        site.push(&types());
        let editor = token(site, "editor");
        let server = site.serve();
        let client = Client { server: &server, token: Some(editor) };
        let body = || Some(json!({"data": {"title": "Once"}}));
        let (_, first) = client.send("POST", "/api/articles", body(), &[("Idempotency-Key", "k1")]);
        let (_, second) = client.send("POST", "/api/articles", body(), &[("Idempotency-Key", "k1")]);
        assert_eq!(first["data"]["documentId"], second["data"]["documentId"]);
        let (_, list) = client.send("GET", "/api/articles", None, &[]);
        assert_eq!(list["meta"]["pagination"]["total"], 1);
    }

    fn a_bad_write_names_its_place_and_changes_nothing(site) {
        site.push(&types());
        let editor = token(site, "editor");
        let reader = token(site, "reader");
        let server = site.serve();
        let client = Client { server: &server, token: Some(editor) };
        let pointer = |body: &Value| body["error"]["details"]["errors"][0]["pointer"].clone();
        let (status, body) = client.post("/api/articles", json!({"views": "many", "title": "x"}));
        assert_eq!((status, pointer(&body)), (400, json!("/data/views")), "{body}");
        let (status, body) = client.post("/api/articles", json!({"views": 1}));
        assert_eq!((status, pointer(&body)), (400, json!("/data/title")), "{body}");
        for (sent, place) in [(json!([]), ""), (json!({}), "/data"), (json!({"data": 1}), "/data"), (json!({"data": {}, "title": 1}), "/title")] {
            let (status, body) = client.send("POST", "/api/articles", Some(sent), &[]);
            assert_eq!((status, pointer(&body)), (400, json!(place)), "{body}");
        }
        let (status, body) = client.post("/api/articles?populat=x", json!({"title": "x"}));
        assert_eq!((status, &body["error"]["details"]["errors"][0]["parameter"]), (400, &json!("populat")), "{body}");
        let reading = Client { server: &server, token: Some(reader) };
        assert_eq!(reading.post("/api/articles", json!({"title": "x"})).0, 403);
        let nobody = Client { server: &server, token: None };
        assert_eq!(nobody.post("/api/articles", json!({"title": "x"})).0, 404);
        assert_eq!(client.send("PATCH", "/api/articles", None, &[]).0, 405);
        assert_eq!(client.send("POST", "/api/home", Some(json!({"data": {}})), &[]).0, 405);
        let (_, list) = client.send("GET", "/api/articles?status=draft", None, &[]);
        assert_eq!(list["meta"]["pagination"]["total"], 0);
    }

    fn what_nobody_in_particular_sends_arrives_as_a_draft(site) {
        site.push(&types());
        let editor = token(site, "editor");
        site.run(&["role", "allow", "public", "create", "message"]).ok();
        let server = site.serve();
        let nobody = Client { server: &server, token: None };
        let (status, body) = nobody.post("/api/messages", json!({"text": "Hi"}));
        assert_eq!(status, 201, "{body}");
        assert_eq!(body["data"].get("text"), None, "it may not read what it sent: {body}");
        // Strangers may choose the same name for what they send.
        let keyed = |text: &str| nobody.send("POST", "/api/messages", Some(json!({"data": {"text": text}})), &[("Idempotency-Key", "1")]).1["data"]["documentId"].clone();
        let (one, other) = (keyed("One"), keyed("Other"));
        assert!(one.is_string() && other.is_string() && one != other, "{one} {other}");
        assert_eq!(keyed("One"), one);
        let client = Client { server: &server, token: Some(editor) };
        assert_eq!(client.send("GET", "/api/messages", None, &[]).1["meta"]["pagination"]["total"], 0);
        assert_eq!(client.send("GET", "/api/messages?status=draft", None, &[]).1["data"][0]["text"], "Hi");
    }
}
