//! The index and the log.

use super::Searching;
use crate::app::{OPERATOR, TestApp};
use masthead_core::content;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

fn note(fields: &[Value]) -> Value {
    json!({"kind": "collection", "singular": "note", "plural": "notes", "titleField": "title", "fields": fields})
}

fn title() -> Value {
    json!({"id": "title", "name": "title", "type": "string"})
}

fn body() -> Value {
    json!({"id": "body", "name": "body", "type": "text"})
}

/// The digest of an index that is made anew from the tables.
fn rebuilt(app: &TestApp) -> String {
    let folder = tempfile::tempdir().unwrap();
    masthead_search::rebuild(&app.core, folder.path(), &mut |_| {}).unwrap();
    let search = masthead_search::Search::new(&app.core, folder.path());
    masthead_core::search::Searcher::standing(&search).unwrap().digest
}

/// A type with everything that an entry is made of.
fn page(words_searchable: bool) -> Value {
    json!({"kind": "collection", "singular": "page", "plural": "pages", "titleField": "title", "fields": [
        {"id": "title", "name": "title", "type": "string", "localized": true},
        {"id": "words", "name": "words", "type": "text", "localized": true, "searchable": words_searchable},
        {"id": "tags", "name": "tags", "type": "tags"}, {"id": "size", "name": "size", "type": "integer"},
        {"id": "next", "name": "next", "type": "relation", "targets": ["page"]}]})
}

/// Something that may happen to documents.
async fn happen(app: &TestApp, ids: &mut Vec<String>, rng: &mut StdRng) {
    const WORDS: [&str; 6] = ["running foxes", "Häuser am See", "東京タワー", "the needle", "", "Ünïcode wörds"];
    let locale = ["en", "de"][rng.random_range(0..2)];
    let words = |rng: &mut StdRng| WORDS[rng.random_range(0..WORDS.len())];
    let mut data = json!({"title": words(rng), "words": words(rng), "tags": [format!("t{}", rng.random_range(0..4))], "size": rng.random_range(0..9)});
    if ids.is_empty() || rng.random_range(0..4) == 0 {
        ids.push(app.create("page", data).await.document_id);
        return;
    }
    let id = ids[rng.random_range(0..ids.len())].clone();
    data["next"] = json!(ids[rng.random_range(0..ids.len())]);
    // Some of it is refused, as nothing is published yet, or it is in the trash.
    let _ = match rng.random_range(0..8) {
        0 | 1 => app.save_in(&id, locale, data).await.map(drop),
        2 | 3 => content::publish(&app.core, &OPERATOR, &id, Some(locale)).await.map(drop),
        4 => content::unpublish(&app.core, &OPERATOR, &id, Some(locale)).await.map(drop),
        5 => content::trash(&app.core, &OPERATOR, &id).await.map(drop),
        6 => content::restore(&app.core, &OPERATOR, &id).await.map(drop),
        _ => content::discard_draft(&app.core, &OPERATOR, &id, Some(locale)).await.map(drop),
    };
}

