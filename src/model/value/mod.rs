//! Values of documents: from what the API sends, keyed by field names, to what is stored, keyed by field ids; and back.
//!
//! Whatever is stored went through [`merge`], which checks types and form only, so that a draft may be incomplete;
//! [`validate`] is what binds at publish. The readers tolerate values of an older model: they leave out what has no
//! field any more.

mod component;
pub mod decimal;
mod diff;
mod input;
mod items;
mod json;
mod media;
mod merge;
pub mod moment;
mod names;
mod pattern;
mod pending;
mod problems;
mod reference;
mod relation;
mod render;
mod scalar;
mod shown;
mod slug;
mod split;
#[cfg(test)]
mod tests;
mod text;
mod validate;
mod walk;

pub use diff::{Change, ChangeKind, diff};
pub use input::{File, Found, InputOptions, InverseWrite, Lookup, Merged, Pending, Reference, Target};
pub use merge::merge;
pub use names::to_names;
pub use pending::settle;
pub use relation::stored_ids;
pub use render::{Nested, Scalars, render_field, render_item};
pub use scalar::scalar;
pub use slug::{is_slug, missing_slugs, slugify};
pub use split::{join, split};
pub use validate::{Scope, validate};
pub use walk::{RelationAt, may_show_media, walk_media, walk_relations};

/// How deep components may nest; the outermost is 1.
pub const MAX_DEPTH: usize = 12;
/// How many component and block items one document may hold.
pub const MAX_ITEMS: usize = 10_000;
/// How many references one relation may be given in one write.
pub const MAX_REFERENCES: usize = 5_000;
