//! Across relations, in the state and locale that the reader sees: what is not there for him is not there.

use super::{Compiler, Row};
use masthead_model::Type;
use masthead_model::query::ast::{RelationRef, Target};
use masthead_store::Statement;

impl<'a> Compiler<'a> {
    /// There is a related document that is one of `targets`.
    pub(super) fn related(&self, q: &mut Statement, relation: &RelationRef, targets: &[Target], row: &Row<'a>) {
        let mut count = 0;
        q.push("(");
        for target in targets {
            let Some(ty) = self.model.get(&target.type_id) else { continue };
            q.push(if count == 0 { "" } else { " OR " });
            count += 1;
            let (edge, other) = (self.alias("r"), Row { depth: row.depth + 1, ..self.row(ty) });
            q.push(&format!("EXISTS (SELECT 1 FROM ref {edge} CROSS JOIN {} WHERE ", other.table()));
            self.edge(q, relation, &edge, row, &other);
            if let Some(filter) = &target.filter {
                q.push(" AND ");
                self.filter(q, filter, &other, false);
            }
            q.push(self.end_of_exists(row));
        }
        q.push(if count == 0 { "1 = 0)" } else { ")" });
    }

    /// The row `edge` of the table `ref` leads from `row` to `other`, which is delivered.
    pub(super) fn edge(
        &self,
        q: &mut Statement,
        relation: &RelationRef,
        edge: &str,
        row: &Row<'_>,
        other: &Row<'_>,
    ) {
        match relation {
            RelationRef::Own { path, .. } => {
                q.push(&format!("{edge}.src = {}.doc AND ", row.alias));
                self.of_source(q, edge, row, path);
                q.push(&format!(" AND {}.doc = {edge}.dst AND ", other.alias));
            }
            RelationRef::Inverse { field, .. } => {
                q.push(&format!("{edge}.dst = {}.doc AND {edge}.type = {} AND ", row.alias, other.ty.key.0));
                self.of_source(q, edge, other, field);
                q.push(&format!(" AND {}.doc = {edge}.src AND ", other.alias));
            }
        }
        self.delivered(q, other, Some(row));
    }

    /// `edge` belongs to the part of `source` in which the field at `path` stands.
    fn of_source(&self, q: &mut Statement, edge: &str, source: &Row<'_>, path: &str) {
        let state = self.state(source.ty);
        q.push(&format!("{edge}.state = {state} AND {edge}.path = ")).push_bind(path);
        if is_local(source.ty, path) {
            q.push(&format!(" AND {edge}.locale = {}.locale", source.alias));
        } else {
            q.push(&format!(" AND {edge}.locale = ''"));
        }
    }
}

/// Whether the field at `path` stands in the parts of the locales.
fn is_local(ty: &Type, path: &str) -> bool {
    let top = path.split('.').next().unwrap_or(path);
    ty.localized && ty.field(top).is_some_and(|field| field.localized)
}
