//! Sessions over HTTP: cookies, other sites' pages, and every route by every caller.

use super::browser::Browser;
use super::mail::MailServer;
use super::{PASSWORD, now};
use crate::process::{Server, Site};
use masthead_core::access::{roles, tokens, users};
use serde_json::{Value, json};

/// People with these roles, who sign in as `<role>@example.org`.
fn people(site: &Site, roles: &[&str]) {
    for role in roles {
        let email = format!("{role}@example.org");
        let args = ["user", "create", "--email", &email, "--role", role, "--password-stdin"];
        site.run_with(&args, &format!("{PASSWORD}\n")).ok();
    }
}

fn sign_in(browser: &mut Browser<'_>, role: &str) {
    browser.api("POST", "/session", json!({"email": format!("{role}@example.org"), "password": PASSWORD})).is(200);
}

/// All people, tokens and roles, but not when they were seen.
fn everything(site: &Site) -> String {
    let core = site.core();
    let operator = masthead_core::Caller::Operator;
    let told = tokio::runtime::Runtime::new().unwrap().block_on(async {
        let mut people = users::list(&core, &operator).await.unwrap();
        people.iter_mut().for_each(|p| p.signed_in_at = None);
        let mut tokens = tokens::list(&core, &operator).await.unwrap();
        tokens.iter_mut().for_each(|t| t.last_used_at = None);
        format!("{people:#?} {tokens:#?} {:#?}", roles::list(&core, &operator).await.unwrap())
    });
    core.store().close();
    told
}

