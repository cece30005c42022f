//! What browsers and CDNs keep: tags, compression, and who is told to keep what.

use crate::app::TestApp;
use crate::http::{Answer, Server, blog, role, token};
use masthead_core::delivery;
use masthead_model::Action;
use serde_json::json;
use std::io::Read;

/// A body of some kilobytes.
async fn articles(app: &TestApp, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for n in 0..count {
        let title = format!("{n} {}", "On mastheads and figureheads. ".repeat(6));
        ids.push(app.publish_new("article", json!({"title": title, "n": n})).await.document_id);
    }
    ids
}

fn unpacked(answer: &Answer) -> String {
    let mut text = String::new();
    match answer.header("content-encoding") {
        "gzip" => flate2::read::GzDecoder::new(&answer.bytes[..]).read_to_string(&mut text).map(drop).unwrap(),
        "br" => {
            let mut bytes = Vec::new();
            brotli::BrotliDecompress(&mut &answer.bytes[..], &mut bytes).unwrap();
            text = String::from_utf8(bytes).unwrap();
        }
        _ => text.push_str(&answer.body),
    }
    text
}

const BOTH: (&str, &str) = ("accept-encoding", "gzip, deflate, br");

on_both! {
    async fn an_answer_goes_in_the_coding_that_the_client_takes(app) {
        blog(&app);
        app.allow("public", Action::Read, "*").await;
        articles(&app, 10).await;
        let server = Server::start(&app).await;
        let path = "/api/articles";
        let plain = server.get(path, None).await;
        assert_eq!((plain.header("content-encoding"), plain.header("vary")), ("", "Authorization, Accept-Encoding"));
        let hash = plain.header("etag").trim_matches('"').to_owned();
        let gzip = server.ask("GET", path, &[("accept-encoding", "gzip")]).await;
        assert_eq!((gzip.header("content-encoding"), gzip.header("etag")), ("gzip", format!("\"{hash}-gzip\"").as_str()));
        assert!(unpacked(&gzip) == plain.body && gzip.bytes.len() < plain.bytes.len() / 4, "{} bytes", gzip.bytes.len());
        // gzip at once; Brotli for what is asked for again.
        assert_eq!(server.ask("GET", path, &[BOTH]).await.header("content-encoding"), "gzip");
        let br = server.ask("GET", path, &[BOTH]).await;
        assert_eq!((br.header("content-encoding"), br.header("etag")), ("br", format!("\"{hash}-br\"").as_str()));
        assert!(unpacked(&br) == plain.body && br.bytes.len() < gzip.bytes.len());
        assert_eq!(server.ask("GET", path, &[("accept-encoding", "br;q=0.1, gzip")]).await.header("content-encoding"), "gzip");
        for header in ["identity", "gzip;q=0", "deflate", "", "*;q=0"] {
            let answer = server.ask("GET", path, &[("accept-encoding", header)]).await;
            assert_eq!((answer.header("content-encoding"), answer.header("etag")), ("", plain.header("etag")), "{header}");
        }
        let head = server.ask("HEAD", path, &[BOTH]).await;
        assert_eq!((head.status, head.header("content-encoding")), (200, "br"));
        assert_eq!(head.header("content-length"), br.header("content-length"));
        // Each form is known by its own tag, to those who take it.
        for (tag, takes, status) in [("", "gzip", 304), ("-gzip", "gzip", 304), ("-br", "gzip", 200), ("-br", "br", 304), ("-gzip", "identity", 200)] {
            let tag = format!("\"{hash}{tag}\"");
            let answer = server.ask("GET", path, &[("if-none-match", &tag), ("accept-encoding", takes)]).await;
            assert_eq!((answer.status, answer.header("vary")), (status, plain.header("vary")), "{tag} {takes}");
            assert!(status == 200 || answer.header("etag") == tag && answer.header("content-encoding").is_empty());
        }
        let small = server.ask("GET", "/api/articles?pagination[pageSize]=1&fields=n", &[BOTH]).await;
        assert_eq!((small.status, small.header("content-encoding")), (200, ""));
        server.stop().await;
    }

    async fn compressed_forms_count_into_the_bytes_of_the_cache_and_go_with_their_answer(app) {
        blog(&app);
        app.allow("public", Action::Read, "*").await;
        let ids = articles(&app, 20).await;
        let server = Server::start(&app).await;
        let path = "/api/articles?pagination[pageSize]=20";
        // The first read of a model is not kept, nor any before the log's head was looked at.
        let mut before = delivery::stats(&app.core);
        for _ in 0..1000 {
            server.get(path, None).await;
            before = delivery::stats(&app.core);
            if before.entries > 0 {
                break;
            }
        }
        assert!(before.entries >= 1, "{before:?}");
        let gzip = server.ask("GET", path, &[("accept-encoding", "gzip")]).await;
        let after = delivery::stats(&app.core);
        assert_eq!(after.entries, before.entries);
        assert_eq!(after.bytes, before.bytes + gzip.bytes.len() as u64, "{before:?} {after:?}");
        assert!(after.hits > before.hits);
        app.save(&ids[0], json!({"title": "new"})).await.unwrap();
        app.publish(&ids[0]).await.unwrap();
        let fresh = server.ask("GET", path, &[("accept-encoding", "gzip")]).await;
        assert!(unpacked(&fresh).contains("\"new\"") && fresh.header("etag") != gzip.header("etag"));
        server.stop().await;
    }

    async fn a_cdn_is_told_what_an_answer_is_made_of(app) {
        blog(&app);
        role(&app, "public", json!([{"action": "read", "type": "article"}, {"action": "read", "type": "about"}]));
        let ids = articles(&app, 61).await;
        app.publish_new("about", json!({"text": "We"})).await;
        let site = token(&app, "reader").await;
        let server = Server::start(&app).await;
        let page = server.get("/api/articles?pagination[pageSize]=60&sort=n", None).await;
        let mut tags: Vec<&str> = page.header("cache-tag").split(',').collect();
        assert_eq!((tags.len(), tags.remove(0)), (61, "article"));
        assert!(ids[..60].iter().all(|id| tags.contains(&id.as_str())));
        assert_eq!(page.header("surrogate-key"), page.header("cache-tag").replace(',', " "));
        assert_eq!(server.get("/api/articles?pagination[pageSize]=61", None).await.header("cache-tag"), "article");
        let known = server.ask("GET", "/api/articles?pagination[pageSize]=60&sort=n", &[("if-none-match", page.header("etag"))]).await;
        assert_eq!((known.status, known.header("cache-tag")), (304, page.header("cache-tag")));
        // What one may not read is not among the tags, even where a link may lead to it.
        let html = server.get("/api/about?richText=html", None).await;
        assert!(html.header("cache-tag").contains("article") && !html.header("cache-tag").contains("author"));
        assert_eq!(html.header("cache-control"), "public, max-age=60");
        let own = server.get("/api/articles", Some(&site)).await;
        assert_eq!((own.header("cache-tag"), own.header("cache-control")), ("", "private, no-store"));
        server.stop().await;
    }
}
