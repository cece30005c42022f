//! Every route by every caller: what is answered, and that a refusal changes nothing.
//!
//! A route of `openapi.yaml` without a row here fails the test.

use super::stored::everything;
use crate::process::{Server, Site, agent};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;

const PASSWORD: &str = "correct horse battery";

/// Who asks, in the order of a row's columns. A role with nothing, and the administrator by a session, too.
const CALLERS: [&str; 7] = ["nobody", "nothing", "reader", "author", "editor", "admin", "session"];

/// Statuses by caller; `OK` is the row's own.
type Statuses = [u16; 7];
const OK: u16 = 0;

/// Of what is published: a type that may not be read is not there. A session is nobody to the content API.
const READERS: Statuses = [404, 404, OK, OK, OK, OK, 404];
/// Programs that publish.
const PUBLISHERS: Statuses = [404, 404, 403, 403, OK, OK, 404];
const EVERYBODY: Statuses = [OK; 7];
const ADMINS: Statuses = [401, 403, 403, 403, 403, OK, OK];
const EDITORS: Statuses = [401, 404, 403, 403, OK, OK, OK];
/// Those who read drafts, were it only their own.
const DRAFTERS: Statuses = [401, 404, 403, OK, OK, OK, OK];
/// A draft of somebody else: it is not there for an author, and what a reader may not do is said by the type.
const OTHERS: Statuses = [401, 404, 404, 404, OK, OK, OK];
const SIGNED: Statuses = [401, OK, OK, OK, OK, OK, OK];
/// People, not programs.
const PEOPLE: Statuses = [401, 403, 403, 403, 403, 403, OK];

/// Method, route as `openapi.yaml` names it, what is asked for, the body, and what is answered.
struct Row {
    method: &'static str,
    route: &'static str,
    path: &'static str,
    body: Value,
    ok: u16,
    statuses: Statuses,
}

fn row(method: &'static str, route: &'static str, path: &'static str, ok: u16, statuses: Statuses) -> Row {
    Row { method, route, path, body: Value::Null, ok, statuses }
}

impl Row {
    fn with(self, body: Value) -> Self {
        Self { body, ..self }
    }
}

/// `{…}` stands for something that is made for each request that is allowed.
fn content() -> Vec<Row> {
    let data = json!({"data": {"title": "Title"}});
    let one = "/api/{plural}/{documentId}";
    vec![
        row("GET", "/api/{plural}", "/api/articles", 200, READERS),
        row("GET", "/api/{plural}", "/api/articles?status=draft", 200, [404, 404, 403, OK, OK, OK, 404]),
        row("GET", "/api/{plural}", "/api/home", 200, READERS),
        row("GET", one, "/api/articles/{public}", 200, READERS),
        row("GET", one, "/api/articles/{public}?at=2999-01-01T00:00:00Z", 200, [404, 404, 403, 403, OK, OK, 404]),
        row("GET", one, "/api/articles/{draft}?status=draft", 200, [404, 404, 403, 404, OK, OK, 404]),
        row("POST", "/api/{plural}", "/api/articles", 201, PUBLISHERS).with(data.clone()),
        row("POST", "/api/{plural}", "/api/articles?status=draft", 201, [404, 404, 403, OK, OK, OK, 404])
            .with(data.clone()),
        row("PUT", one, "/api/articles/{public}", 200, PUBLISHERS).with(data.clone()),
        row("PUT", one, "/api/articles/{draft}?status=draft", 200, [404, 404, 403, 404, OK, OK, 404])
            .with(data.clone()),
        row("PUT", one, "/api/articles/{own}?status=draft", 200, [404, 404, 403, OK, OK, OK, 404]).with(data.clone()),
        row("PUT", "/api/{plural}", "/api/home", 200, PUBLISHERS).with(data),
        row("DELETE", "/api/{plural}", "/api/home{home}", 204, PUBLISHERS),
        row("DELETE", one, "/api/articles/{public}", 204, PUBLISHERS),
        row("DELETE", one, "/api/articles/{draft}", 204, [404, 404, 403, 404, OK, OK, 404]),
        row("DELETE", one, "/api/articles/{own}", 204, [404, 404, 403, OK, OK, OK, 404]),
        row("DELETE", one, "/api/articles/{public}?locale=en", 204, PUBLISHERS),
        row("DELETE", one, "/api/articles/{own}?locale=en", 204, [404, 404, 403, OK, OK, OK, 404]),
        row("GET", "/api/resolve", "/api/resolve?path=/en/blog/{public}", 200, READERS),
        row("GET", "/api/i18n/locales", "/api/i18n/locales", 200, READERS),
        row("GET", "/api/search", "/api/search?q=title", 200, EVERYBODY),
        row("GET", "/api/search/suggest", "/api/search/suggest?q=title", 200, EVERYBODY),
        row("GET", "", "/openapi.json", 200, EVERYBODY),
    ]
}

