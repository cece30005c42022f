//! Drafts as editors see them.

use super::client::Client;
use crate::process::{Site, within};
use serde_json::{Value, json};
use std::time::Duration;

pub fn blog() -> Vec<Value> {
    vec![
        json!({"kind": "collection", "singular": "author", "plural": "authors", "draftAndPublish": false, "fields": [
            {"name": "name", "type": "string", "required": true}]}),
        json!({"kind": "collection", "singular": "article", "plural": "articles", "urlPattern": "/blog/{slug}", "fields": [
            {"name": "title", "type": "string", "required": true},
            {"name": "slug", "type": "slug", "from": "title", "unique": true},
            {"name": "note", "type": "text", "private": true},
            {"name": "views", "type": "integer"},
            {"name": "author", "type": "relation", "targets": ["author"]}]}),
        json!({"kind": "single", "singular": "home", "fields": [{"name": "headline", "type": "string"}]}),
    ]
}

fn pages(site: &Site) {
    site.write("pushed/locales.json", json!([{"code": "en", "default": true}, {"code": "de"}]).to_string());
    site.write_types(
        "pushed",
        &[json!({"kind": "collection", "singular": "page", "plural": "pages", "tree": true, "orderable": true,
        "urlPattern": "/{locale}/{slug}", "fields": [
        {"name": "title", "type": "string", "required": true, "localized": true},
        {"name": "slug", "type": "slug", "from": "title", "localized": true},
        {"name": "weight", "type": "integer"}]})],
    );
    site.run(&["schema", "push", "pushed", "--apply"]).ok();
}

/// Create a document: its id and revision.
fn create(client: &Client<'_>, ty: &str, data: Value) -> (String, String) {
    let made = client.post(&format!("/documents/{ty}"), json!({ "data": data })).ok();
    (made["documentId"].as_str().unwrap().to_owned(), made["revision"].as_str().unwrap().to_owned())
}

