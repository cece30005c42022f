//! Lists found by words: the index proposes, the database decides by the rules of any list, and only what passes is
//! counted, ordered and delivered.

pub(super) mod across;
mod asked;
mod decide;
mod facets;
pub(super) mod marks;
mod suggest;
mod tally;

use super::cursor;
use super::documents::Loader;
use super::read::{Reading, refused};
use crate::search::{Count as Counting, Counted, MAX_HITS, Searcher, Shelf, Tolerance, Words, words};
use crate::{Error, Result};
use masthead_model::Type;
use masthead_model::query::Visible;
use masthead_model::query::ast::{Count, ListQuery, LocaleChoice, Page};
use masthead_store::delivered::Listed;
use serde_json::Value;

/// With fewer documents than these, those with typos are looked for, too.
const ENOUGH: u64 = 6;

/// What is looked for, and where.
pub(super) struct Sought<'r> {
    words: Words,
    searcher: &'r dyn Searcher,
    titles: bool,
}

/// One of the types that are looked through, and what is asked of its documents.
struct Asked<'q> {
    ty: &'q Type,
    query: &'q ListQuery,
}

/// A document that passed: index of its type among those asked, key, locale of its row.
type Passed = (usize, i64, String);

/// Where is looked: documents of each type in each locale.
struct Scope<'a, 'q> {
    asked: &'a [Asked<'q>],
    shelves: Vec<Shelf>,
    /// By shelf, the index of its type among those asked.
    of: Vec<usize>,
}

/// What is wanted of what is found.
struct Want<'c> {
    /// So many documents, the first ones.
    most: usize,
    counts: &'c [Counting],
}

/// What was found of the documents that are delivered.
struct Matched {
    /// The first ones, in order.
    documents: Vec<Passed>,
    total: u64,
    /// Otherwise there are at least so many.
    is_exact: bool,
    tolerance: Tolerance,
    /// In the order of what was wanted.
    counted: Vec<Counted>,
}

