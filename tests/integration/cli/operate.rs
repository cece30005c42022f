//! `serve`, `snapshot`, `erase`, `doctor` and `events`: what an operator does with a running site.

use super::{blog, lines};
use crate::app::On;
use crate::process::{Site, ended, signal, within};
use masthead_store::Store;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

fn article(site: &Site, title: &str) -> String {
    let ran =
        site.run_with(&["import", "ndjson", "-", "--type", "article", "--publish"], &lines(&[json!({"title": title})]));
    assert_eq!(ran.code, 0, "{ran:?}");
    let text = site.run(&["export", "ndjson", "--type", "article"]).ok();
    let mut records = text.lines().map(|l| serde_json::from_str::<Value>(l).unwrap());
    let found = records.rfind(|r| r["title"] == title).unwrap();
    found["documentId"].as_str().unwrap().to_owned()
}

/// Do something to the tables behind the program's back.
fn meddle(site: &Site, sql: &'static str) {
    let store: Store = site.core().store().clone();
    store.write_blocking(move |tx| tx.batch(sql)).unwrap();
    store.close();
}

on_both_sites! {
    fn a_server_is_ready_when_it_says_so_and_stops_when_told(site) {
        let server = site.serve();
        assert_eq!((server.get("/healthz").0, server.get("/readyz").0), (200, 200));
        let url = server.url.clone();
        assert_eq!(server.stop(), Some(0));
        assert!(ureq::get(format!("{url}/healthz")).call().is_err());
        let again = site.serve();
        assert_eq!(again.get("/readyz").0, 200);
    }

    fn what_is_erased_is_gone_with_its_history(site) {
        site.push(&blog());
        site.run(&["role", "allow", "public", "read", "article"]).ok();
        let id = article(site, "A secret of Ada");
        let kept = article(site, "Kept");
        let server = site.serve();
        assert_eq!(server.get(&format!("/api/articles/{id}")).0, 200);
        assert_eq!(site.run(&["erase", &id]).code, 2, "nobody said yes, and there is nobody to ask");
        site.run(&["erase", &id, "--yes"]).ok();
        server.soon(&format!("/api/articles/{id}"), |status, _| status == 404);
        assert_eq!(server.get(&format!("/api/articles/{kept}")).0, 200);
        let text = site.run(&["export", "ndjson", "--type", "article"]).ok();
        assert!(!text.contains("secret"), "{text}");
        let events = site.run(&["events"]).ok();
        assert!(events.contains("document.erased") && !events.contains("secret"), "{events}");
        let again = site.run_with(&["import", "ndjson", "-", "--type", "article"], &lines(&[json!({"documentId": id, "title": "Back"})]));
        assert!(again.code == 1 && again.err.contains("erased"), "{again:?}");
        site.run(&["doctor"]).ok();
        assert_eq!(site.run(&["erase", "a7x2k9m4p1q8r5t3v6w0y2z4", "--yes"]).code, 1);
    }

    fn the_doctor_finds_a_damaged_projection_and_mends_it(site) {
        site.push(&blog());
        site.run(&["role", "allow", "public", "read", "article"]).ok();
        let id = article(site, "One");
        article(site, "Two");
        let healthy = site.run(&["doctor", "--json"]);
        assert_eq!((healthy.code, &healthy.json()["healthy"]), (0, &json!(true)), "{healthy:?}");
        assert_eq!((&healthy.json()["documents"], &healthy.json()["pendingMigrations"]), (&json!(2), &json!([])));
        let engine = if site.on == On::Sqlite { "SQLite" } else { "PostgreSQL" };
        assert!(site.run(&["doctor"]).ok().contains(engine));

        let table = {
            let snapshot = site.core().read_blocking(|_, snapshot| Ok(snapshot.clone())).unwrap();
            let ty = snapshot.model.find("article").unwrap();
            masthead_store::projections::rows_table(ty.key, ty.storage.generation)
        };
        let damage = format!("UPDATE {table} SET created_by = 'nobody' WHERE document_id = '{id}'");
        meddle(site, Box::leak(damage.into_boxed_str()));
        let sick = site.run(&["doctor", "--json"]);
        assert_eq!((sick.code, &sick.json()["healthy"]), (1, &json!(false)), "{sick:?}");
        assert_eq!((&sick.json()["staleCount"], sick.out.contains(&id)), (&json!(1), true), "{sick:?}");
        assert_eq!(site.run(&["doctor", "--json"]).code, 1, "looking mends nothing");

        let mended = site.run(&["doctor", "--rebuild", "--json"]);
        assert_eq!((mended.code, &mended.json()["repaired"]), (0, &json!(1)), "{mended:?}");
        assert_eq!(site.run(&["doctor"]).code, 0);
    }

    fn events_of_another_process_are_followed(site) {
        site.push(&blog());
        article(site, "Before");
        let mut child = site.command(&["events", "--follow", "--json"]).spawn().unwrap();
        let stdout = child.stdout.take().unwrap();
        let (sender, seen) = std::sync::mpsc::channel::<Value>();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let _ = sender.send(serde_json::from_str(&line).unwrap());
            }
        });
        // It begins with what happens next, so something happens until it has begun.
        let mut n = 0;
        let first = within(Duration::from_secs(20), || {
            n += 1;
            article(site, &format!("After {n}"));
            seen.recv_timeout(Duration::from_secs(1)).map_err(|e| e.to_string())
        });
        assert!(first["kind"].as_str().unwrap().starts_with("document."), "{first}");
        let id = article(site, "The last");
        let mut last = first["seq"].as_i64().unwrap();
        loop {
            let event = seen.recv_timeout(Duration::from_secs(1)).expect("seen within a second");
            let seq = event["seq"].as_i64().unwrap();
            assert!(seq > last, "{event}");
            last = seq;
            if event["documentId"] == id.as_str() && event["kind"] == "document.published" {
                assert_eq!((&event["type"], &event["live"]), (&json!("article"), &json!(true)));
                break;
            }
        }
        signal(&child, "TERM");
        ended(child);
    }

    fn a_follower_by_name_sees_each_event_once(site) {
        site.push(&blog());
        let all = |text: String| -> Vec<i64> {
            text.lines().map(|l| serde_json::from_str::<Value>(l).unwrap()["seq"].as_i64().unwrap()).collect()
        };
        let mut seen = Vec::new();
        for title in ["One", "Two"] {
            article(site, title);
            seen.extend(all(site.run(&["events", "--name", "script"]).ok()));
        }
        assert_eq!(seen, all(site.run(&["events"]).ok()));
        assert_eq!(site.run(&["events", "--name", "script"]).ok(), "");
    }
}

