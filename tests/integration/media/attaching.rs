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

/// A server with these types, and an administrator's token.
struct Pages {
    server: Server,
    admin: String,
    auth: String,
}

impl Pages {
    fn of(site: &Site) -> Self {
        site.push(&types());
        let admin = token(site, "admin");
        Self { server: site.serve(), auth: format!("Bearer {admin}"), admin }
    }

    /// A form with these files for a field, sent with the token.
    fn attach_as(&self, token: &str, (of, id, field): (&str, &str, &str), files: &[(&str, &[u8])]) -> Got {
        let mut parts: Vec<Part<'_>> = files.iter().map(|(name, bytes)| Part("files", Some(name), bytes)).collect();
        let place = [("ref", of), ("refId", id), ("field", field)];
        parts.extend(place.map(|(name, value)| Part(name, None, value.as_bytes())));
        form(&format!("{}/api/upload", self.server.url), Some(token), &parts)
    }

    fn attach(&self, place: (&str, &str, &str), files: &[(&str, &[u8])]) -> Got {
        self.attach_as(&self.admin, place, files)
    }

    /// A new document: its number, id and path.
    fn add(&self, plural: &str, data: Value) -> (Value, String, String) {
        let made = self.send("POST", plural, data);
        let id = word(&made["documentId"]).to_owned();
        let path = format!("{}/{id}", plural.split('?').next().unwrap());
        (made["id"].clone(), id, path)
    }

    /// A role with these permissions, and a token of it.
    fn role(&self, site: &Site, name: &str, permissions: &[(&str, &str)]) -> String {
        let list: Vec<Value> = permissions.iter().map(|(action, ty)| json!({"action": action, "type": ty})).collect();
        let put = agent().put(format!("{}/admin/api/roles/{name}", self.server.url));
        let mut answer = put.header("Authorization", &self.auth).send_json(json!({ "permissions": list })).unwrap();
        assert!(answer.status().is_success(), "{}", answer.body_mut().read_to_string().unwrap());
        token(site, name)
    }

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
        let pages = Pages::of(site);
        let (number, id, path) = pages.add("pages", json!({"title": "T"}));
        let (number, id) = (number.to_string(), id.as_str());
        let sent = pages.attach(("page", id, "gallery"), &[("a.txt", b"a"), ("b.txt", b"b")]);
        assert_eq!((sent.status, sent.json().as_array().unwrap().len()), (201, 2), "{}", sent.json());
        // As Strapi's clients name the type, and by number.
        pages.attach(("api::page.page", &number, "gallery"), &[("c.txt", b"c")]).ok();
        assert_eq!(pages.shown(&path, "gallery", "draft"), ["a.txt", "b.txt", "c.txt"]);
        assert_eq!(pages.shown(&path, "gallery", "published"), ["a.txt", "b.txt", "c.txt"]);
        pages.attach(("page", id, "cover"), &[("one.png", &picture(9, 9))]).ok();
        pages.attach(("page", id, "cover"), &[("two.png", &picture(9, 8))]).ok();
        assert_eq!(pages.shown(&path, "cover", "published"), ["two.png"]);
        // A field that the API never delivers takes files all the same.
        pages.attach(("page", id, "hidden"), &[("h.txt", b"h")]).ok();

