//! The content model as people work on it: what there is, plans for changing it, and who changed it when.
//!
//! The changes themselves are made by [`crate::schema`]; here is what doors for people need around them.

mod types;

pub use types::{Counts, TypeView, type_view, types};
