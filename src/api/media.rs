//! `/media/{documentId}/{hash}/{name}`: files and pictures made of them, for browsers; `/media/{documentId}/{name}` leads
//! to the bytes that the file has now.

use crate::byteranges::{Parts, Piece};
use crate::caller::caller;
use crate::conditional;
use crate::errors::Refusal;
use crate::pictures_at_hand::{PicturesAtHand, takes_webp};
use crate::ranges::{Wanted, wanted};
use crate::site::Site;
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use masthead_core::media::{self, Answer, File, Request as Asked};
use masthead_core::{Core, Error, time};
use poem::http::header::{
    ACCEPT_RANGES, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    LAST_MODIFIED, LOCATION, VARY,
};
use poem::http::{HeaderMap, Method, StatusCode};
use poem::{Body, Endpoint, Request, Response, Result};
use std::io;
use std::ops::Range;
use std::sync::Arc;

const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const FOR_NOBODY: HeaderValue = HeaderValue::from_static("private, no-store");
const NOT_KEPT: HeaderValue = HeaderValue::from_static("no-store");
/// Neither script nor anything from elsewhere; a drawing's own styles.
const SANDBOX: HeaderValue =
    HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox");
static RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// A file.
pub struct Media {
    core: Core,
    site: Site,
    at_hand: Arc<PicturesAtHand>,
}

impl Endpoint for Media {
    type Output = Response;

    async fn call(&self, req: Request) -> Result<Response> {
        let takes_webp = takes_webp(req.headers());
        Ok(self.answer(&req, takes_webp).await?)
    }
}

impl Media {
    pub fn new(core: Core, site: Site, at_hand: Arc<PicturesAtHand>) -> Self {
        Self { core, site, at_hand }
    }

    async fn answer(&self, req: &Request, takes_webp: bool) -> Result<Response, Refusal> {
        let caller = caller(&self.core, req).await?;
        let query = req.uri().query().unwrap_or_default();
        let asked = media::asked(query).map_err(|problem| Error::Query(vec![problem]))?;
        let path: Vec<&str> = req.uri().path().trim_start_matches("/media/").split('/').collect();
        let (id, hash) = match path.as_slice() {
            [id, hash, _] => (*id, Some((*hash).to_owned())),
            [id, _] => (*id, None),
            _ => return Err(Refusal::of_status(StatusCode::NOT_FOUND)),
        };
        let request = Asked { id: id.to_owned(), hash, asked, takes_webp };
        match media::open(&self.core, &caller, &request).await? {
            Answer::Elsewhere { address, complete } => Ok(self.elsewhere(&address, if complete { "" } else { query })),
            Answer::File(file) => {
                let response = self.file(req, &file).await?;
                if response.status() == StatusCode::OK {
                    self.at_hand.keep(req, takes_webp, &file, response.headers());
                }
                Ok(response)
            }
        }
    }

    fn elsewhere(&self, address: &str, query: &str) -> Response {
        let base = if address.starts_with('/') { self.site.base_path() } else { "" };
        let query = if query.is_empty() { String::new() } else { format!("?{query}") };
        let mut response = Response::builder().status(StatusCode::FOUND).finish();
        let headers = response.headers_mut();
        if let Ok(address) = HeaderValue::try_from(format!("{base}{address}{query}")) {
            headers.insert(LOCATION, address);
        }
        headers.insert(CACHE_CONTROL, NOT_KEPT);
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        response
    }

    async fn file(&self, req: &Request, file: &File) -> Result<Response, Refusal> {
        let etag = format!("\"{}\"", file.etag);
        let modified = time::to_http(file.asset.updated_at);
        let mut response = if is_known(req.headers(), &etag, &modified) {
            Response::builder().status(StatusCode::NOT_MODIFIED).finish()
        } else {
            let range = wanted(req.headers(), file.size, &etag, &modified);
            self.body(file, range, *req.method() == Method::HEAD).await?
        };
        let (status, is_in_parts) = (response.status(), response.headers().contains_key(CONTENT_TYPE));
        let headers = response.headers_mut();
        let mut set = |name: HeaderName, value: String| {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(name, value);
            }
        };
        if status != StatusCode::RANGE_NOT_SATISFIABLE {
            set(ETAG, etag);
            set(LAST_MODIFIED, modified);
        }
        if status != StatusCode::NOT_MODIFIED {
            if !is_in_parts {
                set(CONTENT_TYPE, with_charset(&file.mime));
            }
            set(CONTENT_DISPOSITION, disposition(file));
            headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        }
        if file.sandboxed {
            headers.insert(CONTENT_SECURITY_POLICY, SANDBOX);
        }
        headers.insert(CACHE_CONTROL, if file.private { FOR_NOBODY } else { FOR_EVER });
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        headers.insert(&RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
        if file.varies {
            headers.insert(VARY, HeaderValue::from_static("Accept"));
        }
        Ok(response)
    }

