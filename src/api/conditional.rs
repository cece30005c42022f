//! Conditional reads: whether the caller has the answer already.

use poem::http::HeaderMap;
use poem::http::header::IF_NONE_MATCH;

/// Whether an `If-None-Match` names `etag` (quoted), by weak comparison as RFC 9110 asks for reads.
pub fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).any(|list| names(list, etag))
}

fn names(list: &str, etag: &str) -> bool {
    // Our own tags hold no comma, so one inside a foreign tag can only make it not match.
    list.split(',').map(str::trim).any(|tag| tag == "*" || opaque(tag) == opaque(etag))
}

fn opaque(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn an_entity_tag_is_found_in_lists_weak_or_strong() {
        assert!(names("\"a\"", "\"a\""));
        assert!(names("W/\"a\"", "\"a\""));
        assert!(names("\"b\", W/\"a\" ,\"c\"", "\"a\""));
        assert!(names("*", "\"a\""));
        assert!(!names("\"b\"", "\"a\""));
        assert!(!names("a", "\"a\""));
        assert!(!names("", "\"a\""));
    }
}
