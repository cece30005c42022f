//! The official `@strapi/client`, unmodified, against a running server; and the examples of `docs/strapi.md`.

use crate::process::{Server, Site, agent, get, within};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn installed() -> bool {
    root().join("tests/strapi-client/node_modules/@strapi/client").is_dir()
}

/// The blog template's types; a token that may do everything, and what everybody may read.
fn blog(site: &Site) -> String {
    let fixtures = root().join("tests/fixtures/strapi-blog");
    site.run(&["schema", "push", fixtures.to_str().unwrap(), "--apply"]).ok();
    site.run(&["role", "allow", "public", "read", "article"]).ok();
    let said = site.run(&["token", "create", "--name", "site", "--role", "admin"]).ok();
    said.split_whitespace().find(|word| word.starts_with("mh_")).unwrap().to_owned()
}

/// The request examples of a page: `GET` and a target, in blocks that are marked `http`.
fn examples(page: &str) -> Vec<(String, String)> {
    let blocks = page.split("```http\n").skip(1).filter_map(|rest| rest.split_once("```")).map(|(block, _)| block);
    let lines = blocks.flat_map(str::lines).filter(|line| !line.trim().is_empty());
    lines
        .map(|line| line.split_once(' ').unwrap())
        .map(|(method, target)| (method.to_owned(), target.to_owned()))
        .collect()
}

fn seed(server: &Server, token: &str) {
    let http = agent();
    let post = |path: &str, data: Value| {
        let request = http.post(format!("{}{path}", server.url)).header("Authorization", format!("Bearer {token}"));
        let mut answer = request.send_json(json!({"data": data})).unwrap();
        let body: Value = answer.body_mut().read_json().unwrap();
        assert!(answer.status().is_success(), "{path}: {body}");
        body["data"]["documentId"].clone()
    };
    let author = post("/api/authors", json!({"name": "Ann", "email": "ann@example.org"}));
    let news = post("/api/categories", json!({"name": "News", "slug": "news"}));
    for n in 1..4 {
        let blocks = json!([{"__component": "shared.quote", "title": "Ann", "body": "Come in."}]);
        post(
            "/api/articles",
            json!({"title": format!("Hello {n}"), "slug": format!("hello-{n}"), "author": author,
            "category": news, "blocks": blocks}),
        );
    }
    let data = json!({"data": {"siteName": "Blog", "siteDescription": "About", "defaultSeo": {"metaTitle": "Blog", "metaDescription": "About"}}});
    let request = http.put(format!("{}/api/global", server.url)).header("Authorization", format!("Bearer {token}"));
    assert!(request.send_json(data).unwrap().status().is_success());
}

/// What a script of the client prints.
fn driven(script: &str, server: &Server, args: &[&str]) -> String {
    let ran = Command::new("node")
        .arg(root().join("tests/strapi-client").join(script))
        .arg(format!("{}/api", server.url))
        .args(args)
        // A proxy before the site has a throw-away certificate.
        .env("NODE_TLS_REJECT_UNAUTHORIZED", if server.url.starts_with("https:") { "0" } else { "1" })
        .output()
        .unwrap();
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(ran.status.success(), "{}{}", said(&ran.stdout), said(&ran.stderr));
    said(&ran.stdout)
}

on_both_sites! {
    fn every_method_of_the_official_client_works(site) {
        if !installed() {
            eprintln!("skipped: @strapi/client is not there\n    npm ci --prefix tests/strapi-client");
            return;
        }
        let token = blog(site);
        let server = site.serve();
        assert!(driven("drive.mjs", &server, &[&token]).contains("every method answered"));
    }

    fn the_official_client_reads_the_blog_of_the_template(site) {
        let Some(seed) = crate::real_content::data().map(|data| data.join("strapi/blog-v5/data/data.json")) else { return };
        if !installed() {
            eprintln!("skipped: @strapi/client is not there\n    npm ci --prefix tests/strapi-client");
            return;
        }
        let token = blog(site);
        let server = site.serve();
        assert!(driven("blog.mjs", &server, &[&token, seed.to_str().unwrap()]).contains("the blog was read"));
    }

    fn the_examples_of_the_documentation_answer(site) {
        let page = std::fs::read_to_string(Path::new(&root()).join("docs/strapi.md")).unwrap();
        let examples = examples(&page);
        assert!(examples.len() >= 10, "{examples:?}");
        let token = blog(site);
        let server = site.serve();
        seed(&server, &token);
        let http = agent();
        for (method, target) in examples {
            assert_eq!(method, "GET", "{target}");
            // What was written a moment ago is searched in a moment.
            within(Duration::from_secs(30), || {
                let (status, body) = get(&http, &format!("{}{target}", server.url), Some(&token));
                // An example that shows nothing explains nothing.
                let is_empty = body["data"].as_array().is_some_and(Vec::is_empty) || body == json!([]);
                if status == 200 && !is_empty { Ok(()) } else { Err(format!("{target}: {status} {body}")) }
            });
        }
    }
}