on_both! {
    async fn whatever_happens_in_whatever_order_the_index_is_what_a_rebuild_gives(app) {
        app.push_locales(&["en", "de"]);
        app.push(&[page(false)]);
        let mut site = Searching::new(&app);
        let (mut ids, mut rng) = (Vec::new(), StdRng::seed_from_u64(11));
        for round in 0..8 {
            for _ in 0..25 {
                happen(&app, &mut ids, &mut rng).await;
            }
            if round == 3 {
                app.push(&[page(true)]);
            }
            if round % 3 == 2 {
                // A process ends, and another one goes on.
                site.stop();
                happen(&app, &mut ids, &mut rng).await;
                let again = masthead_search::Search::new(&app.core, site.folder());
                let following = again.follow().unwrap();
                site = Searching { search: again, following: Some(following), ..site };
            }
            site.settle().await;
            assert_eq!(site.standing().digest, rebuilt(&app), "round {round}");
        }
        assert!(site.standing().documents > 20);
    }

    async fn after_any_history_the_index_is_what_a_rebuild_gives(app) {
        app.push(&[note(&[title(), body()])]);
        let mut site = Searching::new(&app);
        let mut ids = Vec::new();
        for n in 0..20 {
            ids.push(app.publish_new("note", json!({"title": format!("note {n}"), "body": "words"})).await.document_id);
        }
        site.settle().await;
        app.save(&ids[0], json!({"title": "edited"})).await.unwrap();
        app.save(&ids[1], json!({"title": "edited and published"})).await.unwrap();
        app.publish(&ids[1]).await.unwrap();
        content::unpublish(&app.core, &OPERATOR, &ids[2], None).await.unwrap();
        content::trash(&app.core, &OPERATOR, &ids[3]).await.unwrap();
        content::trash(&app.core, &OPERATOR, &ids[4]).await.unwrap();
        content::restore(&app.core, &OPERATOR, &ids[4]).await.unwrap();
        content::erase(&app.core, &OPERATOR, &ids[5]).await.unwrap();
        site.settle().await;
        assert_eq!(site.standing().digest, rebuilt(&app));
        // What happens while nobody follows is caught up with.
        site.stop();
        app.publish(&ids[0]).await.unwrap();
        content::erase(&app.core, &OPERATOR, &ids[6]).await.unwrap();
        let again = masthead_search::Search::new(&app.core, site.folder());
        let following = again.follow().unwrap();
        let site = Searching { search: again, following: Some(following), ..site };
        site.settle().await;
        assert_eq!(site.standing().digest, rebuilt(&app));
        assert_eq!(site.standing().lag, 0);
    }

    async fn a_change_of_the_model_is_followed(app) {
        app.push(&[note(&[title(), body()])]);
        let site = Searching::new(&app);
        app.publish_new("note", json!({"title": "one", "body": "elephant"})).await;
        site.settle().await;
        let total = async |word: &str| app.get(&format!("notes?_q={word}")).await.unwrap()["meta"]["pagination"]["total"].clone();
        assert_eq!(total("elephant").await, 1);
        let only = json!({"id": "title", "name": "title", "type": "string", "searchable": true});
        app.push(&[note(&[only, body()])]);
        site.settle().await;
        assert_eq!((total("elephant").await, total("one").await), (json!(0), json!(1)));
        assert_eq!(site.standing().digest, rebuilt(&app));
        app.push(&[note(&[title()])]);
        site.settle().await;
        assert_eq!(site.standing().digest, rebuilt(&app));
    }

    async fn a_log_that_is_another_one_makes_the_index_anew(app) {
        app.push(&[note(&[title(), body()])]);
        let site = Searching::new(&app);
        app.publish_new("note", json!({"title": "one"})).await;
        site.settle().await;
        app.core.store().write(|tx| masthead_store::meta::set(tx, masthead_store::meta::LOG_EPOCH, "another")).await.unwrap();
        app.publish_new("note", json!({"title": "two"})).await;
        site.settle().await;
        assert_eq!(site.column("q=&sort=title&types=notes", "title").await, ["one", "two"]);
        assert_eq!(site.standing().digest, rebuilt(&app));
    }

    async fn an_index_with_damaged_files_is_made_anew(app) {
        app.push(&[note(&[title(), body()])]);
        let mut site = Searching::new(&app);
        app.publish_new("note", json!({"title": "one", "body": "elephant"})).await;
        site.settle().await;
        site.stop();
        let current = site.folder().join(std::fs::read_to_string(site.folder().join("current")).unwrap());
        let is_of_words = |path: &std::path::PathBuf| path.extension().is_some_and(|e| e == "term");
        let files = std::fs::read_dir(&current).unwrap().map(|entry| entry.unwrap().path()).filter(is_of_words);
        assert!(files.map(|path| std::fs::remove_file(path).unwrap()).count() > 0);
        let again = masthead_search::Search::new(&app.core, site.folder());
        let following = again.follow().unwrap();
        let site = Searching { search: again, following: Some(following), ..site };
        app.publish_new("note", json!({"title": "two", "body": "elephant"})).await;
        site.settle().await;
        assert_eq!(site.column("q=elephant&sort=title&types=notes", "title").await, ["one", "two"]);
        assert_eq!(site.standing().digest, rebuilt(&app));
    }

    async fn an_index_can_be_made_anew_while_it_is_searched_and_written(app) {
        app.push(&[note(&[title(), body()])]);
        let site = Searching::new(&app);
        for n in 0..30 {
            app.publish_new("note", json!({"title": format!("note {n}")})).await;
        }
        site.settle().await;
        let (core, folder) = (app.core.clone(), site.folder().to_owned());
        let making = tokio::task::spawn_blocking(move || masthead_search::rebuild(&core, &folder, &mut |_| {}));
        for n in 30..40 {
            app.publish_new("note", json!({"title": format!("note {n}")})).await;
            assert!(site.column("q=note&types=notes", "title").await.len() >= 25);
        }
        making.await.unwrap().unwrap();
        app.publish_new("note", json!({"title": "the last one"})).await;
        site.settle().await;
        assert_eq!(site.column("q=last", "title").await, ["the last one"]);
        assert_eq!(site.standing().digest, rebuilt(&app));
    }
}
