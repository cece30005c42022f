//! Where a type's values stand in its derived tables: a local map, never part of a schema file.

use crate::field::{Field, FieldType};
use crate::model::Model;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a projected value is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    /// `f<n>` with a folded key in `f<n>k`.
    Text,
    /// The same without an index, in a table of its own: the rows stay small.
    LongText,
    /// Text that already sorts by its bytes: dates and times. No key.
    Plain,
    /// An i64: integers, booleans, decimals × 10^scale, datetimes in µs.
    Integer,
}

impl ColumnKind {
    /// The kind of a scalar field's column; none for what has no single filterable value.
    pub fn of(field: &Field) -> Option<Self> {
        Some(match field.kind {
            FieldType::String | FieldType::Slug | FieldType::Email | FieldType::Url | FieldType::Color => Self::Text,
            FieldType::Text | FieldType::Markdown => Self::LongText,
            FieldType::Enumeration if !field.many => Self::Text,
            FieldType::Date | FieldType::Time => Self::Plain,
            FieldType::Integer | FieldType::Decimal | FieldType::Boolean | FieldType::Datetime => Self::Integer,
            _ => return None,
        })
    }
}

/// A column of the current generation, named `f<n>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    pub n: u32,
    pub kind: ColumnKind,
    pub indexed: bool,
}

/// What the database remembers of a type beside its definition.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Storage {
    /// The generation of its projection tables, `p_<key>_g<generation>`.
    pub generation: i64,
    /// Columns by path of field ids (`title`, `seo.meta_title`).
    pub columns: BTreeMap<String, Column>,
    /// The highest column number ever used in this generation.
    pub last_column: u32,
    /// Rendered rows of another epoch are stale.
    pub render_epoch: i64,
    /// The model version of the latest change that stored bodies of this type must be converted for.
    pub converted_at: i64,
    /// Ids of deleted fields: never used again.
    pub tombstones: Vec<String>,
}

/// Depth to which non-repeatable components have columns of their own.
const COLUMN_DEPTH: usize = 2;

/// The columns a type should have: path of field ids → kind and whether it is indexed.
pub fn layout(model: &Model, fields: &[Field]) -> BTreeMap<String, (ColumnKind, bool)> {
    let mut out = BTreeMap::new();
    collect(model, fields, "", 0, &mut out);
    out
}

fn collect(
    model: &Model,
    fields: &[Field],
    prefix: &str,
    depth: usize,
    out: &mut BTreeMap<String, (ColumnKind, bool)>,
) {
    for field in fields {
        if let Some(kind) = ColumnKind::of(field) {
            out.insert(format!("{prefix}{}", field.id), (kind, field.is_indexed()));
        } else if has_columns(field, depth)
            && let Some(component) = field.component.as_deref().and_then(|id| model.get(id))
        {
            collect(model, &component.def.fields, &format!("{prefix}{}.", field.id), depth + 1, out);
        }
    }
}

/// Whether this component field's scalars stand in columns of the row (otherwise: in the child table).
pub fn has_columns(field: &Field, depth: usize) -> bool {
    field.kind == FieldType::Component && !field.repeatable && depth < COLUMN_DEPTH
}

/// What has to happen for a type's tables to have `wanted`.
#[derive(Clone, Debug, PartialEq)]
pub enum Move {
    /// Nothing, or new empty columns: `(path, column)`.
    Add(Vec<(String, Column)>),
    /// A next generation: an existing column changes its kind or index.
    Rebuild,
}

impl Storage {
    /// How to come from the current columns to `wanted`. `filled` tells whether a path that has no column yet may
    /// already have values in stored documents (then a new empty column would be wrong).
    pub fn reach(&self, wanted: &BTreeMap<String, (ColumnKind, bool)>, filled: impl Fn(&str) -> bool) -> Move {
        let mut added = Vec::new();
        let mut n = self.last_column;
        for (path, (kind, indexed)) in wanted {
            match self.columns.get(path) {
                Some(column) if column.kind == *kind && column.indexed == *indexed => {}
                Some(_) => return Move::Rebuild,
                None if filled(path) => return Move::Rebuild,
                None => {
                    n += 1;
                    added.push((path.clone(), Column { n, kind: *kind, indexed: *indexed }));
                }
            }
        }
        Move::Add(added)
    }

    /// A fresh generation with exactly the `wanted` columns.
    pub fn fresh(&self, generation: i64, wanted: &BTreeMap<String, (ColumnKind, bool)>) -> Storage {
        let columns: BTreeMap<_, _> = wanted
            .iter()
            .zip(1u32..)
            .map(|((path, (kind, indexed)), n)| (path.clone(), Column { n, kind: *kind, indexed: *indexed }))
            .collect();
        Storage { generation, last_column: columns.len() as u32, columns, ..self.clone() }
    }
}
