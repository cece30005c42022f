//! `/api/upload/tus`, and for editors `/admin/api/media/upload/tus`, where sessions count: uploads that go on where they
//! stopped. The protocol is tus 1.0.0 (https://tus.io/protocols) with
//! creation, creation-with-upload, expiration and termination.

use crate::admin;
use crate::caller::caller;
use crate::errors::Refusal;
use crate::manners::hear_out;
use crate::signed::{asked, somebody};
use crate::site::Site;
use crate::upload::PATIENCE;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::{StreamExt, stream};
use masthead_core::media::{self, Upload};
use masthead_core::{Caller, Core, Error, time};
use poem::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION};
use poem::http::{HeaderMap, Method, StatusCode};
use poem::{Body, Endpoint, Request, Response, Result};
use std::io;

const OF_ALL: HeaderValue = HeaderValue::from_static("POST, OPTIONS");
const OF_ONE: HeaderValue = HeaderValue::from_static("HEAD, PATCH, DELETE, OPTIONS");
const VERSION: HeaderValue = HeaderValue::from_static("1.0.0");
const EXTENSIONS: HeaderValue = HeaderValue::from_static("creation,creation-with-upload,expiration,termination");
/// Longest `Upload-Metadata`, bytes.
const LONGEST: usize = 16 << 10;

static RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
static OFFSET: HeaderName = HeaderName::from_static("upload-offset");
static LENGTH: HeaderName = HeaderName::from_static("upload-length");
static METADATA: HeaderName = HeaderName::from_static("upload-metadata");
static EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
/// Our own: the `documentId` of the file that came of the upload.
static FILE: HeaderName = HeaderName::from_static("upload-file");

/// Where uploads begin.
pub struct Uploads {
    pub core: Core,
    pub site: Site,
}

/// One upload.
pub struct OneUpload {
    pub core: Core,
    pub site: Site,
}

/// Whoever asks. Where editors do, sessions count, and it must be somebody.
async fn asker(core: &Core, site: &Site, req: &Request) -> Result<Caller, Refusal> {
    match req.uri().path().starts_with(admin::PREFIX) {
        true => Ok(somebody(asked(core, site, req).await?)?.caller),
        false => Ok(caller(core, req).await?),
    }
}

impl Endpoint for Uploads {
    type Output = Response;

    async fn call(&self, mut req: Request) -> Result<Response> {
        match *req.method() {
            Method::OPTIONS => Ok(what_is_spoken(&self.core, OF_ALL)),
            Method::POST => {
                expect_version(req.headers())?;
                let caller = asker(&self.core, &self.site, &req).await?;
                let body = req.take_body();
                Ok(self.begin(&caller, &req, body).await?)
            }
            _ => Err(Refusal::method_not_allowed(OF_ALL).into()),
        }
    }
}

impl Uploads {
    async fn begin(&self, caller: &Caller, req: &Request, body: Body) -> Result<Response, Refusal> {
        let headers = req.headers();
        let size = number(headers, &LENGTH)?;
        let metadata = match headers.get(&METADATA) {
            None => Vec::new(),
            Some(value) => {
                value.to_str().ok().and_then(metadata).ok_or_else(|| wrong(&METADATA, "keys and base64 values"))?
            }
        };
        let upload = media::begin_upload(&self.core, caller, size, &metadata).await?;
        let mut response = answer(StatusCode::CREATED);
        let address = format!("{}{}/{}", self.site.base_path(), req.uri().path(), upload.id);
        set(&mut response, &LOCATION, address);
        set(&mut response, &EXPIRES, time::to_http(upload.expires_at));
        if is_piece(headers) {
            let upload = take(&self.core, caller, &upload.id, 0, body).await?;
            tell(&mut response, &upload);
        }
        Ok(response)
    }
}

impl Endpoint for OneUpload {
    type Output = Response;

    async fn call(&self, mut req: Request) -> Result<Response> {
        if *req.method() == Method::OPTIONS {
            return Ok(what_is_spoken(&self.core, OF_ONE));
        }
        let body = req.take_body();
        Ok(self.answer(&req, body).await?)
    }
}

