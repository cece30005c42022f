//! Where a document is used: the documents that point at it.

use super::allowed::{authorize_on, covered};
use super::document::{Loaded, State};
use super::editor::{Brief, briefs};
use crate::access::Rules;
use crate::{Caller, Core, Result, Snapshot};
use masthead_model::Action;
use masthead_store::references;
use serde::Serialize;

/// Documents that are listed at once.
const LISTED: usize = 200;

/// A document that points at another.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Referrer {
    #[serde(flatten)]
    pub document: Brief,
    /// The places, in its draft and in what is published.
    pub places: Vec<Place>,
}

/// Where in a document a reference stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// Names of the field, and of the fields and components inside it, joined by dots.
    pub field: String,
    /// None where it is shared by all locales.
    pub locale: Option<String>,
    pub draft: bool,
    pub published: bool,
}

/// Up to 200 documents that point at `id`, as far as the caller may see them.
pub async fn referrers(core: &Core, caller: &Caller, id: &str) -> Result<Vec<Referrer>> {
    let (caller, id) = (caller.clone(), id.to_owned());
    core.read(move |conn, snapshot| {
        let target = Loaded::read(conn, snapshot, &id)?;
        authorize_on(conn, snapshot, &caller, Action::ReadDraft, &target)?;
        let mut keys = references::sources(conn, target.doc.key)?;
        keys.truncate(LISTED * 5);
        let rules = Rules::of(&caller, snapshot);
        let mut out = Vec::new();
        for key in keys {
            let Some(document) = briefs(conn, snapshot, &caller, &[key])?.pop() else { continue };
            let Some(ty) = snapshot.model.get(&document.type_id) else { continue };
            let Some(doc) = masthead_store::documents::by_key(conn, key)? else { continue };
            let source = Loaded::of_document(conn, snapshot, doc)?;
            let seen = covered(conn, snapshot, &rules, Action::ReadDraft, &source)?;
            let mut places: Vec<Place> = Vec::new();
            let sees = |path: &str| seen.covers(path.split('.').next().unwrap_or(path));
            for r in references::of(conn, key)?.into_iter().filter(|r| r.dst == target.doc.key && sees(&r.path)) {
                let field = names(snapshot, ty, &r.path);
                let locale = (!r.locale.is_empty()).then_some(r.locale);
                let at = places.iter().position(|p| p.field == field && p.locale == locale).unwrap_or_else(|| {
                    places.push(Place { field, locale, draft: false, published: false });
                    places.len() - 1
                });
                let is_public = r.state == State::Published.number();
                places[at].published |= is_public;
                places[at].draft |= !is_public || !ty.def.draft_and_publish;
            }
            // What points here by a field that the caller does not see points nowhere, for them.
            if places.is_empty() {
                continue;
            }
            out.push(Referrer { document, places });
            if out.len() >= LISTED {
                break;
            }
        }
        Ok(out)
    })
    .await
}

/// A path of field ids (and, inside blocks, component ids) as names.
fn names(snapshot: &Snapshot, ty: &masthead_model::Type, path: &str) -> String {
    let mut owner = Some(ty);
    let mut blocks: &[String] = &[];
    let mut out = Vec::new();
    for step in path.split('.') {
        if let Some(field) = owner.and_then(|o| o.field(step)) {
            out.push(field.name.clone());
            let inside = field.item_components();
            owner = match field.kind {
                masthead_model::FieldType::Component => {
                    inside.first().and_then(|id| snapshot.model.get(id)).map(|t| &**t)
                }
                _ => None,
            };
            blocks = inside;
        } else if blocks.iter().any(|id| id == step) {
            owner = snapshot.model.get(step).map(|t| &**t);
            out.push(owner.map_or_else(|| step.to_owned(), |t| t.def.singular.clone()));
        } else {
            out.push(step.to_owned());
        }
    }
    out.join(".")
}
