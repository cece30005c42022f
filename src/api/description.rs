//! `/openapi.json`: the admin API and the site's own content types, as OpenAPI 3.0, cut to what the caller may see.

use crate::admin;
use crate::caller::caller;
use crate::conditional::is_known;
use crate::errors::Refusal;
use crate::signed::asked;
use crate::site::Site;
use futures_util::FutureExt;
use masthead_core::{Caller, Core, openapi};
use masthead_model::openapi::{Parts, generic};
use poem::http::StatusCode;
use poem::http::header::{CACHE_CONTROL, ETAG, HeaderValue, VARY};
use poem::{Endpoint, IntoResponse, Request, Response, Result};
use serde_json::{Map, Value, json};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// `GET /openapi.json`, and below the admin API, where the session is. To nobody in particular it tells what the role `public` may read, and nothing of the admin API.
#[derive(Clone)]
pub struct Description {
    core: Core,
    site: Site,
    admin: Arc<Value>,
}

impl Description {
    pub fn new(core: Core, site: Site) -> Self {
        Self { core, site, admin: Arc::new(admin::description()) }
    }
}

impl Endpoint for Description {
    type Output = Response;

    async fn call(&self, req: Request) -> Result<Response> {
        // A session counts below the admin API alone.
        let caller = match req.uri().path().starts_with(admin::PREFIX) {
            true => asked(&self.core, &self.site, &req).await?.caller,
            false => caller(&self.core, &req).await.map_err(Refusal::from)?,
        };
        let is_somebody = caller != Caller::Anonymous;
        let url = self.site.url(&req);
        let mut hasher = DefaultHasher::new();
        let version = openapi::version(&self.core, &caller).await.map_err(Refusal::from)?;
        (version, is_somebody, &url, env!("CARGO_PKG_VERSION")).hash(&mut hasher);
        let etag = format!("\"{:016x}\"", hasher.finish());
        let mut response = if is_known(req.headers(), &etag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            let parts = openapi::content(&self.core, &caller).await.map_err(Refusal::from)?;
            let whole = assemble(&self.admin, is_somebody, parts, &url);
            Response::builder().content_type("application/json").body(whole.to_string())
        };
        let cache = if is_somebody { "private, no-cache" } else { "public, max-age=0, must-revalidate" };
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
        headers.insert(VARY, HeaderValue::from_static("Authorization, Cookie"));
        if let Ok(etag) = HeaderValue::try_from(etag) {
            headers.insert(ETAG, etag);
        }
        Ok(response)
    }
}

/// The part of the description that does not depend on a site, as `openapi.yaml` has it.
pub fn static_yaml() -> String {
    let whole = assemble(&admin::description(), true, generic(), "/");
    let yaml = poem::web::Yaml(whole).into_response();
    // The body is there already.
    yaml.into_body().into_string().now_or_never().and_then(|text| text.ok()).unwrap_or_default()
}

fn assemble(admin: &Value, with_admin: bool, content: Parts, url: &str) -> Value {
    let mut schemas = Map::new();
    let mut paths = content.paths;
    let mut tags = Value::Array(Vec::new());
    for (name, schema) in admin["components"]["schemas"].as_object().into_iter().flatten() {
        if with_admin || name.starts_with("Refusal") {
            schemas.insert(name.clone(), schema.clone());
        }
    }
    if with_admin {
        tags = admin["tags"].clone();
        for (path, operations) in admin["paths"].as_object().into_iter().flatten() {
            paths.insert(path.clone(), operations.clone());
        }
    }
    schemas.extend(content.schemas);
    let token = &admin["components"]["securitySchemes"];
    json!({
        "openapi": "3.0.3",
        "info": {"title": "Masthead", "version": env!("CARGO_PKG_VERSION"), "description": ABOUT},
        "servers": [{"url": url.strip_suffix('/').filter(|u| !u.is_empty()).unwrap_or("/")}],
        "tags": tags,
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": token},
    })
}

const ABOUT: &str = "The content API below `/api` delivers what is published, in Strapi 5's dialect. The admin API below \
                     `/admin/api` is what editors and scripts work with; it is described to whoever signed in.";
