//! Which of the index's candidates are delivered. The database decides: of few candidates by looking at each; of many by
//! the set of all documents that meet the conditions; and where there are no conditions, by looking at those alone that
//! changed after the index was committed, and at those that are shown.

use super::super::compile::{Pager, Picked, action};
use super::super::documents::Loader;
use super::super::named;
use super::super::read::Reading;
use super::{Asked, Matched, Passed, Scope, Sought, Want};
use crate::Result;
use crate::events::Dependency;
use crate::search::{Counted, Hits, Keys, MAX_HITS, Tolerance, Wanted};
use masthead_model::Type;
use masthead_model::query::ast::{ListQuery, Status};
use masthead_store::events;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Candidates that are looked at one by one.
const FEW: usize = 2_000;
/// A filter that leaves more than these is not made a set of; only rules are, however many they leave.
const MAX_ONLY: usize = 250_000;
/// With more events after its last commit, the index is not taken at its word.
const MAX_NEWS: i64 = 500;

impl Reading<'_> {
    /// What is found at this tolerance and delivered.
    pub(super) fn decided<'q>(
        &self,
        loader: &mut Loader<'q>,
        scope: &Scope<'_, 'q>,
        sought: &Sought<'_>,
        want: &Want<'_>,
        tolerance: Tolerance,
    ) -> Result<Matched> {
        let wanted = Wanted {
            words: &sought.words,
            shelves: &scope.shelves,
            tolerance,
            only: None,
            except: None,
            titles: sought.titles,
            most: want.most,
            counts: want.counts,
        };
        let is_sorted = scope.asked.iter().any(|asked| !asked.query.sort.is_empty());
        if !is_sorted
            && scope.asked.iter().all(|asked| self.is_free(loader, asked))
            && let Some(matched) = self.trusted(loader, scope, sought, &wanted)?
        {
            return Ok(matched);
        }
        let exact = |documents: Vec<Passed>, total: usize, counted| Matched {
            documents,
            total: total as u64,
            is_exact: true,
            tolerance,
            counted,
        };
        // So few that all of them were looked at closely, whatever else there is: their order holds.
        let candidates = sought.searcher.find(&Wanted { most: FEW, counts: &[], ..wanted })?;
        if candidates.total <= candidates.hits.len() {
            let documents = self.passing(loader, scope, &candidates)?;
            let counted = self.counted_among(scope, sought, &wanted, &documents)?;
            let total = documents.len();
            return Ok(exact(documents, total, counted));
        }
        if let Some(only) = self.meeting(loader, scope)? {
            let most = if is_sorted { MAX_HITS } else { want.most };
            let hits = sought.searcher.find(&Wanted { only: Some(&only[..]), most, ..wanted })?;
            let documents = if is_sorted { self.passing(loader, scope, &hits)? } else { scope.named(&hits) };
            return Ok(exact(documents, hits.total, hits.counted));
        }
        let candidates = sought.searcher.find(&Wanted { most: MAX_HITS, counts: &[], ..wanted })?;
        let is_exact = candidates.total <= candidates.hits.len();
        let documents = self.passing(loader, scope, &candidates)?;
        let counted = self.counted_among(scope, sought, &wanted, &documents)?;
        Ok(Matched { total: documents.len() as u64, documents, is_exact, tolerance, counted })
    }

    /// What is to be counted, among documents that are delivered.
    fn counted_among(
        &self,
        scope: &Scope<'_, '_>,
        sought: &Sought<'_>,
        wanted: &Wanted<'_>,
        documents: &[Passed],
    ) -> Result<Vec<Counted>> {
        if wanted.counts.is_empty() {
            return Ok(Vec::new());
        }
        let only = scope.keys(documents);
        Ok(sought.searcher.find(&Wanted { only: Some(&only), most: 0, ..*wanted })?.counted)
    }

    /// Whether all documents of a type that the index has on its shelves are delivered.
    fn is_free(&self, loader: &Loader<'_>, asked: &Asked<'_>) -> bool {
        let (ty, query) = (asked.ty, asked.query);
        let has_rules = self.rules.condition(action(loader.compiler.state(ty)), ty).is_some();
        let falls_back = ty.localized && !query.view.fallback_locales.is_empty();
        query.filter.is_none() && self.standing.is_none() && !has_rules && !falls_back
    }

    /// What the index says, where nothing stands against it: what changed since its last commit is looked up, and so is
    /// what is shown. None where that does not do.
    fn trusted<'q>(
        &self,
        loader: &mut Loader<'q>,
        scope: &Scope<'_, 'q>,
        sought: &Sought<'_>,
        wanted: &Wanted<'_>,
    ) -> Result<Option<Matched>> {
        if !sought.searcher.is_ready() {
            return Ok(None);
        }
        let position = sought.searcher.position();
        let Some(except) = self.gone(loader, scope, position)? else { return Ok(None) };
        let except = (!except.is_empty()).then_some(except);
        let hits = sought.searcher.find(&Wanted { except: except.as_deref(), ..*wanted })?;
        // Nothing has changed since: the index says what the database would.
        let is_even = except.is_none() && hits.position == position;
        let documents = if is_even { scope.named(&hits) } else { self.passing(loader, scope, &hits)? };
        // An index that was replaced may be behind; one that is ahead has what is not here yet.
        if hits.position < position || documents.len() != hits.hits.len() {
            return Ok(None);
        }
        let (total, tolerance) = (hits.total as u64, wanted.tolerance);
        Ok(Some(Matched { documents, total, is_exact: true, tolerance, counted: hits.counted }))
    }

    /// Documents that changed after this event and are not delivered any more, by shelf: nothing when there are none.
    /// None when that cannot be said.
    fn gone<'q>(&self, loader: &mut Loader<'q>, scope: &Scope<'_, 'q>, position: i64) -> Result<Option<Vec<Keys>>> {
        let news = events::after(loader.conn, position, MAX_NEWS)?;
        if news.is_empty() {
            // Unless the index is ahead of what is read here.
            let head = events::last(loader.conn)?.map_or(0, |(seq, _)| seq);
            return Ok((head == position).then(Vec::new));
        }
        if news.len() as i64 >= MAX_NEWS || news.iter().any(|event| event.doc.is_none() && event.live) {
            return Ok(None);
        }
        let changed: BTreeSet<i64> = news.iter().filter_map(|event| event.doc).collect();
        let all = |(shelf, at): (usize, &usize)| {
            let locale = scope.shelves[shelf].locale.clone();
            changed.iter().map(|doc| (*at, *doc, locale.clone())).collect::<Vec<_>>()
        };
        let found: Vec<Passed> = scope.of.iter().enumerate().flat_map(all).collect();
        let delivered = scope.keys(&self.of_these(loader, scope.asked, found)?);
        let gone = |keys: &Keys| changed.iter().copied().filter(|doc| !keys.contains(doc.unsigned_abs())).collect();
        Ok(Some(delivered.iter().map(gone).collect()))
    }

    /// Of candidates in order, those that are delivered: in the order of the one type's sorts where it has some.
    fn passing<'q>(&self, loader: &mut Loader<'q>, scope: &Scope<'_, 'q>, hits: &Hits) -> Result<Vec<Passed>> {
        self.of_these(loader, scope.asked, scope.named(hits))
    }

    fn of_these<'q>(
        &self,
        loader: &mut Loader<'q>,
        asked: &[Asked<'q>],
        mut found: Vec<Passed>,
    ) -> Result<Vec<Passed>> {
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

    /// All documents that meet the conditions, by shelf; none where there are no conditions, or filters leave too many.
    fn meeting<'q>(&self, loader: &mut Loader<'q>, scope: &Scope<'_, 'q>) -> Result<Option<Arc<Vec<Keys>>>> {
        if scope.asked.iter().any(|asked| self.is_free(loader, asked)) {
            return Ok(None);
        }
        let kept = self.kept_set(scope.asked);
        if let Some(known) = kept.as_ref().and_then(|(key, _)| self.totals.set(key)) {
            return Ok(Some(known));
        }
        let mut all: Vec<Keys> = vec![Keys::default(); scope.shelves.len()];
        for (at, Asked { ty, query }) in scope.asked.iter().enumerate() {
            let has_rules = self.rules.condition(action(loader.compiler.state(ty)), ty).is_some();
            let most = if has_rules { usize::MAX } else { MAX_ONLY };
            let shelves: Vec<usize> = (0..scope.of.len()).filter(|&shelf| scope.of[shelf] == at).collect();
            let mut count = 0;
            for &shelf in &shelves {
                let locale = &scope.shelves[shelf].locale;
                let keys = loader.numbers(loader.compiler.meeting(&self.pager(ty, query), locale, most))?;
                count += keys.len();
                if count >= most {
                    return Ok(None);
                }
                all[shelf].extend(keys);
            }
        }
        let all = Arc::new(all);
        if let Some((key, dependencies)) = kept {
            self.totals.put_set(key, all.clone(), dependencies);
        }
        Ok(Some(all))
    }

    /// Under which key such a set is kept, and what it depends on; none when it is not kept.
    fn kept_set(&self, asked: &[Asked<'_>]) -> Option<(String, Vec<Dependency>)> {
        let mut types = BTreeSet::new();
        let mut key = String::new();
        for Asked { ty, query } in asked {
            types.insert(ty.id().to_owned());
            named::in_filter(query.filter.as_ref(), &mut types);
            if query.view.status != Status::Published || self.standing.is_some() {
                return None;
            }
            let bare = ListQuery { search: None, ..(*query).clone() };
            key.push_str(&self.list_key(ty, &bare, &[]));
            key.push('\n');
        }
        named::in_rules(&self.rules, &self.snapshot.model, &mut types);
        Some((key, self.noted.of(&types)?))
    }

    fn pager<'q>(&self, ty: &'q Type, query: &'q ListQuery) -> Pager<'q> {
        let filter = query.filter.as_ref();
        Pager { ty, filter, search: None, sorts: &query.sort, access: None, standing: self.standing }
    }
}

impl Scope<'_, '_> {
    /// Candidates by their type, key and locale.
    fn named(&self, hits: &Hits) -> Vec<Passed> {
        hits.hits.iter().map(|hit| (self.of[hit.shelf], hit.doc, self.shelves[hit.shelf].locale.clone())).collect()
    }

    /// The same documents, by shelf.
    fn keys(&self, documents: &[Passed]) -> Vec<Keys> {
        let on = |(at, shelf): (&usize, &crate::search::Shelf)| {
            documents.iter().filter(|(of, _, locale)| of == at && *locale == shelf.locale).map(|d| d.1).collect()
        };
        self.of.iter().zip(&self.shelves).map(on).collect()
    }
}