on_both_sites! {
    fn an_editor_writes_saves_and_publishes(site) {
        site.push(&blog());
        let server = site.serve();
        let editor = Client::with_role(site, &server, "editor");
        let (ada, _) = create(&editor, "authors", json!({"name": "Ada"}));
        let (id, revision) = create(&editor, "article", json!({"note": "hush", "author": ada}));
        let path = format!("/documents/article/{id}");

        let opened = editor.get(&path);
        assert_eq!(opened.header("etag"), format!("\"{revision}\""));
        let opened = opened.ok();
        assert_eq!((&opened["status"], &opened["exists"], &opened["published"]), (&json!("draft"), &json!(true), &Value::Null));
        assert_eq!((&opened["data"]["note"], &opened["data"]["author"]), (&json!("hush"), &json!(ada)));
        assert_eq!(opened["problems"][0]["pointer"], "/title");
        assert_eq!((&opened["related"][0]["title"], &opened["related"][0]["status"]), (&json!("Ada"), &json!("published")));
        assert_eq!(editor.post(&format!("{path}/publish"), json!({})).refused(400).places(), ["/title"]);

        let saved = editor.send("PATCH", &path, Some(json!({"data": {"title": "Hello"}, "baseVersion": revision})), &[]).ok();
        assert_eq!((&saved["changed"], &saved["status"]), (&json!(true), &json!("draft")));
        let published = editor.post(&format!("{path}/publish"), json!({"baseVersion": saved["revision"]})).ok();
        assert_eq!(published["locales"], json!([]));
        let opened = editor.get(&path).ok();
        assert_eq!((&opened["status"], &opened["url"], &opened["problems"]), (&json!("published"), &json!("/blog/hello"), &json!([])));
        assert_eq!(opened["published"]["title"], "Hello");

        let tag = format!("\"{}\"", opened["revision"].as_str().unwrap());
        editor.send("PATCH", &path, Some(json!({"data": {"title": "Hello again"}})), &[("If-Match", &tag)]).ok();
        let opened = editor.get(&path).ok();
        assert_eq!((&opened["status"], &opened["published"]["title"]), (&json!("modified"), &json!("Hello")));
        editor.post(&format!("{path}/discard"), json!({})).ok();
        assert_eq!(editor.get(&path).ok()["data"]["title"], "Hello");
        editor.post(&format!("{path}/unpublish"), json!({})).ok();
        assert_eq!(editor.get(&path).ok()["status"], "draft");
        editor.post(&format!("{path}/unpublish"), json!({"locale": "xx"})).refused(400);
        assert_eq!(editor.get(&format!("{path}?locale=xx")).refused(400).places(), ["locale"]);
    }

    fn a_save_says_what_it_is_based_on_and_loses_nobodys_work(site) {
        site.push(&blog());
        let server = site.serve();
        let editor = Client::with_role(site, &server, "editor");
        let (id, first) = create(&editor, "article", json!({"title": "One"}));
        let path = format!("/documents/article/{id}");
        let save = |body: Value| editor.send("PATCH", &path, Some(body), &[]);
        save(json!({"data": {"title": "Two"}})).refused(428);
        save(json!({"data": {"title": "Two"}, "baseVersion": "new"})).refused(400);
        save(json!({"data": {"title": "Two"}, "baseVersion": first})).ok();
        let stale = save(json!({"data": {"title": "Three"}, "baseVersion": first})).refused(412);
        assert_eq!(stale.body["error"]["details"]["current"]["data"]["title"], "Two");
        let tag = format!("\"{first}\"");
        editor.send("PATCH", &path, Some(json!({"data": {"title": "Three"}})), &[("If-Match", &tag)]).refused(412);
        editor.post(&format!("{path}/publish"), json!({"baseVersion": first})).refused(412);
        assert_eq!(editor.get(&path).ok()["data"]["title"], "Two");

        let base = editor.get(&path).ok()["revision"].clone();
        let what = json!({"data": {"title": "Three"}, "baseVersion": base, "saveId": "s1", "autosave": true});
        let answer = save(what.clone()).ok();
        assert_eq!(save(what).ok(), answer, "a repeat gets the first answer");
        assert_eq!(editor.get(&path).ok()["revision"], answer["revision"]);
        save(json!({"data": {"title": "x"}, "baseVersion": base, "saveId": ""})).refused(400);

        for (body, place) in [
            (json!({"data": {"titel": "x"}, "baseVersion": "1"}), "/data/titel"),
            (json!({"data": {"views": "x"}, "baseVersion": "1"}), "/data/views"),
            (json!({"data": {}, "baseVersion": "1", "locale": "xx"}), "/locale"),
            (json!({"data": [], "baseVersion": "1"}), "/data"),
            (json!({"data": {}, "baseVersion": "1", "more": 1}), "/more"),
            (json!({"baseVersion": "1"}), "/data"),
        ] {
            assert_eq!(save(body.clone()).refused(400).places(), [place], "{body}");
        }
        editor.send_text("PATCH", &path, "{".to_owned(), &[]).refused(400);
        editor.send_text("PATCH", &path, "a=1".to_owned(), &[("Content-Type", "text/plain")]).refused(415);
    }

    fn drafts_are_listed_by_where_they_stand(site) {
        site.push(&blog());
        let server = site.serve();
        let editor = Client::with_role(site, &server, "editor");
        let mut ids = Vec::new();
        for title in ["Draft", "Published", "Modified", "Trashed"] {
            let (id, _) = create(&editor, "article", json!({"title": title, "views": 1}));
            if title != "Draft" {
                editor.post(&format!("/documents/article/{id}/publish"), json!({})).ok();
            }
            ids.push(id);
        }
        let modified = format!("/documents/article/{}", ids[2]);
        editor.send("PATCH", &modified, Some(json!({"data": {"views": 2}, "baseVersion": "1"})), &[]).ok();
        editor.delete(&format!("/documents/article/{}", ids[3])).ok();
        let titles = |query: &str| {
            let list = editor.get(&format!("/documents/articles?{query}")).ok();
            let titles: Vec<String> = list["documents"].as_array().unwrap().iter().map(|d| d["title"].as_str().unwrap().to_owned()).collect();
            (titles, list)
        };
        assert_eq!(titles("sort=title:desc").0, ["Published", "Modified", "Draft"]);
        for status in ["draft", "published", "modified"] {
            let (found, list) = titles(&format!("status={status}"));
            assert_eq!(found.len(), 1, "{list}");
            assert_eq!(found[0].to_lowercase(), status);
            assert_eq!((&list["documents"][0]["status"], &list["pagination"]["total"]), (&json!(status), &json!(1)));
        }
        let (_, list) = titles("filters[views][$eq]=2&fields=views&pagination[pageSize]=1");
        let row = &list["documents"][0];
        assert_eq!((&row["data"], &row["documentId"]), (&json!({"views": 2}), &json!(ids[2])));
        assert_eq!((&row["locales"][0]["savedBy"], &row["createdBy"]), (&json!("token:editor"), &json!("token:editor")));
        assert_eq!(titles("status=modified&pagination[cursor]=").0, ["Modified"]);
        assert_eq!(editor.get("/documents/articles?status=trashed").refused(400).places(), ["status"]);
        assert_eq!(titles("filters[note][$eq]=hush").0.len(), 0, "private fields are fields like others to editors");
        assert_eq!(editor.get("/documents/articles?filters[nothing][$eq]=x").refused(400).places(), ["filters[nothing]"]);
        let trash = editor.get("/documents/articles/trash").ok();
        assert_eq!((&trash["total"], &trash["documents"][0]["title"]), (&json!(1), &json!("Trashed")));
        assert_eq!(trash["documents"][0]["trashedBy"], "token:editor");
        // Types without drafts and singles are listed alike.
        create(&editor, "author", json!({"name": "Ada"}));
        assert_eq!(editor.get("/documents/author?status=published").ok()["documents"][0]["title"], "Ada");
        assert_eq!(editor.get("/documents/author?status=draft").ok()["documents"], json!([]));
        assert_eq!(editor.get("/documents/home").ok()["documents"], json!([]));
        create(&editor, "home", json!({"headline": "Welcome"}));
        assert_eq!(editor.get("/documents/home").ok()["documents"][0]["status"], "draft");
        assert_eq!(editor.post("/documents/home", json!({"data": {}})).refused(409).body["error"]["name"], "ConflictError");
    }

    fn locales_are_filled_published_and_listed_on_their_own(site) {
        pages(site);
        let server = site.serve();
        let editor = Client::with_role(site, &server, "editor");
        let (id, _) = create(&editor, "page", json!({"title": "Hello", "weight": 1}));
        let path = format!("/documents/page/{id}");
        let german = editor.get(&format!("{path}?locale=de")).ok();
        assert_eq!((&german["exists"], &german["data"]), (&json!(false), &json!({"weight": 1})));
        editor.post(&format!("{path}/copy-locale"), json!({"from": "fr", "to": "de"})).refused(400);
        editor.post(&format!("{path}/copy-locale"), json!({"from": "en", "to": "en"})).refused(400);
        let copied = editor.post(&format!("{path}/copy-locale"), json!({"from": "en", "to": "de", "baseVersion": german["revision"]})).ok();
        assert_eq!(copied["locale"], "de");
        editor.post(&format!("{path}/copy-locale"), json!({"from": "en", "to": "de", "baseVersion": "1.7"})).ok();
        let german = editor.get(&format!("{path}?locale=de")).ok();
        assert_eq!(german["data"], json!({"title": "Hello", "slug": "hello", "weight": 1}));
        let change = json!({"data": {"title": "Hallo", "slug": "hallo"}, "locale": "de", "baseVersion": german["revision"]});
        editor.send("PATCH", &path, Some(change), &[]).ok();
        let done = editor.post(&format!("{path}/publish"), json!({"locales": ["en", "de"]})).ok();
        assert_eq!(done["locales"], json!(["en", "de"]));
        let opened = editor.get(&format!("{path}?locale=de")).ok();
        assert_eq!((&opened["url"], opened["locales"].as_array().unwrap().len()), (&json!("/de/hallo"), 2));
        let base = json!({"data": {"title": null}, "locale": "de", "baseVersion": opened["revision"]});
        editor.send("PATCH", &path, Some(base), &[]).ok();
        let list = editor.get("/documents/pages?locale=de").ok();
        assert_eq!((&list["documents"][0]["status"], &list["documents"][0]["locale"]), (&json!("modified"), &json!("de")));
        let standing: Vec<&Value> = list["documents"][0]["locales"].as_array().unwrap().iter().map(|l| &l["status"]).collect();
        assert_eq!(standing, [&json!("modified"), &json!("published")]);
        // All of them or none.
        let english = editor.get(&path).ok();
        let change = json!({"data": {"title": "Hello!"}, "baseVersion": english["revision"]});
        editor.send("PATCH", &path, Some(change), &[]).ok();
        assert_eq!(editor.post(&format!("{path}/publish"), json!({"locales": ["en", "de"]})).refused(400).places(), ["/title"]);
        assert_eq!(editor.get(&path).ok()["status"], "modified");
    }

    fn history_is_read_compared_and_restored(site) {
        site.push(&blog());
        let server = site.serve();
        let editor = Client::with_role(site, &server, "editor");
        let (id, revision) = create(&editor, "article", json!({"title": "One", "views": 1}));
        let path = format!("/documents/article/{id}");
        editor.send("PATCH", &path, Some(json!({"data": {"title": "Two"}, "baseVersion": revision})), &[]).ok();
        let list = editor.get(&format!("{path}/versions")).ok();
        let numbers: Vec<i64> = list["versions"].as_array().unwrap().iter().map(|v| v["number"].as_i64().unwrap()).collect();
        assert_eq!(numbers, [2, 1]);
        assert_eq!((&list["versions"][0]["isDraft"], &list["versions"][0]["author"]), (&json!(true), &json!("token:editor")));
        assert_eq!(editor.get(&format!("{path}/versions/1")).ok()["data"]["title"], "One");
        let diff = editor.get(&format!("{path}/versions/diff?from=1&to=2")).ok();
        assert_eq!(diff["changes"], json!([{"pointer": "/title", "kind": "changed", "from": "One", "to": "Two"}]));
        let restored = editor.post(&format!("{path}/versions/1/restore"), json!({})).ok();
        assert_eq!((&restored["saved"]["changed"], &restored["notes"]), (&json!(true), &json!([])));
        assert_eq!(editor.get(&path).ok()["data"]["title"], "One");
        editor.get(&format!("{path}/versions/9")).refused(404);
        assert_eq!(editor.get(&format!("{path}/versions/x")).refused(400).places(), ["number"]);
        assert_eq!(editor.get(&format!("{path}/versions/diff?from=1")).refused(400).places(), ["to"]);
    }

    fn many_documents_at_once_have_a_result_each(site) {
        site.push(&blog());
        let server = site.serve();
        let editor = Client::with_role(site, &server, "editor");
        let mut ids: Vec<String> = ["One", "Two"].iter().map(|t| create(&editor, "article", json!({"title": t})).0).collect();
        ids.push(create(&editor, "article", json!({})).0);
        ids.push("x".repeat(24));
        ids.push(create(&editor, "author", json!({"name": "Ada"})).0);
        let bulk = |action: &str| {
            let body = json!({"action": action, "documentIds": ids});
            let results = editor.post("/documents/article/bulk", body).ok()["results"].clone();
            results.as_array().unwrap().iter().map(|r| r["error"]["status"].as_i64().unwrap_or(200)).collect::<Vec<_>>()
        };
        assert_eq!(bulk("publish"), [200, 200, 400, 404, 404]);
        assert_eq!(editor.get("/documents/article?status=published").ok()["pagination"]["total"], 2);
        assert_eq!(bulk("unpublish"), [200, 200, 200, 404, 404]);
        assert_eq!(bulk("move"), [409, 409, 409, 404, 404]);
        assert_eq!(bulk("delete"), [200, 200, 200, 404, 404]);
        assert_eq!(editor.get("/documents/article").ok()["pagination"]["total"], 0);
        assert_eq!(bulk("erase"), [403, 403, 403, 404, 404]);
        assert_eq!(bulk("restore"), [200, 200, 200, 404, 404]);
        assert_eq!(editor.get("/documents/article").ok()["pagination"]["total"], 3);
        let refused = editor.post("/documents/article/bulk", json!({"action": "explode", "documentIds": ids})).refused(400);
        assert_eq!(refused.places(), ["/action"]);
        editor.post("/documents/article/bulk", json!({"action": "delete", "documentIds": []})).refused(400);
    }

    fn documents_are_moved_copied_found_and_erased(site) {
        pages(site);
        site.push(&blog());
        let server = site.serve();
        let editor = Client::with_role(site, &server, "editor");
        let admin = Client::with_role(site, &server, "admin");
        let [a, b, c] = ["A", "B", "C"].map(|t| create(&editor, "page", json!({"title": t})).0);
        let to = |id: &str, body: Value| editor.post(&format!("/documents/page/{id}/move"), body);
        to(&c, json!({"before": a})).ok();
        let order = |parent: &str| {
            let list = editor.get(&format!("/documents/page?sort=position{parent}")).ok();
            list["documents"].as_array().unwrap().iter().map(|d| d["title"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(order(""), ["C", "A", "B"]);
        to(&b, json!({"parent": a})).ok();
        assert_eq!(editor.get(&format!("/documents/page/{b}")).ok()["parent"], json!(a));
        assert_eq!(to(&a, json!({"parent": b})).refused(400).places(), ["/parent"]);
        to(&b, json!({"toTop": true, "after": a})).ok();
        assert_eq!(to(&b, json!({"before": b})).refused(400).places(), ["/before"]);

        let (ada, _) = create(&editor, "author", json!({"name": "Ada"}));
        let (article, _) = create(&editor, "article", json!({"title": "On engines", "author": ada}));
        let used = editor.get(&format!("/documents/author/{ada}/references")).ok();
        assert_eq!((&used["documents"][0]["title"], &used["documents"][0]["places"]),
            (&json!("On engines"), &json!([{"field": "author", "locale": null, "draft": true, "published": false}])));
        let copy = editor.send("POST", &format!("/documents/article/{article}/duplicate"), None, &[]).ok();
        assert_ne!(copy["documentId"], json!(article));
        assert_eq!(editor.get(&format!("/documents/author/{ada}/references")).ok()["documents"].as_array().unwrap().len(), 2);

        let path = format!("/documents/article/{article}");
        editor.delete(&path).ok();
        editor.post(&format!("{path}/publish"), json!({})).refused(409);
        editor.send("POST", &format!("{path}/restore"), None, &[]).ok();
        editor.send("POST", &format!("{path}/erase"), None, &[]).refused(403);
        admin.send("POST", &format!("{path}/erase"), None, &[]).ok();
        admin.get(&path).refused(404);
        let core = site.core();
        let report = masthead_core::doctor::run(&core, &masthead_core::Caller::Operator, false, &mut |_, _| {}).unwrap();
        assert!(report.healthy, "{report:#?}");
        core.store().close();
    }

    fn what_a_role_may_not_do_changes_nothing(site) {
        site.push(&blog());
        let server = site.serve();
        let admin = Client::with_role(site, &server, "admin");
        let (id, revision) = create(&admin, "article", json!({"title": "Mine"}));
        admin.post(&format!("/documents/article/{id}/publish"), json!({})).ok();
        // The log has an entry for whatever is written.
        let state = || (admin.get("/events?after=now").ok(), admin.get("/documents/article?populate=*").ok());
        let reader = Client::with_role(site, &server, "reader");
        let author = Client::with_role(site, &server, "author");
        let before = state();
        let path = format!("/documents/article/{id}");
        for (method, path, body) in [
            ("GET", path.clone(), None),
            ("GET", "/documents/article".to_owned(), None),
            ("GET", "/documents/article/trash".to_owned(), None),
            ("GET", format!("{path}/versions"), None),
            ("GET", format!("{path}/versions/1"), None),
            ("GET", format!("{path}/versions/diff?from=1&to=1"), None),
            ("GET", format!("{path}/references"), None),
            ("POST", "/documents/article".to_owned(), Some(json!({"data": {"title": "x"}}))),
            ("PATCH", path.clone(), Some(json!({"data": {"title": "x"}, "baseVersion": revision}))),
            ("DELETE", path.clone(), None),
            ("POST", format!("{path}/publish"), Some(json!({}))),
            ("POST", format!("{path}/unpublish"), Some(json!({}))),
            ("POST", format!("{path}/discard"), Some(json!({}))),
            ("POST", format!("{path}/duplicate"), None),
            ("POST", format!("{path}/restore"), None),
            ("POST", format!("{path}/erase"), None),
            ("POST", format!("{path}/move"), Some(json!({}))),
            ("POST", format!("{path}/copy-locale"), Some(json!({"from": "en", "to": "en"}))),
            ("POST", format!("{path}/versions/1/restore"), Some(json!({}))),
        ] {
            reader.send(method, &path, body.clone(), &[]).refused(403);
            Client::nobody(&server).send(method, &path, body.clone(), &[]).refused(401);
            let other = path.replace("article", "nothing");
            admin.send(method, &other, body.clone(), &[]).refused(404);
            let stranger = path.replace(&id, &"z".repeat(24));
            if stranger != path {
                admin.send(method, &stranger, body, &[]).refused(404);
            }
        }
        author.post(&format!("{path}/publish"), json!({})).refused(403);
        author.post("/documents/article", json!({"data": {"title": "x"}, "publish": true})).refused(403);
        assert_eq!(state(), before);
    }

    fn documents_of_all_types_are_found_by_their_words_as_drafts(site) {
        site.push(&blog());
        let server = site.serve();
        let editor = Client::with_role(site, &server, "editor");
        let author = Client::with_role(site, &server, "author");
        let (id, revision) = create(&editor, "article", json!({"title": "The lighthouse", "note": "hush"}));
        editor.post(&format!("/documents/article/{id}/publish"), json!({})).ok();
        editor.send("PATCH", &format!("/documents/article/{id}"), Some(json!({"data": {"title": "The old lighthouse"}, "baseVersion": revision})), &[]).ok();
        create(&editor, "authors", json!({"name": "Ada <Lighthouse>"}));
        let find = |client: &Client<'_>, query: &str| client.get(&format!("/search?{query}")).ok()["documents"].clone();
        within(Duration::from_secs(30), || {
            // What was written last is indexed last.
            let (old, all) = (find(&editor, "q=lighthouse%20old"), find(&editor, "q=lighthouse"));
            let is_there = old[0]["title"] == "The old lighthouse" && all.as_array().is_some_and(|all| all.len() == 2);
            if is_there { Ok(()) } else { Err(format!("{old} {all}")) }
        });
        let found = find(&editor, "q=lighth");
        let said: Vec<(&str, &str, &str)> = found.as_array().unwrap().iter()
            .map(|d| (d["type"].as_str().unwrap(), d["title"].as_str().unwrap(), d["status"].as_str().unwrap())).collect();
        assert!(said.contains(&("article", "The old lighthouse", "modified")) && said.contains(&("author", "Ada <Lighthouse>", "published")), "{said:?}");
        let marked = found.as_array().unwrap().iter().find(|d| d["type"] == "author").unwrap();
        assert_eq!(marked["highlights"]["name"], "Ada &lt;<mark>Lighthouse</mark>&gt;");
        assert_eq!(find(&editor, "q=lighthouse&types=articles&pagination[pageSize]=1").as_array().unwrap().len(), 1);
        // The drafts of others are not there; of a type without drafts what is read is.
        let found = find(&author, "q=lighthouse");
        assert!(found.as_array().unwrap().iter().all(|d| d["type"] == "author"), "{found}");
        assert_eq!(editor.get("/search?q=x&status=draft").refused(400).places(), ["status"]);
        assert_eq!(editor.get("/search?q=x&types=kings").refused(400).places(), ["types"]);
        Client::nobody(&server).get("/search?q=x").refused(401);
    }
}
