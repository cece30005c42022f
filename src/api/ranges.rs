//! Parts of a file, as `Range` and `If-Range` ask for them (RFC 9110, 14). Where the RFC leaves a choice, as nginx does.

use poem::http::HeaderMap;
use poem::http::header::{IF_RANGE, RANGE};
use std::ops::Range;

/// Most parts of one answer; whoever wants more gets the whole file.
const MOST: usize = 100;

/// What of a file is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    Whole,
    Part(Range<u64>),
    /// Two or more.
    Parts(Vec<Range<u64>>),
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
    let Some((unit, list)) = range.split_at_checked("bytes=".len()) else { return Wanted::Whole };
    if !unit.eq_ignore_ascii_case("bytes=") || list.is_empty() {
        return Wanted::Whole;
    }
    let mut parts = Vec::new();
    for one in list.split(',') {
        match part(one, size) {
            None => return Wanted::Nothing,
            Some(part) if part.start < part.end => parts.push(part),
            Some(part) if part.start == 0 => return Wanted::Whole,
            Some(_) => {}
        }
    }
    let asked: u64 = parts.iter().fold(0, |sum, part| sum.saturating_add(part.end - part.start));
    match parts.as_slice() {
        [] => Wanted::Nothing,
        _ if asked > size || parts.len() > MOST => Wanted::Whole,
        [part] => Wanted::Part(part.clone()),
        _ => Wanted::Parts(parts),
    }
}

/// `first-last`, `first-` or `-length` within the file, empty where it is beyond; none when it is none of these.
fn part(text: &str, size: u64) -> Option<Range<u64>> {
    let (first, last) = text.trim().split_once('-')?;
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u64>().ok()).flatten();
    match (first.trim(), last.trim()) {
        ("", length) => Some(size.saturating_sub(number(length)?)..size),
        (first, "") => Some(number(first)?..size),
        (first, last) => Some(number(first)?..number(last)?.saturating_add(1).min(size)),
    }
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
        assert_eq!(of("Bytes= 0 - 3 ", None), Wanted::Part(0..4));
        for nothing in ["bytes=10-", "bytes=5-2", "bytes=-0", "bytes=x-1", "bytes=-", "bytes=+1-2", "bytes=0-1,x"] {
            assert_eq!(of(nothing, None), Wanted::Nothing, "{nothing}");
        }
        assert_eq!(of("bytes=0-1,4-5", None), Wanted::Parts(vec![0..2, 4..6]));
        assert_eq!(of("bytes=0-1,20-30", None), Wanted::Part(0..2));
        for whole in ["items=0-3", "bytes=", "bytes =0-3", "bytes=0-8,1-9", "none"] {
            assert_eq!(of(whole, None), Wanted::Whole, "{whole}");
        }
        assert_eq!(of("bytes=0-3", Some("\"a\"")), Wanted::Part(0..4));
        assert_eq!(of("bytes=0-3", Some("\"b\"")), Wanted::Whole);
        assert_eq!(of("bytes=0-3", Some("W/\"a\"")), Wanted::Whole);
    }
}
