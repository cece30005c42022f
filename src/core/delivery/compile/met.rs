//! Whether one document meets a condition, in a given state.

use super::{Compiler, Row};
use masthead_model::Type;
use masthead_model::query::ast::Filter;
use masthead_store::Statement;

impl<'a> Compiler<'a> {
    /// In how many locales the document with this key has a row in `state`, and in how many of them it meets `filter`.
    pub fn met(&self, ty: &'a Type, doc: i64, state: i64, filter: Option<&Filter>) -> Statement {
        let row: Row<'a> = Row { trusted: Some(state), ..self.row(ty) };
        let mut q = Statement::new("SELECT COUNT(*) FROM ");
        q.push(&row.table()).push(&format!(" WHERE {}.doc = ", row.alias)).push_bind(doc);
        q.push(&format!(" AND {}.state = {state}", row.alias));
        if let Some(filter) = filter {
            q.push(" AND ");
            self.filter(&mut q, filter, &row, false);
        }
        q
    }
}
