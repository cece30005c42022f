//! Write delivered JSON as text, straight from the stored values: the hot path of reading.
//!
//! Nothing here follows a reference. What stands below an item's plain values is written by the caller through
//! [`Nested`], which knows what was asked for.

use super::items::{Item, items};
use super::json::{comma, write, write_text};
use crate::field::{Field, FieldType};
use crate::model::{Model, Type};
use serde_json::{Map, Value};

/// What is delivered of the items of components and blocks.
pub trait Nested {
    /// Whether items of this component are delivered (`populate[on]`).
    fn item(&mut self, _component: &Type) -> bool {
        true
    }

    /// Whether this plain field of an item is delivered (`fields`).
    fn scalar(&mut self, _component: &Type, _field: &Field) -> bool {
        true
    }

    /// Writes the value of a relation, media, component or blocks field of `item` to `out`; false leaves the member
    /// out. Its name was written before, and is taken back with whatever followed it.
    fn value(&mut self, component: &Type, field: &Field, item: &Map<String, Value>, out: &mut String) -> bool;

    /// Writes a rich text in another form than its JSON (`richText=html`); false for the JSON.
    fn rich_text(&mut self, _document: &Value, _out: &mut String) -> bool {
        false
    }
}

/// Plain values only: what a populated component holds when nothing further is populated.
pub struct Scalars;

impl Nested for Scalars {
    fn value(&mut self, _: &Type, _: &Field, _: &Map<String, Value>, _: &mut String) -> bool {
        false
    }
}

/// Appends the delivered value of one field. Absent values are `null`, absent lists `[]`.
///
/// A relation or media field is written by whoever resolves it; here it is `null` or `[]`.
pub fn render_field(model: &Model, field: &Field, value: Option<&Value>, out: &mut String, nested: &mut dyn Nested) {
    match (field.kind, value) {
        (FieldType::Component | FieldType::Blocks, Some(value)) => render_items(model, field, value, out, nested),
        (FieldType::Relation | FieldType::Media, _) | (_, None) => {
            out.push_str(if field.is_list() { "[]" } else { "null" });
        }
        (FieldType::RichText, Some(document)) => {
            if !nested.rich_text(document, out) {
                write(document, out);
            }
        }
        (_, Some(value)) => write(value, out),
    }
}

fn render_items(model: &Model, field: &Field, value: &Value, out: &mut String, nested: &mut dyn Nested) {
    let is_block = field.kind == FieldType::Blocks;
    let mut written = 0;
    if field.is_list() {
        out.push('[');
    }
    for Item { component, values, .. } in items(model, field, value) {
        if nested.item(component) {
            comma(written, out);
            render_item(model, component, is_block, values, out, nested);
            written += 1;
        }
    }
    if field.is_list() {
        out.push(']');
    } else if written == 0 {
        out.push_str("null");
    }
}

/// Appends one item: `{"id": …, <name>: …}`, a block's beginning with `__component`. Private fields are left out.
pub fn render_item(
    model: &Model,
    component: &Type,
    is_block: bool,
    item: &Map<String, Value>,
    out: &mut String,
    nested: &mut dyn Nested,
) {
    out.push('{');
    if is_block {
        out.push_str("\"__component\":");
        write_text(&component.def.singular, out);
        out.push(',');
    }
    out.push_str("\"id\":");
    write(item.get("_id").unwrap_or(&Value::Null), out);
    for field in component.def.fields.iter().filter(|field| !field.private) {
        let before = out.len();
        out.push(',');
        write_text(&field.name, out);
        out.push(':');
        let is_written = if field.kind.is_populated() {
            nested.value(component, field, item, out)
        } else if nested.scalar(component, field) {
            render_field(model, field, item.get(&field.id), out, nested);
            true
        } else {
            false
        };
        if !is_written {
            out.truncate(before);
        }
    }
    out.push('}');
}
