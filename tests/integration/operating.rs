//! What an operator watches and limits: metrics, the log, and how often somebody may ask.

use crate::http::{Server, blog, role, token};
use crate::process::{Server as Process, agent};
use masthead_api::{ApiOptions, RateLimits, Secret};
use masthead_model::Action;
use serde_json::json;

/// The value of a metric by its name and labels.
fn value(text: &str, name: &str) -> Option<f64> {
    let line = text.lines().find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')))?;
    line.rsplit_once(' ')?.1.parse().ok()
}

on_both! {
    async fn somebody_who_asks_too_often_is_told_when_to_come_again(app) {
        blog(&app);
        app.allow("public", Action::Read, "*").await;
        app.allow("public", Action::Create, "article").await;
        let site = token(&app, "editor").await;
        let rate_limits = RateLimits { reads: 0, writes: 4, public_creates: 2 };
        let trusted = vec!["127.0.0.1".parse().unwrap()];
        let server = Server::start_with(&app, ApiOptions { rate_limits, trusted_proxies: trusted, ..ApiOptions::default() }).await;
        let from = |address: &'static str| [("x-forwarded-for", address), ("content-length", "0")];
        for left in [1, 0] {
            let sent = server.ask("POST", "/api/articles", &from("9.9.9.9")).await;
            assert_eq!(sent.status, 400, "{sent:?}");
            assert_eq!(sent.header("ratelimit-policy"), "\"public-creates\";q=2;w=60");
            assert!(sent.header("ratelimit").starts_with(&format!("\"public-creates\";r={left};t=")), "{sent:?}");
        }
        let refused = server.ask("POST", "/api/articles", &from("9.9.9.9")).await;
        refused.assert_refused(429, "RateLimitError");
        assert!((1..=30).contains(&refused.header("retry-after").parse().unwrap_or(0)), "{refused:?}");
        assert!(refused.header("ratelimit").contains("r=0;"));
        assert_eq!(server.ask("POST", "/api/articles", &from("9.9.9.8")).await.status, 400, "another address");
        assert_eq!(server.get("/api/articles", None).await.header("ratelimit"), "", "reads have no limit");
        let bearer = format!("Bearer {site}");
        for _ in 0..4 {
            assert_eq!(server.ask("DELETE", "/api/articles/x", &[("authorization", &bearer)]).await.status, 404);
        }
        server.ask("DELETE", "/api/articles/x", &[("authorization", &bearer)]).await.assert_refused(429, "RateLimitError");
        server.stop().await;
    }

    async fn metrics_are_for_administrators_and_for_the_token(app) {
        blog(&app);
        role(&app, "site", json!([{"action": "read", "type": "article"}]));
        app.allow("public", Action::Read, "article").await;
        app.publish_new("article", json!({"title": "T"})).await;
        let (admin, site) = (token(&app, "admin").await, token(&app, "site").await);
        let options = ApiOptions { metrics_token: Some(Secret("0123456789abcdef".to_owned())), ..ApiOptions::default() };
        assert!(!format!("{options:?}").contains("0123456789abcdef"));
        let server = Server::start_with(&app, options).await;
        server.get("/metrics", None).await.assert_refused(401, "UnauthorizedError");
        server.get("/metrics", Some("0123456789abcdeX")).await.assert_refused(401, "UnauthorizedError");
        server.get("/metrics", Some(&site)).await.assert_refused(403, "ForbiddenError");
        for _ in 0..3 {
            server.get("/api/articles", None).await;
        }
        server.get("/api/articles?x=y", None).await;
        assert_eq!(server.get("/metrics", Some(&admin)).await.status, 200);
        let answer = server.get("/metrics", Some("0123456789abcdef")).await;
        assert!(answer.header("content-type").starts_with("text/plain; version=0.0.4"));
        let text = &answer.body;
        assert_eq!(value(text, "masthead_http_requests_total{route=\"content_read\",status=\"200\"}"), Some(3.0), "{text}");
        assert_eq!(value(text, "masthead_http_requests_total{route=\"content_read\",status=\"400\"}"), Some(1.0));
        assert_eq!(value(text, "masthead_http_requests_total{route=\"operations\",status=\"401\"}"), Some(2.0));
        assert_eq!(value(text, "masthead_http_request_duration_seconds_count{route=\"content_read\"}"), Some(4.0));
        assert!(value(text, "masthead_cache_hits_total").unwrap() >= 1.0 && value(text, "masthead_cache_bytes").unwrap() > 0.0);
        assert!(value(text, "masthead_events_head").unwrap() > 0.0 && value(text, "masthead_connections_open").unwrap() >= 1.0);
        assert_eq!(value(text, "masthead_writes_waiting"), Some(0.0));
        assert!(cfg!(not(target_os = "linux")) || value(text, "process_resident_memory_bytes").unwrap() > 1e6);
        server.stop().await;
    }
}

