//! Whatever a client sends: refused at once, in the one shape, naming the parameter or the place; memory stays bounded.

use crate::process::Site;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// No refusal takes this long, on the slowest machine.
const DEADLINE: Duration = Duration::from_secs(10);

/// Connections to a server that send whatever they are told to.
struct Raw {
    address: String,
    token: String,
}

struct Answer {
    status: u16,
    body: Value,
}

impl Raw {
    fn open(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        stream.set_write_timeout(Some(DEADLINE)).unwrap();
        stream
    }

    /// The answer to `head`, a request without its last empty line, and `body`.
    fn send(&self, head: &[u8], body: &[u8]) -> Answer {
        let mut stream = self.open();
        stream.write_all(head).unwrap();
        stream.write_all(b"host: localhost\r\nconnection: close\r\n\r\n").unwrap();
        // A server that has refused need not read on.
        let _ = stream.write_all(body);
        answer(stream)
    }

    fn get(&self, target: &str) -> Answer {
        let head = format!("GET {target} HTTP/1.1\r\nauthorization: Bearer {}\r\n", self.token);
        self.send(head.as_bytes(), b"")
    }

    fn post(&self, target: &str, body: &[u8]) -> Answer {
        let head = format!(
            "POST {target} HTTP/1.1\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n",
            self.token,
            body.len()
        );
        self.send(head.as_bytes(), body)
    }
}

fn answer(stream: TcpStream) -> Answer {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).expect("an answer in time");
    let status = line.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or_else(|| panic!("no answer: {line:?}"));
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes).unwrap();
    Answer { status, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) }
}

/// What was not refused as it should be: all of it is told at once.
#[derive(Default)]
struct Wrong(Vec<String>);

impl Wrong {
    /// The one shape, and what `key` (`parameter` or `pointer`) of its first problem says; `place…` is its beginning.
    fn note(&mut self, answer: &Answer, status: u16, (key, place): (&str, &str), sent: &str) {
        let error = &answer.body["error"];
        let shaped = answer.body["data"].is_null() && error["status"] == status && answer.body["detail"].is_string();
        let named = error["details"]["errors"][0][key].as_str();
        let is_named = match (key, place.strip_suffix('…')) {
            ("", _) => true,
            (_, Some(start)) => named.is_some_and(|named| named.starts_with(start)),
            (_, None) => named == Some(place),
        };
        if answer.status != status
            || !shaped
            || !error["name"].is_string()
            || !error["message"].is_string()
            || !is_named
        {
            let sent: String = sent.chars().take(120).collect();
            let body: String = answer.body.to_string().chars().take(400).collect();
            self.0.push(format!("{sent}: expected {status} at '{place}': {} {body}", answer.status));
        }
    }
}

fn site_of(site: &Site) -> String {
    site.push(&[
        json!({"kind": "component", "singular": "part", "fields": [
            {"name": "word", "type": "string"}, {"name": "n", "type": "integer"}]}),
        json!({"kind": "collection", "singular": "author", "plural": "authors", "fields": [{"name": "name", "type": "string"}]}),
        json!({"kind": "collection", "singular": "article", "plural": "articles", "fields": [
            {"name": "title", "type": "string"}, {"name": "n", "type": "integer"}, {"name": "on", "type": "boolean"},
            {"name": "price", "type": "decimal", "scale": 2}, {"name": "day", "type": "date"}, {"name": "at", "type": "datetime"},
            {"name": "body", "type": "rich_text"}, {"name": "words", "type": "tags"}, {"name": "any", "type": "json"},
            {"name": "part", "type": "component", "component": "part"},
            {"name": "parts", "type": "component", "component": "part", "repeatable": true},
            {"name": "blocks", "type": "blocks", "components": ["part"]},
            {"name": "author", "type": "relation", "targets": ["author"], "inverse": "articles"}]}),
    ]);
    let said = site.run(&["token", "create", "--name", "site", "--role", "admin"]).ok();
    said.split_whitespace().find(|word| word.starts_with("mh_")).unwrap().to_owned()
}

fn nested(open: &str, depth: usize, inner: &str, close: &str) -> String {
    format!("{}{inner}{}", open.repeat(depth), close.repeat(depth))
}

