//! Parts of a file, as `Range` and `If-Range` ask for them (RFC 9110, 14). One part at a time: several are answered
//! with the whole file, as the RFC allows.

use poem::http::HeaderMap;
use poem::http::header::{IF_RANGE, RANGE};
use std::ops::Range;

/// What of a file is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    Whole,
    Part(Range<u64>),
    /// Nothing of what was asked for is there.
    Nothing,
}

/// What these headers ask for of a file of `size` bytes.
pub fn wanted(headers: &HeaderMap, size: u64, etag: &str, modified: &str) -> Wanted {
    let Some(range) = headers.get(RANGE).and_then(|v| v.to_str().ok()) else { return Wanted::Whole };
    // A weak tag never matches here.
    let same = |v: &poem::http::HeaderValue| v == etag || (!modified.is_empty() && v == modified);
    if headers.get(IF_RANGE).is_some_and(|v| !same(v)) {
        return Wanted::Whole;
    }
    let Some((unit, list)) = range.split_once('=') else { return Wanted::Whole };
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return Wanted::Whole;
    }
    if list.contains(',') {
        return Wanted::Whole;
    }
    let Some((first, last)) = list.trim().split_once('-') else { return Wanted::Nothing };
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let part = match (first.trim().is_empty(), number(first), number(last)) {
        (true, _, Some(length)) => size.saturating_sub(length)..size,
        (false, Some(first), Some(last)) if first <= last => first..last.saturating_add(1).min(size),
        (false, Some(first), None) if last.trim().is_empty() => first..size,
        _ => return Wanted::Nothing,
    };
    if part.start < part.end { Wanted::Part(part) } else { Wanted::Nothing }
}

#[cfg(test)]
mod tests {
    use super::*;
    use poem::http::HeaderValue;

    fn of(range: &str, condition: Option<&str>) -> Wanted {
        let mut headers = HeaderMap::new();
        headers.insert(RANGE, HeaderValue::from_str(range).unwrap());
        if let Some(condition) = condition {
            headers.insert(IF_RANGE, HeaderValue::from_str(condition).unwrap());
        }
        wanted(&headers, 10, "\"a\"", "Sat, 31 Jan 2026 08:15:00 GMT")
    }

    #[test]
    fn ranges_are_cut_to_the_file() {
        assert_eq!(of("bytes=0-3", None), Wanted::Part(0..4));
        assert_eq!(of("bytes=8-99", None), Wanted::Part(8..10));
        assert_eq!(of("bytes=4-", None), Wanted::Part(4..10));
        assert_eq!(of("bytes=-4", None), Wanted::Part(6..10));
        assert_eq!(of("bytes=-99", None), Wanted::Part(0..10));
        for nothing in ["bytes=10-", "bytes=5-2", "bytes=-0", "bytes=x-1", "bytes=-"] {
            assert_eq!(of(nothing, None), Wanted::Nothing, "{nothing}");
        }
        assert_eq!(of("items=0-3", None), Wanted::Whole);
        assert_eq!(of("bytes=0-3", Some("\"a\"")), Wanted::Part(0..4));
        assert_eq!(of("bytes=0-3", Some("\"b\"")), Wanted::Whole);
        assert_eq!(of("bytes=0-3", Some("W/\"a\"")), Wanted::Whole);
    }
}
