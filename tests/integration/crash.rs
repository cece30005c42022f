//! `kill -9` under load: what was acknowledged is there, what is derived equals a rebuild, followers go on where they
//! stopped.
//!
//! The process that is killed is this test binary itself, started again with [`WRITER`] to write until it dies.

mod heavy {
    use crate::app::{OPERATOR, map};
    use crate::process::{Site, ended, is_quick};
    use masthead_core::content::{self, Create, Save};
    use masthead_core::events::{Follow, Progress};
    use masthead_core::{Core, Error, Settings, delivery, doctor};
    use masthead_store::{Options, Store};
    use rand::RngExt;
    use serde_json::{Value, json};
    use std::collections::{BTreeMap, BTreeSet};
    use std::io::{BufRead, BufReader, Write};
    use std::process::{Command, Stdio};
    use std::time::Duration;

    /// The URL of the database that a writer writes to, and the number of its round.
    const WRITER: &str = "MASTHEAD_TEST_WRITER";
    const ROUND: &str = "MASTHEAD_TEST_ROUND";
    const FOLLOWER: &str = "crash";
    const THREADS: usize = 4;

    fn types() -> Vec<Value> {
        vec![
            json!({"kind": "component", "singular": "line", "fields": [{"name": "text", "type": "string"}]}),
            json!({"kind": "collection", "singular": "note", "plural": "notes", "fields": [
            {"name": "n", "type": "integer"},
            {"name": "title", "type": "string"},
            {"name": "slug", "type": "slug", "from": "title", "unique": true},
            {"name": "tags", "type": "tags"},
            {"name": "lines", "type": "component", "component": "line", "repeatable": true},
            {"name": "friend", "type": "relation", "targets": ["note"]}]}),
        ]
    }

    /// Not a test: the process that the tests below kill. Every line it prints is a write that was acknowledged, or
    /// an event that its follower has dealt with.
    #[test]
    #[ignore = "started by the tests of this module"]
    fn writer() {
        let Ok(url) = std::env::var(WRITER) else { return };
        let round: i64 = std::env::var(ROUND).unwrap().parse().unwrap();
        let core = Core::new(Store::open(&Options::new(url)).unwrap(), Settings::default()).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        std::thread::scope(|scope| {
            for thread in 0..THREADS {
                let (core, runtime) = (&core, &runtime);
                scope.spawn(move || runtime.block_on(write(core, round, thread)));
            }
            scope.spawn(|| follow(&core));
        });
    }

    fn say(line: &str) {
        writeln!(std::io::stdout().lock(), "@{line}").unwrap();
    }

    /// Create, save and publish for ever; each document's number only grows.
    async fn write(core: &Core, round: i64, thread: usize) {
        let mut ids: Vec<String> = Vec::new();
        for n in 1.. {
            let data = json!({"n": n, "title": format!("Round {round}"), "tags": [format!("t{n}"), "x"],
                "lines": [{"text": format!("line {n}")}], "friend": ids.first()});
            let (id, state) = if n % 4 == 1 && ids.len() < 3 {
                let publish = thread.is_multiple_of(2);
                let what = Create { data: map(data), publish, ..Create::default() };
                let saved = content::create(core, &OPERATOR, "note", what).await.unwrap();
                ids.push(saved.document_id.clone());
                (saved.document_id, if publish { "published" } else { "draft" })
            } else {
                let id = ids[n as usize % ids.len()].clone();
                let autosave = n % 3 == 0;
                let what = Save { data: map(data), autosave, ..Save::default() };
                content::save(core, &OPERATOR, &id, what).await.unwrap();
                say(&format!("draft {id} {n}"));
                if n % 2 == 1 {
                    continue;
                }
                content::publish(core, &OPERATOR, &id, None).await.unwrap();
                (id, "published")
            };
            say(&format!("{state} {id} {n}"));
        }
    }

    fn follow(core: &Core) {
        let mut follower = Follow::open(core, FOLLOWER, true).unwrap();
        loop {
            let step = follower.step(20, |events| {
                events.iter().for_each(|e| say(&format!("saw {}", e.seq)));
                Ok(())
            });
            if step.unwrap() == Progress::AtHead {
                std::thread::sleep(Duration::from_millis(2));
            }
        }
    }

    /// What was acknowledged so far.
    #[derive(Default)]
    struct Acknowledged {
        /// By document: the highest number that was saved, and published.
        draft: BTreeMap<String, i64>,
        published: BTreeMap<String, i64>,
        seen: BTreeSet<i64>,
        writes: usize,
    }

    impl Acknowledged {
        /// The line without what the harness of the test prints before it; a line that was cut off counts for nothing.
        fn take(&mut self, line: &str) {
            let Some((_, line)) = line.split_once('@') else { return };
            let Some(line) = line.strip_suffix('\n') else { return };
            let words: Vec<&str> = line.split(' ').collect();
            match words.as_slice() {
                ["saw", seq] => drop(self.seen.insert(seq.parse().unwrap())),
                [state, id, n] => {
                    let n = n.parse().unwrap();
                    self.writes += 1;
                    self.draft.insert((*id).to_owned(), n);
                    if *state == "published" {
                        self.published.insert((*id).to_owned(), n);
                    }
                }
                other => panic!("{other:?}"),
            }
        }
    }

