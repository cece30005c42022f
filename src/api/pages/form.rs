//! Forms as browsers send them, bounded.

use crate::errors::Refusal;
use poem::http::StatusCode;
use poem::http::header::CONTENT_TYPE;
use poem::{Body, Request};

/// Largest form, in bytes.
const LARGEST: usize = 64 << 10;

/// The values of a form, by name.
pub struct Form(Vec<(String, String)>);

impl Form {
    /// A value, empty when it is not there.
    pub fn value(&self, name: &str) -> &str {
        self.0.iter().find(|(own, _)| own == name).map_or("", |(_, value)| value)
    }

    /// A value that is there and not empty.
    pub fn given(&self, name: &str) -> Option<String> {
        Some(self.value(name)).filter(|value| !value.is_empty()).map(str::to_owned)
    }
}

pub async fn read(req: &Request, body: Body) -> Result<Form, Refusal> {
    let kind = req.headers().get(CONTENT_TYPE).and_then(|k| k.to_str().ok()).unwrap_or_default();
    if !kind.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded") {
        return Err(Refusal::of_status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    let too_large = |_| Refusal::of_status(StatusCode::PAYLOAD_TOO_LARGE);
    let bytes = body.into_bytes_limit(LARGEST).await.map_err(too_large)?;
    Ok(Form(url::form_urlencoded::parse(&bytes).into_owned().collect()))
}
