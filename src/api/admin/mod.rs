//! The admin API: what the admin UI and scripts stand on, below `/admin/api`.
//!
//! One struct per resource. A new one is a line in `Resources` and in `resources`; everything else (callers, errors,
//! methods, unknown parameters, the description) follows from its declaration.

mod answer;
mod definition;
mod described;
mod done;
mod doors;
mod me;
mod people;
mod refused;
mod roles;
mod sent;
mod session;
mod shaped;
mod system;
mod tokens;
mod types;
mod users;
mod who;

pub use answer::Answer;
pub use described::description;
pub use sent::Sent;
pub use shaped::Shaped;
pub use who::Who;

use crate::site::Site;
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
    /// Signing in and out.
    Session,
    /// Your own account.
    Me,
    /// The people who may sign in.
    Users,
    /// The tokens of programs.
    Tokens,
    /// Who may do what.
    Roles,
}

type Resources = (types::Types, system::System, session::Session, me::Me, users::Users, tokens::Tokens, roles::Roles);

fn service() -> OpenApiService<Resources, ()> {
    let resources =
        (types::Types, system::System, session::Session, me::Me, users::Users, tokens::Tokens, roles::Roles);
    OpenApiService::new(resources, "Masthead", env!("CARGO_PKG_VERSION")).url_prefix(PREFIX)
}

/// Every route of the admin API, without its prefix.
pub fn routes(core: Core, site: Site) -> impl Endpoint<Output = Response> + 'static {
    let service = service();
    let doors = doors::Table::of(&described::raw(&service));
    Doors::new(service.into_endpoint().data(core).data(site), doors)
}
