//! The log: what changed, in commit order. Holds ids, field names and version numbers, never values.

use crate::connection::{Connection, Engine};
use crate::statement::Statement;
use crate::{Result, now_micros};
use diesel::sql_types::{BigInt, Nullable, Text};
use serde::Serialize;

/// Taken before the first event of a transaction is numbered, so that on Postgres numbers are commit order.
const LOG_LOCK: i64 = 0x6d61_7374_6c6f_6700;

/// An event to append.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewEvent {
    /// `document.published`, `schema.changed`, …
    pub kind: String,
    /// Id of the content type.
    pub type_id: Option<String>,
    pub doc: Option<i64>,
    pub document_id: Option<String>,
    /// Where it is about no document: what it is about, e.g. an account's address or a role's name.
    pub subject: Option<String>,
    pub locale: Option<String>,
    /// Ids of the fields that changed.
    pub fields: Vec<String>,
    pub version: Option<i64>,
    /// Who did it, as [`crate::parts`] stores it.
    pub actor: String,
    /// Whether what is delivered to the public changed.
    pub live: bool,
}

/// An event of the log.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Grows in commit order; gaps are allowed.
    pub seq: i64,
    /// Microseconds since 1970 UTC, strictly growing.
    pub at: i64,
    pub kind: String,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub type_id: Option<String>,
    #[serde(skip)]
    pub doc: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_id: Option<String>,
    /// What an event is about that is about no document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    pub actor: String,
    pub live: bool,
}

/// Number and write the events of a transaction; nothing may be locked after this.
pub(crate) fn append(conn: &mut Connection, new: Vec<NewEvent>) -> Result<Vec<Event>> {
    if new.is_empty() {
        return Ok(Vec::new());
    }
    if conn.engine() == Engine::Postgres {
        conn.batch(&format!("SELECT pg_advisory_xact_lock({LOG_LOCK})"))?;
    }
    let (last_seq, last_at) = last(conn)?.unwrap_or((0, 0));
    let first = now_micros().max(last_at + 1);
    let mut events = Vec::with_capacity(new.len());
    for (n, e) in (0..).zip(new) {
        events.push(Event {
            seq: last_seq + 1 + n,
            at: first + n,
            kind: e.kind,
            type_id: e.type_id,
            doc: e.doc,
            document_id: e.document_id,
            subject: e.subject,
            locale: e.locale,
            fields: e.fields,
            version: e.version,
            actor: e.actor,
            live: e.live,
        });
    }
    for chunk in events.chunks(500) {
        let mut insert = Statement::new(
            "INSERT INTO event (seq, at, kind, type, doc, document_id, locale, fields, version, actor, live) VALUES ",
        );
        for (i, e) in chunk.iter().enumerate() {
            let fields = (!e.fields.is_empty()).then(|| e.fields.join(" "));
            insert.push(if i == 0 { "(" } else { ", (" });
            insert.push_bind(e.seq).push(", ").push_bind(e.at).push(", ").push_bind(&e.kind).push(", ");
            insert.push_bind(e.type_id.clone()).push(", ").push_bind(e.doc).push(", ");
            insert
                .push_bind(e.document_id.clone().or_else(|| e.subject.clone()))
                .push(", ")
                .push_bind(e.locale.clone())
                .push(", ");
            insert.push_bind(fields).push(", ").push_bind(e.version).push(", ").push_bind(&e.actor);
            insert.push(", ").push_bind(i64::from(e.live)).push(")");
        }
        conn.execute(if chunk.len() == 1 { insert } else { insert.once() })?;
    }
    Ok(events)
}

/// The last event's number and time.
pub fn last(conn: &mut Connection) -> Result<Option<(i64, i64)>> {
    conn.first::<(BigInt, BigInt), _>(Statement::new("SELECT seq, at FROM event ORDER BY seq DESC LIMIT 1"))
}

type Row = (
    i64,
    i64,
    String,
    Option<String>,
    Option<i64>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<i64>,
    String,
    i64,
);

/// Up to `limit` events after `seq`, oldest first.
pub fn after(conn: &mut Connection, seq: i64, limit: i64) -> Result<Vec<Event>> {
    type Columns = (
        BigInt,
        BigInt,
        Text,
        Nullable<Text>,
        Nullable<BigInt>,
        Nullable<Text>,
        Nullable<Text>,
        Nullable<Text>,
        Nullable<BigInt>,
        Text,
        BigInt,
    );
    let rows = conn.load::<Columns, Row>(
        Statement::new(
            "SELECT seq, at, kind, type, doc, document_id, locale, fields, version, actor, live FROM event \
             WHERE seq > ? ORDER BY seq LIMIT ?",
        )
        .bind(seq)
        .bind(limit),
    )?;
    Ok(rows
        .into_iter()
        .map(|(seq, at, kind, type_id, doc, about, locale, fields, version, actor, live)| Event {
            seq,
            at,
            // One column holds what it is about.
            document_id: about.clone().filter(|_| !is_of_access(&kind)),
            subject: about.filter(|_| is_of_access(&kind)),
            kind,
            type_id,
            doc,
            locale,
            fields: fields.map(|f| f.split(' ').map(str::to_owned).collect()).unwrap_or_default(),
            version,
            actor,
            live: live != 0,
        })
        .collect())
}

/// Whether it is about an account, a token or a role.
fn is_of_access(kind: &str) -> bool {
    ["user.", "token.", "role."].iter().any(|prefix| kind.starts_with(prefix))
}

/// Drop events older than `before` (µs), but none that a follower has yet to see.
pub fn prune(conn: &mut Connection, before: i64) -> Result<usize> {
    conn.execute(
        Statement::new(
            "DELETE FROM event WHERE at < ? AND seq <= (SELECT COALESCE(MIN(cursor), 9223372036854775807) FROM \
             follower) AND seq < (SELECT MAX(seq) FROM event)",
        )
        .bind(before),
    )
}
