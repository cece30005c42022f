//! The content model: content types, their fields, the values they admit, and plans for changing them.
//!
//! Pure: nothing here does I/O or knows a database. Content is JSON keyed by stable field ids; names exist only at
//! the edge, and a [`ContentType`] is the dictionary between the two. That is why a rename touches no value.

pub mod check;
mod close;
pub mod content_type;
pub mod convert;
pub mod field;
pub mod fold;
pub mod ids;
pub mod locale;
pub mod model;
pub mod names;
pub mod openapi;
pub mod permission;
pub mod plan;
pub mod problem;
pub mod query;
pub mod rich_text;
pub mod search_text;
pub mod storage;
pub mod value;

pub use content_type::{ContentType, Kind};
pub use field::{EnumValue, Field, FieldType};
pub use ids::{DocumentId, TypeKey};
pub use locale::{Locale, Locales};
pub use model::{Model, Type};
pub use permission::{Action, FILES, PUBLIC, Permission, Role};
pub use problem::Problem;
