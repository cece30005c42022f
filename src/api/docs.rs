//! `/docs`: the description of the API as pages to read and try, all served from here.

use poem::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderValue};
use poem::{Endpoint, Request, Response, Result};

const PAGE: &str = r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Masthead API</title>
<style>
  /* The viewer's own are too faint to read. */
  rapi-doc { --red: #b3261e; --light-fg: #5f6368; --primary-color: #9a3d12 }
  @media (prefers-color-scheme: dark) { rapi-doc { --red: #ff8a80; --light-fg: #b0b4ba; --primary-color: #ffa27a } }
</style>
<script type="module" src="docs/rapidoc.js"></script>
<header><h1 style="position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden; clip-path: inset(50%)">Masthead API</h1></header>
<rapi-doc id="docs" load-fonts="false" regular-font="system-ui, sans-serif" mono-font="ui-monospace, monospace"
  render-style="focused" show-header="false" allow-server-selection="false" schema-style="table"
  persist-auth="false"></rapi-doc>
<script type="module" src="docs/docs.js"></script>
<noscript><p>This page needs JavaScript; the description itself is <a href="openapi.json">openapi.json</a>.</p></noscript>
</html>
"#;

/// As light or dark as the reader likes it, and on a phone, where the viewer has no room for its list, as one list. Who is signed in sees what it may; others see what is public.
const SCRIPT: &str = r#"const docs = document.getElementById('docs');
const dark = matchMedia('(prefers-color-scheme: dark)');
const paint = () => docs.setAttribute('theme', dark.matches ? 'dark' : 'light');
dark.addEventListener('change', paint);
paint();
const narrow = matchMedia('(max-width: 767px)');
const lay = () => docs.setAttribute('render-style', narrow.matches ? 'view' : 'focused');
narrow.addEventListener('change', lay);
lay();
const own = await fetch('admin/api/openapi.json').catch(() => null);
const found = own?.ok ? own : await fetch('openapi.json');
docs.loadSpec(await found.json());
"#;

const VIEWER: &str = include_str!("docs/rapidoc-min.js");

/// Nothing from elsewhere. The viewer makes its own styles.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// One of the files of `/docs`.
pub enum Docs {
    Page,
    Script,
    Viewer,
}

impl Endpoint for Docs {
    type Output = Response;

    async fn call(&self, _: Request) -> Result<Response> {
        let (body, kind) = match self {
            Self::Page => (PAGE, "text/html; charset=utf-8"),
            Self::Script => (SCRIPT, "text/javascript; charset=utf-8"),
            Self::Viewer => (VIEWER, "text/javascript; charset=utf-8"),
        };
        let mut response = Response::builder().content_type(kind).body(body);
        let headers = response.headers_mut();
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
        Ok(response)
    }
}
