//! Across relations, in the state and locale that the reader sees: what is not there for him is not there.

use super::{Compiler, Row};
use crate::media::{Reach, sees};
use masthead_model::Type;
use masthead_model::query::ast::{RelationRef, Target};
use masthead_store::{Engine, Statement};

impl<'a> Compiler<'a> {
    /// There is a related document that is one of `targets`.
    pub(super) fn related(&self, q: &mut Statement, relation: &RelationRef, targets: &[Target], row: &Row<'a>) {
        let mut count = 0;
        q.push("(");
        let met = targets.iter().filter_map(|target| Some((target, &**self.model.get(&target.type_id)?)));
        for (target, ty, state) in met.flat_map(|(target, ty)| self.states(ty).iter().map(move |s| (target, ty, *s))) {
            q.push(if count == 0 { "" } else { " OR " });
            count += 1;
            let (edge, other) = (
                self.alias("r"),
                Row { depth: row.depth + 1, trusted: row.trusted, fixed: Some(state), ..self.row(ty) },
            );
            // Far from the documents that are asked for, one row after the other: see `end_of_exists`.
            let apart = self.engine == Engine::Postgres && row.depth > 0;
            q.push(&format!("EXISTS (SELECT 1 FROM ref {edge}"));
            if apart {
                q.push(" WHERE ");
                self.leaving(q, relation, &edge, row, &other);
                q.push(&format!(" AND EXISTS (SELECT 1 FROM {} WHERE ", other.table()));
                self.arriving(q, relation, &edge, row, &other);
            } else {
                q.push(&format!(" CROSS JOIN {} WHERE ", other.table()));
                self.edge(q, relation, &edge, row, &other);
            }
            if let Some(filter) = &target.filter {
                q.push(" AND ");
                self.filter(q, filter, &other, false);
            }
            q.push(if apart { " OFFSET 0)" } else { "" }).push(self.end_of_exists(row));
        }
        q.push(if count == 0 { "1 = 0)" } else { ")" });
    }

    /// The row `edge` of the table `ref` leads from `row` to `other`, which is delivered.
    pub(super) fn edge(&self, q: &mut Statement, relation: &RelationRef, edge: &str, row: &Row<'a>, other: &Row<'a>) {
        self.leaving(q, relation, edge, row, other);
        q.push(" AND ");
        self.arriving(q, relation, edge, row, other);
    }

    /// `edge` is one of `row`'s; says nothing of the other document.
    fn leaving(&self, q: &mut Statement, relation: &RelationRef, edge: &str, row: &Row<'a>, other: &Row<'a>) {
        let (end, source, path) = match relation {
            RelationRef::Own { path, .. } => ("src", row, path),
            RelationRef::Inverse { field, .. } => ("dst", other, field),
        };
        q.push(&format!("{edge}.{end} = {}.doc AND {edge}.state = {}", row.alias, self.state_of(source)));
        q.push(&format!(" AND {edge}.path = ")).push_bind(path);
        if end == "dst" {
            q.push(&format!(" AND {edge}.type = {}", other.ty.key.0));
        }
        match (is_local(source.ty, path), end) {
            (false, _) => q.push(&format!(" AND {edge}.locale = ''")),
            (true, "src") => q.push(&format!(" AND {edge}.locale = {}.locale", row.alias)),
            (true, _) => q,
        };
    }

    /// `edge` leads to `other`, which is delivered.
    fn arriving(&self, q: &mut Statement, relation: &RelationRef, edge: &str, row: &Row<'a>, other: &Row<'a>) {
        let alias = &other.alias;
        match relation {
            RelationRef::Own { .. } => {
                q.push(&format!("{alias}.doc = {edge}.dst AND "));
            }
            RelationRef::Inverse { field, .. } => {
                q.push(&format!("{alias}.doc = {edge}.src AND "));
                if is_local(other.ty, field) {
                    q.push(&format!("{alias}.locale = {edge}.locale AND "));
                }
            }
        }
        self.delivered(q, other, Some(row));
        if let RelationRef::Inverse { field, .. } = relation
            && let Some(granted) = self.granted(other, field)
        {
            q.push(" AND ");
            self.filter(q, &granted, &self.trusted(other), false);
        }
    }
}

impl<'a> Compiler<'a> {
    /// There is a file in the field at `path` that this reader sees.
    pub(super) fn shows_media(&self, q: &mut Statement, path: &str, row: &Row<'a>) {
        let (edge, file) = (self.alias("m"), self.alias("a"));
        q.push(&format!("EXISTS (SELECT 1 FROM media_ref {edge} CROSS JOIN asset {file} WHERE {edge}.src = "));
        q.push(&format!("{}.doc AND {edge}.state = {} AND {edge}.path = ", row.alias, self.state_of(row)))
            .push_bind(path);
        match is_local(row.ty, path) {
            true => q.push(&format!(" AND {edge}.locale = {}.locale", row.alias)),
            false => q.push(&format!(" AND {edge}.locale = ''")),
        };
        q.push(&format!(" AND {file}.key = {edge}.asset AND {file}.trashed_at IS NULL"));
        match sees(self.rules) {
            Some(Reach::All) => {}
            Some(Reach::Own(owner)) => {
                q.push(&format!(" AND ({file}.private = 0 OR {file}.created_by = ")).push_bind(owner).push(")");
            }
            None => {
                q.push(&format!(" AND {file}.private = 0"));
            }
        }
        q.push(")");
    }
}

/// Whether the field at `path` stands in the parts of the locales.
pub(super) fn is_local(ty: &Type, path: &str) -> bool {
    let top = path.split('.').next().unwrap_or(path);
    ty.localized && ty.field(top).is_some_and(|field| field.localized)
}
