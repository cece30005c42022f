//! `masthead schema diff`.

use super::{read, refused};
use crate::cli::context::{Context, OPERATOR};
use crate::cli::failure::{CHANGES, DONE, Outcome};
use crate::cli::out;
use clap::Args;
use masthead_core::schema;
use std::path::PathBuf;

/// Show what a push of a folder would change; changes nothing
#[derive(Args)]
pub struct Diff {
    /// Folder with the definitions
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Count types and roles that the folder does not mention as deleted
    #[arg(long)]
    prune: bool,
    /// Exit with 3 when there are changes
    #[arg(long)]
    exit_code: bool,
    /// The plan as JSON
    #[arg(long)]
    json: bool,
}

pub fn run(context: &Context, args: &Diff) -> Outcome {
    let desired = read::tree(&args.folder)?;
    let core = context.open()?;
    let plan = schema::plan(&core, &OPERATOR, desired.clone(), args.prune).map_err(|e| refused(e, &desired))?;
    if args.json {
        out::json(&plan)?;
    } else {
        out::line(plan.render().trim_end())?;
    }
    Ok(if args.exit_code && !plan.is_empty() { CHANGES } else { DONE })
}
