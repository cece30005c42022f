//! `masthead user`.

use super::context::{Context, OPERATOR};
use super::failure::{DONE, Failure, Outcome};
use super::out;
use clap::{Args, Subcommand};
use masthead_core::access::links;
use masthead_core::access::mail::Handed;
use masthead_core::access::users::{self, Change, Invite, Person, State};
use masthead_core::{Core, time};
use masthead_store::now_micros;
use serde_json::{Value, json};
use std::io::Read;

/// List, invite and change the people who may sign in
#[derive(Args)]
#[command(after_help = "\
Examples:
  masthead user invite bo@example.org --role editor
  masthead user list
  masthead user reset bo@example.org
  masthead user disable bo@example.org")]
pub struct User {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    List(List),
    Create(Create),
    Invite(InviteArgs),
    /// Make a link to set a new password: works once, for an hour; mailed when mail is set up
    Reset(Named),
    /// Keep somebody out: their sessions end at once
    Disable(Named),
    /// Let somebody in again
    Enable(Named),
    /// Delete an account; what the person did stays in the history under their address
    Delete(Named),
    SetupLink(SetupLink),
}

/// List the people who may sign in
#[derive(Args)]
struct List {
    /// As JSON
    #[arg(long)]
    json: bool,
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

/// Invite somebody: they choose their password by a link, which is mailed when mail is set up
#[derive(Args)]
struct InviteArgs {
    /// E-mail address to sign in with
    #[arg(value_name = "ADDRESS")]
    email: String,
    /// admin, editor, author, reader, or a role of your own; may be given several times
    #[arg(long = "role", required = true)]
    roles: Vec<String>,
    /// Full name; taken from the address when left out
    #[arg(long)]
    name: Option<String>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct Named {
    /// E-mail address that they sign in with
    #[arg(value_name = "ADDRESS")]
    email: String,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Make a link for the first administrator, where nobody has an account yet: works once, for an hour
#[derive(Args)]
struct SetupLink {
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub fn run(context: &Context, args: &User) -> Outcome {
    match &args.verb {
        Verb::List(args) => list(context, args),
        Verb::Create(args) => create(context, args),
        Verb::Invite(args) => invite(context, args),
        Verb::Reset(args) => reset(context, args),
        Verb::Disable(args) => disable(context, args, true),
        Verb::Enable(args) => disable(context, args, false),
        Verb::Delete(args) => delete(context, args),
        Verb::SetupLink(args) => setup_link(context, args),
    }
}

fn list(context: &Context, args: &List) -> Outcome {
    let core = context.open()?;
    let people = context.wait(users::list(&core, &OPERATOR))?;
    if args.json {
        out::json(&people.iter().map(shown).collect::<Vec<_>>())?;
        return Ok(DONE);
    }
    let widest = people.iter().map(|p| p.email.chars().count()).max().unwrap_or_default();
    for person in &people {
        let seen = person.signed_in_at.map_or("never signed in".to_owned(), |at| format!("last {}", time::to_text(at)));
        let (state, roles) = (person.state.word(), person.roles.join(","));
        out::line(&format!("{:widest$}  {state:8}  {roles}  {seen}", person.email))?;
    }
    if people.is_empty() {
        out::note("nobody has an account yet: `masthead user setup-link` makes a link for the first administrator");
    }
    Ok(DONE)
}

fn shown(person: &Person) -> Value {
    json!({
        "id": person.id, "email": person.email, "name": person.name, "roles": person.roles,
        "state": person.state.word(), "createdAt": time::to_text(person.created_at),
        "signedInAt": person.signed_in_at.map(time::to_text),
    })
}

fn create(context: &Context, args: &Create) -> Outcome {
    let password = password(std::io::stdin().lock())?;
    let core = context.create()?;
    context.wait(users::create(&core, &OPERATOR, &args.email, &args.role, &password))?;
    out::note(&format!("{} may sign in as {}", args.email.trim(), args.role));
    Ok(DONE)
}

fn invite(context: &Context, args: &InviteArgs) -> Outcome {
    let core = context.create()?;
    let whom = Invite { email: args.email.clone(), name: args.name.clone(), roles: args.roles.clone() };
    let base = context.config.base_url();
    let (person, handed) = context.wait(users::invite(&core, &OPERATOR, whom, &base, now_micros()))?;
    tell(&person, &handed, args.json)
}

fn reset(context: &Context, args: &Named) -> Outcome {
    let core = context.open()?;
    let id = find(context, &core, args)?.id;
    let base = context.config.base_url();
    let (person, handed) = context.wait(users::link(&core, &OPERATOR, id, &base, now_micros()))?;
    tell(&person, &handed, args.json)
}

/// The link on standard output and nothing else, or that it was mailed.
fn tell(person: &Person, handed: &Handed, as_json: bool) -> Outcome {
    if as_json {
        out::json(&json!({
            "user": shown(person), "mailed": handed.mailed, "mailError": handed.reason, "link": handed.url,
            "expiresAt": time::to_text(handed.expires_at),
        }))?;
        return Ok(DONE);
    }
    if let Some(reason) = &handed.reason {
        out::note(&format!("the mail was not sent: {reason}"));
    }
    match &handed.url {
        None => out::note(&format!("{} has mail, with a link that works once, for an hour", person.email)),
        Some(url) => {
            out::line(url)?;
            out::note(&format!("pass this link on to {}: it works once, for an hour", person.email));
        }
    }
    Ok(DONE)
}

fn disable(context: &Context, args: &Named, disabled: bool) -> Outcome {
    let core = context.open()?;
    let change = Change { disabled: Some(disabled), ..Change::default() };
    let found = find(context, &core, args)?;
    let person = context.wait(users::change(&core, &OPERATOR, found.id, change))?;
    if args.json {
        out::json(&shown(&person))?;
    } else if person.state == State::Disabled {
        out::note(&format!("{} cannot sign in any more", person.email));
    } else {
        out::note(&format!("{} may sign in", person.email));
    }
    Ok(DONE)
}

fn delete(context: &Context, args: &Named) -> Outcome {
    let core = context.open()?;
    let person = find(context, &core, args)?;
    context.wait(users::delete(&core, &OPERATOR, person.id))?;
    match args.json {
        true => out::json(&shown(&person))?,
        false => out::note(&format!("{} is deleted", person.email)),
    }
    Ok(DONE)
}

fn find(context: &Context, core: &Core, args: &Named) -> Result<Person, Failure> {
    context.wait(users::named(core, &OPERATOR, &args.email))
}

fn setup_link(context: &Context, args: &SetupLink) -> Outcome {
    let core = context.create()?;
    let Some(link) = context.wait(links::first_admin(&core, &OPERATOR, now_micros()))? else {
        return Err(Failure::new("somebody has an account already").next("masthead user invite ADDRESS --role admin"));
    };
    let url = link.url(&context.config.base_url());
    match args.json {
        true => out::json(&json!({"link": url, "expiresAt": time::to_text(link.expires_at)}))?,
        false => out::line(&url)?,
    }
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
