//! How a list is found, by what is known of it: the index of a condition, or that of its order.

use super::compile::{Access, Pager, driving_alone};
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
/// So few matches are found sooner by a condition than by walking an order that hardly ever meets one.
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
        if matches > MAX_COUNTED || (matches >= PROBED && counted.is_none()) {
            return Ok(Some(Access::Walk));
        }
        let wanted = match query.page {
            Page::Page { page, size } => u64::from(page) * u64::from(size),
            Page::Offset { start, limit } => start + u64::from(limit),
            Page::Cursor { size, .. } => u64::from(size),
        };
        if matches <= FEW {
            return Ok(list.access);
        }
        let walked = walked(wanted, matches, self.size(loader, list.ty)?);
        let is_walked = walked < matches || walked < self.met(loader, list, query, matches)?;
        Ok(if is_walked { Some(Access::Walk) } else { list.access })
    }

    /// About how many documents are looked at to find a list by the condition that drives it, at most [`MAX_SIZE`]:
    /// those that meet this one condition, of which `matches` meet the others, too. Counted once a minute. PostgreSQL,
    /// which chooses itself, is not asked.
    fn met(&self, loader: &mut Loader<'_>, list: &Pager<'_>, query: &ListQuery, matches: u64) -> Result<u64> {
        let driving = list.filter.zip(list.access).and_then(|(filter, access)| driving_alone(filter, access));
        let Some(driving) = driving.filter(|_| loader.compiler.engine == Engine::Sqlite) else { return Ok(matches) };
        let alone = ListQuery { filter: Some(driving.clone()), search: None, ..query.clone() };
        let key = self.list_key(list.ty, &alone, &[]);
        if let Some(met) = self.totals.met(&key) {
            return Ok(met);
        }
        let access = Some(Access::Seek(0));
        let pager = Pager { ty: list.ty, filter: Some(driving), search: None, sorts: &[], access, standing: None };
        let met = loader.counted(loader.compiler.count(&pager, Some(MAX_SIZE)))?;
        self.totals.put_met(key, met);
        Ok(met)
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

/// About how many documents a walk looks at until it has the wanted ones, if `matches` of `size` are spread evenly.
fn walked(wanted: u64, matches: u64, size: u64) -> u64 {
    (wanted.saturating_mul(size) / matches.max(1)).min(size)
}

#[cfg(test)]
mod tests {
    use super::*;
    use masthead_model::query::ast::{ColumnRef, Filter, Op, System};

    #[test]
    fn a_walk_looks_at_more_the_fewer_match_but_never_at_more_than_there_are() {
        assert_eq!(walked(20, 1_500, 100_000), 1_333);
        assert_eq!(walked(20, 150, 10_000), 1_333);
        assert_eq!(walked(20, 3, 10_000), 10_000);
        assert_eq!(walked(20, 0, 10_000), 10_000);
        assert_eq!(walked(u64::MAX, 5, 10_000), 10_000);
    }

    #[test]
    fn of_conditions_that_all_must_hold_the_driving_one_is_looked_at_alone() {
        let is = |column| Filter::Compare { column: ColumnRef::System(column), op: Op::Eq, values: Vec::new() };
        let (id, path) = (is(System::DocumentId), is(System::Path));
        let both = Filter::All(vec![id.clone(), path.clone()]);
        assert_eq!(driving_alone(&both, Access::Seek(1)), Some(&path));
        assert_eq!(driving_alone(&both, Access::Walk), None);
        assert_eq!(driving_alone(&id, Access::Seek(0)), None, "the list's own count tells");
    }
}
