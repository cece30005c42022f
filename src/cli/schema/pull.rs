//! `masthead schema pull`.

use super::write;
use crate::cli::context::{Context, OPERATOR};
use crate::cli::failure::{DONE, Outcome};
use crate::cli::out;
use clap::Args;
use masthead_core::schema;
use std::path::PathBuf;

/// Write the content model to files
///
/// Existing definitions are replaced. Files of types that exist no more are removed if a pull has written them (it
/// keeps a list in .pulled.json); other files are left alone.
#[derive(Args)]
pub struct Pull {
    /// Folder to write to; created where there is none
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Say as JSON what was written and removed
    #[arg(long)]
    json: bool,
}

pub fn run(context: &Context, args: &Pull) -> Outcome {
    let core = context.open()?;
    let pulled = write::tree(&args.folder, &schema::pull(&core, &OPERATOR)?)?;
    if args.json {
        out::json(&pulled)?;
        return Ok(DONE);
    }
    for file in &pulled.written {
        out::line(&format!("wrote   {}", args.folder.join(file).display()))?;
    }
    for file in &pulled.removed {
        out::line(&format!("removed {}", args.folder.join(file).display()))?;
    }
    let (written, removed, unchanged) = (pulled.written.len(), pulled.removed.len(), pulled.unchanged.len());
    out::line(&format!("{written} written, {removed} removed, {unchanged} unchanged"))?;
    Ok(DONE)
}
