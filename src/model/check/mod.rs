//! Definitions as they come in: parsing files, filling in ids, and every rule that a content model must keep.
//!
//! In this order: `parse_…` each file, [`resolve`] the tree against the current model (from then on every reference
//! is by id), [`check`] the model as it would be. Each answers with all problems, never just the first.

mod columns;
mod field;
mod fillable;
mod links;
mod locales;
mod names;
mod options;
mod parse;
mod references;
mod report;
mod resolve;
mod roles;
mod schema;
mod shapes;
#[cfg(test)]
pub(crate) mod tests;
mod types;
mod url_pattern;
mod world;

pub use parse::{parse_locales, parse_role, parse_type};
pub use resolve::resolve;
pub use schema::Schema;
pub(crate) use world::World;

use crate::model::Model;
use crate::problem::Problem;
use report::Report;

/// How many types and components a site may have.
pub const MAX_TYPES: usize = 500;
/// How many fields a type may have: each takes up to two columns of a table.
pub const MAX_FIELDS: usize = 250;
/// How many locales a site may have.
pub const MAX_LOCALES: usize = 200;

/// Everything that is wrong with the model as it would be after `desired`, which went through [`resolve`].
///
/// With `prune`, types that `desired` does not mention are taken as deleted. Pointers go into `desired` as JSON;
/// [`Schema::file_of`] turns them into a file and a pointer within it.
pub fn check(model: &Model, desired: &Schema, prune: bool) -> Vec<Problem> {
    let world = World::new(model, desired, prune);
    let mut report = Report::default();
    types::check_count(&world, &mut report);
    types::check_ids(&world, &mut report);
    names::check(&world, &mut report);
    for (index, def) in desired.types.iter().enumerate() {
        types::check(&world, def, &format!("/types/{index}"), &mut report);
    }
    fillable::check(&world, &mut report);
    columns::check(&world, &mut report);
    if let Some(list) = &desired.locales {
        locales::check(list, &mut report);
    }
    roles::check(&world, &desired.roles, &mut report);
    report.into_problems()
}
