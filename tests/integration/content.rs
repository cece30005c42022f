//! The write path, seen through what it delivers.

use crate::app::OPERATOR;
use masthead_core::{Error, content};
use serde_json::{Value, json};

fn blog() -> Vec<Value> {
    vec![
        json!({"kind": "component", "singular": "seo", "fields": [
            {"name": "metaTitle", "type": "string", "required": true},
            {"name": "noIndex", "type": "boolean"}]}),
        json!({"kind": "component", "singular": "hero", "fields": [
            {"name": "heading", "type": "string"}, {"name": "link", "type": "relation", "targets": ["article"]}]}),
        json!({"kind": "component", "singular": "quote", "fields": [{"name": "text", "type": "text"}]}),
        json!({"kind": "collection", "singular": "author", "plural": "authors", "draftAndPublish": false, "fields": [
            {"name": "name", "type": "string", "required": true}, {"name": "slug", "type": "slug", "from": "name", "unique": true}]}),
        json!({"kind": "collection", "singular": "tag", "plural": "tags", "fields": [
            {"name": "name", "type": "string"}, {"name": "slug", "type": "slug", "from": "name", "unique": true}]}),
        json!({"kind": "collection", "singular": "article", "plural": "articles", "titleField": "title",
            "urlPattern": "/blog/{slug}", "fields": [
            {"name": "title", "type": "string", "required": true, "maxLength": 200},
            {"name": "slug", "type": "slug", "from": "title", "unique": true},
            {"name": "body", "type": "markdown", "searchable": true},
            {"name": "views", "type": "integer"},
            {"name": "price", "type": "decimal", "scale": 2},
            {"name": "on", "type": "date"},
            {"name": "category", "type": "enumeration", "values": ["news", "essay"]},
            {"name": "keywords", "type": "tags"},
            {"name": "author", "type": "relation", "targets": ["author"], "inverse": "articles"},
            {"name": "tags", "type": "relation", "targets": ["tag"], "many": true},
            {"name": "seo", "type": "component", "component": "seo"},
            {"name": "sections", "type": "blocks", "components": ["hero", "quote"]}]}),
    ]
}

