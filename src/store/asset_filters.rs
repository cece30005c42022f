//! Conditions on files, in SQL that both databases answer alike.

use crate::connection::{Connection, Engine};
use crate::statement::{Bind, Statement};

/// What a condition is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    Key,
    Id,
    Name,
    /// Folded words of names, texts and tags.
    Words,
    Mime,
    Hash,
    Size,
    Width,
    Height,
    Created,
    Updated,
}

/// What must hold of it. Numbers are compared with numbers, texts with texts, by bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    Among(Vec<i64>),
    AmongTexts(Vec<String>),
    Less(i64),
    Greater(i64),
    Holds(String),
    Begins(String),
    Ends(String),
    Missing,
}

/// Which files are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    /// Also where there is nothing to compare.
    Not(Box<Filter>),
    Of(Column, Test),
}

impl Column {
    fn sql(self) -> &'static str {
        match self {
            Self::Key => "a.key",
            Self::Id => "a.id",
            Self::Name => "a.name",
            Self::Words => "a.search",
            Self::Mime => "a.mime",
            Self::Hash => "a.hash",
            Self::Size => "a.size",
            Self::Width => "a.width",
            Self::Height => "a.height",
            Self::Created => "a.created_at",
            Self::Updated => "a.updated_at",
        }
    }
}

/// Append the condition; it is true or false, never unknown.
pub(crate) fn append(conn: &Connection, filter: &Filter, q: &mut Statement) {
    let joined = |q: &mut Statement, filters: &[Filter], between: &str, empty: &str| {
        q.push("(");
        for (i, one) in filters.iter().enumerate() {
            q.push(if i == 0 { "" } else { between });
            append(conn, one, q);
        }
        q.push(if filters.is_empty() { empty } else { "" }).push(")");
    };
    match filter {
        Filter::All(filters) => joined(q, filters, " AND ", "1 = 1"),
        Filter::Any(filters) => joined(q, filters, " OR ", "1 = 0"),
        Filter::Not(inner) => {
            q.push("(NOT ");
            append(conn, inner, q);
            q.push(")");
        }
        Filter::Of(column, test) => {
            let name = column.sql();
            let is_there = matches!(column, Column::Width | Column::Height) && *test != Test::Missing;
            q.push("(");
            if is_there {
                q.push(name).push(" IS NOT NULL AND ");
            }
            append_test(conn, name, test, q);
            q.push(")");
        }
    }
}

fn append_test(conn: &Connection, name: &str, test: &Test, q: &mut Statement) {
    let place = match conn.engine() {
        Engine::Sqlite => "instr(",
        Engine::Postgres => "strpos(",
    };
    let mut compared = |before: &str, between: &str, value: Bind, after: &str| {
        let text = Statement::new(format!("{before}{name}{between}?{after}")).bind_any(value);
        q.append(text);
    };
    match test {
        Test::Among(numbers) => drop(q.append(conn.among(name, numbers))),
        Test::AmongTexts(texts) => drop(q.append(conn.among_texts(name, texts))),
        Test::Less(number) => compared("", " < ", (*number).into(), ""),
        Test::Greater(number) => compared("", " > ", (*number).into(), ""),
        Test::Holds(text) => compared(place, ", ", text.into(), ") > 0"),
        Test::Begins(text) => compared(place, ", ", text.into(), ") = 1"),
        Test::Ends(text) => {
            let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
            let behind = format!("substr({name}, length({name}) - CAST(? AS INTEGER) + 1) = ?");
            compared("length(", ") >= ", length.into(), " AND ");
            q.append(Statement::new(behind).bind(length).bind(text));
        }
        Test::Missing => drop(q.push(name).push(" IS NULL")),
    }
}
