//! The library as editors work with it.

use super::client::{Part, fetch, form, picture, token, upload};
use crate::process::agent;
use serde_json::{Value, json};

on_both_sites! {
    fn files_are_sorted_into_folders_tagged_and_deleted(site) {
        let admin = token(site, "admin");
        let server = site.serve();
        let auth = format!("Bearer {admin}");
        let api = format!("{}/admin/api", server.url);
        let send = |method: &str, path: &str, body: Value| -> (u16, Value) {
            let url = format!("{api}{path}");
            let request = match method {
                "PATCH" => agent().patch(&url),
                _ => agent().post(&url),
            };
            let mut answer = request.header("Authorization", &auth).send_json(body).unwrap();
            (answer.status().as_u16(), answer.body_mut().read_json().unwrap_or_default())
        };
        let get = |path: &str| fetch(&format!("{api}{path}"), &[("Authorization", &auth)]);
        let sent = form(&format!("{api}/media/upload"), Some(&admin), &[Part("files", Some("a.png"), &picture(20, 20))]).ok();
        let a = sent.json()[0]["documentId"].as_str().unwrap().to_owned();
        let b = upload(&server, &admin, "Bücher.txt", b"text")["documentId"].as_str().unwrap().to_owned();
        assert_eq!(form(&format!("{api}/media/upload"), None, &[Part("files", Some("a.png"), b"x")]).status, 401);

        let (status, outer) = send("POST", "/media-folders", json!({"name": "Photos"}));
        assert_eq!(status, 201, "{outer}");
        let (_, inner) = send("POST", "/media-folders", json!({"name": "2026", "parent": outer["id"]}));
        assert_eq!(inner["path"], "/Photos/2026");
        assert_eq!(send("POST", "/media-folders", json!({"name": "Photos"})).0, 409);
        let (inner_id, outer_id) = (inner["id"].as_str().unwrap(), outer["id"].as_str().unwrap());
        let around = send("PATCH", &format!("/media-folders/{outer_id}"), json!({"parent": inner_id}));
        assert_eq!((around.0, &around.1["error"]["details"]["errors"][0]["code"]), (400, &json!("loop")));

        let (status, moved) = send("POST", "/media/bulk", json!({"action": "move", "ids": [&a, "nothing"], "folder": inner_id}));
        assert_eq!((status, &moved["results"][0]["ok"], &moved["results"][1]["ok"]), (200, &json!(true), &json!(false)));
        send("POST", "/media/bulk", json!({"action": "tag", "ids": [&a, &b], "add": ["red", "blue"]}));
        let (status, edited) = send("PATCH", &format!("/media/{b}"), json!({"title": "Bücher", "name": "books", "private": true}));
        assert_eq!((status, &edited["name"], &edited["private"]), (200, &json!("books.txt"), &json!(true)), "{edited}");
        let names = |path: &str| -> Vec<String> {
            let list = get(path).ok().json();
            list["files"].as_array().unwrap().iter().map(|f| f["name"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(names(&format!("/media?folder={inner_id}")), ["a.png"]);
        assert_eq!(names("/media?folder=root"), ["books.txt"]);
        assert_eq!(names("/media?tag=red&sort=name"), ["a.png", "books.txt"]);
        assert_eq!(names("/media?kind=image"), ["a.png"]);
        assert_eq!(names("/media?_q=bucher"), ["books.txt"]);
        assert_eq!(names("/media?private=true"), ["books.txt"]);
        assert_eq!(get("/media?colour=red").status, 400);
        let one = get(&format!("/media/{a}")).ok().json();
        assert_eq!((&one["folder"], &one["tags"]), (&inner["id"], &json!(["blue", "red"])));
        assert_eq!(get(&format!("/media/{a}/usage")).ok().json(), json!({"uses": [], "hidden": 0}));
        let (status, signed) = send("POST", &format!("/media/{a}/address"), json!({"parameters": "w=5&h=5"}));
        assert_eq!(status, 200, "{signed}");
        fetch(&format!("{}{}", server.url, signed["url"].as_str().unwrap()), &[]).ok();

        let remove = |path: &str| agent().delete(format!("{api}{path}")).header("Authorization", &auth).call().unwrap().status();
        assert_eq!(remove(&format!("/media-folders/{inner_id}")), 409, "it is not empty");
        assert_eq!(remove(&format!("/media/{a}")), 204);
        assert_eq!(names("/media?trashed=true"), ["a.png"]);
        assert_eq!(send("POST", &format!("/media/{a}/restore"), json!({})).0, 200);
        assert_eq!(send("POST", &format!("/media/{a}/erase"), json!({})).0, 409);
        assert_eq!(remove(&format!("/media/{a}")), 204);
        assert_eq!(send("POST", &format!("/media/{a}/erase"), json!({})).0, 204);
        assert_eq!(get(&format!("/media/{a}")).status, 404);
        assert_eq!(remove(&format!("/media-folders/{inner_id}")), 204);
    }

    fn an_author_changes_its_own_files_and_no_others(site) {
        let (author, editor) = (token(site, "author"), token(site, "editor"));
        let server = site.serve();
        let of_editor = upload(&server, &editor, "e.png", &picture(9, 9));
        let of_author = upload(&server, &author, "a.png", &picture(9, 9));
        let edit = |file: &Value, token: &str| {
            let info = [Part("fileInfo", None, br#"{"caption": "C"}"#)];
            form(&format!("{}/api/upload?id={}", server.url, file["id"]), Some(token), &info).status
        };
        assert_eq!((edit(&of_author, &author), edit(&of_editor, &author)), (200, 403));
        assert_eq!((edit(&of_author, &editor), edit(&of_editor, &editor)), (200, 200));
        site.run(&["role", "deny", "editor", "update", "*"]).ok();
        assert_eq!(edit(&of_editor, &editor), 403);
        site.run(&["role", "allow", "editor", "update", "upload"]).ok();
        assert_eq!(edit(&of_editor, &editor), 200);
    }
}
