//! The refusals of what is no request yet: hyper answers those itself, with a bare head, before any route is asked.
//! They get the shape that every refusal has.

use crate::errors::Refusal;

/// The heads that hyper writes by itself are shorter.
const LONGEST: usize = 256;
/// Their headers; an answer of ours has others as well.
const BARE: [&str; 3] = ["connection", "content-length", "date"];

/// What is sent instead of `written`; none when that is no bare refusal.
pub fn instead(written: &[u8]) -> Option<Vec<u8>> {
    if written.len() > LONGEST || !written.starts_with(b"HTTP/1.1 4") {
        return None;
    }
    let head = std::str::from_utf8(written).ok()?.strip_suffix("\r\n\r\n")?;
    let (first, headers) = head.split_once("\r\n")?;
    let headers: Vec<(&str, &str)> = headers.split("\r\n").map(|line| line.split_once(": ")).collect::<Option<_>>()?;
    let is_bare = |(name, _): &(&str, &str)| BARE.contains(&name.to_ascii_lowercase().as_str());
    let is_empty = |(name, value): &(&str, &str)| name.eq_ignore_ascii_case("content-length") && *value == "0";
    if !headers.iter().all(is_bare) || !headers.iter().any(is_empty) {
        return None;
    }
    let body = Refusal::unread(first.split(' ').nth(1)?.parse().ok()?)?.body("").to_string();
    let mut answer = format!("{first}\r\n");
    for (name, value) in headers.iter().filter(|header| !is_empty(header)) {
        answer.push_str(&format!("{name}: {value}\r\n"));
    }
    // Any page may read what it did wrong, as it may read content.
    answer.push_str("access-control-allow-origin: *\r\ncache-control: no-store\r\ncontent-type: application/json\r\n");
    answer.push_str(&format!("x-content-type-options: nosniff\r\ncontent-length: {}\r\n\r\n{body}", body.len()));
    Some(answer.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn a_bare_refusal_gets_a_body_and_nothing_else_is_touched() {
        for (status, reason) in [(400, "Bad Request"), (414, "URI Too Long"), (431, "Request Header Fields Too Large")]
        {
            let bare =
                format!("HTTP/1.1 {status} {reason}\r\nconnection: close\r\ncontent-length: 0\r\ndate: x\r\n\r\n");
            let answer = String::from_utf8(instead(bare.as_bytes()).unwrap()).unwrap();
            let (head, body) = answer.split_once("\r\n\r\n").unwrap();
            assert!(
                head.starts_with(&format!("HTTP/1.1 {status} {reason}\r\nconnection: close\r\ndate: x\r\n")),
                "{head}"
            );
            assert!(head.contains(&format!("content-length: {}", body.len())) && !head.contains("content-length: 0"));
            let body: Value = serde_json::from_str(body).unwrap();
            assert_eq!(
                (&body["data"], &body["error"]["status"], &body["status"]),
                (&Value::Null, &status.into(), &status.into())
            );
        }
        for other in [
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 5\r\ndate: x\r\n\r\n",
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nx-request-id: 1\r\n\r\n",
            "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\nmore",
            "HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 4",
            "",
        ] {
            assert_eq!(instead(other.as_bytes()), None, "{other}");
        }
    }
}
