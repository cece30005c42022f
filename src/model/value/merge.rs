//! Apply an input, keyed by names and mentioning only what changes, to the stored values of a document.
//!
//! Types and form are checked here, nothing else: whatever an editor typed can be saved as a draft. Work is bounded by
//! [`MAX_DEPTH`](super::MAX_DEPTH), [`MAX_ITEMS`](super::MAX_ITEMS) and [`MAX_REFERENCES`](super::MAX_REFERENCES),
//! since defaults inside components that contain themselves could otherwise grow without end.

use super::input::{InputOptions, InverseWrite, Lookup, Merged, Outcome, Pending, Target};
use super::problems::Problems;
use super::relation::Missing;
use super::scalar;
use crate::close::{brief, hint};
use crate::content_type::Kind;
use crate::field::{Field, FieldType};
use crate::model::{Inverse, Model, Type};
use crate::names::RESERVED_FIELD_NAMES;
use crate::problem::pointer_to;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// For how many unknown fields close names are looked up.
const MAX_HINTS: usize = 20;

/// Applies what is `given` (by names) to `current` (by ids). A field that is not mentioned keeps its value, null clears it.
///
/// What every document has (`id`, `createdAt`, …) is ignored, as clients echo it; an item of a component or of blocks
/// is matched by its `id` and then updated in part as well. An item without `id` takes the place, and the id, of the
/// stored item at the same index, so that repeating a write changes nothing; it keeps none of its values.
///
/// # Errors
/// All problems (at most 1000), with pointers by names from the document on (`/sections/2/heading`).
pub fn merge(
    model: &Model,
    ty: &Type,
    current: &Map<String, Value>,
    given: &Map<String, Value>,
    lookup: &mut dyn Lookup,
    options: InputOptions,
) -> Outcome {
    let mut merger = Merger {
        model,
        lookup,
        options,
        problems: Problems::default(),
        pending: Vec::new(),
        path: Vec::new(),
        depth: 0,
        items: 0,
        hints: 0,
        files: Vec::new(),
    };
    let base = Base { item: Some(current), keep: true, defaults: options.new_document };
    let known = merger.known(ty, given);
    let input = known.as_ref().unwrap_or(given);
    let values = merger.fields(&ty.def.fields, base, input, "");
    let parent = merger.parent(ty, input);
    let inverse = merger.beyond_fields(ty, given);
    merger.expect_files();
    let problems = merger.problems.into_vec();
    if !problems.is_empty() {
        return Err(problems);
    }
    let changed: BTreeSet<String> =
        ty.def.fields.iter().filter(|f| values.get(&f.id) != current.get(&f.id)).map(|f| f.id.clone()).collect();
    Ok(Merged { values, changed, pending: merger.pending, inverse, parent })
}

/// The stored values that an input is applied to.
#[derive(Clone, Copy)]
pub(super) struct Base<'a> {
    pub item: Option<&'a Map<String, Value>>,
    /// Whether what the input does not mention keeps its value; otherwise only the ids of items are taken over.
    pub keep: bool,
    /// Whether fields that are still absent get their defaults.
    pub defaults: bool,
}

impl<'a> Base<'a> {
    fn of(&self, field: &Field) -> Option<&'a Value> {
        self.item?.get(&field.id)
    }
}

pub(super) struct Merger<'a> {
    pub model: &'a Model,
    pub lookup: &'a mut dyn Lookup,
    pub options: InputOptions,
    pub problems: Problems,
    pub pending: Vec<Pending>,
    /// Field ids and item ids in turn, down to where the merge is.
    pub path: Vec<String>,
    /// How many components are open.
    pub depth: usize,
    /// How many items were made.
    pub items: usize,
    hints: usize,
    /// Files that were named and did not stand there before.
    pub files: Vec<super::media::Named<'a>>,
}

impl<'a> Merger<'a> {
    /// The values of `fields`, in their order.
    pub fn fields(
        &mut self,
        fields: &'a [Field],
        base: Base,
        input: &Map<String, Value>,
        pointer: &str,
    ) -> Map<String, Value> {
        let mut values = Map::new();
        for field in fields {
            let kept = base.of(field).filter(|_| base.keep);
            let value = match (input.get(&field.name), kept) {
                (Some(given), _) => self.field(field, given, base, &pointer_to(pointer, &field.name)),
                (None, Some(kept)) => Some(kept.clone()),
                (None, None) if base.defaults => self.default(field),
                (None, None) => None,
            };
            if let Some(value) = value {
                values.insert(field.id.clone(), value);
            }
        }
        values
    }

