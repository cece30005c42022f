//! Events over HTTP: pages, waiting, and the stream.

use super::client::Client;
use super::documents::blog;
use crate::process::agent;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};

fn kinds(feed: &Value) -> Vec<String> {
    feed["events"].as_array().unwrap().iter().map(|e| e["kind"].as_str().unwrap().to_owned()).collect()
}

on_both_sites! {
    fn events_are_read_on_behind_a_cursor_and_waited_for(site) {
        site.push(&blog());
        let server = site.serve();
        let admin = Client::with_role(site, &server, "admin");
        let editor = Client::with_role(site, &server, "editor");
        let reader = Client::with_role(site, &server, "reader");
        let start = editor.get("/events").ok()["cursor"].as_str().unwrap().to_owned();
        let made = editor.post("/documents/article", json!({"data": {"title": "One"}, "publish": true})).ok();
        let feed = editor.get(&format!("/events?after={start}")).ok();
        assert_eq!(kinds(&feed), ["document.created", "document.published"]);
        assert_eq!((&feed["events"][1]["documentId"], &feed["events"][1]["live"], &feed["events"][1]["actor"]),
            (&made["documentId"], &json!(true), &json!("token:editor")));
        let one = editor.get(&format!("/events?after={start}&limit=1")).ok();
        let rest = editor.get(&format!("/events?after={}", one["cursor"].as_str().unwrap())).ok();
        assert_eq!((kinds(&one).len(), kinds(&rest).len()), (1, 1));
        assert_eq!(kinds(&reader.get(&format!("/events?after={start}")).ok()), [""; 0], "it may not read drafts");
        let everything = kinds(&admin.get("/events").ok());
        assert!(everything.contains(&"schema.changed".to_owned()), "{everything:?}");

        let cursor = feed["cursor"].as_str().unwrap().to_owned();
        let waited = std::thread::scope(|scope| {
            let waiting = scope.spawn(|| editor.get(&format!("/events?after={cursor}&wait=20")).ok());
            editor.post("/documents/article", json!({"data": {"title": "Two"}})).ok();
            waiting.join().unwrap()
        });
        assert_eq!(kinds(&waited), ["document.created"]);
        assert_eq!(editor.get("/events?after=x").refused(400).places(), ["after"]);
        assert_eq!(editor.get("/events?limit=0").refused(400).places(), ["limit"]);
        editor.get("/events?after=other.1").refused(409);
        editor.get("/events?after=other.-1").refused(400);
        Client::nobody(&server).get("/events").refused(401);
        Client::nobody(&server).get("/events/stream").refused(401);
    }

    fn a_stream_tells_what_happens_and_goes_on_where_it_ended(site) {
        site.push(&blog());
        let server = site.serve();
        let editor = Client::with_role(site, &server, "editor");
        let cursor = editor.get("/events?after=now").ok()["cursor"].as_str().unwrap().to_owned();
        editor.post("/documents/article", json!({"data": {"title": "One"}})).ok();
        let request = ureq::http::Request::builder()
            .uri(format!("{}/admin/api/events/stream", server.url))
            .header("Authorization", format!("Bearer {}", editor.token.clone().unwrap()))
            .header("Last-Event-ID", &cursor)
            .body(())
            .unwrap();
        let response = agent().run(request).unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut lines = BufReader::new(response.into_body().into_reader()).lines().map(Result::unwrap);
        let mut next = |field: &str| lines.find_map(|l| l.strip_prefix(field).map(|v| v.trim().to_owned())).unwrap();
        let first: Value = serde_json::from_str(&next("data:")).unwrap();
        assert_eq!(first["kind"], "document.created");
        let made = editor.post("/documents/article", json!({"data": {"title": "Two"}})).ok();
        let second: Value = serde_json::from_str(&next("data:")).unwrap();
        assert_eq!(second["documentId"], made["documentId"]);
        editor.get("/events/stream?after=x").refused(400);
    }
}
