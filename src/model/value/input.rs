//! What goes into a merge and what comes out of it.

use crate::ids::DocumentId;
use crate::model::Inverse;
use crate::problem::Problem;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// How a reference was written.
#[derive(Clone, Debug, PartialEq)]
pub enum Reference {
    Document(DocumentId),
    /// The API's integer id.
    Number(i64),
    /// By the value of a unique field or slug of the target, e.g. `{"slug": "x"}`.
    Unique {
        /// Id of the only type it can be; any of the targets when none.
        type_id: Option<String>,
        /// Field id.
        field: String,
        /// The value in its stored form.
        value: Value,
        locale: Option<String>,
    },
}

/// A document that a reference was found to mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub document_id: String,
    pub type_id: String,
    /// The row key of the document.
    pub key: i64,
}

/// What a [`Lookup`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    One(Target),
    None,
    /// It exists, but is of another type.
    Wrong,
}

/// A file that a value may name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    pub id: String,
    /// `image`, `video`, `audio` or `file`; empty when that is not known.
    pub kind: String,
}

/// Resolves references against the database.
pub trait Lookup {
    /// The document that `reference` means, if it is of one of the types `targets` (ids).
    fn find(&mut self, targets: &[String], reference: &Reference) -> Found;

    /// Whether whoever writes knows of a field of a content type; if not, its name is unknown.
    fn knows(&self, type_id: &str, field_id: &str) -> bool {
        let _ = (type_id, field_id);
        true
    }

    /// Those of these files, by id, that exist for the writer. A model on its own knows none and believes all.
    fn files(&mut self, ids: &[String]) -> Vec<File> {
        ids.iter().map(|id| File { id: id.clone(), kind: String::new() }).collect()
    }

    /// The id of the file with this number.
    fn file_numbered(&mut self, number: i64) -> Option<String> {
        let _ = number;
        None
    }
}

/// A document's values with an input applied.
#[derive(Clone, Debug, PartialEq)]
pub struct Merged {
    /// Complete, keyed by field ids, in the order of the definition.
    pub values: Map<String, Value>,
    /// Ids of the top-level fields whose stored value differs from the current one.
    pub changed: BTreeSet<String>,
    /// References that are not in `values` because their target does not exist yet.
    pub pending: Vec<Pending>,
    /// Writes through relations of other types.
    pub inverse: Vec<InverseWrite>,
    /// Tree types: the new parent when one was given; `Some(None)` is the top level.
    pub parent: Option<Option<Target>>,
}

/// A reference whose target does not exist yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Pending {
    /// Field ids and item ids in turn, down to the relation's field id; a tree's parent is `["parent"]`.
    pub path: Vec<String>,
    /// Its place in the list, the pending ones counted.
    pub ordinal: usize,
    pub reference: Reference,
    /// Ids of the types it may be of.
    pub targets: Vec<String>,
}

/// What is to become of the documents that point at this one.
#[derive(Clone, Debug, PartialEq)]
pub struct InverseWrite {
    pub inverse: Inverse,
    pub connect: Vec<Target>,
    pub disconnect: Vec<Target>,
    /// All that shall point here, before `disconnect` and `connect` are applied.
    pub set: Option<Vec<Target>>,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct InputOptions {
    /// Import: an unresolved reference by documentId or unique value becomes [`Pending`]; otherwise a problem.
    pub allow_pending: bool,
    /// Absent fields are given their defaults.
    pub new_document: bool,
}

pub(super) type Outcome = Result<Merged, Vec<Problem>>;
