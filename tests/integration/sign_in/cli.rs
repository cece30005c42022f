//! `masthead user` and `masthead token`.

use crate::process::within;
use serde_json::{Value, json};
use std::time::Duration;

on_both_sites! {
    fn people_are_invited_listed_disabled_and_deleted(site) {
        let link = site.run(&["user", "setup-link"]).ok();
        assert!(link.starts_with("http://localhost:8420/admin/link/"), "{link}");
        site.run_with(&["user", "create", "--email", "ada@example.org", "--role", "admin", "--password-stdin"], "correct horse battery\n").ok();
        assert!(site.run(&["user", "setup-link"]).fails(1).contains("already"));
        let public = ["--public-url", "https://example.org/cms"];
        let ran = site.run(&[&["user", "invite", "bo@example.org", "--role", "editor", "--role", "reader", "--name", "Bo Li"], &public[..]].concat());
        assert!(ran.out.starts_with("https://example.org/cms/admin/link/") && ran.out.lines().count() == 1, "{ran:?}");
        assert!(ran.err.contains("bo@example.org") && ran.err.contains("once"), "{ran:?}");
        let list = site.run(&["user", "list", "--json"]).json();
        assert_eq!((&list[0]["email"], &list[0]["state"]), (&json!("ada@example.org"), &json!("active")));
        assert_eq!((&list[1]["state"], &list[1]["roles"], &list[1]["name"]), (&json!("invited"), &json!(["editor", "reader"]), &json!("Bo Li")));
        assert_eq!(list[1]["signedInAt"], Value::Null);
        let reset = site.run(&["user", "reset", "BO@example.org", "--json"]).json();
        assert_eq!((&reset["mailed"], &reset["user"]["email"]), (&json!(false), &json!("bo@example.org")));
        assert!(reset["link"].as_str().unwrap().starts_with("http://localhost:8420/admin/link/"));
        site.run(&["user", "disable", "bo@example.org"]).ok();
        assert!(site.run(&["user", "list"]).ok().contains("disabled"));
        assert!(site.run(&["user", "reset", "bo@example.org"]).fails(1).contains("disabled"));
        site.run(&["user", "enable", "bo@example.org"]).ok();
        assert!(site.run(&["user", "delete", "ada@example.org"]).fails(1).contains("administrator"));
        assert!(site.run(&["user", "disable", "ada@example.org"]).fails(1).contains("administrator"));
        site.run(&["user", "delete", "bo@example.org"]).ok();
        assert!(site.run(&["user", "delete", "bo@example.org"]).fails(1).contains("bo@example.org"));
        assert!(site.run(&["user", "invite", "nobody", "--role", "editor"]).fails(1).contains("/email"));
    }

    fn tokens_are_rotated_with_an_overlap_and_revoked_under_a_running_server(site) {
        let server = site.serve();
        let first = site.run(&["token", "create", "--name", "website", "--role", "reader"]).ok().trim().to_owned();
        let status = |token: &str| server.get_with("/api/nothing", token).0;
        assert_eq!(status(&first), 404);
        let second = site.run(&["token", "rotate", "website", "--overlap", "24h"]).ok().trim().to_owned();
        assert_eq!((status(&first), status(&second)), (404, 404));
        let third = site.run(&["token", "rotate", "website"]).ok().trim().to_owned();
        // Within a second, another process' server sees it.
        let told = |expected: &[(&str, u16)]| {
            within(Duration::from_secs(5), || {
                let got: Vec<u16> = expected.iter().map(|(token, _)| status(token)).collect();
                if expected.iter().map(|e| e.1).eq(got.iter().copied()) { Ok(()) } else { Err(format!("{got:?}")) }
            });
        };
        told(&[(&first, 404), (&second, 401), (&third, 404)]);
        let list = site.run(&["token", "list", "--json"]).json();
        assert_eq!((&list[0]["name"], &list[0]["createdBy"], &list[0]["prefix"]), (&json!("website"), &json!("operator"), &json!(third[..8])));
        assert!(!list.to_string().contains(&third));
        site.run(&["token", "revoke", "website"]).ok();
        told(&[(&first, 401), (&third, 401)]);
        assert_eq!(site.run(&["token", "list"]).ok(), "");
        assert!(site.run(&["token", "rotate", "website"]).fails(1).contains("website"));
        assert_eq!(site.run(&["token", "rotate", "website", "--overlap", "soon"]).code, 2);
    }
}