        let (_, note, path) = pages.add("notes", json!({"title": "N"}));
        pages.attach(("note", &note, "gallery"), &[("n.txt", b"n")]).ok();
        assert_eq!(pages.shown(&path, "gallery", "published"), ["n.txt"]);
        let report = site.run(&["doctor"]);
        assert_eq!(report.code, 0, "{report:?}");
    }

    fn what_an_editor_is_in_the_middle_of_stays_pending(site) {
        let pages = Pages::of(site);
        let (_, id, path) = pages.add("pages", json!({"title": "Live"}));
        let id = id.as_str();
        pages.attach(("page", id, "gallery"), &[("a.txt", b"a")]).ok();
        let gallery = fetch(&format!("{}/api/{path}?populate=*", pages.server.url), &[("Authorization", &pages.auth)]).ok().json();
        let (a, own) = (&gallery["data"]["gallery"][0]["documentId"], pages.attach(("page", id, "cover"), &[("c.png", &picture(9, 9))]).ok());
        // The draft has another title, and another order in its gallery.
        pages.send("PUT", &format!("{path}?status=draft"), json!({"title": "Pending", "gallery": [own.json()[0]["documentId"], a]}));
        pages.attach(("page", id, "gallery"), &[("b.txt", b"b")]).ok();
        assert_eq!(pages.shown(&path, "gallery", "draft"), ["c.png", "a.txt", "b.txt"]);
        assert_eq!(pages.shown(&path, "gallery", "published"), ["a.txt", "b.txt"]);
        let title = |status: &str| {
            let url = format!("{}/api/{path}?status={status}", pages.server.url);
            fetch(&url, &[("Authorization", &pages.auth)]).ok().json()["data"]["title"].clone()
        };
        assert_eq!((title("draft"), title("published")), (json!("Pending"), json!("Live")));

        let (_, draft, path) = pages.add("pages?status=draft", json!({"title": "Draft"}));
        pages.attach(("page", &draft, "gallery"), &[("d.txt", b"d")]).ok();
        assert_eq!(pages.shown(&path, "gallery", "draft"), ["d.txt"]);
        assert_eq!(fetch(&format!("{}/api/{path}", pages.server.url), &[("Authorization", &pages.auth)]).status, 404, "still a draft");
    }

    fn files_that_come_at_the_same_time_are_all_shown(site) {
        let pages = Pages::of(site);
        let (_, id, path) = pages.add("pages", json!({"title": "T"}));
        let id = id.as_str();
        std::thread::scope(|scope| {
            for n in 0..8 {
                let (pages, path) = (&pages, &path);
                scope.spawn(move || {
                    pages.attach(("page", id, "gallery"), &[(&format!("{n}.txt"), format!("{n}").as_bytes())]).ok();
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
        let pages = Pages::of(site);
        let clerk = pages.role(site, "clerk", &[("read", "page"), ("create", "upload")]);
        let drafts = [("read", "page"), ("read_draft", "page"), ("update", "page"), ("create", "upload")];
        let author = pages.role(site, "writer", &drafts);
        let (_, id, path) = pages.add("pages", json!({"title": "T"}));
        let (_, note, _) = pages.add("notes", json!({"title": "N"}));
        let (_, secret, _) = pages.add("secrets", json!({}));
        let (_, gone, gone_path) = pages.add("pages", json!({"title": "Gone"}));
        pages.send("DELETE", &gone_path, json!({}));
        let (admin, id) = (pages.admin.as_str(), id.as_str());
        let text: &[(&str, &[u8])] = &[("a.txt", b"a")];
        let (image, broken) = (picture(9, 9), &picture(50, 50)[..100]);
        let refused = |token: &str, place: (&str, &str, &str), files: &[(&str, &[u8])]| {
            let got = pages.attach_as(token, place, files);
            let said = got.json();
            assert_eq!(pages.kept(), 0, "{place:?}: {said}");
            let pointer = said["error"]["details"]["errors"][0]["pointer"].as_str().unwrap_or_default().to_owned();
            (got.status, pointer, said["error"]["message"].to_string())
        };
        let at = |pointer: &str, got: (u16, String, String)| {
            assert_eq!((got.0, got.1.as_str()), (400, pointer), "{}", got.2);
            got.2
        };
        let unknown = at("/ref", refused(admin, ("nothing", id, "gallery"), text));
        at("/refId", refused(admin, ("page", "aaaaaaaaaaaaaaaaaaaaaaaa", "gallery"), text));
        at("/refId", refused(admin, ("page", "12345", "gallery"), text));
        at("/refId", refused(admin, ("page", &note, "gallery"), text));
        at("/refId", refused(admin, ("page", &gone, "gallery"), text));
        at("/field", refused(admin, ("page", id, "nothing"), text));
        at("/field", refused(admin, ("page", id, "title"), text));
        at("/files", refused(admin, ("page", id, "cover"), text));
        at("/files", refused(admin, ("page", id, "cover"), &[("a.png", &image), ("b.png", &picture(8, 8))]));
        at("/files", refused(admin, ("page", id, "gallery"), &[("a.png", &image), ("b.png", broken)]));
        // A type that the caller knows nothing of is none.
        let hidden = at("/ref", refused(&author, ("secret", &secret, "cover"), text));
        assert_eq!(hidden.replace("secret", "nothing"), unknown);
        let (status, _, said) = refused(&clerk, ("page", id, "gallery"), text);
        assert_eq!(status, 403, "{said}");

        // Who may change drafts and not publish shows it to editors first.
        pages.attach_as(&author, ("page", id, "gallery"), text).ok();
        assert_eq!((pages.shown(&path, "gallery", "draft"), pages.shown(&path, "gallery", "published")), (vec!["a.txt".to_owned()], vec![]));
        let half = form(&format!("{}/api/upload", pages.server.url), Some(&pages.admin), &[Part("files", Some("a.txt"), b"a"), Part("ref", None, b"page")]);
        assert_eq!((half.status, pages.kept()), (400, 1));
    }
}
