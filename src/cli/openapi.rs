//! `masthead openapi`.

use super::failure::{DONE, Outcome};
use super::out;
use clap::Args;

/// Print the description of the API as OpenAPI (YAML)
///
/// The part that is the same on every site. A server adds its own content types at /openapi.json.
#[derive(Args)]
pub struct OpenApi {}

pub fn run() -> Outcome {
    out::line(masthead_api::static_yaml().trim_end())?;
    Ok(DONE)
}