    async fn body(&self, file: &File, range: Wanted, is_head: bool) -> Result<Response, Refusal> {
        let (status, part) = match range {
            Wanted::Whole => (StatusCode::OK, 0..file.size),
            Wanted::Part(part) => (StatusCode::PARTIAL_CONTENT, part),
            Wanted::Parts(ranges) => {
                return Ok(self.in_parts(file, Parts::new(ranges, &with_charset(&file.mime), file.size), is_head));
            }
            Wanted::Nothing => {
                let response = Response::builder().status(StatusCode::RANGE_NOT_SATISFIABLE);
                return Ok(response.header(CONTENT_RANGE, format!("bytes */{}", file.size)).finish());
            }
        };
        let body = match &file.at_hand {
            _ if is_head => Body::empty(),
            // Pictures are far below what fits into memory.
            Some(bytes) => Body::from_bytes(slice(bytes, &part)),
            None => {
                let of = (status == StatusCode::PARTIAL_CONTENT).then(|| part.clone());
                let reading = media::bytes_of(&self.core, &file.asset.hash, of).await?;
                Body::from_bytes_stream(reading.bytes.map_err(io::Error::other))
            }
        };
        let mut response = Response::builder().status(status).body(body);
        response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(part.end - part.start));
        if status == StatusCode::PARTIAL_CONTENT {
            let range = format!("bytes {}-{}/{}", part.start, part.end.saturating_sub(1), file.size);
            if let Ok(range) = HeaderValue::try_from(range) {
                response.headers_mut().insert(CONTENT_RANGE, range);
            }
        }
        Ok(response)
    }

    fn in_parts(&self, file: &File, parts: Parts, is_head: bool) -> Response {
        let (mime, length) = (parts.mime(), parts.length());
        let body = if is_head { Body::empty() } else { self.pieces(file, parts) };
        let mut response = Response::builder().status(StatusCode::PARTIAL_CONTENT).content_type(mime).body(body);
        response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
        response
    }

    /// One part is opened when the one before it is sent.
    fn pieces(&self, file: &File, parts: Parts) -> Body {
        let (core, hash, at_hand) = (self.core.clone(), file.asset.hash.clone(), file.at_hand.clone());
        let open = move |piece: Piece| {
            let (core, hash, at_hand) = (core.clone(), hash.clone(), at_hand.clone());
            async move {
                match (piece, at_hand) {
                    (Piece::Text(text), _) => Ok::<_, io::Error>(stream::once(async { Ok(text) }).boxed()),
                    (Piece::OfFile(part), Some(bytes)) => {
                        Ok(stream::once(async move { Ok(slice(&bytes, &part)) }).boxed())
                    }
                    (Piece::OfFile(part), None) => {
                        let reading = media::bytes_of(&core, &hash, Some(part)).await.map_err(io::Error::other)?;
                        Ok(reading.bytes.map_err(io::Error::other).boxed())
                    }
                }
            }
        };
        Body::from_bytes_stream(stream::iter(parts.pieces()).then(open).try_flatten())
    }
}

fn slice(bytes: &Bytes, part: &Range<u64>) -> Bytes {
    bytes.slice(part.start as usize..part.end as usize)
}

fn is_known(headers: &HeaderMap, etag: &str, modified: &str) -> bool {
    match headers.contains_key(IF_NONE_MATCH) {
        true => conditional::is_known(headers, etag),
        false => headers.get(IF_MODIFIED_SINCE).is_some_and(|at| at == modified),
    }
}

fn with_charset(mime: &str) -> String {
    let is_text = mime.starts_with("text/") || matches!(mime, "application/json" | "application/xml" | "image/svg+xml");
    if is_text { format!("{mime}; charset=utf-8") } else { mime.to_owned() }
}

/// RFC 6266, with the name in both forms.
fn disposition(file: &File) -> String {
    let kind = if file.inline { "inline" } else { "attachment" };
    let plain: String = file.name.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '_' }).collect();
    let plain = plain.replace(['"', '\\'], "_");
    let mut encoded = String::new();
    for byte in file.name.bytes() {
        match byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            true => encoded.push(char::from(byte)),
            false => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}
