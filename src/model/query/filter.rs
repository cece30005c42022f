//! Filters: `filters[title][$eq]=x` to comparisons of columns.

use super::ast::{ColumnRef, Filter, Op, System};
use super::bind::{Binder, MAX_NESTING, quoted};
use super::operator::{GROUPS, OPERATORS};
use super::problem::At;
use super::qs::Node;
use super::scope::{Named, Scope};
use super::value::{ValueType, boolean};
use crate::field::{Field, FieldType};
use crate::model::Type;

/// Most values of `$in` and `$notIn`.
const MAX_VALUES: usize = 500;

pub(super) type Entry = (String, Node);

impl<'m> Binder<'m> {
    /// The condition at a `filters` parameter; none when it is empty.
    pub fn filters(&mut self, scope: &Scope<'m>, node: &Node, at: At<'_>) -> Option<Filter> {
        match node {
            Node::Value(text) if text.is_empty() => None,
            _ => Some(self.group(scope, node, at, 0)),
        }
    }

    /// Whether the walk may go on, `depth` groups deep.
    pub fn enter(&mut self, at: At<'_>, depth: usize) -> bool {
        if depth > MAX_NESTING {
            self.refuse(at, "too_deep", format!("filters may be nested at most {MAX_NESTING} deep"));
        }
        depth <= MAX_NESTING && self.step(at)
    }

    /// A map of names and groups, all of which must hold.
    pub fn group(&mut self, scope: &Scope<'m>, node: &Node, at: At<'_>, depth: usize) -> Filter {
        match node {
            Node::Map(entries) => self.entries(scope, entries.iter(), at, depth),
            _ => {
                self.refuse(at, "invalid_filter", "a filter has the form `filters[field][$operator]=value`");
                Filter::NEVER
            }
        }
    }

