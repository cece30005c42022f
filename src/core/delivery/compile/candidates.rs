//! Lists whose documents were found elsewhere: which of them are delivered, in which order, and what their values are.

use super::compare::Cells;
use super::filter::cells;
use super::{Compiler, Pager, Row, kept};
use masthead_model::Type;
use masthead_model::query::ast::RelationRef;
use masthead_model::storage::ColumnKind;
use masthead_store::{Engine, Statement, projections};
use serde_json::Value;

/// Documents of one type, in order.
pub(in super::super) enum Picked {
    /// All in one locale.
    In { locale: String, keys: String },
    /// `[[doc, locale], …]`
    Pairs(String),
}

/// What of documents is counted.
pub(in super::super) enum Counted<'q> {
    /// The value of a column.
    Column { path: &'q str, kind: ColumnKind },
    /// Each value of a list.
    List { path: &'q str },
    /// Each document that is related and delivered, with the text at this path.
    Related { relation: RelationRef, target: &'q Type, title: Option<(&'q str, ColumnKind)> },
}

/// Values that are counted, at most.
const MAX_VALUES: i64 = 100;

impl Picked {
    pub fn of<'d>(documents: impl Iterator<Item = (i64, &'d str)> + Clone) -> Self {
        let first = documents.clone().next().map_or("", |(_, locale)| locale);
        if documents.clone().all(|(_, locale)| locale == first) {
            let keys = Value::from_iter(documents.map(|(doc, _)| doc)).to_string();
            return Self::In { locale: first.to_owned(), keys };
        }
        Self::Pairs(Value::from_iter(documents.map(|(doc, locale)| serde_json::json!([doc, locale]))).to_string())
    }
}

impl<'a> Compiler<'a> {
    /// Places, from 0, of those that are delivered and meet the list's conditions: in the order of the list's sorts, or
    /// in their own.
    pub fn passing(&self, list: &Pager<'a>, picked: &Picked) -> Statement {
        let (from, to) = (self.alias("s"), self.row(list.ty));
        let mut q = Statement::new(format!("SELECT CAST({from}.i AS BIGINT) FROM "));
        self.picked(&mut q, picked, &from, &to);
        q.push(" AND ");
        self.conditions(&mut q, list, &to);
        q.push(" ORDER BY ");
        for key in self.keys(list.sorts, &to) {
            let direction = key.direction();
            q.append(key.value).push(&format!(" {direction}, "));
        }
        q.push(&format!("{from}.i"));
        kept(q)
    }

    /// The rows `to` of what was picked, as `from`, up to their condition.
    fn picked(&self, q: &mut Statement, picked: &Picked, from: &str, to: &Row<'a>) {
        let row = Row { alias: from.to_owned(), ..to.clone() };
        match picked {
            Picked::Pairs(documents) => self.documents(q, &row, documents),
            Picked::In { keys, .. } => match self.engine {
                Engine::Sqlite => {
                    q.push("(SELECT key AS i, value AS doc FROM json_each(").push_bind(keys);
                    q.push(&format!(")) {from}"));
                }
                Engine::Postgres => {
                    q.push("(SELECT o - 1 AS i, CAST(v AS BIGINT) AS doc FROM jsonb_array_elements_text(CAST(");
                    q.push_bind(keys).push(&format!(" AS jsonb)) WITH ORDINALITY AS e(v, o)) {from}"));
                }
            },
        }
        q.push(&format!(" CROSS JOIN {} WHERE {t}.doc = {from}.doc AND {t}.state = ", to.table(), t = to.alias));
        q.push(&self.state(to.ty).to_string()).push(&format!(" AND {}.locale = ", to.alias));
        match picked {
            Picked::Pairs(_) => q.push(&format!("{from}.locale")),
            Picked::In { locale, .. } => q.push_bind(locale),
        };
    }

    /// Keys of up to `most` documents with a row in `locale` that is delivered and meets the list's conditions.
    pub fn meeting(&self, list: &Pager<'a>, locale: &str, most: usize) -> Statement {
        let row = self.row(list.ty);
        let mut q = Statement::new(format!("SELECT {0}.doc FROM {1} WHERE {0}.locale = ", row.alias, row.table()));
        q.push_bind(locale).push(" AND ");
        self.conditions(&mut q, list, &row);
        q.push(" LIMIT ").push_bind(i64::try_from(most).unwrap_or(i64::MAX));
        kept(q)
    }

    /// `(document id, title, 0)` of those of these documents, by their ids as JSON, that are delivered.
    pub fn titled(&self, ty: &'a Type, ids: &str, title: Option<(&str, ColumnKind)>) -> Statement {
        let row = self.row(ty);
        let title = match title.map(|(path, kind)| cells(path, kind, &row)) {
            Some(Cells::Text { raw, .. }) => raw,
            _ => "NULL".to_owned(),
        };
        let alias = &row.alias;
        let mut q = Statement::new(format!(
            "SELECT {alias}.document_id, CAST({title} AS TEXT), CAST(0 AS BIGINT) FROM {} WHERE {alias}.doc IN (SELECT \
             key FROM document WHERE document_id IN (SELECT value FROM ",
            row.table()
        ));
        match self.engine {
            Engine::Sqlite => q.push("json_each(").push_bind(ids).push(")"),
            Engine::Postgres => q.push("jsonb_array_elements_text(CAST(").push_bind(ids).push(" AS jsonb))"),
        };
        q.push(")) AND ");
        self.delivered(&mut q, &row, None);
        kept(q)
    }

