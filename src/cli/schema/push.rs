//! `masthead schema push`.

use super::{read, refused};
use crate::cli::context::{Context, OPERATOR};
use crate::cli::failure::{DONE, Failure, Outcome};
use crate::cli::out;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use masthead_core::{modelling, schema};
use serde_json::json;
use std::path::PathBuf;

/// Change the content model to what a folder says
///
/// Shows the plan: each step, what it does to stored documents, and what could lose something. Without --apply,
/// nothing changes.
#[derive(Args)]
pub struct Push {
    /// Folder with the definitions
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Do it
    #[arg(long)]
    apply: bool,
    /// Also do what loses stored values, such as deleting a field that has some
    #[arg(long)]
    allow_destructive: bool,
    /// Delete types and roles that the folder does not mention
    #[arg(long)]
    prune: bool,
    /// The plan as JSON, and whether it was applied
    #[arg(long)]
    json: bool,
}

pub fn run(context: &Context, args: &Push) -> Outcome {
    let desired = read::tree(&args.folder)?;
    let core = context.create()?;
    let plan = schema::plan(&core, &OPERATOR, desired.clone(), args.prune).map_err(|e| refused(e, &desired))?;
    let applies = args.apply && !plan.is_empty();
    if !args.json {
        let shown = if applies { plan.render_steps() } else { plan.render() };
        out::line(shown.trim_end())?;
    }
    let destructive = plan.destructive().count();
    if applies && destructive > 0 && !args.allow_destructive {
        let message = format!("nothing was changed: {destructive} of the steps can lose stored values");
        return Err(Failure::new(message).next("--allow-destructive, best after `masthead snapshot FILE`"));
    }
    if applies {
        let bar = bar();
        let allow = args.allow_destructive;
        modelling::apply_now(&core, &OPERATOR, desired.clone(), args.prune, &plan.fingerprint, allow, &mut |step| {
            bar.set_message(step.what.to_owned());
            bar.set_length(step.total);
            bar.set_position(step.done);
        })
        .map_err(|e| refused(e, &desired))?;
        bar.finish_and_clear();
    }
    match (args.json, applies) {
        (true, _) => out::json(&json!({"plan": plan, "applied": applies}))?,
        (false, true) => out::line("Applied.")?,
        (false, false) => {}
    }
    Ok(DONE)
}

/// Shown on a terminal only.
fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {human_pos}/{human_len}");
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