fn documents() -> Vec<Row> {
    let base = "/admin/api/documents/{type}";
    macro_rules! at {
        ($rest:literal) => {
            concat!("/admin/api/documents/{type}/{id}", $rest)
        };
    }
    macro_rules! of {
        ($rest:literal) => {
            concat!("/admin/api/documents/article", $rest)
        };
    }
    let data = json!({"data": {"title": "Title"}});
    let change = json!({"data": {"title": "Title"}, "baseVersion": "{revision}"});
    let bulk = |action: &str| json!({"action": action, "documentIds": ["{public}"]});
    // What of several documents is refused is said of each.
    let each: Statuses = [401, OK, OK, OK, OK, OK, OK];
    vec![
        row("GET", base, of!(""), 200, DRAFTERS),
        row("POST", base, of!(""), 201, DRAFTERS).with(data.clone()),
        row("POST", base, of!(""), 201, EDITORS).with(json!({"data": {"title": "Title"}, "publish": true})),
        row("GET", "/admin/api/documents/{type}/trash", of!("/trash"), 200, DRAFTERS),
        row("GET", at!(""), of!("/{draft}"), 200, OTHERS),
        row("GET", at!(""), of!("/{own}"), 200, [401, 404, 404, OK, OK, OK, OK]),
        row("GET", at!(""), of!("/{public}"), 200, EDITORS),
        row("PATCH", at!(""), of!("/{draft}"), 200, OTHERS).with(change.clone()),
        row("PATCH", at!(""), of!("/{public}"), 200, EDITORS).with(change),
        row("DELETE", at!(""), of!("/{draft}"), 200, OTHERS),
        row("DELETE", at!(""), of!("/{public}"), 200, EDITORS),
        row("DELETE", at!(""), of!("/{draft}?locale=en"), 200, OTHERS),
        row("POST", at!("/move"), of!("/{draft}/move"), 200, OTHERS).with(json!({"after": null})),
        row("POST", at!("/publish"), of!("/{draft}/publish"), 200, OTHERS).with(json!({})),
        row("POST", at!("/publish"), of!("/{own}/publish"), 200, [401, 404, 404, 403, OK, OK, OK]).with(json!({})),
        row("POST", at!("/unpublish"), of!("/{public}/unpublish"), 200, EDITORS).with(json!({})),
        row("POST", at!("/discard"), of!("/{public}/discard"), 200, EDITORS).with(json!({})),
        row("POST", at!("/duplicate"), of!("/{draft}/duplicate"), 201, OTHERS),
        row("POST", at!("/copy-locale"), of!("/{draft}/copy-locale"), 200, OTHERS)
            .with(json!({"from": "en", "to": "de"})),
        row("POST", at!("/restore"), of!("/{trashed}/restore"), 200, OTHERS),
        row("POST", at!("/restore"), of!("/{draft}/restore"), 200, OTHERS),
        row("POST", at!("/restore"), of!("/{public}/restore"), 200, EDITORS),
        row("POST", at!("/erase"), of!("/{trashed}/erase"), 200, [401, 404, 403, 403, 403, OK, OK]),
        row("GET", at!("/references"), of!("/{draft}/references"), 200, OTHERS),
        row("POST", "/admin/api/documents/{type}/bulk", of!("/bulk"), 200, each).with(bulk("unpublish")),
        row("GET", at!("/versions"), of!("/{draft}/versions"), 200, OTHERS),
        row("GET", at!("/versions/{number}"), of!("/{draft}/versions/1"), 200, OTHERS),
        row("GET", at!("/versions/diff"), of!("/{draft}/versions/diff?from=1&to=1"), 200, OTHERS),
        row("POST", at!("/versions/{number}/restore"), of!("/{draft}/versions/1/restore"), 200, OTHERS).with(json!({})),
    ]
}