    /// Start a writer, let it work for a while, kill it in the middle.
    fn write_and_kill(site: &Site, round: i64, known: &mut Acknowledged) {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "crash::heavy::writer", "--ignored", "--nocapture", "--test-threads=1"])
            .env(WRITER, site.url())
            .env(ROUND, round.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        let writes = known.writes;
        // The time counts from the first write on: before it there is nothing to lose.
        while known.writes == writes {
            line.clear();
            if stdout.read_line(&mut line).unwrap() == 0 {
                panic!("the writer ended: {}", ended(child).err);
            }
            known.take(&line);
        }
        let pause = Duration::from_millis(rand::rng().random_range(0..200));
        let killer = std::thread::spawn(move || {
            std::thread::sleep(pause);
            child.kill().unwrap();
            ended(child).err
        });
        loop {
            line.clear();
            if stdout.read_line(&mut line).unwrap() == 0 {
                break;
            }
            known.take(&line);
        }
        let said = killer.join().unwrap();
        assert!(!said.contains("panicked"), "round {round}: {said}");
    }

    async fn number(core: &Core, id: &str, query: &str) -> Option<i64> {
        match delivery::one(core, &OPERATOR, "notes", id, query).await {
            Ok(answer) => serde_json::from_slice::<Value>(&answer.body).unwrap()["data"]["n"].as_i64(),
            Err(Error::NotFound(_)) => None,
            Err(error) => panic!("{id}: {error}"),
        }
    }

    fn assert_nothing_is_lost(core: &Core, known: &Acknowledged, round: i64) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        for (of, query) in [(&known.draft, "status=draft"), (&known.published, "")] {
            for (id, n) in of {
                let found = runtime.block_on(number(core, id, query));
                assert!(found >= Some(*n), "round {round}: {id} {query}: {n} was acknowledged, {found:?} is there");
            }
        }
    }

    fn assert_healthy(core: &Core, round: i64) {
        let report = doctor::run(core, &OPERATOR, false, &mut |_, _| {}).unwrap();
        assert!(report.healthy, "round {round}: {report:#?}");
    }

    fn kill_again_and_again(site: &Site, rounds: i64) {
        site.push(&types());
        let mut known = Acknowledged::default();
        for round in 1..=rounds {
            // Only what this round wrote can be lost by it; the last look is at everything.
            let mut fresh = Acknowledged::default();
            write_and_kill(site, round, &mut fresh);
            let core = site.core();
            assert_nothing_is_lost(&core, &fresh, round);
            if round % 10 == 0 {
                assert_healthy(&core, round);
            }
            core.store().close();
            known.writes += fresh.writes;
            known.draft.extend(fresh.draft);
            known.published.extend(fresh.published);
            known.seen.extend(fresh.seen);
        }
        let core = site.core();
        assert_nothing_is_lost(&core, &known, rounds);
        assert_healthy(&core, rounds);
        let mut follower = Follow::open(&core, FOLLOWER, true).unwrap();
        let step = |follower: &mut Follow, seen: &mut BTreeSet<i64>| {
            let advanced = follower.step(500, |events| {
                seen.extend(events.iter().map(|e| e.seq));
                Ok(())
            });
            matches!(advanced.unwrap(), Progress::Advanced(_))
        };
        while step(&mut follower, &mut known.seen) {}
        let mut all = BTreeSet::new();
        while let Some(more) = core
            .store()
            .read_blocking(|conn| masthead_store::events::after(conn, all.last().copied().unwrap_or(0), 500))
            .ok()
            .filter(|more| !more.is_empty())
        {
            all.extend(more.iter().map(|e| e.seq));
        }
        assert_eq!(known.seen, all, "the follower has seen every event, and no other");
        assert!(known.writes >= rounds as usize, "{}", known.writes);
        eprintln!("{rounds} rounds, {} writes, {} documents, {} events", known.writes, known.draft.len(), all.len());
        core.store().close();
    }

    /// How often it is killed: as the environment says (`MASTHEAD_TEST_ROUNDS`), else `usual`.
    fn rounds(usual: i64) -> i64 {
        std::env::var("MASTHEAD_TEST_ROUNDS").ok().map_or(usual, |rounds| rounds.parse().unwrap())
    }

    #[test]
    fn no_acknowledged_write_is_lost_by_a_kill_on_sqlite() {
        let rounds = rounds(if is_quick() { 10 } else { 50 });
        crate::process::with_site(crate::app::On::Sqlite, |site| kill_again_and_again(site, rounds));
    }

    #[test]
    fn no_acknowledged_write_is_lost_by_a_kill_on_postgres() {
        let rounds = rounds(if is_quick() { 3 } else { 10 });
        crate::process::with_site(crate::app::On::Postgres, |site| kill_again_and_again(site, rounds));
    }

    on_both_sites! {
        fn an_import_that_was_killed_is_finished_by_running_it_again(site) {
            site.push(&types());
            let count = if is_quick() { 400 } else { 1000 };
            let text: String = (0..count)
                .map(|n| format!("{}\n", json!({"n": n, "title": format!("Note {n}"), "slug": format!("note-{n}"), "friend": {"slug": format!("note-{}", (n * 7 + 1) % count)}})))
                .collect();
            site.write("notes.ndjson", text);
            let args = ["import", "ndjson", "notes.ndjson", "--type", "note", "--key", "slug", "--publish", "--json"];
            for _ in 0..3 {
                let mut child = site.command(&args).spawn().unwrap();
                std::thread::sleep(Duration::from_millis(rand::rng().random_range(100..600)));
                child.kill().unwrap();
                ended(child);
            }
            let done = site.run(&args);
            let report = done.json();
            let sum: i64 = ["created", "updated", "unchanged"].iter().map(|k| report[k].as_i64().unwrap()).sum();
            assert_eq!((done.code, sum, &report["waiting"]), (0, count, &json!(0)), "{done:?}");
            let again = site.run(&args).json();
            assert_eq!(again["unchanged"], count, "{again}");
            let lines = site.run(&["export", "ndjson", "--type", "note"]).ok().lines().count();
            assert_eq!(lines as i64, count);
            site.run(&["doctor"]).ok();
        }
    }
}
