//! Files that are uploaded straight into a field of a document: `ref`, `refId` and `field`.

use super::client::{Got, Part, fetch, form, picture, token};
use crate::process::{Server, Site, agent};
use serde_json::{Value, json};

fn types() -> [Value; 3] {
    let fields = json!([{"name": "title", "type": "string"}, {"name": "cover", "type": "media", "kinds": ["image"]},
        {"name": "gallery", "type": "media", "many": true}, {"name": "hidden", "type": "media", "private": true}]);
    let secret = json!([{"name": "cover", "type": "media"}]);
    [
        json!({"kind": "collection", "singular": "page", "plural": "pages", "draftAndPublish": true, "fields": fields}),
        json!({"kind": "collection", "singular": "note", "plural": "notes", "draftAndPublish": false, "fields": fields}),
        json!({"kind": "collection", "singular": "secret", "plural": "secrets", "fields": secret}),
    ]
}

/// A form with these files for a field.
fn attach(server: &Server, token: &str, (of, id, field): (&str, &str, &str), files: &[(&str, &[u8])]) -> Got {
    let mut parts: Vec<Part<'_>> = files.iter().map(|(name, bytes)| Part("files", Some(name), bytes)).collect();
    parts
        .extend([("ref", of), ("refId", id), ("field", field)].map(|(name, value)| Part(name, None, value.as_bytes())));
    form(&format!("{}/api/upload", server.url), Some(token), &parts)
}

/// A role with these permissions, and a token of it.
fn role(site: &Site, pages: &Pages<'_>, name: &str, permissions: &[(&str, &str)]) -> String {
    let list: Vec<Value> = permissions.iter().map(|(action, ty)| json!({"action": action, "type": ty})).collect();
    let put = agent().put(format!("{}/admin/api/roles/{name}", pages.server.url)).header("Authorization", &pages.auth);
    let mut answer = put.send_json(json!({ "permissions": list })).unwrap();
    assert!(answer.status().is_success(), "{}", answer.body_mut().read_to_string().unwrap());
    token(site, name)
}

struct Pages<'a> {
    server: &'a Server,
    auth: String,
}

impl Pages<'_> {
    fn send(&self, method: &str, path: &str, data: Value) -> Value {
        let request = ureq::http::Request::builder().method(method).uri(format!("{}/api/{path}", self.server.url));
        let request = request.header("Authorization", &self.auth).header("Content-Type", "application/json");
        let mut answer = agent().run(request.body(json!({ "data": data }).to_string()).unwrap()).unwrap();
        let status = answer.status();
        let said = answer.body_mut().read_to_string().unwrap();
        assert!(status.is_success(), "{method} {path}: {said}");
        serde_json::from_str::<Value>(&said).unwrap_or_default()["data"].clone()
    }

    /// Names of the files that a field shows, in what is published or in the draft.
    fn shown(&self, path: &str, field: &str, status: &str) -> Vec<String> {
        let url = format!("{}/api/{path}?populate=*&status={status}", self.server.url);
        let got = fetch(&url, &[("Authorization", &self.auth)]);
        assert!(got.status == 200 || got.status == 404, "{}", got.json());
        match &got.json()["data"][field] {
            Value::Array(list) => list.iter().map(|f| f["name"].as_str().unwrap().to_owned()).collect(),
            Value::Null => Vec::new(),
            one => vec![one["name"].as_str().unwrap().to_owned()],
        }
    }

    /// Files of the library.
    fn kept(&self) -> usize {
        let got = fetch(&format!("{}/api/upload/files", self.server.url), &[("Authorization", &self.auth)]).ok();
        got.header("x-total-count").parse().unwrap()
    }
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap()
}

