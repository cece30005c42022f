//! The content model is changed from the command line while a server answers and others write: nobody waits, no
//! answer is wrong, nothing is lost.

use serde_json::{Value, json};

fn page(code: &str) -> Value {
    json!({"kind": "collection", "singular": "page", "plural": "pages", "tree": true, "urlPattern": "/{path}", "fields": [
        {"name": "slug", "type": "slug"}, {"name": "code", "type": code}]})
}

on_both! {
    async fn a_tree_keeps_its_paths_when_its_projection_is_built_anew(app) {
        app.push(&[page("string")]);
        let leaf = app.publish_new("page", json!({"slug": "leaf", "code": "1"})).await.document_id;
        let branch = app.publish_new("page", json!({"slug": "branch", "code": "2"})).await.document_id;
        let root = app.publish_new("page", json!({"slug": "root", "code": "3"})).await.document_id;
        for (child, parent) in [(&leaf, &branch), (&branch, &root)] {
            app.save(child, json!({"parent": parent})).await.unwrap();
            app.publish(child).await.unwrap();
        }
        app.assert_healthy();
        app.push(&[page("integer")]);
        app.assert_healthy();
        let one = app.get(&format!("pages/{leaf}")).await.unwrap();
        assert_eq!((&one["data"]["path"], &one["data"]["code"]), (&json!("root/branch/leaf"), &json!(1)), "{one}");
    }
}

