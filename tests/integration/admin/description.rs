//! `/openapi.json`, `openapi.yaml` and `/docs`.

use super::client::Client;
use crate::process::{Site, agent};
use serde_json::{Value, json};

pub fn blog() -> Vec<Value> {
    vec![
        json!({"kind": "component", "singular": "shared.seo", "fields": [{"name": "metaTitle", "type": "string"}, {"name": "hush", "type": "string", "private": true}]}),
        json!({"kind": "component", "singular": "quote", "fields": [{"name": "text", "type": "text"}, {"name": "by", "type": "relation", "targets": ["author"]}]}),
        json!({"kind": "collection", "singular": "author", "plural": "authors", "fields": [{"name": "name", "type": "string", "required": true}]}),
        json!({"kind": "collection", "singular": "article", "plural": "articles", "fields": [
            {"name": "title", "type": "string", "required": true},
            {"name": "kind", "type": "enumeration", "values": ["news", "essay"]},
            {"name": "secret", "type": "string", "private": true},
            {"name": "views", "type": "integer"},
            {"name": "author", "type": "relation", "targets": ["author"], "inverse": "articles"},
            {"name": "seo", "type": "component", "component": "shared.seo"},
            {"name": "body", "type": "rich_text"},
            {"name": "sections", "type": "blocks", "components": ["quote", "shared.seo"]}]}),
        json!({"kind": "single", "singular": "home", "fields": [{"name": "headline", "type": "string"}]}),
    ]
}

/// Every `$ref` leads somewhere.
fn assert_whole(document: &Value) {
    fn look(document: &Value, at: &Value) {
        match at {
            Value::Object(map) => {
                if let Some(Value::String(reference)) = map.get("$ref") {
                    let pointer = reference.strip_prefix('#').unwrap();
                    assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
                }
                map.values().for_each(|v| look(document, v));
            }
            Value::Array(list) => list.iter().for_each(|v| look(document, v)),
            _ => {}
        }
    }
    look(document, document);
    assert!(!document.to_string().contains("#/components/schemas/null"));
}

fn paths(document: &Value) -> Vec<&str> {
    document["paths"].as_object().unwrap().keys().map(String::as_str).filter(|p| p.starts_with("/api")).collect()
}

on_both_sites! {
    fn the_description_shows_what_the_caller_may_read_and_nothing_else(site) {
        site.push(&blog());
        site.run(&["role", "allow", "public", "read", "article"]).ok();
        let server = site.serve();
        let nobody = Client::nobody(&server).get("/openapi.json");
        let etag = nobody.header("etag").to_owned();
        assert_eq!(nobody.header("cache-control"), "public, max-age=0, must-revalidate");
        let public = nobody.ok();
        assert_whole(&public);
        assert_eq!(paths(&public), ["/api/articles/{documentId}", "/api/articles", "/api/resolve", "/api/i18n/locales", "/api/search",
            "/api/search/suggest"]);
        let text = public.to_string();
        for hidden in ["secret", "hush", "author", "headline", "listTypes", "SystemInfo"] {
            assert!(!text.contains(hidden), "{hidden}");
        }
        let entry = &public["components"]["schemas"]["ArticleEntry"];
        assert_eq!(entry["required"], json!(["id", "documentId", "title"]));
        assert_eq!(entry["properties"]["kind"], json!({"type": "string", "enum": ["news", "essay", null], "nullable": true}));
        let blocks = &entry["properties"]["sections"]["items"];
        assert_eq!(blocks["discriminator"]["mapping"]["quote"], "#/components/schemas/QuoteBlock");
        assert!(public["paths"]["/api/articles"]["post"].is_null());
        assert_eq!(Client::nobody(&server).send("GET", "/openapi.json", None, &[("If-None-Match", &etag)]).status, 304);

        let admin = Client::with_role(site, &server, "admin");
        let all = admin.get("/openapi.json").ok();
        assert_whole(&all);
        assert!(all["paths"]["/admin/api/types"]["get"]["operationId"] == "listTypes", "{:?}", paths(&all));
        assert!(all["paths"]["/api/articles"]["post"].is_object() && all["paths"]["/api/home"]["put"].is_object());
        let entry = &all["components"]["schemas"]["ArticleEntry"]["properties"];
        assert_eq!(entry["author"]["nullable"], true);
        assert_eq!(all["components"]["schemas"]["AuthorEntry"]["properties"]["articles"]["type"], "array");
        assert_eq!(admin.send("GET", "/openapi.json", None, &[]).header("cache-control"), "private, no-cache");
        let own = agent().get(format!("{}/admin/api/openapi.json", server.url))
            .header("Authorization", format!("Bearer {}", admin.token.clone().unwrap())).call().unwrap();
        assert_eq!(own.headers()["cache-control"], "private, no-cache");

        site.run(&["role", "allow", "public", "read", "author"]).ok();
        let changed = crate::process::within(std::time::Duration::from_secs(5), || {
            let now = Client::nobody(&server).get("/openapi.json");
            if now.header("etag") != etag { Ok(now) } else { Err("it is the same".to_owned()) }
        });
        assert!(changed.ok().to_string().contains("AuthorEntry"));
    }
}

#[test]
fn the_description_in_the_repository_is_what_the_program_prints() {
    let site = Site::fresh(crate::app::On::Sqlite).unwrap();
    let printed = site.run(&["openapi"]).ok();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.yaml");
    let kept = std::fs::read_to_string(file).unwrap_or_default();
    assert!(printed == kept, "openapi.yaml is stale: cargo run -- openapi > openapi.yaml");
}

#[test]
fn the_pages_of_the_description_need_nothing_from_elsewhere() {
    let site = Site::fresh(crate::app::On::Sqlite).unwrap();
    let server = site.serve();
    for (path, kind) in
        [("/docs", "text/html"), ("/docs/docs.js", "text/javascript"), ("/docs/rapidoc.js", "text/javascript")]
    {
        let mut page = agent().get(format!("{}{path}", server.url)).call().unwrap();
        assert_eq!(page.status(), 200);
        assert!(page.headers()["content-type"].to_str().unwrap().starts_with(kind));
        let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'self'"), "{policy}");
        let text = page.body_mut().read_to_string().unwrap();
        assert!(path == "/docs/rapidoc.js" || !text.contains("//"), "{text}");
    }
}
