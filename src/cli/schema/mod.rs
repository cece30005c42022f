//! `masthead schema`: the content model as files.

mod diff;
mod manifest;
mod pull;
mod push;
mod read;
mod write;

use super::context::Context;
use super::failure::{Failure, Outcome};
use clap::{Args, Subcommand};
use masthead_core::Error;

/// Work on the content model as files
///
/// A folder holds types/<singular>.json, components/<singular>.json, roles/<name>.json and locales.json. What a
/// folder does not mention is left alone by a push, unless --prune is given.
#[derive(Args)]
#[command(after_help = "\
Examples:
  masthead schema pull ./schema              write the model as it is
  masthead schema diff ./schema              what a push would change
  masthead schema push ./schema --apply      change it; a running server knows at once")]
pub struct Schema {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Pull(pull::Pull),
    Diff(diff::Diff),
    Push(push::Push),
}

pub fn run(context: &Context, args: &Schema) -> Outcome {
    match &args.verb {
        Verb::Pull(args) => pull::run(context, args),
        Verb::Diff(args) => diff::run(context, args),
        Verb::Push(args) => push::run(context, args),
    }
}

/// A refusal of the domain, with each problem's place in the files.
fn refused(error: Error, desired: &masthead_model::check::Schema) -> Failure {
    let Error::Invalid(problems) = error else { return error.into() };
    let lines = problems.into_iter().map(|mut problem| {
        let file = desired.file_of(&problem.pointer);
        if let Some((_, pointer)) = &file {
            problem.pointer.clone_from(pointer);
        }
        (file.map_or_else(String::new, |(file, _)| file), problem)
    });
    read::wrong(lines.collect())
}
