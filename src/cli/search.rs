//! `masthead search`.

use super::context::Context;
use super::failure::{DONE, Outcome};
use super::out;
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use masthead_core::search::Searcher;
use std::time::Duration;

/// Look at the search index, or make it anew
///
/// The index is derived: a server keeps it up to date by itself, and makes it where there is none.
#[derive(Args)]
pub struct Search {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make the index anew, also while a server runs
    ///
    /// Searches are answered from the old one until the new one is whole.
    Rebuild,
    /// Show how far the index is behind, and how large it is
    Status {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

pub fn run(context: &Context, args: &Search) -> Outcome {
    let core = context.open()?;
    match args.command {
        Command::Rebuild => {
            let bar = ProgressBar::new_spinner();
            bar.set_style(
                ProgressStyle::with_template("{spinner} {msg} {elapsed}").unwrap_or(ProgressStyle::default_spinner()),
            );
            bar.enable_steady_tick(Duration::from_millis(200));
            let mut count = 0;
            masthead_search::rebuild(&core, &context.search_folder(), &mut |done| {
                count = done;
                bar.set_message(format!("{done} entries"));
            })?;
            bar.finish_and_clear();
            out::line(&format!("the search index is new: {count} entries"))
        }
        Command::Status { json } => {
            let standing = context.search(&core).standing()?;
            if json {
                let text = serde_json::to_string(&standing).unwrap_or_default();
                return out::line(&text).map(|_| DONE);
            }
            let state = if standing.ready { "ready" } else { "being made" };
            out::line(&format!(
                "{state}\n{:>12} events behind ({} ms)\n{:>12} entries in {} segments\n{:>12} bytes",
                standing.lag, standing.lag_ms, standing.documents, standing.segments, standing.bytes
            ))
        }
    }?;
    Ok(DONE)
}