on_both_sites! {
    fn a_session_counts_for_the_admin_api_alone_and_ends_with_signing_out(site) {
        people(site, &["editor"]);
        let server = site.serve();
        let mut browser = Browser::on(&server);
        browser.api("GET", "/session", Value::Null).is(401);
        let wrong = json!({"email": "editor@example.org", "password": "wrong horse battery"});
        let refused = browser.api("POST", "/session", wrong).is(401);
        assert!(refused.all("set-cookie").is_empty() && !refused.body.contains("wrong horse"), "{refused:?}");
        let mut signed = json!({"email": "Editor@Example.org", "password": PASSWORD});
        let answer = browser.api("POST", "/session", signed.clone()).is(200);
        let view = answer.json();
        assert_eq!((&view["kind"], &view["email"], &view["roles"], &view["admin"]),
            (&json!("user"), &json!("editor@example.org"), &json!(["editor"]), &json!(false)));
        let cookies = answer.all("set-cookie");
        assert_eq!(cookies.len(), 2);
        for cookie in cookies {
            assert!(cookie.contains("; Path=/; ") && cookie.contains("; HttpOnly; SameSite=Strict"), "{cookie}");
            assert_eq!(cookie.contains("Secure"), server.url.starts_with("https:"), "{cookie}");
        }
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(browser.api("GET", "/session", Value::Null).is(200).json(), view);
        // A cookie is nobody to the content API.
        assert_eq!(browser.get("/api/nothing").status, 404);
        let first = browser.session().unwrap().to_owned();
        browser.api("POST", "/session", signed.clone()).is(200);
        assert_ne!(browser.session().unwrap(), first, "a new secret each time");
        let mut old = Browser::on(&server);
        old.cookies.insert("masthead_session".to_owned(), first);
        old.api("GET", "/session", Value::Null).is(401);
        let mut copy = Browser::on(&server);
        copy.cookies = browser.cookies.clone();
        let out = browser.api("DELETE", "/session", Value::Null).is(204);
        assert!(out.header("set-cookie").contains("Max-Age=0") && browser.session().is_none());
        copy.api("GET", "/session", Value::Null).is(401);
        browser.api("DELETE", "/session", Value::Null).is(204);
        signed["more"] = json!(1);
        assert_eq!(browser.api("POST", "/session", signed).is(400).json()["error"]["details"]["errors"][0]["pointer"], "/more");
        assert!(!server.log().contains(PASSWORD));
    }

    fn pages_of_other_sites_can_use_no_session(site) {
        people(site, &["admin"]);
        let server = site.serve();
        let mut browser = Browser::on(&server);
        sign_in(&mut browser, "admin");
        let cookies = browser.cookies.clone();
        let invite = json!({"email": "x@example.org", "roles": ["reader"]});
        for headers in [vec![], vec![("origin", "https://evil.example")], vec![("origin", "null")],
            vec![("sec-fetch-site", "cross-site")], vec![("sec-fetch-site", "same-site")], vec![("origin", "http://localhost:1")]] {
            let mut other = Browser::saying(&server, &headers);
            other.cookies = cookies.clone();
            let refused = other.api("POST", "/users", invite.clone()).is(403).json();
            assert!(refused["error"]["message"].as_str().unwrap().contains("own pages"), "{refused}");
            other.api("DELETE", "/session", Value::Null).is(403);
            assert_eq!(other.post("/admin/sign-out", &[]).status, 403);
            other.api("GET", "/users", Value::Null).is(200);
            if !headers.is_empty() {
                other.cookies.clear();
                other.api("POST", "/session", json!({"email": "admin@example.org", "password": PASSWORD})).is(403);
            }
        }
        let mut own = Browser::saying(&server, &[("origin", server.origin())]);
        own.cookies = cookies;
        own.api("POST", "/users", invite).is(201);
        // A program with a token has no origin.
        let token = site.run(&["token", "create", "--name", "t", "--role", "admin"]).ok();
        let mut program = Browser::saying(&server, &[("authorization", &format!("Bearer {}", token.trim()))]);
        program.api("POST", "/users", json!({"email": "y@example.org", "roles": ["reader"]})).is(201);
        assert_eq!(program.api("GET", "/session", Value::Null).is(200).json()["kind"], "token");
        program.api("GET", "/me", Value::Null).is(403);
    }

    fn who_may_do_what_is_the_same_on_every_route_and_a_refusal_changes_nothing(site) {
        people(site, &["admin", "editor", "reader"]);
        site.run(&["token", "create", "--name", "kept", "--role", "reader"]).ok();
        let server = site.serve();
        let victim = site.run(&["user", "list", "--json"]).json()[2]["id"].clone();
        let token = site.run(&["token", "list", "--json"]).json()[0]["id"].clone();
        let (user, token) = (format!("/users/{victim}"), format!("/tokens/{token}"));
        // Method, path, body; and whether everybody who signed in may.
        let routes: Vec<(&str, String, Value, bool)> = vec![
            ("GET", "/session".to_owned(), Value::Null, true),
            ("GET", "/me".to_owned(), Value::Null, true),
            ("PATCH", "/me".to_owned(), json!({"name": "A name"}), true),
            ("GET", "/me/sessions".to_owned(), Value::Null, true),
            ("GET", "/users".to_owned(), Value::Null, false),
            ("GET", user.clone(), Value::Null, false),
            ("PATCH", user.clone(), json!({"roles": ["admin"]}), false),
            ("POST", format!("{user}/link"), Value::Null, false),
            ("POST", "/users".to_owned(), json!({"email": "x@example.org", "roles": ["reader"]}), false),
            ("DELETE", user.clone(), Value::Null, false),
            ("GET", "/tokens".to_owned(), Value::Null, false),
            ("POST", "/tokens".to_owned(), json!({"name": "n", "role": "reader"}), false),
            ("GET", token.clone(), Value::Null, false),
            ("POST", format!("{token}/rotate"), json!({"overlap": 60}), false),
            ("DELETE", token, Value::Null, false),
            ("GET", "/roles".to_owned(), Value::Null, false),
            ("GET", "/roles/editor".to_owned(), Value::Null, false),
            ("PUT", "/roles/mine".to_owned(), json!({"admin": true}), false),
            ("PUT", "/roles/mine".to_owned(), json!({"label": "Mine"}), false),
            ("DELETE", "/roles/mine".to_owned(), Value::Null, false),
        ];
        let secret = site.run(&["token", "create", "--name", "editor", "--role", "editor"]).ok();
        let mut callers = vec![
            ("nobody", Browser::on(&server)),
            ("token", Browser::saying(&server, &[("authorization", &format!("Bearer {}", secret.trim()))])),
            ("reader", Browser::on(&server)),
            ("editor", Browser::on(&server)),
            ("admin", Browser::on(&server)),
        ];
        for (role, browser) in callers.iter_mut().skip(2) {
            sign_in(browser, role);
        }
        for (who, browser) in &mut callers {
            let before = everything(site);
            for (method, path, body, for_all) in &routes {
                let answer = browser.api(method, path, body.clone());
                let expected = match (*who, for_all) {
                    ("nobody", _) => 401..402,
                    ("token", true) if path.starts_with("/me") => 403..404,
                    ("admin", _) | (_, true) => 200..300,
                    _ => 403..404,
                };
                assert!(expected.contains(&answer.status), "{who} {method} {path}: {answer:?}");
            }
            if matches!(*who, "nobody" | "token") {
                assert_eq!(everything(site), before, "{who}");
            }
        }
    }

    fn people_tokens_and_roles_are_managed_over_the_api(site) {
        people(site, &["admin", "editor"]);
        let server = site.serve();
        let mut admin = Browser::on(&server);
        sign_in(&mut admin, "admin");
        let handed = admin.api("POST", "/users", json!({"email": "bo@example.org", "roles": ["editor"]})).is(201).json();
        assert_eq!((&handed["mailed"], &handed["mailError"], &handed["user"]["state"]), (&json!(false), &Value::Null, &json!("invited")));
        let link = handed["link"].as_str().unwrap();
        let (base, secret) = link.split_once("/admin/link/").unwrap();
        assert!(base.starts_with("http://localhost:") || base == server.url, "{link}");
        let shown = admin.api("POST", "/session/link", json!({"secret": secret})).is(200).json();
        assert_eq!((&shown["purpose"], &shown["email"]), (&json!("invite"), &json!("bo@example.org")));
        let mut bo = Browser::on(&server);
        let accept = json!({"secret": secret, "password": PASSWORD, "name": "Bo Li"});
        assert_eq!(bo.api("POST", "/session/link/accept", accept.clone()).is(200).json()["name"], "Bo Li");
        bo.api("POST", "/session/link/accept", accept).is(410);
        let me = bo.api("GET", "/me", Value::Null).is(200).json();
        assert_eq!((&me["name"], &me["state"], &me["roles"]), (&json!("Bo Li"), &json!("active"), &json!(["editor"])));
        let sessions = bo.api("GET", "/me/sessions", Value::Null).is(200).json();
        assert_eq!((&sessions["sessions"][0]["current"], sessions["sessions"].as_array().unwrap().len()), (&json!(true), 1));
        let change = |new: &str, current: &str| json!({"currentPassword": current, "newPassword": new});
        let refused = bo.api("PUT", "/me/password", change("another horse battery", "wrong horse battery")).is(400).json();
        assert_eq!(refused["error"]["details"]["errors"][0]["pointer"], "/currentPassword");
        bo.api("PUT", "/me/password", change("another horse battery", PASSWORD)).is(204);
        bo.api("GET", "/me", Value::Null).is(200);
        let id = me["id"].clone();
        admin.api("PATCH", &format!("/users/{id}"), json!({"disabled": true})).is(200);
        bo.api("GET", "/me", Value::Null).is(401);
        admin.api("DELETE", &format!("/users/{id}"), Value::Null).is(204);
        admin.api("GET", &format!("/users/{id}"), Value::Null).is(404);
        let wrong = admin.api("GET", "/users/x", Value::Null).is(400).json();
        assert_eq!(wrong["error"]["details"]["errors"][0]["parameter"], "id");
        let own = admin.api("GET", "/me", Value::Null).is(200).json()["id"].clone();
        admin.api("DELETE", &format!("/users/{own}"), Value::Null).is(409);
        admin.api("PATCH", &format!("/users/{own}"), json!({"roles": ["editor"]})).is(409);

        let made = admin.api("POST", "/tokens", json!({"name": "site", "role": "reader", "expiresAt": "2999-01-01"})).is(201).json();
        assert_eq!((&made["token"]["createdBy"], &made["token"]["expiresAt"]), (&json!("user:admin@example.org"), &json!("2999-01-01T00:00:00.000Z")));
        let path = format!("/tokens/{}", made["token"]["id"]);
        let rotated = admin.api("POST", &format!("{path}/rotate"), json!({})).is(200).json();
        assert_eq!(server.get_with("/api/nothing", made["secret"].as_str().unwrap()).0, 401);
        assert_eq!(server.get_with("/api/nothing", rotated["secret"].as_str().unwrap()).0, 404);
        let listed = admin.api("GET", "/tokens", Value::Null).is(200);
        assert!(listed.json()["tokens"][0]["lastUsedAt"].is_string() && !listed.body.contains(rotated["secret"].as_str().unwrap()));
        for (body, pointer) in [(json!({"name": "x", "role": "king"}), "/role"), (json!({"name": "x", "role": "reader", "expiresAt": "soon"}), "/expiresAt"), (json!({"name": "x"}), "/role")] {
            assert_eq!(admin.api("POST", "/tokens", body).is(400).json()["error"]["details"]["errors"][0]["pointer"], pointer);
        }

        let role = json!({"label": "Writer", "permissions": [{"action": "read", "type": "*"}]});
        assert_eq!(admin.api("PUT", "/roles/writer", role).is(200).json()["permissions"], json!([{"action": "read", "type": "*"}]));
        admin.api("PATCH", &format!("/users/{own}"), json!({"roles": ["admin", "writer"]})).is(200);
        let held = admin.api("DELETE", "/roles/writer", Value::Null).is(409).json();
        assert!(held["error"]["message"].as_str().unwrap().contains("admin@example.org"), "{held}");
        let wrong = admin.api("PUT", "/roles/x", json!({"permissions": [{"action": "read", "type": "king"}]})).is(400).json();
        assert_eq!(wrong["error"]["details"]["errors"][0]["pointer"], "/permissions/0/type");
        assert_eq!(admin.api("GET", "/roles", Value::Null).is(200).json()["roles"].as_array().unwrap().len(), 6);
        assert!(admin.api("GET", "/roles/editor", Value::Null).is(200).json()["builtIn"].as_bool().unwrap());
        let twice = admin.api("DELETE", "/me/sessions", Value::Null).is(204);
        assert!(twice.body.is_empty());
        admin.api("GET", "/me", Value::Null).is(401);
    }

    fn guessing_is_answered_with_a_time_to_wait(site) {
        people(site, &["editor"]);
        let server = site.serve();
        let mut browser = Browser::on(&server);
        let wrong = json!({"email": "editor@example.org", "password": "wrong horse battery"});
        let refused = (0..6).map(|_| browser.api("POST", "/session", wrong.clone())).find(|a| a.status != 401).expect("it ends");
        let refused = refused.is(429);
        assert!(refused.header("retry-after").parse::<u64>().is_ok_and(|s| s >= 1), "{refused:?}");
        assert_eq!(refused.json()["error"]["name"], "RateLimitError");
    }
}