on_both! {
    async fn a_document_is_delivered_once_it_is_published(app) {
        app.push(&blog());
        let ada = app.create("author", json!({"name": "Ada Lovelace"})).await;
        let rust = app.publish_new("tag", json!({"name": "Rust"})).await;
        let hidden = app.create("tag", json!({"name": "Hidden"})).await;
        let saved = app.create("article", json!({
            "title": "Hello", "views": 7, "price": "19.90", "on": "2026-01-31", "category": "news", "keywords": ["a", "b"],
            "author": {"slug": "ada-lovelace"}, "tags": [rust.document_id, hidden.document_id],
            "seo": {"metaTitle": "Hi"},
            "sections": [{"__component": "hero", "heading": "Big"}, {"__component": "quote", "text": "So."}],
        })).await;
        assert_eq!(saved.status, "draft");
        assert_eq!(app.get("articles").await.unwrap()["data"], json!([]));

        app.publish(&saved.document_id).await.unwrap();
        let one = app.get(&format!("articles/{}?populate=*", saved.document_id)).await.unwrap();
        let data = &one["data"];
        assert_eq!(data["title"], "Hello");
        assert_eq!(data["slug"], "hello");
        assert_eq!(data["price"], 19.9);
        assert_eq!(data["author"]["name"], "Ada Lovelace");
        assert_eq!(data["tags"].as_array().unwrap().len(), 1, "an unpublished target does not exist: {data}");
        assert_eq!(data["seo"]["metaTitle"], "Hi");
        assert_eq!(data["sections"][0]["__component"], "hero");
        assert_eq!(data["sections"][0]["heading"], "Big");
        let list = app.get("articles?filters[views][$gte]=7&filters[author][name][$containsi]=LOVE&sort=title").await.unwrap();
        assert_eq!(list["meta"]["pagination"]["total"], 1, "{list}");
        assert!(list["data"][0].get("author").is_none());
        let inverse = app.get(&format!("authors/{}?populate=articles", ada.document_id)).await.unwrap();
        assert_eq!(inverse["data"]["articles"][0]["title"], "Hello", "{inverse}");
        app.assert_healthy();
    }

    async fn a_stale_base_is_a_conflict_and_loses_nothing(app) {
        app.push(&blog());
        let saved = app.create("article", json!({"title": "One"})).await;
        let base = content::Revision::parse(&saved.revision);
        let what = |title: &str| content::Save { data: crate::app::map(json!({"title": title})), base, ..Default::default() };
        content::save(&app.core, &OPERATOR, &saved.document_id, what("Two")).await.unwrap();
        let refused = content::save(&app.core, &OPERATOR, &saved.document_id, what("Three")).await;
        let Err(Error::Stale { current, .. }) = refused else { panic!("{refused:?}") };
        assert_eq!(current["data"]["title"], "Two");
    }

    async fn publishing_lists_everything_in_the_way(app) {
        app.push(&blog());
        app.publish_new("article", json!({"title": "Same", "slug": "same"})).await;
        let saved = app.create("article", json!({"slug": "same", "seo": {"noIndex": true}})).await;
        assert_eq!(saved.warnings.len(), 1);
        let Err(Error::Blocked(problems)) = app.publish(&saved.document_id).await else { panic!() };
        let pointers: Vec<&str> = problems.iter().map(|p| p.pointer.as_str()).collect();
        assert_eq!(pointers, ["/title", "/seo/metaTitle", "/slug"]);
    }

    async fn renaming_a_field_keeps_every_value(app) {
        app.push(&blog());
        let saved = app.publish_new("article", json!({"title": "Hello", "sections": [{"__component": "quote", "text": "x"}]})).await;
        let mut types = blog();
        types[5]["fields"][0] = json!({"id": "title", "name": "headline", "type": "string", "required": true, "maxLength": 200});
        types[2]["fields"][0] = json!({"id": "text", "name": "words", "type": "text"});
        app.push(&types);
        let one = app.get(&format!("articles/{}?populate=*", saved.document_id)).await.unwrap();
        assert_eq!(one["data"]["headline"], "Hello");
        assert_eq!(one["data"]["sections"][0]["words"], "x");
        assert!(one["data"].get("title").is_none());
        app.assert_healthy();
    }

    async fn changing_a_type_converts_what_can_be_converted(app) {
        app.push(&blog());
        let good = app.publish_new("article", json!({"title": "12"})).await;
        let bad = app.publish_new("article", json!({"title": "twelve"})).await;
        let mut types = blog();
        types[5]["fields"][0] = json!({"id": "title", "name": "title", "type": "integer"});
        types[5].as_object_mut().unwrap().remove("titleField");
        types[5]["fields"][1] = json!({"name": "slug", "type": "slug", "unique": true});
        let desired = masthead_model::check::Schema {
            types: types.iter().map(|t| masthead_model::check::parse_type(t).unwrap()).collect(), ..Default::default() };
        let plan = masthead_core::schema::plan(&app.core, &OPERATOR, desired, false).unwrap();
        let counted = plan.steps.iter().find_map(|s| s.count.as_ref().filter(|c| c.failing > 0)).unwrap();
        assert_eq!((counted.documents, counted.failing), (2, 1), "{}", plan.render());
        app.push(&types);
        let list = app.get("articles?filters[title][$eq]=12").await.unwrap();
        assert_eq!(list["data"][0]["documentId"], good.document_id.as_str());
        let one = app.get(&format!("articles/{}", bad.document_id)).await.unwrap();
        assert_eq!(one["data"]["title"], Value::Null);
        app.assert_healthy();
    }

    async fn trash_frees_a_slug_and_restore_regains_it(app) {
        app.push(&blog());
        let first = app.publish_new("article", json!({"title": "Hello"})).await;
        content::trash(&app.core, &OPERATOR, &first.document_id).await.unwrap();
        assert!(app.get(&format!("articles/{}", first.document_id)).await.is_err());
        let back = content::restore(&app.core, &OPERATOR, &first.document_id).await.unwrap();
        assert!(back.published);
        content::trash(&app.core, &OPERATOR, &first.document_id).await.unwrap();
        app.publish_new("article", json!({"title": "Other", "slug": "hello"})).await;
        let back = content::restore(&app.core, &OPERATOR, &first.document_id).await.unwrap();
        assert!(!back.published && back.conflicts.len() == 1);
        app.assert_healthy();
    }

    async fn a_localized_document_delivers_shared_and_local_fields(app) {
        app.push_locales(&["en", "de"]);
        app.push(&[json!({"kind": "collection", "singular": "page", "plural": "pages", "urlPattern": "/{locale}/{slug}", "fields": [
            {"name": "title", "type": "string", "localized": true, "required": true},
            {"name": "slug", "type": "slug", "from": "title", "localized": true, "unique": true},
            {"name": "weight", "type": "integer"}]})]);
        let saved = app.publish_new("page", json!({"title": "Hello", "weight": 1})).await;
        app.save_in(&saved.document_id, "de", json!({"title": "Hallo"})).await.unwrap();
        assert_eq!(app.get("pages?locale=de").await.unwrap()["data"], json!([]));
        content::publish(&app.core, &OPERATOR, &saved.document_id, Some("de")).await.unwrap();
        let de = app.get("pages?locale=de").await.unwrap();
        assert_eq!((&de["data"][0]["title"], &de["data"][0]["weight"], &de["data"][0]["locale"]), (&json!("Hallo"), &json!(1), &json!("de")));
        app.save(&saved.document_id, json!({"weight": 2})).await.unwrap();
        let done = app.publish(&saved.document_id).await.unwrap();
        assert_eq!(done.locales, ["en", "de"]);
        assert_eq!(app.get("pages?locale=de").await.unwrap()["data"][0]["weight"], 2);
        app.assert_healthy();
    }
}
