//! Every route, in one place.

use crate::content::{List, One};
use crate::description::Description;
use crate::docs::Docs;
use crate::health::{Alive, Ready};
use crate::index::Index;
use crate::reads::Reads;
use crate::root::Root;
use crate::site::Site;
use crate::{ApiOptions, admin, pages};
use masthead_core::Core;
use poem::{Endpoint, Response, Route};

/// Everything that is answered over HTTP. It never returns an error: those are answers too.
pub fn app(core: Core, options: ApiOptions) -> impl Endpoint<Output = Response> + 'static {
    let site = Site::new(&options);
    let description = Description::new(core.clone(), site.clone());
    let routes = Route::new()
        .at("/", Reads(Index { core: core.clone(), site: site.clone() }))
        .at("/healthz", Reads(Alive))
        .at("/readyz", Reads(Ready { core: core.clone(), draining: options.draining }))
        .at("/api/:name", List { core: core.clone() })
        .at("/api/:name/:id", One { core: core.clone() })
        .at("/openapi.json", Reads(description.clone()))
        .at("/docs", Reads(Docs::Page))
        .at("/docs/docs.js", Reads(Docs::Script))
        .at("/docs/rapidoc.js", Reads(Docs::Viewer))
        .at("/admin/api/openapi.json", Reads(description))
        .nest(admin::PREFIX, admin::routes(core.clone(), site.clone()));
    Root::new(pages::add(routes, &core, &site), site)
}
