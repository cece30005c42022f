//! Answers with pictures, ready to be given again as long as no file has changed: nothing of them is worked out anew.

use crate::root::always;
use bytes::Bytes;
use masthead_core::Core;
use masthead_core::media::{File, Noted};
use poem::Request;
use poem::http::header::{ACCEPT, AUTHORIZATION, IF_MODIFIED_SINCE, IF_NONE_MATCH, RANGE};
use poem::http::{HeaderMap, Method};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use std::sync::Arc;

/// What all of them may weigh. The pictures themselves are also the library's: they are not there twice.
const MOST: u64 = 32 << 20;

/// By address; those for readers who take WebP apart from the others.
pub struct PicturesAtHand([Cache<String, Arc<Given>, ByBytes>; 2]);

/// An answer with a picture.
pub struct Given {
    pub headers: HeaderMap,
    pub body: Bytes,
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
fn is_plain(method: &Method, headers: &HeaderMap) -> bool {
    let special = [AUTHORIZATION, RANGE, IF_NONE_MATCH, IF_MODIFIED_SINCE];
    *method == Method::GET && !special.iter().any(|name| headers.contains_key(name))
}

/// Whether the reader takes WebP: `Accept` names it, and does not refuse it.
pub fn takes_webp(headers: &HeaderMap) -> bool {
    headers.get_all(ACCEPT).iter().any(|accept| accept.to_str().is_ok_and(names_webp))
}

fn names_webp(accept: &str) -> bool {
    accept.split(',').any(|one| {
        let mut parts = one.split(';').map(str::trim);
        let refused = |p: &str| p.strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()) == Some(0.0);
        parts.next() == Some("image/webp") && !parts.any(refused)
    })
}

fn address(req: &Request) -> &str {
    req.uri().path_and_query().map_or("/", |address| address.as_str())
}

impl PicturesAtHand {
    /// The answer that was given to such a request before, if it still holds. `address` is path and query, as the
    /// routes know them.
    pub fn find(&self, core: &Core, method: &Method, headers: &HeaderMap, address: &str) -> Option<Arc<Given>> {
        if !is_plain(method, headers) {
            return None;
        }
        let given = self.0[usize::from(takes_webp(headers))].get(address)?;
        given.noted.holds(core).then_some(given)
    }

    /// Keep an answer that was just made of a file, if it is one for everybody.
    pub fn keep(&self, req: &Request, takes_webp: bool, file: &File, headers: &HeaderMap) {
        let is_plain = is_plain(req.method(), req.headers());
        if let (true, false, Some(body)) = (is_plain, file.private || file.ends, &file.at_hand) {
            let mut headers = headers.clone();
            always(&mut headers);
            let given = Given { headers, body: body.clone(), noted: file.noted.clone() };
            self.0[usize::from(takes_webp)].insert(address(req).to_owned(), Arc::new(given));
        }
    }
}
