//! A plan as it is shown in a terminal.

use super::effect::Effect;
use super::step::Step;
use super::{Counted, Plan, PlannedStep};
use std::fmt;
use std::fmt::Write;

impl Plan {
    /// The steps with what they do to stored documents, and what to do next.
    pub fn render(&self) -> String {
        let mut out = self.render_steps();
        out.push_str(match self.destructive().count() {
            _ if self.steps.is_empty() => "",
            0 => "Apply with --apply.\n",
            1 => "One step is destructive. Apply with --apply --allow-destructive, best after a snapshot.\n",
            _ => "Some steps are destructive. Apply with --apply --allow-destructive, best after a snapshot.\n",
        });
        out
    }

    /// The steps with what they do to stored documents.
    pub fn render_steps(&self) -> String {
        if self.steps.is_empty() {
            return "Nothing to do: the model is what the files say.\n".to_owned();
        }
        let mut out = String::new();
        for planned in &self.steps {
            // Writing to a String cannot fail.
            let _ = write_step(planned, &mut out);
        }
        let steps = number(self.steps.len() as u64, "step");
        let _ = writeln!(out, "\n{steps}, for model version {}.", self.model_version);
        out
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render())
    }
}

fn write_step(planned: &PlannedStep, out: &mut String) -> fmt::Result {
    let sign = match &planned.step {
        Step::CreateType { .. } | Step::AddField { .. } | Step::AddEnumValue { .. } | Step::AddLocale { .. } => '+',
        Step::PutRole { before: None, .. } => '+',
        Step::DeleteType { .. } | Step::DeleteField { .. } | Step::RemoveEnumValue { .. } => '-',
        Step::RemoveLocale { .. } | Step::DeleteRole { .. } => '-',
        _ => '~',
    };
    write!(out, "  {sign} {}", planned.step.describe())?;
    if planned.destructive {
        out.push_str("  [destructive]");
    }
    out.push('\n');
    let Some(count) = &planned.count else { return Ok(()) };
    if let Some(line) = consequence(&planned.step, count) {
        writeln!(out, "      {line}")?;
    }
    for example in &count.examples {
        writeln!(out, "        {example}")?;
    }
    Ok(())
}

fn consequence(step: &Step, count: &Counted) -> Option<String> {
    let documents = number(count.documents, "document");
    let failing = number(count.failing, "document");
    let hold = if count.documents == 1 { "holds" } else { "hold" };
    Some(match (step, step.effect()) {
        (_, Effect::Convert) if count.failing > 0 => {
            format!("{documents} {hold} a value; of {failing} it would not convert whole")
        }
        (_, Effect::Convert) if count.documents > 0 => format!("{documents} {hold} a value; all convert"),
        (Step::ChangeFieldOption { .. } | Step::AddField { .. }, _) if count.failing > 0 => {
            let verb = if count.failing == 1 { "violates" } else { "violate" };
            format!("{failing} {verb} this; it binds when they are published next")
        }
        (Step::DeleteField { .. } | Step::LocalizeField { .. } | Step::ChangeFieldOption { .. }, _)
            if count.documents > 0 =>
        {
            format!("{documents} {hold} a value")
        }
        (Step::ChangeFieldOption { .. } | Step::AddField { .. }, _) => return None,
        (Step::DeleteField { .. }, _) => "no document holds a value".to_owned(),
        _ => documents,
    })
}

fn number(count: u64, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}
