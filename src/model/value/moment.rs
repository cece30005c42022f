//! Dates, times and moments: the forms that are accepted, and the one form of each that is stored.
//!
//! Stored forms sort by their bytes, so years have four digits (0001–9999) and fractions three.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

/// Why a text is not a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAMoment {
    #[error("write a date and time with offset, e.g. `2024-05-31T14:30:00Z`")]
    Form,
    #[error("say in which time zone: add `Z` for UTC or an offset such as `+02:00`")]
    Offset,
}

/// `YYYY-MM-DD` of a day that exists.
pub fn date(text: &str) -> Option<String> {
    civil_date(text).map(|_| text.to_owned())
}

/// `HH:MM:SS.mmm` from that, `HH:MM:SS` or `HH:MM`; finer fractions are cut.
pub fn time(text: &str) -> Option<String> {
    let time = civil_time(text)?;
    Some(format!("{:02}:{:02}:{:02}.{:03}", time.hour(), time.minute(), time.second(), time.millisecond()))
}

/// RFC 3339 with an offset → `YYYY-MM-DDTHH:MM:SS.mmmZ` in UTC; finer fractions are cut, seconds may be left out.
pub fn datetime(text: &str) -> Result<String, NotAMoment> {
    let form = NotAMoment::Form;
    if !text.is_ascii() || text.len() < 16 || !matches!(text.as_bytes()[10], b'T' | b't' | b' ') {
        return Err(form);
    }
    let day = civil_date(&text[..10]).ok_or(form)?;
    let rest = &text[11..];
    let (clock, offset) = match rest.find(['Z', 'z', '+', '-']) {
        Some(at) => (&rest[..at], parse_offset(&rest[at..]).ok_or(form)?),
        None => {
            return Err(if civil_time(rest).is_some() { NotAMoment::Offset } else { form });
        }
    };
    let clock = civil_time(clock).ok_or(form)?;
    let utc = offset.to_timestamp(day.to_datetime(clock)).map(|at| Offset::UTC.to_datetime(at)).map_err(|_| form)?;
    if utc.year() < 1 { Err(form) } else { Ok(write(utc)) }
}

fn write(at: DateTime) -> String {
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        at.year(),
        at.month(),
        at.day(),
        at.hour(),
        at.minute(),
        at.second(),
        at.millisecond()
    )
}

fn civil_date(text: &str) -> Option<Date> {
    let bytes = text.as_bytes();
    if !text.is_ascii() || bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let day = Date::new(digits(&text[..4])?, two(&text[5..7])?, two(&text[8..])?).ok()?;
    (day.year() >= 1).then_some(day)
}

fn civil_time(text: &str) -> Option<Time> {
    let mut parts = text.splitn(3, ':');
    let (hour, minute) = (two(parts.next()?)?, two(parts.next()?)?);
    let (second, fraction) = match parts.next() {
        None => (0, 0),
        Some(rest) => match rest.split_once('.') {
            None => (two(rest)?, 0),
            Some((second, fraction)) => (two(second)?, nanoseconds(fraction)?),
        },
    };
    // A leap second, which RFC 3339 allows, is read as the second before it.
    Time::new(hour, minute, if second == 60 { 59 } else { second }, fraction).ok()
}

fn parse_offset(text: &str) -> Option<Offset> {
    if matches!(text, "Z" | "z") {
        return Some(Offset::UTC);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = match text.len() {
        6 if text.as_bytes()[3] == b':' => (two(&text[1..3])?, two(&text[4..])?),
        5 => (two(&text[1..3])?, two(&text[3..])?),
        _ => return None,
    };
    if hours > 23 || minutes > 59 {
        return None;
    }
    Offset::from_seconds(sign * (i32::from(hours) * 3600 + i32::from(minutes) * 60)).ok()
}

fn nanoseconds(fraction: &str) -> Option<i32> {
    if fraction.is_empty() || fraction.len() > 9 {
        return None;
    }
    let value: i32 = digits(fraction)?;
    Some(value * 10i32.pow(9 - fraction.len() as u32))
}

fn two(text: &str) -> Option<i8> {
    if text.len() == 2 { digits(text) } else { None }
}

fn digits<N: std::str::FromStr>(text: &str) -> Option<N> {
    if text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}
