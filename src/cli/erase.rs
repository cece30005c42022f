//! `masthead erase`.

use super::context::{Context, OPERATOR};
use super::failure::{DONE, Failure, Outcome};
use super::out;
use clap::Args;
use masthead_core::content;
use std::io::{BufRead, IsTerminal, Read, Write};

/// Remove a document with all its versions, for ever
///
/// For what must not be kept, such as a person's data on request. Nothing of its content is left; older snapshots
/// still hold it. To put a document aside, move it to the trash instead.
#[derive(Args)]
#[command(after_help = "Example:\n  masthead erase h7x2k9m4p1q8r5t3v6w0y2z4 --yes")]
pub struct Erase {
    /// The document's id (documentId), 24 characters
    document_id: String,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

pub fn run(context: &Context, args: &Erase) -> Outcome {
    let core = context.open()?;
    if !args.yes && !confirmed(&args.document_id)? {
        return Err(Failure::new("nothing was erased"));
    }
    context.wait(content::erase(&core, &OPERATOR, &args.document_id))?;
    out::note(&format!("{} is erased", args.document_id));
    Ok(DONE)
}

/// Ask on a terminal; without one, somebody must have said `--yes`.
fn confirmed(document_id: &str) -> Result<bool, Failure> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return Err(Failure::usage("there is nobody to ask").next("--yes, if you are sure"));
    }
    let mut stderr = std::io::stderr().lock();
    let _ = write!(stderr, "Erase {document_id} with all its versions, for ever? Type yes: ");
    let _ = stderr.flush();
    let mut answer = String::new();
    stdin.lock().take(100).read_line(&mut answer).map_err(|e| Failure::io("standard input", &e))?;
    Ok(answer.trim() == "yes")
}
