//! Pages of other origins: content may be read from any of them, never with its cookies, and written from those that
//! are configured.

use crate::errors::Refusal;
use crate::site::Site;
use poem::Request;
use poem::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, HeaderValue, ORIGIN, VARY,
};
use poem::http::{HeaderMap, Method};

/// What a page's script may read of an answer, beside what it always may.
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "ETag, Location, X-Request-Id, Retry-After, RateLimit, RateLimit-Policy, X-Total-Count, Tus-Resumable, \
         Upload-Offset, Upload-Length, Upload-Expires, Upload-File",
);
const ANY: HeaderValue = HeaderValue::from_static("*");

/// Whether answers at this path may be read from any origin.
pub fn is_open(path: &str) -> bool {
    path.starts_with("/api/")
}

/// What the page that asks may do here.
#[derive(Debug)]
pub enum Page {
    /// Read the answer, as every page may.
    Reads,
    /// It asks beforehand whether it may read.
    AsksToRead,
    /// Write, and read what came of it.
    Writes(HeaderValue),
    /// It asks beforehand whether it may write.
    AsksToWrite(HeaderValue),
    /// Not even read what a write of its answered.
    Nothing,
}

impl Page {
    /// Of a request at an open path.
    pub fn of(req: &Request, site: &Site) -> Self {
        if matches!(*req.method(), Method::GET | Method::HEAD) {
            return Self::Reads;
        }
        let asks = *req.method() == Method::OPTIONS;
        let Some(origin) = req.headers().get(ORIGIN) else {
            return if asks { Self::AsksToRead } else { Self::Nothing };
        };
        if !asks {
            return if site.may_write(origin) { Self::Writes(origin.clone()) } else { Self::Nothing };
        }
        let method = req.headers().get(ACCESS_CONTROL_REQUEST_METHOD);
        match method.is_some_and(|m| m != "GET" && m != "HEAD") && site.may_write(origin) {
            true => Self::AsksToWrite(origin.clone()),
            false => Self::AsksToRead,
        }
    }

    /// On every answer of an open path, refusals too: without it, a page's script could not even read why.
    pub fn tell(self, headers: &mut HeaderMap) {
        match self {
            Self::Reads => {
                headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, ANY);
                headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
            }
            Self::AsksToRead => {
                headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, ANY);
                allow(headers, "GET, HEAD", "Authorization, Content-Type, If-None-Match, X-Request-Id");
            }
            Self::Writes(origin) => {
                headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
                headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
                headers.append(VARY, HeaderValue::from_static("Origin"));
            }
            Self::AsksToWrite(origin) => {
                headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
                allow(
                    headers,
                    "GET, HEAD, POST, PUT, PATCH, DELETE",
                    "Authorization, Content-Type, Idempotency-Key, If-None-Match, X-Request-Id, Tus-Resumable, \
                     Upload-Length, Upload-Metadata, Upload-Offset, X-HTTP-Method-Override, X-Requested-With",
                );
            }
            Self::Nothing => {}
        }
    }
}

fn allow(headers: &mut HeaderMap, methods: &'static str, names: &'static str) {
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(methods));
    // Clients send `Content-Type` with reads as well.
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(names));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("7200"));
    headers.append(VARY, HeaderValue::from_static("Origin, Access-Control-Request-Method"));
}

/// Refuse a write that a page of an unknown origin sent: a browser asks beforehand for most, not for all of them.
pub fn check_write(req: &Request, site: &Site) -> Result<(), Refusal> {
    match req.headers().get(ORIGIN) {
        Some(origin) if !site.may_write(origin) && !site.is_own_origin(req) => Err(Refusal::foreign_origin()),
        _ => Ok(()),
    }
}