fn queries() -> Vec<(String, &'static str)> {
    let clauses: Vec<String> = (0..2_000).map(|n| format!("filters[$or][{}][n]={n}", n % 200)).collect();
    let lists: Vec<String> = (0..999).map(|n| format!("filters[$or][{}][title]={n}", n % 200)).collect();
    let mut all: Vec<(String, &str)> = [
        ("x=1", "x"),
        ("filters[titel]=x", "filters[titel]"),
        ("filters[title][$like]=x", "filters[title][$like]"),
        ("filters[$xor][0][n]=1", "filters[$xor]"),
        ("filters[author][nome]=x", "filters[author][nome]"),
        ("filters[n]=many", "filters[n]"),
        ("filters[n][$gt]=99999999999999999999", "filters[n][$gt]"),
        ("filters[on]=perhaps", "filters[on]"),
        ("filters[at][$lt]=yesterday", "filters[at][$lt]"),
        ("filters[n][$between]=1", "filters[n][$between]"),
        ("filters[n][$null]=perhaps", "filters[n][$null]"),
        ("filters=x", "filters"),
        ("filters[n", "filters[n"),
        ("filters]n[=1", "filters]n["),
        ("filters[n]x=1", "filters[n]x"),
        ("filters[body]=x", "filters[body]"),
        ("filters[any][a]=x", "filters[any]…"),
        ("sort=titel", "sort"),
        ("sort=n:up", "sort"),
        ("sort[0][n]=up", "sort…"),
        ("fields=titel", "fields"),
        ("fields[0]=n&fields[1]=m", "fields…"),
        ("populate=nobody", "populate"),
        ("populate[author][fields]=x", "populate[author][fields]"),
        ("populate[title]=true", "populate…"),
        ("populate[author][foo]=x", "populate[author][foo]"),
        ("pagination[page]=0", "pagination[page]"),
        ("pagination[page]=-1", "pagination[page]"),
        ("pagination[page]=x", "pagination[page]"),
        ("pagination[pageSize]=1.5", "pagination[pageSize]"),
        ("pagination[size]=1", "pagination[size]"),
        ("pagination[page]=1&pagination[start]=1", "pagination…"),
        ("pagination[cursor]=nonsense", "pagination[cursor]"),
        ("pagination[start]=10001", "pagination[start]"),
        ("pagination[page]=402", "pagination[page]"),
        ("pagination=1", "pagination"),
        ("locale=xx", "locale"),
        ("locale[a]=en", "locale"),
        ("fallbackLocale=xx", "fallbackLocale"),
        ("locale=en&locale=de", "locale"),
        ("status=secret", "status"),
        ("richText=pdf", "richText"),
        ("at=2024-01-01T00:00:00Z", "at"),
        ("publicationState=live", "publicationState"),
        ("filters[title]=%00", "filters[title]"),
        ("filters[title]=%ff", "filters[title]"),
        ("filters[title]=%zz", "filters[title]"),
        ("filters[title]=%", "filters[title]"),
        ("%ff=1", "%ff"),
        ("_q=%C3%28", "_q"),
        ("filters[n]=1&filters[n][$eq]=1", "filters[n]…"),
    ]
    .into_iter()
    .map(|(query, place)| (query.to_owned(), place))
    .collect();
    all.extend([
        (clauses.join("&"), "filters…"),
        (lists.join("&"), "filters…"),
        (format!("filters{}=1", "[$not]".repeat(1000)), "filters…"),
        (format!("filters{}[n]=1", "[$and][0]".repeat(12)), "filters…"),
        (format!("populate{}=*", "[author][populate][articles][populate]".repeat(250)), "populate…"),
        (format!("populate{}=*", "[author][populate][articles][populate]".repeat(4)), "populate…"),
        (format!("filters{}[name]=x", "[author][articles]".repeat(6)), "filters…"),
        (format!("_q={}", "x".repeat(10_000)), "_q"),
        (format!("filters[title]={}", "x".repeat(20_000)), "filters[title]"),
        (format!("{}=1", "x".repeat(10_000)), "x…"),
        (format!("filters[n][$in]={}", "1,".repeat(5000)), "filters[n][$in]…"),
        ("a=1&".repeat(1001), "a"),
    ]);
    all
}

