//! Orders: `sort=title:desc`, `-title`, lists, and paths across to-one relations and single components.

use super::ast::{ColumnRef, Hop, Sort, System};
use super::bind::Binder;
use super::problem::At;
use super::qs::Node;
use super::scope::{Named, Scope, is_nothing};
use crate::field::{Field, FieldType};
use crate::model::Type;

/// Most keys of one order.
const MAX_KEYS: usize = 10;
/// Most names of one path.
const MAX_STEPS: usize = 10;

impl<'m> Binder<'m> {
    /// The order at a `sort` parameter; a column that is named again counts once.
    pub fn sorts(&mut self, ty: &'m Type, node: &Node, at: At<'_>) -> Vec<Sort> {
        let mut keys = Vec::new();
        self.sort_node(ty, node, at, &mut Vec::new(), &mut keys);
        let mut sorts: Vec<Sort> = Vec::new();
        for key in keys {
            if !sorts.iter().any(|s| s.column == key.column && s.via == key.via) {
                sorts.push(key);
            }
        }
        if sorts.len() > MAX_KEYS {
            self.refuse(at, "too_many", format!("at most {MAX_KEYS} keys to sort by"));
        }
        sorts
    }

    fn sort_node<'n>(
        &mut self,
        ty: &'m Type,
        node: &'n Node,
        at: At<'_>,
        path: &mut Vec<&'n str>,
        keys: &mut Vec<Sort>,
    ) {
        if !self.step(at) {
            return;
        }
        match node {
            // Behind a path (`sort[author][name]=asc`) there is only the direction left to say.
            Node::Value(direction) if !path.is_empty() => {
                if let Some(descending) = self.direction(direction, at) {
                    keys.extend(self.sort_key(ty, path, descending, at));
                }
            }
            Node::Value(text) => {
                for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
                    let (name, descending) = match (word.strip_prefix('-'), word.split_once(':')) {
                        (Some(name), _) => (name, Some(true)),
                        (None, Some((name, direction))) => (name, self.direction(direction, at)),
                        (None, None) => (word, Some(false)),
                    };
                    let names: Vec<&str> = name.split('.').take(MAX_STEPS + 1).collect();
                    if let Some(descending) = descending {
                        keys.extend(self.sort_key(ty, &names, descending, at));
                    }
                }
            }
            Node::List(items) if path.is_empty() => {
                for (i, item) in items.iter().enumerate() {
                    self.sort_node(ty, item, at.index(i), path, keys);
                }
            }
            Node::Map(entries) => {
                for (name, inner) in entries {
                    path.push(name);
                    self.sort_node(ty, inner, at.key(name), path, keys);
                    path.pop();
                }
            }
            Node::List(_) => self.refuse(at, "invalid_value", "expected: `asc` or `desc`"),
        }
    }

    fn direction(&mut self, word: &str, at: At<'_>) -> Option<bool> {
        let descending = match word {
            _ if word.eq_ignore_ascii_case("asc") => Some(false),
            _ if word.eq_ignore_ascii_case("desc") => Some(true),
            _ => None,
        };
        if descending.is_none() {
            self.refuse(at, "invalid_value", "the direction to sort in is `asc` or `desc`");
        }
        descending
    }

    /// None, too, for an order across a relation whose targets the caller does not see: all are equal then.
    fn sort_key(&mut self, ty: &'m Type, names: &[&str], descending: bool, at: At<'_>) -> Option<Sort> {
        if names.len() > MAX_STEPS {
            self.refuse(at, "too_deep", format!("a path to sort by has at most {MAX_STEPS} names"));
            return None;
        }
        let mut scope = Scope::document(ty);
        let mut via = Vec::new();
        let mut seen = true;
        for (i, name) in names.iter().enumerate() {
            if !self.step(at) {
                return None;
            }
            let last = i + 1 == names.len();
            let Some(named) = self.named(&scope, name) else {
                self.unknown_field(&scope, name, at);
                return None;
            };
            match named {
                Named::System(system) if last && system != System::Locale => {
                    let column = ColumnRef::System(system);
                    return seen.then_some(Sort { via, column, descending });
                }
                Named::Field(field) if last => {
                    return match scope.column(field) {
                        Some(column @ ColumnRef::Column { .. }) => seen.then_some(Sort { via, column, descending }),
                        _ => self.not_sortable(field, at),
                    };
                }
                Named::Field(field) if field.kind == FieldType::Component && !field.repeatable => {
                    scope = scope.inside(field, self.component(field)?);
                }
                Named::Field(field) if field.kind == FieldType::Relation && !field.many => {
                    let targets = self.targets(field);
                    let [target] = targets.as_slice() else {
                        return self.not_sortable(field, at);
                    };
                    seen &= !is_nothing(target);
                    via.push(Hop { path: scope.path(field), target: target.id().to_owned() });
                    scope = Scope::document(target);
                }
                Named::Field(field) => return self.not_sortable(field, at),
                Named::System(_) | Named::Inverse(_) => {
                    let message = format!("`{name}` cannot be sorted by; it is no single value of the document");
                    self.refuse(at, "not_sortable", message);
                    return None;
                }
            }
        }
        None
    }

    fn not_sortable(&mut self, field: &Field, at: At<'_>) -> Option<Sort> {
        let why = match field.kind {
            FieldType::Relation if field.many => "it may lead to several documents",
            FieldType::Relation if self.targets(field).len() > 1 => "it may lead to several types",
            FieldType::Relation | FieldType::Component if !field.is_list() => "name a field behind it, as in `a.b`",
            _ if field.is_list() => "it may have several values",
            _ => "it has no value with an order, or stands too deep",
        };
        self.refuse(at, "not_sortable", format!("`{}` cannot be sorted by: {why}", field.name));
        None
    }
}
