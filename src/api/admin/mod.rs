//! The admin API: what the admin UI and scripts stand on, below `/admin/api`.
//!
//! One struct per resource. A new one is a line in `Resources` and in `resources`; everything else (callers, errors,
//! methods, unknown parameters, the description) follows from its declaration.

mod answer;
mod definition;
mod described;
mod doors;
mod refused;
mod sent;
mod shaped;
mod system;
mod types;
mod who;

pub use answer::Answer;
pub use described::description;
#[allow(unused_imports)]
pub use sent::Sent;
#[allow(unused_imports)]
pub use shaped::Shaped;
pub use who::Who;

use doors::Doors;
use masthead_core::Core;
use poem::{Endpoint, EndpointExt, IntoEndpoint, Response};
use poem_openapi::{OpenApiService, Tags};

/// Where the admin API begins.
pub const PREFIX: &str = "/admin/api";

/// What the operations are about.
#[derive(Tags)]
pub enum Tag {
    /// Content types and components.
    Types,
    /// The server itself, for administrators.
    System,
}

type Resources = (types::Types, system::System);

fn service() -> OpenApiService<Resources, ()> {
    let resources = (types::Types, system::System);
    OpenApiService::new(resources, "Masthead", env!("CARGO_PKG_VERSION")).url_prefix(PREFIX)
}

/// Every route of the admin API, without its prefix.
pub fn routes(core: Core) -> impl Endpoint<Output = Response> + 'static {
    let service = service();
    let doors = doors::Table::of(&described::raw(&service));
    Doors::new(service.into_endpoint().data(core), doors)
}
