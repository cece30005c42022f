//! Filters across relations, from either end.

use super::ast::{ColumnRef, Filter, Op, RelationRef, System, Target};
use super::bind::Binder;
use super::filter::Entry;
use super::problem::At;
use super::qs::Node;
use super::scope::{Scope, is_nothing};
use super::value::ValueType;
use crate::field::Field;
use crate::ids::is_document_id;
use crate::model::{Inverse, Type};

/// Operators that a relation itself takes: they compare ids.
const BY_ID: [&str; 4] = ["$eq", "$ne", "$in", "$notIn"];

impl<'m> Binder<'m> {
    pub fn relation_filter(
        &mut self,
        scope: &Scope<'m>,
        field: &Field,
        node: &Node,
        at: At<'_>,
        depth: usize,
    ) -> Filter {
        let targets = self.targets(field);
        self.across(&scope.relation(field), &targets, node, at, depth)
    }

    pub fn inverse_filter(&mut self, inverse: &Inverse, node: &Node, at: At<'_>, depth: usize) -> Filter {
        let targets = self.targets_of_inverse(inverse);
        let relation = RelationRef::Inverse { source: inverse.source.clone(), field: inverse.field.clone() };
        self.across(&relation, &targets, node, at, depth)
    }

    fn across(
        &mut self,
        relation: &RelationRef,
        targets: &[&'m Type],
        node: &Node,
        at: At<'_>,
        depth: usize,
    ) -> Filter {
        if let Some(there) = self.presence_or_id(relation, targets, node, at) {
            return there;
        }
        let Node::Map(entries) = node else {
            return self.some_target(relation, targets, |binder, _| binder.ids(Op::In, node, at));
        };
        let (presence, rest): (Vec<&Entry>, Vec<&Entry>) =
            entries.iter().partition(|(key, _)| key == "$null" || key == "$notNull");
        let mut all = Vec::new();
        for entry in presence {
            let alone = Node::Map(vec![entry.clone()]);
            all.extend(self.presence_or_id(relation, targets, &alone, at));
        }
        if !rest.is_empty() {
            all.push(self.some_target(relation, targets, |binder, ty| {
                binder.related(&Scope::document(ty), &rest, at, depth + 1)
            }));
        }
        Filter::all(all)
    }

    /// `[$null]`, and `[id][$null]`, which in a join of tables is the same.
    fn presence_or_id(
        &mut self,
        relation: &RelationRef,
        targets: &[&'m Type],
        node: &Node,
        at: At<'_>,
    ) -> Option<Filter> {
        let Node::Map(entries) = node else { return None };
        let [(key, inner)] = entries.as_slice() else {
            return None;
        };
        let present = match key.as_str() {
            "id" | "documentId" => self.presence(inner, at.key(key))?,
            _ => self.presence(node, at)?,
        };
        Some(present.of(self.reference(relation, targets, targets.iter().map(|_| None).collect())))
    }

    fn some_target(
        &mut self,
        relation: &RelationRef,
        targets: &[&'m Type],
        bind: impl FnMut(&mut Self, &'m Type) -> Filter,
    ) -> Filter {
        let filters = self.per_type(targets, bind);
        self.reference(relation, targets, filters.into_iter().map(Some).collect())
    }

    fn reference(&self, relation: &RelationRef, targets: &[&'m Type], filters: Vec<Option<Filter>>) -> Filter {
        let targets = targets
            .iter()
            .zip(filters)
            .filter(|(ty, _)| !is_nothing(ty))
            .map(|(ty, filter)| Target { type_id: ty.id().to_owned(), filter })
            .collect();
        Filter::Relation { relation: relation.clone(), targets }
    }

    /// What one related document must meet: names and groups as anywhere, and comparisons of its id.
    fn related(&mut self, scope: &Scope<'m>, entries: &[&Entry], at: At<'_>, depth: usize) -> Filter {
        let (by_id, named): (Vec<&Entry>, Vec<&Entry>) =
            entries.iter().partition(|(key, _)| BY_ID.contains(&key.as_str()));
        let mut all = Vec::new();
        for (word, node) in by_id {
            if let Some(op) = Op::parse(word) {
                all.push(self.ids(op, node, at.key(word)));
            }
        }
        if !named.is_empty() {
            all.push(self.entries(scope, named.into_iter(), at, depth));
        }
        Filter::all(all)
    }

    /// Comparisons of document ids and of public numbers, whichever was written.
    fn ids(&mut self, op: Op, node: &Node, at: At<'_>) -> Filter {
        let items: Vec<Node> = match node {
            Node::List(items) => items.clone(),
            other => vec![other.clone()],
        };
        let is_number = |node: &Node| matches!(node, Node::Value(t) if t.parse::<i64>().is_ok() && !is_document_id(t));
        let (numbers, words): (Vec<Node>, Vec<Node>) = items.into_iter().partition(is_number);
        let (op, negative) = match op {
            Op::Ne | Op::NotIn => (Op::NotIn.word(), true),
            _ => (Op::In.word(), false),
        };
        let mut parts = Vec::new();
        for (system, values) in [(System::Id, numbers), (System::DocumentId, words)] {
            if !values.is_empty() {
                let test = Node::Map(vec![(op.to_owned(), Node::List(values))]);
                let column = ColumnRef::System(system);
                // The operator was not written as it stands in `test`: problems are told of what was written.
                let found = self.problems.len();
                parts.push(self.tests(&column, ValueType::of_system(system), &test, at, 0));
                for found in &mut self.problems[found..] {
                    found.problem.parameter = at.to_string();
                }
            }
        }
        if negative { Filter::all(parts) } else { Filter::any(parts) }
    }
}
