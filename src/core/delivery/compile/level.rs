//! One level of population: everything that the documents of a level lead to, in one statement.

use super::sort::Key;
use super::{Compiler, Row, kept};
use masthead_model::Type;
use masthead_model::query::ast::{Filter, RelationRef, Sort, Window};
use masthead_store::{Engine, Statement};

/// Documents that something leads from.
pub(in super::super) struct Source<'a> {
    pub ty: &'a Type,
    /// `[[doc, locale], …]` as JSON; answers name them by their place in it, from 0.
    pub documents: String,
    /// The state they are seen in.
    pub state: i64,
}

/// What is populated of the documents of one source.
pub(in super::super) struct Step<'a> {
    /// Index among the sources.
    pub source: usize,
    pub kind: Related<'a>,
    pub arms: Vec<Arm<'a>>,
}

pub(in super::super) enum Related<'a> {
    Relation {
        relation: &'a RelationRef,
        window: Option<Window>,
    },
    /// The same document in its other locales.
    Localizations,
}

/// The target documents of one type.
pub(in super::super) struct Arm<'a> {
    /// How answers name it.
    pub number: usize,
    /// The state they are met in.
    pub state: i64,
    pub ty: &'a Type,
    pub filter: Option<&'a Filter>,
    pub sorts: &'a [Sort],
}

impl<'a> Compiler<'a> {
    /// `(arm, source document, rank, doc, locale, epoch, data)` of up to `limit` related documents.
    pub fn level(&self, sources: &[Source<'a>], steps: &[Step<'a>], limit: u64) -> Statement {
        let mut q = Statement::new("SELECT x.arm, x.i, x.n, x.doc, x.locale, d.epoch, d.data FROM (SELECT arm, i, n, ");
        q.push("doc, locale, live FROM (");
        for (i, step) in steps.iter().enumerate() {
            q.push(if i == 0 { "" } else { " UNION ALL " });
            self.step(&mut q, &sources[step.source], step);
        }
        q.push(") u LIMIT ").push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
        q.push(") x LEFT JOIN rendered d ON d.doc = x.doc AND d.locale = x.locale AND x.live = 1");
        kept(q)
    }

    fn step(&self, q: &mut Statement, source: &Source<'a>, step: &Step<'a>) {
        let window = match step.kind {
            Related::Relation { window, .. } => window,
            Related::Localizations => None,
        };
        let order = self.order_of(step);
        if order.is_none() && window.is_none() {
            for (i, arm) in step.arms.iter().enumerate() {
                q.push(if i == 0 { "" } else { " UNION ALL " });
                self.arm(q, source, step, arm, None);
            }
            return;
        }
        let order = order.unwrap_or_default();
        q.push("SELECT arm, i, n, doc, locale, live FROM (SELECT arm, i, doc, locale, live, ROW_NUMBER() OVER ");
        q.push("(PARTITION BY i ORDER BY ");
        for (i, key) in order.iter().enumerate() {
            q.push(&format!("k{i} {}, ", key.direction()));
        }
        if order.is_empty() && is_placed(step) {
            q.push("place ASC NULLS LAST, ");
        }
        q.push("n ASC, doc ASC) AS n FROM (");
        for (i, arm) in step.arms.iter().enumerate() {
            q.push(if i == 0 { "" } else { " UNION ALL " });
            self.arm(q, source, step, arm, Some(&order));
        }
        q.push(&format!(") {}) {}", self.alias("b"), self.alias("b")));
        if let Some(window) = window {
            let start = i64::try_from(window.start).unwrap_or(i64::MAX);
            q.push(" WHERE n > ").push_bind(start);
            q.push(" AND n <= ").push_bind(start.saturating_add(i64::from(window.limit)));
        }
    }

