//! `at=<time>`: one document as it was then, from its versions. What it is populated with is of today.

use super::documents::{Found, Loader};
use super::read::{Reading, refused};
use super::stored::{self, Rendering};
use crate::{Result, access, content};
use masthead_model::query::OneQuery;
use masthead_model::query::ast::{LocaleChoice, Status};
use masthead_model::{Action, Type};
use masthead_store::{bodies, delivered, documents};

/// The document `id` of type `ty` at `at` (µs); none when it was not there.
pub(super) fn found(
    reading: &Reading<'_>,
    loader: &mut Loader<'_>,
    ty: &Type,
    id: &str,
    query: &OneQuery,
    at: i64,
) -> Result<Option<Found>> {
    access::authorize(reading.caller, reading.snapshot, Action::History, ty)?;
    if query.filter.is_some() {
        return Err(refused("filters", "conflict", "with `at` there is nothing to filter by"));
    }
    let Some(doc) = documents::by_document_id(loader.conn, id)? else { return Ok(None) };
    if doc.type_key != ty.key.0 || doc.trashed_at.is_some() {
        return Ok(None);
    }
    let rules = &reading.rules;
    if [Action::Read, Action::History].into_iter().any(|action| rules.condition(action, ty).is_some()) {
        // Who sees it now may look back.
        let now = content::Loaded::of_document(loader.conn, loader.snapshot, doc.clone())?;
        for action in [Action::Read, Action::History] {
            if !content::may(loader.conn, loader.snapshot, reading.caller, action, &now)? {
                return Ok(None);
            }
        }
    }
    let drafts = query.view.status == Status::Draft;
    for locale in locales(ty, query, loader.snapshot.model.locales.default_code()) {
        let parts = delivered::past(loader.conn, doc.key, &locale, at, drafts)?;
        let of = |wanted: &str| parts.iter().find(|(locale, ..)| locale == wanted);
        let (Some(own), shared) = (of(&locale), of("")) else { continue };
        let keys: Vec<i64> = [Some(own), shared].into_iter().flatten().map(|part| part.1).collect();
        let bodies = bodies::get_many(loader.conn, &keys)?;
        let body = |part: Option<&(String, i64, i64)>| part.and_then(|p| bodies.iter().find(|b| b.key == p.1));
        let local = Some(own).filter(|_| ty.localized);
        let values = loader.values(ty, body(shared), body(local));
        let updated_at = [Some(own), shared].into_iter().flatten().map(|part| part.2).max().unwrap_or(at);
        let what = Rendering {
            doc: &doc,
            locale: &locale,
            values: &values,
            created_at: doc.created_at,
            updated_at,
            published_at: Some(own.2).filter(|_| !drafts),
            position: doc.position.as_deref(),
            path: None,
        };
        let data = stored::encode(loader.compiler.ids, loader.snapshot, ty, &what);
        return Ok(Some(Found { doc: doc.key, locale, data, values: Some(values), hidden: None }));
    }
    Ok(None)
}

/// The row locales to look for, the best first.
fn locales(ty: &Type, query: &OneQuery, default: &str) -> Vec<String> {
    if !ty.localized {
        return vec![String::new()];
    }
    let first = match &query.view.locale {
        LocaleChoice::One(code) => code,
        LocaleChoice::All => default,
    };
    std::iter::once(first).chain(query.view.fallback_locales.iter().map(String::as_str)).map(str::to_owned).collect()
}
