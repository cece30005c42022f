//! Grants of documents that meet a condition.

use super::*;
use masthead_core::access::tokens;
use masthead_core::events::{self};
use masthead_model::Action;

fn author(name: &str) -> Caller {
    Caller::User { email: format!("{name}@example.org"), roles: vec!["author".to_owned()] }
}

async fn with_author(app: &TestApp) {
    site(app).await;
    // Given to somebody, a built-in role is a row.
    tokens::create(&app.core, &OPERATOR, "somebody", "author", None).await.unwrap();
}

fn titles(list: &Value) -> Vec<&str> {
    list["data"].as_array().unwrap().iter().filter_map(|d| d["title"].as_str()).collect()
}

on_both! {
    async fn an_author_edits_and_deletes_what_it_created_and_nothing_else(app) {
        with_author(&app).await;
        let (ada, bo) = (author("ada"), author("bo"));
        let own = create(&app, &ada, json!({"title": "Own"})).await.unwrap().document_id;
        let other = create(&app, &bo, json!({"title": "Other"})).await.unwrap().document_id;
        let public = app.publish_new("article", json!({"title": "Public"})).await.document_id;
        // Drafts: each sees its own.
        assert_eq!(titles(&app.get_as(&ada, "articles?status=draft").await.unwrap()), ["Own"]);
        assert_eq!(titles(&app.get_as(&bo, "articles?status=draft").await.unwrap()), ["Other"]);
        assert_eq!(titles(&app.get_as(&ada, "articles").await.unwrap()), ["Public"]);
        assert!(content::open(&app.core, &ada, &own, None).await.is_ok());
        // What it may not read is not there; what it may read, it may not change.
        let hidden = save(&app, &ada, &other, json!({"title": "x"})).await.unwrap_err();
        let missing = save(&app, &ada, &"a".repeat(24), json!({"title": "x"})).await.unwrap_err();
        assert_eq!(hidden.to_string().replace(&other, ""), missing.to_string().replace(&"a".repeat(24), ""));
        assert!(matches!(content::open(&app.core, &ada, &other, None).await, Err(Error::NotFound(_))));
        assert!(matches!(content::trash(&app.core, &ada, &other).await, Err(Error::NotFound(_))));
        assert!(matches!(save(&app, &ada, &public, json!({"title": "x"})).await, Err(Error::Forbidden(_))));
        assert!(matches!(content::trash(&app.core, &ada, &public).await, Err(Error::Forbidden(_))));
        assert!(matches!(content::publish(&app.core, &ada, &own, None).await, Err(Error::Forbidden(_))));
        save(&app, &ada, &own, json!({"title": "Mine"})).await.unwrap();
        content::trash(&app.core, &ada, &own).await.unwrap();
        content::restore(&app.core, &ada, &own).await.unwrap();
        let feed = events::feed(&app.core, &bo, &events::From::Start, 100, std::time::Duration::ZERO).await.unwrap();
        let about: Vec<&str> = feed.events.iter().filter_map(|e| e.document_id.as_deref()).collect();
        assert!(!about.is_empty() && about.iter().all(|id| *id == other), "{about:?}");
        app.assert_healthy();
    }

    async fn a_draft_leads_to_what_is_published_of_documents_whose_drafts_are_not_seen(app) {
        with_author(&app).await;
        let ada = author("ada");
        let known = app.publish_new("author", json!({"name": "Known", "slug": "known"})).await.document_id;
        let hidden = app.create("author", json!({"name": "Hidden", "slug": "hidden"})).await.document_id;
        app.save(&known, json!({"name": "Pending"})).await.unwrap();
        let one = create(&app, &ada, json!({"title": "One", "author": known})).await.unwrap().document_id;
        let two = create(&app, &ada, json!({"title": "Two"})).await.unwrap().document_id;
        app.save(&two, json!({"author": hidden})).await.unwrap();
        let get = |path: String| { let (app, ada) = (&app, &ada); async move { app.get_as(ada, &path).await.unwrap() } };
        for _ in 0..2 {
            let list = get("articles?status=draft&sort=title&populate=author".to_owned()).await;
            assert_eq!((&list["data"][0]["author"]["name"], &list["data"][1]["author"]), (&json!("Known"), &Value::Null), "{list}");
        }
        assert_eq!(get(format!("articles/{one}?status=draft&populate=author")).await["data"]["author"]["name"], "Known");
        assert_eq!(titles(&get("articles?status=draft&filters[author][name]=Known".to_owned()).await), ["One"]);
        assert_eq!(titles(&get("articles?status=draft&filters[author][name]=Pending".to_owned()).await), Vec::<&str>::new());
        assert_eq!(titles(&get("articles?status=draft&filters[author][$null]=true".to_owned()).await), ["Two"]);
        // Her own draft stands before what is published of it.
        let own = content::create(&app.core, &ada, "authors", Create { data: map(json!({"name": "Own"})), ..Create::default() }).await.unwrap();
        app.publish(&own.document_id).await.unwrap();
        app.save(&own.document_id, json!({"name": "Own draft"})).await.unwrap();
        save(&app, &ada, &one, json!({"author": own.document_id})).await.unwrap();
        let list = get("articles?status=draft&sort=title&populate=author".to_owned()).await;
        assert_eq!(list["data"][0]["author"]["name"], "Own draft", "{list}");
        assert_eq!(titles(&get("articles?status=draft&filters[author][name]=Own".to_owned()).await), Vec::<&str>::new());
    }

    async fn a_document_outside_the_condition_does_not_exist_at_any_hop(app) {
        site(&app).await;
        let ada = app.publish_new("author", json!({"name": "Ada", "slug": "ada"})).await;
        let bo = app.publish_new("author", json!({"name": "Bo", "slug": "bo"})).await;
        for (title, category, author) in [("A", "news", &ada), ("B", "secret", &ada), ("C", "news", &bo), ("D", "secret", &bo)] {
            app.publish_new("article", json!({"title": title, "category": category, "author": author.document_id})).await;
        }
        let caller = role(&app, "reader2", json!([
            {"action": "read", "type": "article", "condition": {"category": {"$eq": "news"}}},
            {"action": "read", "type": "author", "condition": {"name": {"$ne": "Bo"}}}])).await;
        let get = |path: &'static str| { let (app, caller) = (&app, &caller); async move { app.get_as(caller, path).await.unwrap() } };
        let list = get("articles?populate=author&sort=author.name:desc,title").await;
        assert_eq!(titles(&list), ["A", "C"]);
        assert_eq!(list["meta"]["pagination"]["total"], 2);
        assert!(list["data"][0]["author"]["name"] == "Ada" && list["data"][1]["author"].is_null(), "{list}");
        assert_eq!(titles(&get("articles?filters[author][name]=Bo").await), Vec::<&str>::new());
        assert_eq!(titles(&get("articles?filters[author][$null]=true").await), ["C"]);
        let authors = get("authors?populate=articles&filters[articles][title]=A").await;
        assert_eq!(authors["data"][0]["articles"].as_array().unwrap().len(), 1, "{authors}");
        assert_eq!(get("authors?filters[articles][title]=B").await["data"], json!([]));
        assert!(matches!(app.get_as(&caller, &format!("authors/{}", bo.document_id)).await, Err(Error::NotFound(_))));
        // Fields of a condition go by their ids, and so outlive a rename.
        app.push(&[json!({"kind": "collection", "singular": "article", "plural": "articles", "fields": [
            {"name": "title", "type": "string"}, {"name": "slug", "type": "slug"}, {"name": "notes", "type": "string"},
            {"id": "category", "name": "section", "type": "string"},
            {"name": "author", "type": "relation", "targets": ["author"], "inverse": "articles"}]})]);
        assert_eq!(titles(&get("articles?sort=title").await), ["A", "C"]);
    }

    async fn nobody_hands_a_document_away(app) {
        site(&app).await;
        let one = app.create("article", json!({"title": "A", "category": "news"})).await.document_id;
        let news = json!({"category": {"$eq": "news"}});
        let caller = role(&app, "newsroom", json!([
            {"action": "read", "type": "article"}, {"action": "read_draft", "type": "article", "condition": news},
            {"action": "update", "type": "article", "condition": news}])).await;
        save(&app, &caller, &one, json!({"title": "B"})).await.unwrap();
        let refused = save(&app, &caller, &one, json!({"category": "sport"})).await;
        assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
        assert_eq!(content::draft(&app.core, &OPERATOR, &one, None).await.unwrap().data["category"], "news");
        app.save(&one, json!({"category": "sport"})).await.unwrap();
        assert!(matches!(save(&app, &caller, &one, json!({"title": "C"})).await, Err(Error::NotFound(_))));
    }

    async fn a_condition_is_checked_when_a_role_is_put(app) {
        site(&app).await;
        let put = |condition: Value, ty: &'static str| {
            let core = app.core.clone();
            async move {
                let role = json!({"permissions": [{"action": "read", "type": ty, "condition": condition}]});
                match roles::put(&core, &OPERATOR, "x", role).await {
                    Ok(_) => String::new(),
                    Err(Error::Invalid(problems)) => format!("{} {}", problems[0].pointer, problems[0].message),
                    Err(other) => panic!("{other:?}"),
                }
            }
        };
        assert_eq!(put(json!({"category": {"$in": ["a", "b"]}}), "article").await, "");
        assert_eq!(put(json!({"$or": [{"createdBy": "$caller"}, {"title": "x"}]}), "article").await, "");
        assert_eq!(put(json!({"createdBy": {"$eq": "$caller"}}), "*").await, "");
        for (condition, ty) in [(json!({"king": "x"}), "article"), (json!({"title": {"$is": 1}}), "article"),
            (json!({"author": {"king": "Ada"}}), "article"), (json!({"author": {"id": 1}}), "article"), (json!({}), "article"), (json!("x"), "article"), (json!({"title": "x"}), "*")] {
            let said = put(condition.clone(), ty).await;
            assert!(said.starts_with("/permissions/0/condition "), "{condition}: {said}");
        }
    }

    async fn answers_about_ones_own_are_kept_apart(app) {
        site(&app).await;
        let own = json!({"createdBy": {"$eq": "$caller"}});
        role(&app, "own", json!([{"action": "read", "type": "article", "condition": own},
            {"action": "create", "type": "article"}, {"action": "publish", "type": "article"}])).await;
        let caller = |name: &str| Caller::Token { name: name.to_owned(), role: "own".to_owned() };
        for name in ["one", "two"] {
            let what = Create { data: map(json!({"title": name})), publish: true, ..Create::default() };
            content::create(&app.core, &caller(name), "articles", what).await.unwrap();
        }
        for _ in 0..2 {
            for name in ["one", "two"] {
                assert_eq!(titles(&app.get_as(&caller(name), "articles").await.unwrap()), [name]);
            }
        }
        roles::set(&app.core, &OPERATOR, "public", Action::Create, "article", true).await.unwrap();
        roles::put(&app.core, &OPERATOR, "public", json!({"permissions": [{"action": "read", "type": "article",
            "condition": {"createdBy": {"$eq": "$caller"}}}]})).await.unwrap();
        assert!(app.get_as(&Caller::Anonymous, "articles").await.is_err(), "nobody in particular owns nothing");
    }
}