    /// `(doc, locale, epoch, data, none)` of these `[[doc, locale], …]`, in their order.
    pub fn taken(&self, ty: &'a Type, documents: &str) -> Statement {
        let from = Row { alias: self.alias("s"), ..self.row(ty) };
        let s = &from.alias;
        let mut q = Statement::new(format!("SELECT {s}.doc, {s}.locale, d.epoch, d.data, CAST(NULL AS TEXT) FROM "));
        self.documents(&mut q, &from, documents);
        q.push(&format!(" LEFT JOIN rendered d ON d.doc = {s}.doc AND d.locale = {s}.locale"));
        q.push(self.only_if_published(ty)).push(&format!(" ORDER BY {s}.i"));
        kept(q)
    }

    /// `(value as text, title, documents)` of what was picked, most first.
    pub fn values(&self, ty: &'a Type, picked: &Picked, counted: &Counted<'a>) -> Statement {
        let (from, to) = (self.alias("s"), self.row(ty));
        let mut inner = Statement::default();
        match counted {
            Counted::Column { path, kind } => {
                let column = match cells(path, *kind, &to) {
                    Cells::Text { raw, .. } | Cells::LongText { raw, .. } => raw,
                    Cells::Plain(column) | Cells::Integer(column) => column,
                    Cells::Absent => "NULL".to_owned(),
                };
                inner
                    .push(&format!("SELECT CAST({column} AS TEXT) AS v, CAST(NULL AS TEXT) AS w, {from}.i AS i FROM "));
                self.picked(&mut inner, picked, &from, &to);
                inner.push(&format!(" AND {column} IS NOT NULL"));
            }
            Counted::List { path } => {
                let child = self.alias("c");
                inner.push(&format!("SELECT {child}.t AS v, CAST(NULL AS TEXT) AS w, {from}.i AS i FROM "));
                let table = projections::children_table(ty.key, ty.storage.generation);
                inner.push(&format!("{table} {child} CROSS JOIN "));
                self.picked(&mut inner, picked, &from, &to);
                inner.push(&format!(
                    " AND {child}.doc = {t}.doc AND {child}.state = {t}.state AND {child}.locale = {t}.locale AND \
                     {child}.path = ",
                    t = to.alias
                ));
                inner.push_bind(*path);
            }
            Counted::Related { relation, target, title } => {
                let (edge, other) = (self.alias("r"), Row { depth: 1, ..self.row(target) });
                let title = match title.map(|(path, kind)| cells(path, kind, &other)) {
                    Some(Cells::Text { raw, .. }) => raw,
                    _ => "NULL".to_owned(),
                };
                inner.push(&format!(
                    "SELECT {}.document_id AS v, CAST({title} AS TEXT) AS w, {from}.i AS i FROM ref {edge} CROSS JOIN {} \
                     CROSS JOIN ",
                    other.alias,
                    other.table()
                ));
                self.picked(&mut inner, picked, &from, &to);
                inner.push(" AND ");
                self.edge(&mut inner, relation, &edge, &to, &other);
            }
        }
        let collate = if self.engine == Engine::Postgres { " COLLATE \"C\"" } else { "" };
        let mut q = Statement::new("SELECT v, MIN(w), COUNT(DISTINCT i) AS n FROM (");
        q.append(inner).push(&format!(") x GROUP BY v ORDER BY n DESC, v{collate} LIMIT "));
        q.push_bind(MAX_VALUES);
        kept(q)
    }

    /// Least and largest value of a column, as texts, and how many documents have one, in one row.
    pub fn extremes(&self, ty: &'a Type, picked: &Picked, column: (&str, ColumnKind)) -> Statement {
        let (from, to) = (self.alias("s"), self.row(ty));
        let column = self.column_of(column, &to);
        let collate = if self.engine == Engine::Postgres { " COLLATE \"C\"" } else { "" };
        let mut q = Statement::new(format!(
            "SELECT CAST(MIN({column}) AS TEXT){collate}, CAST(MAX({column}) AS TEXT){collate}, COUNT({column}) FROM "
        ));
        self.picked(&mut q, picked, &from, &to);
        kept(q)
    }

    /// How many documents have a value from `least` on and below `end`.
    pub fn within(
        &self,
        ty: &'a Type,
        picked: &Picked,
        column: (&str, ColumnKind),
        (least, end): (Option<masthead_store::Bind>, Option<masthead_store::Bind>),
    ) -> Statement {
        let (from, to) = (self.alias("s"), self.row(ty));
        let column = self.column_of(column, &to);
        let mut q = Statement::new("SELECT COUNT(*) FROM ");
        self.picked(&mut q, picked, &from, &to);
        q.push(&format!(" AND {column} IS NOT NULL"));
        for (sign, bound) in [(">=", least), ("<", end)] {
            if let Some(bound) = bound {
                q.push(&format!(" AND {column} {sign} ")).append(Statement::new("?").bind_any(bound));
            }
        }
        kept(q)
    }

    fn column_of(&self, (path, kind): (&str, ColumnKind), row: &Row<'_>) -> String {
        match cells(path, kind, row) {
            Cells::Plain(column) | Cells::Integer(column) => column,
            _ => "NULL".to_owned(),
        }
    }
}
