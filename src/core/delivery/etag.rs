//! The entity tag of an answer, in each form that it may go in.

use super::Coding;
use http::HeaderValue;
use twox_hash::XxHash3_64;

/// `"<hash>"`, and `"<hash>-<coding>"` for compressed forms. Strong, and never valid for writes.
#[derive(Clone, Debug)]
pub struct ETag {
    plain: HeaderValue,
    gzip: HeaderValue,
    br: HeaderValue,
    text: String,
}

impl ETag {
    /// Of a body.
    pub(super) fn of(body: &[u8]) -> Self {
        let hash = XxHash3_64::oneshot(body);
        let of =
            |end: &str| HeaderValue::try_from(format!("\"{hash:016x}{end}\"")).unwrap_or(HeaderValue::from_static(""));
        Self { plain: of(""), gzip: of("-gzip"), br: of("-br"), text: format!("\"{hash:016x}\"") }
    }

    /// Quoted, of what is not compressed.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Of the body in a coding, as the header has it.
    pub fn header(&self, coding: Option<Coding>) -> HeaderValue {
        match coding {
            None => self.plain.clone(),
            Some(Coding::Gzip) => self.gzip.clone(),
            Some(Coding::Br) => self.br.clone(),
        }
    }
}
