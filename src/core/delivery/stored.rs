//! The format of rendered documents: the JSON of each value, found by field id, so that delivery slices and joins
//! them without parsing.
//!
//! Values are stored without their names: renaming a top-level field leaves every rendered row good. What stands
//! inside components and blocks is named already; a change there must raise the type's render epoch.
//!
//! ```text
//! format (1 byte) · length of the index (u32, little endian) · index · values
//! index: length of the key (1 byte) · key · end of the value (u32, little endian; it begins where the last one ended)
//! ```

use crate::{Snapshot, time};
use masthead_model::ids::PublicIds;
use masthead_model::value::{Scalars, render_field};
use masthead_model::{FieldType, Type};
use serde_json::{Map, Value};

const FORMAT: u8 = 1;
const START: usize = 5;

pub(super) const ID: &str = "@id";
pub(super) const DOCUMENT_ID: &str = "@documentId";
pub(super) const CREATED_AT: &str = "@createdAt";
pub(super) const UPDATED_AT: &str = "@updatedAt";
pub(super) const PUBLISHED_AT: &str = "@publishedAt";
pub(super) const LOCALE: &str = "@locale";
pub(super) const POSITION: &str = "@position";
pub(super) const PATH: &str = "@path";

/// A document in one state and locale, about to be rendered.
#[derive(Clone, Copy, Debug)]
pub struct Rendering<'a> {
    pub doc: &'a masthead_store::documents::Document,
    /// The locale of its projected row: `''` for types without localized fields.
    pub locale: &'a str,
    /// Shared and local values together, by field id.
    pub values: &'a Map<String, Value>,
    /// Moments in µs since 1970 UTC.
    pub created_at: i64,
    pub updated_at: i64,
    pub published_at: Option<i64>,
    pub position: Option<&'a str>,
    /// Of a tree.
    pub path: Option<&'a str>,
}

/// Encode what delivery needs of a document in one locale: what `rendered.data` holds.
///
/// Absent values are left out, and so are references, which are resolved when they are read.
pub fn encode(ids: PublicIds, snapshot: &Snapshot, ty: &Type, what: &Rendering<'_>) -> Vec<u8> {
    let mut index = Vec::new();
    let mut values = String::new();
    let mut add = |key: &str, write: &mut dyn FnMut(&mut String)| {
        write(&mut values);
        // Keys are field ids of at most 40 bytes; a document is far below 4 GB.
        index.push(key.len() as u8);
        index.extend_from_slice(key.as_bytes());
        index.extend_from_slice(&(values.len() as u32).to_le_bytes());
    };
    add(ID, &mut |out| out.push_str(&ids.public(what.doc.key).to_string()));
    add(DOCUMENT_ID, &mut |out| push_text(&what.doc.document_id, out));
    for field in &ty.def.fields {
        let is_reference = matches!(field.kind, FieldType::Relation | FieldType::Media);
        if let Some(value) = what.values.get(&field.id).filter(|_| !is_reference) {
            add(&field.id, &mut |out| render_field(&snapshot.model, field, Some(value), out, &mut Scalars));
        }
    }
    add(CREATED_AT, &mut |out| push_text(&time::to_text(what.created_at), out));
    add(UPDATED_AT, &mut |out| push_text(&time::to_text(what.updated_at), out));
    if let Some(at) = what.published_at {
        add(PUBLISHED_AT, &mut |out| push_text(&time::to_text(at), out));
    }
    for (key, text) in [(LOCALE, Some(what.locale)), (POSITION, what.position), (PATH, what.path)] {
        if let Some(text) = text.filter(|t| key != LOCALE || !t.is_empty()) {
            add(key, &mut |out| push_text(text, out));
        }
    }
    let mut data = Vec::with_capacity(START + index.len() + values.len());
    data.push(FORMAT);
    data.extend_from_slice(&(index.len() as u32).to_le_bytes());
    data.append(&mut index);
    data.extend_from_slice(values.as_bytes());
    data
}

fn push_text(text: &str, out: &mut String) {
    out.push_str(&Value::from(text).to_string());
}

/// A rendered document, to be sliced.
#[derive(Clone, Copy)]
pub(super) struct Stored<'a> {
    index: &'a [u8],
    values: &'a [u8],
    /// Where the search for the next key begins: keys are mostly asked for in the order in which they were written.
    place: usize,
    /// Where the value at `place` begins.
    start: usize,
}

impl<'a> Stored<'a> {
    /// None for what is not in this format.
    pub fn open(data: &'a [u8]) -> Option<Self> {
        let (head, rest) = data.split_at_checked(START)?;
        let length = u32::from_le_bytes(head[1..].try_into().ok()?) as usize;
        let (index, values) = rest.split_at_checked(length)?;
        (head[0] == FORMAT).then_some(Self { index, values, place: 0, start: 0 })
    }

    /// The JSON of the value at `key`.
    pub fn get(&mut self, key: &str) -> Option<&'a [u8]> {
        let from = self.place;
        self.find(key, self.index.len()).or_else(|| {
            (self.place, self.start) = (0, 0);
            self.find(key, from)
        })
    }

    fn find(&mut self, key: &str, until: usize) -> Option<&'a [u8]> {
        while self.place < until {
            let length = usize::from(*self.index.get(self.place)?);
            let name = self.index.get(self.place + 1..self.place + 1 + length)?;
            let end = self.index.get(self.place + 1 + length..self.place + 5 + length)?;
            let end = u32::from_le_bytes(end.try_into().ok()?) as usize;
            let start = self.start;
            self.place += 5 + length;
            self.start = end;
            if name == key.as_bytes() {
                return self.values.get(start..end);
            }
        }
        None
    }

    /// The text at `key`, which must have been written without anything to escape.
    pub fn word(&mut self, key: &str) -> Option<&'a str> {
        let json = std::str::from_utf8(self.get(key)?).ok()?;
        json.strip_prefix('"')?.strip_suffix('"')
    }
}
