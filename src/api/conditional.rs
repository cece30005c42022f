//! Conditional reads: whether the caller has the answer already, in a form that it may use.

use masthead_core::delivery::{Coding, Codings};
use poem::http::HeaderMap;
use poem::http::header::{HeaderValue, IF_NONE_MATCH};

/// The tag of an answer (quoted, of what is not compressed) in a coding.
pub fn tag(etag: &str, coding: Option<Coding>) -> Option<HeaderValue> {
    let Some(coding) = coding else { return HeaderValue::from_str(etag).ok() };
    HeaderValue::try_from(format!("\"{}-{}\"", etag.trim_matches('"'), coding.name())).ok()
}

/// The tag among those of `If-None-Match` under which the caller has the answer, by weak comparison as RFC 9110 asks
/// for reads. A compressed form counts only for a caller that takes it: a cache asks for many.
pub fn known(headers: &HeaderMap, etag: &str, takes: Codings) -> Option<HeaderValue> {
    let mut lists = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).peekable();
    lists.peek()?;
    let coding = lists.find_map(|list| named(list, etag, takes))?;
    tag(etag, coding)
}

/// Whether the caller has an answer that goes in one form only.
pub fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    known(headers, etag, Codings::default()).is_some()
}

fn named(list: &str, etag: &str, takes: Codings) -> Option<Option<Coding>> {
    let hash = etag.trim_matches('"');
    // Our own tags hold no comma, so one inside a foreign tag can only make it not match.
    list.split(',').map(str::trim).find_map(|tag| {
        if tag == "*" {
            return Some(None);
        }
        let opaque = tag.strip_prefix("W/").unwrap_or(tag).strip_prefix('"')?.strip_suffix('"')?;
        match opaque.strip_prefix(hash)? {
            "" => Some(None),
            "-gzip" if takes.gzip => Some(Some(Coding::Gzip)),
            "-br" if takes.br => Some(Some(Coding::Br)),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_named(list: &str, takes: Codings) -> Option<Option<Coding>> {
        named(list, "\"a\"", takes)
    }

    const BOTH: Codings = Codings { gzip: true, br: true };

    #[test]
    fn an_entity_tag_is_found_in_lists_weak_or_strong() {
        for list in ["\"a\"", "W/\"a\"", "\"b\", W/\"a\" ,\"c\"", "*"] {
            assert_eq!(is_named(list, Codings::default()), Some(None), "{list}");
        }
        for list in ["\"b\"", "a", "", "\"ab\"", "\"a-x\"", "\"a-\""] {
            assert_eq!(is_named(list, BOTH), None, "{list}");
        }
    }

    #[test]
    fn a_compressed_form_counts_for_those_who_take_it() {
        assert_eq!(is_named("\"a-gzip\"", BOTH), Some(Some(Coding::Gzip)));
        assert_eq!(is_named("\"a-br\"", BOTH), Some(Some(Coding::Br)));
        assert_eq!(is_named("\"a-br\"", Codings { gzip: true, br: false }), None);
        assert_eq!(is_named("\"a-br\", \"a\"", Codings::default()), Some(None));
    }

    #[test]
    fn each_form_has_a_tag_of_its_own() {
        assert_eq!(tag("\"a\"", None).unwrap(), "\"a\"");
        assert_eq!(tag("\"a\"", Some(Coding::Gzip)).unwrap(), "\"a-gzip\"");
    }
}
