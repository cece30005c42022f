//! `masthead doctor`.

use super::context::{Context, OPERATOR};
use super::failure::{DONE, FAILED, Failure, Outcome};
use super::out;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use masthead_core::doctor::{self, Report};
use masthead_store::Store;
use serde_json::json;

/// Check an installation
///
/// Looks at the engine and its settings, pending migrations, whether everything derived equals what the documents
/// give, dangling references, and how far the followers of the log are. Changes no content.
#[derive(Args)]
#[command(after_help = "\
Examples:
  masthead doctor
  masthead doctor --rebuild     make anew what is derived and wrong

Exits with 1 when something is wrong.")]
pub struct Doctor {
    /// Make anew what is derived from the documents and wrong
    #[arg(long)]
    rebuild: bool,
    /// The report as JSON
    #[arg(long)]
    json: bool,
}

pub fn run(context: &Context, args: &Doctor) -> Outcome {
    context.expect_data()?;
    // Before the data is opened: that migrates it.
    let migrations = Store::pending_migrations(&context.config.database_url)?;
    let core = context.open()?;
    let style = ProgressStyle::with_template("{wide_bar} {human_pos}/{human_len} documents");
    let bar = ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let report = doctor::run(&core, &OPERATOR, args.rebuild, &mut |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    })?;
    bar.finish_and_clear();
    if args.json {
        let mut value = serde_json::to_value(&report).map_err(|e| Failure::new(e.to_string()))?;
        value["pendingMigrations"] = json!(migrations);
        out::json(&value)?;
    } else {
        out::line(&told(&report, &migrations))?;
    }
    Ok(if report.healthy { DONE } else { FAILED })
}

fn told(report: &Report, migrations: &[String]) -> String {
    let mut lines = Vec::new();
    let mut say = |name: &str, value: String| lines.push(format!("{name:<22} {value}"));
    for (name, value) in &report.engine {
        say(name, value.clone());
    }
    let were = migrations.join(", ");
    say(
        "migrations",
        if migrations.is_empty() { "all done".to_owned() } else { format!("were pending, done now: {were}") },
    );
    say("model", format!("version {}, {} types and components", report.model_version, report.types));
    say("documents", report.documents.to_string());
    let stale = match (report.stale_count, report.repaired) {
        (0, _) => "equal a rebuild".to_owned(),
        (count, repaired) if repaired >= count => format!("{count} were wrong, and are made anew"),
        (count, _) => format!("{count} are WRONG, mend with --rebuild: {}", some(&report.stale_documents, count)),
    };
    say("projections", stale);
    let dangling = match report.dangling_references.len() {
        0 => "none dangles".to_owned(),
        count => format!("DANGLING: {}", some(&report.dangling_references, count as u64)),
    };
    say("references", dangling);
    say("waiting references", report.waiting_references.to_string());
    if report.loose_bodies > 0 {
        say("bodies", format!("nothing points at {}; the next start deletes them", report.loose_bodies));
    }
    say("log", format!("event {}", report.log_head));
    for follower in &report.followers {
        say("follower", format!("{} at {}, {} behind", follower.name, follower.cursor, follower.behind));
    }
    lines.push(if report.healthy { "healthy".to_owned() } else { "something is WRONG".to_owned() });
    lines.join("\n")
}

/// The first few of `count`.
fn some(list: &[String], count: u64) -> String {
    let shown = list.join(", ");
    if (list.len() as u64) < count { format!("{shown}, …") } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_stands_out_with_what_to_do() {
        let mut report = Report { healthy: true, ..Report::default() };
        assert!(told(&report, &[]).ends_with("healthy"));
        report.healthy = false;
        report.stale_count = 3;
        report.stale_documents = vec!["abc".to_owned()];
        let said = told(&report, &["0002".to_owned()]);
        assert!(said.contains("3 are WRONG, mend with --rebuild: abc, …") && said.contains("0002"), "{said}");
        report.repaired = 3;
        assert!(told(&report, &[]).contains("3 were wrong, and are made anew"));
    }
}