fn model() -> Vec<Row> {
    let view = json!({"name": "View {n}"});
    let views = "/admin/api/types/{type}/views";
    vec![
        row("GET", "/admin/api/types", "/admin/api/types", 200, SIGNED),
        row("GET", "/admin/api/search", "/admin/api/search?q=title", 200, SIGNED),
        row("GET", "/admin/api/types/{type}", "/admin/api/types/article", 200, [401, 404, OK, OK, OK, OK, OK]),
        row("GET", "/admin/api/schema", "/admin/api/schema", 200, ADMINS),
        row("POST", "/admin/api/schema/plan", "/admin/api/schema/plan", 200, ADMINS).with(json!({})),
        row("POST", "/admin/api/schema/apply", "/admin/api/schema/apply", 200, ADMINS)
            .with(json!({"fingerprint": "{plan}"})),
        row("GET", "/admin/api/schema/jobs", "/admin/api/schema/jobs", 200, ADMINS),
        row("GET", "/admin/api/schema/jobs/{id}", "/admin/api/schema/jobs/{job}", 200, ADMINS),
        row("GET", "/admin/api/schema/history", "/admin/api/schema/history", 200, ADMINS),
        row("GET", "/admin/api/locales", "/admin/api/locales", 200, SIGNED),
        row("POST", "/admin/api/locales", "/admin/api/locales", 201, ADMINS).with(json!({"code": "{code}"})),
        row("PATCH", "/admin/api/locales/{code}", "/admin/api/locales/de", 200, ADMINS).with(json!({"name": "{n}"})),
        row("GET", views, "/admin/api/types/article/views", 200, DRAFTERS),
        row("POST", views, "/admin/api/types/article/views", 201, DRAFTERS).with(view.clone()),
        row("PUT", "/admin/api/views/{id}", "/admin/api/views/{view}", 200, [401, 404, 404, 404, 404, OK, OK])
            .with(view),
        row("DELETE", "/admin/api/views/{id}", "/admin/api/views/{view}", 200, [401, 404, 404, 404, 404, OK, OK]),
        row("GET", "/admin/api/events", "/admin/api/events", 200, SIGNED),
        row("GET", "/admin/api/events/stream", "/admin/api/events/stream", 200, SIGNED),
        row("GET", "/admin/api/settings", "/admin/api/settings", 200, SIGNED),
        row("PATCH", "/admin/api/settings", "/admin/api/settings", 200, ADMINS).with(json!({"siteName": "{n}"})),
        row("GET", "/admin/api/system", "/admin/api/system", 200, ADMINS),
        row("GET", "/admin/api/system/followers", "/admin/api/system/followers", 200, ADMINS),
        row("POST", "/admin/api/system/doctor", "/admin/api/system/doctor", 200, ADMINS),
    ]
}

