//! Population: the names that `populate` asks for, to relations, components, blocks and media with what they deliver.

use super::ast::{FieldRef, MEDIA_FIELDS, Populate, RelationRef, Selection, SubQuery};
use super::bind::Binder;
use super::page::WINDOW;
use super::problem::At;
use super::qs::Node;
use super::scope::{Named, Scope, is_nothing};
use super::wanted::Wanted;
use crate::field::{Field, FieldType};
use crate::model::Type;
use std::collections::BTreeMap;

/// The other locales of a document.
const LOCALIZATIONS: &str = "localizations";

impl<'m> Binder<'m> {
    /// What is delivered in `scope`, population included. `level` counts from 1.
    pub fn selection(
        &mut self,
        scope: &Scope<'m>,
        fields: Option<(&Node, &str)>,
        wanted: &Wanted<'_>,
        level: usize,
    ) -> Selection {
        let mut selection = self.selected(scope, fields.map(|(node, parameter)| (node, At::root(parameter))));
        let mut populate = BTreeMap::new();
        if wanted.all {
            let here = Wanted { parameter: wanted.parameter.clone(), ..Wanted::default() };
            for name in self.populated_names(scope) {
                if !wanted.entries.iter().any(|(asked, _)| *asked == name) {
                    populate.extend(self.populate(scope, name, &here, level).map(|p| (name.to_owned(), p)));
                }
            }
        }
        for (name, entry) in &wanted.entries {
            populate.extend(self.populate(scope, name, entry, level).map(|p| ((*name).to_owned(), p)));
        }
        selection.populate = populate.into_values().collect();
        selection
    }

