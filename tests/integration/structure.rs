//! Order, trees, addresses, history, items and relations: what a document has beside its values.

use crate::app::{OPERATOR, TestApp, map};
use masthead_core::content::{self, Place, Save};
use masthead_core::{Caller, Core, Error, Settings};
use masthead_model::value::ChangeKind;
use serde_json::{Value, json};

fn pages() -> Value {
    json!({"kind": "collection", "singular": "page", "plural": "pages", "tree": true, "urlPattern": "/{path}", "fields": [
        {"name": "title", "type": "string", "required": true},
        {"name": "slug", "type": "slug", "from": "title"}]})
}

fn articles() -> Vec<Value> {
    vec![
        json!({"kind": "component", "singular": "quote", "fields": [
            {"name": "text", "type": "text"},
            {"name": "source", "type": "string", "required": true},
            {"name": "from", "type": "relation", "targets": ["tag"]}]}),
        json!({"kind": "component", "singular": "node", "fields": [
            {"name": "label", "type": "string", "required": true},
            {"name": "nodes", "type": "component", "component": "node", "repeatable": true}]}),
        json!({"kind": "collection", "singular": "tag", "plural": "tags", "fields": [{"name": "name", "type": "string"}]}),
        json!({"kind": "collection", "singular": "article", "plural": "articles", "urlPattern": "/blog/{slug}", "fields": [
            {"name": "title", "type": "string", "required": true, "maxLength": 20},
            {"name": "slug", "type": "slug", "from": "title", "unique": true},
            {"name": "views", "type": "integer", "min": 0},
            {"name": "tags", "type": "relation", "targets": ["tag"], "many": true, "inverse": "articles"},
            {"name": "main", "type": "relation", "targets": ["tag"], "inverse": "mainOf"},
            {"name": "related", "type": "relation", "targets": ["article"], "many": true, "inverse": "relatedBy"},
            {"name": "outline", "type": "component", "component": "node"},
            {"name": "body", "type": "blocks", "components": ["quote"]}]}),
    ]
}

async fn move_to(app: &TestApp, id: &str, to: Place) -> Result<(), Error> {
    content::move_document(&app.core, &OPERATOR, id, to).await
}

fn before(id: &str) -> Place {
    Place { before: Some(id.to_owned()), ..Place::default() }
}

fn after(id: &str) -> Place {
    Place { after: Some(id.to_owned()), ..Place::default() }
}

fn below(id: Option<&str>) -> Place {
    Place { parent: Some(id.map(str::to_owned)), ..Place::default() }
}

/// One field of each document of a list.
async fn listed(app: &TestApp, path: &str, field: &str) -> Vec<String> {
    let answer = app.get(path).await.unwrap();
    answer["data"].as_array().unwrap().iter().map(|d| d[field].as_str().unwrap_or("-").to_owned()).collect()
}

async fn draft(app: &TestApp, id: &str) -> Value {
    Value::Object(content::draft(&app.core, &OPERATOR, id, None).await.unwrap().data)
}

fn pointers(outcome: Result<impl std::fmt::Debug, Error>) -> Vec<String> {
    match outcome {
        Err(Error::Invalid(problems) | Error::Blocked(problems)) => problems.into_iter().map(|p| p.pointer).collect(),
        other => panic!("{other:?}"),
    }
}

/// `path → documentId, current` of a document.
fn urls(app: &TestApp, id: &str) -> Vec<(String, bool)> {
    app.core
        .read_blocking(|conn, _| {
            let doc = masthead_store::documents::by_document_id(conn, id)?.unwrap();
            Ok(masthead_store::urls::of(conn, doc.key)?.into_iter().map(|u| (u.path, u.current)).collect())
        })
        .unwrap()
}

fn url(app: &TestApp, path: &str) -> Option<(String, bool)> {
    app.core
        .read_blocking(|conn, _| {
            let Some(found) = masthead_store::urls::find(conn, path)? else { return Ok(None) };
            let doc = masthead_store::documents::by_key(conn, found.doc)?.unwrap();
            Ok(Some((doc.document_id, found.current)))
        })
        .unwrap()
}

async fn history(app: &TestApp, id: &str) -> Vec<content::HistoryEntry> {
    content::versions(&app.core, &OPERATOR, id, None).await.unwrap()
}

async fn autosave(app: &TestApp, id: &str, data: Value) -> content::Saved {
    content::save(&app.core, &OPERATOR, id, Save { data: map(data), autosave: true, ..Save::default() }).await.unwrap()
}

