//! Lists: page ids from the projection's index alone, then the rendered documents by id, in one statement.

use super::sort::Key;
use super::{Access, Compiler, Row, kept};
use crate::delivery::Standing;
use masthead_model::Type;
use masthead_model::query::ast::{Filter, LocaleChoice, Sort};
use masthead_store::{Bind, Engine, Statement};

/// A list, apart from which page of it.
pub(in super::super) struct Pager<'q> {
    pub ty: &'q Type,
    pub filter: Option<&'q Filter>,
    pub search: Option<&'q str>,
    pub sorts: &'q [Sort],
    /// Only documents that stand there.
    pub standing: Option<Standing>,
    /// How the filter is met; as the database pleases when none.
    pub access: Option<Access>,
}

/// Which rows of a list.
pub(in super::super) struct Span<'q> {
    pub start: u64,
    pub limit: u64,
    /// Behind this row; its keys come with the rows, as JSON.
    pub after: Option<&'q After>,
    /// Whether each row comes with its keys.
    pub keys: bool,
}

/// A place in a list.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) struct After {
    pub keys: Vec<Bind>,
    pub doc: i64,
    pub locale: String,
}

/// The rows of a list by whether they have the first key: where the index cannot give them in one order.
#[derive(Clone, Copy, PartialEq)]
enum Half {
    Both,
    Valued,
    Null,
}

impl<'a> Compiler<'a> {
    /// `(doc, locale, epoch, data, keys)` of the rows of `span`, in order.
    ///
    /// SQLite hands on the rows of an ordered part with a limit as they come, one part of a union after the other: to
    /// order them once more would copy every document through a sorter. PostgreSQL may do as it pleases, and is told.
    pub fn list(&self, list: &Pager<'a>, span: &Span<'_>) -> Statement {
        let keys = self.keys(list.sorts, &self.row(list.ty));
        let first = keys.first().filter(|key| key.nullable);
        let halves: &[Half] = match (first, span.after.map(|after| after.keys.first())) {
            (Some(_), Some(Some(Bind::Int(None) | Bind::Text(None)))) => &[Half::Null],
            (Some(_), Some(_)) => &[Half::Valued, Half::Null],
            // PostgreSQL's indexes have nulls first when read backwards.
            (Some(key), None) if key.descending && self.engine == Engine::Postgres => &[Half::Valued, Half::Null],
            _ => &[Half::Both],
        };
        let mut q = Statement::new("SELECT x.doc, x.locale, d.epoch, d.data, ");
        q.push(&self.keys_as_json(&keys, span.keys)).push(" FROM (");
        match halves {
            [half] => {
                self.half(&mut q, list, span, *half);
                q.push(" LIMIT ").push_bind(bounded(span.limit)).push(" OFFSET ").push_bind(bounded(span.start));
            }
            halves => {
                let columns = columns(keys.len());
                for (i, half) in halves.iter().enumerate() {
                    q.push(if i == 0 { "SELECT " } else { " UNION ALL SELECT " });
                    q.push(&columns).push(" FROM (SELECT ").push(&columns).push(" FROM (");
                    self.half(&mut q, list, span, *half);
                    q.push(") y LIMIT ").push_bind(bounded(span.start.saturating_add(span.limit)));
                    q.push(&format!(") h{i}"));
                }
                if self.engine == Engine::Postgres {
                    self.order(&mut q, "", &keys, list);
                }
                q.push(" LIMIT ").push_bind(bounded(span.limit)).push(" OFFSET ").push_bind(bounded(span.start));
            }
        }
        q.push(") x LEFT JOIN rendered d ON d.doc = x.doc AND d.locale = x.locale");
        q.push(self.only_if_published(list.ty));
        if self.engine == Engine::Postgres {
            self.order(&mut q, "x.", &keys, list);
        }
        kept(q)
    }

    /// What a list is ordered by.
    pub fn keys_of(&self, list: &Pager<'a>) -> Vec<Key> {
        self.keys(list.sorts, &self.row(list.ty))
    }

    /// The same columns for the one document `id`, when it is there and meets `filter`.
    pub fn one(&self, ty: &'a Type, id: &str, filter: Option<&Filter>) -> Statement {
        let mut q = self.first(ty, |q, row| {
            q.push(&format!("{}.doc = (SELECT key FROM document WHERE document_id = ", row.alias));
            q.push_bind(id).push(") AND ");
        });
        let row = Row { alias: "t".to_owned(), ty, element: None, depth: 0, lead: "", trusted: None, fixed: None };
        if let Some(filter) = filter {
            q.push(" AND ");
            self.filter(&mut q, filter, &row, false);
        }
        q.push(" LIMIT 1");
        kept(q)
    }

