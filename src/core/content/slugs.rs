//! Unique values: which claims a published document makes, and how a free slug is found.

use crate::Result;
use masthead_model::value;
use masthead_model::{Field, FieldType, Model, Problem, Type, problem};
use masthead_store::claims::{self, Claim};
use masthead_store::{Connection, documents, projections};
use serde_json::{Map, Value};

/// Longest slug that is made, in characters; an explicit one may be longer.
const MADE: usize = 80;

/// Whether a field's published values must be held alone: what says `unique`, and the slug of a tree.
pub(crate) fn is_unique(ty: &Type, field: &Field) -> bool {
    field.unique || (ty.def.tree && field.kind == FieldType::Slug)
}

/// The claim that `field` with `value` makes in the part `locale`. In trees a slug is unique among its siblings.
pub(crate) fn claim_of(ty: &Type, field: &Field, value: &Value, part: &str, parent: Option<i64>) -> Option<Claim> {
    if !is_unique(ty, field) {
        return None;
    }
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        _ => return None,
    };
    let value = if ty.def.tree && field.kind == FieldType::Slug && !field.unique {
        format!("{}/{text}", parent.unwrap_or(0))
    } else {
        text
    };
    Some(Claim { type_key: ty.key.0, field: field.id.clone(), locale: part.to_owned(), value })
}

/// The claims of one row's values.
pub(crate) fn claims_of(ty: &Type, values: &Map<String, Value>, locale: &str, parent: Option<i64>) -> Vec<Claim> {
    ty.def.fields.iter().filter_map(|f| claim_of(ty, f, values.get(&f.id)?, ty.part_of(f, locale), parent)).collect()
}

/// A problem for each of the values that another published document holds.
pub(crate) fn taken(
    conn: &mut Connection,
    ty: &Type,
    doc: i64,
    values: &Map<String, Value>,
    locale: &str,
    parent: Option<i64>,
) -> Result<Vec<Problem>> {
    let mut problems = Vec::new();
    for claim in claims_of(ty, values, locale, parent) {
        if claims::holder(conn, &claim)?.is_some_and(|holder| holder != doc)
            && let Some(field) = ty.field(&claim.field)
        {
            problems.push(is_taken(field));
        }
    }
    Ok(problems)
}

pub(crate) fn is_taken(field: &Field) -> Problem {
    let message = format!("another document has this {} already: choose a different one", field.name);
    Problem::new(problem::pointer_to("", &field.name), "unique", message)
}

/// The row locales in which a value of `field` can stand: a shared one stands in each locale that its document has.
pub(crate) fn rows(model: &Model, ty: &Type, field: &Field, locale: &str) -> Vec<String> {
    if ty.localized && !field.localized {
        return model.locales.codes().map(str::to_owned).collect();
    }
    vec![ty.row_locale(locale).to_owned()]
}

/// Fill in the slugs that are absent but can be made from another field, each free among published claims and drafts.
pub(crate) fn fill(
    conn: &mut Connection,
    (model, ty): (&Model, &Type),
    doc: i64,
    values: &mut Map<String, Value>,
    locale: &str,
    parent: Option<i64>,
) -> Result<Vec<String>> {
    let mut made = Vec::new();
    let missing = value::missing_slugs(ty, values);
    if !missing.is_empty() {
        documents::take_turns(conn, ty.key.0)?;
    }
    for (id, proposed) in missing {
        let Some(field) = ty.field(&id) else { continue };
        let slug = free(conn, (model, ty), field, doc, &proposed, locale, parent)?;
        values.insert(id.clone(), Value::String(slug));
        made.push(id);
    }
    Ok(made)
}

fn free(
    conn: &mut Connection,
    (model, ty): (&Model, &Type),
    field: &Field,
    doc: i64,
    proposed: &str,
    locale: &str,
    parent: Option<i64>,
) -> Result<String> {
    let base: String = proposed.chars().take(MADE).collect();
    let claim = claim_of(ty, field, &Value::String(base.clone()), ty.part_of(field, locale), parent);
    let rows = rows(model, ty, field, locale);
    let drafts = ty.storage.columns.get(&field.id).filter(|_| ty.def.draft_and_publish);
    let table = (ty.key, ty.storage.generation);
    // Most are: only then is it worth to know all that begin with it.
    let mut is_free = match &claim {
        Some(claim) => claims::holder(conn, claim)?.is_none_or(|holder| holder == doc),
        None => true,
    };
    if let Some(column) = drafts {
        for row in &rows {
            is_free =
                is_free && projections::with_text(conn, table, column, (0, row), &base)?.iter().all(|d| *d == doc);
        }
    }
    if is_free {
        return Ok(base);
    }
    let mut taken = std::collections::HashSet::new();
    if let Some(claim) = claim {
        let values = claims::starting_with(conn, &claim, doc, 10_000)?;
        // In a tree the claim says under which parent; the slug is what follows.
        let prefix = claim.value.len() - base.len();
        taken.extend(values.into_iter().filter_map(|v| v.get(prefix..).map(str::to_owned)));
    }
    if let Some(column) = drafts {
        let siblings = (ty.def.tree && !field.unique).then_some(parent);
        for row in rows {
            taken.extend(projections::texts_starting_with(conn, table, column, (0, &row), &base, doc, siblings)?);
        }
    }
    let mut slug = base.clone();
    let mut n = 1u64;
    while taken.contains(&slug) {
        n += 1;
        slug = format!("{base}-{n}");
    }
    Ok(slug)
}