/// Files: those that are named here do not exist, which is all that anybody learns of them.
fn files() -> Vec<Row> {
    macro_rules! media {
        ($rest:literal) => {
            concat!("/admin/api/media/aaaaaaaaaaaaaaaaaaaaaaaa", $rest)
        };
    }
    let lookers = [401, 403, OK, OK, OK, OK, OK];
    let one = "/api/upload/files/{id}";
    let of_one = "/api/upload/files/aaaaaaaaaaaaaaaaaaaaaaaa";
    let folder = "/admin/api/media-folders/aaaaaaaaaaaaaaaaaaaaaaaa";
    let bulk = json!({"action": "restore", "ids": ["aaaaaaaaaaaaaaaaaaaaaaaa"]});
    vec![
        // A form is wanted.
        row("POST", "/api/upload", "/api/upload", 415, [403, 403, 403, OK, OK, OK, 403]).with(json!({})),
        row("GET", "/api/upload/files", "/api/upload/files", 200, [403, 403, OK, OK, OK, OK, 403]),
        row("GET", one, of_one, 404, EVERYBODY),
        row("DELETE", one, of_one, 404, EVERYBODY),
        row("GET", "/admin/api/media", "/admin/api/media", 200, lookers),
        row("GET", "/admin/api/media/{id}", media!(""), 404, SIGNED),
        row("PATCH", "/admin/api/media/{id}", media!(""), 404, SIGNED).with(json!({"caption": "C"})),
        row("DELETE", "/admin/api/media/{id}", media!(""), 404, SIGNED),
        row("POST", "/admin/api/media/{id}/restore", media!("/restore"), 404, SIGNED),
        row("POST", "/admin/api/media/{id}/erase", media!("/erase"), 404, SIGNED),
        row("GET", "/admin/api/media/{id}/usage", media!("/usage"), 404, SIGNED),
        row("POST", "/admin/api/media/{id}/address", media!("/address"), 404, SIGNED).with(json!({})),
        // What of several files is refused is said of each.
        row("POST", "/admin/api/media/bulk", "/admin/api/media/bulk", 200, SIGNED).with(bulk),
        row("GET", "/admin/api/media-folders", "/admin/api/media-folders", 200, lookers),
        row("POST", "/admin/api/media-folders", "/admin/api/media-folders", 201, [401, 403, 403, OK, OK, OK, OK])
            .with(json!({"name": "Folder {n}"})),
        row("PATCH", "/admin/api/media-folders/{id}", folder, 404, [401, 403, 403, 403, OK, OK, OK])
            .with(json!({"name": "Folder"})),
        row("DELETE", "/admin/api/media-folders/{id}", folder, 404, [401, 403, 403, 403, OK, OK, OK]),
    ]
}

fn people() -> Vec<Row> {
    let user = "/admin/api/users/{id}";
    let token = "/admin/api/tokens/{id}";
    let invite = json!({"email": "n{n}@example.org", "roles": ["reader"]});
    let login = json!({"email": "editor@example.org", "password": PASSWORD});
    vec![
        row("POST", "/admin/api/session", "/admin/api/session", 200, EVERYBODY).with(login),
        row("GET", "/admin/api/session", "/admin/api/session", 200, SIGNED),
        row("POST", "/admin/api/session/forgot", "/admin/api/session/forgot", 409, EVERYBODY)
            .with(json!({"email": "x@example.org"})),
        row("POST", "/admin/api/session/link", "/admin/api/session/link", 200, EVERYBODY)
            .with(json!({"secret": "{secret}"})),
        row("POST", "/admin/api/session/link/accept", "/admin/api/session/link/accept", 200, EVERYBODY)
            .with(json!({"secret": "{secret}", "password": PASSWORD})),
        row("GET", "/admin/api/me", "/admin/api/me", 200, PEOPLE),
        row("PATCH", "/admin/api/me", "/admin/api/me", 200, PEOPLE).with(json!({"name": "Name {n}"})),
        row("PUT", "/admin/api/me/password", "/admin/api/me/password", 204, PEOPLE)
            .with(json!({"currentPassword": PASSWORD, "newPassword": PASSWORD})),
        row("GET", "/admin/api/me/sessions", "/admin/api/me/sessions", 200, PEOPLE),
        row("DELETE", "/admin/api/me/sessions/{id}", "/admin/api/me/sessions/{session}", 204, PEOPLE),
        row("GET", "/admin/api/users", "/admin/api/users", 200, ADMINS),
        row("POST", "/admin/api/users", "/admin/api/users", 201, ADMINS).with(invite),
        row("GET", user, "/admin/api/users/{user}", 200, ADMINS),
        row("PATCH", user, "/admin/api/users/{user}", 200, ADMINS).with(json!({"roles": ["author"]})),
        row("POST", "/admin/api/users/{id}/link", "/admin/api/users/{user}/link", 201, ADMINS),
        row("DELETE", user, "/admin/api/users/{user}", 204, ADMINS),
        row("GET", "/admin/api/tokens", "/admin/api/tokens", 200, ADMINS),
        row("POST", "/admin/api/tokens", "/admin/api/tokens", 201, ADMINS)
            .with(json!({"name": "n{n}", "role": "reader"})),
        row("GET", token, "/admin/api/tokens/{token}", 200, ADMINS),
        row("POST", "/admin/api/tokens/{id}/rotate", "/admin/api/tokens/{token}/rotate", 200, ADMINS).with(json!({})),
        row("DELETE", token, "/admin/api/tokens/{token}", 204, ADMINS),
        row("GET", "/admin/api/roles", "/admin/api/roles", 200, ADMINS),
        row("GET", "/admin/api/roles/{name}", "/admin/api/roles/editor", 200, ADMINS),
        row("PUT", "/admin/api/roles/{name}", "/admin/api/roles/n{n}", 200, ADMINS).with(json!({"label": "N"})),
        row("DELETE", "/admin/api/roles/{name}", "/admin/api/roles/{role}", 204, ADMINS),
        // The last ones: they end the session.
        row("DELETE", "/admin/api/me/sessions", "/admin/api/me/sessions", 204, PEOPLE),
        row("DELETE", "/admin/api/session", "/admin/api/session", 204, EVERYBODY),
    ]
}

