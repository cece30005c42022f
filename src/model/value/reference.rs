//! Resolve one reference, in whichever form it was written.

use super::input::{Found, Reference, Target};
use super::merge::Merger;
use super::relation::Missing;
use super::scalar;
use crate::close::{brief, hint};
use crate::field::{Field, FieldType};
use crate::ids::DocumentId;
use crate::model::Type;
use crate::problem::pointer_to;
use serde_json::{Map, Value};
use std::collections::HashSet;

/// Members of a reference that do not say which document is meant.
const QUALIFIERS: [&str; 3] = ["type", "locale", "position"];

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Resolved {
    Found(Target),
    /// A document id that already stands in the relation: not looked up again, so that a draft whose target was
    /// erased in the meantime can still be saved.
    Stored(String),
    Waiting {
        reference: Reference,
        targets: Vec<String>,
    },
}

/// Where and in what to look.
#[derive(Clone, Copy)]
pub(super) struct Scope<'s> {
    /// Ids of the types that a target may be of.
    pub targets: &'s [String],
    /// Document ids that the relation holds already.
    pub stored: &'s HashSet<&'s str>,
    pub missing: Missing,
}

impl<'a> Merger<'a> {
    /// The document that `given` means; none with a problem, or without one where a missing target is ignored.
    pub fn reference(&mut self, scope: Scope, given: &Value, pointer: &str) -> Option<Resolved> {
        match given {
            Value::String(text) => self.by_id(scope, text, pointer),
            Value::Number(number) => match number.as_i64() {
                Some(number) => self.find(scope, scope.targets, Reference::Number(number), pointer),
                None => self.not_a_reference(scope, pointer),
            },
            Value::Object(map) => match map.get("documentId").or(map.get("id")) {
                Some(id @ (Value::String(_) | Value::Number(_))) => self.reference(scope, id, pointer),
                Some(_) => self.not_a_reference(scope, pointer),
                None => self.by_unique(scope, map, pointer),
            },
            _ => self.not_a_reference(scope, pointer),
        }
    }

    fn by_id(&mut self, scope: Scope, text: &str, pointer: &str) -> Option<Resolved> {
        match DocumentId::parse(text) {
            Ok(id) if scope.stored.contains(id.as_str()) => Some(Resolved::Stored(id.into())),
            Ok(id) => self.find(scope, scope.targets, Reference::Document(id), pointer),
            Err(_) => self.not_a_reference(scope, pointer),
        }
    }

    /// `{"slug": "x"}`, with `type` where several targets have such a field, and with `locale` where it is localized.
    fn by_unique(&mut self, scope: Scope, map: &Map<String, Value>, pointer: &str) -> Option<Resolved> {
        let mut keys = map.iter().filter(|(name, _)| !QUALIFIERS.contains(&name.as_str()));
        let (Some((name, value)), None) = (keys.next(), keys.next()) else {
            return self.not_a_reference(scope, pointer);
        };
        let candidates = self.candidates(scope, map, name, pointer)?;
        let locale = map.get("locale").and_then(Value::as_str);
        let mut waiting: Vec<(String, Reference)> = Vec::new();
        let mut is_wrong = false;
        for (target, field) in candidates {
            let Some(value) = scalar::normalise(field, value, &pointer_to(pointer, name), &mut self.problems) else {
                if value.is_null() {
                    self.not_a_reference(scope, pointer);
                }
                return None;
            };
            let reference = Reference::Unique {
                type_id: Some(target.id().to_owned()),
                field: field.id.clone(),
                value,
                locale: locale.map(str::to_owned),
            };
            match self.lookup.find(&[target.id().to_owned()], &reference) {
                Found::One(target) => return Some(Resolved::Found(target)),
                Found::None => waiting.push((target.id().to_owned(), reference)),
                Found::Wrong => is_wrong = true,
            }
        }
        if is_wrong {
            return self.wrong_type(scope, pointer);
        }
        self.missing(scope, combine(waiting), pointer)
    }

