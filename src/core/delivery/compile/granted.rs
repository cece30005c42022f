//! Rules that cover some fields of some documents only: where a field is not granted, it has no value.
//!
//! What rules ask of documents is asked as things are, whoever reads: such rows are *trusted*.

use super::{Compiler, Row};
use masthead_model::query::Visible;
use masthead_model::query::ast::{ColumnRef, Filter, Op, RelationRef};
use masthead_model::{Action, Type};
use masthead_store::{Engine, Statement};

impl<'a> Compiler<'a> {
    /// Appends `filter` as a condition on `row`. With `sure` it is never NULL; otherwise NULL stands for false.
    pub(super) fn filter(&self, q: &mut Statement, filter: &Filter, row: &Row<'a>, sure: bool) {
        let granted = path_of(filter).filter(|_| row.element.is_none()).and_then(|path| self.granted(row, path));
        let Some(granted) = granted else { return self.plain_filter(q, filter, row, sure) };
        let is_absence = matches!(filter, Filter::Compare { op: Op::Null, .. });
        q.push(if is_absence { "(NOT (" } else { "(" });
        self.filter(q, &granted, &self.trusted(row), sure || is_absence);
        q.push(if is_absence { ") OR " } else { " AND " });
        self.plain_filter(q, filter, row, sure);
        q.push(")");
    }

    /// What `row` must meet for its field at `path` to be there; none when nothing.
    pub(super) fn granted(&self, row: &Row<'_>, path: &str) -> Option<Filter> {
        let field = path.split('.').next().unwrap_or(path);
        if row.trusted.is_some() { None } else { self.rules.condition_of(action(self.state_of(row)), row.ty, field) }
    }

    /// The states in which documents of a type are met behind a relation, the best first: a caller who sees some drafts
    /// sees what is published of the others.
    pub fn states(&self, ty: &Type) -> &'static [i64] {
        match self.state(ty) {
            0 if self.rules.condition(Action::ReadDraft, ty).is_some() && self.rules.type_visible(ty.id()) => &[0, 1],
            0 => &[0],
            _ => &[1],
        }
    }

    /// Appends that no draft of `row`, which is a published one, is seen instead.
    pub(super) fn without_draft(&self, q: &mut Statement, row: &Row<'a>) {
        let draft = Row { alias: self.alias("o"), trusted: Some(0), ..row.clone() };
        q.push(&format!(
            " AND NOT EXISTS (SELECT 1 FROM {table} WHERE {o}.doc = {t}.doc AND {o}.locale = {t}.locale AND {o}.state = 0",
            table = draft.table(),
            o = draft.alias,
            t = row.alias
        ));
        if let Some(condition) = self.rules.condition(Action::ReadDraft, row.ty) {
            q.push(" AND ");
            self.filter(q, &condition, &draft, false);
        }
        q.push(")");
    }

    /// The same row, to look at for the sake of rules.
    pub(super) fn trusted(&self, row: &Row<'a>) -> Row<'a> {
        Row { trusted: Some(self.state_of(row)), ..row.clone() }
    }

    /// The state that `row` is in.
    pub(super) fn state_of(&self, row: &Row<'_>) -> i64 {
        match row.trusted {
            None => row.fixed.unwrap_or_else(|| self.state(row.ty)),
            Some(state) if row.ty.def.draft_and_publish => state,
            Some(_) => 1,
        }
    }

    /// Which alternatives of the caller's grant hold for which of these documents (`[[doc, locale], …]` as JSON), in
    /// the form of populated documents: `arm` is the alternative.
    pub fn holding(&self, ty: &'a Type, state: i64, documents: &str, alternatives: &[Option<Filter>]) -> Statement {
        let mut q = Statement::default();
        let bytes = if self.engine == Engine::Sqlite { "BLOB" } else { "BYTEA" };
        for (number, condition) in alternatives.iter().enumerate() {
            let from = Row { alias: self.alias("s"), ..self.row(ty) };
            let to = self.row(ty);
            q.push(if number == 0 { "" } else { " UNION ALL " });
            q.push(&format!(
                "SELECT CAST({number} AS BIGINT), {s}.i, CAST(0 AS BIGINT), {t}.doc, {t}.locale, CAST(NULL AS BIGINT), \
                 CAST(NULL AS {bytes}) FROM ",
                s = from.alias,
                t = to.alias
            ));
            self.documents(&mut q, &from, documents);
            q.push(&format!(
                " CROSS JOIN {table} WHERE {t}.doc = {s}.doc AND {t}.state = {state} AND {t}.locale = {s}.locale",
                table = to.table(),
                s = from.alias,
                t = to.alias
            ));
            if let Some(condition) = condition {
                q.push(" AND ");
                self.filter(&mut q, condition, &Row { trusted: Some(state), ..to.clone() }, false);
            }
        }
        q.once()
    }
}

/// What it takes to see documents in a state.
pub(in super::super) fn action(state: i64) -> Action {
    if state == 0 { Action::ReadDraft } else { Action::Read }
}

/// The path of the field that a condition looks at.
fn path_of(filter: &Filter) -> Option<&str> {
    match filter {
        Filter::Compare { column: ColumnRef::Column { path, .. } | ColumnRef::Child { path, .. }, .. }
        | Filter::Relation { relation: RelationRef::Own { path, .. }, .. }
        | Filter::Media { path }
        | Filter::Element { path, .. } => Some(path),
        _ => None,
    }
}
