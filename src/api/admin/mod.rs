//! The admin API: what the admin UI and scripts stand on, below `/admin/api`.
//!
//! One struct per resource. A new one is a line in one of the groups below, twice; everything else (callers, errors,
//! methods, unknown parameters, the description) follows from its declaration.

mod answer;
mod definition;
mod described;
mod document_forms;
mod documents;
mod done;
mod doors;
mod events;
mod locales;
mod me;
mod media;
mod people;
mod publishing;
mod refused;
mod roles;
mod schema;
mod search;
mod sent;
mod session;
mod settings;
mod shaped;
mod system;
mod tokens;
mod types;
mod users;
mod versions;
mod views;
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
    /// Drafts as editors see them; what is delivered is read through the content API.
    Documents,
    /// The history of documents.
    Versions,
    /// Changing the content model.
    Schema,
    /// The site's languages.
    Locales,
    /// The library of files.
    Media,
    /// How somebody likes to see the documents of a type.
    Views,
    /// What happened.
    Events,
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

/// In groups: a tuple has at most sixteen.
type Content = (
    types::Types,
    documents::Documents,
    publishing::Publishing,
    versions::Versions,
    schema::Schema,
    locales::Locales,
    views::Views,
    events::Events,
    media::Media,
    search::Search,
);
type Server = (settings::Settings, system::System);
type People = (session::Session, me::Me, users::Users, tokens::Tokens, roles::Roles);

fn service() -> OpenApiService<(Content, Server, People), ()> {
    let content = (
        types::Types,
        documents::Documents,
        publishing::Publishing,
        versions::Versions,
        schema::Schema,
        locales::Locales,
        views::Views,
        events::Events,
        media::Media,
        search::Search,
    );
    let server = (settings::Settings, system::System);
    let people = (session::Session, me::Me, users::Users, tokens::Tokens, roles::Roles);
    let resources = (content, server, people);
    OpenApiService::new(resources, "Masthead", env!("CARGO_PKG_VERSION")).url_prefix(PREFIX)
}

/// Every route of the admin API, without its prefix.
pub fn routes(core: Core, site: Site) -> impl Endpoint<Output = Response> + 'static {
    let service = service();
    let doors = doors::Table::of(&described::raw(&service));
    Doors::new(service.into_endpoint().data(core).data(site), doors)
}
