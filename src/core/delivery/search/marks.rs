//! What of a document is shown of where the words stand in it: `_search` of each hit.

use super::super::documents::Found;
use super::super::read::Reading;
use super::super::stored::Stored;
use super::Sought;
use crate::search::{Marking, Tolerance};
use masthead_model::{Type, search_text};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::HashMap;

/// Fields of a document from which a part is shown.
const MAX_SHOWN: usize = 5;
/// About so many characters of each.
const SNIPPET: usize = 180;

/// Marks words in documents; what marks them in a language is made once.
pub(in super::super) struct Marks<'r> {
    reading: &'r Reading<'r>,
    sought: &'r Sought<'r>,
    tolerance: Tolerance,
    by_language: HashMap<String, Box<dyn Marking>>,
    /// By the key of a type, the names of its fields that the caller reads, by their ids.
    read: HashMap<i64, HashMap<String, String>>,
}

impl<'r> Marks<'r> {
    pub fn new(reading: &'r Reading<'r>, sought: &'r Sought<'r>, tolerance: Tolerance) -> Self {
        Self { reading, sought, tolerance, by_language: HashMap::new(), read: HashMap::new() }
    }

    /// By field, the part of a document that has the words; of the fields that the caller reads.
    pub fn of(&mut self, ty: &Type, document: &Found) -> Map<String, Value> {
        let model = &self.reading.snapshot.model;
        let language = if document.locale.is_empty() { model.locales.default_code() } else { &document.locale };
        if !self.by_language.contains_key(language) {
            let marking = self.sought.searcher.marking(&self.sought.words, self.tolerance, language);
            self.by_language.insert(language.to_owned(), marking);
        }
        let reading = self.reading;
        let read = self.read.entry(ty.key.0).or_insert_with(|| {
            let fields = ty.def.fields.iter().filter(|field| reading.reads(ty, &field.id));
            fields.map(|field| (field.id.clone(), field.name.clone())).collect()
        });
        let mut shown = Map::new();
        let Some(marking) = self.by_language.get(language) else { return shown };
        for text in search_text::texts(model, ty, &said(ty, document)) {
            if shown.len() >= MAX_SHOWN {
                break;
            }
            let Some(name) = read.get(&text.field).filter(|name| !shown.contains_key(*name)) else { continue };
            if let Some(marked) = marking.marked(&text.text, SNIPPET) {
                shown.insert(name.clone(), marked.into());
            }
        }
        shown
    }
}

/// The stored values that have a document's texts: as they were read, or out of its rendered form.
fn said<'d>(ty: &Type, document: &'d Found) -> Cow<'d, Map<String, Value>> {
    if let Some(values) = &document.values {
        return Cow::Borrowed(values);
    }
    let mut said = Map::new();
    if let Some(mut stored) = Stored::open(&document.data) {
        for field in ty.def.fields.iter().filter(|field| search_text::is_text(field.kind)) {
            if let Some(value) = stored.get(&field.id).and_then(|json| serde_json::from_slice(json).ok()) {
                said.insert(field.id.clone(), value);
            }
        }
    }
    Cow::Owned(said)
}
