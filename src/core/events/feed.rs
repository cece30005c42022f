//! The log as people and scripts read it: page after page, waiting for more at its end.
//!
//! Everybody sees what it may know of: events about documents of types whose drafts it may read, and administrators
//! all others.

use crate::access::{Fields, Rules};
use crate::content::{Loaded, covered, may};
use crate::{Caller, Core, Error, Result, Snapshot, time};
use masthead_model::Action;
use masthead_model::query::QueryProblem;
use masthead_store::events::Event;
use masthead_store::{Connection, events, meta};
use serde::Serialize;
use std::time::Duration;
use tokio::time::Instant;

/// Rows looked at for one page.
const LOOKED_AT: i64 = 2_000;
/// Between two looks at whether there is more; the counter that is looked at costs nothing.
const PAUSE: Duration = Duration::from_millis(100);

/// A part of the log.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Feed {
    pub events: Vec<EventView>,
    /// Ask on with this.
    pub cursor: String,
}

/// An event, as somebody sees it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EventView {
    /// The place behind it.
    pub cursor: String,
    pub at: String,
    /// `document.published`, `schema.changed`, …
    pub kind: String,
    /// Id of the content type.
    #[serde(rename = "type")]
    pub type_id: Option<String>,
    pub document_id: Option<String>,
    /// Of accounts, tokens and roles: who or what it is about, by address or name.
    pub subject: Option<String>,
    pub locale: Option<String>,
    /// Ids of the fields that changed.
    pub fields: Vec<String>,
    pub version: Option<i64>,
    /// Who did it.
    pub actor: String,
    /// Whether what is delivered changed.
    pub live: bool,
}

/// Where to begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From {
    /// As far back as events are kept.
    Start,
    /// With what happens from now on.
    Now,
    /// Behind the event with this cursor.
    After(String),
}

/// Up to `limit` events; when there is none, the first that comes within `wait`.
pub async fn feed(core: &Core, caller: &Caller, from: &From, limit: usize, wait: Duration) -> Result<Feed> {
    let deadline = Instant::now() + wait;
    let limit = limit.clamp(1, 500);
    let mut page = look(core, caller, from.clone(), limit).await?;
    while page.events.is_empty() && Instant::now() < deadline {
        let seen = core.generations().seen();
        let behind = sequence(&page.cursor).is_some_and(|seq| seq < seen);
        if !behind {
            tokio::time::sleep(PAUSE).await;
            continue;
        }
        page = look(core, caller, From::After(page.cursor), limit).await?;
    }
    Ok(page)
}

async fn look(core: &Core, caller: &Caller, from: From, limit: usize) -> Result<Feed> {
    if *caller == Caller::Anonymous {
        return Err(Error::Unauthorized);
    }
    let caller = caller.clone();
    core.read(move |conn, snapshot| {
        let epoch = meta::get(conn, meta::LOG_EPOCH)?.unwrap_or_default();
        let head = events::last(conn)?.map_or(0, |(seq, _)| seq);
        let mut seq = match &from {
            From::Start => 0,
            From::Now => head,
            From::After(cursor) => match (cursor.rsplit_once('.'), sequence(cursor)) {
                (Some((known, _)), Some(seq)) if known == epoch && seq <= head => seq,
                (Some(_), Some(_)) => {
                    let message = "the log is another one since a restore: begin again without `after`".to_owned();
                    return Err(Error::Conflict(message));
                }
                _ => {
                    let message = "this is no cursor of an event";
                    return Err(Error::Query(vec![QueryProblem::new("after", "cursor", message)]));
                }
            },
        };
        let rules = Rules::of(&caller, snapshot);
        let mut found = Vec::new();
        for event in events::after(conn, seq, LOOKED_AT)? {
            if found.len() >= limit {
                break;
            }
            seq = event.seq;
            if let Some(fields) = seen(conn, snapshot, &caller, &rules, &event)? {
                found.push(view(&rules, &fields, event, &epoch));
            }
        }
        Ok(Feed { events: found, cursor: format!("{epoch}.{seq}") })
    })
    .await
}

fn sequence(cursor: &str) -> Option<i64> {
    cursor.rsplit_once('.').and_then(|(_, seq)| seq.parse().ok()).filter(|seq| *seq >= 0)
}

/// The fields of its document whose changes the caller hears of in an event; none when the event is not for them.
fn seen(
    conn: &mut Connection,
    snapshot: &Snapshot,
    caller: &Caller,
    rules: &Rules<'_>,
    event: &Event,
) -> Result<Option<Fields>> {
    if rules.is_admin() {
        return Ok(Some(Fields::all()));
    }
    let Some(ty) = event.type_id.as_deref().and_then(|id| snapshot.model.get(id)) else { return Ok(None) };
    let Some(grant) = rules.grant(Action::ReadDraft, ty.id()) else { return Ok(None) };
    if let (None, Some(fields)) = (rules.condition(Action::ReadDraft, ty), grant.even()) {
        return Ok(Some(fields.clone()));
    }
    let Some(id) = &event.document_id else { return Ok(None) };
    match Loaded::read(conn, snapshot, id) {
        Ok(loaded) => match may(conn, snapshot, caller, Action::ReadDraft, &loaded)? {
            true => Ok(Some(covered(conn, snapshot, rules, Action::ReadDraft, &loaded)?)),
            false => Ok(None),
        },
        Err(Error::NotFound(_)) => Ok(None),
        Err(other) => Err(other),
    }
}

fn view(rules: &Rules<'_>, seen: &Fields, event: Event, epoch: &str) -> EventView {
    let mut fields = event.fields;
    if !rules.is_admin() {
        fields.retain(|f| seen.covers(f));
    }
    EventView {
        cursor: format!("{epoch}.{}", event.seq),
        at: time::to_text(event.at),
        kind: event.kind,
        type_id: event.type_id,
        document_id: event.document_id,
        subject: event.subject,
        locale: event.locale,
        fields,
        version: event.version,
        actor: event.actor,
        live: event.live,
    }
}
