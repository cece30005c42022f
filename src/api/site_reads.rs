//! Reads of the site rather than of one type: `/api/resolve`, `/api/i18n/locales` and `/api/search`.

use crate::answer::answer;
use crate::caller::caller;
use crate::errors::Refusal;
use masthead_core::{Core, delivery};
use poem::{Endpoint, Request, Response, Result};

/// From an address on the website to its document.
pub struct Resolve {
    pub core: Core,
}

impl Endpoint for Resolve {
    type Output = Response;

    async fn call(&self, req: Request) -> Result<Response> {
        let caller = caller(&self.core, &req).await.map_err(Refusal::from)?;
        let query = req.uri().query().unwrap_or_default();
        let found = delivery::resolve(&self.core, &caller, query).await.map_err(Refusal::from)?;
        Ok(answer(&self.core, &found, &caller, req.headers()).await)
    }
}

/// The site's languages.
pub struct Locales {
    pub core: Core,
}

impl Endpoint for Locales {
    type Output = Response;

    async fn call(&self, req: Request) -> Result<Response> {
        let caller = caller(&self.core, &req).await.map_err(Refusal::from)?;
        let query = req.uri().query().unwrap_or_default();
        let found = delivery::locales(&self.core, &caller, query).await.map_err(Refusal::from)?;
        Ok(answer(&self.core, &found, &caller, req.headers()).await)
    }
}

/// Documents of all types by their words.
pub struct Search {
    pub core: Core,
}

impl Endpoint for Search {
    type Output = Response;

    async fn call(&self, req: Request) -> Result<Response> {
        let caller = caller(&self.core, &req).await.map_err(Refusal::from)?;
        let query = req.uri().query().unwrap_or_default();
        let found = delivery::search(&self.core, &caller, query).await.map_err(Refusal::from)?;
        Ok(answer(&self.core, &found, &caller, req.headers()).await)
    }
}

/// Titles for a search box.
pub struct Suggest {
    pub core: Core,
}

impl Endpoint for Suggest {
    type Output = Response;

    async fn call(&self, req: Request) -> Result<Response> {
        let caller = caller(&self.core, &req).await.map_err(Refusal::from)?;
        let query = req.uri().query().unwrap_or_default();
        let found = delivery::suggest(&self.core, &caller, query).await.map_err(Refusal::from)?;
        Ok(answer(&self.core, &found, &caller, req.headers()).await)
    }
}
