//! What a definition means when it names a type or a field: by id, by the name that is wanted, or by the current one.

use super::schema::Schema;
use crate::content_type::{ContentType, Kind};
use crate::model::Model;
use std::collections::HashMap;

/// Ids of types by the words that may stand for them, components apart.
pub(super) struct Words([HashMap<String, String>; 2]);

impl Words {
    /// `desired` has its type ids already. An id comes before a wanted name, that before a current one.
    pub fn new(model: &Model, desired: &Schema) -> Self {
        let mut words = Self([HashMap::new(), HashMap::new()]);
        let current = || model.types().map(|t| &t.def);
        for def in desired.types.iter().chain(current()) {
            words.add(def, &def.id);
        }
        for def in desired.types.iter().chain(current()) {
            words.add(def, &def.singular);
            if def.kind != Kind::Component {
                words.add(def, &def.plural);
            }
        }
        words
    }

    fn add(&mut self, def: &ContentType, word: &str) {
        if !word.is_empty() && !def.id.is_empty() {
            let words = &mut self.0[usize::from(def.kind == Kind::Component)];
            words.entry(word.to_owned()).or_insert_with(|| def.id.clone());
        }
    }

    /// Puts the id in the place of the word; a word that nothing is called by stays.
    pub fn normalise(&self, word: &mut String, component: bool) {
        let [types, components] = &self.0;
        let (first, second) = if component { (components, types) } else { (types, components) };
        if let Some(id) = first.get(word).or_else(|| second.get(word)) {
            word.clone_from(id);
        }
    }
}

/// Ids of a type's fields by the words that may stand for them.
pub(super) struct FieldWords(HashMap<String, String>);

impl FieldWords {
    /// `desired` has its field ids already; `current` is the same type as it is now.
    pub fn new(desired: &ContentType, current: Option<&ContentType>) -> Self {
        let mut words = HashMap::new();
        let fields = &desired.fields;
        // Of a deleted field, the current name means nothing any more.
        let kept = current.into_iter().flat_map(|def| &def.fields).filter(|f| desired.field(&f.id).is_some());
        let ids = fields.iter().map(|f| (&f.id, &f.id));
        let names = fields.iter().chain(kept).map(|f| (&f.name, &f.id));
        for (word, id) in ids.chain(names) {
            words.entry(word.clone()).or_insert_with(|| id.clone());
        }
        Self(words)
    }

    pub fn id(&self, word: &str) -> Option<&str> {
        self.0.get(word).map(String::as_str)
    }

    /// Puts the id in the place of the word; a word that no field is called by stays.
    pub fn normalise(&self, word: &mut String) {
        if let Some(id) = self.0.get(word) {
            word.clone_from(id);
        }
    }
}
