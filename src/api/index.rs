//! `GET /`: where things are, for whoever opens the address. A browser is led to the first steps while nobody has an
//! account.

use crate::errors::Refusal;
use crate::pages::page;
use crate::site::Site;
use masthead_core::Core;
use masthead_core::access::links;
use poem::http::StatusCode;
use poem::http::header::{ACCEPT, HeaderValue, LOCATION, VARY};
use poem::{Endpoint, Request, Response, Result};

const JSON: &str = concat!(
    r#"{"name":"Masthead","links":{"collection":"/api/{plural}","document":"/api/{plural}/{documentId}","#,
    r#""single":"/api/{singular}","health":"/healthz","ready":"/readyz"}}"#,
    "\n"
);

const PAGE: &str = r#"<p>Content is read here:</p>
<ul>
<li><code>/api/{plural}</code>: the documents of a collection</li>
<li><code>/api/{plural}/{documentId}</code>: one of them</li>
<li><code>/api/{singular}</code>: a single</li>
</ul>
<p>Nothing is readable until somebody allows it: <code>masthead role allow public read article</code>.
<code>masthead help</code> explains the other commands.</p>
<p>People <a href="admin">sign in</a> to edit it; the API is described in <a href="docs">its documentation</a>.</p>
<p>For supervisors: <a href="healthz">healthz</a>, <a href="readyz">readyz</a>.</p>"#;

pub struct Index {
    pub core: Core,
    pub site: Site,
}

impl Endpoint for Index {
    type Output = Response;

    async fn call(&self, req: Request) -> Result<Response> {
        let browser = req.headers().get(ACCEPT).and_then(|a| a.to_str().ok()).is_some_and(|a| a.contains("text/html"));
        if browser && links::awaits_first_admin(&self.core).await.map_err(Refusal::from)? {
            let to = format!("{}/admin", self.site.base_path());
            let to = HeaderValue::try_from(to).unwrap_or(HeaderValue::from_static("/admin"));
            return Ok(Response::builder().status(StatusCode::SEE_OTHER).header(LOCATION, to).finish());
        }
        let mut response = match browser {
            true => page(StatusCode::OK, "Masthead is running", PAGE),
            false => Response::builder().content_type("application/json").body(JSON),
        };
        response.headers_mut().insert(VARY, HeaderValue::from_static("Accept"));
        Ok(response)
    }
}
