//! Files in delivered documents: one statement for all that the documents of a level show.

use super::rights::{Reach, reach_of};
use super::view::view;
use crate::access::Rules;
use crate::{Core, Result};
use masthead_model::Action;
use masthead_model::query::ast::MEDIA_FIELDS;
use masthead_store::assets::{self, Asset};
use masthead_store::{Connection, now_micros};
use serde_json::Value;
use std::collections::HashMap;

/// Addresses of private files that are delivered work for so long, seconds.
const PRIVATE_FOR: i64 = 3600;

/// A file where a document shows it.
struct Shown {
    locale: String,
    path: String,
    asset: Asset,
}

/// The files that the documents of a tree show.
#[derive(Default)]
pub(crate) struct Files {
    by_document: HashMap<i64, Vec<Shown>>,
    /// A private file is among them: the answer is for its reader alone, and not for long.
    pub has_private: bool,
}

impl Files {
    /// Add what these documents show in one state, as far as the caller of `rules` may see it.
    pub fn read(&mut self, conn: &mut Connection, rules: &Rules<'_>, documents: &[i64], state: i64) -> Result<()> {
        let reach = reach_of(rules, Action::Read);
        for (doc, locale, path, _, asset) in assets::shown(conn, documents, state)? {
            if asset.private {
                if !reach.as_ref().is_some_and(|reach| reach.covers(&asset)) {
                    continue;
                }
                self.has_private = true;
            }
            self.by_document.entry(doc).or_default().push(Shown { locale, path, asset });
        }
        Ok(())
    }

    /// What stands in a field of the document itself, in order.
    pub fn at<'f>(&'f self, doc: i64, locale: &'f str, path: &'f str) -> impl Iterator<Item = &'f Asset> {
        let all = self.by_document.get(&doc).into_iter().flatten();
        all.filter(move |s| s.path == path && (s.locale.is_empty() || s.locale == locale)).map(|s| &s.asset)
    }

    /// A file that the document shows anywhere.
    pub fn of(&self, doc: i64, id: &str) -> Option<&Asset> {
        self.by_document.get(&doc)?.iter().find(|s| s.asset.id == id).map(|s| &s.asset)
    }
}

/// How files are written into documents.
pub(crate) struct Delivering<'a> {
    pub core: &'a Core,
    /// Languages of texts, the best first.
    pub locales: Vec<&'a str>,
}

impl Delivering<'_> {
    /// The file with these of its fields; all of them when none.
    pub fn json(&self, asset: &Asset, fields: Option<&[&'static str]>) -> String {
        let mut file = view(self.core, asset, &self.locales, now_micros() / 1_000_000 + PRIVATE_FOR);
        if let Value::Object(members) = &mut file {
            members.retain(|name, _| match fields {
                Some(fields) => fields.contains(&name.as_str()),
                None => MEDIA_FIELDS.contains(&name.as_str()),
            });
        }
        file.to_string()
    }

    /// One, or a list.
    pub fn write<'f>(
        &self,
        mut files: impl Iterator<Item = &'f Asset>,
        many: bool,
        fields: Option<&[&'static str]>,
        out: &mut String,
    ) {
        if !many {
            match files.next() {
                Some(asset) => out.push_str(&self.json(asset, fields)),
                None => out.push_str("null"),
            }
            return;
        }
        out.push('[');
        for (i, asset) in files.enumerate() {
            if i > 0 {
                out.push(',');
            }
            out.push_str(&self.json(asset, fields));
        }
        out.push(']');
    }
}

/// Whether private files of everybody are seen by the caller of these rules, or only those of one.
pub(crate) fn sees(rules: &Rules<'_>) -> Option<Reach> {
    reach_of(rules, Action::Read)
}

/// Addresses of files that rich texts show, for a reader who sees these.
pub(crate) fn addresses(
    core: &Core,
    conn: &mut Connection,
    rules: &Rules<'_>,
    ids: &[String],
) -> Result<(HashMap<String, String>, bool)> {
    let reach = reach_of(rules, Action::Read);
    let mut has_private = false;
    let mut found = HashMap::new();
    for asset in assets::by_ids(conn, ids)? {
        let seen = !asset.private || reach.as_ref().is_some_and(|reach| reach.covers(&asset));
        if asset.trashed_at.is_none() && seen {
            has_private |= asset.private;
            let until = now_micros() / 1_000_000 + PRIVATE_FOR;
            found.insert(asset.id.clone(), super::view::url(core, &asset, &[], until));
        }
    }
    Ok((found, has_private))
}
