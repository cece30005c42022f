//! The program: a server that is searched while it is written to, killed, and looked after by commands.

use crate::process::{Server, Site, agent, within};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

fn types() -> [Value; 1] {
    [json!({"kind": "collection", "singular": "note", "plural": "notes", "titleField": "title", "fields": [
        {"name": "title", "type": "string"}, {"name": "body", "type": "text"}, {"name": "rank", "type": "integer"}]})]
}

fn token(site: &Site) -> String {
    site.run(&["token", "create", "--name", "writer", "--role", "admin"]).ok().trim().to_owned()
}

fn post(server: &Server, token: &str, data: &Value) -> Result<(), ureq::Error> {
    let mut request = agent().post(format!("{}/api/notes", server.url));
    request = request.header("Authorization", format!("Bearer {token}"));
    request.send_json(json!({"data": data})).map(drop)
}

/// It is found, as soon as this machine can.
#[track_caller]
fn finds(server: &Server, path: &str, total: u64) {
    within(Duration::from_secs(30), || {
        let (status, body) = server.get(path);
        if status == 200 && body["meta"]["pagination"]["total"] == total { Ok(()) } else { Err(body.to_string()) }
    });
}

fn status(site: &Site) -> Value {
    site.run(&["search", "status", "--json"]).json()
}

/// The index has everything.
fn settled(site: &Site) -> Value {
    within(Duration::from_secs(60), || {
        let status = status(site);
        if status["ready"] == true && status["lag"] == 0 { Ok(status) } else { Err(status.to_string()) }
    })
}

on_both_sites! {
    fn what_is_published_is_found_and_an_index_is_made_anew_beside(site) {
        site.push(&types());
        site.run(&["role", "allow", "public", "read", "note"]).ok();
        let (server, token) = (site.serve(), token(site));
        // The first look makes the index.
        within(Duration::from_secs(60), || match server.get("/api/search?q=anything") {
            (200, _) => Ok(()),
            other => Err(format!("{other:?}")),
        });
        settled(site);
        for word in ["alpha", "bravo", "charlie", "dogwood", "echo"] {
            post(&server, &token, &json!({"title": format!("Zebra {word}")})).unwrap();
            let path = format!("/api/search?q={word}");
            finds(&server, &path, 1);
            let path = format!("/api/notes?_q={word}");
            finds(&server, &path, 1);
        }
        // Too much is refused, and what looks like a pattern is words.
        let long = format!("/api/search?q={}", "word+".repeat(10_000));
        assert!(matches!(server.get(&long).0, 400 | 414 | 431), "{}", server.get(&long).0);
        let (status, refused) = server.get(&format!("/api/search?q={}", "w+".repeat(40)));
        assert_eq!((status, refused["error"]["name"].is_string()), (400, true), "{refused}");
        let (status, found) = server.get("/api/search?q=(z%7Ce)*%5Bbra%5D%2B%24");
        assert_eq!((status, found["data"].is_array()), (200, true), "{found}");
        for types in ["notes", "note"] {
            let (_, found) = server.get(&format!("/api/search?q=zebra&types={types}"));
            assert_eq!(found["meta"]["pagination"]["total"], 5, "{types}: {found}");
        }
        let (_, proposed) = server.get("/api/search/suggest?q=zeb");
        assert_eq!(proposed["data"].as_array().unwrap().len(), 5, "{proposed}");
        let before = settled(site);
        assert!(site.run(&["search", "rebuild"]).ok().contains("5 entries"));
        let (_, found) = server.get("/api/search?q=zebra");
        assert_eq!(found["meta"]["pagination"]["total"], 5, "{found}");
        post(&server, &token, &json!({"title": "Zebra foxtrot"})).unwrap();
        finds(&server, "/api/search?q=zebra", 6);
        let after = settled(site);
        assert_eq!((&before["documents"], &after["documents"]), (&json!(5), &json!(6)));
        let metrics = server.get_with("/metrics", &token).1.to_string();
        assert!(metrics.contains("follower=\\\"search\\\"} 0"), "{metrics}");
        assert!(metrics.contains("masthead_search_lag_seconds 0"), "{metrics}");
        // A second process on the same folder reads what the first one writes, and takes over from it.
        let other = site.serve();
        post(&server, &token, &json!({"title": "Zebra golf"})).unwrap();
        finds(&other, "/api/search?q=zebra", 7);
        drop(server);
        post(&other, &token, &json!({"title": "Zebra hotel"})).unwrap();
        finds(&other, "/api/search?q=zebra", 8);
        assert!(site.run(&["search", "status"]).ok().contains("ready"));
    }
}

