//! A document with its parts, as one transaction sees it.

use crate::{Error, Result, Snapshot};
use masthead_model::Type;
use masthead_store::bodies::Body;
use masthead_store::documents::{self, Document};
use masthead_store::parts::{self, Part};
use masthead_store::{Connection, bodies};
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// Which pointer of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Draft,
    Published,
}

impl State {
    /// The number in projections and references.
    pub fn number(self) -> i64 {
        match self {
            Self::Draft => 0,
            Self::Published => 1,
        }
    }
}

/// The lock token of what an editor sees: the revision of the shared part, and of the locale's part where there is
/// one. Written `3`, or `3.5`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revision {
    pub shared: i64,
    pub local: Option<i64>,
}

impl Revision {
    /// None when it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once('.') {
            Some((shared, local)) => Some(Self { shared: shared.parse().ok()?, local: Some(local.parse().ok()?) }),
            None => Some(Self { shared: text.parse().ok()?, local: None }),
        }
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.local {
            Some(local) => write!(f, "{}.{local}", self.shared),
            None => write!(f, "{}", self.shared),
        }
    }
}

/// Where a document stands in one locale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Never published, or unpublished.
    Draft,
    /// Published as it is.
    Published,
    /// Published, with changes that are not.
    Modified,
}

/// A document and its parts.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    pub doc: Document,
    pub ty: Arc<Type>,
    pub parts: Vec<Part>,
    /// Bodies that were read ahead, by key; others are read when they are wanted.
    pub ahead: HashMap<i64, Body>,
    /// Inserted in this transaction: nothing is derived of it yet that a state's first derivation would replace, and no
    /// history goes before its first save.
    pub is_new: bool,
}

impl Loaded {
    /// Many documents at once, with the bodies of their drafts and published states.
    pub fn many(conn: &mut Connection, snapshot: &Snapshot, docs: Vec<Document>) -> Result<Vec<Self>> {
        let keys: Vec<i64> = docs.iter().map(|d| d.key).collect();
        let mut of: HashMap<i64, Vec<Part>> = HashMap::with_capacity(docs.len());
        for part in parts::of_many(conn, &keys)? {
            of.entry(part.doc).or_default().push(part);
        }
        let mut wanted: Vec<i64> = of.values().flatten().flat_map(|p| [Some(p.head), p.published]).flatten().collect();
        wanted.sort_unstable();
        wanted.dedup();
        let mut found: HashMap<i64, Body> = HashMap::with_capacity(wanted.len());
        for chunk in wanted.chunks(1000) {
            found.extend(bodies::get_many(conn, chunk)?.into_iter().map(|b| (b.key, b)));
        }
        docs.into_iter()
            .map(|doc| {
                let ty = type_of(snapshot, &doc)?;
                let parts = of.remove(&doc.key).unwrap_or_default();
                let keys = parts.iter().flat_map(|p| [Some(p.head), p.published]).flatten();
                let ahead = keys.filter_map(|key| Some((key, found.remove(&key)?))).collect();
                Ok(Self { doc, ty, parts, ahead, is_new: false })
            })
            .collect()
    }

    /// Read without a lock. Trashed documents are found, too.
    pub fn read(conn: &mut Connection, snapshot: &Snapshot, id: &str) -> Result<Self> {
        let doc = documents::by_document_id(conn, id)?;
        Self::complete(conn, snapshot, id, doc)
    }

    /// Lock against other writers until the transaction ends.
    pub fn lock(conn: &mut Connection, snapshot: &Snapshot, id: &str) -> Result<Self> {
        let doc = documents::lock(conn, id)?;
        Self::complete(conn, snapshot, id, doc)
    }

    /// Refuse what is in the trash. Only after it was decided what the caller may do: it tells that there is something.
    pub fn expect_active(&self) -> Result<()> {
        match self.doc.trashed_at {
            Some(_) => Err(Error::Conflict("the document is in the trash: restore it first".to_owned())),
            None => Ok(()),
        }
    }

    fn complete(conn: &mut Connection, snapshot: &Snapshot, id: &str, doc: Option<Document>) -> Result<Self> {
        let doc = doc.ok_or_else(|| Error::not_found(format!("document {id}")))?;
        Self::of_document(conn, snapshot, doc)
    }