/// Over https as a trusted proxy says it, and elsewhere over plain http.
#[test]
fn over_https_cookies_are_bound_to_the_host_and_over_plain_http_there_are_none() {
    let site = Site::fresh(crate::app::On::Sqlite).unwrap();
    people(&site, &["admin"]);
    let args = [
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--public-url",
        "https://example.org/cms",
        "--trusted-proxies",
        "127.0.0.1",
    ];
    let server = Server::start(site.command(&args), &site.path("https.log"));
    let https = [("host", "example.org"), ("x-forwarded-proto", "https"), ("origin", "https://example.org")];
    let mut browser = Browser::saying(&server, &https);
    let entered = browser.post("/cms/admin/sign-in", &[("email", "admin@example.org"), ("password", PASSWORD)]).is(303);
    assert_eq!(entered.header("location"), "/cms/admin");
    let cookies = entered.all("set-cookie");
    assert!(
        cookies[0].starts_with("__Host-masthead_session=") && cookies[1].starts_with("__Host-masthead_device="),
        "{cookies:?}"
    );
    assert!(
        cookies.iter().all(|c| c.ends_with("; HttpOnly; SameSite=Strict; Secure") && c.contains("; Path=/; ")),
        "{cookies:?}"
    );
    assert!(browser.get("/cms/admin").is(200).body.contains("admin@example.org"));
    let link = browser.api("POST", "/users", json!({"email": "bo@example.org", "roles": ["reader"]})).is(201).json();
    assert!(link["link"].as_str().unwrap().starts_with("https://example.org/cms/admin/link/"), "{link}");
    // The proxy says that this browser came over plain http: no cookie is read or set.
    let mut plain = Browser::saying(
        &server,
        &[("host", "example.org"), ("x-forwarded-proto", "http"), ("origin", "https://example.org")],
    );
    plain.cookies = browser.cookies.clone();
    plain.api("GET", "/session", Value::Null).is(401);
    let refused = plain.api("POST", "/session", json!({"email": "admin@example.org", "password": PASSWORD})).is(403);
    assert!(refused.body.contains("public_url") && refused.all("set-cookie").is_empty(), "{refused:?}");
    let page = plain.get("/admin/sign-in").is(403);
    assert!(
        page.body.contains("public_url") && !page.body.contains("<form"),
        "it says what to do, and leads nowhere: {page:?}"
    );
}

