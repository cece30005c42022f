//! What somebody does not see, and what they may not publish, stays as it is whatever they do beside it.

use super::*;
use masthead_core::access::tokens;
use masthead_core::views::{self, NewView};

fn author(name: &str) -> Caller {
    Caller::User { email: format!("{name}@example.org"), roles: vec!["author".to_owned()] }
}

async fn with_author(app: &TestApp) {
    tokens::create(&app.core, &OPERATOR, "somebody", "author", None).await.unwrap();
}

on_both! {
    async fn nothing_is_told_by_a_restore_of_what_is_not_in_the_trash(app) {
        site(&app).await;
        with_author(&app).await;
        let (ada, bo) = (author("ada"), author("bo"));
        let draft = create(&app, &bo, json!({"title": "Draft"})).await.unwrap().document_id;
        let public = app.publish_new("article", json!({"title": "Public"})).await.document_id;
        let own = create(&app, &ada, json!({"title": "Own"})).await.unwrap().document_id;
        let restore = |id: String| { let (app, ada) = (&app, &ada); async move { content::restore(&app.core, ada, &id).await } };
        assert!(matches!(restore(draft.clone()).await, Err(Error::NotFound(_))));
        assert!(matches!(restore(public.clone()).await, Err(Error::Forbidden(_))));
        assert!(!restore(own).await.unwrap().published);
        // Nor of what is: that it was published, that its value is taken.
        for id in [&draft, &public] {
            content::trash(&app.core, &OPERATOR, id).await.unwrap();
            assert!(matches!(restore(id.clone()).await, Err(Error::NotFound(_))), "{id}");
        }
        app.assert_healthy();
    }

    async fn a_copy_shows_nothing_that_its_maker_does_not_see_of_the_source(app) {
        site(&app).await;
        let own = json!({"createdBy": {"$eq": "$caller"}});
        let caller = role(&app, "copier", json!([
            {"action": "create", "type": "article"}, {"action": "read_draft", "type": "article", "fields": ["title"]},
            {"action": "read_draft", "type": "article", "condition": own}])).await;
        let source = app.create("article", json!({"title": "A", "notes": "secret"})).await.document_id;
        let copy = content::duplicate(&app.core, &caller, &source).await.unwrap().document_id;
        let data = |id: String| { let (app, caller) = (&app, &caller); async move {
            Value::Object(content::draft(&app.core, caller, &id, None).await.unwrap().data) } };
        let copied = data(copy).await;
        assert!(copied["title"] == "A" && copied.get("notes").is_none_or(Value::is_null), "{copied}");
        let mine = create(&app, &caller, json!({"title": "B", "notes": "own"})).await.unwrap().document_id;
        let copy = content::duplicate(&app.core, &caller, &mine).await.unwrap().document_id;
        assert_eq!(data(copy).await["notes"], "own");
    }

    async fn a_set_through_the_other_end_replaces_what_is_seen(app) {
        site(&app).await;
        let ada = app.publish_new("author", json!({"name": "Ada", "slug": "ada"})).await.document_id;
        let seen = app.create("article", json!({"title": "Seen", "category": "news", "author": ada})).await.document_id;
        let hidden = app.create("article", json!({"title": "Hidden", "category": "secret", "author": ada})).await.document_id;
        let news = json!({"category": {"$eq": "news"}});
        let caller = role(&app, "newsroom", json!([
            {"action": "read", "type": "author"}, {"action": "read_draft", "type": "author"}, {"action": "update", "type": "author"},
            {"action": "read_draft", "type": "article", "condition": news}, {"action": "update", "type": "article", "condition": news}])).await;
        save(&app, &caller, &ada, json!({"articles": []})).await.unwrap();
        let author_of = |id: String| { let app = &app; async move { content::draft(&app.core, &OPERATOR, &id, None).await.unwrap().data.get("author").cloned().unwrap_or_default() } };
        assert_eq!(author_of(seen.clone()).await, Value::Null);
        assert_eq!(author_of(hidden.clone()).await, json!(ada));
        let named = save(&app, &caller, &ada, json!({"articles": {"disconnect": [hidden]}})).await;
        let unknown = save(&app, &caller, &ada, json!({"articles": {"disconnect": ["a".repeat(24)]}})).await;
        let said = |answer: &Result<content::Saved>| format!("{answer:?}").replace(&hidden, "?").replace(&"a".repeat(24), "?");
        assert_eq!(said(&named), said(&unknown));
        assert_eq!(author_of(hidden).await, json!(ada));
        app.assert_healthy();
    }

    async fn a_new_parent_of_what_is_public_takes_the_right_to_publish(app) {
        app.push(&[json!({"kind": "collection", "singular": "page", "plural": "pages", "tree": true, "urlPattern": "/{path}", "fields": [
            {"name": "title", "type": "string"}, {"name": "slug", "type": "slug"}]})]);
        let top = app.publish_new("page", json!({"title": "Top", "slug": "top"})).await.document_id;
        let public = app.publish_new("page", json!({"title": "Public", "slug": "public"})).await.document_id;
        let draft = app.create("page", json!({"title": "Draft", "slug": "draft"})).await.document_id;
        let caller = role(&app, "writer", json!(["read", "read_draft", "create", "update"].map(|a| json!({"action": a, "type": "page"})))).await;
        let refused = save(&app, &caller, &public, json!({"title": "T", "parent": top})).await;
        assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
        assert_eq!(app.get(&format!("pages/{public}")).await.unwrap()["data"]["path"], "public");
        assert_eq!(content::draft(&app.core, &OPERATOR, &public, None).await.unwrap().data["title"], "Public");
        save(&app, &caller, &draft, json!({"parent": top})).await.unwrap();
        let below = json!({"title": "Below", "slug": "below", "parent": top});
        content::create(&app.core, &caller, "pages", Create { data: map(below), ..Create::default() }).await.unwrap();
        // What stays where it is moves nothing.
        save(&app, &caller, &public, json!({"title": "T", "parent": null})).await.unwrap();
        app.assert_healthy();
    }

    async fn where_there_are_no_drafts_to_save_takes_the_right_to_publish(app) {
        app.push(&[json!({"kind": "collection", "singular": "tag", "plural": "tags", "draftAndPublish": false, "fields": [
            {"name": "name", "type": "string"}]}),
            json!({"kind": "collection", "singular": "article", "plural": "articles", "fields": [{"name": "title", "type": "string"},
            {"name": "tags", "type": "relation", "targets": ["tag"], "many": true, "inverse": "articles"}]})]);
        let actions = ["read", "read_draft", "create", "update"].map(|a| json!({"action": a, "type": "*"}));
        let caller = role(&app, "writer", json!(actions)).await;
        let new = |word: &'static str| { let (app, caller) = (&app, &caller); async move {
            content::create(&app.core, caller, word, Create { data: map(json!({})), ..Create::default() }).await } };
        assert!(matches!(new("tags").await, Err(Error::Forbidden(_))));
        assert!(new("articles").await.is_ok());
        let tag = app.create("tag", json!({"name": "A"})).await.document_id;
        assert!(matches!(save(&app, &caller, &tag, json!({"name": "B"})).await, Err(Error::Forbidden(_))));
        assert_eq!(app.get("tags").await.unwrap()["data"][0]["name"], "A");
        app.assert_healthy();
    }

    async fn a_view_that_is_shared_speaks_of_no_field_that_is_not_known(app) {
        site(&app).await;
        let caller = role(&app, "part", json!(["read", "read_draft"].map(|a| json!({"action": a, "type": "article", "fields": ["title", "slug"]})))).await;
        let view = |name: &str, query: &str, columns: &[&str]| NewView {
            name: name.to_owned(), shared: true, query: query.to_owned(), columns: columns.iter().map(|c| (*c).to_owned()).collect() };
        for view in [view("Notes", "filters[notes]=x", &["title"]), view("Columns", "sort=title", &["title", "notes", "savedAt"])] {
            views::create(&app.core, &OPERATOR, "article", view).await.unwrap();
        }
        let listed = views::list(&app.core, &caller, "article").await.unwrap();
        assert_eq!(listed.iter().map(|v| (v.name.as_str(), v.columns.clone())).collect::<Vec<_>>(),
            [("Columns", vec!["title".to_owned(), "savedAt".to_owned()])]);
        assert_eq!(views::list(&app.core, &OPERATOR, "article").await.unwrap().len(), 2);
        let said = |field: &'static str| { let (app, caller) = (&app, &caller); async move {
            format!("{:?}", views::create(&app.core, caller, "article", view("Mine", "", &[field])).await).replace(field, "?") } };
        assert_eq!(said("notes").await, said("nothing").await);
    }

    async fn a_locale_is_taken_out_of_a_document_and_comes_back_from_its_history(app) {
        app.push(&[json!({"kind": "collection", "singular": "note", "plural": "notes", "fields": [
            {"name": "title", "type": "string", "localized": true}, {"name": "rank", "type": "integer"}]})]);
        app.push_locales(&["en", "de"]);
        let id = app.publish_new("note", json!({"title": "One", "rank": 1})).await.document_id;
        let german = Put { data: map(json!({"title": "Eins"})), locale: Some("de".to_owned()), ..Put::default() };
        content::put(&app.core, &OPERATOR, "notes", Some(&id), german).await.unwrap();
        assert_eq!(app.get("notes?locale=de").await.unwrap()["data"][0]["title"], "Eins");
        content::remove_locale(&app.core, &OPERATOR, &id, "de").await.unwrap();
        assert_eq!(app.get("notes?locale=de").await.unwrap()["data"], json!([]));
        assert_eq!(app.get("notes?locale=de&status=draft").await.unwrap()["data"], json!([]));
        assert_eq!(app.get("notes").await.unwrap()["data"][0]["rank"], 1);
        assert!(matches!(content::remove_locale(&app.core, &OPERATOR, &id, "de").await, Err(Error::NotFound(_))));
        assert!(matches!(content::remove_locale(&app.core, &OPERATOR, &id, "xx").await, Err(Error::Invalid(_))));
        app.assert_healthy();
        content::restore_version(&app.core, &OPERATOR, &id, Some("de"), false, 1).await.unwrap();
        assert_eq!(app.get("notes?locale=de&status=draft").await.unwrap()["data"][0]["title"], "Eins");
        // The last one takes the document with it.
        content::remove_locale(&app.core, &OPERATOR, &id, "de").await.unwrap();
        content::remove_locale(&app.core, &OPERATOR, &id, "en").await.unwrap();
        assert_eq!(app.get("notes").await.unwrap()["data"], json!([]));
        assert!(content::restore(&app.core, &OPERATOR, &id).await.unwrap().published);
        app.assert_healthy();
    }
}
