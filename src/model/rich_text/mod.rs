//! Rich text: documents in the JSON of ProseMirror and TipTap, checked here against a schema, rendered and imported.
//!
//! What is stored is only ever what [`check`] returned: canonical names, canonical order, bounded depth and size.
//! The readers (`to_html`, `to_text`, …) tolerate anything, yet promise good output for checked documents only.

mod address;
mod attributes;
mod builder;
mod check;
mod from_html;
mod from_markdown;
mod html;
mod schema;
#[cfg(test)]
mod tests;
mod text;

pub use address::{is_safe_image, is_safe_link};
pub use check::{RichTextProblem, check};
pub use from_html::from_html;
pub use from_markdown::from_markdown;
pub use html::{Links, to_html};
pub use schema::{MAX_DEPTH, MAX_NODES, Mark, Node};
pub use text::{assets, is_empty, reading, references, to_text};
