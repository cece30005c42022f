//! A private file for one who may not read files: its bytes, its size, that it exists, and its pictures are out of reach.

use super::client::{Part, fetch, form, picture, token, upload};
use crate::process::agent;
use serde_json::{Value, json};

on_both_sites! {
    fn for_one_without_the_right_a_private_file_is_like_none(site) {
        site.push(&[json!({"kind": "collection", "singular": "page", "plural": "pages", "draftAndPublish": true, "fields": [
            {"name": "title", "type": "string"}, {"name": "cover", "type": "media"},
            {"name": "gallery", "type": "media", "many": true}, {"name": "body", "type": "rich_text"}]})]);
        let admin = token(site, "admin");
        let server = site.serve();
        let auth = format!("Bearer {admin}");
        // One role reads pages and files; the other one reads and writes pages, and brings files of its own.
        let may = |role: &str, permissions: &[(&str, &str)]| {
            let list: Vec<Value> = permissions.iter().map(|(action, ty)| json!({"action": action, "type": ty})).collect();
            let put = agent().put(format!("{}/admin/api/roles/{role}", server.url)).header("Authorization", &auth);
            let mut answer = put.send_json(json!({ "permissions": list })).unwrap();
            assert!(answer.status().is_success(), "{}", answer.body_mut().read_to_string().unwrap());
            token(site, role)
        };
        let archivist = may("archivist", &[("read", "page"), ("read", "upload")]);
        let pages = [("read", "page"), ("read_draft", "page"), ("create", "page"), ("update", "page"), ("publish", "page"), ("create", "upload")];
        let clerk = may("clerk", &pages);
        let of = |token: &str| format!("Bearer {token}");

        // One that was, and is no more: nothing has its id and its number.
        let gone = upload(&server, &admin, "gone.txt", b"gone");
        let (none, number) = (gone["documentId"].as_str().unwrap(), gone["id"].to_string());
        let erase = |method: &str, path: &str| {
            let request = ureq::http::Request::builder().method(method).uri(format!("{}/admin/api/media/{none}{path}", server.url));
            let answer = agent().run(request.header("Authorization", &auth).body(()).unwrap()).unwrap();
            assert_eq!(answer.status(), 204, "{method} {path}");
        };
        erase("DELETE", "");
        erase("POST", "/erase");
        let bytes = picture(1200, 600);
        let secret = upload(&server, &admin, "secret.png", &bytes);
        let id = secret["documentId"].as_str().unwrap();
        let image = json!({"type": "doc", "content": [{"type": "image", "attrs": {"asset": id, "alt": "A"}}]});
        let post = |auth: &str, data: Value| {
            let mut answer = agent().post(format!("{}/api/pages", server.url)).header("Authorization", auth).send_json(json!({"data": data})).unwrap();
            (answer.status().as_u16(), answer.body_mut().read_json::<Value>().unwrap())
        };
        assert_eq!(post(&auth, json!({"title": "With", "cover": id, "gallery": [id], "body": image})).0, 201);
        assert_eq!(post(&auth, json!({"title": "Without"})).0, 201);
        let info = [Part("fileInfo", None, br#"{"private": true, "alternativeText": "A secret place"}"#)];
        form(&format!("{}/api/upload?id={id}", server.url), Some(&admin), &info).ok();

        // By any address that ever led to it, and by any method: as an id that nothing has.
        let url = secret["url"].as_str().unwrap();
        let etag = format!("\"{}\"", url.split('/').nth(3).unwrap());
        let small = secret["formats"]["small"]["url"].as_str().unwrap();
        for address in [url, small, &format!("{url}?w=640&format=auto"), &format!("{url}?w=9&h=9&s=AAAAAAAAAAAAAAAAAAAAAA"),
            &format!("{url}?e=99999999999&s=AAAAAAAAAAAAAAAAAAAAAA"), &format!("/media/{id}/secret.png"), &format!("/media/{id}/0000000000000000/secret.png"),
            &format!("/api/upload/files/{id}"), &format!("/api/upload/files/{}", secret["id"])] {
            let absent = address.replace(id, none).replace(&secret["id"].to_string(), &number);
            for asked in [vec![], vec![("Range", "bytes=0-9")], vec![("If-None-Match", etag.as_str())], vec![("If-None-Match", "*")]] {
                for auth in [None, Some(of(&clerk))] {
                    let mut headers = asked.clone();
                    headers.extend(auth.iter().map(|auth| ("Authorization", auth.as_str())));
                    let (got, nothing) = (fetch(&format!("{}{address}", server.url), &headers), fetch(&format!("{}{absent}", server.url), &headers));
                    assert_eq!((got.status, nothing.status), (404, 404), "{address} {asked:?}");
                    let said = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(id, none).replace(&secret["id"].to_string(), &number);
                    assert_eq!(said(got.bytes), said(nothing.bytes), "{address} {asked:?}");
                    let names = |got: &ureq::http::HeaderMap| got.keys().map(ToString::to_string).collect::<Vec<_>>();
                    assert_eq!(names(&got.headers), names(&nothing.headers), "{address} {asked:?}");
                }
            }
            let head = agent().head(format!("{}{address}", server.url)).header("Authorization", of(&clerk)).call().unwrap();
            assert_eq!(head.status(), 404, "{address}");
        }

        // In documents, and in what is asked about them.
        let read = |auth: &str, query: &str| fetch(&format!("{}/api/pages?{query}", server.url), &[("Authorization", auth)]);
        let (clerks, archivists) = (of(&clerk), of(&archivist));
        for query in ["populate=*&sort=title", "populate=*&sort=title&status=draft", "populate=*&sort=title&richText=html"] {
            let got = read(&clerks, query).ok().json();
            assert_eq!((&got["data"][0]["cover"], &got["data"][0]["gallery"]), (&Value::Null, &json!([])), "{query}: {got}");
            let text = got.to_string();
            for word in ["secret", "A secret place", url] {
                assert!(!text.contains(word), "{query}: {text}");
            }
        }
        let titles = |auth: &str, query: &str| -> Vec<String> {
            let got = read(auth, &format!("{query}&sort=title")).ok().json();
            assert_eq!(got["meta"]["pagination"]["total"], got["data"].as_array().unwrap().len());
            got["data"].as_array().unwrap().iter().map(|d| d["title"].as_str().unwrap().to_owned()).collect()
        };
        for field in ["cover", "gallery"] {
            let (with, without) = (format!("filters[{field}][$notNull]=true"), format!("filters[{field}][$null]=true"));
            assert_eq!((titles(&clerks, &with), titles(&clerks, &without)), (vec![], vec!["With".to_owned(), "Without".to_owned()]));
            assert_eq!(titles(&archivists, &with), ["With"]);
        }
        let outcome = |named: Value| {
            let (status, said) = post(&clerks, json!({"title": "Mine", "cover": named}));
            (status, said["error"]["details"].to_string().replace(id, none).replace(&secret["id"].to_string(), &number))
        };
        assert_eq!(outcome(json!(id)), outcome(json!(none)));
        assert_eq!(outcome(secret["id"].clone()), outcome(gone["id"].clone()));
        assert_eq!(outcome(json!(id)).0, 400);

        // In the library.
        let asked = |method: &str, path: &str| {
            let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", server.url));
            request = request.header("Authorization", &clerks).header("Content-Type", "application/json");
            agent().run(request.body("{}".to_owned()).unwrap()).unwrap().status().as_u16()
        };
        for (method, path) in [("GET", ""), ("GET", "/usage"), ("PATCH", ""), ("DELETE", "?force=true"), ("POST", "/restore"), ("POST", "/erase"), ("POST", "/address")] {
            let at = |id: &str| asked(method, &format!("/admin/api/media/{id}{path}"));
            assert_eq!((at(id), at(none)), (404, 404), "{method} {path}");
        }
        assert_eq!(asked("GET", "/admin/api/media"), 403);
        let replaced = form(&format!("{}/api/upload?id={id}", server.url), Some(&clerk), &[Part("files", Some("x.png"), &bytes)]);
        assert_eq!(replaced.status, 404);
        // Whoever has the same bytes learns nothing by bringing them: another file, with nothing of the first one.
        let own = upload(&server, &clerk, "mine.png", &bytes);
        assert_ne!(own["documentId"], secret["documentId"]);
        assert_eq!((&own["name"], &own["alternativeText"]), (&json!("mine.png"), &Value::Null));

        // With the right, or an address that ends, all of it.
        let seen = read(&archivists, "populate=*&sort=title").ok().json();
        let cover = &seen["data"][0]["cover"];
        assert_eq!((&cover["documentId"], &cover["alternativeText"]), (&json!(id), &json!("A secret place")));
        for address in [&cover["url"], &cover["formats"]["small"]["url"], &seen["data"][0]["gallery"][0]["url"]] {
            let address = address.as_str().unwrap();
            assert!(address.contains("e=") && address.contains("s="), "{address}");
            let got = fetch(&format!("{}{address}", server.url), &[]).ok();
            assert_eq!(got.header("cache-control"), "private, no-store");
            assert_eq!(fetch(&format!("{}{}", server.url, address.replace("e=", "e=1")), &[]).status, 404);
        }
        assert!(fetch(&format!("{}{url}", server.url), &[("Authorization", &archivists)]).ok().bytes == bytes);
    }
}
