//! Which of a document's rows is the one that is delivered.

use super::{Compiler, Row, action};
use masthead_model::query::ast::LocaleChoice;
use masthead_store::{Statement, projections};

impl<'a> Compiler<'a> {
    /// `row` is in the state that is seen, may be seen, and is in the locale that is delivered; `beside` is the row that
    /// it is reached from, whose locale it has when all locales are asked for.
    pub(super) fn delivered(&self, q: &mut Statement, row: &Row<'a>, beside: Option<&Row<'a>>) {
        self.located(q, row, beside);
        self.permitted(q, row);
    }

    /// Appends what the caller's rules ask of `row`.
    pub(super) fn permitted(&self, q: &mut Statement, row: &Row<'a>) {
        if row.trusted.is_some() {
            return;
        }
        let state = self.state_of(row);
        if let Some(condition) = self.rules.condition(action(state), row.ty) {
            q.push(" AND ");
            self.filter(q, &condition, &self.trusted(row), false);
        }
        if state != self.state(row.ty) {
            self.without_draft(q, row);
        }
    }

    fn located(&self, q: &mut Statement, row: &Row<'a>, beside: Option<&Row<'a>>) {
        let alias = &row.alias;
        q.push(&format!("{alias}.state = {} AND ", self.state_of(row)));
        if !row.ty.localized {
            q.push(&format!("{alias}.locale = ''"));
            return;
        }
        match (&self.view.locale, beside) {
            (LocaleChoice::One(code), _) => self.first_of(q, row, code),
            (LocaleChoice::All, None) => {
                q.push("1 = 1");
            }
            (LocaleChoice::All, Some(beside)) if beside.ty.localized => {
                q.push(&format!("{alias}.locale = {}.locale", beside.alias));
            }
            (LocaleChoice::All, Some(_)) => {
                q.push(&format!("{alias}.locale = ")).push_bind(self.model.locales.default_code());
            }
        }
    }

    /// `row` is in `code`, or in the first locale to fall back to that its document has.
    fn first_of(&self, q: &mut Statement, row: &Row<'a>, code: &str) {
        let alias = &row.alias;
        let fallbacks = &self.view.fallback_locales;
        if fallbacks.is_empty() {
            q.push(&format!("{alias}.locale = ")).push_bind(code);
            return;
        }
        let preferred: Vec<&str> = std::iter::once(code).chain(fallbacks.iter().map(String::as_str)).collect();
        let table = projections::rows_table(row.ty.key, row.ty.storage.generation);
        for (i, code) in preferred.iter().enumerate() {
            q.push(if i == 0 { "(" } else { " OR (" });
            q.push(&format!("{alias}.locale = ")).push_bind(*code);
            if i > 0 {
                let other = self.alias("o");
                q.push(&format!(
                    " AND NOT EXISTS (SELECT 1 FROM {table} {other} WHERE {other}.doc = {alias}.doc AND {other}.state \
                     = {} AND {other}.locale IN (",
                    self.state_of(row)
                ));
                for (k, earlier) in preferred[..i].iter().enumerate() {
                    q.push(if k == 0 { "" } else { ", " }).push_bind(*earlier);
                }
                q.push(")");
                // A locale that may not be seen is not there.
                self.permitted(q, &Row { alias: other, ..row.clone() });
                q.push("))");
            }
        }
        q.push(")");
    }
}
