//! From an address on the website to its document, and the site's languages.

use crate::app::TestApp;
use crate::http::{Server, role};
use masthead_model::Action;
use masthead_model::check::{self, Schema};
use serde_json::{Value, json};

fn pages(app: &TestApp) {
    app.push_locales(&["en", "de"]);
    app.push(&[
        json!({"kind": "collection", "singular": "post", "plural": "posts", "urlPattern": "/{locale}/blog/{slug}", "fields": [
            {"name": "title", "type": "string", "localized": true}, {"name": "n", "type": "integer"},
            {"name": "slug", "type": "slug", "localized": true}]}),
        json!({"kind": "single", "singular": "about", "urlPattern": "/about", "fields": [{"name": "text", "type": "text"}]}),
        json!({"kind": "collection", "singular": "note", "plural": "notes", "fields": [{"name": "text", "type": "text"}]}),
    ]);
}

on_both! {
    async fn an_address_leads_to_its_document_and_a_former_one_to_the_new(app) {
        pages(&app);
        app.allow("public", Action::Read, "*").await;
        let id = app.publish_new("post", json!({"title": "Hello", "slug": "hello"})).await.document_id;
        let about = app.publish_new("about", json!({"text": "We"})).await.document_id;
        let server = Server::start(&app).await;
        let found = server.get("/api/resolve?path=/en/blog/hello", None).await;
        let expected = json!({"type": "post", "documentId": id, "locale": "en", "path": "/en/blog/hello",
            "api": format!("/api/posts/{id}")});
        assert_eq!((found.status, &found.json()), (200, &json!({"data": expected, "meta": {}})));
        assert!(found.header("cache-tag").contains(&id) && found.header("etag").len() > 4);
        for same in ["/en/blog/hello/", "%2Fen%2Fblog%2Fhello", "/en/blog/h%2565llo"] {
            let answer = server.get(&format!("/api/resolve?path={same}"), None).await;
            assert_eq!((answer.status, &answer.json()["data"]), (200, &expected), "{same}");
        }
        let single = server.get("/api/resolve?path=/about", None).await.json();
        assert_eq!((&single["data"]["api"], &single["data"]["documentId"]), (&json!("/api/about"), &json!(about)));
        // Once is from the database, twice from memory, and neither is too old.
        server.get("/api/resolve?path=/en/blog/hello", None).await;
        app.save(&id, json!({"slug": "hello-world"})).await.unwrap();
        assert_eq!(server.get("/api/resolve?path=/en/blog/hello", None).await.json()["data"], expected, "a draft moves nothing");
        app.publish(&id).await.unwrap();
        let moved = server.get("/api/resolve?path=/en/blog/hello", None).await.json();
        assert_eq!((&moved["data"]["redirect"], &moved["data"]["status"]), (&json!("/en/blog/hello-world"), &json!(301)));
        let now = server.get("/api/resolve?path=/en/blog/hello-world", None).await.json();
        assert_eq!((now["data"].get("redirect"), &now["data"]["documentId"]), (None, &json!(id)));
        // Somebody else takes the old address over.
        let other = app.publish_new("post", json!({"title": "Hello", "slug": "hello"})).await.document_id;
        assert_eq!(server.get("/api/resolve?path=/en/blog/hello", None).await.json()["data"]["documentId"], json!(other));
        server.stop().await;
    }

    async fn what_is_not_there_or_not_readable_is_not_found(app) {
        pages(&app);
        role(&app, "public", json!([{"action": "read", "type": "note"}]));
        let draft = app.create("post", json!({"title": "Draft", "slug": "draft"})).await.document_id;
        let id = app.publish_new("post", json!({"title": "Public", "slug": "public"})).await.document_id;
        let server = Server::start(&app).await;
        let asked = async |path: &str| server.get(&format!("/api/resolve?path={path}"), None).await;
        let unknown = asked("/en/blog/xxxxxx").await;
        unknown.assert_refused(404, "NotFoundError");
        // A type that one may not read, a document without a public form, a field of the path that one may not see.
        assert_eq!(asked("/en/blog/public").await.body.replace("public", "xxxxxx"), unknown.body);
        role(&app, "public", json!([{"action": "read", "type": "post", "fields": ["title"]}]));
        assert_eq!(asked("/en/blog/public").await.status, 404);
        role(&app, "public", json!([{"action": "read", "type": "post", "fields": ["title", "slug"]}]));
        assert_eq!(asked("/en/blog/public").await.status, 200);
        assert_eq!((asked("/en/blog/draft").await.status, asked("/de/blog/public").await.status), (404, 404));
        app.publish(&draft).await.unwrap();
        assert_eq!(asked("/en/blog/draft").await.status, 200);
        masthead_core::content::delete(&app.core, &crate::app::OPERATOR, "posts", Some(&id), None).await.unwrap();
        assert_eq!(asked("/en/blog/public").await.status, 404);
        for (query, parameter) in [("", "path"), ("?path=", "path"), ("?path=blog", "path"), ("?path[a]=/b", "path"), ("?path=/a&locale=en", "locale"),
            ("?path=/%00", "path"), ("?path=/%ff", "path")] {
            let refused = server.get(&format!("/api/resolve{query}"), None).await.assert_refused(400, "ValidationError");
            assert_eq!(refused["error"]["details"]["errors"][0]["parameter"], parameter, "{query}");
        }
        server.get(&format!("/api/resolve?path=/{}", "x".repeat(3000)), None).await.assert_refused(400, "ValidationError");
        server.ask("POST", "/api/resolve", &[]).await.assert_refused(405, "MethodNotAllowedError");
        server.stop().await;
    }

    async fn languages_are_listed_as_strapi_lists_them(app) {
        pages(&app);
        let server = Server::start(&app).await;
        server.get("/api/i18n/locales", None).await.assert_refused(404, "NotFoundError");
        app.allow("public", Action::Read, "note").await;
        let list = server.get("/api/i18n/locales", None).await;
        assert_eq!(list.status, 200);
        let codes: Vec<Value> = list.json().as_array().unwrap().iter().map(|l| json!([l["id"], l["code"], l["isDefault"]])).collect();
        assert_eq!(codes, [json!([1, "en", true]), json!([2, "de", false])]);
        assert!(list.json()[0]["name"].as_str().unwrap().contains("en"));
        let known = server.ask("GET", "/api/i18n/locales", &[("if-none-match", list.header("etag"))]).await;
        assert_eq!(known.status, 304);
        let locales = check::parse_locales(&json!([{"code": "fr", "name": "Français", "default": true}, {"code": "en", "name": "English"},
            {"code": "de", "name": "Deutsch"}]));
        if let Ok(locales) = locales {
            app.push_schema(Schema { locales: Some(locales), ..Schema::default() }).unwrap();
            assert!(server.get("/api/i18n/locales", None).await.body.contains("Fran\u{e7}ais"));
        }
        server.get("/api/i18n/locales?x=1", None).await.assert_refused(400, "ValidationError");
        server.stop().await;
    }
}
