//! The index and the log.

use super::Searching;
use crate::app::{OPERATOR, TestApp};
use masthead_core::content;
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

on_both! {
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
