//! Save one part: a new body, its entry in the history, the next revision.

use super::document::Loaded;
use crate::{Result, Snapshot};
use masthead_store::bodies::Body;
use masthead_store::parts::{self, Part};
use masthead_store::versions::{self, Version};
use masthead_store::{Tx, bodies};
use serde_json::{Map, Value};

/// How a save stands in the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// By hand.
    Save,
    /// While typing: joins the autosave before it.
    Autosave,
    Restore,
    Import,
    /// By a reference that was settled, or through the other end of a relation.
    Link,
}

impl How {
    fn word(self) -> &'static str {
        match self {
            Self::Save => "save",
            Self::Autosave => "autosave",
            Self::Restore => "restore",
            Self::Import => "import",
            Self::Link => "link",
        }
    }
}

/// The kind under which autosaves stand in the history.
pub(crate) const AUTOSAVE: &str = "autosave";

/// Autosaves of one author within this time are one entry, µs.
const COALESCE: i64 = 10 * 60 * 1_000_000;

/// How, by whom and when (µs) a part is saved.
#[derive(Clone, Copy, Debug)]
pub(crate) struct By<'a> {
    pub how: How,
    pub author: &'a str,
    pub now: i64,
}

/// Make `values` the head of the part `locale`; the number of the version that holds them.
pub(crate) fn write(
    tx: &mut Tx<'_>,
    snapshot: &Snapshot,
    loaded: &mut Loaded,
    locale: &str,
    values: &Map<String, Value>,
    by: By<'_>,
) -> Result<i64> {
    let By { how, author, now } = by;
    let doc = loaded.doc.key;
    let body = bodies::insert(tx, doc, snapshot.model.version, values)?;
    // Whoever goes on with it need not unpack it.
    let (model_version, values) = (snapshot.model.version, values.clone());
    loaded.ahead.insert(body, Body { key: body, model_version, values });
    let latest = if loaded.is_new { None } else { versions::latest(tx, doc, locale)? };
    let number = match latest {
        Some(v)
            if how == How::Autosave
                && v.kind == AUTOSAVE
                && v.author == author
                && v.published_at.is_none()
                && now - v.created_at < COALESCE =>
        {
            versions::replace_body(tx, v.key, body, now)?;
            v.number
        }
        latest => {
            let number = latest.map_or(1, |v| v.number + 1);
            versions::insert(
                tx,
                &Version {
                    key: 0,
                    doc,
                    locale: locale.to_owned(),
                    number,
                    body,
                    kind: how.word().to_owned(),
                    author: author.to_owned(),
                    created_at: now,
                    saved_at: now,
                    published_at: None,
                },
            )?;
            number
        }
    };
    let part = match loaded.part(locale) {
        Some(p) => {
            Part { revision: p.revision + 1, head: body, saved_at: now, saved_by: author.to_owned(), ..p.clone() }
        }
        None => Part {
            doc,
            locale: locale.to_owned(),
            revision: 1,
            head: body,
            saved_at: now,
            saved_by: author.to_owned(),
            published: None,
            published_version: None,
            published_at: None,
            released_at: None,
        },
    };
    parts::put(tx, &part)?;
    loaded.put(part);
    if how == How::Autosave {
        bodies::sweep(tx, doc)?;
    }
    Ok(number)
}

/// A save by hand ends the entry that autosaves were joining, even when it changed nothing more.
pub(crate) fn close_autosave(tx: &mut Tx<'_>, loaded: &Loaded, locale: &str) -> Result<()> {
    if let Some(v) = versions::latest(tx, loaded.doc.key, locale)?
        && v.kind == AUTOSAVE
    {
        versions::set_kind(tx, v.key, How::Save.word())?;
    }
    Ok(())
}

/// Enter a body that never was the draft into the history: what a program published beside an editor's pending edits.
/// The draft's own entry stays the latest, so this one goes before it; its number.
pub(crate) fn record(
    tx: &mut Tx<'_>,
    loaded: &Loaded,
    locale: &str,
    body: i64,
    caller: &crate::Caller,
    now: i64,
) -> Result<i64> {
    let doc = loaded.doc.key;
    let latest = versions::latest(tx, doc, locale)?;
    let number = latest.as_ref().map_or(1, |v| v.number);
    if let Some(draft) = latest {
        versions::renumber(tx, draft.key, draft.number + 1)?;
    }
    versions::insert(
        tx,
        &Version {
            key: 0,
            doc,
            locale: locale.to_owned(),
            number,
            body,
            kind: How::Save.word().to_owned(),
            author: caller.actor(),
            created_at: now,
            saved_at: now,
            published_at: None,
        },
    )?;
    Ok(number)
}
