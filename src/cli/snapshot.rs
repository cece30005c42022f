//! `masthead snapshot`.

use super::context::Context;
use super::failure::{DONE, Failure, Outcome};
use super::out;
use clap::Args;
use std::path::PathBuf;

/// Copy the whole database into a file, while it is in use
///
/// The copy is consistent. On SQLite it opens like any database: `masthead serve --database-url FILE`. On PostgreSQL
/// it is what pg_dump makes, for pg_restore.
#[derive(Args)]
#[command(after_help = "Example:\n  masthead snapshot backup-$(date +%F).db")]
pub struct Snapshot {
    /// File to write; must not exist
    file: PathBuf,
}

pub fn run(context: &Context, args: &Snapshot) -> Outcome {
    let core = context.open()?;
    core.store().snapshot(&args.file)?;
    let size = std::fs::metadata(&args.file).map_err(|e| Failure::io(args.file.display(), &e))?.len();
    out::note(&format!("{}: {}", args.file.display(), indicatif::HumanBytes(size)));
    Ok(DONE)
}
