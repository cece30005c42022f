//! Conditions on a row.

use super::compare::Cells;
use super::{Compiler, Row};
use masthead_model::Type;
use masthead_model::query::ast::{ColumnRef, Filter, Op, Operand, System};
use masthead_model::storage::ColumnKind;
use masthead_store::{Statement, projections};

impl<'a> Compiler<'a> {
    /// Appends `filter` with all that it names granted.
    pub(super) fn plain_filter(&self, q: &mut Statement, filter: &Filter, row: &Row<'a>, sure: bool) {
        match filter {
            Filter::All(parts) => self.joined(q, parts, (" AND ", "1 = 1"), row, sure),
            Filter::Any(parts) => self.joined(q, parts, (" OR ", "1 = 0"), row, sure),
            Filter::Not(inner) => {
                q.push("NOT (");
                self.filter(q, inner, row, true);
                q.push(")");
            }
            Filter::Compare { column, op, values } => self.column_compare(q, column, *op, values, row, sure),
            Filter::Relation { relation, targets } => self.related(q, relation, targets, row),
            Filter::Media { path } => self.shows_media(q, path, row),
            Filter::Element { path, inner } => self.element(q, path, inner, row),
        }
    }

    fn joined(&self, q: &mut Statement, parts: &[Filter], (between, empty): (&str, &str), row: &Row<'a>, sure: bool) {
        if parts.is_empty() {
            q.push(empty);
            return;
        }
        for (i, part) in parts.iter().enumerate() {
            q.push(if i == 0 { "(" } else { between });
            self.filter(q, part, row, sure);
        }
        q.push(")");
    }

    fn column_compare(
        &self,
        q: &mut Statement,
        column: &ColumnRef,
        op: Op,
        values: &[Operand],
        row: &Row<'a>,
        sure: bool,
    ) {
        match column {
            ColumnRef::System(System::Id) => self.compare_id(q, op, values, row),
            ColumnRef::System(System::DocumentId) if matches!(op, Op::Eq | Op::In) && !sure => {
                self.has_document_id(q, values, row);
            }
            ColumnRef::System(system) => self.compare(q, &system_cells(*system, row), op, values, sure),
            ColumnRef::Column { path, kind } => self.compare(q, &cells(path, *kind, row), op, values, sure),
            ColumnRef::Child { path, kind } => self.child(q, path, *kind, op, values, row),
        }
    }

    /// The public number, which is the row key in disguise.
    fn compare_id(&self, q: &mut Statement, op: Op, values: &[Operand], row: &Row<'_>) {
        let keys = values.iter().filter_map(|v| match v {
            Operand::Int(id) => self.ids.key(*id),
            _ => None,
        });
        let keys: Vec<i64> = keys.collect();
        let doc = format!("{}{}.doc", row.lead, row.alias);
        match op {
            Op::Eq | Op::In => self.among_integers(q, &doc, &keys),
            Op::Ne | Op::NotIn => {
                q.push("NOT (");
                self.among_integers(q, &doc, &keys);
                q.push(")");
            }
            Op::NotNull => {
                q.push("1 = 1");
            }
            _ => {
                q.push("1 = 0");
            }
        }
    }

    /// By way of the index that all documents share.
    fn has_document_id(&self, q: &mut Statement, values: &[Operand], row: &Row<'_>) {
        let texts: Vec<&str> = values.iter().filter_map(plain).collect();
        q.push(&format!("{}{}.doc", row.lead, row.alias));
        if let [one] = texts.as_slice() {
            q.push(" = (SELECT key FROM document WHERE document_id = ").push_bind(*one).push(")");
        } else {
            q.push(" IN (SELECT key FROM document WHERE ");
            self.among_texts(q, "document_id", &texts);
            q.push(")");
        }
    }
}

fn plain(operand: &Operand) -> Option<&str> {
    match operand {
        Operand::Plain(text) => Some(text),
        _ => None,
    }
}

/// Where a system value stands in `row`.
pub(super) fn system_cells(system: System, row: &Row<'_>) -> Cells {
    let column = |name: &str| format!("{}{}.{name}", row.lead, row.alias);
    match system {
        System::Id => Cells::Integer(column("doc")),
        System::DocumentId => Cells::Plain(column("document_id")),
        System::CreatedAt => Cells::Integer(column("created_at")),
        System::UpdatedAt => Cells::Integer(column("updated_at")),
        System::PublishedAt => Cells::Integer(column("published_at")),
        System::Locale => Cells::Plain(column("locale")),
        System::Position => Cells::Plain(column("position")),
        System::Path => Cells::Plain(column("path")),
        System::CreatedBy => Cells::Plain(column("created_by")),
        System::UpdatedBy => Cells::Absent,
    }
}

/// Where the value at `path` stands in `row`.
pub(super) fn cells(path: &str, kind: ColumnKind, row: &Row<'_>) -> Cells {
    // A column that is still being built has no values yet.
    match column_number(row.ty, path, kind) {
        None => Cells::Absent,
        Some(n) => {
            let at = format!("{}{}", row.lead, row.alias);
            let (column, key) = (format!("{at}.f{n}"), format!("{at}.f{n}k"));
            match kind {
                ColumnKind::Text => Cells::Text { raw: column, key },
                ColumnKind::LongText => Cells::LongText {
                    raw: long_text(row, &format!("f{n}")),
                    caseless: long_text(row, &format!("f{n}k")),
                },
                ColumnKind::Plain => Cells::Plain(column),
                ColumnKind::Integer => Cells::Integer(column),
            }
        }
    }
}

/// Long texts stand beside the rows.
fn long_text(row: &Row<'_>, column: &str) -> String {
    let table = projections::texts_table(row.ty.key, row.ty.storage.generation);
    let alias = &row.alias;
    format!(
        "(SELECT l.{column} FROM {table} l WHERE l.doc = {alias}.doc AND l.state = {alias}.state AND l.locale = \
         {alias}.locale)"
    )
}

fn column_number(ty: &Type, path: &str, kind: ColumnKind) -> Option<u32> {
    ty.storage.columns.get(path).filter(|column| column.kind == kind).map(|column| column.n)
}