on_both! {
    async fn an_orderable_document_moves_before_and_after_its_siblings(app) {
        app.push(&[
            json!({"kind": "collection", "singular": "step", "plural": "steps", "orderable": true, "fields": [
                {"name": "name", "type": "string"}]}),
            json!({"kind": "collection", "singular": "other", "plural": "others", "fields": [
                {"name": "name", "type": "string"}]}),
        ]);
        let mut ids = Vec::new();
        for name in ["a", "b", "c", "d"] {
            ids.push(app.publish_new("step", json!({"name": name})).await.document_id);
        }
        let order = async || listed(&app, "steps?sort=position", "name").await.concat();
        assert_eq!(order().await, "abcd");
        move_to(&app, &ids[3], before(&ids[0])).await.unwrap();
        assert_eq!(order().await, "dabc");
        move_to(&app, &ids[0], after(&ids[1])).await.unwrap();
        assert_eq!(order().await, "dbac");
        // To and fro between two neighbours: there is always room.
        for n in 0..60 {
            move_to(&app, &ids[2], if n % 2 == 0 { after(&ids[1]) } else { before(&ids[0]) }).await.unwrap();
            move_to(&app, &ids[3], if n % 2 == 0 { after(&ids[2]) } else { before(&ids[2]) }).await.unwrap();
            assert_eq!(order().await, if n % 2 == 0 { "bcda" } else { "bdca" });
        }
        move_to(&app, &ids[1], Place::default()).await.unwrap();
        assert_eq!(order().await, "dcab", "without a sibling it goes to the end");
        assert_eq!(listed(&app, "steps?sort=position:desc", "name").await.concat(), "bacd");
        assert_eq!(listed(&app, "steps?sort=position&status=draft", "name").await.concat(), "dcab");

        let both = Place { before: Some(ids[0].clone()), after: Some(ids[1].clone()), parent: None };
        assert_eq!(pointers(move_to(&app, &ids[2], both).await), ["/before"]);
        assert_eq!(pointers(move_to(&app, &ids[2], before(&ids[2])).await), ["/before"]);
        let stranger = app.create("other", json!({"name": "x"})).await.document_id;
        assert_eq!(pointers(move_to(&app, &ids[2], after(&stranger)).await), ["/after"]);
        assert!(matches!(move_to(&app, &stranger, Place::default()).await, Err(Error::Conflict(_))));
        app.assert_healthy();
    }

    async fn a_path_follows_the_parents_in_whichever_order_they_are_published(app) {
        app.push(&[pages()]);
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [0, 2, 1], [1, 0, 2], [2, 0, 1]] {
            let a = app.create("page", json!({"title": "A"})).await.document_id;
            let b = app.create("page", json!({"title": "B", "parent": a})).await.document_id;
            let c = app.create("page", json!({"title": "C", "parent": b})).await.document_id;
            assert_eq!(listed(&app, "pages?sort=title&status=draft", "path").await, ["a", "a/b", "a/b/c"]);
            let ids = [&a, &b, &c];
            for n in order {
                app.publish(ids[n]).await.unwrap();
            }
            assert_eq!(listed(&app, "pages?sort=title", "path").await, ["a", "a/b", "a/b/c"], "{order:?}");
            assert_eq!(url(&app, "/a/b/c"), Some((c.clone(), true)));

            // A draft of the parent's slug moves nobody; publishing it moves all below.
            app.save(&a, json!({"slug": "top"})).await.unwrap();
            assert_eq!(listed(&app, "pages?sort=title", "path").await, ["a", "a/b", "a/b/c"]);
            assert_eq!(listed(&app, "pages?sort=title&status=draft", "path").await, ["top", "top/b", "top/b/c"]);
            app.publish(&a).await.unwrap();
            assert_eq!(listed(&app, "pages?sort=title", "path").await, ["top", "top/b", "top/b/c"]);
            assert_eq!((url(&app, "/a/b/c"), url(&app, "/top/b/c")), (Some((c.clone(), false)), Some((c.clone(), true))));

            // What is not public has no path, and nothing below it.
            content::unpublish(&app.core, &OPERATOR, &b, None).await.unwrap();
            assert_eq!(listed(&app, "pages?sort=title", "path").await, ["top", "-"]);
            content::trash(&app.core, &OPERATOR, &a).await.unwrap();
            assert_eq!(listed(&app, "pages?sort=title&status=draft", "path").await, ["-", "-"]);
            app.publish(&b).await.unwrap();
            content::restore(&app.core, &OPERATOR, &a).await.unwrap();
            assert_eq!(listed(&app, "pages?sort=title", "path").await, ["top", "top/b", "top/b/c"]);
            app.assert_healthy();
            for id in ids {
                content::erase(&app.core, &OPERATOR, id).await.unwrap();
            }
        }
    }

    async fn a_tree_takes_no_circle_and_no_second_child_of_one_slug(app) {
        app.push(&[pages()]);
        let a = app.publish_new("page", json!({"title": "A"})).await.document_id;
        let b = app.publish_new("page", json!({"title": "B", "parent": a})).await.document_id;
        let c = app.publish_new("page", json!({"title": "C", "parent": b})).await.document_id;
        assert_eq!(pointers(move_to(&app, &a, below(Some(&c))).await), ["/parent"]);
        assert_eq!(pointers(app.save(&a, json!({"parent": a})).await), ["/parent"]);
        assert_eq!(pointers(app.save(&b, json!({"parent": c})).await), ["/parent"]);

        // The same slug below another parent; made ones are told apart below the same.
        let first = app.publish_new("page", json!({"title": "Same", "parent": a})).await.document_id;
        let second = app.publish_new("page", json!({"title": "Same", "parent": b})).await.document_id;
        let third = app.publish_new("page", json!({"title": "Same", "parent": b})).await.document_id;
        assert_eq!(draft(&app, &first).await["slug"], "same");
        assert_eq!(draft(&app, &second).await["slug"], "same");
        assert_eq!(draft(&app, &third).await["slug"], "same-2");
        let twin = app.try_create("page", json!({"title": "T", "slug": "same", "parent": b}), None, true).await;
        assert_eq!(pointers(twin), ["/slug"]);
        assert_eq!(pointers(move_to(&app, &first, below(Some(&b))).await), ["/slug"]);
        move_to(&app, &first, below(Some(&c))).await.unwrap();
        assert_eq!(listed(&app, "pages?filters[slug]=same&sort=path", "path").await, ["a/b/c/same", "a/b/same"]);

        // Children are delivered in their order, and a moved branch takes its paths along.
        move_to(&app, &third, before(&c)).await.unwrap();
        let tree = app.get(&format!("pages/{b}?populate[children]=true&populate[parent]=true")).await.unwrap();
        let children: Vec<&str> =
            tree["data"]["children"].as_array().unwrap().iter().map(|d| d["slug"].as_str().unwrap()).collect();
        assert_eq!(children, ["same-2", "c", "same"]);
        assert_eq!(tree["data"]["parent"]["documentId"], a.as_str());
        move_to(&app, &c, below(None)).await.unwrap();
        assert_eq!(listed(&app, "pages?sort=path", "path").await, ["a", "a/b", "a/b/same", "a/b/same-2", "c", "c/same"]);

        // An erased parent leaves its children at the top level, behind what is there.
        content::erase(&app.core, &OPERATOR, &b).await.unwrap();
        assert_eq!(listed(&app, "pages?sort=path", "path").await, ["a", "c", "c/same", "same", "same-2"]);
        let mut orderable = pages();
        orderable["orderable"] = json!(true);
        app.push(&[orderable]);
        let top = listed(&app, "pages?filters[parent][$null]=true&sort=position", "slug").await;
        assert_eq!(top, ["a", "c", "same-2", "same"]);
        app.assert_healthy();
    }

    async fn a_tree_has_paths_and_slugs_of_its_own_in_each_locale(app) {
        app.push_locales(&["en", "de"]);
        let mut page = pages();
        page["urlPattern"] = json!("/{locale}/{path}");
        page["fields"] = json!([
            {"name": "title", "type": "string", "required": true, "localized": true},
            {"name": "slug", "type": "slug", "from": "title", "localized": true}]);
        app.push(&[page]);
        let a = app.create("page", json!({"title": "About"})).await.document_id;
        let b = app.create("page", json!({"title": "Team", "parent": a})).await.document_id;
        app.save_in(&a, "de", json!({"title": "Über uns"})).await.unwrap();
        // Another page may have in German what this one has in English.
        let c = app.try_create("page", json!({"title": "Team", "parent": a}), Some("de"), false).await.unwrap().document_id;
        app.save_in(&b, "de", json!({"title": "Mannschaft"})).await.unwrap();
        for (id, locale) in [(&b, "de"), (&c, "de"), (&a, "de"), (&b, "en"), (&a, "en")] {
            content::publish(&app.core, &OPERATOR, id, Some(locale)).await.unwrap();
        }
        assert_eq!(listed(&app, "pages?sort=path&locale=en", "path").await, ["about", "about/team"]);
        assert_eq!(listed(&app, "pages?sort=path&locale=de", "path").await, ["uber-uns", "uber-uns/mannschaft", "uber-uns/team"]);
        assert_eq!(url(&app, "/en/about/team"), Some((b.clone(), true)));
        assert_eq!(url(&app, "/de/uber-uns/team"), Some((c.clone(), true)));
        app.assert_healthy();
    }

    async fn a_published_address_becomes_a_redirect_when_its_slug_changes(app) {
        app.push(&articles());
        let one = app.publish_new("article", json!({"title": "One"})).await.document_id;
        assert_eq!(urls(&app, &one), [("/blog/one".to_owned(), true)]);
        app.save(&one, json!({"slug": "uno"})).await.unwrap();
        assert_eq!(urls(&app, &one), [("/blog/one".to_owned(), true)], "a draft moves nothing");
        app.publish(&one).await.unwrap();
        assert_eq!(urls(&app, &one), [("/blog/one".to_owned(), false), ("/blog/uno".to_owned(), true)]);
        app.save(&one, json!({"slug": "eins"})).await.unwrap();
        app.publish(&one).await.unwrap();
        assert_eq!(url(&app, "/blog/one"), Some((one.clone(), false)), "redirects are kept over several changes");
        assert_eq!(url(&app, "/blog/uno"), Some((one.clone(), false)));

        // Somebody else's old address is free; a current one is not, and what was lost that way does not come back.
        let two = app.publish_new("article", json!({"title": "One"})).await.document_id;
        assert_eq!(url(&app, "/blog/one"), Some((two.clone(), true)));
        app.save(&one, json!({"slug": "uno"})).await.unwrap();
        app.publish(&one).await.unwrap();
        assert_eq!(urls(&app, &one), [("/blog/eins".to_owned(), false), ("/blog/uno".to_owned(), true)]);
        content::unpublish(&app.core, &OPERATOR, &one, None).await.unwrap();
        assert_eq!(url(&app, "/blog/uno"), Some((one.clone(), false)));
        app.publish(&one).await.unwrap();
        assert_eq!(url(&app, "/blog/uno"), Some((one.clone(), true)));
        content::erase(&app.core, &OPERATOR, &one).await.unwrap();
        assert_eq!((url(&app, "/blog/uno"), url(&app, "/blog/eins")), (None, None));
        app.assert_healthy();
    }

    async fn autosaves_are_one_entry_until_somebody_saves_or_publishes(app) {
        app.push(&articles());
        let id = app.create("article", json!({"title": "T"})).await.document_id;
        for n in 0..5 {
            autosave(&app, &id, json!({"views": n})).await;
        }
        let kinds = async || history(&app, &id).await.into_iter().rev().map(|v| v.kind).collect::<Vec<_>>();
        assert_eq!(kinds().await, ["save", "autosave"]);
        // A save by hand ends the entry, even one that changes nothing.
        app.save(&id, json!({"views": 4})).await.unwrap();
        assert_eq!(kinds().await, ["save", "save"]);
        autosave(&app, &id, json!({"views": 5})).await;
        autosave(&app, &id, json!({"views": 6})).await;
        assert_eq!(kinds().await, ["save", "save", "autosave"]);
        app.save(&id, json!({"views": 7})).await.unwrap();
        autosave(&app, &id, json!({"views": 8})).await;
        assert_eq!(kinds().await, ["save", "save", "autosave", "save", "autosave"]);
        app.publish(&id).await.unwrap();
        autosave(&app, &id, json!({"views": 9})).await;
        assert_eq!(kinds().await.len(), 6, "what is published is not written over");
        // Another author starts an entry of their own.
        let what = Save { data: map(json!({"views": 10})), autosave: true, ..Save::default() };
        content::save(&app.core, &Caller::Server("robot"), &id, what).await.unwrap();
        assert_eq!(kinds().await.len(), 7);
        let value = async |n: i64| content::version(&app.core, &OPERATOR, &id, None, false, n).await.unwrap()["views"].clone();
        assert_eq!((value(2).await, value(3).await, value(5).await), (json!(4), json!(6), json!(8)));
    }

    async fn a_version_is_read_compared_and_restored_to_the_draft(app) {
        app.push(&articles());
        let tag = app.publish_new("tag", json!({"name": "t"})).await.document_id;
        let id = app.publish_new("article", json!({"title": "One", "views": 1, "body": [
            {"__component": "quote", "text": "first", "source": "s"}, {"__component": "quote", "text": "second", "source": "s"}]}))
            .await.document_id;
        let mut body = draft(&app, &id).await["body"].clone();
        body[0]["text"] = json!("changed");
        body.as_array_mut().unwrap().swap(0, 1);
        app.save(&id, json!({"title": "Two", "views": null, "tags": [tag], "body": body})).await.unwrap();
        let changes = content::diff_versions(&app.core, &OPERATOR, &id, None, false, (1, 2)).await.unwrap();
        let lines: Vec<(&str, ChangeKind)> = changes.iter().map(|c| (c.pointer.as_str(), c.kind)).collect();
        assert_eq!(lines[..3], [("/title", ChangeKind::Changed), ("/views", ChangeKind::Removed), ("/tags", ChangeKind::Added)]);
        assert!(lines.iter().any(|(p, k)| p.starts_with("/body/") && *k == ChangeKind::Moved), "{lines:?}");
        assert!(lines.contains(&("/body/1/text", ChangeKind::Changed)), "{lines:?}");
        assert_eq!((changes[0].from.clone(), changes[0].to.clone()), (Some(json!("One")), Some(json!("Two"))));

        app.publish(&id).await.unwrap();
        let restored = content::restore_version(&app.core, &OPERATOR, &id, None, false, 1).await.unwrap();
        assert!(restored.notes.is_empty() && restored.saved.changed);
        assert_eq!(restored.saved.status, "modified");
        let now = draft(&app, &id).await;
        assert_eq!((&now["title"], &now["views"], now.get("tags")), (&json!("One"), &json!(1), None));
        assert_eq!(now["body"][0]["text"], "first");
        assert_eq!(app.get(&format!("articles/{id}")).await.unwrap()["data"]["title"], "Two", "published stays");
        let entries = history(&app, &id).await;
        assert_eq!(entries.iter().map(|e| (e.number, e.kind.as_str())).collect::<Vec<_>>(), [(3, "restore"), (2, "save"), (1, "save")]);
        assert_eq!(entries.iter().map(|e| (e.is_draft, e.is_published)).collect::<Vec<_>>(), [(true, false), (false, true), (false, false)]);
        content::discard_draft(&app.core, &OPERATOR, &id, None).await.unwrap();
        assert_eq!(draft(&app, &id).await["title"], "Two");
        let missing = content::restore_version(&app.core, &OPERATOR, &id, None, false, 99).await;
        assert!(matches!(missing, Err(Error::NotFound(_))));
        app.assert_healthy();
    }

    async fn a_version_from_before_a_change_of_type_is_restored_through_the_change(app) {
        app.push(&articles());
        let id = app.publish_new("article", json!({"title": "12", "views": 3})).await.document_id;
        app.save(&id, json!({"title": "twelve"})).await.unwrap();
        app.save(&id, json!({"title": "7"})).await.unwrap();
        let mut types = articles();
        types[3]["fields"][0] = json!({"id": "title", "name": "number", "type": "integer"});
        types[3]["fields"][1] = json!({"name": "slug", "type": "slug", "unique": true});
        types[3]["fields"][2] = json!({"id": "views", "name": "views", "type": "string"});
        app.push(&types);
        let done = content::restore_version(&app.core, &OPERATOR, &id, None, false, 1).await.unwrap();
        let now = draft(&app, &id).await;
        assert_eq!((&now["number"], &now["views"]), (&json!(12), &json!("3")));
        assert_eq!(done.notes.len(), 2, "{:?}", done.notes);
        let done = content::restore_version(&app.core, &OPERATOR, &id, None, false, 2).await.unwrap();
        assert!(done.notes.iter().any(|n| n.contains("number") && n.contains("dropped")), "{:?}", done.notes);
        assert_eq!(draft(&app, &id).await.get("number"), None);
        app.assert_healthy();
    }

    async fn retention_thins_autosaves_and_keeps_what_was_published(app) {
        app.push(&articles());
        let keeps = app.core.clone();
        let forgets = Core::new(keeps.store().clone(), Settings { autosave_days: -1, ..Settings::default() }).unwrap();
        let mut ids = Vec::new();
        for title in ["A", "B"] {
            let id = app.create("article", json!({"title": title})).await.document_id;
            autosave(&app, &id, json!({"views": 1})).await;
            app.publish(&id).await.unwrap();
            ids.push(id);
        }
        // Entries of autosaves that nobody points at: one published over each time.
        for n in 2..4 {
            for id in &ids {
                autosave(&app, id, json!({"views": n})).await;
                app.save(id, json!({"views": n + 10})).await.unwrap();
            }
        }
        autosave(&app, &ids[0], json!({"views": 99})).await;
        assert_eq!((history(&app, &ids[0]).await.len(), history(&app, &ids[1]).await.len()), (7, 6));
        assert_eq!(content::tidy(&keeps, &OPERATOR).await.unwrap(), 0, "nothing is old enough");
        assert_eq!(content::tidy(&forgets, &OPERATOR).await.unwrap(), 4);
        assert_eq!(content::tidy(&forgets, &OPERATOR).await.unwrap(), 0);
        let kept = history(&app, &ids[0]).await;
        assert_eq!(kept.iter().map(|v| (v.number, v.kind.as_str())).collect::<Vec<_>>(),
            [(7, "autosave"), (6, "save"), (4, "save"), (2, "autosave"), (1, "save")],
            "the published one and the draft are kept");
        assert!(kept[3].is_published && kept[0].is_draft);
        for entry in &kept {
            content::version(&app.core, &OPERATOR, &ids[0], None, false, entry.number).await.unwrap();
        }
        assert_eq!(app.get(&format!("articles/{}", ids[0])).await.unwrap()["data"]["views"], 1);
        app.assert_healthy();
    }

    async fn a_duplicate_is_a_draft_of_its_own_in_all_locales(app) {
        app.push_locales(&["en", "de"]);
        app.push(&[
            json!({"kind": "collection", "singular": "tag", "plural": "tags", "fields": [{"name": "name", "type": "string"}]}),
            json!({"kind": "collection", "singular": "page", "plural": "pages", "tree": true, "fields": [
                {"name": "title", "type": "string", "required": true, "localized": true},
                {"name": "slug", "type": "slug", "from": "title", "localized": true, "unique": true},
                {"name": "sku", "type": "string", "unique": true},
                {"name": "tag", "type": "relation", "targets": ["tag"]},
                {"name": "weight", "type": "integer"}]})]);
        let tag = app.publish_new("tag", json!({"name": "t"})).await.document_id;
        let top = app.publish_new("page", json!({"title": "Top"})).await.document_id;
        let data = json!({"title": "Hello", "sku": "x1", "weight": 3, "tag": tag, "parent": top});
        let id = app.publish_new("page", data).await.document_id;
        app.save_in(&id, "de", json!({"title": "Hallo"})).await.unwrap();
        app.save(&id, json!({"weight": 4})).await.unwrap();
        // What the original points at may be in the trash; it comes back for both.
        content::trash(&app.core, &OPERATOR, &tag).await.unwrap();
        let copy = content::duplicate(&app.core, &OPERATOR, &id).await.unwrap();
        assert_eq!(copy.status, "draft");
        let of = async |locale| content::draft(&app.core, &OPERATOR, &copy.document_id, Some(locale)).await.unwrap().data;
        let (en, de) = (of("en").await, of("de").await);
        assert_eq!(Value::Object(en), json!({"title": "Hello", "slug": "hello-2", "tag": tag, "weight": 4}));
        assert_eq!(Value::Object(de), json!({"title": "Hallo", "slug": "hallo-2", "tag": tag, "weight": 4}));
        app.publish(&copy.document_id).await.unwrap();
        content::restore(&app.core, &OPERATOR, &tag).await.unwrap();
        let shown = app.get(&format!("pages/{}?populate=*", copy.document_id)).await.unwrap();
        assert_eq!((&shown["data"]["tag"]["name"], &shown["data"]["path"]), (&json!("t"), &json!("top/hello-2")));
        app.assert_healthy();
    }

    async fn writing_through_an_inverse_saves_the_documents_that_own_the_relation(app) {
        app.push(&articles());
        let one = app.publish_new("article", json!({"title": "One"})).await.document_id;
        let two = app.publish_new("article", json!({"title": "Two"})).await.document_id;
        let three = app.publish_new("article", json!({"title": "Three"})).await.document_id;
        let tag = app.publish_new("tag", json!({"name": "t", "articles": [one, two], "mainOf": [one]})).await.document_id;
        assert_eq!(draft(&app, &one).await["tags"], json!([tag]));
        assert_eq!(draft(&app, &one).await["main"], json!(tag));
        assert_eq!(history(&app, &one).await[0].kind, "link");
        let public = async || {
            let shown = app.get(&format!("tags/{tag}?populate[articles][sort]=title")).await.unwrap();
            shown["data"]["articles"].as_array().unwrap().iter().map(|a| a["title"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert!(public().await.is_empty(), "it was a save; nothing of the owners was published");
        for id in [&one, &two, &three] {
            app.publish(id).await.unwrap();
        }
        assert_eq!(public().await, ["One", "Two"]);
        app.save(&tag, json!({"articles": {"connect": [three], "disconnect": [one]}})).await.unwrap();
        for id in [&one, &two, &three] {
            app.publish(id).await.unwrap();
        }
        assert_eq!(public().await, ["Three", "Two"]);
        app.save(&tag, json!({"articles": [one]})).await.unwrap();
        for id in [&one, &two, &three] {
            app.publish(id).await.unwrap();
        }
        assert_eq!(public().await, ["One"]);
        assert_eq!(draft(&app, &two).await.get("tags"), None);
        // Through a relation to itself, a document is its own owner.
        let saved = app.save(&one, json!({"title": "Uno", "relatedBy": [one, two]})).await.unwrap();
        assert_eq!(draft(&app, &one).await["related"], json!([one]));
        assert_eq!(draft(&app, &one).await["title"], "Uno");
        let base = content::Revision::parse(&saved.revision);
        let what = Save { data: map(json!({"views": 5})), base, ..Save::default() };
        content::save(&app.core, &OPERATOR, &one, what).await.unwrap();
        app.save(&three, json!({"related": {"connect": [three]}, "relatedBy": []})).await.unwrap();
        assert_eq!(draft(&app, &three).await.get("related"), None, "the inverse has the last word");
        app.assert_healthy();
        app.publish(&one).await.unwrap();
        app.publish(&two).await.unwrap();
        let shown = app.get(&format!("articles/{one}?populate[related]=true&populate[relatedBy][sort]=title")).await.unwrap();
        assert_eq!(shown["data"]["related"][0]["title"], "Uno");
        assert_eq!(shown["data"]["relatedBy"].as_array().unwrap().len(), 2);
        app.assert_healthy();
    }

    async fn a_relation_is_written_by_steps_that_keep_its_order(app) {
        app.push(&articles());
        let mut ids = Vec::new();
        for name in ["a", "b", "c", "d"] {
            ids.push(app.publish_new("tag", json!({"name": name})).await.document_id);
        }
        let [a, b, c, d] = [&ids[0], &ids[1], &ids[2], &ids[3]];
        let id = app.publish_new("article", json!({"title": "T", "tags": [a, b]})).await.document_id;
        let write = async |tags: Value| {
            app.save(&id, json!({"tags": tags})).await.unwrap();
            app.publish(&id).await.unwrap();
            let shown = app.get(&format!("articles/{id}?populate=tags")).await.unwrap();
            shown["data"]["tags"].as_array().unwrap().iter().map(|t| t["name"].as_str().unwrap().to_owned()).collect::<String>()
        };
        assert_eq!(write(json!({"connect": [c]})).await, "abc");
        assert_eq!(write(json!({"connect": [{"documentId": d, "position": {"start": true}}]})).await, "dabc");
        assert_eq!(write(json!({"connect": [{"documentId": c, "position": {"before": a}}]})).await, "dcab");
        assert_eq!(write(json!({"connect": [{"documentId": d, "position": {"after": b}}], "disconnect": [a]})).await, "cbd");
        assert_eq!(write(json!({"connect": [{"documentId": c, "position": {"end": true}}, b]})).await, "bdc");
        assert_eq!(write(json!({"set": [d, a, d]})).await, "da");
        assert_eq!(write(json!({"disconnect": [b]})).await, "da", "what is not there need not be taken out");
        assert_eq!(write(json!([])).await, "");
        let wrong = app.save(&id, json!({"tags": {"connect": [{"documentId": a, "position": {"before": b}}]}})).await;
        assert_eq!(pointers(wrong), ["/tags/connect/0/position"]);
        let wrong = app.save(&id, json!({"tags": {"connect": [id, "nonsense"]}, "main": [a, b]})).await;
        assert_eq!(pointers(wrong), ["/tags/connect/0", "/tags/connect/1", "/main"]);
        app.assert_healthy();
    }

    async fn an_erased_target_leaves_the_others_in_their_places(app) {
        app.push(&articles());
        let mut ids = Vec::new();
        for name in ["a", "b", "c"] {
            ids.push(app.publish_new("tag", json!({"name": name})).await.document_id);
        }
        let id = app.publish_new("article", json!({"title": "T", "tags": ids, "body": [
            {"__component": "quote", "source": "s", "from": ids[0]}, {"__component": "quote", "source": "s", "from": ids[2]}]}))
            .await.document_id;
        content::erase(&app.core, &OPERATOR, &ids[0]).await.unwrap();
        app.assert_healthy();
        app.save(&id, json!({"views": 1})).await.unwrap();
        app.publish(&id).await.unwrap();
        app.assert_healthy();
        let shown = app.get(&format!("articles/{id}?populate[tags]=true&populate[body][populate]=*")).await.unwrap();
        let names: Vec<&Value> = shown["data"]["tags"].as_array().unwrap().iter().map(|t| &t["name"]).collect();
        assert_eq!(names, ["b", "c"]);
        assert_eq!(shown["data"]["body"][0]["from"], Value::Null);
        assert_eq!(shown["data"]["body"][1]["from"]["name"], "c");
    }

    async fn items_keep_their_ids_wherever_they_go(app) {
        app.push(&articles());
        let quote = |text: &str| json!({"__component": "quote", "text": text, "source": "s"});
        let id = app.create("article", json!({"title": "T", "body": [quote("a"), quote("b"), quote("c")]})).await.document_id;
        let ids = async || -> Vec<(String, String)> {
            let body = draft(&app, &id).await["body"].clone();
            let text = |v: &Value| v.as_str().unwrap_or("-").to_owned();
            body.as_array().unwrap().iter().map(|i| (text(&i["id"]), text(&i["text"]))).collect()
        };
        let first = ids().await;
        let of = |n: usize| first[n].0.as_str();
        assert!(of(0) != of(1) && of(1) != of(2) && of(0) != of(2));
        let repeated = app.save(&id, json!({"body": [quote("a"), quote("b"), quote("c")]})).await.unwrap();
        assert!(!repeated.changed, "the same content again is no change");
        // By id: moved, and updated in part; without an id: anew.
        app.save(&id, json!({"body": [{"__component": "quote", "id": of(2)}, quote("new"), {"__component": "quote", "id": of(0), "text": "A"}]}))
            .await.unwrap();
        let now = ids().await;
        assert_eq!((now[0].0.as_str(), now[0].1.as_str()), (of(2), "c"));
        assert_eq!((now[2].0.as_str(), now[2].1.as_str()), (of(0), "A"));
        assert_eq!(now[1].1, "new");
        app.publish(&id).await.unwrap();
        let shown = app.get(&format!("articles/{id}?populate=body")).await.unwrap();
        let delivered: Vec<&str> = shown["data"]["body"].as_array().unwrap().iter().map(|i| i["id"].as_str().unwrap()).collect();
        assert_eq!(delivered, now.iter().map(|i| i.0.as_str()).collect::<Vec<_>>());
        assert_eq!(shown["data"]["body"][0]["source"], "s", "what was not mentioned is kept");
    }

    async fn a_component_may_hold_itself(app) {
        app.push(&articles());
        let mut outline = json!({"label": "5"});
        for n in (0..5).rev() {
            outline = json!({"label": n.to_string(), "nodes": [outline, {"label": "leaf"}]});
        }
        let id = app.publish_new("article", json!({"title": "T", "outline": outline})).await.document_id;
        let shown = app
            .get(&format!("articles/{id}?populate[outline][populate][nodes][populate][nodes]=true"))
            .await.unwrap();
        assert_eq!(shown["data"]["outline"]["nodes"][0]["nodes"][0]["label"], "2");
        app.save(&id, json!({"outline": {"label": "0", "nodes": [{"nodes": [{"label": "x"}, {"nodes": []}]}]}})).await.unwrap();
        assert_eq!(pointers(app.publish(&id).await), ["/outline/nodes/0/label", "/outline/nodes/0/nodes/1/label"]);
        let mut deep = json!({"label": "end"});
        for _ in 0..200 {
            deep = json!({"label": "x", "nodes": [deep]});
        }
        let refused = pointers(app.save(&id, json!({"outline": deep})).await);
        assert!(refused.len() == 1 && refused[0].starts_with("/outline/nodes/0/nodes/0"), "{refused:?}");
        app.assert_healthy();
    }

    async fn everything_that_is_wrong_is_said_at_once(app) {
        app.push(&articles());
        let tag = app.create("tag", json!({"name": "t"})).await.document_id;
        let refused = app.try_create("article", json!({
            "title": 5, "views": "many", "nonsense": 1, "main": "abc", "tags": [tag, {"name": "t"}],
            "body": [{"__component": "quote", "text": 7}, {"__component": "unknown"}, "text"],
            "outline": {"nodes": [{"label": []}], "other": 1},
        }), None, false).await;
        assert_eq!(pointers(refused), [
            "/title", "/views", "/tags/1/name", "/main", "/outline/nodes/0/label", "/outline/other", "/body/0/text",
            "/body/1/__component", "/body/2", "/nonsense"]);
        assert_eq!(app.get("articles?status=draft").await.unwrap()["data"], json!([]), "nothing of it was saved");
        app.publish_new("article", json!({"title": "First", "slug": "taken"})).await;
        let blocked = app.try_create("article", json!({
            "title": "much longer than twenty", "slug": "taken", "views": -1,
            "body": [{"__component": "quote", "text": "x"}], "outline": {},
        }), None, true).await;
        assert_eq!(pointers(blocked), ["/title", "/views", "/outline/label", "/body/0/source", "/slug"]);
    }
}