mod heavy {
    use crate::app::{OPERATOR, map};
    use crate::process::{Site, agent, ended, get, is_quick};
    use masthead_core::Core;
    use masthead_core::content::{self, ImportOptions, Record, Save};
    use rand::RngExt;
    use serde_json::{Value, json};
    use std::ops::RangeInclusive;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering};
    use std::time::{Duration, Instant};

    const READERS: usize = 8;
    const WRITERS: usize = 4;
    /// No reader may wait longer for a change of the model: 300 ms in a release build. In a debug build, beside the
    /// other tests, only a reader that hangs is told from a slow machine.
    const LONGEST_WAIT: Duration = Duration::from_millis(if cfg!(debug_assertions) { 20_000 } else { 300 });

    /// How many documents there are: `MASTHEAD_TEST_DOCUMENTS`, else as many as fit the build.
    fn size() -> usize {
        let asked = std::env::var("MASTHEAD_TEST_DOCUMENTS").ok().and_then(|n| n.parse().ok());
        asked.unwrap_or(match (is_quick(), cfg!(debug_assertions)) {
            (true, _) => 1_000,
            (false, true) => 1_000,
            (false, false) => 100_000,
        })
    }

    /// The changes, in their order.
    const CHANGES: [&str; 8] = [
        "rename a field",
        "add a field",
        "change a field's type",
        "rename a value of an enumeration",
        "unique on",
        "indexed off",
        "delete a field",
        "change the URL pattern",
    ];

    /// The model after the first `state` changes.
    fn item(state: usize) -> Value {
        let title = if state > 0 { "headline" } else { "title" };
        let mut fields = vec![
            json!({"id": "n", "name": "n", "type": "integer", "indexed": true}),
            json!({"id": "title", "name": title, "type": "string"}),
            json!({"id": "slug", "name": "slug", "type": "slug"}),
            json!({"id": "code", "name": "code", "type": if state > 2 { "integer" } else { "string" }}),
            json!({"id": "category", "name": "category", "type": "enumeration", "values": match state {
                0..=3 => json!(["news", "essay"]),
                _ => json!([{"value": "bulletin", "label": "Bulletin", "was": "news"}, "essay"]),
            }}),
            json!({"id": "ref", "name": "ref", "type": "string", "unique": state > 4}),
            json!({"id": "rank", "name": "rank", "type": "integer", "indexed": state < 6}),
            json!({"id": "views", "name": "views", "type": "integer"}),
            json!({"id": "copy", "name": "copy", "type": "integer"}),
            json!({"id": "words", "name": "words", "type": "tags"}),
        ];
        if state > 1 {
            fields.push(json!({"id": "note", "name": "note", "type": "string"}));
        }
        if state < 7 {
            fields.push(json!({"id": "legacy", "name": "legacy", "type": "string"}));
        }
        let pattern = if state > 7 { "/things/{slug}" } else { "/items/{slug}" };
        json!({"kind": "collection", "singular": "item", "plural": "items", "urlPattern": pattern, "fields": fields})
    }

    fn record(n: usize) -> Record {
        let values = json!({"n": n, "title": format!("Title {n}"), "slug": format!("item-{n}"), "code": n.to_string(),
            "category": if n.is_multiple_of(2) { "news" } else { "essay" }, "ref": format!("r{n}"), "rank": n * 3, "views": 0,
            "copy": 0, "words": ["a", format!("w{}", n % 10)], "legacy": format!("old {n}")});
        Record { line: n as u64, values: map(values) }
    }

    /// What is wrong with a delivered document, seen as the model after `state` changes.
    fn wrong(data: &Value, n: usize, state: usize) -> Option<String> {
        let absent = |key: &str| data.get(key).is_none();
        let (title, other) = if state > 0 { ("headline", "title") } else { ("title", "headline") };
        let news = if state > 3 { "bulletin" } else { "news" };
        let expected = [
            (title, json!(format!("Title {n}"))),
            ("slug", json!(format!("item-{n}"))),
            ("code", if state > 2 { json!(n) } else { json!(n.to_string()) }),
            ("category", json!(if n.is_multiple_of(2) { news } else { "essay" })),
            ("ref", json!(format!("r{n}"))),
            ("rank", json!(n * 3)),
            ("words", json!(["a", format!("w{}", n % 10)])),
            ("views", data["copy"].clone()),
        ];
        if let Some((key, value)) = expected.iter().find(|(key, value)| data[*key] != *value || absent(key)) {
            return Some(format!("{key} is not {value}"));
        }
        let is_there = [(other, false), ("note", state > 1), ("legacy", state < 7)];
        if let Some((key, there)) = is_there.iter().find(|(key, there)| absent(key) == *there) {
            return Some(format!("{key} is {}there", if *there { "not " } else { "" }));
        }
        (state < 7 && data["legacy"] != format!("old {n}")).then(|| "legacy is another".to_owned())
    }

    fn check(data: &Value, n: usize, states: RangeInclusive<usize>) -> Result<(), String> {
        let wrongs: Vec<String> = states.clone().filter_map(|state| wrong(data, n, state)).collect();
        if wrongs.len() < states.count() { Ok(()) } else { Err(format!("{wrongs:?}: {data}")) }
    }

    struct Load<'a> {
        url: &'a str,
        ids: &'a [String],
        /// Number of the change that is being made; before it is made, its number of changes have been.
        change: AtomicUsize,
        stop: AtomicBool,
        requests: AtomicU64,
        writes: AtomicU64,
        /// Longest wait since it was last reset, µs.
        longest: AtomicU64,
        problems: Mutex<Vec<String>>,
        /// The last acknowledged value, by document.
        views: Vec<AtomicI64>,
    }

    impl Load<'_> {
        fn problem(&self, text: String) {
            self.stop.store(true, Ordering::Relaxed);
            self.problems.lock().unwrap().push(text);
        }

        fn read(&self) {
            let agent = agent();
            while !self.stop.load(Ordering::Relaxed) {
                let n = rand::rng().random_range(0..self.ids.len() - 5);
                let (path, expected) = match rand::rng().random_range(0..3) {
                    0 => (format!("/api/items/{}", self.ids[n]), n..=n),
                    1 => (format!("/api/items?filters[code][$eq]={n}"), n..=n),
                    _ => (
                        format!(
                            "/api/items?sort=n&filters[n][$gte]={n}&pagination[pageSize]=5&pagination[withCount]=false"
                        ),
                        n..=n + 4,
                    ),
                };
                let before = self.change.load(Ordering::Acquire);
                let started = Instant::now();
                let (status, body) = get(&agent, &format!("{}{path}", self.url), None);
                self.longest.fetch_max(started.elapsed().as_micros() as u64, Ordering::Relaxed);
                self.requests.fetch_add(1, Ordering::Relaxed);
                let after = self.change.load(Ordering::Acquire);
                let documents = match &body["data"] {
                    Value::Array(list) => list.clone(),
                    one => vec![one.clone()],
                };
                if status != 200 || documents.len() != expected.clone().count() {
                    self.problem(format!("change {before}..{after} {path}: {status} {body}"));
                    return;
                }
                for (n, document) in expected.zip(&documents) {
                    if let Err(wrong) = check(document, n, before..=(after + 1).min(CHANGES.len())) {
                        self.problem(format!("change {before}..{after} {path}: {wrong}"));
                        return;
                    }
                }
                std::thread::sleep(Duration::from_millis(10));
            }
        }

        async fn write(&self, core: &Core, writer: usize) {
            for k in 1.. {
                if self.stop.load(Ordering::Relaxed) {
                    return;
                }
                let n = rand::rng().random_range(0..self.ids.len() / WRITERS) * WRITERS + writer;
                let data = map(json!({"views": k, "copy": k}));
                let saved = content::save(core, &OPERATOR, &self.ids[n], Save { data, ..Save::default() }).await;
                let published = match saved {
                    Ok(_) => content::publish(core, &OPERATOR, &self.ids[n], None).await.map(drop),
                    Err(error) => Err(error),
                };
                if let Err(error) = published {
                    return self.problem(format!("a write failed: {error:?}"));
                }
                self.views[n].store(k, Ordering::Release);
                self.writes.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }

        /// The longest wait since the last time.
        fn longest(&self) -> Duration {
            Duration::from_micros(self.longest.swap(0, Ordering::Relaxed))
        }

        fn assert_right(&self) {
            let problems = self.problems.lock().unwrap();
            assert!(problems.is_empty(), "{problems:#?}");
        }
    }

    /// Push the model after `state` changes; how long the command took.
    fn push(site: &Site, state: usize) -> Duration {
        site.write_types(&format!("state-{state}"), &[item(state)]);
        let started = Instant::now();
        let ran = site.run(&["schema", "push", &format!("state-{state}"), "--apply", "--allow-destructive"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        started.elapsed()
    }

    /// Let a push be killed at any moment.
    fn push_and_kill(site: &Site, state: usize, after: Duration) {
        site.write_types(&format!("state-{state}"), &[item(state)]);
        let folder = format!("state-{state}");
        let mut child = site.command(&["schema", "push", &folder, "--apply", "--allow-destructive"]).spawn().unwrap();
        std::thread::sleep(after);
        let _ = child.kill();
        ended(child);
    }

    fn fill(site: &Site, runtime: &tokio::runtime::Runtime) -> Vec<String> {
        site.push(&[item(0)]);
        site.run(&["role", "allow", "public", "read", "item"]).ok();
        let core = site.core();
        let how = ImportOptions { publish: true, ..ImportOptions::default() };
        let mut ids = Vec::new();
        let all: Vec<usize> = (0..size()).collect();
        for chunk in all.chunks(500) {
            let records = chunk.iter().map(|n| record(*n)).collect();
            let lines = runtime.block_on(content::import_batch(&core, &OPERATOR, "item", &how, records)).unwrap();
            ids.extend(lines.into_iter().map(|line| line.outcome.unwrap().document_id));
        }
        core.store().close();
        ids
    }

    on_both_sites! {
        fn every_change_of_the_model_is_made_under_load_and_nobody_notices(site) {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
            let started = Instant::now();
            let ids = fill(site, &runtime);
            eprintln!("{} documents in {:?}", ids.len(), started.elapsed());
            let server = site.serve();
            let core = site.core();
            let load = Load {
                url: &server.url,
                views: ids.iter().map(|_| AtomicI64::new(0)).collect(),
                ids: &ids,
                change: AtomicUsize::new(0),
                stop: AtomicBool::new(false),
                requests: AtomicU64::new(0),
                writes: AtomicU64::new(0),
                longest: AtomicU64::new(0),
                problems: Mutex::default(),
            };
            std::thread::scope(|scope| {
                for _ in 0..READERS {
                    scope.spawn(|| load.read());
                }
                for writer in 0..WRITERS {
                    let (load, core, runtime) = (&load, &core, &runtime);
                    scope.spawn(move || runtime.block_on(load.write(core, writer)));
                }
                // However this ends, the load ends with it.
                let made = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| make_changes(site, &load)));
                load.stop.store(true, Ordering::Relaxed);
                if let Err(panic) = made {
                    eprintln!("{:#?}", load.problems.lock().unwrap());
                    std::panic::resume_unwind(panic);
                }
            });
            load.assert_right();
            eprintln!("{} requests, {} writes", load.requests.load(Ordering::Relaxed), load.writes.load(Ordering::Relaxed));
            for (n, views) in load.views.iter().enumerate().filter(|(_, v)| v.load(Ordering::Relaxed) > 0) {
                let query = format!("/api/items/{}", ids[n]);
                let (_, one) = server.get(&query);
                assert_eq!(one["data"]["views"], views.load(Ordering::Relaxed), "an acknowledged write is there: {one}");
            }
            core.store().close();
            assert!(!server.log().contains("ERROR"), "{}", server.log());
            assert_eq!(server.stop(), Some(0));
            let report = site.run(&["doctor", "--json"]);
            let report: Value = serde_json::from_str(&report.ok()).unwrap();
            assert_eq!((&report["healthy"], &report["looseBodies"]), (&json!(true), &json!(0)), "{report}");
            site.run(&["schema", "diff", &format!("state-{}", CHANGES.len()), "--exit-code"]).ok();
        }
    }

    /// Half the load runs without a change before the first, and after each until every server must know it.
    fn pause(load: &Load<'_>) {
        let until = Instant::now() + Duration::from_millis(1100);
        while Instant::now() < until && !load.stop.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(20));
        }
        load.assert_right();
    }

    fn make_changes(site: &Site, load: &Load<'_>) {
        pause(load);
        let quiet = load.longest();
        eprintln!("no change: the longest wait was {quiet:?}");
        let mut longest = Duration::ZERO;
        for (i, name) in CHANGES.iter().enumerate() {
            load.change.store(i, Ordering::Release);
            if i == 2 || i == 4 {
                for _ in 0..3 {
                    push_and_kill(site, i + 1, Duration::from_millis(rand::rng().random_range(30..600)));
                }
            }
            let took = push(site, i + 1);
            let wait = load.longest();
            eprintln!("{name}: {took:?}, the longest wait was {wait:?}");
            longest = longest.max(wait);
            if i == 0 {
                assert!(took < Duration::from_secs(1), "a rename takes well under a second: {took:?}");
            }
            pause(load);
        }
        load.change.store(CHANGES.len(), Ordering::Release);
        pause(load);
        // A machine on which readers wait that long for no reason says nothing about changes.
        let limit = LONGEST_WAIT.max(quiet * 2);
        assert!(longest <= limit, "a reader waited {longest:?}");
    }
}
