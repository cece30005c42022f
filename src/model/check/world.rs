//! The model as it would be: the current types with the desired ones laid over them.

use super::schema::Schema;
use crate::content_type::{ContentType, Kind};
use crate::model::Model;
use std::collections::{BTreeMap, HashMap};

/// A relation: its type and field id.
type Source<'a> = (&'a ContentType, &'a str);

pub(crate) struct World<'a> {
    pub model: &'a Model,
    pub desired: &'a Schema,
    types: BTreeMap<&'a str, (&'a ContentType, Option<usize>)>,
    /// Relations by target and inverse name.
    inverses: HashMap<&'a str, HashMap<&'a str, Vec<Source<'a>>>>,
}

impl<'a> World<'a> {
    pub fn new(model: &'a Model, desired: &'a Schema, prune: bool) -> Self {
        let mut types = BTreeMap::new();
        if !prune {
            types.extend(model.types().map(|t| (t.id(), (&t.def, None))));
        }
        types.extend(desired.types.iter().enumerate().map(|(index, def)| (def.id.as_str(), (def, Some(index)))));
        let mut inverses: HashMap<&str, HashMap<&str, Vec<_>>> = HashMap::new();
        for (def, _) in types.values() {
            for field in &def.fields {
                let Some(name) = field.inverse.as_deref() else { continue };
                for target in &field.targets {
                    inverses
                        .entry(target.as_str())
                        .or_default()
                        .entry(name)
                        .or_default()
                        .push((*def, field.id.as_str()));
                }
            }
        }
        Self { model, desired, types, inverses }
    }

    pub fn get(&self, id: &str) -> Option<&'a ContentType> {
        self.types.get(id).map(|(def, _)| *def)
    }

    /// All types and components, each with its place in the desired tree if it is mentioned there.
    pub fn types(&self) -> impl Iterator<Item = (&'a ContentType, Option<usize>)> {
        self.types.values().copied()
    }

    pub fn len(&self) -> usize {
        self.types.len()
    }

    /// The ids of those that are components, or of those that are not.
    pub fn ids(&self, components: bool) -> impl Iterator<Item = &'a str> {
        self.types().filter(move |(def, _)| (def.kind == Kind::Component) == components).map(|(def, _)| def.id.as_str())
    }

    /// The relations that the type `target` sees under the name `inverse`.
    pub fn inverses(&self, target: &str, inverse: &str) -> &[Source<'a>] {
        self.inverses.get(target).and_then(|by_name| by_name.get(inverse)).map_or(&[], Vec::as_slice)
    }
}