    fn field(&mut self, field: &'a Field, given: &Value, base: Base, pointer: &str) -> Option<Value> {
        let stored = base.of(field);
        self.path.push(field.id.clone());
        let value = match field.kind {
            FieldType::Relation => self.relation(field, given, stored.filter(|_| base.keep), pointer),
            FieldType::Component if !field.repeatable => self.component(field, given, stored, base.keep, pointer),
            FieldType::Component | FieldType::Blocks => self.items(field, given, stored, base.keep, pointer),
            FieldType::Media => self.media(field, given, stored, pointer),
            FieldType::RichText => self.rich_text(field, given, stored, pointer),
            _ => scalar::normalise(field, given, pointer, &mut self.problems),
        };
        self.path.pop();
        value
    }

    /// A default is checked with the definition; one that a later change made wrong is no default.
    fn default(&mut self, field: &'a Field) -> Option<Value> {
        let given = field.default.as_ref()?;
        let (problems, pending, files) = (self.problems.len(), self.pending.len(), self.files.len());
        let value = self.field(field, given, Base { item: None, keep: false, defaults: true }, "");
        if self.problems.len() > problems && self.items <= super::MAX_ITEMS {
            self.problems.truncate(problems);
            self.pending.truncate(pending);
            self.files.truncate(files);
            return None;
        }
        value
    }

    fn parent(&mut self, ty: &Type, input: &Map<String, Value>) -> Option<Option<Target>> {
        let parent = ty.parent.as_ref().filter(|parent| ty.def.field_named(&parent.name).is_none())?;
        let given = input.get(&parent.name)?;
        self.path.push(parent.id.clone());
        let target = self.parent_target(parent, given, &pointer_to("", &parent.name));
        self.path.pop();
        target
    }

    /// What `input` holds beside fields: inverses; names that every document has; and unknown ones.
    fn beyond_fields(&mut self, ty: &Type, input: &Map<String, Value>) -> Vec<InverseWrite> {
        let mut writes = Vec::new();
        for (name, given) in input {
            let is_known = ty.field_named(name).is_some_and(|field| self.lookup.knows(ty.id(), &field.id));
            if is_known || RESERVED_FIELD_NAMES.contains(&name.as_str()) {
                continue;
            }
            let pointer = pointer_to("", name);
            let inverse = self.model.inverse(ty.id(), name).filter(|_| ty.field_named(name).is_none());
            match inverse.filter(|i| self.lookup.knows(&i.source, &i.field)) {
                Some(inverse) => writes.extend(self.inverse(inverse, given, &pointer)),
                None => self.unknown_field(name, ty, &pointer),
            }
        }
        writes
    }

    /// What of `given` the writer knows of; none when that is all.
    fn known(&self, ty: &Type, given: &Map<String, Value>) -> Option<Map<String, Value>> {
        let hidden = |name: &str| ty.field_named(name).is_some_and(|field| !self.lookup.knows(ty.id(), &field.id));
        if !given.keys().any(|name| hidden(name)) {
            return None;
        }
        Some(given.iter().filter(|(name, _)| !hidden(name)).map(|(k, v)| (k.clone(), v.clone())).collect())
    }

    fn inverse(&mut self, inverse: &Inverse, given: &Value, pointer: &str) -> Option<InverseWrite> {
        let targets = [inverse.source.clone()];
        let given = self.given(&targets, given, None, Missing::Refused, pointer)?;
        Some(InverseWrite {
            inverse: inverse.clone(),
            set: given.set.map(|list| list.into_iter().filter_map(|item| item.target()).collect()),
            connect: given.connect.into_iter().filter_map(|item| item.target()).collect(),
            disconnect: given.disconnect.into_iter().filter_map(|item| item.target()).collect(),
        })
    }

    /// Private fields are proposed to nobody.
    pub fn unknown_field(&mut self, name: &str, ty: &Type, pointer: &str) {
        self.hints += 1;
        let hint = if self.hints > MAX_HINTS {
            String::new()
        } else {
            let known = |id: &str| ty.def.kind == Kind::Component || self.lookup.knows(ty.id(), id);
            let fields = ty.def.fields.iter().chain(&ty.parent).filter(|f| !f.private && known(&f.id));
            let inverses = self.model.inverses(ty.id()).iter().filter(|i| self.lookup.knows(&i.source, &i.field));
            hint(name, fields.map(|f| f.name.as_str()).chain(inverses.map(|i| i.name.as_str())))
        };
        let message = format!("`{}` has no field `{}`{hint}", ty.def.singular, brief(name));
        self.problems.add(pointer, "unknown_field", message);
    }
}
