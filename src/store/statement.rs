//! SQL text with bound values: the one form in which this crate speaks to a database.
//!
//! `?` in the text stands for the next bound value. Text is either written in this crate or assembled from
//! identifiers it made itself; whatever a client sent is always a bound value.

use diesel::backend::Backend;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, Binary, HasSqlType, Nullable, Text};
use std::marker::PhantomData;

/// A bound value.
#[derive(Clone, Debug, PartialEq)]
pub enum Bind {
    Int(Option<i64>),
    Text(Option<String>),
    Blob(Option<Vec<u8>>),
}

impl From<i64> for Bind {
    fn from(v: i64) -> Self {
        Self::Int(Some(v))
    }
}
impl From<Option<i64>> for Bind {
    fn from(v: Option<i64>) -> Self {
        Self::Int(v)
    }
}
impl From<&str> for Bind {
    fn from(v: &str) -> Self {
        Self::Text(Some(v.to_owned()))
    }
}
impl From<String> for Bind {
    fn from(v: String) -> Self {
        Self::Text(Some(v))
    }
}
impl From<&String> for Bind {
    fn from(v: &String) -> Self {
        Self::Text(Some(v.clone()))
    }
}
impl From<Option<String>> for Bind {
    fn from(v: Option<String>) -> Self {
        Self::Text(v)
    }
}
impl From<Option<&str>> for Bind {
    fn from(v: Option<&str>) -> Self {
        Self::Text(v.map(str::to_owned))
    }
}
impl From<Vec<u8>> for Bind {
    fn from(v: Vec<u8>) -> Self {
        Self::Blob(Some(v))
    }
}
impl From<&[u8]> for Bind {
    fn from(v: &[u8]) -> Self {
        Self::Blob(Some(v.to_vec()))
    }
}

/// SQL text and the values for its `?`, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Statement {
    text: String,
    binds: Vec<Bind>,
    /// Kept prepared on the connection. Off for texts of unbounded variety.
    uncached: bool,
}

impl Statement {
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), binds: Vec::new(), uncached: false }
    }

    /// The value for the next `?`.
    #[must_use]
    pub fn bind(mut self, value: impl Into<Bind>) -> Self {
        self.binds.push(value.into());
        self
    }

    /// The same for a value that is a [`Bind`] already.
    #[must_use]
    pub fn bind_any(mut self, value: Bind) -> Self {
        self.binds.push(value);
        self
    }

    /// Append more text (never text from outside this crate).
    pub fn push(&mut self, sql: &str) -> &mut Self {
        self.text.push_str(sql);
        self
    }

    /// Append a `?` and its value.
    pub fn push_bind(&mut self, value: impl Into<Bind>) -> &mut Self {
        self.text.push('?');
        self.binds.push(value.into());
        self
    }

    /// Append another statement's text and values.
    pub fn append(&mut self, other: Statement) -> &mut Self {
        self.text.push_str(&other.text);
        self.binds.extend(other.binds);
        self.uncached |= other.uncached;
        self
    }

    /// Do not keep it prepared.
    #[must_use]
    pub fn once(mut self) -> Self {
        self.uncached = true;
        self
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn binds(&self) -> &[Bind] {
        &self.binds
    }

    pub(crate) fn typed<ST>(self) -> Typed<ST> {
        Typed { statement: self, columns: PhantomData }
    }
}

/// A statement whose rows have the SQL types `ST`.
pub struct Typed<ST> {
    statement: Statement,
    columns: PhantomData<ST>,
}

impl<ST> QueryId for Typed<ST> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<ST> Query for Typed<ST> {
    type SqlType = ST;
}

impl<ST, Conn> diesel::RunQueryDsl<Conn> for Typed<ST> {}

impl<ST, DB> QueryFragment<DB> for Typed<ST>
where
    DB: Backend + HasSqlType<BigInt> + HasSqlType<Text> + HasSqlType<Binary>,
    Option<i64>: ToSql<Nullable<BigInt>, DB>,
    Option<String>: ToSql<Nullable<Text>, DB>,
    Option<Vec<u8>>: ToSql<Nullable<Binary>, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        if self.statement.uncached {
            out.unsafe_to_cache_prepared();
        }
        let mut binds = self.statement.binds.iter();
        let mut pieces = self.statement.text.split('?');
        if let Some(first) = pieces.next() {
            out.push_sql(first);
        }
        for piece in pieces {
            match binds.next() {
                Some(Bind::Int(v)) => out.push_bind_param::<Nullable<BigInt>, _>(v)?,
                Some(Bind::Text(v)) => out.push_bind_param::<Nullable<Text>, _>(v)?,
                Some(Bind::Blob(v)) => out.push_bind_param::<Nullable<Binary>, _>(v)?,
                None => {
                    let message = format!("a value is missing for a ? of: {}", self.statement.text);
                    return Err(diesel::result::Error::QueryBuilderError(message.into()));
                }
            }
            out.push_sql(piece);
        }
        Ok(())
    }
}