/// The routes that the description names.
fn described() -> BTreeSet<(String, String)> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.yaml");
    let (mut path, mut all) = (String::new(), BTreeSet::new());
    for line in std::fs::read_to_string(file).unwrap().lines() {
        if let Some(found) = line.strip_prefix("  /").and_then(|rest| rest.strip_suffix(':')) {
            path = format!("/{found}");
        }
        let method = line.strip_prefix("    ").and_then(|rest| rest.strip_suffix(':')).unwrap_or_default();
        if ["get", "post", "put", "patch", "delete"].contains(&method) {
            all.insert((method.to_uppercase(), path.clone()));
        }
    }
    all
}

/// The site under test, and what was made for it.
struct World<'a> {
    server: &'a Server,
    /// Headers of each caller.
    callers: Vec<Vec<(&'static str, String)>>,
    count: usize,
    job: String,
}

impl World<'_> {
    fn ask(&self, caller: usize, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.server.url));
        for (name, value) in &self.callers[caller] {
            request = request.header(*name, value);
        }
        let body = if body.is_null() { String::new() } else { body.to_string() };
        if !body.is_empty() {
            request = request.header("content-type", "application/json");
        }
        let mut response = agent().run(request.body(body).unwrap()).unwrap();
        let status = response.status().as_u16();
        // A stream does not end.
        if path.ends_with("/stream") && status == 200 {
            return (status, Value::Null);
        }
        let text = response.body_mut().read_to_string().unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    fn index(name: &str) -> usize {
        CALLERS.iter().position(|c| *c == name).unwrap()
    }

    fn admin(&self, method: &str, path: &str, body: Value) -> Value {
        self.made_by("admin", method, path, body)
    }

    fn made_by(&self, who: &str, method: &str, path: &str, body: Value) -> Value {
        let (status, said) = self.ask(Self::index(who), method, path, &body);
        assert!((200..300).contains(&status), "{method} {path}: {status} {said}");
        said
    }

    fn article(&self, who: &str, n: usize, publish: bool) -> (String, String) {
        let data = json!({"data": {"title": "Title", "slug": format!("s{n}")}, "publish": publish});
        let made = self.made_by(who, "POST", "/admin/api/documents/article", data);
        (made["documentId"].as_str().unwrap().to_owned(), made["revision"].to_string())
    }

    /// `text` with something new wherever it names something.
    fn filled(&mut self, text: &str) -> String {
        let mut text = text.to_owned();
        while let Some((name, _)) = text.split_once("{").map(|(_, rest)| rest).and_then(|rest| rest.split_once('}')) {
            let name = name.to_owned();
            if name.contains('"') || name.contains(':') {
                break;
            }
            let made = self.make(&name);
            text = text.replace(&format!("{{{name}}}"), &made);
        }
        text
    }

    fn make(&mut self, name: &str) -> String {
        self.count += 1;
        let n = self.count;
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        match name {
            "n" => n.to_string(),
            "code" => format!("x{}{}", char::from(b'a' + (n / 26 % 26) as u8), char::from(b'a' + (n % 26) as u8)),
            "home" => {
                self.admin("PUT", "/api/home", json!({"data": {"title": "Home"}}));
                String::new()
            }
            "draft" => self.article("admin", n, false).0,
            "own" => self.article("author", n, false).0,
            "public" => self.article("admin", n, true).0,
            "trashed" => {
                let id = self.article("admin", n, false).0;
                self.admin("DELETE", &format!("/admin/api/documents/article/{id}"), Value::Null);
                id
            }
            "plan" => text(&self.admin("POST", "/admin/api/schema/plan", json!({}))["fingerprint"]),
            "job" => self.job.clone(),
            "view" => {
                text(&self.admin("POST", "/admin/api/types/article/views", json!({"name": format!("Mine {n}")}))["id"])
            }
            "user" | "secret" => {
                let invite = json!({"email": format!("made{n}@example.org"), "roles": ["reader"]});
                let handed = self.admin("POST", "/admin/api/users", invite);
                match name {
                    "user" => handed["user"]["id"].to_string(),
                    _ => text(&handed["link"]).rsplit('/').next().unwrap().to_owned(),
                }
            }
            "token" => {
                let token = json!({"name": format!("made{n}"), "role": "reader"});
                self.admin("POST", "/admin/api/tokens", token)["token"]["id"].to_string()
            }
            "role" => {
                self.admin("PUT", &format!("/admin/api/roles/made{n}"), json!({"label": "Made"}));
                format!("made{n}")
            }
            "session" => {
                let login = json!({"email": "admin@example.org", "password": PASSWORD});
                assert_eq!(self.ask(Self::index("nobody"), "POST", "/admin/api/session", &login).0, 200);
                let all = self.made_by("session", "GET", "/admin/api/me/sessions", Value::Null);
                let other = all["sessions"].as_array().unwrap().iter().find(|s| s["current"] == false).unwrap();
                text(&other["id"])
            }
            other => panic!("nobody makes {other}"),
        }
    }
}

