//! `masthead user`.

use super::context::{Context, OPERATOR};
use super::failure::{DONE, Failure, Outcome};
use super::out;
use clap::{Args, Subcommand};
use masthead_core::access::users;
use std::io::Read;

/// Create accounts of people
#[derive(Args)]
pub struct User {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Create(Create),
}

/// Create an account
///
/// The password comes on standard input, so that it stands in no list of processes and no shell history.
#[derive(Args)]
#[command(after_help = "\
Examples:
  masthead user create --email ada@example.org --role admin --password-stdin < password.txt
  pass show masthead/ada | masthead user create --email ada@example.org --role editor --password-stdin")]
struct Create {
    /// E-mail address to sign in with
    #[arg(long, value_name = "ADDRESS")]
    email: String,
    /// admin, editor, author, reader, or a role of your own
    #[arg(long)]
    role: String,
    /// Read the password (at least 10 characters) from standard input, up to the first line break
    #[arg(long, required = true)]
    password_stdin: bool,
}

pub fn run(context: &Context, args: &User) -> Outcome {
    let Verb::Create(args) = &args.verb;
    let password = password(std::io::stdin().lock())?;
    let core = context.create()?;
    context.wait(users::create(&core, &OPERATOR, &args.email, &args.role, &password))?;
    out::note(&format!("{} may sign in as {}", args.email.trim(), args.role));
    Ok(DONE)
}

/// The longest line that is taken for a password, in bytes.
const LONGEST: u64 = 4096;

fn password(input: impl Read) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    input.take(LONGEST + 1).read_to_end(&mut bytes).map_err(|e| Failure::io("standard input", &e))?;
    let text = String::from_utf8(bytes).map_err(|_| Failure::new("the password is not UTF-8"))?;
    let line = text.lines().next().unwrap_or_default();
    match line.len() as u64 {
        0 => Err(Failure::new("there is no password on standard input")),
        n if n > LONGEST => Err(Failure::new("the password is too long")),
        _ => Ok(line.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::password;

    #[test]
    fn a_password_is_the_first_line() {
        assert_eq!(password("correct horse \r\nx".as_bytes()).unwrap(), "correct horse ");
        assert!(password("".as_bytes()).is_err());
        assert!(password("\n".as_bytes()).is_err());
        assert!(password(&[0xff, 0xfe][..]).is_err());
        assert!(password("x".repeat(5000).as_bytes()).is_err());
    }
}
