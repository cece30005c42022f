//! What the steps of a plan would do to stored documents: one pass over the documents that any of them touches.

use crate::content::{Loaded, State, rendering_values};
use crate::{Error, Result, Snapshot};
use masthead_model::convert::{self, Conversion, Converted};
use masthead_model::plan::{self, Count, Counted, Step};
use masthead_model::value::{self, Scope};
use masthead_model::{Model, Type};
use masthead_store::{Connection, documents};
use serde_json::{Map, Value};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

const EXAMPLES: usize = 5;
const PAGE: i64 = 500;

struct Counter {
    count: Count,
    conversion: Option<Conversion>,
    /// Ids of the types whose documents it looks at.
    types: BTreeSet<String>,
    /// Values seen, for uniqueness: locale and value → the first document with it.
    seen: HashMap<(String, String), String>,
    total: Counted,
}

/// The counts of `steps`, none where nothing stored has to be looked at.
pub(super) fn count(conn: &mut Connection, snapshot: &Snapshot, steps: &[Step]) -> Result<Vec<Option<Counted>>> {
    let applied = plan::apply_definitions(&snapshot.model, steps).map_err(|e| Error::Internal(e.to_string()))?;
    let next = applied.model(snapshot.model.version + 1);
    let mut counters: Vec<Counter> = steps
        .iter()
        .map(|step| {
            let count = step.needs_count();
            let owner = step.of().map(|of| of.id.as_str()).unwrap_or_default();
            let conversion =
                applied.conversions.iter().find(|c| c.owner == owner && Some(c.from.id.as_str()) == step.field_id());
            Counter {
                types: types_of(&snapshot.model, &count),
                conversion: conversion.cloned(),
                count,
                seen: HashMap::new(),
                total: Counted::default(),
            }
        })
        .collect();
    let types: BTreeSet<String> = counters.iter().flat_map(|c| c.types.iter().cloned()).collect();
    for id in types {
        let Some(ty) = snapshot.model.get(&id).cloned() else { continue };
        let mut after = 0;
        loop {
            let docs = documents::page(conn, ty.key.0, after, PAGE)?;
            let Some(last) = docs.last() else { break };
            after = last.key;
            for loaded in Loaded::many(conn, snapshot, docs)? {
                one(conn, snapshot, &next, &loaded, &mut counters)?;
            }
        }
    }
    Ok(counters.into_iter().map(|c| (c.count != Count::None).then_some(c.total)).collect())
}

fn types_of(model: &Model, count: &Count) -> BTreeSet<String> {
    let ids = |types: Vec<&Arc<Type>>| types.into_iter().map(|t| t.id().to_owned()).collect();
    match count {
        Count::None => BTreeSet::new(),
        Count::Documents { type_id } => BTreeSet::from([type_id.clone()]),
        Count::Locale { .. } => model.types().filter(|t| t.localized).map(|t| t.id().to_owned()).collect(),
        Count::Values { owner, .. }
        | Count::Choice { owner, .. }
        | Count::Conversion { owner, .. }
        | Count::Violations { owner, .. } => ids(plan::types_holding(model, owner)),
    }
}

fn one(
    conn: &mut Connection,
    snapshot: &Snapshot,
    next: &Model,
    loaded: &Loaded,
    counters: &mut [Counter],
) -> Result<()> {
    let id = loaded.ty.id();
    if counters.iter().all(|c| !c.types.contains(id)) {
        return Ok(());
    }
    let mut rows = rendering_values(conn, snapshot, loaded, State::Draft)?;
    let drafts = rows.len();
    rows.extend(rendering_values(conn, snapshot, loaded, State::Published)?);
    for counter in counters.iter_mut().filter(|c| c.types.contains(id)) {
        let mut touched = false;
        let mut failing = None;
        for (i, (locale, values)) in rows.iter().enumerate() {
            let is_published = i >= drafts;
            let (is_touched, failure) = look(counter, snapshot, next, loaded, locale, values, is_published);
            touched |= is_touched;
            failing = failing.or(failure);
        }
        counter.total.documents += u64::from(touched);
        if let Some(why) = failing {
            counter.total.failing += 1;
            if counter.total.examples.len() < EXAMPLES {
                counter.total.examples.push(format!("{}: {why}", loaded.doc.document_id));
            }
        }
    }
    Ok(())
}

/// Whether one row of a document is touched, and why it fails.
fn look(
    counter: &mut Counter,
    snapshot: &Snapshot,
    next: &Model,
    loaded: &Loaded,
    locale: &str,
    values: &Map<String, Value>,
    is_published: bool,
) -> (bool, Option<String>) {
    let found = |owner: &str, field: &str| convert::values_of(&snapshot.model, &loaded.ty, values, owner, field);
    match &counter.count {
        Count::None => (false, None),
        Count::Documents { .. } => (true, None),
        Count::Locale { code } => (locale == code, None),
        Count::Values { owner, field } => (!found(owner, field).is_empty(), None),
        Count::Choice { owner, field, value } => {
            let holds = |v: &Value| v == value || v.as_array().is_some_and(|list| list.iter().any(|v| v == value));
            (found(owner, field).into_iter().any(holds), None)
        }
        Count::Conversion { owner, field } => {
            let Some(conversion) = &counter.conversion else { return (false, None) };
            let mut failure = None;
            let all = found(owner, field);
            for value in &all {
                match convert::convert_value(&conversion.from, &conversion.to, &conversion.enum_renames, value) {
                    Converted::Same | Converted::Changed(_) => {}
                    Converted::Partly(_, why) | Converted::Dropped(why) => failure = failure.or(Some(why)),
                }
            }
            (!all.is_empty(), failure)
        }
        Count::Violations { owner, field, key } if key == "unique" => {
            let mut failure = None;
            let all: Vec<String> = found(owner, field).into_iter().map(ToString::to_string).collect();
            let is_local = loaded.ty.field(field).is_some_and(|f| f.localized) && loaded.ty.localized;
            for text in all.iter().filter(|_| is_published) {
                let key = (if is_local { locale.to_owned() } else { String::new() }, text.clone());
                let first = counter.seen.entry(key).or_insert_with(|| loaded.doc.document_id.clone());
                if *first != loaded.doc.document_id {
                    failure = Some(format!("has the same value as {first}: {text}"));
                }
            }
            (!all.is_empty(), failure)
        }
        Count::Violations { owner, field, .. } => {
            let Some(ty) = next.get(loaded.ty.id()) else { return (false, None) };
            let Some(name) = next.get(owner).and_then(|o| o.field(field)).map(|f| f.name.clone()) else {
                return (false, None);
            };
            let problems = value::validate(next, ty, values, Scope { shared: true, local: true });
            let broken = problems.into_iter().find(|p| p.pointer.rsplit('/').any(|step| step == name));
            (true, broken.map(|p| format!("{}: {}", p.pointer, p.message)))
        }
    }
}
