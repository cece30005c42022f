//! `masthead media`.

use super::context::{Context, OPERATOR};
use super::failure::{DONE, Failure, Outcome};
use super::out;
use clap::{Args, Subcommand};
use masthead_core::media;

/// Look after files
#[derive(Args)]
#[command(after_help = "\
Examples:
  masthead media sweep
  masthead media sweep --grace 0")]
pub struct Media {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Remove bytes that no file has, and say which files lack theirs; a server does so every hour
    Sweep(Sweep),
}

#[derive(Args)]
struct Sweep {
    /// Leave alone what is younger than this: an upload may just be under way
    #[arg(long, value_name = "MINUTES", default_value_t = 60)]
    grace: u32,
}

pub fn run(context: &Context, args: &Media) -> Outcome {
    let Verb::Sweep(sweep) = &args.verb;
    let core = context.open()?;
    let swept = context.wait(media::sweep(&core, &OPERATOR, i64::from(sweep.grace) * 60_000_000))?;
    core.store().close();
    let media::Swept { blobs, variants, uploads, leftovers, bytes, missing } = swept;
    out::line(&format!(
        "removed {bytes} bytes: {blobs} files that nobody had, {variants} pictures made of them, {uploads} uploads that \
         were given up; {leftovers} beginnings of files"
    ))?;
    if missing.is_empty() {
        return Ok(DONE);
    }
    for hash in &missing {
        out::line(&format!("missing: {hash}"))?;
    }
    Err(Failure::new(format!("the bytes of {} files are not there", missing.len()))
        .next("a copy of the storage, restored"))
}
