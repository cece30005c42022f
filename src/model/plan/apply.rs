//! The definitions as they are after a plan's steps.

use super::effect::Effect;
use super::enumeration;
use super::locales;
use super::step::{FieldRef, Step};
use crate::content_type::{ContentType, Kind};
use crate::convert::Conversion;
use crate::field::Field;
use crate::ids::TypeKey;
use crate::locale::Locales;
use crate::model::{Model, Type};
use crate::storage::Storage;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// The model after a plan.
#[derive(Clone, Debug)]
pub struct Applied {
    /// All types and components. Existing ones keep their key and storage, with the ids of deleted fields added to its
    /// tombstones; new ones have the keys -1, -2, … until the store gives them real ones.
    pub types: Vec<Type>,
    pub locales: Locales,
    /// Keys of deleted types and components.
    pub deleted: Vec<TypeKey>,
    /// How older bodies are read from the next model version on.
    pub conversions: Vec<Conversion>,
    /// Ids of the types (never components) that may hold values which `conversions` change.
    pub converted: BTreeSet<String>,
}

impl Applied {
    /// The model that this would be, e.g. for counting what violates a new rule.
    pub fn model(&self, version: i64) -> Model {
        Model::new(version, self.locales.clone(), self.types.iter().cloned())
    }
}

/// A step is for another model than the current one: make a new plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this step does not fit the current model: {step}; make a new plan")]
pub struct Misfit {
    /// The step, described.
    pub step: String,
}

/// The definitions of `model` after `steps`. Roles are not part of them: the store applies those steps itself.
pub fn apply_definitions(model: &Model, steps: &[Step]) -> Result<Applied, Misfit> {
    let mut work = Work {
        types: model.types().map(|t| (t.id().to_owned(), Slot::from(t))).collect(),
        locales: model.locales.clone(),
        deleted: Vec::new(),
        renames: HashMap::new(),
        converted: Vec::new(),
        new: 0,
    };
    for step in steps {
        work.apply(step).ok_or_else(|| Misfit { step: step.describe() })?;
    }
    Ok(work.finish(model))
}

struct Slot {
    key: TypeKey,
    def: ContentType,
    storage: Storage,
}

impl From<&Arc<Type>> for Slot {
    fn from(ty: &Arc<Type>) -> Self {
        Self { key: ty.key, def: ty.def.clone(), storage: ty.storage.clone() }
    }
}

struct Work {
    types: BTreeMap<String, Slot>,
    locales: Locales,
    deleted: Vec<TypeKey>,
    /// Renamed values of enumerations, by owner and field id.
    renames: HashMap<(String, String), Vec<(String, String)>>,
    /// Owner and field id of the fields whose values are converted, in the order of the steps.
    converted: Vec<(String, String)>,
    new: i64,
}

impl Work {
    /// None when the step does not fit.
    fn apply(&mut self, step: &Step) -> Option<()> {
        match step {
            Step::CreateType { def } => return self.create(def),
            Step::DeleteType { of, .. } => {
                self.deleted.push(self.types.remove(&of.id)?.key);
                return Some(());
            }
            Step::AddLocale { .. }
            | Step::RemoveLocale { .. }
            | Step::RenameLocale { .. }
            | Step::SetDefaultLocale { .. }
            | Step::MoveLocales { .. } => return locales::apply(&mut self.locales, step),
            Step::PutRole { .. } | Step::DeleteRole { .. } => return Some(()),
            _ => {}
        }
        let slot = self.types.get_mut(&step.of()?.id)?;
        change(&mut slot.def, &mut slot.storage, step)?;
        if let (Effect::Convert, Some(of), Some(field)) = (step.effect(), step.of(), step.field_id()) {
            let place = (of.id.clone(), field.to_owned());
            if let Step::RenameEnumValue { from, to, .. } = step {
                self.renames.entry(place.clone()).or_default().push((from.clone(), to.value.clone()));
            }
            if !self.converted.contains(&place) {
                self.converted.push(place);
            }
        }
        Some(())
    }

    fn create(&mut self, def: &ContentType) -> Option<()> {
        if self.types.contains_key(&def.id) {
            return None;
        }
        self.new += 1;
        let slot = Slot { key: TypeKey(-self.new), def: def.clone(), storage: Storage::default() };
        self.types.insert(def.id.clone(), slot);
        Some(())
    }

