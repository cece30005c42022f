//! Which bodies documents are made of, for those that cannot be taken from their rendered rows.

use super::level::Source;
use super::{Compiler, Row, kept};
use masthead_store::Statement;

/// Documents of one type whose bodies are wanted.
pub(in super::super) type Wanted<'a> = Source<'a>;

impl<'a> Compiler<'a> {
    /// `(source, document, document id, created at, updated at, published at, position, path, shared body, local
    /// body)` of all documents, in one statement.
    pub fn bodies(&self, wanted: &[Wanted<'a>]) -> Statement {
        let mut q = Statement::default();
        for (i, source) in wanted.iter().enumerate() {
            let from = Row {
                alias: self.alias("s"),
                ty: source.ty,
                element: None,
                depth: 0,
                lead: "",
                trusted: None,
                fixed: None,
            };
            let to = self.row(source.ty);
            let state = source.state;
            let body = if state == 0 { "head" } else { "published" };
            q.push(if i == 0 { "" } else { " UNION ALL " });
            q.push(&format!(
                "SELECT CAST({i} AS BIGINT), {s}.i, {t}.document_id, {t}.created_at, {t}.updated_at, {t}.published_at, \
                 {t}.position, {t}.path, a.{body}, b.{body} FROM ",
                s = from.alias,
                t = to.alias
            ));
            self.documents(&mut q, &from, &source.documents);
            q.push(&format!(
                " CROSS JOIN {table} LEFT JOIN part a ON a.doc = {t}.doc AND a.locale = '' LEFT JOIN part b ON b.doc = \
                 {t}.doc AND b.locale = {t}.locale AND {t}.locale <> '' WHERE {t}.doc = {s}.doc AND {t}.state = \
                 {state} AND {t}.locale = {s}.locale",
                table = to.table(),
                s = from.alias,
                t = to.alias
            ));
        }
        kept(q)
    }
}