fn site_of(site: &Site) {
    site.push(&[
        json!({"kind": "collection", "singular": "article", "plural": "articles", "orderable": true,
            "urlPattern": "/{locale}/blog/{slug}", "fields": [
            {"name": "title", "type": "string", "localized": true}, {"name": "slug", "type": "slug"}]}),
        json!({"kind": "single", "singular": "home", "fields": [{"name": "title", "type": "string"}]}),
    ]);
    site.write(
        "languages/locales.json",
        r#"[{"code": "en", "name": "English", "default": true}, {"code": "de", "name": "Deutsch"}]"#,
    );
    site.run(&["schema", "push", "languages", "--apply"]).ok();
    for role in ["admin", "editor"] {
        let email = format!("{role}@example.org");
        let args = ["user", "create", "--email", &email, "--role", role, "--password-stdin"];
        site.run_with(&args, &format!("{PASSWORD}\n")).ok();
    }
}

mod heavy {
    use super::*;

    on_both_sites! {
        fn every_route_answers_every_caller_as_the_table_says_and_a_refusal_changes_nothing(site) {
            every_route(site);
        }
    }
}

fn every_route(site: &Site) {
    site_of(site);
    let mut command = site.command(&["serve", "--listen", "127.0.0.1:0"]);
    command.env("MASTHEAD_RATE_LIMIT_WRITES", "1000000");
    let server = Server::start(command, &site.path("server.log"));
    let token = |role: &str| site.run(&["token", "create", "--name", role, "--role", role]).ok().trim().to_owned();
    let bearer = |role: &str| vec![("authorization", format!("Bearer {}", token(role)))];
    let own_page = ("sec-fetch-site", "same-origin".to_owned());
    let admin = bearer("admin");
    let mut world = World { server: &server, callers: vec![vec![own_page]], count: 0, job: String::new() };
    // The role with nothing comes from the administrator.
    world.callers.resize(6, admin);
    world.admin("PUT", "/admin/api/roles/nothing", json!({"label": "Nothing"}));
    for (at, role) in ["nothing", "reader", "author", "editor"].into_iter().enumerate() {
        world.callers[at + 1] = bearer(role);
    }
    world.callers.push(Vec::new());
    world.sign_in();
    world.made_by("editor", "PUT", "/api/home", json!({"data": {"title": "Home"}}));
    let fingerprint = world.make("plan");
    let job = world.admin("POST", "/admin/api/schema/apply", json!({"fingerprint": fingerprint}));
    world.job = job["id"].as_str().unwrap().to_owned();

    let core = site.core();
    let store = core.store().clone();
    let table: Vec<Row> = [content(), documents(), model(), people(), files()].into_iter().flatten().collect();
    let known: BTreeSet<(String, String)> = table.iter().map(|r| (r.method.to_owned(), r.route.to_owned())).collect();
    let missing: Vec<_> = described().difference(&known).cloned().collect();
    assert!(missing.is_empty(), "routes without a row: {missing:#?}");

    let mut wrong = Vec::new();
    for row in &table {
        let refused: Vec<usize> = (0..CALLERS.len()).filter(|at| row.statuses[*at] != OK).collect();
        let mutates = row.method != "GET";
        let target = world.target(row);
        let before = if mutates && !refused.is_empty() { everything(site.on, &store) } else { Vec::new() };
        for at in &refused {
            let (status, said) = world.ask(*at, row.method, &target.0, &target.1);
            if status != row.statuses[*at] {
                wrong.push(format!(
                    "{} {} {} {}: {status} {said}",
                    row.statuses[*at], CALLERS[*at], row.method, target.0
                ));
            }
        }
        if mutates && !refused.is_empty() {
            let after = everything(site.on, &store);
            let changed: Vec<&String> = after.iter().filter(|line| !before.contains(line)).collect();
            if before != after {
                wrong.push(format!("{} {} changed, though refused: {changed:?}", row.method, target.0));
            }
        }
        for at in (0..CALLERS.len()).filter(|at| row.statuses[*at] == OK) {
            // Some of these end it.
            if CALLERS[at] == "session" && (row.path.contains("/me") || row.path.contains("/session")) {
                world.sign_in();
            }
            let (path, body) = world.target(row);
            let (status, said) = world.ask(at, row.method, &path, &body);
            if status != row.ok {
                wrong.push(format!("{} {} {} {path}: {status} {said}", row.ok, CALLERS[at], row.method));
            }
        }
    }
    store.close();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

impl World<'_> {
    /// The administrator's session, anew.
    fn sign_in(&mut self) {
        let own_page = ("sec-fetch-site", "same-origin".to_owned());
        let login = json!({"email": "admin@example.org", "password": PASSWORD}).to_string();
        let request = agent().post(format!("{}/admin/api/session", self.server.url));
        let request = request.header("content-type", "application/json").header(own_page.0, &own_page.1);
        let signed = request.send(login).unwrap();
        let cookies = signed.headers().get_all("set-cookie").iter();
        let cookies: Vec<&str> = cookies.map(|c| c.to_str().unwrap().split(';').next().unwrap()).collect();
        self.callers[6] = vec![("cookie", cookies.join("; ")), own_page];
    }

    /// The path and the body of a request, with all that it names.
    fn target(&mut self, row: &Row) -> (String, Value) {
        let mut body = row.body.to_string();
        let mut path = row.path.to_owned();
        if body.contains("{revision}") {
            self.count += 1;
            let (id, revision) = self.article("admin", self.count, path.contains("{public}"));
            path = path.replace("{draft}", &id).replace("{public}", &id);
            body = body.replace("{revision}", &revision.replace('"', ""));
        }
        for name in ["{n}", "{code}", "{plan}", "{secret}", "{public}"] {
            if body.contains(name) {
                let made = self.make(name.trim_matches(['{', '}']));
                body = body.replace(name, &made);
            }
        }
        // An article's address ends in its slug.
        if path.starts_with("/api/resolve") {
            let id = self.make("public");
            let slug = format!("s{}", self.count);
            path = path.replace("{public}", &slug);
            assert!(!id.is_empty());
        }
        (self.filled(&path), serde_json::from_str(&body).unwrap())
    }
}