    /// The keys that targets are ordered by; none when it is the order of the relation itself.
    fn order_of(&self, step: &Step<'a>) -> Option<Vec<Key>> {
        let mut found: Option<Vec<Key>> = None;
        for arm in &step.arms {
            let keys = self.keys(arm.sorts, &self.row(arm.ty));
            match &mut found {
                None => found = Some(keys),
                Some(known) => {
                    for (key, other) in known.iter_mut().zip(keys) {
                        key.nullable |= other.nullable;
                        // Keys of different kinds compare as texts.
                        key.is_text |= other.is_text;
                    }
                }
            }
        }
        let keys = found.filter(|keys| !keys.is_empty());
        // The children of a tree have an order of their own.
        keys.or_else(|| is_placed(step).then(Vec::new))
    }

    fn arm(&self, q: &mut Statement, source: &Source<'a>, step: &Step<'a>, arm: &Arm<'a>, order: Option<&[Key]>) {
        let from = Row { alias: self.alias("s"), fixed: Some(source.state), ..self.row(source.ty) };
        let (edge, to) = (self.alias("r"), Row { fixed: Some(arm.state), ..self.row(arm.ty) });
        let live = arm.state;
        let rank = match step.kind {
            Related::Relation { relation: RelationRef::Own { .. }, .. } => format!("{edge}.ordinal"),
            _ => format!("{}.doc", to.alias),
        };
        q.push(&format!(
            "SELECT CAST({} AS BIGINT) AS arm, {}.i AS i, {rank} AS n, {t}.doc AS doc, {t}.locale AS locale, {live} AS \
             live",
            arm.number,
            from.alias,
            t = to.alias
        ));
        if let Some(order) = order {
            // The columns of a union have the types of its first part.
            let keys = self.keys(arm.sorts, &to);
            for (i, (key, common)) in keys.iter().zip(order).enumerate() {
                let value = if key.is_text == common.is_text { key.value.clone() } else { self.as_text(key) };
                q.push(", ").append(value).push(&format!(" AS k{i}"));
            }
            if order.is_empty() && is_placed(step) {
                q.push(&format!(", {}.position AS place", to.alias));
            }
        }
        q.push(" FROM ");
        self.documents(q, &from, &source.documents);
        match step.kind {
            Related::Relation { relation, .. } => {
                q.push(&format!(" CROSS JOIN ref {edge} CROSS JOIN {} WHERE ", to.table()));
                self.edge(q, relation, &edge, &from, &to);
            }
            Related::Localizations => {
                q.push(&format!(
                    " CROSS JOIN {} WHERE {t}.doc = {s}.doc AND {t}.state = {live} AND {t}.locale <> {s}.locale",
                    to.table(),
                    t = to.alias,
                    s = from.alias
                ));
                self.permitted(q, &to);
            }
        }
        if let Some(filter) = arm.filter {
            q.push(" AND ");
            self.filter(q, filter, &to, false);
        }
    }

    /// The bound documents as a table with the columns `i`, `doc` and `locale`.
    pub(super) fn documents(&self, q: &mut Statement, row: &Row<'_>, documents: &str) {
        match self.engine {
            Engine::Sqlite => {
                q.push("(SELECT key AS i, value ->> 0 AS doc, value ->> 1 AS locale FROM json_each(");
                q.push_bind(documents).push(&format!(")) {}", row.alias));
            }
            Engine::Postgres => {
                q.push("(SELECT o - 1 AS i, CAST(v ->> 0 AS BIGINT) AS doc, (v ->> 1) COLLATE \"C\" AS locale FROM ");
                q.push("jsonb_array_elements(CAST(").push_bind(documents);
                q.push(&format!(" AS jsonb)) WITH ORDINALITY AS e(v, o)) {}", row.alias));
            }
        }
    }
}

/// Whether documents come in the order of their positions: the other end of a relation from documents with an order.
fn is_placed(step: &Step<'_>) -> bool {
    let Related::Relation { relation: RelationRef::Inverse { field, .. }, .. } = step.kind else { return false };
    let has_order = |ty: &Type| ty.def.orderable || ty.parent.as_ref().is_some_and(|parent| parent.id == *field);
    step.arms.iter().all(|arm| has_order(arm.ty) && arm.sorts.is_empty()) && !step.arms.is_empty()
}
