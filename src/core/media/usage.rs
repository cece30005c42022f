//! Where a file is used: in which documents, which field, draft or published.

use super::rights::{expect_with, unknown};
use crate::access::Rules;
use crate::{Caller, Core, Result, Snapshot};
use masthead_model::{Action, Model, Type, TypeKey};
use masthead_store::assets::{self, Asset};
use masthead_store::{Connection, media_references};
use serde::Serialize;

/// Most uses that are listed.
const LISTED: i64 = 500;

/// Where a file is used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    pub uses: Vec<UsedBy>,
    /// Further uses, in documents that the caller may not read.
    pub hidden: usize,
}

/// A place where a file is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UsedBy {
    pub document_id: String,
    /// Id of the content type.
    #[serde(rename = "type")]
    pub type_id: String,
    /// Names of the fields that lead to it, joined by dots.
    pub field: String,
    /// Null for a field that all languages share.
    pub locale: Option<String>,
    /// `draft` or `published`.
    pub state: &'static str,
}

impl Usage {
    pub fn is_empty(&self) -> bool {
        self.uses.is_empty() && self.hidden == 0
    }

    /// What would break, in words.
    pub fn said(&self) -> String {
        let mut places: Vec<String> =
            self.uses.iter().map(|u| format!("{} {} ({})", u.type_id, u.document_id, u.field)).collect();
        places.dedup();
        let more = places.len().saturating_sub(5) + self.hidden;
        places.truncate(5);
        if more > 0 {
            places.push(format!("{more} more"));
        }
        places.join(", ")
    }
}

/// Where a file is used.
pub async fn usage(core: &Core, caller: &Caller, id: &str) -> Result<Usage> {
    let (caller, id) = (caller.clone(), id.to_owned());
    core.read(move |conn, snapshot| {
        let asset = assets::by_id(conn, &id)?.ok_or_else(|| unknown(&id))?;
        expect_with(&caller, snapshot, Action::Read, &asset)?;
        of(conn, snapshot, &caller, &asset)
    })
    .await
}

pub(super) fn of(conn: &mut Connection, snapshot: &Snapshot, caller: &Caller, asset: &Asset) -> Result<Usage> {
    let rules = Rules::of(caller, snapshot);
    let mut usage = Usage::default();
    for (document_id, type_key, state, locale, path) in media_references::uses(conn, asset.key, LISTED)? {
        let seen = snapshot.model.by_key(TypeKey(type_key)).filter(|ty| {
            let action = if state == 1 { Action::Read } else { Action::ReadDraft };
            let grant = rules.grant(action, ty.id());
            // Whether a condition is met would have to be asked of each document: those stay unnamed.
            grant.is_some_and(|g| g.always().is_some())
                && rules.reads_field(ty.id(), path.split('.').next().unwrap_or_default())
        });
        let Some(ty) = seen else {
            usage.hidden += 1;
            continue;
        };
        usage.uses.push(UsedBy {
            document_id,
            type_id: ty.id().to_owned(),
            field: named(&snapshot.model, ty, &path),
            locale: (!locale.is_empty()).then_some(locale),
            state: if state == 1 { "published" } else { "draft" },
        });
    }
    Ok(usage)
}

/// A path of field ids by the names that they have now.
fn named(model: &Model, ty: &Type, path: &str) -> String {
    let mut owners: Vec<&Type> = vec![ty];
    let mut out = Vec::new();
    for step in path.split('.') {
        if let Some(field) = owners.iter().find_map(|o| o.field(step)) {
            out.push(field.name.clone());
            owners = field.item_components().iter().filter_map(|id| model.get(id)).map(AsRef::as_ref).collect();
        } else if let Some(component) = model.get(step) {
            owners = vec![component];
        }
    }
    out.join(".")
}