#[test]
fn a_forgotten_password_is_mailed_and_nobody_learns_who_has_an_account() {
    let site = Site::fresh(crate::app::On::Sqlite).unwrap();
    people(&site, &["editor"]);
    let mail = MailServer::start(true);
    let mut command = site.command(&["serve", "--listen", "127.0.0.1:0"]);
    command.env("MASTHEAD_SMTP_URL", mail.url()).env("MASTHEAD_MAIL_FROM", "cms@example.org");
    let server = Server::start(command, &site.path("server.log"));
    let mut browser = Browser::on(&server);
    assert!(browser.get("/admin/sign-in").is(200).body.contains("/admin/forgot"));
    let unknown = browser.post("/admin/forgot", &[("email", "nobody@example.org")]).is(200);
    let known = browser.post("/admin/forgot", &[("email", "editor@example.org")]).is(200);
    assert_eq!(known.body, unknown.body);
    browser.api("POST", "/session/forgot", json!({"email": "editor@example.org"})).is(204);
    let letter = mail.letter();
    assert!(letter.contains("RCPT TO:<editor@example.org>"), "{letter}");
    let link = letter.split("/admin/link/").nth(1).unwrap().split_whitespace().next().unwrap();
    let entered = browser.post(&format!("/admin/link/{link}"), &[("password", "another horse battery")]).is(303);
    assert_eq!(entered.header("location"), server.link("/admin"));
    assert_eq!(mail.letters().len(), 1, "neither strangers nor the impatient get one");
    let core = site.core();
    let list = users::list(&core, &masthead_core::Caller::Operator);
    let people = tokio::runtime::Runtime::new().unwrap().block_on(list).unwrap();
    assert!(people[0].signed_in_at.is_some_and(|at| at <= now()));
    core.store().close();
    let silent = site.serve();
    let mut browser = Browser::on(&silent);
    assert!(!browser.get("/admin/sign-in").is(200).body.contains("forgot"));
    assert_eq!(browser.post("/admin/forgot", &[("email", "editor@example.org")]).status, 409);
}
