//! `masthead events`.

use super::context::Context;
use super::failure::{DONE, Failure, Outcome};
use clap::Args;
use masthead_core::events::{Follow, Progress};
use masthead_core::{Core, Error, events, time};
use masthead_store::events::Event;
use std::io::{IsTerminal, Write};
use std::time::Duration;

/// Show the log of changes
///
/// Events name what changed, by ids and field names; they hold no content. A line each on a terminal; elsewhere, and
/// with --json, one JSON object a line.
#[derive(Args)]
#[command(after_help = "\
Examples:
  masthead events                              all events that are kept
  masthead events --follow                     what happens from now on
  masthead events --follow --name rebuild      every event once, also after a restart, for a script")]
pub struct Events {
    /// Go on with what happens next
    #[arg(long)]
    follow: bool,
    /// Begin with this number [default: the first; with --follow: the next]
    #[arg(long, value_name = "SEQ", value_parser = clap::value_parser!(i64).range(0..))]
    from: Option<i64>,
    /// Remember under this name how far was read, and begin there next time; a new name begins with the first event
    #[arg(long, value_name = "FOLLOWER", conflicts_with = "from", value_parser = follower)]
    name: Option<String>,
    /// One JSON object a line, on a terminal too
    #[arg(long)]
    json: bool,
}

/// How often the log is asked.
const PAUSE: Duration = Duration::from_millis(200);
/// Events at once.
const BATCH: i64 = 500;
/// Before the names of followers from the command line: they cannot move the server's own.
const SCOPE: &str = "cli:";

fn follower(name: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if (1..=50).contains(&name.len()) && name.chars().all(plain) {
        Ok(name.to_owned())
    } else {
        Err("a name has 1 to 50 letters, digits, `-`, `_` and `.`".to_owned())
    }
}

pub fn run(context: &Context, args: &Events) -> Outcome {
    let core = context.open()?;
    let json = args.json || !std::io::stdout().is_terminal();
    match &args.name {
        Some(name) => durable(&core, name, args.follow, json),
        None => plain(context, &core, args, json),
    }
}

fn plain(context: &Context, core: &Core, args: &Events, json: bool) -> Outcome {
    let mut after = match args.from {
        Some(from) => from.saturating_sub(1),
        None if args.follow => events::head(core)?,
        None => 0,
    };
    loop {
        let found = context.wait(events::tail(core, after, BATCH))?;
        write(&found, json)?;
        match found.last() {
            Some(last) => after = last.seq,
            None if args.follow => std::thread::sleep(PAUSE),
            None => return Ok(DONE),
        }
    }
}

fn durable(core: &Core, name: &str, follow: bool, json: bool) -> Outcome {
    let mut follower = Follow::open(core, &format!("{SCOPE}{name}"), true)?;
    loop {
        let mut unwritten = None;
        // The place moves on only when the events were written.
        let step = follower.step(BATCH, |found| {
            write(found, json).map_err(|failure| {
                unwritten = Some(failure);
                Error::Internal("the events could not be written".to_owned())
            })
        });
        if let Some(failure) = unwritten {
            return Err(failure);
        }
        match step? {
            Progress::Advanced(_) | Progress::Restarted => {}
            Progress::AtHead if follow => std::thread::sleep(PAUSE),
            Progress::AtHead => return Ok(DONE),
        }
    }
}

fn write(found: &[Event], json: bool) -> Result<(), Failure> {
    let mut text = String::new();
    for event in found {
        text.push_str(&if json { as_json(event)? } else { as_line(event) });
        text.push('\n');
    }
    let mut stdout = std::io::stdout().lock();
    let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    written.map_err(|e| Failure::io("standard output", &e))
}

/// With the time as the API writes it.
fn as_json(event: &Event) -> Result<String, Failure> {
    let failed = |e: serde_json::Error| Failure::new(e.to_string());
    let mut value = serde_json::to_value(event).map_err(failed)?;
    value["at"] = time::to_text(event.at).into();
    serde_json::to_string(&value).map_err(failed)
}

fn as_line(event: &Event) -> String {
    let mut line = format!("{:>8}  {}  {:<24}", event.seq, time::to_text(event.at), event.kind);
    for part in [&event.type_id, &event.document_id, &event.subject, &event.locale].into_iter().flatten() {
        if !part.is_empty() {
            line.push_str("  ");
            line.push_str(part);
        }
    }
    if !event.fields.is_empty() {
        line.push_str(&format!("  [{}]", event.fields.join(" ")));
    }
    line.push_str(&format!("  by {}", event.actor));
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event() -> Event {
        Event {
            seq: 7,
            at: 1_700_000_000_123_456,
            kind: "document.published".to_owned(),
            type_id: Some("article".to_owned()),
            doc: Some(3),
            document_id: Some("abc".to_owned()),
            subject: None,
            locale: Some(String::new()),
            fields: vec!["title".to_owned()],
            version: Some(2),
            actor: "operator".to_owned(),
            live: true,
        }
    }

    #[test]
    fn an_event_is_one_object_or_one_line() {
        let value: serde_json::Value = serde_json::from_str(&as_json(&event()).unwrap()).unwrap();
        assert_eq!(value["at"], "2023-11-14T22:13:20.123Z");
        assert_eq!((&value["seq"], &value["type"], value.get("doc")), (&7.into(), &"article".into(), None));
        let line = as_line(&event());
        assert!(line.contains("document.published") && line.ends_with("article  abc  [title]  by operator"), "{line}");
    }

    #[test]
    fn a_followers_name_is_a_plain_word() {
        assert_eq!(follower("rebuild-2.x"), Ok("rebuild-2.x".to_owned()));
        assert!(follower("").is_err() && follower("a b").is_err() && follower(&"x".repeat(51)).is_err());
    }
}
