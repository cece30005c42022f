//! `masthead role`.

use super::context::{Context, OPERATOR};
use super::failure::{DONE, Outcome};
use super::out;
use clap::{Args, Subcommand};
use masthead_core::access::{PUBLIC, roles};
use masthead_model::Action;

/// Say what a role may do
#[derive(Args)]
#[command(after_help = "\
Roles: admin (everything), editor, author, reader, public (everybody, without a token), and those that you pushed.
Actions: read, read_draft, create, update, delete, publish, history.

Examples:
  masthead role allow public read article
  masthead role allow reader read '*'
  masthead role deny public read article")]
pub struct Role {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Let a role do something to a content type
    Allow(Rule),
    /// Forbid it again
    Deny(Rule),
}

#[derive(Args)]
struct Rule {
    /// Name of the role
    role: String,
    /// read, read_draft, create, update, delete, publish or history
    #[arg(value_parser = action)]
    action: Action,
    /// Content type by singular, plural or id; '*' is every type
    #[arg(value_name = "TYPE")]
    type_word: String,
}

fn action(word: &str) -> Result<Action, String> {
    Action::parse(&word.replace('-', "_")).ok_or_else(|| {
        let all: Vec<&str> = Action::ALL.into_iter().map(Action::word).collect();
        format!("the actions are {}", all.join(", "))
    })
}

pub fn run(context: &Context, args: &Role) -> Outcome {
    let (rule, allow) = match &args.verb {
        Verb::Allow(rule) => (rule, true),
        Verb::Deny(rule) => (rule, false),
    };
    let core = context.create()?;
    let changed = context.wait(roles::set(&core, &OPERATOR, &rule.role, rule.action, &rule.type_word, allow))?;
    out::line(&told(rule, allow, changed))?;
    let writes = !matches!(rule.action, Action::Read | Action::ReadDraft | Action::History);
    if allow && writes && rule.role == PUBLIC {
        let role = context.wait(roles::get(&core, &OPERATOR, &rule.role))?;
        for warning in role.warnings() {
            out::note(&format!("warning: {warning}"));
        }
    }
    Ok(DONE)
}

fn told(rule: &Rule, allow: bool, changed: bool) -> String {
    let (role, action) = (&rule.role, rule.action.word());
    let what = if rule.type_word == "*" { "every type" } else { &rule.type_word };
    let may = if allow { "may" } else { "may not" };
    match (changed, allow) {
        (true, true) => format!("{role} {may} now {action} {what}"),
        (true, false) => format!("{role} {may} {action} {what} any more"),
        (false, true) => format!("{role} {may} {action} {what} already: nothing changed"),
        (false, false) => format!("{role} {may} {action} {what} anyway: nothing changed"),
    }
}