    /// The same columns for the document of a single.
    pub fn single(&self, ty: &'a Type, filter: Option<&Filter>) -> Statement {
        let mut q = self.first(ty, |_, _| {});
        let row = Row { alias: "t".to_owned(), ty, element: None, depth: 0, lead: "", trusted: None, fixed: None };
        if let Some(filter) = filter {
            q.push(" AND ");
            self.filter(&mut q, filter, &row, false);
        }
        q.push(" ORDER BY t.doc LIMIT 1");
        kept(q)
    }

    fn first(&self, ty: &'a Type, which: impl FnOnce(&mut Statement, &Row<'a>)) -> Statement {
        let row = Row { alias: "t".to_owned(), ty, element: None, depth: 0, lead: "", trusted: None, fixed: None };
        let mut q = Statement::new(format!(
            "SELECT t.doc, t.locale, d.epoch, d.data, CAST(NULL AS TEXT) FROM {} LEFT JOIN rendered d ON d.doc = t.doc \
             AND d.locale = t.locale{} WHERE ",
            row.table(),
            self.only_if_published(ty)
        ));
        which(&mut q, &row);
        self.delivered(&mut q, &row, None);
        q
    }

    /// About how many rows there are of a type in the state that is seen; counting stops at `most`.
    pub fn size(&self, ty: &Type, most: u64) -> Statement {
        let row = self.row(ty);
        let mut q = Statement::new("SELECT COUNT(*) FROM (SELECT 1 AS one FROM ");
        q.push(&row.table()).push(&format!(" WHERE {}.state = {} LIMIT ", row.alias, self.state(ty)));
        q.push_bind(bounded(most)).push(") x");
        q
    }

    /// How many rows a list has; counting stops at `most`.
    pub fn count(&self, list: &Pager<'a>, most: Option<u64>) -> Statement {
        let row = self.row(list.ty);
        let mut q = Statement::new("SELECT COUNT(*) FROM (SELECT 1 AS one FROM ");
        q.push(&row.table()).push(" WHERE ");
        self.conditions(&mut q, list, &row);
        if let Some(most) = most {
            q.push(" LIMIT ").push_bind(bounded(most));
        }
        q.push(") x");
        // PostgreSQL's plan for any values would read the whole table where few match a range.
        if self.engine == Engine::Postgres { q.once() } else { kept(q) }
    }

    fn half(&self, q: &mut Statement, list: &Pager<'a>, span: &Span<'_>, half: Half) {
        let row = self.row(list.ty);
        // Found by a condition, a list is not to be found by its order.
        let by_condition = self.engine == Engine::Sqlite && matches!(list.access, Some(Access::Seek(_)));
        let keys = self.keys(list.sorts, &Row { lead: if by_condition { "+" } else { "" }, ..row.clone() });
        q.push(&format!("SELECT {0}.doc AS doc, {0}.locale AS locale", row.alias));
        for (i, key) in keys.iter().enumerate() {
            q.push(", ").append(key.value.clone()).push(&format!(" AS k{i}"));
        }
        q.push(&format!(" FROM {} WHERE ", row.table()));
        self.conditions(q, list, &row);
        if let (Some(key), true) = (keys.first(), half != Half::Both) {
            q.push(" AND ").append(key.value.clone());
            q.push(if half == Half::Null { " IS NULL" } else { " IS NOT NULL" });
        }
        if let Some(after) = span.after {
            q.push(" AND ");
            match (keys.split_first(), after.keys.split_first()) {
                // All nulls stand behind a value.
                (Some(_), Some((value, _))) if half == Half::Null && !is_null(value) => {
                    q.push("1 = 1");
                }
                (Some((key, rest)), Some((value, values))) if !is_null(value) => {
                    // Said twice, so that the index is entered at the right place.
                    q.append(key.value.clone()).push(if key.descending { " <= " } else { " >= " });
                    q.append(bound(value)).push(" AND (").append(key.value.clone());
                    q.push(if key.descending { " < " } else { " > " }).append(bound(value)).push(" OR ");
                    self.behind(q, rest, values, after, list, &row);
                    q.push(")");
                }
                (Some((_, rest)), Some((_, values))) => self.behind(q, rest, values, after, list, &row),
                _ => self.behind(q, &[], &[], after, list, &row),
            }
        }
        let ordered: &[Key] = if half == Half::Valued { &with_values(&keys) } else { &keys };
        self.order(q, "", ordered, list);
    }

    pub(super) fn conditions(&self, q: &mut Statement, list: &Pager<'a>, row: &Row<'a>) {
        self.delivered(q, row, None);
        if let Some(filter) = list.filter {
            q.push(" AND ");
            self.conditions_by(q, filter, row, list.access);
        }
        if let Some(text) = list.search {
            q.push(" AND ");
            self.search(q, text, row);
        }
        if let Some(standing) = list.standing {
            let part = format!("EXISTS (SELECT 1 FROM part p WHERE p.doc = {0}.doc AND p.locale", row.alias);
            let public = format!("{part} = {}.locale AND p.published IS NOT NULL)", row.alias);
            let pending = format!("{part} IN ('', {}.locale) AND p.published <> p.head)", row.alias);
            q.push(&match standing {
                Standing::Draft => format!(" AND NOT {public}"),
                Standing::Published => format!(" AND {public} AND NOT {pending}"),
                Standing::Modified => format!(" AND {public} AND {pending}"),
            });
        }
    }

    /// The row stands behind a place whose keys so far are the same.
    fn behind(&self, q: &mut Statement, keys: &[Key], values: &[Bind], after: &After, list: &Pager<'_>, row: &Row<'_>) {
        let (Some((key, rest)), Some((value, values))) = (keys.split_first(), values.split_first()) else {
            let beyond = if is_backwards(list.sorts) { "<" } else { ">" };
            q.push(&format!("({}.doc {beyond} ", row.alias)).push_bind(after.doc);
            if self.has_all_locales(list) {
                q.push(&format!(" OR ({}.doc = ", row.alias)).push_bind(after.doc);
                q.push(&format!(" AND {}.locale {beyond} ", row.alias)).push_bind(&after.locale).push(")");
            }
            q.push(")");
            return;
        };
        if is_null(value) {
            q.push("(").append(key.value.clone()).push(" IS NULL AND ");
        } else {
            q.push("(").append(key.value.clone()).push(if key.descending { " < " } else { " > " });
            q.append(bound(value)).push(" OR ");
            if key.nullable {
                q.append(key.value.clone()).push(" IS NULL OR ");
            }
            q.push("(").append(key.value.clone()).push(" = ").append(bound(value)).push(" AND ");
        }
        self.behind(q, rest, values, after, list, row);
        q.push(if is_null(value) { ")" } else { "))" });
    }

    fn order(&self, q: &mut Statement, prefix: &str, keys: &[Key], list: &Pager<'_>) {
        q.push(" ORDER BY ");
        for (i, key) in keys.iter().enumerate() {
            q.push(&format!("{prefix}k{i} {}, ", key.direction()));
        }
        let direction = if is_backwards(list.sorts) { "DESC" } else { "ASC" };
        q.push(&format!("{prefix}doc {direction}"));
        if self.has_all_locales(list) {
            q.push(&format!(", {prefix}locale {direction}"));
        }
    }

    fn has_all_locales(&self, list: &Pager<'_>) -> bool {
        self.view.locale == LocaleChoice::All && list.ty.localized
    }

    fn keys_as_json(&self, keys: &[Key], wanted: bool) -> String {
        if !wanted {
            return "CAST(NULL AS TEXT)".to_owned();
        }
        let names = (0..keys.len()).map(|i| format!("x.k{i}")).collect::<Vec<_>>().join(", ");
        match self.engine {
            Engine::Sqlite => format!("json_array({names})"),
            Engine::Postgres => format!("CAST(json_build_array({names}) AS TEXT)"),
        }
    }

    /// Drafts have no rendered rows; the published ones must not be taken for them.
    pub(super) fn only_if_published(&self, ty: &Type) -> &'static str {
        if self.state(ty) == 1 { "" } else { " AND 1 = 0" }
    }
}

fn columns(keys: usize) -> String {
    (0..keys).fold("doc, locale".to_owned(), |all, i| format!("{all}, k{i}"))
}

/// The keys where the first has a value: then there is nothing to say about its nulls.
fn with_values(keys: &[Key]) -> Vec<Key> {
    let mut keys = keys.to_vec();
    if let Some(first) = keys.first_mut() {
        first.nullable = false;
    }
    keys
}

fn is_backwards(sorts: &[Sort]) -> bool {
    sorts.last().is_some_and(|sort| sort.descending)
}

fn is_null(bind: &Bind) -> bool {
    matches!(bind, Bind::Int(None) | Bind::Text(None) | Bind::Blob(None))
}

fn bound(bind: &Bind) -> Statement {
    Statement::new("?").bind_any(bind.clone())
}

fn bounded(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
