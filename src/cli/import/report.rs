//! What an import did.

use crate::cli::failure::{Failure, line};
use crate::cli::out;
use indicatif::ProgressBar;
use masthead_core::content::{ImportLine, Waiting};
use serde::Serialize;

/// How many bad lines the report repeats; all of them are told as they are found.
const MOST_PROBLEMS: usize = 1000;
/// How many waiting references are shown to people.
const MOST_WAITING: usize = 10;

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    pub dry_run: bool,
    pub created: u64,
    pub updated: u64,
    pub unchanged: u64,
    pub failed: u64,
    /// References of the whole site that wait for their target.
    pub waiting: usize,
    pub problems: Vec<Bad>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waits: Vec<Waiting>,
}

/// A line that was not imported.
#[derive(Serialize)]
pub struct Bad {
    pub line: u64,
    pub reason: String,
}

impl Report {
    /// Tell that a line failed, beside the progress bar.
    pub fn failed(&mut self, number: u64, reason: String, bar: &ProgressBar) {
        self.failed += 1;
        bar.suspend(|| out::note(&format!("line {number}: {reason}")));
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(Bad { line: number, reason });
        }
    }

    /// Count what became of a line; its number and the reason when it failed.
    pub fn count(&mut self, imported: ImportLine) -> Option<(u64, String)> {
        match imported.outcome {
            Ok(done) if done.created => self.created += 1,
            Ok(done) if done.changed => self.updated += 1,
            Ok(_) => self.unchanged += 1,
            Err(problems) => {
                let reasons: Vec<String> = problems.iter().map(line).collect();
                return Some((imported.line, reasons.join("; ")));
            }
        }
        None
    }

    /// On standard output.
    pub fn show(&self, json: bool) -> Result<(), Failure> {
        if json {
            return out::json(self);
        }
        let Self { created, updated, unchanged, failed, waiting, .. } = self;
        let mood = if self.dry_run { "would be " } else { "" };
        out::line(&format!("{mood}created {created}, updated {updated}, unchanged {unchanged}, failed {failed}"))?;
        if *waiting > 0 {
            out::line(&format!("{waiting} references wait for their target:"))?;
            for wait in self.waits.iter().take(MOST_WAITING) {
                let Waiting { document_id, type_id, field, value, targets } = wait;
                out::line(&format!("  {type_id} {document_id} → {} with {field} '{value}'", targets.join(" or ")))?;
            }
        }
        Ok(())
    }
}
