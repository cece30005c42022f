//! Lists found by words: the index proposes, the database decides by the rules of any list, and only what passes is
//! counted, ordered and delivered.

mod across;
mod asked;
mod facets;
mod suggest;

use super::compile::{Pager, Picked};
use super::cursor;
use super::documents::Loader;
use super::read::{Reading, refused};
use crate::search::{MAX_HITS, Searcher, Shelf, Tolerance, Wanted, Words, words};
use crate::{Error, Result};
use masthead_model::Type;
use masthead_model::query::Visible;
use masthead_model::query::ast::{Count, ListQuery, LocaleChoice, Page};
use masthead_store::delivered::Listed;
use serde_json::Value;
use std::collections::HashSet;

/// With fewer documents than these, those with typos are looked for, too.
const ENOUGH: usize = 6;
/// Where conditions leave no more than these of too many candidates, the search is among them alone.
const MAX_ONLY: usize = 20_000;

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

/// All that passed, in order.
struct Matched {
    documents: Vec<Passed>,
    /// There may be more.
    cut: bool,
    tolerance: Tolerance,
}

impl<'r> Reading<'r> {
    /// What a list's `_q` looks for in the index; none without one, and none while there is no index.
    pub(super) fn sought(&self, query: &ListQuery) -> Result<Option<Sought<'r>>> {
        let Some(text) = &query.search else { return Ok(None) };
        let words = words(text).map_err(|why| refused("_q", "invalid_value", &why))?;
        let searcher = self.searcher.filter(|s| s.is_ready());
        Ok(searcher.map(|searcher| Sought { words, searcher, titles: false }))
    }

    /// The rows of a page, the cursor behind it, and the total.
    #[allow(clippy::type_complexity)]
    pub(super) fn searched<'q>(
        &self,
        loader: &mut Loader<'q>,
        ty: &'q Type,
        query: &'q ListQuery,
        sought: &Sought<'_>,
    ) -> Result<(Vec<Listed>, Option<String>, Option<(u64, bool)>)> {
        self.may_count(query)?;
        let matched = self.matched(loader, &[Asked { ty, query }], sought)?;
        let (page, next) = page(ty.id(), query, &matched.documents)?;
        let documents = pairs(page.iter().map(|(_, doc, locale)| (*doc, locale.as_str())));
        let rows = loader.listed(loader.compiler.taken(ty, &documents))?;
        let total = (query.with_count != Count::No).then_some((matched.documents.len() as u64, !matched.cut));
        Ok((rows, next, total))
    }

    /// Every document that has the words and is delivered, in order. What is typed without a mistake comes first; where
    /// that is little, typos are allowed for, and where it is nothing, most of the words are enough. Decided by what
    /// passes, so that nothing is learned of what does not.
    fn matched<'q>(&self, loader: &mut Loader<'q>, asked: &[Asked<'q>], sought: &Sought<'_>) -> Result<Matched> {
        let mut shelves = Vec::new();
        let mut types = Vec::new();
        for (at, asked) in asked.iter().enumerate() {
            for shelf in self.shelves(loader, asked) {
                shelves.push(shelf);
                types.push(at);
            }
        }
        let mut best = Matched { documents: Vec::new(), cut: false, tolerance: Tolerance::None };
        for tolerance in [Tolerance::None, Tolerance::Typos, Tolerance::Words] {
            let is_wanted = match tolerance {
                Tolerance::None => true,
                Tolerance::Typos => best.documents.len() < ENOUGH && !sought.words.parts.is_empty(),
                Tolerance::Words => best.documents.is_empty() && !sought.words.parts.is_empty(),
            };
            if !is_wanted {
                break;
            }
            let wanted = Wanted {
                words: &sought.words,
                shelves: &shelves,
                tolerance,
                only: None,
                titles: sought.titles,
                most: MAX_HITS,
            };
            let mut hits = sought.searcher.find(&wanted)?;
            if hits.cut
                && let Some(only) = self.narrowed(loader, asked)?
            {
                hits = sought.searcher.find(&Wanted { only: Some(&only), ..wanted })?;
            }
            let found = hits.hits.iter().map(|hit| (types[hit.shelf], hit.doc, shelves[hit.shelf].locale.clone()));
            let documents = self.passing(loader, asked, found.collect())?;
            if tolerance == Tolerance::None || documents.len() > best.documents.len() {
                best = Matched { documents, cut: hits.cut, tolerance };
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

    /// Of documents in order, those that pass: in the order of the one type's sorts where it has some.
    fn passing<'q>(&self, loader: &mut Loader<'q>, asked: &[Asked<'q>], mut found: Vec<Passed>) -> Result<Vec<Passed>> {
        let mut places: Vec<usize> = Vec::with_capacity(found.len());
        let mut is_sorted = false;
        for (at, Asked { ty, query }) in asked.iter().enumerate() {
            let of_type: Vec<usize> = (0..found.len()).filter(|&i| found[i].0 == at).collect();
            if of_type.is_empty() {
                continue;
            }
            let pager = self.pager(ty, query);
            let picked = Picked::of(of_type.iter().map(|&i| (found[i].1, found[i].2.as_str())));
            let statement = loader.compiler.passing(&pager, &picked);
            is_sorted |= !query.sort.is_empty();
            let passed = loader.numbers(statement)?;
            places.extend(passed.into_iter().filter_map(|i| of_type.get(usize::try_from(i).ok()?).copied()));
        }
        if !is_sorted {
            places.sort_unstable();
        }
        Ok(places.into_iter().map(|i| std::mem::take(&mut found[i])).collect())
    }

    /// Keys of all documents that meet the conditions, where these leave few; none where there are no conditions.
    fn narrowed<'q>(&self, loader: &mut Loader<'q>, asked: &[Asked<'q>]) -> Result<Option<HashSet<i64>>> {
        let mut only = HashSet::new();
        for Asked { ty, query } in asked {
            let pager = self.pager(ty, query);
            let action = if loader.compiler.state(ty) == 0 {
                masthead_model::Action::ReadDraft
            } else {
                masthead_model::Action::Read
            };
            if pager.filter.is_none() && pager.standing.is_none() && self.rules.condition(action, ty).is_none() {
                return Ok(None);
            }
            only.extend(loader.numbers(loader.compiler.meeting(&pager, MAX_ONLY + 1))?);
            if only.len() > MAX_ONLY {
                return Ok(None);
            }
        }
        Ok(Some(only))
    }

    fn pager<'q>(&self, ty: &'q Type, query: &'q ListQuery) -> Pager<'q> {
        let filter = query.filter.as_ref();
        Pager { ty, filter, search: None, sorts: &query.sort, access: None, standing: self.standing }
    }

    fn may_count(&self, query: &ListQuery) -> Result<()> {
        if query.with_count == Count::Exact && *self.caller == crate::Caller::Anonymous {
            let message = "exact counts are for callers with a token; leave it out, or ask for `true`";
            return Err(refused("pagination[withCount]", "not_allowed", message));
        }
        Ok(())
    }
}

/// The part of `documents` that a query asks for, and the cursor behind it when there is more.
fn page<'d>(of: &str, query: &ListQuery, documents: &'d [Passed]) -> Result<(&'d [Passed], Option<String>)> {
    let (start, limit, by_cursor) = match &query.page {
        Page::Page { page, size } => (u64::from(page.saturating_sub(1)) * u64::from(*size), *size, false),
        Page::Offset { start, limit } => (*start, *limit, false),
        Page::Cursor { after, size } => {
            let place = after.as_deref().map(|text| cursor::read_place(of, query, text));
            let place = place.transpose().map_err(|problem| Error::Query(vec![problem]))?;
            (place.unwrap_or(0) as u64, *size, true)
        }
    };
    let start = usize::try_from(start).unwrap_or(usize::MAX).min(documents.len());
    let end = start.saturating_add(limit as usize).min(documents.len());
    let next = (by_cursor && end < documents.len()).then(|| cursor::write_place(of, query, end)).flatten();
    Ok((&documents[start..end], next))
}

/// `[[doc, locale], …]` as JSON.
fn pairs<'d>(documents: impl Iterator<Item = (i64, &'d str)>) -> String {
    Value::from_iter(documents.map(|(doc, locale)| serde_json::json!([doc, locale]))).to_string()
}
