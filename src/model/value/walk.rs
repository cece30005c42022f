//! Visit every reference of a document: relations at any depth, and what rich text links to, embeds or mentions; and
//! every file that it shows.

use super::MAX_DEPTH;
use super::items::items;
use super::relation::stored_ids;
use crate::field::{Field, FieldType};
use crate::model::{Model, Type};
use crate::rich_text;
use serde_json::{Map, Value};
use std::collections::HashSet;

/// One reference of a document.
#[derive(Clone, Copy, Debug)]
pub struct RelationAt<'a> {
    /// Field ids joined by `.`; an item of blocks adds its component's id: `sections.hero.link`.
    pub path: &'a str,
    /// Field ids and item ids in turn, down to the field's id.
    pub item_path: &'a [String],
    /// The relation or rich-text field.
    pub field: &'a Field,
    /// Place in the relation, or among the distinct references of the rich text.
    pub ordinal: usize,
    /// Document id.
    pub target: &'a str,
}

/// Calls `visit` with each reference in the stored `values`, in the order of the definition.
pub fn walk_relations(model: &Model, ty: &Type, values: &Map<String, Value>, visit: &mut dyn FnMut(RelationAt)) {
    let mut walk = Walk { model, what: What::Documents, path: String::new(), item_path: Vec::new(), visit };
    walk.fields(&ty.def.fields, values, 0);
}

/// The same with each file that the values show: `target` is the file's id, `field` a media or rich-text field.
pub fn walk_media(model: &Model, ty: &Type, values: &Map<String, Value>, visit: &mut dyn FnMut(RelationAt)) {
    let mut walk = Walk { model, what: What::Files, path: String::new(), item_path: Vec::new(), visit };
    walk.fields(&ty.def.fields, values, 0);
}

/// Whether documents of the type can show files at all.
pub fn may_show_media(model: &Model, ty: &Type) -> bool {
    fn any<'m>(model: &'m Model, ty: &'m Type, seen: &mut HashSet<&'m str>) -> bool {
        seen.insert(ty.id())
            && ty.def.fields.iter().any(|field| {
                matches!(field.kind, FieldType::Media | FieldType::RichText)
                    || field.item_components().iter().filter_map(|id| model.get(id)).any(|c| any(model, c, seen))
            })
    }
    any(model, ty, &mut HashSet::new())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Documents,
    Files,
}

struct Walk<'a> {
    model: &'a Model,
    what: What,
    path: String,
    item_path: Vec<String>,
    visit: &'a mut dyn FnMut(RelationAt),
}

impl Walk<'_> {
    fn fields(&mut self, fields: &[Field], values: &Map<String, Value>, depth: usize) {
        for field in fields {
            let Some(value) = values.get(&field.id) else { continue };
            let length = self.path.len();
            self.step(&field.id);
            self.item_path.push(field.id.clone());
            match field.kind {
                FieldType::Relation if self.what == What::Documents => self.targets(field, stored_ids(Some(value))),
                FieldType::Media if self.what == What::Files => self.targets(field, stored_ids(Some(value))),
                FieldType::RichText => {
                    let targets = match self.what {
                        What::Documents => rich_text::references(value),
                        What::Files => rich_text::assets(value),
                    };
                    self.targets(field, targets.iter().map(String::as_str));
                }
                FieldType::Component | FieldType::Blocks if depth < MAX_DEPTH => self.items(field, value, depth),
                _ => {}
            }
            self.item_path.pop();
            self.path.truncate(length);
        }
    }

    fn items(&mut self, field: &Field, value: &Value, depth: usize) {
        let model = self.model;
        for item in items(model, field, value) {
            let length = self.path.len();
            if field.kind == FieldType::Blocks {
                self.step(item.component.id());
            }
            self.item_path.push(item.id().unwrap_or_default().to_owned());
            self.fields(&item.component.def.fields, item.values, depth + 1);
            self.item_path.pop();
            self.path.truncate(length);
        }
    }

    fn step(&mut self, id: &str) {
        if !self.path.is_empty() {
            self.path.push('.');
        }
        self.path.push_str(id);
    }

    fn targets<'t>(&mut self, field: &Field, targets: impl Iterator<Item = &'t str>) {
        for (ordinal, target) in targets.enumerate() {
            (self.visit)(RelationAt { path: &self.path, item_path: &self.item_path, field, ordinal, target });
        }
    }
}
