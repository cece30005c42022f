//! The types as a caller sees them: definitions, what it may do, and how many documents there are.

use crate::access::Rules;
use crate::{Caller, Core, Error, Result, Snapshot};
use masthead_model::{Action, ContentType, Kind, Type};
use masthead_store::counts;
use serde::Serialize;
use std::collections::BTreeSet;

/// A content type or component.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TypeView {
    #[serde(flatten)]
    pub def: ContentType,
    /// What the caller may do; of a component nothing.
    pub may: Vec<Action>,
    /// Whether its documents have one part per locale.
    pub localized: bool,
    /// Names under which it sees the documents that point at it.
    pub inverses: Vec<InverseView>,
    /// Only when asked for, and for callers who see every document of the type; not of components.
    pub counts: Option<Counts>,
}

/// A relation of another type, seen from its target.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InverseView {
    pub name: String,
    /// Id of the type that holds the relation, and of its field.
    pub source: String,
    pub field: String,
}

/// Documents by where they stand. A document counts as published or modified when it is so in any locale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    pub draft: i64,
    pub published: i64,
    /// Published, with changes that are not.
    pub modified: i64,
    pub trashed: i64,
}

/// Every type that the caller may do anything with, and the components that those are made of, by id.
pub async fn types(core: &Core, caller: &Caller, with_counts: bool) -> Result<Vec<TypeView>> {
    let caller = caller.clone();
    core.read(move |conn, snapshot| {
        let rules = Rules::of(&caller, snapshot);
        let counted = if with_counts { counts::by_type(conn)? } else { Vec::new() };
        let known = known(&rules, snapshot);
        let mut views = Vec::new();
        for ty in snapshot.model.types().filter(|t| known.contains(t.id())) {
            let mut view = view(&rules, snapshot, ty);
            if with_counts && sees_counts(&rules, ty) {
                let found = counted.iter().find(|c| c.type_key == ty.key.0);
                view.counts = Some(found.map(of_row).unwrap_or_default());
            }
            views.push(view);
        }
        Ok(views)
    })
    .await
}

/// One type or component by id, singular or plural, with counts.
pub async fn type_view(core: &Core, caller: &Caller, word: &str) -> Result<TypeView> {
    let (caller, word) = (caller.clone(), word.to_owned());
    core.read(move |conn, snapshot| {
        let rules = Rules::of(&caller, snapshot);
        let known = known(&rules, snapshot);
        let ty = snapshot.model.find(&word).filter(|t| known.contains(t.id()));
        let ty = ty.ok_or_else(|| Error::not_found(format!("type '{word}'")))?;
        let mut view = view(&rules, snapshot, ty);
        if sees_counts(&rules, ty) {
            let found = counts::of_type(conn, ty.key.0)?;
            view.counts = Some(found.as_ref().map(of_row).unwrap_or_default());
        }
        Ok(view)
    })
    .await
}

fn of_row(row: &counts::Row) -> Counts {
    Counts { draft: row.draft, published: row.published, modified: row.modified, trashed: row.trashed }
}

/// Whether the caller sees all documents that are counted.
fn sees_counts(rules: &Rules<'_>, ty: &Type) -> bool {
    let all = |action| rules.grant(action, ty.id()).is_some() && rules.condition(action, ty).is_none();
    ty.def.kind != Kind::Component && all(Action::Read) && all(Action::ReadDraft)
}

/// What the caller may do to a type.
fn allowed(rules: &Rules<'_>, ty: &Type) -> Vec<Action> {
    Action::ALL.into_iter().filter(|action| rules.grant(*action, ty.id()).is_some()).collect()
}

/// Ids of the types that the caller may know, and of the components in them.
fn known(rules: &Rules<'_>, snapshot: &Snapshot) -> BTreeSet<String> {
    if rules.is_admin() {
        return snapshot.model.types().map(|t| t.id().to_owned()).collect();
    }
    let is_known = |ty: &&std::sync::Arc<Type>| ty.def.kind != Kind::Component && !allowed(rules, ty).is_empty();
    let mut open: Vec<String> = snapshot.model.types().filter(is_known).map(|t| t.id().to_owned()).collect();
    let mut known = BTreeSet::new();
    while let Some(id) = open.pop() {
        let Some(ty) = snapshot.model.get(&id).filter(|_| known.insert(id.clone())) else { continue };
        for field in ty.def.fields.iter().filter(|f| may_see(rules, ty, &f.id)) {
            open.extend(field.item_components().iter().map(|c| (*c).to_owned()));
        }
    }
    known
}

/// Whether the caller may know of the field.
fn may_see(rules: &Rules<'_>, ty: &Type, field: &str) -> bool {
    ty.def.kind == Kind::Component || rules.knows_field(ty.id(), field)
}

fn view(rules: &Rules<'_>, snapshot: &Snapshot, ty: &Type) -> TypeView {
    let mut def = ty.def.clone();
    def.fields.retain(|f| may_see(rules, ty, &f.id));
    let may = if def.kind == Kind::Component { Vec::new() } else { allowed(rules, ty) };
    let inverses = snapshot.model.inverses(ty.id()).iter().filter(|i| rules.knows_field(&i.source, &i.field));
    let inverses =
        inverses.map(|i| InverseView { name: i.name.clone(), source: i.source.clone(), field: i.field.clone() });
    TypeView { localized: ty.localized, inverses: inverses.collect(), may, counts: None, def }
}
