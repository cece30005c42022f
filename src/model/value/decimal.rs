//! Whole and decimal numbers that stay exact: in JSON, in JavaScript and as scaled integers in the database.

use serde_json::{Number, Value};

/// The largest scaled value: beyond it neighbouring integers are one number in JavaScript.
const LARGEST: i64 = 1 << 53;

/// Why a number cannot be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotStorable {
    Form,
    /// More fractional digits than the field keeps.
    Digits,
    Range,
}

/// A JSON number without a fraction, in the range of an i64 (`1.0` is 1).
pub fn integer(value: &Value) -> Result<i64, NotStorable> {
    let number = value.as_number().ok_or(NotStorable::Form)?;
    if let Some(whole) = number.as_i64() {
        return Ok(whole);
    }
    let float = number.as_f64().ok_or(NotStorable::Range)?;
    if float.fract() != 0.0 {
        return Err(NotStorable::Digits);
    }
    // Both bounds are exact as floats; the upper one is the first number outside.
    if (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&float) && !number.is_u64() {
        Ok(float as i64)
    } else {
        Err(NotStorable::Range)
    }
}

/// The value × 10^`scale` of a JSON number or a numeric text (`-12.50`), exactly.
pub fn scaled(value: &Value, scale: u32) -> Result<i64, NotStorable> {
    match value {
        Value::String(text) => parse(text.trim(), scale),
        Value::Number(number) => match number.as_f64() {
            // Rust writes a float with the fewest digits that mean it, and never with an exponent.
            Some(float) if number.is_f64() => parse(&float.to_string(), scale),
            _ => parse(&number.to_string(), scale),
        },
        _ => Err(NotStorable::Form),
    }
}

/// The JSON number of a scaled value, in its shortest form; `Range` when no JSON number means exactly that.
pub fn unscaled(value: i64, scale: u32) -> Result<Value, NotStorable> {
    let unit = 10i64.checked_pow(scale).ok_or(NotStorable::Range)?;
    if value % unit == 0 {
        return Ok((value / unit).into());
    }
    let sign = if value < 0 { "-" } else { "" };
    let (whole, fraction) = (value.unsigned_abs() / unit as u64, value.unsigned_abs() % unit as u64);
    let text = format!("{sign}{whole}.{fraction:0width$}", width = scale as usize);
    let float: f64 = text.parse().map_err(|_| NotStorable::Form)?;
    if parse(&float.to_string(), scale) != Ok(value) {
        return Err(NotStorable::Range);
    }
    Number::from_f64(float).map(Value::Number).ok_or(NotStorable::Range)
}

fn parse(text: &str, scale: u32) -> Result<i64, NotStorable> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = match digits.split_once('.') {
        Some((_, "")) => return Err(NotStorable::Form),
        Some(parts) => parts,
        None => (digits, ""),
    };
    if whole.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
        return Err(NotStorable::Form);
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > scale as usize {
        return Err(NotStorable::Digits);
    }
    let zeros = std::iter::repeat_n(b'0', scale as usize - fraction.len());
    let mut value = 0i64;
    for digit in whole.bytes().chain(fraction.bytes()).chain(zeros) {
        value = value * 10 + i64::from(digit - b'0');
        if value > LARGEST {
            return Err(NotStorable::Range);
        }
    }
    Ok(if negative { -value } else { value })
}