impl<'r> Reading<'r> {
    /// What a list's `_q` looks for in the index; none without one, and none while there is no index.
    pub(super) fn sought(&self, query: &ListQuery) -> Result<Option<Sought<'r>>> {
        let Some(text) = &query.search else { return Ok(None) };
        let words = words(text).map_err(|why| refused("_q", "invalid_value", &why))?;
        let searcher = self.searcher.filter(|s| s.is_ready());
        Ok(searcher.map(|searcher| Sought { words, searcher, titles: false }))
    }

    /// The rows of a page, the cursor behind it, the total, and how far documents may differ from what was looked for.
    #[allow(clippy::type_complexity)]
    pub(super) fn searched<'q>(
        &self,
        loader: &mut Loader<'q>,
        ty: &'q Type,
        query: &'q ListQuery,
        sought: &Sought<'_>,
    ) -> Result<(Vec<Listed>, Option<String>, Option<(u64, bool)>, Tolerance)> {
        self.may_count(query)?;
        let asked = [Asked { ty, query }];
        let scope = self.scope(loader, &asked);
        let want = Want { most: end(ty.id(), query)?, counts: &[] };
        let matched = self.matched(loader, &scope, sought, &want)?;
        let (page, next) = page(ty.id(), query, &matched.documents)?;
        let documents = pairs(page.iter().map(|(_, doc, locale)| (*doc, locale.as_str())));
        let rows = loader.listed(loader.compiler.taken(ty, &documents))?;
        let total = (query.with_count != Count::No).then_some((matched.total, matched.is_exact));
        Ok((rows, next, total, matched.tolerance))
    }

    fn scope<'a, 'q>(&self, loader: &Loader<'_>, asked: &'a [Asked<'q>]) -> Scope<'a, 'q> {
        let mut scope = Scope { asked, shelves: Vec::new(), of: Vec::new() };
        for (at, one) in asked.iter().enumerate() {
            let shelves = self.shelves(loader, one);
            scope.of.extend(shelves.iter().map(|_| at));
            scope.shelves.extend(shelves);
        }
        scope
    }

    /// The documents that have the words and are delivered, in order. What is typed without a mistake comes first; where
    /// that is little, typos are allowed for, and where it is nothing, most of the words are enough. Decided by what
    /// passes, so that nothing is learned of what does not.
    fn matched<'q>(
        &self,
        loader: &mut Loader<'q>,
        scope: &Scope<'_, 'q>,
        sought: &Sought<'_>,
        want: &Want<'_>,
    ) -> Result<Matched> {
        let mut best = self.decided(loader, scope, sought, want, Tolerance::None)?;
        for tolerance in [Tolerance::Typos, Tolerance::Words] {
            let enough = if tolerance == Tolerance::Typos { ENOUGH } else { 1 };
            if best.total >= enough || sought.words.parts.is_empty() {
                break;
            }
            let found = self.decided(loader, scope, sought, want, tolerance)?;
            if found.total > best.total {
                best = found;
            }
        }
        Ok(best)
    }

    /// Whether the caller reads the field in every document of the type that it reads: one that it reads in some of them
    /// alone is neither searched, marked, proposed nor counted.
    fn reads(&self, ty: &Type, field: &str) -> bool {
        let is_even = |action| {
            self.rules.grant(action, ty.id()).is_none() || self.rules.condition_of(action, ty, field).is_none()
        };
        self.rules.field_visible(ty.id(), field)
            && is_even(masthead_model::Action::Read)
            && is_even(masthead_model::Action::ReadDraft)
    }

    /// Where a type's documents stand in the index.
    fn shelves(&self, loader: &Loader<'_>, asked: &Asked<'_>) -> Vec<Shelf> {
        let (ty, model) = (asked.ty, &self.snapshot.model);
        let view = &asked.query.view;
        let sees = |field: &&masthead_model::Field| self.reads(ty, &field.id);
        let texts = || ty.def.fields.iter().filter(|field| !field.private);
        let fields = texts().any(|f| !sees(&f)).then(|| texts().filter(sees).map(|f| f.id.clone()).collect());
        let shelf = |locale: &str, language: &str| Shelf {
            type_key: ty.key.0,
            locale: locale.to_owned(),
            language: language.to_owned(),
            drafts: loader.compiler.state(ty) == 0,
            fields: Clone::clone(&fields),
        };
        if !ty.localized {
            return vec![shelf("", model.locales.default_code())];
        }
        match &view.locale {
            LocaleChoice::All => model.locales.codes().map(|code| shelf(code, code)).collect(),
            LocaleChoice::One(code) => {
                std::iter::once(code).chain(&view.fallback_locales).map(|code| shelf(code, code)).collect()
            }
        }
    }

    fn may_count(&self, query: &ListQuery) -> Result<()> {
        if query.with_count == Count::Exact && *self.caller == crate::Caller::Anonymous {
            let message = "exact counts are for callers with a token; leave it out, or ask for `true`";
            return Err(refused("pagination[withCount]", "not_allowed", message));
        }
        Ok(())
    }
}

/// How many documents a query's page ends behind, and one that tells whether there are more.
fn end(of: &str, query: &ListQuery) -> Result<usize> {
    let (start, limit, _) = span(of, query)?;
    Ok(start.saturating_add(limit).saturating_add(1).min(MAX_HITS))
}

/// Where a query's page begins, how long it is, and whether it is gone on from by a cursor.
fn span(of: &str, query: &ListQuery) -> Result<(usize, usize, bool)> {
    let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    Ok(match &query.page {
        Page::Page { page, size: limit } => {
            (size(u64::from(page.saturating_sub(1)) * u64::from(*limit)), *limit as usize, false)
        }
        Page::Offset { start, limit } => (size(*start), *limit as usize, false),
        Page::Cursor { after, size } => {
            let place = after.as_deref().map(|text| cursor::read_place(of, query, text));
            let place = place.transpose().map_err(|problem| Error::Query(vec![problem]))?;
            (place.unwrap_or(0), *size as usize, true)
        }
    })
}

/// The part of `documents` that a query asks for, and the cursor behind it when there is more.
fn page<'d>(of: &str, query: &ListQuery, documents: &'d [Passed]) -> Result<(&'d [Passed], Option<String>)> {
    let (start, limit, by_cursor) = span(of, query)?;
    let start = start.min(documents.len());
    let end = start.saturating_add(limit).min(documents.len());
    let next = (by_cursor && end < documents.len()).then(|| cursor::write_place(of, query, end)).flatten();
    Ok((&documents[start..end], next))
}

/// `[[doc, locale], …]` as JSON.
fn pairs<'d>(documents: impl Iterator<Item = (i64, &'d str)>) -> String {
    Value::from_iter(documents.map(|(doc, locale)| serde_json::json!([doc, locale]))).to_string()
}
