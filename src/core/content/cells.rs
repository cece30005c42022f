//! The typed values of a document's row: what can be filtered and sorted by.

use crate::{Snapshot, time};
use masthead_model::storage::{self, Column, ColumnKind};
use masthead_model::value::decimal;
use masthead_model::{Field, FieldType, Type, fold};
use masthead_store::projections::{Cell, Child};
use serde_json::{Map, Value};

/// The typed values of a row: its columns, and its children for everything else that can be filtered.
pub(crate) fn cells(snapshot: &Snapshot, ty: &Type, values: &Map<String, Value>) -> (Vec<(Column, Cell)>, Vec<Child>) {
    let mut walk = Cells { snapshot, ty, columns: Vec::new(), children: Vec::new() };
    walk.fields(&ty.def.fields, values, "", Some(0), "");
    (walk.columns, walk.children)
}

struct Cells<'a> {
    snapshot: &'a Snapshot,
    ty: &'a Type,
    columns: Vec<(Column, Cell)>,
    children: Vec<Child>,
}

impl Cells<'_> {
    /// `depth` is none below a list, where there are no columns any more.
    fn fields(
        &mut self,
        fields: &[Field],
        values: &Map<String, Value>,
        prefix: &str,
        depth: Option<usize>,
        element: &str,
    ) {
        for field in fields {
            let Some(stored) = values.get(&field.id) else { continue };
            let path = format!("{prefix}{}", field.id);
            if let Some(kind) = ColumnKind::of(field) {
                let Some(cell) = cell(field, kind, stored) else { continue };
                if depth.is_some() {
                    if let Some(column) = self.ty.storage.columns.get(&path) {
                        self.columns.push((*column, cell));
                    }
                } else {
                    self.children.push(Child { path, element: element.to_owned(), cell });
                }
                continue;
            }
            match field.kind {
                FieldType::Tags | FieldType::Enumeration => {
                    for (i, text) in list(stored).iter().filter_map(|v| v.as_str()).enumerate() {
                        let cell = Cell::Text { raw: text.to_owned(), key: fold::key(text) };
                        self.children.push(Child { path: path.clone(), element: inner(element, i), cell });
                    }
                }
                FieldType::Component => {
                    let Some(component) =
                        field.component.as_deref().and_then(|id| self.snapshot.model.get(id)).cloned()
                    else {
                        continue;
                    };
                    let prefix = format!("{path}.");
                    if let Some(depth) = depth.filter(|d| storage::has_columns(field, *d)) {
                        if let Some(item) = stored.as_object() {
                            self.fields(&component.def.fields, item, &prefix, Some(depth + 1), element);
                        }
                        continue;
                    }
                    for (i, item) in list(stored).iter().filter_map(|v| v.as_object()).enumerate() {
                        // A component that is no list adds no index: its values belong to the element around it.
                        let element = if field.repeatable { inner(element, i) } else { element.to_owned() };
                        if field.repeatable {
                            self.item(&path, &element);
                        }
                        self.fields(&component.def.fields, item, &prefix, None, &element);
                    }
                }
                FieldType::Blocks => {
                    for (i, item) in list(stored).iter().filter_map(|v| v.as_object()).enumerate() {
                        let Some(id) = item.get("_type").and_then(Value::as_str) else { continue };
                        let Some(component) = self.snapshot.model.get(id).cloned() else { continue };
                        let (path, element) = (format!("{path}.{id}"), inner(element, i));
                        self.item(&path, &element);
                        self.fields(&component.def.fields, item, &format!("{path}."), None, &element);
                    }
                }
                _ => {}
            }
        }
    }

    /// A row for the item itself, so that filters find it when it has no value that could be filtered.
    fn item(&mut self, path: &str, element: &str) {
        self.children.push(Child { path: path.to_owned(), element: element.to_owned(), cell: Cell::Integer(1) });
    }
}

fn inner(element: &str, index: usize) -> String {
    if element.is_empty() { index.to_string() } else { format!("{element}.{index}") }
}

fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        other => vec![other],
    }
}

/// The projected form of a stored value; none when the stored value is not of its field's form (an older model's).
fn cell(field: &Field, kind: ColumnKind, stored: &Value) -> Option<Cell> {
    Some(match kind {
        ColumnKind::Text => {
            let raw = stored.as_str()?;
            Cell::Text { raw: raw.to_owned(), key: fold::key(raw) }
        }
        ColumnKind::LongText => {
            let raw = stored.as_str()?;
            Cell::LongText { raw: raw.to_owned(), caseless: fold::caseless(raw) }
        }
        ColumnKind::Plain => Cell::Plain(stored.as_str()?.to_owned()),
        ColumnKind::Integer => Cell::Integer(match field.kind {
            FieldType::Boolean => i64::from(stored.as_bool()?),
            FieldType::Decimal => decimal::scaled(stored, field.scale()).ok()?,
            FieldType::Datetime => time::parse(stored.as_str()?)?,
            _ => stored.as_i64()?,
        }),
    })
}
