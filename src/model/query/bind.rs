//! What every part of the binding shares: who may see what, the budgets, and the problems found so far.

use super::problem::{At, QueryProblem, shown};
use crate::close::hint;
use crate::model::{Model, Type};
use std::collections::{HashMap, HashSet};

/// What the caller may name. Whatever is not visible answers exactly like what does not exist.
pub trait Visible {
    /// Whether documents of this content type may be read at all; asked for content types only.
    fn type_visible(&self, type_id: &str) -> bool;

    /// Whether a field of a content type or component may be named; asked for `parent` of a tree, too.
    fn field_visible(&self, type_id: &str, field_id: &str) -> bool;

    /// Whether the paths of a tree's documents may be named.
    fn paths_visible(&self, _type_id: &str) -> bool {
        true
    }

    /// Whether private fields and `createdBy`, `updatedBy` of a content type may be named: for the admin API and the
    /// conditions of permissions, never for the content API.
    fn sees_internal(&self, _type_id: &str) -> bool {
        false
    }

    /// Whether fields go by their ids rather than their names: in what is stored.
    fn by_ids(&self) -> bool {
        false
    }
}

/// Sizes of pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Rows of a page when the query does not say; 25.
    pub page_size: u32,
    /// Larger sizes are cut to this one; 100.
    pub max_page_size: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { page_size: 25, max_page_size: 100 }
    }
}

/// Most comparisons in one query, counted once per target type that they are made on.
pub const MAX_CLAUSES: usize = 100;
/// Most groups, relations and components around a comparison.
pub const MAX_NESTING: usize = 10;
/// Most relations, media, components and blocks populated by one query.
pub const MAX_POPULATED: usize = 100;
/// Most levels of population.
pub const MAX_LEVELS: usize = 6;

/// Steps of binding: far above what the other limits admit, so that only products of many target types meet it.
const MAX_STEPS: usize = 20_000;
/// Problems told at once.
const MAX_PROBLEMS: usize = 50;
/// Unknown names that others are proposed for: comparing names is the dearest step.
const MAX_PROPOSALS: usize = 20;

/// Problems that one of several target types may have where another has none.
const ELSEWHERE: [&str; 4] = ["unknown_field", "not_filterable", "not_populatable", "not_selectable"];

pub(super) struct Binder<'m> {
    pub model: &'m Model,
    pub visible: &'m dyn Visible,
    pub limits: &'m Limits,
    pub problems: Vec<Found>,
    clauses: usize,
    populated: usize,
    steps: usize,
    proposals: usize,
}

/// A problem, and the name that it is about where one parameter may hold several.
pub(super) struct Found {
    pub problem: QueryProblem,
    name: String,
}

impl<'m> Binder<'m> {
    pub fn new(model: &'m Model, visible: &'m dyn Visible, limits: &'m Limits) -> Self {
        Self { model, visible, limits, problems: Vec::new(), clauses: 0, populated: 0, steps: 0, proposals: 0 }
    }

    /// `bound`, or all problems met on the way.
    pub fn finish<T>(self, bound: T) -> Result<T, Vec<QueryProblem>> {
        let problems: Vec<_> = self.problems.into_iter().take(MAX_PROBLEMS).map(|found| found.problem).collect();
        if problems.is_empty() { Ok(bound) } else { Err(problems) }
    }

    pub fn refuse(&mut self, at: At<'_>, code: &'static str, message: impl Into<String>) {
        self.refuse_name(at, code, "", message);
    }

    /// Refuses one of the names that a parameter may hold.
    pub fn refuse_name(&mut self, at: At<'_>, code: &'static str, name: &str, message: impl Into<String>) {
        let problem = QueryProblem::new(at.to_string(), code, message);
        self.problems.push(Found { problem, name: name.to_owned() });
    }

    /// Refuses `name` as unknown, proposing those of `known` that look like it.
    pub fn unknown<'k>(
        &mut self,
        at: At<'_>,
        code: &'static str,
        what: &str,
        name: &str,
        known: impl IntoIterator<Item = &'k str>,
    ) {
        self.proposals += 1;
        let proposal = if self.proposals > MAX_PROPOSALS { String::new() } else { hint(name, known) };
        self.refuse_name(at, code, name, format!("there is no {what} `{}` here{proposal}", shown(name)));
    }

    /// Counts one step; false when there were too many.
    pub fn step(&mut self, at: At<'_>) -> bool {
        self.steps += 1;
        if self.steps == MAX_STEPS {
            self.refuse(at, "too_complex", "the query spans too many combinations of types; ask for less at once");
        }
        self.steps < MAX_STEPS
    }

    /// Counts one comparison; false when there were too many.
    pub fn clause(&mut self, at: At<'_>) -> bool {
        self.clauses += 1;
        if self.clauses == MAX_CLAUSES + 1 {
            self.refuse(at, "too_many", format!("a query may hold at most {MAX_CLAUSES} comparisons"));
        }
        self.clauses <= MAX_CLAUSES
    }

    /// Counts something populated; false when there were too many.
    pub fn populated(&mut self, at: At<'_>) -> bool {
        self.populated += 1;
        if self.populated == MAX_POPULATED + 1 {
            self.refuse(at, "too_many", format!("a query may populate at most {MAX_POPULATED} fields"));
        }
        self.populated <= MAX_POPULATED
    }

    /// Binds once per type. A name that only some of the types have is no problem: where it is unknown, `bind`
    /// answers with what matches or delivers nothing.
    pub fn per_type<T>(&mut self, types: &[&'m Type], mut bind: impl FnMut(&mut Self, &'m Type) -> T) -> Vec<T> {
        let before = std::mem::take(&mut self.problems);
        let mut bound = Vec::with_capacity(types.len());
        let mut found = Vec::with_capacity(types.len());
        for ty in types {
            bound.push(bind(self, ty));
            found.push(std::mem::take(&mut self.problems));
        }
        self.problems = before;
        // In how many of the types a name, where it stands, is refused.
        let mut refused: HashMap<(String, String), usize> = HashMap::new();
        for problems in &found {
            let places: HashSet<_> = problems.iter().filter(|f| f.may_be_elsewhere()).map(Found::place).collect();
            for place in places {
                *refused.entry(place).or_default() += 1;
            }
        }
        let mut told = HashSet::new();
        for problem in found.into_iter().flatten() {
            let place = problem.place();
            let counts = !problem.may_be_elsewhere() || refused.get(&place) == Some(&types.len());
            if counts && told.insert(place) {
                self.problems.push(problem);
            }
        }
        bound
    }
}

impl Found {
    fn place(&self) -> (String, String) {
        (self.problem.parameter.clone(), self.name.clone())
    }

    /// Whether another target type may do without it.
    fn may_be_elsewhere(&self) -> bool {
        ELSEWHERE.contains(&self.problem.code)
    }
}

/// `` `a`, `b` or `c` ``
pub(super) fn quoted(words: &[&str], and: &str) -> String {
    let words: Vec<String> = words.iter().map(|w| format!("`{w}`")).collect();
    match words.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} {and} {last}", rest.join(", ")),
        None => String::new(),
    }
}
