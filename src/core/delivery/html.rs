//! `richText=html`: rich text as HTML, its links resolved for this reader.

use super::compile::Compiler;
use super::plan::Member;
use super::populate::Tree;
use super::stored::Stored;
use crate::{Core, Result, Snapshot, media};
use masthead_model::query::Visible;
use masthead_model::query::ast::LocaleChoice;
use masthead_model::rich_text::{Links, assets, references, to_html};
use masthead_model::value::{walk_media, walk_relations};
use masthead_model::{Action, FieldType, TypeKey};
use masthead_store::{Connection, delivered};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};

/// Addresses of the documents that an answer's rich texts link to.
#[derive(Default)]
pub(super) struct Addresses {
    documents: HashMap<String, String>,
    files: HashMap<String, String>,
    /// Some of the files are private.
    pub has_private: bool,
}

impl Links for Addresses {
    fn document_url(&self, document_id: &str) -> Option<String> {
        self.documents.get(document_id).cloned()
    }

    fn asset_url(&self, asset: &str) -> Option<String> {
        self.files.get(asset).cloned()
    }
}

impl Addresses {
    /// A rich text as a JSON string of HTML.
    pub fn render(&self, document: &Value) -> String {
        Value::from(to_html(document, self)).to_string()
    }

    /// Look up what all rich texts of the tree link to, and the files that they show, in a statement each.
    pub fn of_tree(
        core: &Core,
        conn: &mut Connection,
        snapshot: &Snapshot,
        compiler: &Compiler<'_>,
        tree: &Tree<'_>,
    ) -> Result<Self> {
        let (ids, shown) = linked(snapshot, tree);
        let (files, has_private) = match shown.is_empty() {
            true => Default::default(),
            false => media::addresses(core, conn, compiler.rules, &Vec::from_iter(shown))?,
        };
        if ids.is_empty() {
            return Ok(Self { documents: HashMap::new(), files, has_private });
        }
        let ids: Vec<String> = ids.into_iter().collect();
        let mut best: HashMap<String, (usize, String)> = HashMap::new();
        for (id, ty, locale, path) in delivered::addresses(conn, &ids)? {
            let readable = snapshot.model.by_key(TypeKey(ty)).is_some_and(|ty| {
                // Where documents differ in who may read them, links stay bare.
                compiler.rules.type_visible(ty.id()) && compiler.rules.condition(Action::Read, ty).is_none()
            });
            let Some(rank) = rank(snapshot, compiler, &locale).filter(|_| readable) else { continue };
            if best.get(&id).is_none_or(|(known, _)| rank < *known) {
                best.insert(id, (rank, path));
            }
        }
        let documents = best.into_iter().map(|(id, (_, path))| (id, path)).collect();
        Ok(Self { documents, files, has_private })
    }
}

/// How well the locale of an address fits the reader, the best being 0; none when it is not for him.
fn rank(snapshot: &Snapshot, compiler: &Compiler<'_>, locale: &str) -> Option<usize> {
    let first = match &compiler.view.locale {
        LocaleChoice::One(code) => code.as_str(),
        LocaleChoice::All => snapshot.model.locales.default_code(),
    };
    let mut preferred = ["", first].into_iter().chain(compiler.view.fallback_locales.iter().map(String::as_str));
    preferred.position(|code| code == locale)
}

/// Ids of documents, and of files.
fn linked(snapshot: &Snapshot, tree: &Tree<'_>) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut ids, mut files) = (BTreeSet::new(), BTreeSet::new());
    for group in &tree.groups {
        for document in &group.documents {
            if let Some(mut stored) = Stored::open(&document.data) {
                for member in &group.plan.members {
                    if let Member::Html { key, .. } = member
                        && let Some(value) = stored.get(key).and_then(|json| serde_json::from_slice::<Value>(json).ok())
                    {
                        ids.extend(references(&value));
                        files.extend(assets(&value));
                    }
                }
            }
            if let Some(values) = document.values.as_ref().filter(|_| group.plan.values) {
                walk_relations(&snapshot.model, group.ty, values, &mut |at| {
                    if at.field.kind == FieldType::RichText {
                        ids.insert(at.target.to_owned());
                    }
                });
                walk_media(&snapshot.model, group.ty, values, &mut |at| {
                    if at.field.kind == FieldType::RichText {
                        files.insert(at.target.to_owned());
                    }
                });
            }
        }
    }
    (ids, files)
}
