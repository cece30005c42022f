//! Answers with pictures, ready to be given again as long as no file has changed: nothing of them is worked out anew.

use bytes::Bytes;
use masthead_core::Core;
use masthead_core::media::{File, Noted};
use poem::http::header::{AUTHORIZATION, IF_MODIFIED_SINCE, IF_NONE_MATCH, RANGE};
use poem::http::{HeaderMap, Method};
use poem::{Body, Request, Response};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use std::sync::Arc;

/// What all of them may weigh. The pictures themselves are also the library's: they are not there twice.
const MOST: u64 = 32 << 20;

/// By address; those for readers who take WebP apart from the others.
pub struct PicturesAtHand([Cache<String, Arc<Given>, ByBytes>; 2]);

struct Given {
    headers: HeaderMap,
    body: Bytes,
    noted: Noted,
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<String, Arc<Given>> for ByBytes {
    fn weight(&self, key: &String, given: &Arc<Given>) -> u64 {
        (key.len() + given.body.len() + 2000) as u64
    }
}

impl Default for PicturesAtHand {
    fn default() -> Self {
        Self([(); 2].map(|()| Cache::with_weighter(4000, MOST, ByBytes)))
    }
}

/// Whether everybody who asks like this gets the same answer, whole.
fn is_plain(req: &Request) -> bool {
    let special = [AUTHORIZATION, RANGE, IF_NONE_MATCH, IF_MODIFIED_SINCE];
    *req.method() == Method::GET && !special.iter().any(|name| req.headers().contains_key(name))
}

fn address(req: &Request) -> &str {
    req.uri().path_and_query().map_or("/", |address| address.as_str())
}

impl PicturesAtHand {
    /// The answer that was given to this request before, if it still holds.
    pub fn answer(&self, core: &Core, req: &Request, takes_webp: bool) -> Option<Response> {
        if !is_plain(req) {
            return None;
        }
        let given = self.0[usize::from(takes_webp)].get(address(req))?;
        if !given.noted.holds(core) {
            return None;
        }
        let mut response = Response::builder().body(Body::from_bytes(given.body.clone()));
        *response.headers_mut() = given.headers.clone();
        Some(response)
    }

    /// Keep an answer that was just made of a file, if it is one for everybody.
    pub fn keep(&self, req: &Request, takes_webp: bool, file: &File, headers: &HeaderMap) {
        if let (true, false, Some(body)) = (is_plain(req), file.private || file.ends, &file.at_hand) {
            let given = Given { headers: headers.clone(), body: body.clone(), noted: file.noted.clone() };
            self.0[usize::from(takes_webp)].insert(address(req).to_owned(), Arc::new(given));
        }
    }
}