    fn finish(mut self, before: &Model) -> Applied {
        let mut conversions = Vec::new();
        let mut converted = BTreeSet::new();
        for place in &self.converted {
            let field = |def: Option<&ContentType>| def.and_then(|def| def.field(&place.1)).cloned();
            let (from, to) =
                (field(before.get(&place.0).map(|t| &t.def)), field(self.types.get(&place.0).map(|slot| &slot.def)));
            let (Some(from), Some(to)) = (from, to) else { continue };
            converted.extend(types_holding(before, &place.0).into_iter().map(|t| t.id().to_owned()));
            let enum_renames = self.renames.remove(place).unwrap_or_default();
            conversions.push(Conversion { owner: place.0.clone(), from, to, enum_renames });
        }
        let types = self.types.into_values().map(|slot| Type::new(slot.key, slot.def, slot.storage)).collect();
        Applied { types, locales: self.locales, deleted: self.deleted, conversions, converted }
    }
}

/// One step on the type it is for.
fn change(def: &mut ContentType, storage: &mut Storage, step: &Step) -> Option<()> {
    match step {
        Step::RenameType { key, to, .. } => match key.as_str() {
            "singular" => def.singular.clone_from(to),
            "plural" => def.plural.clone_from(to),
            "label" => def.label.clone_from(to),
            _ => return None,
        },
        Step::ChangeTypeOption { key, to, .. } => *def = with_option(def, key, to)?,
        Step::AddField { field, at, .. } => {
            if def.field(&field.id).is_some() || storage.tombstones.contains(&field.id) {
                return None;
            }
            def.fields.insert((*at).min(def.fields.len()), (**field).clone());
        }
        Step::DeleteField { field, .. } => {
            let at = def.fields.iter().position(|known| known.id == field.id)?;
            def.fields.remove(at);
            storage.tombstones.push(field.id.clone());
        }
        Step::MoveFields { order, .. } => {
            let place: HashMap<&str, usize> = order.iter().map(String::as_str).zip(0..).collect();
            if place.len() != def.fields.len() || def.fields.iter().any(|f| !place.contains_key(f.id.as_str())) {
                return None;
            }
            def.fields.sort_by_key(|field| place.get(field.id.as_str()).copied());
        }
        Step::RenameField { field, to, .. } => find(def, field)?.name.clone_from(to),
        Step::ChangeFieldType { from, to, .. } => {
            let field = find(def, &FieldRef::from(&**from))?;
            // A rename before this step stays.
            *field = Field { name: std::mem::take(&mut field.name), ..(**to).clone() };
        }
        Step::ChangeFieldOption { field, key, to, .. } => {
            let field = find(def, field)?;
            *field = with_option(field, key, to)?;
        }
        Step::LocalizeField { field, on, .. } => find(def, field)?.localized = *on,
        Step::AddEnumValue { field, value, .. } => find(def, field)?.values.push(value.clone()),
        Step::RenameEnumValue { field, from, to, .. } => {
            let values = &mut find(def, field)?.values;
            let at = values.iter().position(|value| value.value == *from)?;
            enumeration::rename(values, at, to);
        }
        Step::RemoveEnumValue { field, value, .. } => {
            let values = &mut find(def, field)?.values;
            let at = values.iter().position(|known| known.value == *value)?;
            values.remove(at);
        }
        // Follows from its fields.
        Step::LocalizeType { .. } => {}
        _ => return None,
    }
    Some(())
}

fn find<'a>(def: &'a mut ContentType, field: &FieldRef) -> Option<&'a mut Field> {
    def.fields.iter_mut().find(|known| known.id == field.id)
}

/// The definition with one option set, by the word that a file has for it.
fn with_option<T: serde::Serialize + DeserializeOwned>(of: &T, key: &str, to: &Value) -> Option<T> {
    let mut map: Map<String, Value> = super::diff::as_map(of);
    if to.is_null() {
        map.shift_remove(key);
    } else {
        map.insert(key.to_owned(), to.clone());
    }
    serde_json::from_value(Value::Object(map)).ok()
}

/// The types (never components) whose documents can hold values of the type or component `owner`: itself, or all that
/// have it somewhere within.
pub fn types_holding<'a>(model: &'a Model, owner: &str) -> Vec<&'a Arc<Type>> {
    let mut holding: HashSet<&str> = model.get(owner).map(|t| t.id()).into_iter().collect();
    loop {
        let before = holding.len();
        for ty in model.types() {
            let mut components = ty.def.fields.iter().flat_map(Field::item_components);
            if components.any(|id| holding.contains(id.as_str())) {
                holding.insert(ty.id());
            }
        }
        if holding.len() == before {
            break;
        }
    }
    model.types().filter(|t| t.def.kind != Kind::Component && holding.contains(t.id())).collect()
}