    pub fn of_document(conn: &mut Connection, snapshot: &Snapshot, doc: Document) -> Result<Self> {
        let ty = type_of(snapshot, &doc)?;
        let parts = parts::of(conn, doc.key)?;
        Ok(Self { doc, ty, parts, ahead: HashMap::new(), is_new: false })
    }

    pub fn part(&self, locale: &str) -> Option<&Part> {
        self.parts.iter().find(|p| p.locale == locale)
    }

    pub fn part_mut(&mut self, locale: &str) -> Option<&mut Part> {
        self.parts.iter_mut().find(|p| p.locale == locale)
    }

    pub fn put(&mut self, part: Part) {
        match self.parts.iter_mut().find(|p| p.locale == part.locale) {
            Some(old) => *old = part,
            None => self.parts.push(part),
        }
    }

    /// The row locales that exist in a state: `['']` or `[]` for types without localized fields.
    pub fn rows(&self, state: State) -> Vec<String> {
        let there = |p: &&Part| state == State::Draft || p.published.is_some();
        let shared = self.part("").filter(there).is_some();
        if !shared {
            return Vec::new();
        }
        if !self.ty.localized {
            return vec![String::new()];
        }
        self.parts.iter().filter(|p| !p.locale.is_empty()).filter(there).map(|p| p.locale.clone()).collect()
    }

    /// The revision that somebody who edits `locale` must know.
    pub fn revision(&self, locale: &str) -> Revision {
        let of = |l: &str| self.part(l).map_or(0, |p| p.revision);
        let local = self.ty.localized.then(|| of(locale));
        Revision { shared: of(""), local }
    }

    pub fn status(&self, locale: &str) -> Status {
        let row = self.ty.row_locale(locale);
        let (shared, local) = (self.part(""), self.part(row));
        match (shared, local) {
            (Some(s), Some(l)) if l.published.is_some() && s.published.is_some() => {
                if l.published == Some(l.head) && s.published == Some(s.head) {
                    Status::Published
                } else {
                    Status::Modified
                }
            }
            _ => Status::Draft,
        }
    }

    /// The body of one part in a state, as the current model reads it; empty where the part is not there.
    pub fn part_values(
        &self,
        conn: &mut Connection,
        snapshot: &Snapshot,
        state: State,
        locale: &str,
    ) -> Result<Map<String, Value>> {
        let key = self.part(locale).and_then(|p| match state {
            State::Draft => Some(p.head),
            State::Published => p.published,
        });
        let Some(key) = key else { return Ok(Map::new()) };
        let body = match self.ahead.get(&key) {
            Some(body) => body.clone(),
            None => bodies::get(conn, key)?,
        };
        Ok(snapshot.current(&self.ty, body).0)
    }

    /// Shared and local values joined, for one row locale.
    pub fn values(
        &self,
        conn: &mut Connection,
        snapshot: &Snapshot,
        state: State,
        row_locale: &str,
    ) -> Result<Map<String, Value>> {
        let shared = self.part_values(conn, snapshot, state, "")?;
        if !self.ty.localized {
            return Ok(masthead_model::value::join(&self.ty, &shared, &Map::new()));
        }
        let local = self.part_values(conn, snapshot, state, row_locale)?;
        Ok(masthead_model::value::join(&self.ty, &shared, &local))
    }
}

fn type_of(snapshot: &Snapshot, doc: &Document) -> Result<Arc<Type>> {
    let found = snapshot.model.by_key(masthead_model::TypeKey(doc.type_key)).cloned();
    found.ok_or_else(|| Error::Internal(format!("document {} is of a type that is not there", doc.document_id)))
}

/// The locale that a caller means: a known one, the default when none was given; `''` is for nobody to ask.
pub(crate) fn locale_of(snapshot: &Snapshot, asked: Option<&str>) -> Result<String> {
    match asked {
        None => Ok(snapshot.model.locales.default_code().to_owned()),
        Some(code) if snapshot.model.locales.contains(code) => Ok(code.to_owned()),
        Some(code) => Err(Error::invalid("/locale", "unknown_locale", format!("there is no locale '{code}'"))),
    }
}

/// A content type by its API name, singular or id; never a component.
pub(crate) fn type_named(snapshot: &Snapshot, word: &str) -> Result<Arc<Type>> {
    let found = snapshot.model.by_api_name(word).or_else(|| snapshot.model.find(word));
    found
        .filter(|t| t.def.kind != masthead_model::Kind::Component)
        .cloned()
        .ok_or_else(|| crate::access::unknown_type(word))
}