    /// The types and fields that `{name: …}` can mean; none with a problem.
    fn candidates(
        &mut self,
        scope: Scope,
        map: &Map<String, Value>,
        name: &str,
        pointer: &str,
    ) -> Option<Vec<(&'a Type, &'a Field)>> {
        let model = self.model;
        let mut targets: Vec<&'a Type> =
            scope.targets.iter().filter_map(|id| model.get(id)).map(AsRef::as_ref).collect();
        if let Some(word) = map.get("type") {
            let meant = word.as_str().and_then(|word| model.find(word)).map(|ty| ty.id());
            targets.retain(|ty| Some(ty.id()) == meant);
            if targets.is_empty() {
                let message = format!("this relation points at {}", self.target_names(scope.targets));
                self.problems.add(pointer_to(pointer, "type"), "wrong_type", message);
                return None;
            }
        }
        let is_key =
            |f: &&Field| (f.unique || f.kind == FieldType::Slug) && !f.private && f.kind != FieldType::Relation;
        let candidates: Vec<_> =
            targets.iter().filter_map(|ty| Some((*ty, ty.def.field_named(name).filter(is_key)?))).collect();
        if candidates.is_empty() {
            let keys = targets.iter().flat_map(|ty| ty.def.fields.iter().filter(is_key)).map(|f| f.name.as_str());
            let message = format!(
                "{} has no unique field `{}`{}",
                self.target_names(scope.targets),
                brief(name),
                hint(name, keys)
            );
            self.problems.add(pointer_to(pointer, name), "unknown_field", message);
            return None;
        }
        Some(candidates)
    }

    fn find(&mut self, scope: Scope, targets: &[String], reference: Reference, pointer: &str) -> Option<Resolved> {
        match self.lookup.find(targets, &reference) {
            Found::One(target) => Some(Resolved::Found(target)),
            Found::Wrong => self.wrong_type(scope, pointer),
            // The integer id belongs to one site: nothing that is imported later can take it.
            Found::None if matches!(reference, Reference::Number(_)) => self.missing(scope, None, pointer),
            Found::None => self.missing(scope, Some((targets.to_vec(), reference)), pointer),
        }
    }

    fn missing(&mut self, scope: Scope, waiting: Option<(Vec<String>, Reference)>, pointer: &str) -> Option<Resolved> {
        match (scope.missing, waiting) {
            (Missing::Waits, Some((targets, reference))) => return Some(Resolved::Waiting { reference, targets }),
            (Missing::Ignored, _) => {}
            _ => {
                let message = format!("there is no such {}", self.target_names(scope.targets));
                self.problems.add(pointer, "not_found", message);
            }
        }
        None
    }

    fn wrong_type(&mut self, scope: Scope, pointer: &str) -> Option<Resolved> {
        if scope.missing != Missing::Ignored {
            let message = format!(
                "this document is of another type; the relation points at {}",
                self.target_names(scope.targets)
            );
            self.problems.add(pointer, "wrong_type", message);
        }
        None
    }

    fn not_a_reference(&mut self, scope: Scope, pointer: &str) -> Option<Resolved> {
        let message = format!(
            "name a document ({}) by its documentId, its id, or a unique field such as {{\"slug\": \"x\"}}",
            self.target_names(scope.targets)
        );
        self.problems.add(pointer, "reference", message);
        None
    }

    fn target_names(&self, targets: &[String]) -> String {
        let names = targets.iter().map(|id| self.model.get(id).map_or(id.as_str(), |ty| ty.def.singular.as_str()));
        names.collect::<Vec<_>>().join(" or ")
    }
}

/// One reference for all types that lack the target: they agree on the field's id, or the first type is meant.
fn combine(waiting: Vec<(String, Reference)>) -> Option<(Vec<String>, Reference)> {
    let key = |reference: &Reference| match reference {
        Reference::Unique { field, value, .. } => Some((field.clone(), value.clone())),
        _ => None,
    };
    let mut first = waiting.first()?.1.clone();
    let agreeing: Vec<String> =
        waiting.iter().filter(|(_, other)| key(other) == key(&first)).map(|(target, _)| target.clone()).collect();
    if let (true, Reference::Unique { type_id, .. }) = (agreeing.len() > 1, &mut first) {
        *type_id = None;
    }
    Some((agreeing, first))
}