impl OneUpload {
    async fn answer(&self, req: &Request, body: Body) -> Result<Response, Refusal> {
        // Some clients are behind something that knows GET and POST alone.
        let given = req.headers().get("x-http-method-override").and_then(|v| v.to_str().ok());
        let method = match (req.method(), given) {
            (&Method::POST, Some("PATCH")) => Method::PATCH,
            (&Method::POST, Some("DELETE")) => Method::DELETE,
            (method, _) => method.clone(),
        };
        if !matches!(method, Method::HEAD | Method::PATCH | Method::DELETE) {
            return Err(Refusal::method_not_allowed(OF_ONE));
        }
        expect_version(req.headers())?;
        let caller = asker(&self.core, &self.site, req).await?;
        let id = req.raw_path_param("id").unwrap_or_default().to_owned();
        match method {
            Method::HEAD => {
                let upload = media::look_at_upload(&self.core, &caller, &id).await?;
                let mut response = answer(StatusCode::OK);
                set(&mut response, &LENGTH, upload.size.to_string());
                tell(&mut response, &upload);
                Ok(response)
            }
            Method::PATCH => {
                if !is_piece(req.headers()) {
                    return Err(Refusal::unsupported("send a piece as application/offset+octet-stream"));
                }
                let offset = number(req.headers(), &OFFSET)?;
                let offset = i64::try_from(offset).map_err(|_| wrong(&OFFSET, "a number of bytes"))?;
                let upload = take(&self.core, &caller, &id, offset, body).await?;
                let mut response = answer(StatusCode::NO_CONTENT);
                tell(&mut response, &upload);
                Ok(response)
            }
            _ => {
                media::cancel_upload(&self.core, &caller, &id).await?;
                Ok(answer(StatusCode::NO_CONTENT))
            }
        }
    }
}

/// Take a piece. One that stops coming is as good as one that broke off: what is there is kept.
async fn take(core: &Core, caller: &Caller, id: &str, offset: i64, body: Body) -> Result<Upload, Refusal> {
    let source = Box::pin(body.into_bytes_stream());
    let stream = stream::unfold(Some(source), |source| async move {
        let mut source = source?;
        match tokio::time::timeout(PATIENCE, source.next()).await {
            Ok(None) => None,
            Ok(Some(Ok(bytes))) => Some((Ok(bytes), Some(source))),
            Ok(Some(Err(error))) => Some((Err(io::Error::other(error.to_string())), None)),
            Err(_) => Some((Err(io::Error::from(io::ErrorKind::TimedOut)), None)),
        }
    });
    // What is left of it is heard out, perhaps behind its end.
    let mut stream = Box::pin(stream.fuse());
    let taken = media::receive(core, caller, id, offset, &mut stream).await;
    if taken.is_err() {
        hear_out(stream).await;
    }
    Ok(taken?)
}

fn tell(response: &mut Response, upload: &Upload) {
    set(response, &OFFSET, upload.received.to_string());
    match &upload.asset {
        Some(file) => set(response, &FILE, file.clone()),
        None => set(response, &EXPIRES, time::to_http(upload.expires_at)),
    }
}

fn answer(status: StatusCode) -> Response {
    let mut response = Response::builder().status(status).finish();
    response.headers_mut().insert(&RESUMABLE, VERSION);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn set(response: &mut Response, name: &HeaderName, value: String) {
    if let Ok(value) = HeaderValue::try_from(value) {
        response.headers_mut().insert(name, value);
    }
}

fn what_is_spoken(core: &Core, allowed: HeaderValue) -> Response {
    let mut response = crate::reads::options(allowed);
    let headers = response.headers_mut();
    headers.insert(&RESUMABLE, VERSION);
    headers.insert("tus-version", VERSION);
    headers.insert("tus-extension", EXTENSIONS);
    headers.insert("tus-max-size", HeaderValue::from(core.settings().media.max_bytes));
    response
}

fn expect_version(headers: &HeaderMap) -> Result<(), Refusal> {
    match headers.get(&RESUMABLE).is_some_and(|v| v == VERSION) {
        true => Ok(()),
        false => Err(Refusal::of_status(StatusCode::PRECONDITION_FAILED)),
    }
}

fn is_piece(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|kind| kind == "application/offset+octet-stream")
}

fn wrong(name: &HeaderName, wanted: &str) -> Refusal {
    Error::invalid("", "header", format!("the header {name} holds {wanted}")).into()
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Result<u64, Refusal> {
    let value = headers.get(name).and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
    value.ok_or_else(|| wrong(name, "a number of bytes"))
}

/// `key base64, key base64`; a value may be missing.
fn metadata(header: &str) -> Option<Vec<(String, String)>> {
    if header.len() > LONGEST {
        return None;
    }
    let pairs = header.split(',').map(str::trim).filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (key, value) = pair.split_once(' ').unwrap_or((pair, ""));
            let value = String::from_utf8(STANDARD.decode(value.trim()).ok()?).ok()?;
            Some((key.to_owned(), value))
        })
        .collect()
}
