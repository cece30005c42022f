//! `GET /`: where things are, for whoever opens the address. A browser is led to the first steps while nobody has an
//! account.

use crate::errors::Refusal;
use crate::site::Site;
use masthead_core::Core;
use masthead_core::access::links;
use poem::http::StatusCode;
use poem::http::header::{ACCEPT, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, LOCATION, VARY};
use poem::{Endpoint, Request, Response, Result};

const JSON: &str = concat!(
    r#"{"name":"Masthead","links":{"collection":"/api/{plural}","document":"/api/{plural}/{documentId}","#,
    r#""single":"/api/{singular}","health":"/healthz","ready":"/readyz"}}"#,
    "\n"
);

const PAGE: &str = r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Masthead</title>
<style>body { font: 1rem/1.6 system-ui, sans-serif; max-width: 40rem; margin: 4rem auto; padding: 0 1rem }
code { background: #8882; padding: .1em .3em; border-radius: .2em }</style>
<h1>Masthead is running</h1>
<p>Content is read here:</p>
<ul>
<li><code>/api/{plural}</code>: the documents of a collection</li>
<li><code>/api/{plural}/{documentId}</code>: one of them</li>
<li><code>/api/{singular}</code>: a single</li>
</ul>
<p>Nothing is readable until somebody allows it: <code>masthead role allow public read article</code>.
<code>masthead help</code> explains the other commands.</p>
<p>People <a href="admin">sign in</a> to edit it.</p>
<p>For supervisors: <a href="healthz">healthz</a>, <a href="readyz">readyz</a>.</p>
</html>
"#;

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
        let (body, content_type) =
            if browser { (PAGE, "text/html; charset=utf-8") } else { (JSON, "application/json") };
        let mut response = Response::builder().body(body);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers.insert(VARY, HeaderValue::from_static("Accept"));
        headers.insert(
            CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
        );
        Ok(response)
    }
}
