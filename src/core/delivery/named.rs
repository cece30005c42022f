//! The types that a query names: what its answer depends on, whether rows of them were found or not.

use crate::access::{FILES, Rules};
use masthead_model::query::ast::{Filter, Populate, RelationRef, Selection, Sort};
use masthead_model::{Action, Model};
use std::collections::BTreeSet;

/// Ids of types.
pub(super) type Types = BTreeSet<String>;

/// What the caller's rules look at to show documents of `types`.
pub(super) fn in_rules(rules: &Rules<'_>, model: &Model, types: &mut Types) {
    if !rules.is_conditional() {
        return;
    }
    let asked: Vec<String> = types.iter().cloned().collect();
    for ty in asked.iter().filter_map(|id| model.get(id)) {
        let alternatives = rules.grant(Action::Read, ty.id());
        for alternative in alternatives.iter().flat_map(|grant| grant.alternatives()) {
            in_filter(rules.filter_of(alternative, ty).as_ref(), types);
        }
    }
}

pub(super) fn in_filter(filter: Option<&Filter>, types: &mut Types) {
    match filter {
        None | Some(Filter::Compare { .. }) => {}
        Some(Filter::Media { .. }) => drop(types.insert(FILES.to_owned())),
        Some(Filter::All(parts) | Filter::Any(parts)) => parts.iter().for_each(|part| in_filter(Some(part), types)),
        Some(Filter::Not(inner) | Filter::Element { inner, .. }) => in_filter(Some(inner), types),
        Some(Filter::Relation { relation, targets }) => {
            in_relation(relation, types);
            for target in targets {
                types.insert(target.type_id.clone());
                in_filter(target.filter.as_ref(), types);
            }
        }
    }
}

pub(super) fn in_sorts(sorts: &[Sort], types: &mut Types) {
    types.extend(sorts.iter().flat_map(|sort| &sort.via).map(|hop| hop.target.clone()));
}

pub(super) fn in_selection(selection: &Selection, types: &mut Types) {
    for populate in &selection.populate {
        match populate {
            Populate::Relation { relation, targets, .. } => {
                in_relation(relation, types);
                for target in targets {
                    types.insert(target.type_id.clone());
                    in_filter(target.filter.as_ref(), types);
                    in_sorts(&target.sort, types);
                    in_selection(&target.selection, types);
                }
            }
            Populate::Component { selection, .. } => in_selection(selection, types),
            Populate::Blocks { on, .. } => on.iter().for_each(|(_, selection)| in_selection(selection, types)),
            Populate::Media { .. } => drop(types.insert(FILES.to_owned())),
            Populate::Localizations(_) => {}
        }
    }
}

fn in_relation(relation: &RelationRef, types: &mut Types) {
    if let RelationRef::Inverse { source, .. } = relation {
        types.insert(source.clone());
    }
}
