//! Files over HTTP.

use super::client::{Got, Part, fetch, form, look, picture, token, upload};
use serde_json::json;

on_both_sites! {
    fn a_file_is_uploaded_looked_at_changed_replaced_and_deleted(site) {
        let admin = token(site, "admin");
        let server = site.serve();
        let api = format!("{}/api/upload", server.url);
        let auth = format!("Bearer {admin}");
        let parts = [
            Part("fileInfo", None, br#"{"alternativeText": "Two colours", "caption": "C", "name": "flag.png"}"#),
            Part("files", Some("../../Fl\u{e4}g x.png"), &picture(800, 400)),
        ];
        let file = form(&api, Some(&admin), &parts).ok().json()[0].clone();
        assert_eq!((&file["width"], &file["height"], &file["mime"]), (&json!(800), &json!(400), &json!("image/png")));
        assert_eq!((&file["name"], &file["alternativeText"]), (&json!("flag.png"), &json!("Two colours")));
        assert!(file["placeholder"].is_string() && file["color"].as_str().unwrap().starts_with('#'), "{file}");
        assert_eq!(file["formats"]["small"]["width"], 500);
        let id = file["documentId"].as_str().unwrap();
        let number = file["id"].as_i64().unwrap();

        let one = fetch(&format!("{api}/files/{number}"), &[("Authorization", &auth)]).ok().json();
        assert_eq!(one["documentId"], file["documentId"]);
        let all = fetch(&format!("{api}/files?filters[mime][$contains]=image&sort=name:asc"), &[("Authorization", &auth)]).ok();
        assert_eq!((all.json().as_array().unwrap().len(), all.header("x-total-count")), (1, "1"));
        let none = fetch(&format!("{api}/files?_q=nothing"), &[("Authorization", &auth)]).ok().json();
        assert_eq!(none, json!([]));
        let wrong = fetch(&format!("{api}/files?colour=red"), &[("Authorization", &auth)]);
        assert_eq!((wrong.status, wrong.json()["error"]["details"]["errors"][0]["parameter"].clone()), (400, json!("colour")));

        let info = [Part("fileInfo", None, br#"{"caption": null, "focalPoint": {"x": 90, "y": 50}, "tags": ["a", "b"]}"#)];
        let edited = form(&format!("{api}?id={number}"), Some(&admin), &info).ok().json();
        assert_eq!((&edited["caption"], &edited["focalPoint"]["x"]), (&json!(null), &json!(90.0)));

        let stable = format!("{}/media/{id}/flag.png", server.url);
        let first = fetch(&stable, &[]);
        assert_eq!((first.status, first.header("cache-control")), (302, "no-store"));
        let replaced = form(&format!("{api}?id={id}"), Some(&admin), &[Part("files", Some("n.png"), &picture(60, 60))]);
        assert_eq!(replaced.ok().json()["width"], 60);
        let second = fetch(&stable, &[]);
        assert_ne!(first.header("location"), second.header("location"), "the address of other bytes is another one");
        let old = fetch(&format!("{}{}", server.url, first.header("location")), &[]);
        assert_eq!((old.status, old.header("location")), (302, second.header("location")));

        let gone = agent_delete(&format!("{api}/files/{number}"), &auth);
        assert_eq!(gone, 200);
        assert_eq!(fetch(&stable, &[]).status, 404);
        assert_eq!(fetch(&format!("{api}/files/{number}"), &[("Authorization", &auth)]).status, 404);
    }

    fn bytes_come_back_whole_and_in_parts(site) {
        let admin = token(site, "admin");
        let server = site.serve();
        let bytes: Vec<u8> = (0..300_000u32).map(|i| (i % 251) as u8).collect();
        let file = upload(&server, &admin, "data.bin", &bytes);
        let url = format!("{}{}", server.url, file["url"].as_str().unwrap());
        let whole = fetch(&url, &[]).ok();
        assert_eq!(whole.bytes, bytes);
        assert_eq!(whole.header("cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(whole.header("x-content-type-options"), "nosniff");
        assert!(whole.header("content-disposition").starts_with("attachment") && whole.header("content-security-policy").contains("sandbox"));
        let part = fetch(&url, &[("Range", "bytes=1000-1999")]);
        assert_eq!((part.status, part.header("content-range"), part.header("content-length")), (206, "bytes 1000-1999/300000", "1000"));
        assert_eq!(part.bytes, bytes[1000..2000]);
        let end = fetch(&url, &[("Range", "bytes=-5"), ("If-Range", whole.header("etag"))]);
        assert_eq!((end.status, &end.bytes[..]), (206, &bytes[299_995..]));
        assert_eq!(fetch(&url, &[("Range", "bytes=-5"), ("If-Range", "\"other\"")]).status, 200);
        let beyond = fetch(&url, &[("Range", "bytes=300000-")]);
        assert_eq!((beyond.status, beyond.header("content-range")), (416, "bytes */300000"));
        assert_eq!(fetch(&url, &[("If-None-Match", whole.header("etag"))]).status, 304);
        assert_eq!(fetch(&url, &[("If-Modified-Since", whole.header("last-modified"))]).status, 304);
    }

    fn pictures_are_made_as_asked_for_and_no_others(site) {
        let admin = token(site, "admin");
        let server = site.serve();
        let file = upload(&server, &admin, "flag.png", &picture(1600, 800));
        let id = file["documentId"].as_str().unwrap();
        let url = format!("{}{}", server.url, file["url"].as_str().unwrap());
        let small = fetch(&format!("{url}?w=300&format=webp"), &[]).ok();
        assert_eq!((small.header("content-type"), look(&small.bytes, (0, 0)).0), ("image/webp", 384), "rounded up");
        let again = fetch(&format!("{url}?w=384&format=webp&v=2"), &[]).ok();
        assert_eq!(again.header("etag"), small.header("etag"), "one picture, whatever else stands in the address");
        let large = fetch(&format!("{url}?w=3840"), &[]).ok();
        assert_eq!(look(&large.bytes, (0, 0)).0, 1600, "never larger than it is");
        let auto = fetch(&format!("{url}?w=640&format=auto"), &[("Accept", "image/avif,image/webp,*/*")]).ok();
        assert_eq!((auto.header("content-type"), auto.header("vary")), ("image/webp", "Accept"));
        let plain = fetch(&format!("{url}?w=640&format=auto"), &[("Accept", "image/webp;q=0, */*")]).ok();
        assert_eq!(plain.header("content-type"), "image/png");
        let format = format!("{}{}", server.url, file["formats"]["thumbnail"]["url"].as_str().unwrap());
        let thumbnail = fetch(&format, &[]).ok();
        assert_eq!(look(&thumbnail.bytes, (0, 0)).0, 245);

        let free = fetch(&format!("{url}?w=300&h=300"), &[]);
        assert_eq!((free.status, free.json()["error"]["details"]["errors"][0]["parameter"].clone()), (400, json!("h")));
        let wrong = fetch(&format!("{url}?w=none"), &[]);
        assert_eq!((wrong.status, wrong.json()["error"]["details"]["errors"][0]["parameter"].clone()), (400, json!("w")));
        // What is not signed by us is refused, and what is signed is exact: the focal point is on the right.
        let info = [Part("fileInfo", None, br#"{"focalPoint": {"x": 100, "y": 50}}"#)];
        form(&format!("{}/api/upload?id={id}", server.url), Some(&admin), &info).ok();
        let signed = site.core();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let caller = masthead_core::Caller::Operator;
        let address = masthead_core::media::signed_address(&signed, &caller, id, "w=300&h=300&format=png", 60);
        let address = runtime.block_on(address).unwrap();
        let square = fetch(&format!("{}{address}", server.url), &[]).ok();
        assert_eq!(look(&square.bytes, (299, 150)), (300, 300, [0, 0, 200]), "cut around what matters");
        assert_eq!(fetch(&format!("{}{}", server.url, address.replace("w=300", "w=301")), &[]).status, 403);
        signed.store().close();
        // Other bytes: what was signed for those of before leads to the same picture of these.
        form(&format!("{}/api/upload?id={id}", server.url), Some(&admin), &[Part("files", Some("n.png"), &picture(900, 900))]).ok();
        let moved = fetch(&format!("{}{address}", server.url), &[]);
        assert_eq!(moved.status, 302);
        let there = fetch(&format!("{}{}", server.origin(), moved.header("location")), &[]).ok();
        assert_eq!((look(&there.bytes, (0, 0)).0, there.header("cache-control")), (300, "public, max-age=31536000, immutable"));
    }

    fn a_picture_at_hand_is_answered_like_one_that_is_not(site) {
        let admin = token(site, "admin");
        let port = crate::proxy::free_port();
        let mut command = site.command(&["serve", "--listen", &format!("127.0.0.1:{port}")]);
        command.env("MASTHEAD_PUBLIC_URL", "http://pictures.example/cms");
        let _server = crate::process::Server::start(command, &site.path("server.log"));
        let origin = format!("http://127.0.0.1:{port}");
        let sent = form(&format!("{origin}/cms/api/upload"), Some(&admin), &[Part("files", Some("flag.png"), &picture(900, 450))]);
        let file = sent.ok().json()[0].clone();
        let path = file["url"].as_str().unwrap().rsplit_once("/media/").unwrap().1.to_owned();
        let webp = ("Accept", "image/webp");
        // With the prefix that a proxy leaves and without, for both kinds of readers.
        for base in ["", "/cms"] {
            let url = format!("{origin}{base}/media/{path}?w=384&format=auto");
            for accept in [webp, ("Accept", "*/*")] {
                let seen = |got: &Got| -> Vec<(String, String)> {
                    let own = |name: &str| !["date", "x-request-id"].contains(&name);
                    got.headers.iter().map(|(n, v)| (n.to_string(), v.to_str().unwrap().to_owned())).filter(|(n, _)| own(n)).collect()
                };
                let (first, again) = (fetch(&url, &[accept]).ok(), fetch(&url, &[accept, ("X-Request-Id", "mine")]).ok());
                let (mut before, mut after) = (seen(&first), seen(&again));
                before.sort();
                after.sort();
                assert_eq!(before, after);
                assert!(first.bytes == again.bytes && again.header("x-request-id") == "mine");
                assert!(!fetch(&url, &[accept]).header("x-request-id").is_empty());
                assert_eq!(again.header("content-type"), if accept == webp { "image/webp" } else { "image/png" });
            }
            assert_eq!(fetch(&url, &[webp, ("Host", "evil.example")]).status, 421);
            assert_eq!(fetch(&url, &[webp, ("Host", "pictures.example")]).status, 200);
            let etag = fetch(&url, &[webp]).header("etag").to_owned();
            assert_eq!(fetch(&url, &[webp, ("If-None-Match", &etag)]).status, 304);
            let part = fetch(&url, &[webp, ("Range", "bytes=0-9")]);
            assert_eq!((part.status, part.bytes.len()), (206, 10));
            let head = crate::process::agent().head(&url).call().unwrap();
            assert_eq!(head.status(), 200);
        }
        let info = [Part("fileInfo", None, br#"{"private": true}"#)];
        form(&format!("{origin}/cms/api/upload?id={}", file["id"]), Some(&admin), &info).ok();
        for base in ["", "/cms"] {
            assert_eq!(fetch(&format!("{origin}{base}/media/{path}?w=384&format=auto"), &[webp]).status, 404);
        }
    }

    fn a_sites_own_formats_come_with_every_file(site) {
        let admin = token(site, "admin");
        let mut command = site.command(&["serve", "--listen", "127.0.0.1:0"]);
        command.env("MASTHEAD_IMAGE_FORMATS", "square:w=300&h=300&format=png,wide:w=700&h=100&quality=33&format=jpeg");
        let server = crate::process::Server::start(command, &site.path("server.log"));
        let file = upload(&server, &admin, "flag.png", &picture(800, 400));
        for (name, size) in [("square", (300, 300)), ("wide", (700, 100))] {
            let format = &file["formats"][name];
            assert_eq!((&format["width"], &format["height"]), (&json!(size.0), &json!(size.1)), "{file}");
            let got = fetch(&format!("{}{}", server.url, format["url"].as_str().unwrap()), &[]).ok();
            assert_eq!(got.header("content-type"), format["mime"].as_str().unwrap());
            let (width, height, _) = look(&got.bytes, (0, 0));
            assert_eq!((width, height), size);
        }
        let wrong = site.run(&["serve", "--image-formats", "small:w=1"]).fails(2);
        assert!(wrong.contains("small"), "{wrong}");
    }

    fn a_list_begins_where_it_is_told_to(site) {
        let admin = token(site, "admin");
        let server = site.serve();
        for n in 0..5 {
            upload(&server, &admin, &format!("{n}.txt"), format!("file {n}").as_bytes());
        }
        let auth = format!("Bearer {admin}");
        let names = |query: &str| -> Vec<String> {
            let got = fetch(&format!("{}/api/upload/files?sort=name&{query}", server.url), &[("Authorization", &auth)]).ok();
            assert_eq!(got.header("x-total-count"), "5");
            got.json().as_array().unwrap().iter().map(|f| f["name"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(names("pagination[start]=1&pagination[limit]=2"), ["1.txt", "2.txt"]);
        assert_eq!(names("pagination[page]=2&pagination[pageSize]=3"), ["3.txt", "4.txt"]);
    }

    fn a_list_of_files_is_filtered_like_any_other(site) {
        let admin = token(site, "admin");
        let server = site.serve();
        let started = masthead_core::time::to_text(masthead_core::time::now());
        upload(&server, &admin, "Meadow.png", &picture(300, 200));
        upload(&server, &admin, "stream.png", &picture(100, 400));
        upload(&server, &admin, "words.txt", b"some words");
        let drawing = upload(&server, &admin, "line.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>");
        let auth = format!("Bearer {admin}");
        let ask = |query: &str| {
            let query = query.replace('+', "%2B");
            fetch(&format!("{}/api/upload/files?sort=name&{query}", server.url), &[("Authorization", &auth)])
        };
        let hash = drawing["hash"].as_str().unwrap();
        let id = &drawing["id"];
        for (query, names) in [
            ("filters[mime][$contains]=svg", &["line.svg"][..]),
            ("filters[mime][$contains]=image", &["Meadow.png", "line.svg", "stream.png"]),
            ("filters[mime]=image/svg+xml", &["line.svg"]),
            ("filters[mime][$startsWith]=image/&filters[mime][$ne]=image/png", &["line.svg"]),
            ("filters[$or][0][ext]=.txt&filters[$or][1][name][$endsWith]=.svg", &["line.svg", "words.txt"]),
            ("filters[$and][0][ext]=png&filters[$and][1][width][$gte]=300", &["Meadow.png"]),
            ("filters[width][$lt]=300", &["stream.png"]),
            ("filters[width][$null]=true", &["line.svg", "words.txt"]),
            ("filters[height][$notNull]=true&filters[height][$between][0]=200&filters[height][$between][1]=400", &["Meadow.png", "stream.png"]),
            ("filters[$not][mime][$startsWith]=image/", &["words.txt"]),
            ("filters[sizeInBytes]=10", &["words.txt"]),
            ("filters[size][$lte]=0.01", &["words.txt"]),
            ("filters[name][$contains]=eado", &["Meadow.png"]),
            ("filters[name][$contains]=meadow", &[]),
            ("filters[name][$containsi]=meadow", &["Meadow.png"]),
            ("filters[name][$in][0]=words.txt&filters[name][$in][1]=stream.png", &["stream.png", "words.txt"]),
            ("filters[name][$notIn]=words.txt", &["Meadow.png", "line.svg", "stream.png"]),
            (&format!("filters[hash]={hash}"), &["line.svg"]),
            (&format!("filters[id]={id}"), &["line.svg"]),
            (&format!("filters[createdAt][$gte]={started}"), &["Meadow.png", "line.svg", "stream.png", "words.txt"]),
            (&format!("filters[createdAt][$lt]={started}"), &[]),
        ] {
            let got = ask(query).ok();
            let all = got.json();
            let found: Vec<&str> = all.as_array().unwrap().iter().map(|f| f["name"].as_str().unwrap()).collect();
            assert_eq!(found, names, "{query}");
            assert_eq!(got.header("x-total-count"), names.len().to_string(), "{query}");
        }
        for (query, parameter) in [
            ("filters[colour]=red", "filters[colour]"),
            ("filters[width][$contains]=3", "filters[width][$contains]"),
            ("filters[width]=wide", "filters[width]"),
            ("filters=png", "filters"),
            ("filters[createdAt][$gt]=soon", "filters[createdAt][$gt]"),
        ] {
            let refused = ask(query);
            assert_eq!(refused.status, 400, "{query}");
            assert_eq!(refused.json()["error"]["details"]["errors"][0]["parameter"], *parameter, "{query}");
        }
    }

    fn what_is_no_picture_or_may_hold_script_is_not_shown_as_one(site) {
        let admin = token(site, "admin");
        let server = site.serve();
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
        let drawing = upload(&server, &admin, "a.png", svg);
        assert_eq!(drawing["mime"], "image/svg+xml");
        let got = fetch(&format!("{}{}", server.url, drawing["url"].as_str().unwrap()), &[]).ok();
        assert!(got.header("content-security-policy").contains("sandbox"), "{:?}", got.headers);
        assert!(got.header("content-type").starts_with("image/svg+xml"));
        let page = upload(&server, &admin, "a.jpg", b"<html><body onload=alert(1)>");
        let got = fetch(&format!("{}{}", server.url, page["url"].as_str().unwrap()), &[]).ok();
        assert!(got.header("content-disposition").starts_with("attachment"));
        let parts = [Part("files", Some("x.png"), &picture(50, 50)[..100])];
        let broken = form(&format!("{}/api/upload", server.url), Some(&admin), &parts);
        assert_eq!((broken.status, broken.json()["error"]["details"]["errors"][0]["pointer"].clone()), (400, json!("/files")));
        assert_eq!(form(&format!("{}/api/upload", server.url), None, &parts).status, 403);
        let nothing = form(&format!("{}/api/upload", server.url), Some(&admin), &[Part("colour", None, b"red")]);
        assert_eq!((nothing.status, nothing.json()["error"]["details"]["errors"][0]["pointer"].clone()), (400, json!("/colour")));
    }
}

fn agent_delete(url: &str, auth: &str) -> u16 {
    crate::process::agent().delete(url).header("Authorization", auth).call().unwrap().status().as_u16()
}
