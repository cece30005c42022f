//! Behind nginx, with TLS and a path before everything: what a browser and a front end see.

use crate::process::{Server, ended};
use crate::proxy::{Proxy, free_port, nginx, public_url};
use serde_json::{Value, json};
use std::process::{Command, Stdio};

struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v)
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.body))
    }
}

impl Proxy {
    fn ask(&self, method: &str, path: &str, headers: &[&str], body: Option<&Value>) -> Answer {
        let mut command = Command::new("curl");
        command.args([
            "--silent",
            "--show-error",
            "--globoff",
            "--include",
            "--http1.1",
            "--max-time",
            "20",
            "--cacert",
        ]);
        command.args([self.certificate.as_str(), "--request", method, &format!("{}{path}", self.url)]);
        for header in headers {
            command.args(["--header", *header]);
        }
        if method == "HEAD" {
            command.arg("--head");
        }
        if let Some(body) = body {
            command.args(["--header", "content-type: application/json", "--data-binary", &body.to_string()]);
        }
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let ran = ended(command.spawn().unwrap());
        assert_eq!(ran.code, 0, "{path}: {ran:?}");
        let (head, body) = ran.out.split_once("\r\n\r\n").unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers =
            lines.filter_map(|line| line.split_once(": ")).map(|(n, v)| (n.to_ascii_lowercase(), v.to_owned()));
        Answer { status, headers: headers.collect(), body: body.to_owned() }
    }
}

on_both_sites! {
    fn everything_works_below_a_path_behind_a_proxy_with_tls(site) {
        let Some(nginx) = nginx() else {
            eprintln!("skipped: nginx, curl or openssl is not there\n    scripts/setup nginx");
            return;
        };
        site.push(&[json!({"kind": "collection", "singular": "article", "plural": "articles", "urlPattern": "/blog/{slug}", "fields": [
            {"name": "title", "type": "string"}, {"name": "slug", "type": "slug"}]})]);
        for action in ["read", "create"] {
            site.run(&["role", "allow", "public", action, "article"]).ok();
        }
        let said = site.run(&["token", "create", "--name", "site", "--role", "admin"]).ok();
        let token = said.split_whitespace().find(|word| word.starts_with("mh_")).unwrap().to_owned();
        let bearer = format!("authorization: Bearer {token}");
        let port = free_port();
        let public = public_url(port);
        let env = [("MASTHEAD_PUBLIC_URL", public.as_str()), ("MASTHEAD_TRUSTED_PROXIES", "127.0.0.1/32"), ("MASTHEAD_RATE_LIMIT_PUBLIC_CREATES", "1"),
            ("MASTHEAD_CORS_ORIGINS", "https://www.example.org")];
        let mut command = site.command(&["serve", "--listen", "127.0.0.1:0"]);
        command.envs(env);
        let server = Server::start(command, &site.path("server.log"));
        let proxy = Proxy::start(nginx, port, &server.url);

        // Reads and writes.
        for path in ["/healthz", "/readyz", "/"] {
            assert_eq!(proxy.ask("GET", path, &[], None).status, 200, "{path}");
        }
        let created = proxy.ask("POST", "/api/articles", &[&bearer], Some(&json!({"data": {"title": "Hello", "slug": "hello"}})));
        assert_eq!(created.status, 201, "{}", created.body);
        let id = created.json()["data"]["documentId"].as_str().unwrap().to_owned();
        let read = proxy.ask("GET", "/api/articles?filters[slug][$eq]=hello", &[], None);
        assert_eq!((read.status, &read.json()["data"][0]["documentId"]), (200, &json!(id)));
        let tag = format!("if-none-match: {}", read.header("etag"));
        assert_eq!(proxy.ask("GET", "/api/articles?filters[slug][$eq]=hello", &[&tag], None).status, 304);
        assert_eq!(proxy.ask("HEAD", "/api/articles", &[], None).status, 200);
        let changed = proxy.ask("PUT", &format!("/api/articles/{id}"), &[&bearer], Some(&json!({"data": {"slug": "hello-world"}})));
        assert_eq!(changed.status, 200, "{}", changed.body);
        let moved = proxy.ask("GET", "/api/resolve?path=/blog/hello", &[], None).json();
        assert_eq!((&moved["data"]["redirect"], &moved["data"]["status"]), (&json!("/blog/hello-world"), &json!(301)));
        let refused = proxy.ask("GET", "/api/articles?x=1", &[], None);
        assert_eq!((refused.status, &refused.json()["instance"]), (400, &json!("/api/articles")));

        // Whose page it is, by the address that browsers see.
        let own = format!("origin: https://localhost:{port}");
        let post = |path: &str, headers: &[&str]| proxy.ask("POST", path, headers, Some(&json!({"data": {"title": "x"}})));
        assert_eq!(post("/api/articles", &[&bearer, &own]).status, 201);
        assert_eq!(post("/api/articles", &[&bearer, "origin: https://www.example.org"]).header("access-control-allow-origin"), "https://www.example.org");
        assert_eq!(post("/api/articles", &[&bearer, "origin: https://evil.example"]).status, 403);
        assert_eq!(proxy.ask("GET", "/api/articles", &["host: evil.example.org"], None).status, 421);

        // Each client behind the proxy has a bucket of its own.
        for (address, status) in [("198.51.100.1", 201), ("198.51.100.1", 429), ("198.51.100.2", 201)] {
            assert_eq!(post("/api/articles", &[&format!("x-forwarded-for: {address}")]).status, status, "{address}");
        }
        // A session is a cookie for the browser's own connection, which is encrypted.
        let create = ["user", "create", "--email", "bob@example.org", "--role", "admin", "--password-stdin"];
        site.run_with(&create, "correct horse battery").ok();
        let credentials = json!({"email": "bob@example.org", "password": "correct horse battery"});
        let foreign = proxy.ask("POST", "/admin/api/session", &["origin: https://www.example.org"], Some(&credentials));
        assert_eq!((foreign.status, foreign.header("set-cookie")), (403, ""));
        let signed = proxy.ask("POST", "/admin/api/session", &[&own], Some(&credentials));
        assert_eq!(signed.status, 200, "{}", signed.body);
        let cookies: Vec<&str> = signed.headers.iter().filter(|(n, _)| n == "set-cookie").map(|(_, v)| v.as_str()).collect();
        let session = cookies.iter().find(|cookie| cookie.starts_with("__Host-")).unwrap();
        assert!(session.contains("Secure") && session.contains("HttpOnly") && session.contains("SameSite=Strict"), "{session}");
        let sent: Vec<&str> = cookies.iter().map(|cookie| cookie.split(';').next().unwrap()).collect();
        let cookie = format!("cookie: {}", sent.join("; "));
        assert_eq!(proxy.ask("GET", "/admin/api/session", &[&cookie], None).status, 200);
        assert_eq!(proxy.ask("DELETE", "/admin/api/session", &[&cookie, "origin: https://evil.example"], None).status, 403);
        assert!((200..300).contains(&proxy.ask("DELETE", "/admin/api/session", &[&cookie, &own], None).status));
        assert_eq!(proxy.ask("GET", "/admin/api/session", &[&cookie], None).status, 401);

        // A link that is handed out leads through the proxy.
        let mut command = site.command(&["user", "invite", "ann@example.org", "--role", "editor"]);
        command.envs(env);
        let said = ended(command.spawn().unwrap()).ok();
        assert!(said.contains(&format!("{public}/admin/")), "{said}");
    }
}