fn bodies() -> Vec<(Vec<u8>, &'static str)> {
    let text = |text: &str| text.as_bytes().to_vec();
    let data = |data: &str| format!("{{\"data\":{data}}}").into_bytes();
    vec![
        (text(""), ""),
        (text("{"), ""),
        (text("nonsense"), ""),
        (text("[]"), ""),
        (text("{}"), "/data"),
        (text("{\"data\":[]}"), "/data"),
        (text("{\"data\":{},\"title\":1}"), "/title"),
        (text("{\"data\":{}} {}"), ""),
        (data("{\"titel\":1}"), "/data/titel"),
        (data("{\"title\":1}"), "/data/title"),
        (data("{\"title\":{}}"), "/data/title"),
        (data("{\"title\":[\"a\"]}"), "/data/title"),
        (data("{\"n\":\"many\"}"), "/data/n"),
        (data("{\"n\":1.5}"), "/data/n"),
        (data("{\"n\":99999999999999999999}"), "/data/n"),
        (data("{\"n\":1e400}"), ""),
        (data("{\"on\":1}"), "/data/on"),
        (data("{\"price\":\"much\"}"), "/data/price"),
        (data("{\"day\":\"2024-02-30\"}"), "/data/day"),
        (data("{\"at\":\"2024-01-01T00:00:00\"}"), "/data/at"),
        (data("{\"words\":[1]}"), "/data/words…"),
        (data("{\"words\":{}}"), "/data/words"),
        (data("{\"part\":[]}"), "/data/part"),
        (data("{\"part\":{\"n\":\"x\"}}"), "/data/part/n"),
        (data("{\"part\":{\"m\":1}}"), "/data/part/m"),
        (data("{\"parts\":{}}"), "/data/parts"),
        (data("{\"parts\":[{},{\"n\":[]}]}"), "/data/parts/1/n"),
        (data("{\"parts\":[1]}"), "/data/parts/0"),
        (data("{\"blocks\":[{}]}"), "/data/blocks/0…"),
        (data("{\"blocks\":[{\"__component\":\"nothing\"}]}"), "/data/blocks/0…"),
        (data("{\"blocks\":[{\"__component\":\"part\",\"n\":{}}]}"), "/data/blocks/0/n"),
        (data("{\"blocks\":[{\"__component\":\"part\",\"id\":{}}]}"), "/data/blocks/0/id"),
        (data("{\"part\":{\"id\":[]}}"), "/data/part/id"),
        (data("{\"author\":5.5}"), "/data/author"),
        (data("{\"author\":\"aaaaaaaaaaaaaaaaaaaaaaaa\"}"), "/data/author…"),
        (data("{\"author\":{\"connect\":{\"a\":1}}}"), "/data/author…"),
        (data("{\"body\":{\"type\":\"doc\",\"content\":[{\"type\":\"bomb\"}]}}"), "/data/body…"),
        (data("{\"body\":7}"), "/data/body…"),
        (data("{\"title\":\"a\\u0000b\"}"), "/data/title"),
        (data("{\"any\":{\"a\":\"\\u0000\"}}"), "/data/any…"),
        (data("{\"title\":\"a\",\"title\":\"b\"}"), "/data/title"),
        (data("{\"part\":{\"n\":1,\"n\":2}}"), "/data/part/n"),
        (data("{\"any\":[{\"a\":1,\"a\":1}]}"), "/data/any/0/a"),
        (text("{\"data\":{},\"data\":{}}"), "/data"),
        (b"{\"data\":{\"title\":\"\xff\xfe\"}}".to_vec(), ""),
        (b"\xff\xfe{}".to_vec(), ""),
        (data("{\"title\":\"\\ud800\"}"), ""),
        (data(&format!("{{\"any\":{}}}", nested("[", 1000, "", "]"))), ""),
        (data(&format!("{{\"any\":{}}}", nested("{\"a\":", 1000, "1", "}"))), ""),
        (nested("[", 100_000, "", "").into_bytes(), ""),
        (data(&format!("{{\"parts\":[{}]}}", vec!["{}"; 20_000].join(","))), "/data/parts…"),
    ]
}