    /// Everything that `*` stands for.
    fn populated_names(&self, scope: &Scope<'m>) -> Vec<&'m str> {
        let fields = self.fields(scope).filter(|f| f.kind.is_populated()).map(|f| f.name.as_str());
        let inverses = self.inverses(scope).map(|i| i.name.as_str());
        let mut names: Vec<&str> = fields.chain(inverses).collect();
        if scope.is_document() && scope.ty.localized {
            names.push(LOCALIZATIONS);
        }
        names
    }

    fn populate(&mut self, scope: &Scope<'m>, name: &str, entry: &Wanted<'_>, level: usize) -> Option<Populate> {
        let parameter = entry.parameter.clone();
        let at = At::root(&parameter);
        if !self.step(at) || !self.populated(at) {
            return None;
        }
        match self.named(scope, name) {
            None if name == LOCALIZATIONS && scope.is_document() => {
                self.known_options(entry, &["fields"]);
                self.refuse_deeper(entry);
                let selection = self.selected(scope, entry.option("fields").map(|(n, at)| (n, At::root(at))));
                Some(Populate::Localizations(Box::new(selection)))
            }
            None => {
                self.unknown_field(scope, name, at);
                None
            }
            Some(Named::Inverse(inverse)) => {
                let relation = RelationRef::Inverse { source: inverse.source.clone(), field: inverse.field.clone() };
                let targets = self.targets_of_inverse(inverse);
                Some(self.populate_relation(&inverse.name, relation, &targets, entry, level))
            }
            Some(Named::Field(field)) => self.populate_field(scope, field, entry, level),
            Some(Named::System(_)) => self.not_populatable(name, at),
        }
    }

    fn populate_field(
        &mut self,
        scope: &Scope<'m>,
        field: &'m Field,
        entry: &Wanted<'_>,
        level: usize,
    ) -> Option<Populate> {
        match field.kind {
            FieldType::Relation => {
                let targets = self.targets(field);
                Some(self.populate_relation(&field.name, scope.relation(field), &targets, entry, level))
            }
            FieldType::Media => Some(self.populate_media(scope, field, entry)),
            FieldType::Component => {
                self.known_options(entry, &["fields", "populate"]);
                let inside = scope.inside(field, self.component(field)?);
                let selection = Box::new(self.selection(&inside, entry.option("fields"), entry, level + 1));
                Some(Populate::Component { field: field_ref(field), selection })
            }
            FieldType::Blocks => Some(self.populate_blocks(scope, field, entry, level)),
            _ => self.not_populatable(&field.name, At::root(&entry.parameter)),
        }
    }

    fn populate_relation(
        &mut self,
        name: &str,
        relation: RelationRef,
        targets: &[&'m Type],
        entry: &Wanted<'_>,
        level: usize,
    ) -> Populate {
        let known = [&["fields", "filters", "sort", "populate", "pagination"], WINDOW.as_slice()].concat();
        self.known_options(entry, &known);
        let window = self.window(entry);
        // An order across several types needs a column in each of them.
        let before = self.problems.len();
        let mut sorts = Vec::new();
        for ty in targets {
            let sort = entry.option("sort").map(|(node, at)| self.sorts(ty, node, At::root(at)));
            sorts.push(sort.unwrap_or_default());
            if self.problems.len() > before {
                break;
            }
        }
        let bound = self.per_type(targets, |binder, ty| {
            let scope = Scope::document(ty);
            let filters = entry.option("filters");
            let filter = filters.and_then(|(node, at)| binder.filters(&scope, node, At::root(at)));
            (filter, binder.selection(&scope, entry.option("fields"), entry, level + 1))
        });
        let targets = targets
            .iter()
            .zip(bound)
            .zip(sorts)
            .filter(|((ty, _), _)| !is_nothing(ty))
            .map(|((ty, (filter, selection)), sort)| SubQuery { type_id: ty.id().to_owned(), filter, sort, selection })
            .collect();
        Populate::Relation { name: name.to_owned(), relation, window, targets }
    }

    fn populate_blocks(&mut self, scope: &Scope<'m>, field: &'m Field, entry: &Wanted<'_>, level: usize) -> Populate {
        self.known_options(entry, &["on", "fields", "populate"]);
        let components = self.components(field);
        let on = match entry.option("on") {
            Some((node, at)) => {
                if entry.all || !entry.entries.is_empty() || entry.option("fields").is_some() {
                    let message = "give `populate` and `fields` behind each component of `on`, or without `on`";
                    self.refuse(At::root(at), "conflict", message);
                }
                self.populate_on(scope, field, &components, node, At::root(at), level)
            }
            None => {
                let selections = self.per_type(&components, |binder, component| {
                    let inside = scope.inside(field, component);
                    binder.selection(&inside, entry.option("fields"), entry, level + 1)
                });
                components.iter().map(|c| c.id().to_owned()).zip(selections).collect()
            }
        };
        Populate::Blocks { field: field_ref(field), on }
    }

    /// `populate[sections][on][hero]…`, in the order of the field's components.
    fn populate_on(
        &mut self,
        scope: &Scope<'m>,
        field: &'m Field,
        components: &[&'m Type],
        node: &Node,
        at: At<'_>,
        level: usize,
    ) -> Vec<(String, Selection)> {
        let Node::Map(entries) = node else {
            self.refuse(at, "invalid_value", "name components, as in `populate[sections][on][hero]=true`");
            return Vec::new();
        };
        let mut on = Vec::new();
        for (name, node) in entries {
            let at = at.key(name);
            let Some(place) = components.iter().position(|c| c.def.singular == *name) else {
                self.unknown(at, "unknown_field", "component", name, components.iter().map(|c| &*c.def.singular));
                continue;
            };
            let mut wanted = Wanted { parameter: at.to_string(), ..Wanted::default() };
            match node {
                Node::Map(options) => self.options(options, at, level, &mut wanted),
                Node::Value(text) if matches!(text.as_str(), "true" | "*" | "1" | "t" | "") => {}
                Node::Value(text) if matches!(text.as_str(), "false" | "0" | "f") => continue,
                _ => self.refuse(at, "invalid_value", "expected: `true`, `*`, or options in brackets"),
            }
            self.known_options(&wanted, &["fields", "populate"]);
            let inside = scope.inside(field, components[place]);
            let selection = self.selection(&inside, wanted.option("fields"), &wanted, level + 1);
            on.push((place, (components[place].id().to_owned(), selection)));
        }
        on.sort_by_key(|(place, _)| *place);
        on.into_iter().map(|(_, selected)| selected).collect()
    }

    fn populate_media(&mut self, scope: &Scope<'m>, field: &Field, entry: &Wanted<'_>) -> Populate {
        self.known_options(entry, &["fields"]);
        self.refuse_deeper(entry);
        let mut asked = Vec::new();
        if let Some((node, at)) = entry.option("fields") {
            self.words(node, At::root(at), &mut |binder, name, at| match MEDIA_FIELDS.iter().find(|f| **f == name) {
                Some(known) => asked.push(*known),
                None if name == "*" => asked.extend(MEDIA_FIELDS),
                None => binder.unknown(at, "unknown_field", "field", name, MEDIA_FIELDS),
            });
        }
        let wished = |name: &&str| matches!(*name, "id" | "documentId") || asked.contains(name);
        let fields: Vec<&'static str> = MEDIA_FIELDS.into_iter().filter(wished).collect();
        let fields = Some(fields).filter(|f| !asked.is_empty() && f.len() < MEDIA_FIELDS.len());
        Populate::Media { field: field_ref(field), path: scope.path(field), many: field.many, fields }
    }

    /// Nothing but `*`, which adds nothing, may be populated inside this entry.
    fn refuse_deeper(&mut self, entry: &Wanted<'_>) {
        for (name, deeper) in &entry.entries {
            self.unknown(At::root(&deeper.parameter), "unknown_field", "field", name, []);
        }
    }

    fn known_options(&mut self, entry: &Wanted<'_>, known: &[&str]) {
        for (name, _, parameter) in &entry.options {
            if !known.contains(name) {
                self.unknown(At::root(parameter), "unknown_parameter", "option", name, known.iter().copied());
            }
        }
    }

    fn not_populatable(&mut self, name: &str, at: At<'_>) -> Option<Populate> {
        let message = format!("`{name}` needs no `populate`: it is among the fields");
        self.refuse_name(at, "not_populatable", name, message);
        None
    }
}

fn field_ref(field: &Field) -> FieldRef {
    FieldRef { id: field.id.clone(), name: field.name.clone() }
}