on_both_sites! {
    fn files_are_shown_behind_others_or_instead_of_one(site) {
        site.push(&types());
        let admin = token(site, "admin");
        let server = site.serve();
        let pages = Pages { server: &server, auth: format!("Bearer {admin}") };
        let page = pages.send("POST", "pages", json!({"title": "T"}));
        let (id, path) = (word(&page["documentId"]), format!("pages/{}", word(&page["documentId"])));
        let sent = attach(&server, &admin, ("page", id, "gallery"), &[("a.txt", b"a"), ("b.txt", b"b")]);
        assert_eq!((sent.status, sent.json().as_array().unwrap().len()), (201, 2), "{}", sent.json());
        // As Strapi's clients name the type, and by number.
        let number = page["id"].to_string();
        attach(&server, &admin, ("api::page.page", &number, "gallery"), &[("c.txt", b"c")]).ok();
        assert_eq!(pages.shown(&path, "gallery", "draft"), ["a.txt", "b.txt", "c.txt"]);
        assert_eq!(pages.shown(&path, "gallery", "published"), ["a.txt", "b.txt", "c.txt"]);
        attach(&server, &admin, ("page", id, "cover"), &[("one.png", &picture(9, 9))]).ok();
        attach(&server, &admin, ("page", id, "cover"), &[("two.png", &picture(9, 8))]).ok();
        assert_eq!(pages.shown(&path, "cover", "published"), ["two.png"]);
        // A field that the API never delivers takes files all the same.
        attach(&server, &admin, ("page", id, "hidden"), &[("h.txt", b"h")]).ok();

        let note = pages.send("POST", "notes", json!({"title": "N"}));
        attach(&server, &admin, ("note", word(&note["documentId"]), "gallery"), &[("n.txt", b"n")]).ok();
        assert_eq!(pages.shown(&format!("notes/{}", word(&note["documentId"])), "gallery", "published"), ["n.txt"]);
        let report = site.run(&["doctor"]);
        assert_eq!(report.code, 0, "{report:?}");
    }

    fn what_an_editor_is_in_the_middle_of_stays_pending(site) {
        site.push(&types());
        let admin = token(site, "admin");
        let server = site.serve();
        let pages = Pages { server: &server, auth: format!("Bearer {admin}") };
        let page = pages.send("POST", "pages", json!({"title": "Live"}));
        let (id, path) = (word(&page["documentId"]), format!("pages/{}", word(&page["documentId"])));
        attach(&server, &admin, ("page", id, "gallery"), &[("a.txt", b"a")]).ok();
        let gallery = fetch(&format!("{}/api/{path}?populate=*", server.url), &[("Authorization", &pages.auth)]).ok().json();
        let (a, own) = (&gallery["data"]["gallery"][0]["documentId"], attach(&server, &admin, ("page", id, "cover"), &[("c.png", &picture(9, 9))]).ok());
        // The draft has another title, and another order in its gallery.
        pages.send("PUT", &format!("{path}?status=draft"), json!({"title": "Pending", "gallery": [own.json()[0]["documentId"], a]}));
        attach(&server, &admin, ("page", id, "gallery"), &[("b.txt", b"b")]).ok();
        assert_eq!(pages.shown(&path, "gallery", "draft"), ["c.png", "a.txt", "b.txt"]);
        assert_eq!(pages.shown(&path, "gallery", "published"), ["a.txt", "b.txt"]);
        let title = |status: &str| {
            let url = format!("{}/api/{path}?status={status}", server.url);
            fetch(&url, &[("Authorization", &pages.auth)]).ok().json()["data"]["title"].clone()
        };
        assert_eq!((title("draft"), title("published")), (json!("Pending"), json!("Live")));

        let draft = pages.send("POST", "pages?status=draft", json!({"title": "Draft"}));
        let path = format!("pages/{}", word(&draft["documentId"]));
        attach(&server, &admin, ("page", word(&draft["documentId"]), "gallery"), &[("d.txt", b"d")]).ok();
        assert_eq!(pages.shown(&path, "gallery", "draft"), ["d.txt"]);
        assert_eq!(fetch(&format!("{}/api/{path}", server.url), &[("Authorization", &pages.auth)]).status, 404, "still a draft");
    }

    fn files_that_come_at_the_same_time_are_all_shown(site) {
        site.push(&types());
        let admin = token(site, "admin");
        let server = site.serve();
        let pages = Pages { server: &server, auth: format!("Bearer {admin}") };
        let page = pages.send("POST", "pages", json!({"title": "T"}));
        let (id, path) = (word(&page["documentId"]), format!("pages/{}", word(&page["documentId"])));
        std::thread::scope(|scope| {
            for n in 0..8 {
                let (server, admin, pages, path) = (&server, &admin, &pages, &path);
                scope.spawn(move || {
                    attach(server, admin, ("page", id, "gallery"), &[(&format!("{n}.txt"), format!("{n}").as_bytes())]).ok();
                    pages.send("PUT", path, json!({"title": format!("by {n}")}));
                });
            }
        });
        for status in ["draft", "published"] {
            let mut names = pages.shown(&path, "gallery", status);
            names.sort();
            assert_eq!(names, (0..8).map(|n| format!("{n}.txt")).collect::<Vec<_>>(), "{status}");
        }
    }

    fn a_refused_upload_keeps_none_of_its_files(site) {
        site.push(&types());
        let admin = token(site, "admin");
        let server = site.serve();
        let pages = Pages { server: &server, auth: format!("Bearer {admin}") };
        let clerk = role(site, &pages, "clerk", &[("read", "page"), ("create", "upload")]);
        let drafts = [("read", "page"), ("read_draft", "page"), ("update", "page"), ("create", "upload")];
        let author = role(site, &pages, "writer", &drafts);
        let page = pages.send("POST", "pages", json!({"title": "T"}));
        let note = pages.send("POST", "notes", json!({"title": "N"}));
        let secret = pages.send("POST", "secrets", json!({}));
        let gone = pages.send("POST", "pages", json!({"title": "Gone"}));
        pages.send("DELETE", &format!("pages/{}", word(&gone["documentId"])), json!({}));
        let id = word(&page["documentId"]);
        let text: &[(&str, &[u8])] = &[("a.txt", b"a")];
        let (image, broken) = (picture(9, 9), &picture(50, 50)[..100]);
        let refused = |token: &str, place: (&str, &str, &str), files: &[(&str, &[u8])]| {
            let got = attach(&server, token, place, files);
            let said = got.json();
            assert_eq!(pages.kept(), 0, "{place:?}: {said}");
            let pointer = said["error"]["details"]["errors"][0]["pointer"].as_str().unwrap_or_default().to_owned();
            (got.status, pointer, said["error"]["message"].to_string())
        };
        let at = |pointer: &str, got: (u16, String, String)| {
            assert_eq!((got.0, got.1.as_str()), (400, pointer), "{}", got.2);
            got.2
        };
        let unknown = at("/ref", refused(&admin, ("nothing", id, "gallery"), text));
        at("/refId", refused(&admin, ("page", "aaaaaaaaaaaaaaaaaaaaaaaa", "gallery"), text));
        at("/refId", refused(&admin, ("page", "12345", "gallery"), text));
        at("/refId", refused(&admin, ("page", word(&note["documentId"]), "gallery"), text));
        at("/refId", refused(&admin, ("page", word(&gone["documentId"]), "gallery"), text));
        at("/field", refused(&admin, ("page", id, "nothing"), text));
        at("/field", refused(&admin, ("page", id, "title"), text));
        at("/files", refused(&admin, ("page", id, "cover"), text));
        at("/files", refused(&admin, ("page", id, "cover"), &[("a.png", &image), ("b.png", &picture(8, 8))]));
        at("/files", refused(&admin, ("page", id, "gallery"), &[("a.png", &image), ("b.png", broken)]));
        // A type that the caller knows nothing of is none.
        let hidden = at("/ref", refused(&author, ("secret", word(&secret["documentId"]), "cover"), text));
        assert_eq!(hidden.replace("secret", "nothing"), unknown);
        let (status, _, said) = refused(&clerk, ("page", id, "gallery"), text);
        assert_eq!(status, 403, "{said}");

        // Who may change drafts and not publish shows it to editors first.
        attach(&server, &author, ("page", id, "gallery"), text).ok();
        let path = format!("pages/{id}");
        assert_eq!((pages.shown(&path, "gallery", "draft"), pages.shown(&path, "gallery", "published")), (vec!["a.txt".to_owned()], vec![]));
        let half = form(&format!("{}/api/upload", server.url), Some(&admin), &[Part("files", Some("a.txt"), b"a"), Part("ref", None, b"page")]);
        assert_eq!((half.status, pages.kept()), (400, 1));
    }
}