on_both_sites! {
    fn whatever_is_sent_is_refused_by_name_and_costs_no_memory(site) {
        let token = site_of(site);
        let server = site.serve();
        let raw = Raw { address: server.url.strip_prefix("http://").unwrap().to_owned(), token };
        let created = raw.post("/api/articles", br#"{"data":{"title":"T","n":1}}"#);
        assert_eq!(created.status, 201, "{}", created.body);
        let mut wrong = Wrong::default();
        let before = server.peak_memory();

        for (query, place) in queries() {
            wrong.note(&raw.get(&format!("/api/articles?{query}")), 400, ("parameter", place), &query);
        }
        let capped = raw.get("/api/articles?pagination[pageSize]=1000000");
        assert_eq!((capped.status, &capped.body["meta"]["pagination"]["pageSize"]), (200, &json!(100)));
        let long = "a".repeat(5000);
        for id in ["x", "%00", "%ff", "%2e%2e", "aaaaaaaaaaaaaaaaaaaaaaaaa", "AAAAAAAAAAAAAAAAAAAAAAAA", "1", "-1", long.as_str(), "a/b", "'%20OR%201=1"] {
            wrong.note(&raw.get(&format!("/api/articles/{id}")), 404, ("", ""), id);
            wrong.note(&raw.get(&format!("/api/{id}")), 404, ("", ""), id);
        }

        for (body, pointer) in bodies() {
            let shown = String::from_utf8_lossy(&body).into_owned();
            wrong.note(&raw.post("/api/articles", &body), 400, ("pointer", pointer), &shown);
        }
        wrong.note(&raw.post("/api/articles?locale=xx", b"{\"data\":{}}"), 400, ("parameter", "locale"), "locale of a write");
        for body in [&b"[]"[..], b"[null,null]", b"7", b"null", b"\"x\""] {
            let shown = String::from_utf8_lossy(body).into_owned();
            for path in ["/admin/api/documents/article", "/admin/api/tokens", "/admin/api/schema/plan", "/admin/api/types/article/views"] {
                wrong.note(&raw.post(path, body), 400, ("pointer", ""), &format!("{path} {shown}"));
            }
        }
        let text = format!(
            "POST /api/articles HTTP/1.1\r\nauthorization: Bearer {}\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n",
            raw.token
        );
        wrong.note(&raw.send(text.as_bytes(), b"{}"), 415, ("", ""), "text");

        // Too large: said at once where the length is known, else as soon as it is too much.
        let head = format!("POST /api/articles HTTP/1.1\r\nauthorization: Bearer {}\r\n", raw.token);
        let mut known = raw.open();
        write!(known, "{head}host: localhost\r\ncontent-length: {}\r\n\r\n", 64 << 20).unwrap();
        wrong.note(&answer(known), 413, ("", ""), "64 MB");
        let mut endless = raw.open();
        write!(endless, "{head}host: localhost\r\ntransfer-encoding: chunked\r\n\r\n").unwrap();
        let chunk = format!("{:x}\r\n{}\r\n", 1 << 16, "x".repeat(1 << 16));
        let mut sent = 0;
        while sent < 200 << 20 && endless.write_all(chunk.as_bytes()).is_ok() {
            sent += 1 << 16;
        }
        assert!(sent < 200 << 20, "it reads on for ever");
        let full = vec![b' '; 64 << 20];
        wrong.note(&raw.post("/api/articles", &full), 413, ("", ""), "64 MB");

        // What is refused before it is a request.
        for (head, statuses) in [
            (format!("GET /api/articles HTTP/1.1\r\nx: {}\r\n", "x".repeat(1 << 20)), vec![431]),
            (format!("GET /api/{} HTTP/1.1\r\n", "x".repeat(100_000)), vec![414, 431]),
            (format!("GET /api/articles HTTP/1.1\r\n{}", "x: y\r\n".repeat(1000)), vec![431]),
            (format!("GET /api/articles?{} HTTP/1.1\r\n", "filters[n]=1&".repeat(10_000)), vec![414, 431]),
            ("GET /api/articles HTTP/1.1\r\nbad header\r\n".to_owned(), vec![400]),
        ] {
            let mut stream = raw.open();
            let _ = stream.write_all(head.as_bytes());
            let _ = stream.write_all(b"host: localhost\r\n\r\n");
            let refused = answer(stream);
            assert!(statuses.contains(&refused.status), "{}: {}", &head[..40], refused.status);
            wrong.note(&refused, refused.status, ("", ""), &head);
        }
        // The same on a connection that was used before.
        let mut kept = raw.open();
        for (target, status) in [("/healthz".to_owned(), 200), (format!("/api/{}", "x".repeat(100_000)), 414)] {
            kept.write_all(format!("GET {target} HTTP/1.1\r\nhost: localhost\r\n\r\n").as_bytes()).unwrap();
            let answered = answer(kept.try_clone().unwrap());
            assert_eq!(answered.status, status, "{}", answered.body);
            if status != 200 {
                wrong.note(&answered, status, ("", ""), &target);
            }
        }
        wrong.note(&raw.send(b"GET /api/\xff\xfe HTTP/1.1\r\n", b""), 400, ("", ""), "no path");

        assert!(wrong.0.is_empty(), "{}", wrong.0.join("\n"));
        assert_eq!(server.get("/healthz").0, 200);
        if let (Some(before), Some(after)) = (before, server.peak_memory()) {
            assert!(after < before + (160 << 20), "memory grew from {before} to {after}");
        }
    }
}
