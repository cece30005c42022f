//! Items of components and blocks of which more or less than the plain values is asked for.

use super::assemble::Writer;
use super::plan::is_of;
use super::populate::Links;
use masthead_model::query::ast::{Populate, Selection};
use masthead_model::value::{Nested, render_field};
use masthead_model::{Field, FieldType, Type};
use serde_json::{Map, Value};

/// Writes the items of one field, as `populate` asks for them.
pub(super) struct Items<'w, 'q> {
    pub writer: &'w Writer<'w, 'q>,
    pub populate: &'q Populate,
    /// The document around, by its place in its group.
    pub document: usize,
    /// Its key.
    pub doc: i64,
    /// Of the component at hand.
    selection: Option<&'q Selection>,
    /// The answer has grown too large.
    pub overflow: bool,
}

impl<'w, 'q> Items<'w, 'q> {
    pub fn new(writer: &'w Writer<'w, 'q>, populate: &'q Populate, document: usize, doc: i64) -> Self {
        Self { writer, populate, document, doc, selection: None, overflow: false }
    }

    fn media(&self, populate: &Populate, field: &Field, value: Option<&Value>, out: &mut String) {
        let Populate::Media { fields, .. } = populate else { return };
        let ids: Vec<&str> = match value {
            Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(id)) => vec![id],
            _ => Vec::new(),
        };
        let files = ids.into_iter().filter_map(|id| self.writer.tree.files.of(self.doc, id));
        self.writer.delivering.write(files, field.many, fields.as_deref(), out);
    }

    fn related(&mut self, populate: &'q Populate, field: &Field, value: Option<&Value>, out: &mut String) {
        let Some(links) = self.writer.tree.links(populate) else {
            out.push_str(if field.many { "[]" } else { "null" });
            return;
        };
        let places = places(links, self.document, populate, value);
        let mut bytes = std::mem::take(out).into_bytes();
        let written = self.writer.documents(&places, field.many, &mut bytes);
        self.overflow |= written.is_err();
        // Both halves are text: slices of JSON, joined at its own punctuation.
        *out = String::from_utf8(bytes).unwrap_or_default();
    }
}

/// The documents that an item's references lead to: in the order that was asked for, else in their own.
fn places(links: &Links, document: usize, populate: &Populate, value: Option<&Value>) -> Vec<super::populate::Place> {
    let Populate::Relation { window, targets, .. } = populate else { return Vec::new() };
    let ids: Vec<&str> = match value {
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(id)) => vec![id],
        _ => Vec::new(),
    };
    let Some(known) = links.by_id.get(document) else { return Vec::new() };
    let mut found: Vec<_> = ids.into_iter().filter_map(|id| known.get(id).copied()).collect();
    if targets.iter().any(|target| !target.sort.is_empty()) {
        found.sort_unstable();
    }
    let places = found.into_iter().map(|(_, place)| place);
    match window {
        None => places.collect(),
        Some(window) => places
            .skip(usize::try_from(window.start).unwrap_or(usize::MAX))
            .take(usize::try_from(window.limit).unwrap_or(usize::MAX))
            .collect(),
    }
}

impl Nested for Items<'_, '_> {
    fn item(&mut self, component: &Type) -> bool {
        self.selection = match self.populate {
            Populate::Component { selection, .. } => Some(selection),
            Populate::Blocks { on, .. } => on.iter().find(|(id, _)| id == component.id()).map(|(_, s)| s),
            _ => None,
        };
        self.selection.is_some()
    }

    fn scalar(&mut self, _component: &Type, field: &Field) -> bool {
        let fields = self.selection.and_then(|selection| selection.fields.as_ref());
        fields.is_none_or(|fields| fields.iter().any(|f| f.id == field.id))
    }

    fn value(&mut self, _component: &Type, field: &Field, item: &Map<String, Value>, out: &mut String) -> bool {
        let asked = self.selection.and_then(|selection| selection.populate.iter().find(|p| is_of(p, field)));
        let Some(populate) = asked.filter(|_| !self.overflow) else { return false };
        match field.kind {
            FieldType::Relation => self.related(populate, field, item.get(&field.id), out),
            FieldType::Media => self.media(populate, field, item.get(&field.id), out),
            _ => {
                let mut inner = Items::new(self.writer, populate, self.document, self.doc);
                render_field(&self.writer.snapshot.model, field, item.get(&field.id), out, &mut inner);
                self.overflow |= inner.overflow;
            }
        }
        true
    }

    fn rich_text(&mut self, document: &Value, out: &mut String) -> bool {
        match self.writer.addresses {
            Some(addresses) => {
                out.push_str(&addresses.render(document));
                true
            }
            None => false,
        }
    }
}
