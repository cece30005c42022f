//! Several rules for one type add up, document by document.

use super::*;

fn column<'a>(list: &'a Value, field: &str) -> Vec<&'a Value> {
    list["data"].as_array().unwrap().iter().map(|d| &d[field]).collect()
}

on_both! {
    async fn a_field_is_there_where_a_rule_that_holds_grants_it(app) {
        site(&app).await;
        let ada = app.publish_new("author", json!({"name": "Ada", "slug": "ada"})).await.document_id;
        let bo = app.publish_new("author", json!({"name": "Bo", "slug": "bo"})).await.document_id;
        let news = app.publish_new("article", json!({"title": "A", "category": "news", "notes": "first", "author": ada})).await.document_id;
        app.publish_new("article", json!({"title": "B", "category": "sport", "notes": "second", "author": bo})).await;
        let caller = role(&app, "desk", json!([
            {"action": "read", "type": "article", "fields": ["title", "slug"]},
            {"action": "read", "type": "article", "condition": {"category": {"$eq": "news"}}},
            {"action": "read", "type": "author"}])).await;
        let get = |path: &str| { let (app, caller, path) = (&app, &caller, path.to_owned()); async move { app.get_as(caller, &path).await.unwrap() } };
        let list = get("articles?sort=title&populate=author").await;
        assert_eq!(column(&list, "title"), [&json!("A"), &json!("B")]);
        assert_eq!(column(&list, "notes"), [&json!("first"), &Value::Null]);
        assert_eq!(column(&list, "category"), [&json!("news"), &Value::Null]);
        assert!(list["data"][0]["author"]["name"] == "Ada" && list["data"][1]["author"].is_null(), "{list}");
        assert_eq!(get(&format!("articles/{news}")).await["data"]["notes"], "first");
        for (query, titles) in [
            ("filters[notes]=first", vec!["A"]), ("filters[notes]=second", vec![]), ("filters[notes][$null]=true", vec!["B"]),
            ("filters[notes][$notNull]=true", vec!["A"]), ("filters[$not][notes]=second", vec!["A", "B"]),
            ("filters[notes][$ne]=first", vec![]), ("filters[notes][$in]=second", vec![]), ("filters[category]=sport", vec![]),
            ("filters[author][name]=Bo", vec![]), ("filters[author][name]=Ada", vec!["A"]), ("filters[author][$null]=true", vec!["B"]),
            ("_q=second", vec![]), ("_q=first", vec!["A"])] {
            let list = get(&format!("articles?sort=title&{query}")).await;
            assert_eq!(column(&list, "title"), titles, "{query}");
            assert_eq!(list["meta"]["pagination"]["total"], titles.len(), "{query}");
        }
        // What is not seen has no place in an order.
        assert_eq!(column(&get("articles?sort=notes:desc").await, "title"), ["A", "B"]);
        assert_eq!(column(&get("articles?sort=author.name:desc").await, "title"), ["A", "B"]);
        let first = get("articles?sort=notes:desc&pagination[cursor]=&pagination[pageSize]=1").await;
        let next = first["meta"]["pagination"]["nextCursor"].as_str().unwrap().to_owned();
        let second = get(&format!("articles?sort=notes:desc&pagination[pageSize]=1&pagination[cursor]={next}")).await;
        assert_eq!(column(&second, "title"), ["B"]);
        let authors = get("authors?sort=name&populate=articles").await;
        assert_eq!((column(&authors, "articles")[0].as_array().unwrap().len(), column(&authors, "articles")[1]), (1, &json!([])));
        assert_eq!(column(&get("authors?filters[articles][title]=B").await, "name"), Vec::<&str>::new());
    }

    async fn a_change_needs_a_rule_that_holds_before_and_after(app) {
        site(&app).await;
        let news = app.create("article", json!({"title": "A", "category": "news", "notes": "first"})).await.document_id;
        let sport = app.create("article", json!({"title": "B", "category": "sport", "notes": "second"})).await.document_id;
        let rules = |action: &str| vec![json!({"action": action, "type": "article", "fields": ["title"]}),
            json!({"action": action, "type": "article", "condition": {"category": {"$eq": "news"}}})];
        let mut permissions = [rules("update"), rules("read_draft")].concat();
        permissions.push(json!({"action": "read", "type": "article"}));
        let caller = role(&app, "desk", json!(permissions)).await;
        save(&app, &caller, &news, json!({"notes": "x"})).await.unwrap();
        save(&app, &caller, &sport, json!({"title": "BB"})).await.unwrap();
        let (forbidden, problems) = refused(save(&app, &caller, &sport, json!({"title": "C", "notes": "x"})).await);
        assert!(forbidden && problems.len() == 1 && problems[0].0 == "/notes", "{problems:?}");
        let away = save(&app, &caller, &news, json!({"category": "sport"})).await;
        assert!(matches!(away, Err(Error::Forbidden(_))), "{away:?}");
        assert!(matches!(content::discard_draft(&app.core, &caller, &sport, None).await, Err(Error::Forbidden(_))));
        let opened = content::open(&app.core, &caller, &sport, None).await.unwrap();
        assert_eq!(Value::Object(opened.data), json!({"title": "BB"}));
        let opened = content::open(&app.core, &caller, &news, None).await.unwrap();
        assert_eq!(opened.data["notes"], "x");
        app.assert_healthy();
    }

    async fn a_condition_may_ask_about_related_documents(app) {
        site(&app).await;
        let ada = app.publish_new("author", json!({"name": "Ada", "slug": "ada"})).await.document_id;
        let bo = app.publish_new("author", json!({"name": "Bo", "slug": "bo"})).await.document_id;
        let own = app.publish_new("article", json!({"title": "A", "author": ada})).await.document_id;
        let other = app.publish_new("article", json!({"title": "B", "author": bo})).await.document_id;
        let by_ada = json!({"author": {"name": {"$eq": "Ada"}}});
        let actions = ["read", "read_draft", "update"].map(|a| json!({"action": a, "type": "article", "condition": by_ada}));
        let caller = role(&app, "of_ada", json!(actions)).await;
        let titles = |list: Value| column(&list, "title").into_iter().cloned().collect::<Vec<_>>();
        for _ in 0..2 {
            assert_eq!(titles(app.get_as(&caller, "articles?sort=title").await.unwrap()), ["A"]);
        }
        assert_eq!(titles(app.get_as(&caller, "articles?status=draft").await.unwrap()), ["A"]);
        save(&app, &caller, &own, json!({"title": "AA"})).await.unwrap();
        assert!(matches!(save(&app, &caller, &other, json!({"title": "x"})).await, Err(Error::NotFound(_))));
        // They see no authors, and so cannot even name another one; clearing hands the article away.
        let away = save(&app, &caller, &own, json!({"author": null})).await;
        assert!(matches!(away, Err(Error::Forbidden(_))), "{away:?}");
        // The rule follows the document that it looks at, at once, and fields by their ids.
        app.save(&ada, json!({"name": "Eve"})).await.unwrap();
        app.publish(&ada).await.unwrap();
        assert_eq!(titles(app.get_as(&caller, "articles").await.unwrap()), Vec::<Value>::new());
        app.save(&ada, json!({"name": "Ada"})).await.unwrap();
        app.publish(&ada).await.unwrap();
        app.push(&[json!({"kind": "collection", "singular": "author", "plural": "authors", "fields": [
            {"id": "name", "name": "called", "type": "string"}, {"name": "slug", "type": "slug", "unique": true}]})]);
        assert_eq!(titles(app.get_as(&caller, "articles").await.unwrap()), ["A"]);
    }
}
