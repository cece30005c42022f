//! Which rows of a list an answer shows, how many there are in all, and what of that is kept in memory.

use super::cache::LONGEST_KEY;
use super::compile::{Access, Pager, Span};
use super::documents::Loader;
use super::places::Places;
use super::read::{Reading, refused};
use super::{cursor, named};
use crate::events::Dependency;
use crate::{Caller, Error, Result};
use masthead_model::Type;
use masthead_model::query;
use masthead_model::query::ListQuery;
use masthead_model::query::ast::{Count, Page, RichTextForm, Selection, Sort, Status, View};
use masthead_store::delivered::Listed;
use std::collections::BTreeSet;

/// Counting stops here, unless it is to be exact.
pub(super) const MAX_COUNTED: u64 = 10_000;
/// Rows passed over to reach a page; beyond them a cursor is wanted.
const MAX_START: u64 = 10_000;

impl Reading<'_> {
    /// The rows of the page, and the cursor behind it when there are more.
    pub(super) fn page(
        &self,
        loader: &mut Loader<'_>,
        pager: &Pager<'_>,
        query: &ListQuery,
    ) -> Result<(Vec<Listed>, Option<String>)> {
        let (start, limit) = match &query.page {
            Page::Page { page, size } => (u64::from(page.saturating_sub(1)) * u64::from(*size), u64::from(*size)),
            Page::Offset { start, limit } => (*start, u64::from(*limit)),
            Page::Cursor { after, size } => {
                let (ids, ty) = (self.ids, pager.ty.id());
                let keys = loader.compiler.keys_of(pager);
                let after = after.as_deref().map(|text| cursor::read(ids, ty, query, &keys, text));
                let after = after.transpose().map_err(|problem| Error::Query(vec![problem]))?;
                // One more row tells whether there is more.
                let span = Span { start: 0, limit: u64::from(*size) + 1, after: after.as_ref(), keys: true };
                let mut rows = loader.listed(loader.compiler.list(pager, &span))?;
                let more = rows.len() > *size as usize;
                rows.truncate(*size as usize);
                let last = rows.last().filter(|_| more);
                let next = last.and_then(|row| cursor::write(ids, ty, query, row.0, &row.1, row.4.as_deref()));
                return Ok((rows, next));
            }
        };
        if start > MAX_START {
            let parameter = if matches!(query.page, Page::Offset { .. }) { "start" } else { "page" };
            let message = format!(
                "pages end after {MAX_START} documents; go on with `pagination[cursor]`, beginning with an empty one"
            );
            return Err(refused(&format!("pagination[{parameter}]"), "too_many", &message));
        }
        Ok((self.page_at(loader, pager, query, start, limit)?, None))
    }

    /// The page behind `start` rows, entered at the nearest place that an earlier page was read at.
    fn page_at(
        &self,
        loader: &mut Loader<'_>,
        pager: &Pager<'_>,
        query: &ListQuery,
        start: u64,
        limit: u64,
    ) -> Result<Vec<Listed>> {
        let is_walked = !matches!(pager.access, Some(Access::Seek(_)));
        let kept = (Places::matter(start) && is_walked).then(|| self.kept_list(pager.ty, query, &query.sort)).flatten();
        let Some((key, dependencies)) = kept else {
            let span = Span { start, limit, after: None, keys: false };
            return loader.listed(loader.compiler.list(pager, &span));
        };
        let place = self.totals.places.before(&key, start);
        let (passed, after) = place.map_or((0, None), |(passed, after)| (passed, Some(after)));
        let span = Span { start: start - passed, limit, after: after.as_ref(), keys: true };
        let rows = loader.listed(loader.compiler.list(pager, &span))?;
        if let Some(last) = rows.last() {
            let keys = loader.compiler.keys_of(pager);
            self.totals.places.note(key, start + rows.len() as u64, last, &keys, dependencies);
        }
        Ok(rows)
    }

    /// Under which key something is kept of a list in this order, and what it depends on; none when nothing is kept.
    fn kept_list(&self, ty: &Type, query: &ListQuery, sort: &[Sort]) -> Option<(String, Vec<Dependency>)> {
        let mut types = BTreeSet::from([ty.id().to_owned()]);
        named::in_filter(query.filter.as_ref(), &mut types);
        named::in_sorts(sort, &mut types);
        named::in_rules(&self.rules, &self.snapshot.model, &mut types);
        let is_kept = query.view.status == Status::Published && self.standing.is_none();
        let dependencies = self.noted.of(&types).filter(|_| is_kept)?;
        let key = self.list_key(ty, query, sort);
        (key.len() <= LONGEST_KEY).then_some((key, dependencies))
    }

    /// How many documents the whole list has, and whether that is exact; none when nobody asks.
    pub(super) fn total(
        &self,
        loader: &mut Loader<'_>,
        pager: &Pager<'_>,
        query: &ListQuery,
    ) -> Result<Option<(u64, bool)>> {
        let most = match query.with_count {
            Count::No => return Ok(None),
            Count::Yes => Some(MAX_COUNTED + 1),
            Count::Exact if *self.caller == Caller::Anonymous => {
                let message = "exact counts are for callers with a token; leave it out, or ask for `true`";
                return Err(refused("pagination[withCount]", "not_allowed", message));
            }
            Count::Exact => None,
        };
        let counted = self.counted(loader, pager, query, most)?;
        Ok(Some((counted, most.is_none() || counted <= MAX_COUNTED)))
    }

    /// The count from memory, or a new one. Without dependencies nothing can be said about what is in memory.
    pub(super) fn counted(
        &self,
        loader: &mut Loader<'_>,
        pager: &Pager<'_>,
        query: &ListQuery,
        most: Option<u64>,
    ) -> Result<u64> {
        let Some((key, dependencies)) = self.kept_list(pager.ty, query, &[]) else {
            return loader.counted(loader.compiler.count(pager, most));
        };
        // A count that stops elsewhere is another one.
        let key = format!("{most:?} {key}");
        if let Some(known) = self.totals.get(&key) {
            return Ok(known);
        }
        let counted = loader.counted(loader.compiler.count(pager, most))?;
        self.totals.put(key, counted, dependencies);
        Ok(counted)
    }

    /// A list in this order, without its page and selection.
    pub(super) fn list_key(&self, ty: &Type, query: &ListQuery, sort: &[Sort]) -> String {
        let counted = ListQuery {
            filter: query.filter.clone(),
            sort: sort.to_vec(),
            selection: Selection { fields: None, system: Vec::new(), populate: Vec::new() },
            page: Page::Offset { start: 0, limit: 1 },
            with_count: query.with_count,
            search: query.search.clone(),
            highlight: true,
            view: View { rich_text: RichTextForm::Json, ..query.view.clone() },
        };
        let version = self.snapshot.model.version;
        format!("{version} {} {}\n{}", self.rules.class(), ty.id(), query::canonical(&counted))
    }
}

