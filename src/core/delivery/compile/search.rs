//! `_q`: every word stands in some text of the document.

use super::compare::Cells;
use super::filter::cells;
use super::{Compiler, Row};
use masthead_model::query::Visible;
use masthead_model::query::ast::{Op, Operand};
use masthead_model::storage::{ColumnKind, has_columns};
use masthead_model::{Field, fold};
use masthead_store::Statement;

/// Words beyond these are not looked for.
const MAX_WORDS: usize = 8;
/// Texts beyond these are not looked into.
const MAX_COLUMNS: usize = 24;

impl<'a> Compiler<'a> {
    /// Each word of `text` stands in a searchable field that the caller sees, or, where no field is searchable, in
    /// any text.
    pub(super) fn search(&self, q: &mut Statement, text: &str, row: &Row<'a>) {
        let mut found = Vec::new();
        self.texts(&row.ty.def.fields, row.ty.id(), "", 0, &mut found);
        if found.iter().any(|(_, _, searchable)| *searchable) {
            found.retain(|(_, _, searchable)| *searchable);
        }
        found.truncate(MAX_COLUMNS);
        if found.is_empty() {
            q.push("1 = 0");
            return;
        }
        for (i, word) in text.split_whitespace().take(MAX_WORDS).enumerate() {
            q.push(if i == 0 { "(" } else { " AND (" });
            let word = Operand::Text { raw: word.to_owned(), key: fold::key(word) };
            for (k, (path, kind, _)) in found.iter().enumerate() {
                q.push(if k == 0 { "" } else { " OR " });
                let cells: Cells = cells(path, *kind, row);
                let granted = self.granted(row, path);
                if let Some(granted) = &granted {
                    q.push("(");
                    self.filter(q, granted, &self.trusted(row), false);
                    q.push(" AND ");
                }
                self.compare(q, &cells, Op::Containsi, std::slice::from_ref(&word), false);
                q.push(if granted.is_some() { ")" } else { "" });
            }
            q.push(")");
        }
    }

    fn texts(
        &self,
        fields: &[Field],
        owner: &str,
        prefix: &str,
        depth: usize,
        found: &mut Vec<(String, ColumnKind, bool)>,
    ) {
        for field in fields {
            if field.private || !self.rules.field_visible(owner, &field.id) {
                continue;
            }
            let path = format!("{prefix}{}", field.id);
            if let Some(kind @ (ColumnKind::Text | ColumnKind::LongText)) = ColumnKind::of(field) {
                found.push((path, kind, field.searchable));
            } else if has_columns(field, depth)
                && let Some(component) = field.component.as_deref().and_then(|id| self.model.get(id))
            {
                self.texts(&component.def.fields, component.id(), &format!("{path}."), depth + 1, found);
            }
        }
    }
}