    pub fn entries<'n>(
        &mut self,
        scope: &Scope<'m>,
        entries: impl Iterator<Item = &'n Entry>,
        at: At<'_>,
        depth: usize,
    ) -> Filter {
        let mut all = Vec::new();
        for (key, node) in entries {
            let at = at.key(key);
            if !self.enter(at, depth) {
                return Filter::NEVER;
            }
            all.push(match key.as_str() {
                word if GROUPS.contains(&word) => {
                    self.combine(word, node, at, |binder, node, at| binder.group(scope, node, at, depth + 1))
                }
                word if word.starts_with('$') => {
                    self.misplaced(word, at);
                    Filter::NEVER
                }
                name => self.by_name(scope, name, node, at, depth),
            });
        }
        Filter::all(all)
    }

    /// `$and`, `$or` and `$not` over whatever `part` reads.
    pub fn combine(
        &mut self,
        word: &str,
        node: &Node,
        at: At<'_>,
        mut part: impl FnMut(&mut Self, &Node, At<'_>) -> Filter,
    ) -> Filter {
        let parts: Vec<Filter> = match node {
            Node::List(items) => items.iter().enumerate().map(|(i, item)| part(self, item, at.index(i))).collect(),
            other => vec![part(self, other, at)],
        };
        match word {
            "$or" => Filter::any(parts),
            "$not" => Filter::all(parts).negated(),
            _ => Filter::all(parts),
        }
    }

    fn by_name(&mut self, scope: &Scope<'m>, name: &str, node: &Node, at: At<'_>, depth: usize) -> Filter {
        match self.named(scope, name) {
            None => {
                self.unknown_field(scope, name, at);
                Filter::NEVER
            }
            Some(Named::System(System::Locale)) => {
                self.refuse_name(at, "not_filterable", name, "the locale is chosen with the parameter `locale`");
                Filter::NEVER
            }
            Some(Named::System(system)) => {
                self.tests(&ColumnRef::System(system), ValueType::of_system(system), node, at, depth)
            }
            Some(Named::Inverse(inverse)) => self.inverse_filter(inverse, node, at, depth),
            Some(Named::Field(field)) => self.by_field(scope, field, node, at, depth),
        }
    }

    fn by_field(&mut self, scope: &Scope<'m>, field: &'m Field, node: &Node, at: At<'_>, depth: usize) -> Filter {
        if let Some(column) = scope.column(field) {
            return self.tests(&column, ValueType::of_field(field), node, at, depth);
        }
        match field.kind {
            FieldType::Relation => self.relation_filter(scope, field, node, at, depth),
            FieldType::Media => match self.presence(node, at) {
                Some(present) => present.of(Filter::Media { path: scope.path(field) }),
                None => {
                    self.refuse_name(
                        at,
                        "not_filterable",
                        &field.name,
                        "media can only be filtered by `$null` and `$notNull`",
                    );
                    Filter::NEVER
                }
            },
            FieldType::Component => match self.component(field) {
                Some(component) if field.repeatable => self.element(scope, field, component, node, at, depth),
                Some(component) => self.group(&scope.inside(field, component), node, at, depth + 1),
                None => Filter::NEVER,
            },
            FieldType::Blocks => self.blocks_filter(scope, field, node, at, depth),
            _ => {
                let message = format!("a field of type {} cannot be filtered", field.kind.word());
                self.refuse_name(at, "not_filterable", &field.name, message);
                Filter::NEVER
            }
        }
    }

    /// Some item of `component` in a list of them.
    fn element(
        &mut self,
        scope: &Scope<'m>,
        field: &Field,
        component: &'m Type,
        node: &Node,
        at: At<'_>,
        depth: usize,
    ) -> Filter {
        let inside = scope.inside(field, component);
        let path = inside.prefix.trim_end_matches('.').to_owned();
        match self.presence(node, at) {
            Some(present) => present.of(Filter::Element { path, inner: Box::new(Filter::All(Vec::new())) }),
            None => Filter::Element { path, inner: Box::new(self.group(&inside, node, at, depth + 1)) },
        }
    }

    /// `filters[sections][hero][title]`, also with `[on]` before the component.
    fn blocks_filter(&mut self, scope: &Scope<'m>, field: &Field, node: &Node, at: At<'_>, depth: usize) -> Filter {
        let components = self.components(field);
        if let Some(present) = self.presence(node, at) {
            let some = components.iter().map(|component| {
                let path = scope.inside(field, component).prefix.trim_end_matches('.').to_owned();
                Filter::Element { path, inner: Box::new(Filter::All(Vec::new())) }
            });
            return present.of(Filter::any(some.collect()));
        }
        let Node::Map(entries) = node else {
            self.refuse(at, "invalid_filter", "name a component first, as in `filters[sections][hero][title]`");
            return Filter::NEVER;
        };
        let mut all = Vec::new();
        for (key, node) in entries {
            let at = at.key(key);
            if !self.enter(at, depth + 1) {
                return Filter::NEVER;
            }
            match (components.iter().find(|c| c.def.singular == *key), node) {
                (Some(component), node) => all.push(self.element(scope, field, component, node, at, depth + 1)),
                (None, node @ Node::Map(_)) if key == "on" => {
                    all.push(self.blocks_filter(scope, field, node, at, depth + 1));
                }
                (None, _) => {
                    let known = components.iter().map(|c| c.def.singular.as_str());
                    self.unknown(at, "unknown_field", "component", key, known);
                }
            }
        }
        Filter::all(all)
    }

    /// The comparisons of one column.
    pub fn tests(&mut self, column: &ColumnRef, values: ValueType, node: &Node, at: At<'_>, depth: usize) -> Filter {
        if !self.enter(at, depth) {
            return Filter::NEVER;
        }
        let entries = match node {
            Node::Value(_) => return self.compare(column, values, Op::Eq, node, at),
            Node::List(_) => return self.compare(column, values, Op::In, node, at),
            Node::Map(entries) => entries,
        };
        let mut all = Vec::new();
        for (word, node) in entries {
            let at = at.key(word);
            all.push(match Op::parse(word) {
                Some(op) => self.compare(column, values, op, node, at),
                None if GROUPS.contains(&word.as_str()) => {
                    self.combine(word, node, at, |binder, node, at| binder.tests(column, values, node, at, depth + 1))
                }
                None => {
                    let known = OPERATORS.iter().map(|(word, _)| *word).chain(GROUPS);
                    self.unknown(at, "unknown_operator", "operator", word, known);
                    Filter::NEVER
                }
            });
        }
        Filter::all(all)
    }

    fn compare(&mut self, column: &ColumnRef, types: ValueType, op: Op, node: &Node, at: At<'_>) -> Filter {
        if !self.clause(at) {
            return Filter::NEVER;
        }
        let Some(op) = op.on(types) else {
            let usable: Vec<&str> =
                OPERATORS.iter().filter(|(_, op)| op.on(types) == Some(*op)).map(|(word, _)| *word).collect();
            let message = format!("`{}` does not apply to this field; use {}", op.word(), quoted(&usable, "or"));
            self.refuse(at, "operator_not_applicable", message);
            return Filter::NEVER;
        };
        if matches!(op, Op::Null | Op::NotNull) {
            return match self.presence_of(op, node, at) {
                Some(present) => absent_or_not(column, present),
                None => Filter::NEVER,
            };
        }
        let texts: Vec<&Node> = match node {
            Node::List(items) => items.iter().collect(),
            other => vec![other],
        };
        let most = match op {
            Op::In | Op::NotIn => MAX_VALUES,
            Op::Between => 2,
            _ => 1,
        };
        if texts.len() > most || (op == Op::Between && texts.len() < 2) {
            let message = match op {
                Op::Between => "`$between` takes two values".to_owned(),
                _ if most == 1 => format!("`{}` takes one value", op.word()),
                _ => format!("`{}` takes at most {most} values", op.word()),
            };
            self.refuse(at, "invalid_value", message);
            return Filter::NEVER;
        }
        let mut read = Vec::with_capacity(texts.len());
        for (i, node) in texts.iter().enumerate() {
            let at = if matches!(**node, Node::Value(_)) && texts.len() == 1 { at } else { at.index(i) };
            let value = match node {
                Node::Value(text) => types.read(op, text),
                _ => Err("a value, without further brackets".to_owned()),
            };
            match value {
                Ok(value) => read.push(value),
                Err(expected) => self.refuse(at, "invalid_value", format!("expected: {expected}")),
            }
        }
        let op = match op {
            Op::In | Op::NotIn => {
                read.sort_unstable();
                read.dedup();
                match (op, read.len()) {
                    (Op::In, 1) => Op::Eq,
                    (Op::NotIn, 1) => Op::Ne,
                    _ => op,
                }
            }
            _ => op,
        };
        Filter::Compare { column: column.clone(), op, values: read }
    }

    /// Whether `node` is nothing but `$null` or `$notNull`, and which.
    pub fn presence(&mut self, node: &Node, at: At<'_>) -> Option<Presence> {
        let Node::Map(entries) = node else { return None };
        let [(word, node)] = entries.as_slice() else {
            return None;
        };
        let op = Op::parse(word).filter(|op| matches!(op, Op::Null | Op::NotNull))?;
        let at = at.key(word);
        self.clause(at);
        // A wrong value was refused; what it stands for does not matter then.
        Some(self.presence_of(op, node, at).unwrap_or(Presence(true)))
    }

    /// `$null=true` and `$notNull=false` are one.
    fn presence_of(&mut self, op: Op, node: &Node, at: At<'_>) -> Option<Presence> {
        let asked = match node {
            Node::Value(text) => boolean(text),
            _ => None,
        };
        if asked.is_none() {
            self.refuse(at, "invalid_value", "expected: `true` or `false`");
        }
        asked.map(|asked| Presence(asked == (op == Op::NotNull)))
    }

    /// Refuses an operator where a field is to be named.
    pub fn misplaced(&mut self, word: &str, at: At<'_>) {
        if Op::parse(word).is_some() {
            self.refuse(at, "invalid_filter", format!("`{word}` needs a field before it"));
        } else {
            let known = OPERATORS.iter().map(|(word, _)| *word).chain(GROUPS);
            self.unknown(at, "unknown_operator", "operator", word, known);
        }
    }
}

/// Whether something is asked to be there.
#[derive(Clone, Copy)]
pub(super) struct Presence(bool);

impl Presence {
    /// `there`, or its opposite.
    pub fn of(self, there: Filter) -> Filter {
        if self.0 { there } else { there.negated() }
    }
}

fn absent_or_not(column: &ColumnRef, present: Presence) -> Filter {
    let compare = |op| Filter::Compare { column: column.clone(), op, values: Vec::new() };
    match column {
        ColumnRef::Child { .. } => present.of(compare(Op::NotNull)),
        _ => compare(if present.0 { Op::NotNull } else { Op::Null }),
    }
}