/// A total as it is delivered: a lower bound is no lower than what the page shows.
pub(super) fn shown((counted, exact): (u64, bool), query: &ListQuery, rows: u64) -> (u64, bool) {
    if exact {
        return (counted, true);
    }
    let seen = match query.page {
        Page::Page { page, size } => u64::from(page.saturating_sub(1)) * u64::from(size) + rows,
        Page::Offset { start, .. } => start + rows,
        Page::Cursor { .. } => 0,
    };
    (seen.max(MAX_COUNTED), false)
}

pub(super) fn pagination(query: &ListQuery, next: Option<&str>, total: Option<(u64, bool)>) -> serde_json::Value {
    let mut meta = match &query.page {
        Page::Page { page, size } => serde_json::json!({ "page": page, "pageSize": size }),
        Page::Offset { start, limit } => serde_json::json!({ "start": start, "limit": limit }),
        Page::Cursor { size, .. } => serde_json::json!({ "pageSize": size, "nextCursor": next }),
    };
    if let (Some((total, exact)), Some(meta)) = (total, meta.as_object_mut()) {
        if let Page::Page { size, .. } = query.page {
            meta.insert("pageCount".to_owned(), total.div_ceil(u64::from(size.max(1))).into());
        }
        meta.insert("total".to_owned(), total.into());
        if !exact {
            meta.insert("totalExact".to_owned(), false.into());
        }
    }
    meta
}
