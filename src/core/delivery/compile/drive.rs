//! Which index a list is found by.
//!
//! SQLite without statistics guesses badly: it has walked half a table by a range where an equality was at hand. So
//! it is told: conditions that are not to drive carry a `+`, which keeps an index from being used for them. PostgreSQL
//! keeps statistics and decides for itself.

use super::{Compiler, Row};
use masthead_model::query::ast::{ColumnRef, Filter, LocaleChoice, Op, Operand, RelationRef, Sort, System};
use masthead_model::storage::ColumnKind;
use masthead_model::{FieldType, Type};
use masthead_store::{Engine, Statement, projections};

/// How a list is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Access {
    /// By the condition with this number among those that must all hold.
    Seek(usize),
    /// Along the index of its order, looking at each document.
    Walk,
}

/// How well a condition narrows a list: lower is better.
type Rank = u8;
/// Worse than this a condition may be met by most documents.
const NARROW: Rank = 5;

/// The conditions that must all hold.
fn conjuncts(filter: &Filter) -> Vec<&Filter> {
    match filter {
        Filter::All(parts) => parts.iter().flat_map(conjuncts).collect(),
        other => vec![other],
    }
}

/// The condition that `access` finds a list by, where others must hold beside it.
pub(in super::super) fn driving_alone(filter: &Filter, access: Access) -> Option<&Filter> {
    let parts = conjuncts(filter);
    match access {
        Access::Seek(i) if parts.len() > 1 => parts.get(i).copied(),
        _ => None,
    }
}

impl<'a> Compiler<'a> {
    /// The condition that narrows a list of `ty` best by an index, and whether it narrows it much.
    pub fn driver(&self, ty: &Type, filter: Option<&Filter>) -> Option<(Access, bool)> {
        let parts = conjuncts(filter?);
        let ranked = parts.iter().enumerate().filter_map(|(i, part)| Some((self.rank(ty, part)?, i)));
        ranked.min().map(|(rank, i)| (Access::Seek(i), rank <= NARROW))
    }

    /// Whether every condition can be met by an index: then none has to be tried on document after document.
    pub fn is_indexed(&self, ty: &Type, filter: Option<&Filter>) -> bool {
        filter.is_none_or(|filter| conjuncts(filter).into_iter().all(|part| self.rank(ty, part).is_some()))
    }

    /// Whether the order begins with an indexed value of the documents themselves.
    pub fn is_walkable(&self, ty: &Type, sorts: &[Sort]) -> bool {
        let Some(first) = sorts.first() else { return true };
        first.via.is_empty()
            && match &first.column {
                ColumnRef::System(System::CreatedBy | System::UpdatedBy | System::DocumentId | System::Locale) => false,
                ColumnRef::System(_) => true,
                ColumnRef::Column { path, kind } => is_indexed(ty, path, *kind),
                ColumnRef::Child { .. } => false,
            }
    }

    fn rank(&self, ty: &Type, filter: &Filter) -> Option<Rank> {
        match filter {
            Filter::Compare { column, op, .. } => self.rank_of_comparison(ty, column, *op),
            Filter::Relation { relation, targets } => {
                let [target] = targets.as_slice() else { return None };
                let other = self.model.get(&target.type_id)?;
                let (source, path) = match relation {
                    RelationRef::Own { path, .. } => (ty, path),
                    RelationRef::Inverse { field, .. } => (&**other, field),
                };
                if super::relation::is_local(source, path)
                    || !self.has_one_locale(other)
                    || self.states(other).len() > 1
                {
                    return None;
                }
                let (_, narrow) = self.driver(other, target.filter.as_ref())?;
                narrow.then_some(3)
            }
            Filter::Element { path, inner } => {
                let found = conjuncts(inner).into_iter().filter_map(|part| self.rank(ty, part)).min();
                found.filter(|_| self.has_one_locale(ty) && !path.is_empty())
            }
            Filter::Any(parts) => {
                let ranks: Option<Vec<Rank>> = parts
                    .iter()
                    .map(|part| match part {
                        Filter::Compare { column: ColumnRef::System(_) | ColumnRef::Column { .. }, .. } => {
                            self.rank(ty, part)
                        }
                        _ => None,
                    })
                    .collect();
                ranks?.into_iter().max()
            }
            Filter::All(_) | Filter::Not(_) | Filter::Media { .. } => None,
        }
    }

