//! Sixteen writers at once, on one document and on one value, of one process and of two on the same database.

use crate::app::{OPERATOR, TestApp, map};
use masthead_core::content::{self, Create, Revision, Save, Saved};
use masthead_core::{Core, Error, Settings};
use masthead_store::{Options, Store};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const WRITERS: usize = 16;

fn post() -> Value {
    json!({"kind": "collection", "singular": "post", "plural": "posts", "fields": [
        {"name": "title", "type": "string", "required": true},
        {"name": "slug", "type": "slug", "from": "title", "unique": true},
        {"name": "count", "type": "integer"},
        {"name": "words", "type": "tags"}]})
}

/// A second process's core on the same database.
fn second(app: &TestApp) -> Core {
    Core::new(Store::open(&Options::new(&app.url)).unwrap(), Settings::default()).unwrap()
}

/// Let all writers do something at the same time, each on the next of the cores; what became of it, in their order.
async fn at_once<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
    cores: &[Core],
    work: impl Fn(Core, usize) -> F,
) -> Vec<T> {
    let tasks: Vec<_> = (0..WRITERS).map(|n| tokio::spawn(work(cores[n % cores.len()].clone(), n))).collect();
    let mut done = Vec::new();
    for task in tasks {
        done.push(task.await.unwrap());
    }
    done
}

async fn create(core: &Core, data: Value, publish: bool) -> Result<Saved, Error> {
    content::create(core, &OPERATOR, "post", Create { data: map(data), publish, ..Create::default() }).await
}

async fn draft(core: &Core, id: &str) -> (Revision, Value) {
    let draft = content::draft(core, &OPERATOR, id, None).await.unwrap();
    (Revision::parse(&draft.revision).unwrap(), Value::Object(draft.data))
}

/// Of all who start from one revision one wins; the others are told what is there now.
async fn one_wins_each_revision(cores: &[Core]) {
    let id = create(&cores[0], json!({"title": "Race"}), false).await.unwrap().document_id;
    let rounds = 4;
    for round in 0..rounds {
        let (base, _) = draft(&cores[0], &id).await;
        let outcomes = at_once(cores, |core, n| {
            let id = id.clone();
            async move {
                let data = map(json!({"count": round * 100 + n}));
                content::save(&core, &OPERATOR, &id, Save { data, base: Some(base), ..Save::default() }).await
            }
        })
        .await;
        let winners: Vec<usize> = (0..WRITERS).filter(|n| outcomes[*n].is_ok()).collect();
        assert_eq!(winners.len(), 1, "{outcomes:?}");
        let won = json!(round * 100 + winners[0]);
        for refused in outcomes.iter().filter_map(|o| o.as_ref().err()) {
            let Error::Stale { revision, current } = refused else { panic!("{refused:?}") };
            assert_eq!(Revision::parse(revision).unwrap().shared, base.shared + 1);
            assert_eq!(current["data"]["count"], won);
        }
        assert_eq!(draft(&cores[0], &id).await.1["count"], won);
    }
    let history = content::versions(&cores[0], &OPERATOR, &id, None).await.unwrap();
    assert_eq!(history.len(), 1 + rounds);
}

