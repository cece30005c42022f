//! Saved views.

use super::client::Client;
use super::documents::blog;
use serde_json::json;

on_both_sites! {
    fn views_are_own_or_shared(site) {
        site.push(&blog());
        let server = site.serve();
        let [admin, editor, reader] = ["admin", "editor", "reader"].map(|role| Client::with_role(site, &server, role));
        let view = json!({"name": "Popular", "query": "filters[views][$gt]=10&sort=views:desc&status=modified", "columns": ["title", "views", "savedBy"]});
        let made = editor.post("/types/article/views", view.clone()).ok();
        assert_eq!((&made["own"], &made["shared"], &made["owner"]), (&json!(true), &json!(false), &json!("token:editor")));
        editor.post("/types/articles/views", view.clone()).refused(409);
        assert_eq!(admin.get("/types/article/views").ok()["views"], json!([]));
        let path = format!("/views/{}", made["id"].as_str().unwrap());
        let shared = editor.send("PUT", &path, Some(json!({"name": "All", "shared": true})), &[]).ok();
        assert_eq!((&shared["name"], &shared["query"]), (&json!("All"), &json!("")));
        let seen = admin.get("/types/article/views").ok();
        assert_eq!((&seen["views"][0]["name"], &seen["views"][0]["own"]), (&json!("All"), &json!(false)));

        for (body, place) in [
            (json!({"name": ""}), "/name"),
            (json!({"name": "x", "query": "filters[nothing][$eq]=1"}), "/query"),
            (json!({"name": "x", "columns": ["title", "nothing"]}), "/columns/1"),
            (json!({"query": ""}), "/name"),
        ] {
            assert_eq!(editor.post("/types/article/views", body).refused(400).places(), [place]);
        }
        reader.get("/types/article/views").refused(403);
        reader.post("/types/article/views", view.clone()).refused(403);
        reader.send("PUT", &path, Some(view.clone()), &[]).refused(404);
        reader.delete(&path).refused(404);
        editor.get("/types/nothing/views").refused(404);
        assert_eq!(admin.get("/types/article/views").ok(), seen, "what was refused changed nothing");
        admin.delete(&path).ok();
        editor.delete(&path).refused(404);
    }
}
