//! The command line: each command is a file that reads its arguments, calls the domain once and says what happened.
//!
//! Commands work on the data itself, beside a server that runs on it; the caller is always the operator.

mod config;
mod context;
mod doctor;
mod erase;
mod events;
mod export;
mod failure;
mod import;
mod log;
mod mail;
mod media;
mod openapi;
mod out;
mod role;
mod schema;
mod search;
mod serve;
mod snapshot;
mod token;
mod user;

use clap::{Parser, Subcommand};
use config::Flags;
use context::Context;
use failure::Outcome;
use std::process::ExitCode;

const START: &str = "\
First steps:
  masthead serve                                   start on http://localhost:8420
  masthead schema push ./schema --apply            create content types from files
  masthead import ndjson a.ndjson --type article   bring content
  masthead role allow public read article          let everybody read it

Options come from a flag, else the environment (MASTHEAD_DATA_DIR, MASTHEAD_DATABASE_URL, MASTHEAD_LISTEN, …), else
masthead.toml in the working directory, else the default. A command works while a server runs on the same data.

Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 `schema diff --exit-code` found changes.";

/// A headless content management system in one binary.
#[derive(Parser)]
#[command(name = "masthead", version, after_help = START, max_term_width = 110, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Serve(serve::Serve),
    Schema(schema::Schema),
    Import(import::Import),
    Export(export::Export),
    User(user::User),
    Token(token::Token),
    Role(role::Role),
    Search(search::Search),
    Snapshot(snapshot::Snapshot),
    Erase(erase::Erase),
    Doctor(doctor::Doctor),
    Events(events::Events),
    Media(media::Media),
    Openapi(openapi::OpenApi),
}

/// Run the command that the arguments name.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => failure.report(),
    }
}

fn run(cli: Cli) -> Outcome {
    if let Command::Openapi(_) = cli.command {
        return openapi::run();
    }
    let config = config::load(&cli.flags)?;
    let serves = matches!(cli.command, Command::Serve(_));
    log::start(config.log_level.unwrap_or(if serves { log::Level::Info } else { log::Level::Warn }), config.log_format);
    let context = Context::new(config)?;
    match cli.command {
        Command::Serve(args) => serve::run(&context, &args),
        Command::Schema(args) => schema::run(&context, &args),
        Command::Import(args) => import::run(&context, &args),
        Command::Export(args) => export::run(&context, &args),
        Command::User(args) => user::run(&context, &args),
        Command::Token(args) => token::run(&context, &args),
        Command::Role(args) => role::run(&context, &args),
        Command::Search(args) => search::run(&context, &args),
        Command::Snapshot(args) => snapshot::run(&context, &args),
        Command::Erase(args) => erase::run(&context, &args),
        Command::Doctor(args) => doctor::run(&context, &args),
        Command::Media(args) => media::run(&context, &args),
        Command::Events(args) => events::run(&context, &args),
        Command::Openapi(_) => openapi::run(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_commands_are_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_and_argument_explains_itself() {
        fn check(command: &clap::Command, path: &str) {
            let path = format!("{path} {}", command.get_name());
            assert!(command.get_about().is_some(), "{path} has no help");
            for argument in command.get_arguments() {
                assert!(argument.get_help().is_some(), "{path} {} has no help", argument.get_id());
            }
            command.get_subcommands().for_each(|c| check(c, &path));
        }
        check(&Cli::command(), "");
    }
}
