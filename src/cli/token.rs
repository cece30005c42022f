//! `masthead token`.

use super::context::{Context, OPERATOR};
use super::failure::{DONE, Outcome};
use super::out;
use clap::{Args, Subcommand};
use masthead_core::access::tokens;
use masthead_core::time;

/// Create tokens for programs
#[derive(Args)]
pub struct Token {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Create(Create),
}

/// Create a token and print it, and nothing else
///
/// It is shown this once: only a hash of it is kept. A program sends it as `Authorization: Bearer TOKEN`.
#[derive(Args)]
#[command(after_help = "\
Examples:
  masthead token create --name website --role reader
  TOKEN=$(masthead token create --name importer --role editor --expires 90d)")]
struct Create {
    /// What the token is for; it stands in the history of what it changes
    #[arg(long)]
    name: String,
    /// admin, editor, author, reader, or a role of your own
    #[arg(long)]
    role: String,
    /// When it ends: after a time (12h, 90d, 8w) or at a moment (2027-01-31, 2027-01-31T08:00:00Z); never if left out
    #[arg(long, value_name = "WHEN", value_parser = expiry)]
    expires: Option<Expiry>,
}

pub fn run(context: &Context, args: &Token) -> Outcome {
    let Verb::Create(args) = &args.verb;
    let core = context.create()?;
    let expires = args.expires.map(|e| e.at(masthead_store::now_micros()));
    let secret = context.wait(tokens::create(&core, &OPERATOR, &args.name, &args.role, expires))?;
    out::line(&secret)?;
    Ok(DONE)
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Expiry {
    /// Microseconds from now.
    After(i64),
    /// Microseconds since 1970 UTC.
    At(i64),
}

impl Expiry {
    fn at(self, now: i64) -> i64 {
        match self {
            Self::After(span) => now.saturating_add(span),
            Self::At(at) => at,
        }
    }
}

fn expiry(text: &str) -> Result<Expiry, String> {
    let wrong = || "write a time such as 12h, 90d or 8w, or a moment such as 2027-01-31".to_owned();
    let (number, unit) = text.split_at(text.len() - text.chars().last().map_or(0, char::len_utf8));
    let hours = match unit {
        "h" => 1,
        "d" => 24,
        "w" => 7 * 24,
        _ => {
            let at = time::parse(text).ok_or_else(wrong)?;
            let past = || format!("{} has passed", time::to_text(at));
            return if at > masthead_store::now_micros() { Ok(Expiry::At(at)) } else { Err(past()) };
        }
    };
    // Up to a century, so that no product overflows.
    let count: i64 = number.parse().map_err(|_| wrong())?;
    if !(1..=876_600).contains(&(count.saturating_mul(hours))) {
        return Err("write a time of at least an hour and at most a hundred years".to_owned());
    }
    Ok(Expiry::After(count * hours * 3_600_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expiry_is_a_time_from_now_or_a_moment() {
        assert_eq!(expiry("2h").unwrap().at(10), 7_200_000_010);
        assert_eq!(expiry("90d").unwrap().at(0), 90 * 86_400_000_000);
        assert_eq!(expiry("1w"), expiry("7d"));
        assert_eq!(expiry("2999-01-01"), expiry("2999-01-01T00:00:00Z"));
        for wrong in ["", "d", "0d", "-1d", "90", "90y", "soon", "2001-01-01", "9223372036854775807w", "é"] {
            assert!(expiry(wrong).is_err(), "{wrong}");
        }
    }
}
