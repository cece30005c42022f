//! `masthead token`.

use super::context::{Context, OPERATOR};
use super::failure::{DONE, Outcome};
use super::out;
use clap::{Args, Subcommand};
use masthead_core::access::tokens;
use masthead_core::time;
use serde_json::json;

/// List, create, rotate and revoke the tokens of programs
#[derive(Args)]
pub struct Token {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    List(List),
    Create(Create),
    Rotate(Rotate),
    Revoke(Revoke),
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

/// List tokens; their secrets are not among what is known of them
#[derive(Args)]
struct List {
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Give a token a new secret and print it, and nothing else
///
/// With an overlap the old secret works on for a while, so that programs can be moved to the new one in peace.
#[derive(Args)]
#[command(after_help = "\
Examples:
  masthead token rotate website --overlap 24h")]
struct Rotate {
    /// The token's name
    name: String,
    /// How long the old secret works on: 12h, 7d, 2w, at most 90 days; it ends at once if left out
    #[arg(long, value_name = "TIME", value_parser = overlap)]
    overlap: Option<i64>,
}

/// End a token at once
#[derive(Args)]
struct Revoke {
    /// The token's name
    name: String,
}

pub fn run(context: &Context, args: &Token) -> Outcome {
    match &args.verb {
        Verb::Create(args) => create(context, args),
        Verb::List(args) => list(context, args),
        Verb::Rotate(args) => rotate(context, args),
        Verb::Revoke(args) => revoke(context, args),
    }
}

fn create(context: &Context, args: &Create) -> Outcome {
    let core = context.create()?;
    let expires = args.expires.map(|e| e.at(masthead_store::now_micros()));
    let secret = context.wait(tokens::create(&core, &OPERATOR, &args.name, &args.role, expires))?;
    out::line(&secret)?;
    Ok(DONE)
}

fn list(context: &Context, args: &List) -> Outcome {
    let core = context.open()?;
    let all = context.wait(tokens::list(&core, &OPERATOR))?;
    if args.json {
        let shown = all.iter().map(|t| {
            json!({
                "id": t.key, "name": t.name, "role": t.role, "prefix": t.prefix, "createdBy": t.created_by,
                "createdAt": time::to_text(t.created_at), "expiresAt": t.expires_at.map(time::to_text),
                "lastUsedAt": t.last_used_at.map(time::to_text),
            })
        });
        out::json(&shown.collect::<Vec<_>>())?;
        return Ok(DONE);
    }
    let widest = all.iter().map(|t| t.name.chars().count()).max().unwrap_or_default();
    for token in &all {
        let used = token.last_used_at.map_or("never used".to_owned(), |at| format!("last used {}", time::to_text(at)));
        let ends = token.expires_at.map_or("never ends".to_owned(), |at| format!("ends {}", time::to_text(at)));
        out::line(&format!("{:widest$}  {:8}  {}  {used}, {ends}", token.name, token.prefix, token.role))?;
    }
    Ok(DONE)
}

fn rotate(context: &Context, args: &Rotate) -> Outcome {
    let core = context.open()?;
    let token = context.wait(tokens::named(&core, &OPERATOR, &args.name))?;
    let (now, overlap) = (masthead_store::now_micros(), args.overlap.unwrap_or(0));
    let (_, secret) = context.wait(tokens::rotate(&core, &OPERATOR, token.key, overlap, now))?;
    out::line(&secret)?;
    Ok(DONE)
}

fn revoke(context: &Context, args: &Revoke) -> Outcome {
    let core = context.open()?;
    let token = context.wait(tokens::named(&core, &OPERATOR, &args.name))?;
    context.wait(tokens::revoke(&core, &OPERATOR, token.key))?;
    out::note(&format!("'{}' is revoked", token.name));
    Ok(DONE)
}

fn overlap(text: &str) -> Result<i64, String> {
    match expiry(text) {
        Ok(Expiry::After(span)) if span <= tokens::LONGEST_OVERLAP => Ok(span),
        _ => Err("write a time such as 12h, 7d or 2w, at most 90 days".to_owned()),
    }
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
        assert_eq!(overlap("24h"), Ok(86_400_000_000));
        assert!(overlap("91d").is_err() && overlap("2999-01-01").is_err());
        assert_eq!(expiry("2999-01-01"), expiry("2999-01-01T00:00:00Z"));
        for wrong in ["", "d", "0d", "-1d", "90", "90y", "soon", "2001-01-01", "9223372036854775807w", "é"] {
            assert!(expiry(wrong).is_err(), "{wrong}");
        }
    }
}
