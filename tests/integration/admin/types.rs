//! Types as a caller sees them.

use super::client::Client;
use serde_json::{Value, json};

fn blog() -> Vec<Value> {
    vec![
        json!({"kind": "component", "singular": "seo", "fields": [{"name": "metaTitle", "type": "string"}]}),
        json!({"kind": "component", "singular": "unused", "fields": [{"name": "x", "type": "string"}]}),
        json!({"kind": "collection", "singular": "author", "plural": "authors", "fields": [
            {"name": "name", "type": "string"}]}),
        json!({"kind": "collection", "singular": "article", "plural": "articles", "orderable": true, "fields": [
            {"name": "title", "type": "string", "required": true, "maxLength": 80},
            {"name": "kind", "type": "enumeration", "values": ["news", {"value": "essay", "label": "An essay"}]},
            {"name": "seo", "type": "component", "component": "seo"},
            {"name": "author", "type": "relation", "targets": ["author"], "inverse": "articles"}]}),
    ]
}

on_both_sites! {
    fn types_come_with_their_fields_rights_and_counts(site) {
        site.push(&blog());
        let server = site.serve();
        let admin = Client::with_role(site, &server, "admin");
        let list = admin.get("/types").ok();
        let ids: Vec<&str> = list["types"].as_array().unwrap().iter().map(|t| t["id"].as_str().unwrap()).collect();
        assert_eq!(ids, ["article", "author", "seo", "unused"]);
        let article = &list["types"][0];
        assert_eq!(article["fields"][0], json!({"id": "title", "name": "title", "type": "string", "required": true, "maxLength": 80}));
        assert_eq!((&article["orderable"], &article["counts"]), (&json!(true), &Value::Null));
        assert!(article.get("storage").is_none());
        assert_eq!(list["types"][1]["inverses"], json!([{"name": "articles", "source": "article", "field": "author"}]));

        let editor = Client::with_role(site, &server, "editor");
        for (title, publish, then) in [("a", false, false), ("b", true, false), ("c", true, true)] {
            let status = if publish { "" } else { "?status=draft" };
            let made = editor.post(&format!("/api/articles{status}"), json!({"data": {"title": title}})).ok();
            if then {
                let path = format!("/api/articles/{}?status=draft", made["data"]["documentId"].as_str().unwrap());
                editor.send("PUT", &path, Some(json!({"data": {"title": "changed"}})), &[]).ok();
            }
        }
        let counted = editor.get("/types/articles").ok();
        assert_eq!(counted["counts"], json!({"draft": 1, "published": 1, "modified": 1, "trashed": 0}));
        let list = editor.get("/types?counts=true").ok();
        assert_eq!(list["types"][0]["counts"]["modified"], 1);
        assert_eq!(list["types"][1]["counts"], json!({"draft": 0, "published": 0, "modified": 0, "trashed": 0}));
        let ids: Vec<&str> = list["types"].as_array().unwrap().iter().map(|t| t["id"].as_str().unwrap()).collect();
        assert_eq!(ids, ["article", "author", "seo"], "a component that it can meet");
        assert_eq!(counted["may"].as_array().unwrap().len(), 7);
    }

    fn a_type_that_one_may_not_know_is_like_none(site) {
        site.push(&blog());
        site.write("roles/writer.json", json!({"name": "writer", "permissions": [
            {"action": "create", "type": "author"},
            {"action": "read", "type": "article", "fields": ["title"]}]}).to_string());
        site.write("pushed/roles/writer.json", site.read("roles/writer.json"));
        site.run(&["schema", "push", "pushed", "--apply"]).ok();
        let server = site.serve();
        let writer = Client::with_role(site, &server, "writer");
        let list = writer.get("/types").ok();
        let ids: Vec<&str> = list["types"].as_array().unwrap().iter().map(|t| t["id"].as_str().unwrap()).collect();
        assert_eq!(ids, ["article", "author"]);
        assert_eq!(list["types"][0]["fields"].as_array().unwrap().len(), 1);
        assert_eq!(list["types"][0]["may"], json!(["read"]));
        let unknown = writer.get("/types/nothing").refused(404).body["error"].clone();
        assert_eq!(writer.get("/types/seo").refused(404).body["error"], unknown);
    }
}
