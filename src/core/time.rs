//! Moments: stored as microseconds since 1970 UTC, delivered as RFC 3339 in UTC with milliseconds.

/// This moment.
pub fn now() -> i64 {
    masthead_store::now_micros()
}

/// `2026-01-31T08:15:00.000Z`.
pub fn to_text(micros: i64) -> String {
    match jiff::Timestamp::from_microsecond(micros) {
        Ok(at) => at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string(),
        Err(_) => String::new(),
    }
}

/// As HTTP writes it, in whole seconds: `Sat, 31 Jan 2026 08:15:00 GMT`.
pub fn to_http(micros: i64) -> String {
    match jiff::Timestamp::from_microsecond(micros) {
        Ok(at) => at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string(),
        Err(_) => String::new(),
    }
}

/// From RFC 3339 with an offset, or a bare date or datetime taken as UTC.
pub fn parse(text: &str) -> Option<i64> {
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Some(at.as_microsecond());
    }
    let date: jiff::civil::DateTime = text.parse().ok()?;
    date.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|z| z.timestamp().as_microsecond())
}

#[cfg(test)]
mod tests {
    #[test]
    fn moments_come_back() {
        let at = super::parse("2024-02-29T23:59:59.123+01:00").unwrap();
        assert_eq!(super::to_text(at), "2024-02-29T22:59:59.123Z");
        assert_eq!(super::parse("2014-12-12"), super::parse("2014-12-12T00:00:00Z"));
        assert_eq!(super::parse("yesterday"), None);
    }
}
