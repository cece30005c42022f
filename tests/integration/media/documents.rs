//! Files in documents.

use super::client::{fetch, picture, token, upload};
use crate::process::agent;
use serde_json::{Value, json};

fn types() -> [Value; 2] {
    [
        json!({"kind": "component", "singular": "figure", "fields": [
            {"name": "shown", "type": "media", "kinds": ["image"]}, {"name": "note", "type": "string"}]}),
        json!({"kind": "collection", "singular": "page", "plural": "pages", "draftAndPublish": true, "fields": [
            {"name": "title", "type": "string"}, {"name": "cover", "type": "media", "kinds": ["image"]},
            {"name": "gallery", "type": "media", "many": true}, {"name": "body", "type": "rich_text"},
            {"name": "parts", "type": "blocks", "components": ["figure"]}]}),
    ]
}

fn post(url: &str, auth: &str, data: Value) -> (u16, Value) {
    let mut answer = agent().post(url).header("Authorization", auth).send_json(json!({ "data": data })).unwrap();
    (answer.status().as_u16(), answer.body_mut().read_json().unwrap())
}

on_both_sites! {
    fn documents_show_files_and_hold_on_to_them(site) {
        site.push(&types());
        site.run(&["role", "allow", "public", "read", "page"]).ok();
        let admin = token(site, "admin");
        let server = site.serve();
        let auth = format!("Bearer {admin}");
        let (a, b) = (upload(&server, &admin, "a.png", &picture(600, 300)), upload(&server, &admin, "b.png", &picture(30, 30)));
        let (a_id, b_id) = (a["documentId"].as_str().unwrap(), b["documentId"].as_str().unwrap());
        let pages = format!("{}/api/pages", server.url);
        let body = json!({"type": "doc", "content": [{"type": "image", "attrs": {"asset": b_id, "alt": "B"}}]});
        let (status, made) = post(&pages, &auth, json!({"title": "T", "cover": a["id"], "gallery": [b_id, a_id], "body": body,
            "parts": [{"__component": "figure", "note": "n", "shown": b_id}]}));
        assert_eq!(status, 201, "{made}");
        let got = fetch(&format!("{pages}?populate=*&richText=html"), &[]).ok().json();
        let page = &got["data"][0];
        assert_eq!(page["cover"]["documentId"], a_id, "{page}");
        assert_eq!(page["cover"]["formats"]["small"]["width"], 500);
        assert_eq!((&page["gallery"][0]["documentId"], &page["gallery"][1]["documentId"]), (&json!(b_id), &json!(a_id)));
        assert!(page["body"].as_str().unwrap().contains(b["url"].as_str().unwrap()), "{page}");
        let nested = fetch(&format!("{pages}?populate[parts][populate]=*&populate[cover][fields]=url"), &[]).ok().json();
        assert_eq!(nested["data"][0]["parts"][0]["shown"]["name"], "b.png", "{nested}");
        let cover = &nested["data"][0]["cover"];
        assert_eq!((&cover["url"], &cover["name"]), (&a["url"], &json!(null)), "only what was asked for: {cover}");
        let with = |filter: &str| fetch(&format!("{pages}?{filter}"), &[]).ok().json()["meta"]["pagination"]["total"].clone();
        assert_eq!((with("filters[cover][$notNull]=true"), with("filters[cover][$null]=true")), (json!(1), json!(0)));

        let unknown = post(&pages, &auth, json!({"title": "U", "cover": "aaaaaaaaaaaaaaaaaaaaaaaa"}));
        assert_eq!((unknown.0, &unknown.1["error"]["details"]["errors"][0]["pointer"]), (400, &json!("/data/cover")));
        let text = upload(&server, &admin, "t.txt", b"plain");
        let kind = post(&pages, &auth, json!({"title": "U", "cover": text["id"]}));
        assert_eq!((kind.0, &kind.1["error"]["details"]["errors"][0]["code"]), (400, &json!("wrong_kind")), "{kind:?}");

        let delete = |target: &str| {
            agent().delete(format!("{}/api/upload/files/{target}", server.url)).header("Authorization", &auth).call().unwrap()
        };
        let mut held = delete(a_id);
        assert_eq!(held.status(), 409);
        let said = held.body_mut().read_to_string().unwrap();
        assert!(said.contains("cover") && said.contains("gallery"), "{said}");
        assert_eq!(delete(&format!("{a_id}?force=true")).status(), 200);
        let after = fetch(&format!("{pages}?populate=*"), &[]).ok().json();
        assert_eq!((&after["data"][0]["cover"], after["data"][0]["gallery"].as_array().unwrap().len()), (&json!(null), 1));
        assert_eq!((with("filters[cover][$notNull]=true"), with("filters[cover][$null]=true")), (json!(0), json!(1)));
        let report = site.run(&["doctor"]);
        assert_eq!(report.code, 0, "{report:?}");
    }

    fn a_private_file_is_out_of_reach_without_the_right(site) {
        site.push(&types());
        for ty in ["page", "*"] {
            site.run(&["role", "allow", "public", "read", ty]).ok();
        }
        let (admin, reader) = (token(site, "admin"), token(site, "reader"));
        let server = site.serve();
        let auth = format!("Bearer {admin}");
        let secret = upload(&server, &admin, "secret.png", &picture(700, 300));
        let id = secret["documentId"].as_str().unwrap();
        let (status, made) = post(&format!("{}/api/pages", server.url), &auth, json!({"title": "T", "cover": id}));
        assert_eq!(status, 201, "{made}");
        let pages = format!("{}/api/pages?populate=*", server.url);
        assert_eq!(fetch(&pages, &[]).json()["data"][0]["cover"]["name"], "secret.png");
        let info = [super::super::client::Part("fileInfo", None, br#"{"private": true}"#)];
        let edited = super::super::client::form(&format!("{}/api/upload?id={id}", server.url), Some(&admin), &info).ok().json();

        assert_eq!(fetch(&pages, &[]).json()["data"][0]["cover"], json!(null), "gone from an answer that was kept");
        let none = fetch(&format!("{}/api/pages?filters[cover][$notNull]=true", server.url), &[]).ok().json();
        assert_eq!(none["data"], json!([]));
        let bytes = format!("{}{}", server.url, secret["url"].as_str().unwrap());
        for address in [bytes.clone(), format!("{bytes}?w=500"), format!("{}/media/{id}/x.png", server.url)] {
            let refused = fetch(&address, &[]);
            let nowhere = fetch(&address.replace(id, "aaaaaaaaaaaaaaaaaaaaaaaa"), &[]);
            assert_eq!((refused.status, nowhere.status), (404, 404), "{address}");
            let plain = String::from_utf8(refused.bytes).unwrap().replace(id, "aaaaaaaaaaaaaaaaaaaaaaaa");
            assert_eq!(plain, String::from_utf8(nowhere.bytes).unwrap(), "a private file looks like none");
        }
        assert_eq!(fetch(&format!("{}/api/upload/files/{id}", server.url), &[]).status, 404);
        assert_eq!(fetch(&format!("{}/api/upload/files", server.url), &[]).status, 403);

        let own = fetch(&bytes, &[("Authorization", &format!("Bearer {reader}"))]).ok();
        assert_eq!(own.header("cache-control"), "private, no-store");
        let seen = fetch(&pages, &[("Authorization", &format!("Bearer {reader}"))]).ok().json();
        let address = seen["data"][0]["cover"]["formats"]["small"]["url"].as_str().unwrap();
        let picture = fetch(&format!("{}{address}", server.url), &[]).ok();
        assert_eq!(picture.header("content-type"), "image/webp");
        let long = address.replace("e=", "e=9");
        assert_eq!(fetch(&format!("{}{long}", server.url), &[]).status, 404);
        assert!(edited["url"].as_str().unwrap().contains("&s=") || edited["url"].as_str().unwrap().contains("?e="));
    }
}

on_both_sites! {
    fn files_come_and_go_with_imports_and_exports(site) {
        site.push(&types());
        site.write("in/photos/a b.png", picture(40, 20));
        let lines = [
            json!({"title": "One", "cover": "photos/a b.png", "status": "published"}),
            json!({"title": "Two", "gallery": [{"path": "photos/a b.png", "alternativeText": "Again"}], "status": "published",
                "parts": [{"__component": "figure", "shown": "photos/a b.png"}]}),
            json!({"title": "Three", "cover": "photos/none.png", "status": "published"}),
        ];
        site.write("in/pages.ndjson", lines.map(|l| l.to_string()).join("\n"));
        let said = site.run(&["import", "ndjson", "in/pages.ndjson", "--type", "page"]).fails(1);
        assert!(said.contains("none.png"), "{said}");
        site.run(&["role", "allow", "public", "read", "page"]).ok();
        let admin = token(site, "admin");
        let server = site.serve();
        let got = fetch(&format!("{}/api/pages?populate[cover]=true&populate[gallery]=true&sort=title", server.url), &[]).ok().json();
        let (one, two) = (&got["data"][0], &got["data"][1]);
        assert_eq!((&one["cover"]["name"], &one["cover"]["width"]), (&json!("a b.png"), &json!(40)), "{got}");
        assert_eq!(one["cover"]["documentId"], two["gallery"][0]["documentId"], "one file, however often it is named");
        let send = |method: &str, path: &str, body: Value| {
            let request = ureq::http::Request::builder().method(method).uri(format!("{}/admin/api{path}", server.url));
            let request = request.header("Authorization", format!("Bearer {admin}")).header("Content-Type", "application/json");
            agent().run(request.body(body.to_string()).unwrap()).unwrap().body_mut().read_json::<Value>().unwrap()
        };
        let outer = send("POST", "/media-folders", json!({"name": "Photos"}));
        let inner = send("POST", "/media-folders", json!({"name": "Old", "parent": outer["id"]}));
        send("PATCH", &format!("/media/{}", one["cover"]["documentId"].as_str().unwrap()), json!({"folder": inner["id"], "tags": ["t"]}));
        drop(server);
        site.run(&["export", "media", "out"]).ok();
        let manifest = site.read("out/media.ndjson");
        assert!(manifest.contains("\"folder\":\"/Photos/Old\""), "{manifest}");
        assert_eq!(manifest.lines().count(), 1, "{manifest}");
        let Some(other) = crate::process::Site::fresh(site.on) else { return };
        let out = site.path("out");
        other.run(&["import", "media", out.to_str().unwrap()]).ok();
        let admin = token(&other, "admin");
        let server = other.serve();
        let files = fetch(&format!("{}/api/upload/files", server.url), &[("Authorization", &format!("Bearer {admin}"))]).ok().json();
        assert_eq!(files[0]["documentId"], one["cover"]["documentId"], "{files}");
        let id = files[0]["documentId"].as_str().unwrap();
        let opened = fetch(&format!("{}/admin/api/media/{id}", server.url), &[("Authorization", &format!("Bearer {admin}"))]).ok().json();
        let folders = fetch(&format!("{}/admin/api/media-folders", server.url), &[("Authorization", &format!("Bearer {admin}"))]).ok().json();
        let folder = folders["folders"].as_array().unwrap().iter().find(|f| f["id"] == opened["folder"]).unwrap();
        assert_eq!((&folder["path"], &opened["tags"]), (&json!("/Photos/Old"), &json!(["t"])));
        let bytes = fetch(&format!("{}{}", server.url, files[0]["url"].as_str().unwrap()), &[]).ok().bytes;
        assert!(bytes == picture(40, 20), "the bytes came along");
    }
}