/// Read, change and save again until it is accepted: every writer's change is in the end, and in the history.
async fn no_update_is_lost(cores: &[Core]) {
    let id = create(&cores[0], json!({"title": "Counter", "count": 0}), true).await.unwrap().document_id;
    at_once(cores, |core, n| {
        let id = id.clone();
        async move {
            loop {
                let (base, now) = draft(&core, &id).await;
                let mut words = now["words"].as_array().cloned().unwrap_or_default();
                words.push(json!(format!("w{n}")));
                let data = map(json!({"count": now["count"].as_i64().unwrap() + 1, "words": words}));
                match content::save(&core, &OPERATOR, &id, Save { data, base: Some(base), ..Save::default() }).await {
                    Ok(saved) => {
                        assert_eq!(Revision::parse(&saved.revision).unwrap().shared, base.shared + 1);
                        break;
                    }
                    Err(Error::Stale { .. }) => {}
                    Err(other) => panic!("{other:?}"),
                }
            }
            // Publishing among the saves must neither fail nor lose one.
            content::publish(&core, &OPERATOR, &id, None).await.unwrap();
        }
    })
    .await;
    let (_, end) = draft(&cores[0], &id).await;
    assert_eq!(end["count"], WRITERS);
    let words: BTreeSet<&str> = end["words"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(words.len(), WRITERS, "{end}");
    let history = content::versions(&cores[0], &OPERATOR, &id, None).await.unwrap();
    let mut counts = BTreeSet::new();
    for entry in &history {
        let values = content::version(&cores[0], &OPERATOR, &id, None, true, entry.number).await.unwrap();
        counts.insert(values["count"].as_u64().unwrap());
    }
    assert_eq!(counts, (0..=WRITERS as u64).collect::<BTreeSet<_>>());
}

/// Slugs that are made are made apart, in drafts and in public.
async fn made_slugs_are_distinct(cores: &[Core]) {
    let saved = at_once(cores, |core, n| async move {
        create(&core, json!({"title": "The same title"}), n % 2 == 0).await.unwrap().document_id
    })
    .await;
    let mut slugs = BTreeSet::new();
    for id in &saved {
        let (_, data) = draft(&cores[0], id).await;
        slugs.insert(data["slug"].as_str().unwrap().to_owned());
    }
    assert_eq!(slugs.len(), WRITERS, "{slugs:?}");
    assert!(slugs.contains("the-same-title") && slugs.iter().all(|s| s.starts_with("the-same-title")));
    let published = at_once(cores, |core, n| {
        let id = saved[n].clone();
        async move { content::publish(&core, &OPERATOR, &id, None).await }
    })
    .await;
    assert!(published.iter().all(Result::is_ok), "{published:?}");
}

/// A value that somebody chose is one document's; the others are told which field is in the way.
async fn one_wins_a_chosen_slug(cores: &[Core]) {
    let outcomes = at_once(cores, |core, n| async move {
        create(&core, json!({"title": format!("Number {n}"), "slug": "chosen"}), true).await
    })
    .await;
    assert_eq!(outcomes.iter().filter(|o| o.is_ok()).count(), 1, "{outcomes:?}");
    for refused in outcomes.iter().filter_map(|o| o.as_ref().err()) {
        let Error::Blocked(problems) = refused else { panic!("{refused:?}") };
        assert_eq!(problems.len(), 1);
        assert_eq!((problems[0].pointer.as_str(), problems[0].code.as_str()), ("/slug", "unique"));
    }
    // Drafts may wish for the same; when they are published, the first has it already.
    let drafts = at_once(cores, |core, n| async move {
        create(&core, json!({"title": format!("Number {n}"), "slug": "wished"}), false).await.unwrap().document_id
    })
    .await;
    let outcomes = at_once(cores, |core, n| {
        let id = drafts[n].clone();
        async move { content::publish(&core, &OPERATOR, &id, None).await }
    })
    .await;
    assert_eq!(outcomes.iter().filter(|o| o.is_ok()).count(), 1, "{outcomes:?}");
    assert!(outcomes.iter().all(|o| o.is_ok() || matches!(o, Err(Error::Blocked(p)) if p[0].pointer == "/slug")));
}

/// A save that is sent again is the save that was made.
async fn a_repeated_save_is_one(cores: &[Core]) {
    let created = at_once(cores, |core, _| async move {
        let what =
            Create { data: map(json!({"title": "Once"})), save_id: Some("first".to_owned()), ..Create::default() };
        content::create(&core, &OPERATOR, "post", what).await.unwrap()
    })
    .await;
    assert!(created.iter().all(|saved| *saved == created[0]), "{created:?}");
    let id = &created[0].document_id;
    let base = Revision::parse(&created[0].revision);
    let saved = at_once(cores, |core, n| {
        let id = id.clone();
        async move {
            // What a repeat says does not matter: it is known by its name, whatever became of the base.
            let data = map(json!({"count": n}));
            let what = Save { data, base, save_id: Some("second".to_owned()), ..Save::default() };
            content::save(&core, &OPERATOR, &id, what).await.unwrap()
        }
    })
    .await;
    assert!(saved.iter().all(|s| *s == saved[0]), "{saved:?}");
    assert_eq!(content::versions(&cores[0], &OPERATOR, id, None).await.unwrap().len(), 2);
    assert_eq!(Revision::parse(&draft(&cores[0], id).await.0.to_string()), Revision::parse(&saved[0].revision));
}

/// Whoever creates at the same time gets a place of its own.
async fn places_are_distinct(cores: &[Core]) {
    let made = at_once(cores, |core, n| async move {
        let data = map(json!({"name": format!("{n}")}));
        content::create(&core, &OPERATOR, "step", Create { data, publish: true, ..Create::default() }).await.unwrap()
    })
    .await;
    let positions = cores[0]
        .read_blocking(|conn, _| {
            let ids: Vec<String> = made.iter().map(|m| m.document_id.clone()).collect();
            Ok(masthead_store::documents::find_many(conn, &ids)?
                .into_iter()
                .map(|d| d.position)
                .collect::<BTreeSet<_>>())
        })
        .unwrap();
    assert_eq!(positions.len(), WRITERS);
    let outcomes = at_once(cores, |core, _| async move {
        content::create(&core, &OPERATOR, "home", Create { data: map(json!({"name": "Home"})), ..Create::default() })
            .await
    })
    .await;
    assert_eq!(outcomes.iter().filter(|o| o.is_ok()).count(), 1, "a single has one document: {outcomes:?}");
    assert!(outcomes.iter().all(|o| matches!(o, Ok(_) | Err(Error::Conflict(_)))), "{outcomes:?}");
}

/// Two cores beside each other; healthy in the end.
async fn with_two<F: AsyncFnOnce(&[Core])>(app: TestApp, test: F) {
    let other = second(&app);
    test(&[app.core.clone(), other.clone()]).await;
    other.store().close();
    app.assert_healthy();
}

fn push(app: &TestApp) {
    app.push(&[
        post(),
        json!({"kind": "collection", "singular": "step", "plural": "steps", "orderable": true, "fields": [
            {"name": "name", "type": "string"}]}),
        json!({"kind": "single", "singular": "home", "fields": [{"name": "name", "type": "string"}]}),
    ]);
}

on_both! {
    async fn of_sixteen_writers_one_wins_each_revision(app) {
        push(&app);
        one_wins_each_revision(std::slice::from_ref(&app.core)).await;
        app.assert_healthy();
    }

    async fn no_update_of_sixteen_writers_is_lost(app) {
        push(&app);
        no_update_is_lost(std::slice::from_ref(&app.core)).await;
        app.assert_healthy();
    }

    async fn sixteen_slugs_of_one_title_are_distinct(app) {
        push(&app);
        made_slugs_are_distinct(std::slice::from_ref(&app.core)).await;
        app.assert_healthy();
    }

    async fn of_sixteen_writers_one_gets_a_chosen_slug(app) {
        push(&app);
        one_wins_a_chosen_slug(std::slice::from_ref(&app.core)).await;
        app.assert_healthy();
    }

    async fn a_save_that_is_sent_sixteen_times_is_made_once(app) {
        push(&app);
        a_repeated_save_is_one(std::slice::from_ref(&app.core)).await;
        app.assert_healthy();
    }

    async fn two_processes_have_one_winner_for_each_revision(app) {
        push(&app);
        with_two(app, one_wins_each_revision).await;
    }

    async fn two_processes_lose_no_update(app) {
        push(&app);
        with_two(app, no_update_is_lost).await;
    }

    async fn two_processes_make_distinct_slugs(app) {
        push(&app);
        with_two(app, made_slugs_are_distinct).await;
    }

    async fn two_processes_have_one_winner_for_a_chosen_slug(app) {
        push(&app);
        with_two(app, one_wins_a_chosen_slug).await;
    }

    async fn two_processes_make_a_repeated_save_once(app) {
        push(&app);
        with_two(app, a_repeated_save_is_one).await;
    }

    async fn two_processes_give_every_document_its_own_place(app) {
        push(&app);
        with_two(app, places_are_distinct).await;
    }
}
