//! Answers that are in memory, given before the route is looked for: what most requests of websites are.

use crate::answer::answer;
use masthead_core::{Caller, Core, delivery};
use poem::http::Method;
use poem::http::header::AUTHORIZATION;
use poem::{Endpoint, IntoResponse, Request, Response, Result};

/// Answers reads of content by nobody in particular from memory, and leaves all else to the routes.
pub struct AtHand<E> {
    pub core: Core,
    pub routes: E,
}

impl<E: Endpoint> Endpoint for AtHand<E> {
    type Output = Response;

    async fn call(&self, req: Request) -> Result<Response> {
        if let Some((name, id)) = place(&req) {
            let query = req.uri().query().unwrap_or_default();
            if let Some(found) = delivery::at_hand(&self.core, name, id, query) {
                return Ok(answer(&self.core, &found, &Caller::Anonymous, req.headers()).await);
            }
        }
        Ok(self.routes.call(req).await?.into_response())
    }
}

/// Name and document of a read of content, as the path has them.
fn place(req: &Request) -> Option<(&str, Option<&str>)> {
    let reads = matches!(*req.method(), Method::GET | Method::HEAD) && !req.headers().contains_key(AUTHORIZATION);
    let path = req.uri().path().strip_prefix("/api/").filter(|_| reads)?;
    match path.split_once('/') {
        None => Some((path, None)),
        Some((name, id)) if !id.contains('/') => Some((name, Some(id))),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(method: Method, path: &str, token: Option<&str>) -> Option<(String, Option<String>)> {
        let request = Request::builder().method(method).uri_str(path);
        let request = token.into_iter().fold(request, |r, token| r.header(AUTHORIZATION, token)).finish();
        place(&request).map(|(name, id)| (name.to_owned(), id.map(str::to_owned)))
    }

    #[test]
    fn only_reads_of_content_by_nobody_in_particular_are_looked_up() {
        let named = |name: &str, id: Option<&str>| Some((name.to_owned(), id.map(str::to_owned)));
        assert_eq!(of(Method::GET, "/api/articles?sort=title", None), named("articles", None));
        assert_eq!(of(Method::HEAD, "/api/articles/x", None), named("articles", Some("x")));
        for path in ["/", "/apis/articles", "/api/articles/x/y", "/admin/api/types"] {
            assert_eq!(of(Method::GET, path, None), None, "{path}");
        }
        assert_eq!(of(Method::POST, "/api/articles", None), None);
        assert_eq!(of(Method::GET, "/api/articles", Some("Bearer x")), None);
    }
}
