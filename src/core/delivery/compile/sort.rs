//! What rows are ordered by.

use super::compare::Cells;
use super::filter::{cells, system_cells};
use super::{Compiler, Row};
use masthead_model::query::ast::{ColumnRef, Hop, RelationRef, Sort, System};
use masthead_model::storage::ColumnKind;
use masthead_store::{Engine, Statement};

/// One key of an order, as SQL.
#[derive(Clone)]
pub(in super::super) struct Key {
    pub value: Statement,
    pub is_text: bool,
    /// Nulls stand last, either way.
    pub nullable: bool,
    pub descending: bool,
}

impl Key {
    /// `ASC` or `DESC`, with what it takes for nulls to stand last.
    pub fn direction(&self) -> &'static str {
        match (self.descending, self.nullable) {
            (false, false) => "ASC",
            (true, false) => "DESC",
            (false, true) => "ASC NULLS LAST",
            (true, true) => "DESC NULLS LAST",
        }
    }
}

impl<'a> Compiler<'a> {
    /// The keys of an order of `row`s.
    pub(super) fn keys(&self, sorts: &[Sort], row: &Row<'a>) -> Vec<Key> {
        sorts.iter().map(|sort| self.key(sort, row)).collect()
    }

    fn key(&self, sort: &Sort, row: &Row<'a>) -> Key {
        let mut value = Statement::default();
        let is_text = self.value_at(&mut value, &sort.via, &sort.column, row);
        let nullable = !sort.via.is_empty() || !is_always_there(&sort.column);
        Key { value, is_text, nullable, descending: sort.descending }
    }

    /// Appends the value of `column` behind `hops`, as far as it is granted; whether it is a text.
    fn value_at(&self, q: &mut Statement, hops: &[Hop], column: &ColumnRef, row: &Row<'a>) -> bool {
        let path = match (hops.first(), column) {
            (Some(hop), _) => Some(&hop.path),
            (None, ColumnRef::Column { path, .. }) => Some(path),
            _ => None,
        };
        let Some(granted) = path.and_then(|path| self.granted(row, path)) else {
            return self.plain_value_at(q, hops, column, row);
        };
        q.push("CASE WHEN ");
        self.filter(q, &granted, &self.trusted(row), false);
        q.push(" THEN ");
        let is_text = self.plain_value_at(q, hops, column, row);
        q.push(" END");
        is_text
    }

    fn plain_value_at(&self, q: &mut Statement, hops: &[Hop], column: &ColumnRef, row: &Row<'a>) -> bool {
        let is_text = kind_of(column) != ColumnKind::Integer;
        let Some((hop, rest)) = hops.split_first() else {
            let cells = match column {
                ColumnRef::System(system) => system_cells(*system, row),
                ColumnRef::Column { path, kind } => cells(path, *kind, row),
                ColumnRef::Child { .. } => Cells::Absent,
            };
            match cells {
                Cells::Text { key, .. } => q.push(&key),
                Cells::LongText { caseless, .. } => q.push(&caseless),
                Cells::Plain(column) | Cells::Integer(column) => q.push(&column),
                Cells::Absent if is_text => q.push("CAST(NULL AS TEXT)"),
                Cells::Absent => q.push("CAST(NULL AS BIGINT)"),
            };
            return is_text;
        };
        let Some(target) = self.model.get(&hop.target) else {
            q.push(if is_text { "CAST(NULL AS TEXT)" } else { "CAST(NULL AS BIGINT)" });
            return is_text;
        };
        let (edge, other) = (self.alias("r"), self.row(target));
        let relation = RelationRef::Own { path: hop.path.clone(), many: false };
        q.push("(SELECT ");
        self.value_at(q, rest, column, &other);
        q.push(&format!(" FROM ref {edge} CROSS JOIN {} WHERE ", other.table()));
        self.edge(q, &relation, &edge, row, &other);
        q.push(" LIMIT 1)");
        is_text
    }

    /// `key` as a text, for orders of documents whose keys are of different kinds.
    pub(super) fn as_text(&self, key: &Key) -> Statement {
        let mut q = Statement::new("CAST(");
        q.append(key.value.clone());
        q.push(match self.engine {
            Engine::Sqlite => " AS TEXT)",
            Engine::Postgres => " AS TEXT) COLLATE \"C\"",
        });
        q
    }
}

fn kind_of(column: &ColumnRef) -> ColumnKind {
    match column {
        ColumnRef::Column { kind, .. } | ColumnRef::Child { kind, .. } => *kind,
        ColumnRef::System(System::Id | System::CreatedAt | System::UpdatedAt | System::PublishedAt) => {
            ColumnKind::Integer
        }
        ColumnRef::System(_) => ColumnKind::Plain,
    }
}

fn is_always_there(column: &ColumnRef) -> bool {
    use System::{CreatedAt, CreatedBy, DocumentId, Id, Locale, UpdatedAt};
    matches!(column, ColumnRef::System(Id | DocumentId | CreatedAt | UpdatedAt | Locale | CreatedBy))
}
