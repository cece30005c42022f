//! Which fields are delivered: `fields=title,slug`.

use super::ast::{FieldRef, Selection, System};
use super::bind::Binder;
use super::problem::At;
use super::qs::Node;
use super::scope::{Named, Scope, all_system};

impl<'m> Binder<'m> {
    /// The selection at a `fields` parameter, nothing populated yet.
    pub fn selected(&mut self, scope: &Scope<'m>, asked: Option<(&Node, At<'_>)>) -> Selection {
        let all: Vec<System> = all_system().filter(|s| scope.is_document() && self.has_system(scope.ty, *s)).collect();
        let mut names = Vec::new();
        let mut given = false;
        if let Some((node, at)) = asked {
            self.words(node, at, &mut |binder, name, at| {
                given = true;
                names.extend(binder.selectable(scope, name, at));
            });
        }
        if !given || names.iter().any(|n| matches!(n, Wish::All)) {
            return Selection { fields: None, system: all, populate: Vec::new() };
        }
        let wished = |id: &str| names.iter().any(|n| matches!(n, Wish::Field(field) if *field == id));
        let fields = self
            .fields(scope)
            .filter(|f| wished(&f.id))
            .map(|f| FieldRef { id: f.id.clone(), name: f.name.clone() })
            .collect();
        let always = |s: &System| matches!(s, System::Id | System::DocumentId);
        let system = all.into_iter().filter(|s| always(s) || names.contains(&Wish::System(*s))).collect();
        Selection { fields: Some(fields), system, populate: Vec::new() }
    }

    fn selectable(&mut self, scope: &Scope<'m>, name: &str, at: At<'_>) -> Option<Wish<'m>> {
        if name == "*" {
            return Some(Wish::All);
        }
        match self.named(scope, name) {
            Some(Named::System(system)) => Some(Wish::System(system)),
            Some(Named::Field(field)) if !field.kind.is_populated() => Some(Wish::Field(&field.id)),
            Some(_) => {
                let message = format!("`{name}` is delivered by `populate`, not by `fields`");
                self.refuse_name(at, "not_selectable", name, message);
                None
            }
            // The id of a component's item, always there.
            None if name == "id" => Some(Wish::System(System::Id)),
            None => {
                self.unknown_field(scope, name, at);
                None
            }
        }
    }

    /// The words of a comma list, or of a list of them; empty ones are skipped.
    pub fn words<'n>(&mut self, node: &'n Node, at: At<'_>, each: &mut dyn FnMut(&mut Self, &'n str, At<'_>)) {
        let mut list = |binder: &mut Self, text: &'n str, at: At<'_>| {
            for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
                if binder.step(at) {
                    each(binder, word, at);
                }
            }
        };
        match node {
            Node::Value(text) => list(self, text, at),
            Node::List(items) => {
                for (i, item) in items.iter().enumerate() {
                    match item {
                        Node::Value(text) => list(self, text, at.index(i)),
                        _ => self.refuse(at.index(i), "invalid_value", "expected: a name"),
                    }
                }
            }
            Node::Map(_) => self.refuse(at, "invalid_value", "expected: a name or a list of names"),
        }
    }
}

#[derive(PartialEq)]
enum Wish<'m> {
    All,
    System(System),
    Field(&'m str),
}
