//! Pictures that are in memory, answered before there is a request of poem's: a page asks for dozens of them.

use crate::pictures_at_hand::PicturesAtHand;
use crate::root::Root;
use bytes::Bytes;
use http_body_util::Full;
use masthead_core::Core;
use poem::http::{Request as Asked, Response as Answer};
use poem::web::LocalAddr;
use poem::{Endpoint, Request, Response, Result};
use std::sync::Arc;
use std::time::Instant;

/// All of HTTP: the root, and what it is spared.
pub struct Front<E> {
    pub root: Root<E>,
    pub core: Core,
    pub pictures: Arc<PicturesAtHand>,
}

impl<E> Front<E> {
    /// The answer to a request for a picture, if it is at hand, just as the root would give it.
    pub fn at_hand<B>(&self, req: &Asked<B>, local: &LocalAddr) -> Option<Answer<Full<Bytes>>> {
        let address = req.uri().path_and_query()?.as_str();
        let address = self.root.site.inner_path(address).unwrap_or(address);
        if !address.starts_with("/media/") {
            return None;
        }
        let started = Instant::now();
        let given = self.pictures.find(&self.core, req.method(), req.headers(), address)?;
        self.root.site.check_names(req.headers(), req.uri(), local).ok()?;
        let mut answer = Answer::new(Full::new(given.body.clone()));
        *answer.headers_mut() = given.headers.clone();
        let path = address.split('?').next().unwrap_or(address);
        self.root.answered(req.headers(), path, answer.headers_mut(), started);
        Some(answer)
    }
}

impl<E: Endpoint> Endpoint for Front<E> {
    type Output = Response;

    async fn call(&self, req: Request) -> Result<Response> {
        self.root.call(req).await
    }
}
