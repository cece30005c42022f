//! How a list is found, by what is known of it: the index of a condition, or that of its order.

use super::compile::{Access, Pager};
use super::documents::Loader;
use super::paging::MAX_COUNTED;
use super::read::{Reading, refused};
use crate::{Caller, Result};
use masthead_model::Type;
use masthead_model::query::ListQuery;
use masthead_model::query::ast::Page;
use masthead_store::Engine;

/// Lists of larger types are not found by trying every document, for callers who are nobody in particular.
const MAX_SCANNED: u64 = 50_000;
/// How far the documents of a type are counted.
const MAX_SIZE: u64 = 200_000;
/// Where nobody asks for the total, a list is looked at this far to choose its index.
const PROBED: u64 = 1_000;

/// So few matches are sorted sooner than an order is walked.
const FEW: u64 = 200;

impl Reading<'_> {
    /// Look at a list's conditions and order. For anonymous callers what would try every document of a large type is
    /// refused.
    pub(super) fn route<'q>(&self, loader: &mut Loader<'q>, ty: &'q Type, query: &'q ListQuery) -> Result<Pager<'q>> {
        let compiler = loader.compiler;
        let filter = query.filter.as_ref();
        let driver = compiler.driver(ty, filter);
        let access = driver.map(|(access, _)| access).or(filter.map(|_| Access::Walk));
        let counting =
            Pager { ty, filter, search: query.search.as_deref(), sorts: &query.sort, access, standing: self.standing };
        let is_bound = driver.is_some_and(|(_, narrow)| narrow);
        let is_plain = compiler.is_indexed(ty, filter) && query.search.is_none();
        let is_ordered = compiler.is_walkable(ty, &query.sort);
        if is_bound || is_plain && is_ordered || *self.caller != Caller::Anonymous {
            return Ok(counting);
        }
        if self.size(loader, ty)? > MAX_SCANNED {
            let parameter = match (query.search.is_some(), is_plain) {
                (true, _) => "_q",
                (false, false) => "filters",
                (false, true) => "sort",
            };
            let message = format!(
                "this would look at every one of more than {MAX_SCANNED} documents: add a condition on an indexed field \
                 ($eq, $in, $startsWith), or use a token"
            );
            return Err(refused(parameter, "too_expensive", &message));
        }
        Ok(counting)
    }

    /// How the page is found. `counted` are the documents of the whole list, or a lower bound.
    pub(super) fn access(
        &self,
        loader: &mut Loader<'_>,
        list: &Pager<'_>,
        query: &ListQuery,
        counted: Option<(u64, bool)>,
    ) -> Result<Option<Access>> {
        let Some(Access::Seek(_)) = list.access else { return Ok(list.access) };
        if !loader.compiler.is_walkable(list.ty, list.sorts) {
            return Ok(list.access);
        }
        let matches = match counted {
            Some((counted, _)) => counted,
            // It chooses itself: nothing is to be counted for it.
            None if loader.compiler.engine == Engine::Postgres => return Ok(Some(Access::Walk)),
            None => self.counted(loader, list, query, Some(PROBED))?,
        };
        let wanted = match query.page {
            Page::Page { page, size } => u64::from(page) * u64::from(size),
            Page::Offset { start, limit } => start + u64::from(limit),
            Page::Cursor { size, .. } => u64::from(size),
        };
        if matches > MAX_COUNTED || (matches >= PROBED && counted.is_none()) {
            return Ok(Some(Access::Walk));
        }
        if matches <= FEW {
            return Ok(list.access);
        }
        // A walk looks at so many documents until it has the page; a search looks at all that match.
        let walked = wanted.saturating_mul(self.size(loader, list.ty)?) / matches;
        Ok(if walked >= matches { list.access } else { Some(Access::Walk) })
    }

    /// About how many documents of a type there are, at most [`MAX_SIZE`]; counted once a minute.
    fn size(&self, loader: &mut Loader<'_>, ty: &Type) -> Result<u64> {
        let state = loader.compiler.state(ty);
        let key = (ty.key.0, ty.storage.generation, state);
        if let Some(size) = self.totals.size(key) {
            return Ok(size);
        }
        let size = loader.counted(loader.compiler.size(ty, MAX_SIZE))?;
        self.totals.put_size(key, size);
        Ok(size)
    }
}