mod heavy {
    use super::*;
    use crate::app::On;
    use crate::process::{is_quick, with_site};
    use rand::RngExt;

    /// Anything that can happen to a document: it comes, changes, is hidden or goes.
    fn happen(server: &Server, token: &str, ids: &mut Vec<String>, n: usize, round: usize) {
        let (auth, any) = (format!("Bearer {token}"), rand::rng().random_range(0..ids.len().max(1)));
        let body = format!("round{round} {}", "lorem ipsum dolor ".repeat(n % 40));
        let data = json!({"data": {"title": format!("note {round} {n}"), "body": body, "rank": n}});
        let at = |path: &str| format!("{}/api/notes{path}", server.url);
        match n % 5 {
            0..=2 => {
                let request = agent().post(at("")).header("Authorization", &auth);
                let made: Value = request.send_json(data).unwrap().body_mut().read_json().unwrap();
                ids.push(made["data"]["documentId"].as_str().unwrap().to_owned());
            }
            3 if !ids.is_empty() => {
                let path = if round.is_multiple_of(2) {
                    format!("/{}?status=draft", ids[any])
                } else {
                    format!("/{}", ids[any])
                };
                agent().put(at(&path)).header("Authorization", &auth).send_json(data).unwrap();
            }
            4 if ids.len() > 5 => {
                let id = ids.swap_remove(any);
                agent().delete(at(&format!("/{id}"))).header("Authorization", &auth).call().unwrap();
            }
            _ => {}
        }
    }

    fn kill_again_and_again(site: &Site, rounds: usize) {
        site.push(&types());
        let token = token(site);
        let mut ids = Vec::new();
        for round in 0..rounds {
            if round % 10 == 7 {
                // Then it is made anew, and is killed while it is.
                std::fs::remove_dir_all(site.path("search")).unwrap();
            }
            let server = site.serve();
            let end = Instant::now() + Duration::from_millis(rand::rng().random_range(20..400));
            let mut n = 0;
            // Dropped, the server is killed, in the midst of whatever it does.
            while Instant::now() < end {
                happen(&server, &token, &mut ids, n, round);
                n += 1;
            }
        }
        let server = site.serve();
        let began = Instant::now();
        let followed = settled(site);
        println!("killed {rounds} times, the index is whole {} ms after the start", began.elapsed().as_millis());
        drop(server);
        let core = site.core();
        let folder = tempfile::tempdir().unwrap();
        masthead_search::rebuild(&core, folder.path(), &mut |_| {}).unwrap();
        let anew = masthead_search::Search::new(&core, folder.path());
        let anew = serde_json::to_value(masthead_core::search::Searcher::standing(&anew).unwrap()).unwrap();
        assert_eq!((&followed["documents"], &followed["digest"]), (&anew["documents"], &anew["digest"]));
        assert!(followed["documents"].as_u64().unwrap() > 0);
        core.store().close();
    }

    #[test]
    fn an_index_whose_process_is_killed_again_and_again_is_what_a_rebuild_gives() {
        with_site(On::Sqlite, |site| kill_again_and_again(site, if is_quick() { 8 } else { 50 }));
    }

    #[test]
    fn the_same_on_postgres() {
        with_site(On::Postgres, |site| kill_again_and_again(site, if is_quick() { 2 } else { 8 }));
    }
}