#[test]
fn a_snapshot_made_while_others_write_opens_and_is_whole() {
    let site = Site::fresh(On::Sqlite).unwrap();
    site.push(&blog());
    site.run(&["role", "allow", "public", "read", "article"]).ok();
    let server = site.serve();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut n = 0;
            while !done.load(Ordering::Relaxed) {
                let records: Vec<Value> = (0..40).map(|i| json!({"title": format!("No {n}-{i}")})).collect();
                site.run_with(&["import", "ndjson", "-", "--type", "article", "--publish"], &lines(&records)).ok();
                n += 1;
            }
        });
        within(Duration::from_secs(20), || {
            match server.get("/api/articles").1["meta"]["pagination"]["total"].as_i64() {
                Some(n) if n > 0 => Ok(()),
                other => Err(format!("{other:?}")),
            }
        });
        for name in ["one.db", "two.db"] {
            site.run(&["snapshot", name]).ok();
        }
        done.store(true, Ordering::Relaxed);
    });
    let refused = site.run(&["snapshot", "one.db"]).fails(1);
    assert!(refused.contains("exists already"), "{refused}");
    for name in ["one.db", "two.db"] {
        let copy = ["--database-url", name];
        let doctor = ended(site.command(&[&copy[..], &["doctor", "--json"]].concat()).spawn().unwrap());
        assert_eq!((doctor.code, &doctor.json()["healthy"]), (0, &json!(true)), "{doctor:?}");
        assert_eq!(doctor.json()["documents"].as_i64().unwrap() % 40, 0, "a batch is in it whole or not at all");
    }
}
