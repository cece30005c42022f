//! The content model as it is changed: read it, plan a change, apply the plan while everybody goes on working.
//!
//! Most changes are one short transaction. Those that change what is derived build the next generation of a type's
//! projections beside the current one, from the tables in batches and then from the log, and flip to it in one
//! transaction; killed anywhere, they leave the old model or the new one.

mod apply;
mod build;
mod count;
mod plan;
mod pull;
mod relocate;
mod sweep;

pub use apply::{Applied, apply};
pub use plan::plan;
pub use pull::pull;
pub use sweep::{rewrite_rendered, sweep};

/// How far a long change is.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    pub what: &'a str,
    pub done: u64,
    pub total: u64,
}

/// Told of every bit of progress.
pub type Progress<'a> = &'a mut dyn FnMut(Step<'_>);
