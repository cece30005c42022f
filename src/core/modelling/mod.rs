//! The content model as people work on it: what there is, plans for changing it, and who changed it when.
//!
//! The changes themselves are made by [`crate::schema`]; here is what doors for people need around them.

mod change;
mod history;
mod jobs;
mod locales;
mod types;
mod wanted;

pub use change::{PlanView, StepView, apply, apply_now, job, jobs, plan};
pub use history::{ModelChange, export, history};
pub use jobs::{Job, JobState, Jobs};
pub use locales::{add_locale, change_locale, locales};
pub use types::{Counts, TypeView, type_view, types};
pub use wanted::Wanted;
