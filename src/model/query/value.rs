//! Values of filters, from text to what their column holds.

use super::ast::{Op, Operand, System};
use crate::field::{Field, FieldType};
use crate::fold;
use jiff::civil;
use jiff::tz::TimeZone;

/// Longest text in a filter, in characters.
pub(super) const MAX_TEXT: usize = 1000;

/// What a column's values are, finer than how they are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ValueType {
    Text,
    /// Text without case and key.
    Plain,
    /// An identifier: equal or not.
    Word,
    Date,
    Time,
    Integer,
    /// With this many fractional digits.
    Decimal(u32),
    Boolean,
    Datetime,
    PublicId,
}

impl ValueType {
    pub fn of_field(field: &Field) -> Self {
        match field.kind {
            FieldType::Date => Self::Date,
            FieldType::Time => Self::Time,
            FieldType::Integer => Self::Integer,
            FieldType::Decimal => Self::Decimal(field.scale()),
            FieldType::Boolean => Self::Boolean,
            FieldType::Datetime => Self::Datetime,
            _ => Self::Text,
        }
    }

    pub fn of_system(system: System) -> Self {
        match system {
            System::Id => Self::PublicId,
            System::DocumentId | System::Locale | System::CreatedBy | System::UpdatedBy => Self::Word,
            System::CreatedAt | System::UpdatedAt | System::PublishedAt => Self::Datetime,
            System::Position | System::Path => Self::Plain,
        }
    }

    /// `text` as a value to compare by `op`; the error says what it should be.
    pub fn read(self, op: Op, text: &str) -> Result<Operand, String> {
        if text.chars().nth(MAX_TEXT).is_some() {
            return Err(format!("at most {MAX_TEXT} characters"));
        }
        let plain = || Operand::Plain(text.to_owned());
        let read = match self {
            Self::Text => Some(Operand::Text { raw: text.to_owned(), key: fold::key(text) }),
            Self::Plain | Self::Word => Some(plain()),
            // A search looks for a part of the stored form, e.g. `2024-`.
            Self::Date | Self::Time if op.searches() => Some(plain()),
            Self::Date => date(text).map(Operand::Plain),
            Self::Time => time(text).map(Operand::Plain),
            Self::Integer | Self::PublicId => text.parse().ok().map(Operand::Int),
            Self::Decimal(scale) => decimal(text, scale).map(Operand::Int),
            Self::Boolean => boolean(text).map(|b| Operand::Int(i64::from(b))),
            Self::Datetime => datetime(text).map(Operand::Int),
        };
        read.ok_or_else(|| self.expected())
    }

    fn expected(self) -> String {
        match self {
            Self::Text | Self::Plain | Self::Word => "a text".to_owned(),
            Self::Date => "a date like `2024-05-31`".to_owned(),
            Self::Time => "a time like `17:30` or `17:30:00.000`".to_owned(),
            Self::Integer | Self::PublicId => "a whole number".to_owned(),
            Self::Decimal(scale) => format!("a number with at most {scale} fractional digits"),
            Self::Boolean => "`true` or `false`".to_owned(),
            Self::Datetime => "a time like `2024-05-31T17:30:00Z`, or a date".to_owned(),
        }
    }
}

pub(super) fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "1" | "t" => Some(true),
        "false" | "0" | "f" => Some(false),
        _ => None,
    }
}

/// Whether it begins as a calendar date does; the parser behind it is more liberal than an API should be.
fn begins_with_date(text: &str) -> bool {
    text.len() >= 10
        && text.bytes().take(10).enumerate().all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() })
}

fn date(text: &str) -> Option<String> {
    let date: civil::Date = text.parse().ok().filter(|_| text.len() == 10 && begins_with_date(text))?;
    Some(date.to_string())
}

fn time(text: &str) -> Option<String> {
    let digits = text.bytes().all(|b| b.is_ascii_digit() || b == b':' || b == b'.');
    let time: civil::Time = text.parse().ok().filter(|_| digits && text.as_bytes().get(2) == Some(&b':'))?;
    Some(format!("{:02}:{:02}:{:02}.{:03}", time.hour(), time.minute(), time.second(), time.millisecond()))
}

/// Microseconds since 1970 UTC; without an offset the time is UTC.
pub(super) fn datetime(text: &str) -> Option<i64> {
    if !begins_with_date(text) || text.contains('[') {
        return None;
    }
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        return Some(moment.as_microsecond());
    }
    // An offset's `+` that was not percent-encoded arrives as a space.
    if let Some((moment, offset)) = text.rsplit_once(' ')
        && moment.contains(['T', 't', ' '])
    {
        return format!("{moment}+{offset}").parse::<jiff::Timestamp>().ok().map(|t| t.as_microsecond());
    }
    let local: civil::DateTime = text.parse().ok()?;
    TimeZone::UTC.to_timestamp(local).ok().map(|t| t.as_microsecond())
}

/// `text` × 10^scale; none when it has more digits than fit.
fn decimal(text: &str, scale: u32) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let numeric = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let fraction = fraction.trim_end_matches('0');
    if !numeric(whole) || !(fraction.is_empty() && !digits.ends_with('.') || numeric(fraction)) {
        return None;
    }
    let missing = scale.checked_sub(u32::try_from(fraction.len()).ok()?)?;
    let number: i64 = format!("{}{whole}{fraction}", if sign < 0 { "-" } else { "" }).parse().ok()?;
    number.checked_mul(10_i64.checked_pow(missing)?)
}
