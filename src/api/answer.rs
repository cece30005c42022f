//! What was delivered, as an HTTP answer: its tags, who may keep it, and in which coding it goes.

use crate::conditional;
use crate::negotiate;
use masthead_core::delivery::{self, Delivered};
use masthead_core::{Caller, Core};
use poem::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, VARY};
use poem::http::{HeaderMap, StatusCode};
use poem::{Body, Response};
use std::sync::Arc;

/// What a website may keep when the type says nothing: everything, if it asks whether it still holds.
const REVALIDATE: HeaderValue = HeaderValue::from_static("public, max-age=0, must-revalidate");
/// What was answered to somebody in particular is kept by nobody.
const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-store");
const DIFFERS: HeaderValue = HeaderValue::from_static("Authorization, Accept-Encoding");

static CACHE_TAG: HeaderName = HeaderName::from_static("cache-tag");
static SURROGATE_KEY: HeaderName = HeaderName::from_static("surrogate-key");

/// The answer to a read. HEAD is answered as GET is; the server leaves the body out.
pub async fn answer(core: &Core, found: &Arc<Delivered>, caller: &Caller, asked: &HeaderMap) -> Response {
    let takes = negotiate::codings(asked);
    let (mut response, tag) = match conditional::known(asked, found.etag.as_str(), takes.unwrap_or_default()) {
        Some(tag) => (Response::builder().status(StatusCode::NOT_MODIFIED).finish(), tag),
        None => {
            let encoded = match takes {
                Some(takes) => delivery::encoded(core, found, takes).await,
                None => None,
            };
            let coding = encoded.as_ref().map(|(coding, _)| *coding);
            let body = encoded.map_or_else(|| found.body.clone(), |(_, bytes)| bytes);
            let mut response = Response::builder().body(Body::from_bytes(body));
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            if let Some(coding) = coding {
                response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
            }
            (response, found.etag.header(coding))
        }
    };
    let headers = response.headers_mut();
    headers.insert(ETAG, tag);
    headers.insert(VARY, DIFFERS);
    if found.private || *caller != Caller::Anonymous {
        headers.insert(CACHE_CONTROL, PRIVATE);
        return response;
    }
    // A definition is checked when it is saved; one that is no header value after all falls back.
    let own = found.cache_control.as_deref().and_then(|c| HeaderValue::from_str(c).ok());
    headers.insert(CACHE_CONTROL, own.unwrap_or(REVALIDATE));
    for (name, tags) in [(&CACHE_TAG, &found.tags.cache_tag), (&SURROGATE_KEY, &found.tags.surrogate_key)] {
        if let Some(tags) = tags {
            headers.insert(name, tags.clone());
        }
    }
    response
}
