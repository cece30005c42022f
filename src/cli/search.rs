//! `masthead search`.

use super::context::Context;
use super::failure::{DONE, Outcome};
use super::out;
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use masthead_core::search::Searcher;

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
            let bar = ProgressBar::new(0);
            let style = "{bar:30} {pos} of {len} documents, {per_sec}, {eta} left";
            bar.set_style(ProgressStyle::with_template(style).unwrap_or(ProgressStyle::default_bar()));
            let mut entries = 0;
            masthead_search::rebuild(&core, &context.search_folder(), &mut |progress| {
                entries = progress.entries;
                bar.set_length(progress.of.max(progress.documents));
                bar.set_position(progress.documents);
            })?;
            bar.finish_and_clear();
            out::line(&format!("the search index is new: {entries} entries"))
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
