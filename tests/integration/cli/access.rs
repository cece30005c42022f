//! `token`, `role` and `user`.

use super::{blog, lines};
use crate::admin::client::Client;
use serde_json::json;

on_both_sites! {
    fn a_token_is_printed_alone_and_opens_what_its_role_may_read(site) {
        site.push(&blog());
        site.run_with(&["import", "ndjson", "-", "--type", "article", "--publish"], &lines(&[json!({"title": "One"})])).ok();
        let server = site.serve();
        let printed = site.run(&["token", "create", "--name", "website", "--role", "reader"]).ok();
        let token = printed.strip_suffix('\n').unwrap();
        assert!(token.starts_with("mh_") && token.len() > 40 && !token.contains(char::is_whitespace), "{printed}");
        assert_eq!(server.get("/api/articles").0, 404, "the public may not know the type");
        let (status, list) = server.get_with("/api/articles", token);
        assert_eq!((status, &list["data"][0]["title"]), (200, &json!("One")), "{list}");
        assert_eq!(server.get_with("/api/articles", "mh_wrong").0, 401);
        let twice = site.run(&["token", "create", "--name", "website", "--role", "reader"]).fails(1);
        assert!(twice.contains("website"), "{twice}");
        let unknown = site.run(&["token", "create", "--name", "x", "--role", "raeder"]).fails(1);
        assert!(unknown.contains("raeder"), "{unknown}");
    }

    fn a_running_server_sees_what_a_role_may_within_a_second(site) {
        site.push(&blog());
        site.run_with(&["import", "ndjson", "-", "--type", "article", "--publish"], &lines(&[json!({"title": "One"})])).ok();
        let server = site.serve();
        let unknown = server.get("/api/nothings");
        let hidden = server.get("/api/articles");
        assert_eq!((hidden.0, unknown.0), (404, 404));
        for _ in 0..2 {
            site.run(&["role", "allow", "public", "read", "article"]).ok();
            let list = server.soon("/api/articles", |status, _| status == 200);
            assert_eq!(list["data"][0]["title"], "One");
            site.run(&["role", "deny", "public", "read", "articles"]).ok();
            server.soon("/api/articles", |status, _| status == 404);
        }
        let said = site.run(&["role", "allow", "public", "read", "artikle"]).fails(1);
        assert!(said.contains("artikle"), "{said}");
        let said = site.run(&["role", "allow", "public", "reed", "article"]).fails(2);
        assert!(said.contains("reed") && said.contains("read_draft"), "{said}");
        assert_eq!(server.stop(), Some(0));
    }

    fn the_log_alone_says_what_would_have_allowed_it_and_says_it_once(site) {
        site.push(&blog());
        let server = site.serve();
        for _ in 0..3 {
            let (status, refused) = server.get("/api/articles");
            assert_eq!(status, 404);
            assert!(!refused.to_string().contains("role"), "{refused}");
        }
        assert_eq!(server.get("/api/nothings").0, 404);
        let log = site.read("server.log");
        assert_eq!(log.matches("masthead role allow").count(), 1, "{log}");
        assert!(log.contains("masthead role allow public read article"), "{log}");
        // Of what is refused for one document, too.
        let author = Client::with_role(site, &server, "author");
        let made = author.post("/documents/article", json!({"data": {"title": "Own"}})).ok();
        let publish = format!("/documents/article/{}/publish", made["documentId"].as_str().unwrap());
        for _ in 0..2 {
            author.post(&publish, json!({})).refused(403);
        }
        let log = site.read("server.log");
        assert_eq!(log.matches("masthead role allow author publish article").count(), 1, "{log}");
    }

    fn whoever_lets_strangers_write_is_warned(site) {
        site.push(&blog());
        let warned = |args: &[&str]| site.run(args).err.matches("everybody on the internet may").count();
        assert_eq!(warned(&["role", "allow", "public", "read", "article"]), 0);
        assert_eq!(warned(&["role", "allow", "public", "create", "article"]), 1);
        assert_eq!(warned(&["role", "allow", "editor", "create", "article"]), 0);
        site.write("more/roles/public.json", r#"{"name": "public", "permissions": [{"action": "create", "type": "*"}]}"#);
        let plan = site.run(&["schema", "push", "more"]).ok();
        assert!(plan.contains("warning: everybody on the internet may create documents of every type"), "{plan}");
    }

    fn a_running_server_sees_what_is_imported_within_a_second(site) {
        site.push(&blog());
        site.run(&["role", "allow", "public", "read", "article"]).ok();
        let server = site.serve();
        for n in 1..=3 {
            assert_eq!(server.get("/api/articles").1["meta"]["pagination"]["total"], n - 1);
            site.run_with(&["import", "ndjson", "-", "--type", "article", "--publish"], &lines(&[json!({"title": format!("No {n}")})])).ok();
            server.soon("/api/articles", |_, list| list["meta"]["pagination"]["total"] == n);
        }
    }

    fn a_user_is_created_with_a_password_from_standard_input(site) {
        let args = ["user", "create", "--email", "ada@example.org", "--role", "admin", "--password-stdin"];
        let ran = site.run_with(&args, "correct horse battery\n");
        assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{ran:?}");
        assert!(!ran.err.contains("correct horse"), "{ran:?}");
        let twice = site.run_with(&args, "correct horse battery\n").fails(1);
        assert!(twice.contains("ada@example.org"), "{twice}");
        let mut short = args;
        short[3] = "bo@example.org";
        let said = site.run_with(&short, "short\n").fails(1);
        assert!(said.contains("10 characters"), "{said}");
        let mut unknown = short;
        unknown[5] = "king";
        let said = site.run_with(&unknown, "correct horse battery\n").fails(1);
        assert!(said.contains("king"), "{said}");
    }
}
