//! Values in lists: rows of the child table, and the elements that they belong to.
//!
//! A child's `element` is the indexes of the lists around it, joined by `.`: what an element holds has the element's
//! own indexes in front. Each item of a repeatable component or of blocks has a row of its own at the item's path.

use super::compare::Cells;
use super::{Compiler, Row};
use masthead_model::query::ast::{Filter, Op, Operand};
use masthead_model::storage::ColumnKind;
use masthead_store::{Statement, projections};

impl<'a> Compiler<'a> {
    /// Some value at `path`, in the element at hand, meets the comparison.
    pub(super) fn child(
        &self,
        q: &mut Statement,
        path: &str,
        kind: ColumnKind,
        op: Op,
        values: &[Operand],
        row: &Row<'a>,
    ) {
        let child = self.alias("c");
        q.push("EXISTS (SELECT 1 FROM ");
        self.of_row(q, &child, row);
        q.push(&format!(" AND {child}.path = ")).push_bind(path);
        if let Some(element) = &row.element {
            q.push(&format!(" AND ({child}.element = {element} OR {}", self.is_below(&child, element)));
            q.push(")");
        }
        q.push(" AND ");
        self.compare(q, &cells_of(&child, kind), op, values, false);
        q.push(self.end_of_exists(row));
    }

    /// Some element at `path` meets `inner`.
    pub(super) fn element(&self, q: &mut Statement, path: &str, inner: &Filter, row: &Row<'a>) {
        let item = self.alias("e");
        q.push("EXISTS (SELECT 1 FROM ");
        self.of_row(q, &item, row);
        q.push(&format!(" AND {item}.path = ")).push_bind(path);
        if let Some(outer) = &row.element {
            q.push(&format!(" AND {}", self.is_below(&item, outer)));
        }
        q.push(" AND ");
        let inside = Row { element: Some(format!("{item}.element")), depth: row.depth + 1, ..row.clone() };
        self.filter(q, inner, &inside, false);
        q.push(self.end_of_exists(row));
    }

    fn of_row(&self, q: &mut Statement, child: &str, row: &Row<'_>) {
        let table = projections::children_table(row.ty.key, row.ty.storage.generation);
        let (alias, state) = (&row.alias, self.state_of(row));
        q.push(&format!(
            "{table} {child} WHERE {child}.doc = {alias}.doc AND {child}.state = {state} AND {child}.locale = \
             {alias}.locale"
        ));
    }

    fn is_below(&self, child: &str, element: &str) -> String {
        format!("substr({child}.element, 1, length({element}) + 1) = {element} || '.'")
    }
}

/// Where a child has its value.
pub(super) fn cells_of(child: &str, kind: ColumnKind) -> Cells {
    let column = |name: &str| format!("{child}.{name}");
    match kind {
        ColumnKind::Text => Cells::Text { raw: column("t"), key: column("k") },
        ColumnKind::LongText => Cells::LongText { raw: column("t"), caseless: column("x") },
        ColumnKind::Plain => Cells::Plain(column("k")),
        ColumnKind::Integer => Cells::Integer(column("i")),
    }
}
