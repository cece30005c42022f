//! Files that a value names: they must exist when they are named. Those that stood there before are not looked up
//! again, so that a draft whose file was deleted in the meantime can still be saved.

use super::merge::Merger;
use super::relation::stored_ids;
use super::scalar;
use crate::field::Field;
use crate::problem::pointer_to;
use crate::rich_text;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};

/// No file has this id.
const NO_FILE: &str = "000000000000000000000000";

/// A file that was named.
pub(super) struct Named<'a> {
    field: &'a Field,
    pointer: String,
    id: String,
}

impl<'a> Merger<'a> {
    pub fn media(&mut self, field: &'a Field, given: &Value, stored: Option<&Value>, pointer: &str) -> Option<Value> {
        let numbered = self.without_numbers(given);
        let value = scalar::normalise(field, numbered.as_ref().unwrap_or(given), pointer, &mut self.problems)?;
        let before: Vec<&str> = stored_ids(stored).collect();
        let named = stored_ids(Some(&value)).enumerate().filter(|(_, id)| !before.contains(id));
        for (index, id) in named {
            let pointer = if field.many { pointer_to(pointer, index) } else { pointer.to_owned() };
            self.files.push(Named { field, pointer, id: id.to_owned() });
        }
        Some(value)
    }

    pub fn rich_text(
        &mut self,
        field: &'a Field,
        given: &Value,
        stored: Option<&Value>,
        pointer: &str,
    ) -> Option<Value> {
        let value = scalar::normalise(field, given, pointer, &mut self.problems)?;
        let shown = rich_text::assets(&value);
        if !shown.is_empty() {
            let before = stored.map(rich_text::assets).unwrap_or_default();
            let named = shown.into_iter().filter(|id| !before.contains(id));
            self.files.extend(named.map(|id| Named { field, pointer: pointer.to_owned(), id }));
        }
        Some(value)
    }

    /// Numbers of files are the API's `id`: what is stored is the id of 24 characters. None when there are none.
    fn without_numbers(&mut self, given: &Value) -> Option<Value> {
        let mut word = |value: &Value| -> Option<Value> {
            let number = match value {
                Value::Object(map) if !map.contains_key("documentId") => map.get("id")?.as_i64()?,
                other => other.as_i64()?,
            };
            let id = self.lookup.file_numbered(number);
            // Like one that the caller may not see.
            Some(Value::String(id.unwrap_or_else(|| NO_FILE.to_owned())))
        };
        match given {
            Value::Array(list) => {
                let mut list = list.clone();
                let mut any = false;
                for item in &mut list {
                    if let Some(id) = word(item) {
                        *item = id;
                        any = true;
                    }
                }
                any.then_some(Value::Array(list))
            }
            one => word(one),
        }
    }

    /// Refuse files that do not exist, and those of a kind that the field does not take.
    pub fn expect_files(&mut self) {
        if self.files.is_empty() {
            return;
        }
        let ids: BTreeSet<String> = self.files.iter().map(|named| named.id.clone()).collect();
        let ids: Vec<String> = ids.into_iter().collect();
        let kinds: HashMap<String, String> =
            self.lookup.files(&ids).into_iter().map(|file| (file.id, file.kind)).collect();
        for named in &self.files {
            let Some(kind) = kinds.get(&named.id) else {
                self.problems.add(&named.pointer, "not_found", "there is no such file");
                continue;
            };
            let allowed = &named.field.kinds;
            if !allowed.is_empty() && !kind.is_empty() && !allowed.contains(kind) {
                let message = format!("this takes {}, not {kind}", allowed.join(" or "));
                self.problems.add(&named.pointer, "wrong_kind", message);
            }
        }
    }
}
