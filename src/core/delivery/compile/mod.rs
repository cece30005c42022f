//! From a bound query to SQL: what is filtered and sorted by, over projections.
//!
//! Identifiers are made here, out of numbers; whatever a client sent is a bound value. Truth is two-valued: below a
//! `NOT` every comparison says aloud that its column has a value.

mod bodies;
mod candidates;
mod children;
mod compare;
mod drive;
mod filter;
mod granted;
mod level;
mod locale;
mod met;
mod page;
mod relation;
mod search;
mod sort;

pub(super) use bodies::Wanted;
pub(super) use candidates::{Counted, Picked};
pub(super) use drive::{Access, driving_alone};
pub(super) use granted::action;
pub(super) use level::{Arm, Related, Source, Step};
pub(super) use page::{After, Pager, Span};
pub(super) use sort::Key;

use crate::access::Rules;
use masthead_model::ids::PublicIds;
use masthead_model::query::ast::{Status, View};
use masthead_model::{Action, Model, Type};
use masthead_store::{Engine, Statement, projections};
use std::cell::Cell;

/// Longer texts are not kept prepared: they hardly come again.
const LONGEST_KEPT: usize = 6_000;

/// What all statements of one read share.
pub(super) struct Compiler<'a> {
    pub engine: Engine,
    pub model: &'a Model,
    pub ids: PublicIds,
    pub rules: &'a Rules<'a>,
    pub view: &'a View,
    aliases: Cell<u32>,
}

/// A projected row in a statement, by its alias.
#[derive(Clone)]
pub(super) struct Row<'a> {
    pub alias: String,
    pub ty: &'a Type,
    /// Inside an element: SQL that names it by the indexes of the lists around it.
    element: Option<String>,
    /// Relations between it and the documents that are asked for.
    depth: usize,
    /// Stands before its columns: `+` keeps SQLite from using an index for them.
    lead: &'static str,
    /// Looked at for the sake of rules, in this state: nothing is hidden.
    trusted: Option<i64>,
    /// The state it is in, where that is not the one in which all documents of its type are seen.
    fixed: Option<i64>,
}

impl<'a> Compiler<'a> {
    pub fn new(engine: Engine, model: &'a Model, ids: PublicIds, rules: &'a Rules<'a>, view: &'a View) -> Self {
        Self { engine, model, ids, rules, view, aliases: Cell::new(0) }
    }

    /// The state in which documents of a type are seen: drafts only of types that have them, and where the caller may.
    pub fn state(&self, ty: &Type) -> i64 {
        let drafts = self.view.status == Status::Draft
            && ty.def.draft_and_publish
            && self.rules.grant(Action::ReadDraft, ty.id()).is_some();
        i64::from(!drafts)
    }

    fn row(&self, ty: &'a Type) -> Row<'a> {
        Row { alias: self.alias("t"), ty, element: None, depth: 0, lead: "", trusted: None, fixed: None }
    }

    /// A new alias; nothing else in the statement has it.
    fn alias(&self, letter: &str) -> String {
        let n = self.aliases.get() + 1;
        self.aliases.set(n);
        format!("{letter}{n}")
    }

    /// What ends the text of an `EXISTS` around a condition on `row`.
    ///
    /// PostgreSQL may turn any `EXISTS` into a join. Behind one relation that is a gain; behind several, with its guesses
    /// multiplied, it has joined everything with everything. `OFFSET 0` has it look row by row, by index.
    fn end_of_exists(&self, row: &Row<'_>) -> &'static str {
        if self.engine == Engine::Postgres && row.depth > 0 { " OFFSET 0)" } else { ")" }
    }

    fn function_position(&self) -> &'static str {
        match self.engine {
            Engine::Sqlite => "instr",
            Engine::Postgres => "strpos",
        }
    }
}

impl Row<'_> {
    fn table(&self) -> String {
        format!("{} {}", projections::rows_table(self.ty.key, self.ty.storage.generation), self.alias)
    }
}

/// `statement`, kept prepared only while texts like it come again.
pub(super) fn kept(statement: Statement) -> Statement {
    if statement.text().len() > LONGEST_KEPT { statement.once() } else { statement }
}
