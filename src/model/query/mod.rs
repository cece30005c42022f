//! The content API's query dialect (Strapi 5's): from a raw query string to a typed query bound to the model.
//!
//! `qs` reads the brackets, `bind` gives names their meaning, `ast` is what everything behind it walks: names and
//! spellings end here. Work is bounded by [`qs`]'s limits and by a budget of steps, whatever a client sends.

pub mod ast;
mod bind;
mod canonical;
mod condition;
mod fields;
mod filter;
mod operator;
mod page;
mod parameters;
mod populate;
mod problem;
pub mod qs;
mod relation;
mod scope;
mod sort;
#[cfg(test)]
mod tests;
mod value;
mod wanted;

pub use ast::{ListQuery, OneQuery};
pub use bind::{Limits, Visible};
pub use canonical::{canonical, canonical_one};
pub use condition::{Place, for_caller, names_caller, parse_condition, with_ids};
pub use parameters::{parse_filter, parse_list, parse_list_of, parse_one};
pub use problem::QueryProblem;
pub use qs::Node;
