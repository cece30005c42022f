//! Every route, in one place.

use crate::at_hand::AtHand;
use crate::content::{List, One};
use crate::description::Description;
use crate::docs::Docs;
use crate::front::Front;
use crate::health::{Alive, Ready};
use crate::index::Index;
use crate::limits::Limiter;
use crate::media::Media;
use crate::metrics::Scrape;
use crate::pictures_at_hand::PicturesAtHand;
use crate::reads::Reads;
use crate::root::Root;
use crate::site::Site;
use crate::site_reads::{Locales, Resolve, Search, Suggest};
use crate::tus::{OneUpload, Uploads};
use crate::upload::{Files, OneFile, Upload};
use crate::{ApiOptions, admin, pages};
use masthead_core::Core;
use poem::{Endpoint, Response, Route};
use std::sync::Arc;

/// Everything that is answered over HTTP. It never returns an error: those are answers too.
pub fn app(core: Core, options: ApiOptions) -> impl Endpoint<Output = Response> + 'static {
    front(core, options)
}

/// The same, with what is answered before the routes.
pub fn front(core: Core, options: ApiOptions) -> Front<impl Endpoint<Output = Response> + 'static> {
    let (site, limiter, metrics) = (Site::new(&options), Limiter::new(options.rate_limits), options.metrics.clone());
    let pictures = Arc::<PicturesAtHand>::default();
    let description = Description::new(core.clone(), site.clone());
    let routes = Route::new()
        .at("/", Reads(Index { core: core.clone(), site: site.clone() }))
        .at("/healthz", Reads(Alive))
        .at("/readyz", Reads(Ready { core: core.clone(), draining: options.draining }))
        .at("/metrics", Reads(Scrape { core: core.clone(), metrics: metrics.clone(), token: options.metrics_token }))
        .at("/api/resolve", Reads(Resolve { core: core.clone() }))
        .at("/api/i18n/locales", Reads(Locales { core: core.clone() }))
        .at("/api/upload", Upload { core: core.clone(), site: site.clone() })
        .at("/api/upload/files", Files { core: core.clone() })
        .at("/api/upload/files/:id", OneFile { core: core.clone() })
        .at("/api/upload/tus", Uploads { core: core.clone(), site: site.clone() })
        .at("/api/upload/tus/:id", OneUpload { core: core.clone(), site: site.clone() })
        .at("/media/:id/:name", Reads(Media::new(core.clone(), site.clone(), pictures.clone())))
        .at("/media/:id/:hash/:name", Reads(Media::new(core.clone(), site.clone(), pictures.clone())))
        .at("/api/search", Reads(Search { core: core.clone() }))
        .at("/api/search/suggest", Reads(Suggest { core: core.clone() }))
        .at("/api/:name", List { core: core.clone() })
        .at("/api/:name/:id", One { core: core.clone() })
        .at("/openapi.json", Reads(description.clone()))
        .at("/docs", Reads(Docs::Page))
        .at("/docs/docs.js", Reads(Docs::Script))
        .at("/docs/rapidoc.js", Reads(Docs::Viewer))
        .at("/admin/api/openapi.json", Reads(description))
        .at("/admin/api/media/upload", Upload { core: core.clone(), site: site.clone() })
        .at("/admin/api/media/upload/tus", Uploads { core: core.clone(), site: site.clone() })
        .at("/admin/api/media/upload/tus/:id", OneUpload { core: core.clone(), site: site.clone() })
        .nest(admin::PREFIX, admin::routes(core.clone(), site.clone()));
    let routes = pages::add(routes, &core, &site);
    let root = Root::new(AtHand { core: core.clone(), routes }, site, limiter, metrics);
    Front { root, core, pictures }
}