on_both_sites! {
    fn no_secret_is_ever_logged(site) {
        site.push(&[json!({"kind": "collection", "singular": "article", "plural": "articles", "fields": [
            {"name": "title", "type": "string"}]})]);
        site.run(&["role", "allow", "public", "read", "article"]).ok();
        let token = site.run(&["token", "create", "--name", "site", "--role", "admin"]).ok();
        let token = token.split_whitespace().find(|word| word.starts_with("mh_")).unwrap().to_owned();
        let mut command = site.command(&["serve", "--listen", "127.0.0.1:0", "--log-level", "trace", "--log-format", "json"]);
        command.env("MASTHEAD_METRICS_TOKEN", "metrics-hunter2-metrics");
        let server = Process::start(command, &site.path("server.log"));
        let doors = ["/", "/healthz", "/metrics", "/api/articles", "/api/articles/x", "/api/nothing", "/api/resolve", "/api/i18n/locales",
            "/admin/api/session", "/admin/api/users", "/openapi.json", "/docs", "/admin/link/hunter2-link"];
        let http = agent();
        for door in doors {
            let url = format!("{}{door}?password=hunter2-query&filters[title]=hunter2-filter", server.url);
            for credentials in [format!("Bearer {token}"), "Bearer mh_hunter2-wrong".to_owned(), "Basic aHVudGVyMi1iYXNpYw==".to_owned(),
                "Bearer metrics-hunter2-metrics".to_owned()] {
                let headers = [("Authorization", credentials.as_str()), ("Cookie", "__Host-session=hunter2-cookie; session=hunter2-cookie"),
                    ("Idempotency-Key", "hunter2-key"), ("X-Api-Key", "hunter2-header")];
                let get = headers.iter().fold(http.get(&url), |req, (name, value)| req.header(*name, *value));
                get.call().unwrap();
                let post = headers.iter().fold(http.post(&url), |req, (name, value)| req.header(*name, *value));
                let body = json!({"data": {"title": "hunter2-body", "password": "hunter2-body"}, "password": "hunter2-body"});
                post.header("Content-Type", "application/json").send(body.to_string()).unwrap();
            }
        }
        let (status, _) = server.get_with("/api/articles?filters[titel]=hunter2-filter", &token);
        assert_eq!(status, 400);
        assert_eq!(site.run(&["doctor"]).code, 0);
        let log = server.log();
        assert!(log.lines().filter(|line| line.contains("\"answered\"")).count() >= doors.len() * 8, "{log}");
        let line: serde_json::Value = serde_json::from_str(log.lines().find(|l| l.contains("\"answered\"")).unwrap()).unwrap();
        for key in ["request", "method", "path", "status", "ms", "level", "timestamp"] {
            assert!(line.get(key).is_some(), "{key}: {line}");
        }
        assert!(!log.contains("hunter2") && !log.contains("aHVudGVyMi1iYXNpYw"), "{log}");
        assert!(!log.contains(&token[3..]) && !log.contains('?'), "{log}");
    }
}