    fn rank_of_comparison(&self, ty: &Type, column: &ColumnRef, op: Op) -> Option<Rank> {
        let (equal, kind) = match column {
            ColumnRef::System(System::Id | System::DocumentId) => {
                return matches!(op, Op::Eq | Op::In).then_some(0);
            }
            ColumnRef::System(System::CreatedAt | System::UpdatedAt | System::PublishedAt) => (3, ColumnKind::Integer),
            ColumnRef::System(System::Path | System::Position) => (1, ColumnKind::Plain),
            ColumnRef::System(_) => return None,
            ColumnRef::Column { path, kind } if is_indexed(ty, path, *kind) => {
                let field = ty.field(path).map(|f| f.kind);
                let equal = match field {
                    Some(FieldType::Boolean) => 8,
                    Some(FieldType::Enumeration) => 5,
                    Some(FieldType::Slug) => 1,
                    Some(FieldType::String | FieldType::Email | FieldType::Url) => 2,
                    _ => 4,
                };
                (equal, *kind)
            }
            ColumnRef::Child { kind, .. } if *kind != ColumnKind::LongText && self.has_one_locale(ty) => {
                return matches!(op, Op::Eq | Op::Eqi | Op::In).then_some(4);
            }
            _ => return None,
        };
        match op {
            Op::Eq | Op::In => Some(equal),
            Op::Eqi if kind == ColumnKind::Text => Some(equal),
            Op::StartsWith | Op::StartsWithi if kind == ColumnKind::Text => Some(4),
            Op::Between => Some(6),
            Op::Lt | Op::Lte | Op::Gt | Op::Gte => Some(7),
            Op::Null => Some(8),
            _ => None,
        }
    }

    /// Whether rows of `ty` are delivered in one locale that is known beforehand.
    fn has_one_locale(&self, ty: &Type) -> bool {
        !ty.localized || matches!(&self.view.locale, LocaleChoice::One(_)) && self.view.fallback_locales.is_empty()
    }

    /// Appends `filter` as a condition on `row`, to be met the way `access` says.
    pub(super) fn conditions_by(&self, q: &mut Statement, filter: &Filter, row: &Row<'a>, access: Option<Access>) {
        let Some(access) = access.filter(|_| self.engine == Engine::Sqlite) else {
            self.filter(q, filter, row, false);
            return;
        };
        let beside = Row { lead: "+", ..row.clone() };
        q.push("(1 = 1");
        for (i, part) in conjuncts(filter).into_iter().enumerate() {
            q.push(" AND ");
            if access == Access::Seek(i) {
                self.among_found(q, part, row);
                self.filter(q, part, row, false);
            } else {
                self.filter(q, part, &beside, false);
            }
        }
        q.push(")");
    }

    /// Where a condition is met in another table: `row` is among the documents that are found there.
    fn among_found(&self, q: &mut Statement, filter: &Filter, row: &Row<'a>) {
        match filter {
            Filter::Compare { column: ColumnRef::Child { path, kind }, op, values } => {
                self.among_children(q, (path, *kind), *op, values, row);
            }
            Filter::Element { inner, .. } => {
                let ranked = conjuncts(inner).into_iter().filter_map(|part| Some((self.rank(row.ty, part)?, part)));
                if let Some((_, Filter::Compare { column: ColumnRef::Child { path, kind }, op, values })) =
                    ranked.min_by_key(|(rank, _)| *rank)
                {
                    self.among_children(q, (path, *kind), *op, values, row);
                }
            }
            Filter::Relation { relation, targets } => {
                let [target] = targets.as_slice() else { return };
                let (Some(ty), Some(filter)) = (self.model.get(&target.type_id), &target.filter) else { return };
                let (edge, other) =
                    (self.alias("r"), Row { depth: row.depth + 1, trusted: row.trusted, ..self.row(ty) });
                let (near, far, state, path, owner) = match relation {
                    RelationRef::Own { path, .. } => ("src", "dst", self.state(row.ty), path, row.ty),
                    RelationRef::Inverse { field, .. } => ("dst", "src", self.state(ty), field, &**ty),
                };
                q.push(&format!(
                    "{}.doc IN (SELECT {edge}.{near} FROM {} CROSS JOIN ref {edge} WHERE {edge}.{far} = {}.doc AND \
                     {edge}.type = {} AND {edge}.state = {state} AND {edge}.locale = '' AND {edge}.path = ",
                    row.alias,
                    other.table(),
                    other.alias,
                    owner.key.0
                ));
                q.push_bind(path).push(" AND ");
                self.delivered(q, &other, None);
                q.push(" AND ");
                self.conditions_by(q, filter, &other, self.driver(ty, Some(filter)).map(|(access, _)| access));
                q.push(") AND ");
            }
            _ => {}
        }
    }

    fn among_children(
        &self,
        q: &mut Statement,
        (path, kind): (&str, ColumnKind),
        op: Op,
        values: &[Operand],
        row: &Row<'a>,
    ) {
        let child = self.alias("c");
        let table = projections::children_table(row.ty.key, row.ty.storage.generation);
        let state = self.state(row.ty);
        q.push(&format!("{}.doc IN (SELECT {child}.doc FROM {table} {child} WHERE {child}.path = ", row.alias));
        q.push_bind(path).push(&format!(" AND {child}.state = {state} AND {child}.locale = "));
        match &self.view.locale {
            LocaleChoice::One(code) if row.ty.localized => q.push_bind(code),
            _ => q.push("''"),
        };
        q.push(" AND ");
        self.compare(q, &super::children::cells_of(&child, kind), op, values, false);
        q.push(") AND ");
    }
}

fn is_indexed(ty: &Type, path: &str, kind: ColumnKind) -> bool {
    let column = ty.storage.columns.get(path).filter(|column| column.kind == kind);
    kind != ColumnKind::LongText && column.is_some_and(|column| column.indexed)
}
