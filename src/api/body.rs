//! Reading what was sent: bounded in size and depth, and refused with the place where it went wrong.

use crate::errors::Refusal;
use futures_util::StreamExt;
use masthead_core::Error;
use poem::http::StatusCode;
use poem::http::header::CONTENT_TYPE;
use poem::{Body, Request};
use serde_json::{Map, Value};
use std::time::Duration;

/// Largest body of a write, in bytes.
pub const LARGEST: usize = 16 << 20;

/// A client that sends nothing for so long is not waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// What was sent as JSON, not yet parsed.
pub async fn json_bytes(req: &Request, body: Body) -> Result<Vec<u8>, Refusal> {
    let is_json = req.headers().get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).is_none_or(|kind| {
        let kind = kind.split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case("application/json") || kind.to_ascii_lowercase().ends_with("+json")
    });
    if !is_json {
        return Err(Refusal::of_status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    read(body).await
}

/// The `data` of a write: `{"data": {…}}`.
pub async fn data(req: &Request, body: Body) -> Result<Map<String, Value>, Refusal> {
    let bytes = json_bytes(req, body).await?;
    let invalid = |pointer: &str, code: &str, message: String| Refusal::from(Error::invalid(pointer, code, message));
    let value: Value =
        serde_json::from_slice(&bytes).map_err(|e| invalid("", "json", format!("this is not JSON: {e}")))?;
    let Value::Object(mut envelope) = value else {
        return Err(invalid("", "type", "send an object: {\"data\": {…}}".to_owned()));
    };
    let data = envelope.shift_remove("data");
    if let Some(other) = envelope.keys().find(|key| *key != "meta") {
        let message = format!("'{other}' stands beside `data`: fields belong inside it");
        return Err(invalid(&masthead_model::problem::pointer_to("", other), "unknown_field", message));
    }
    match data {
        Some(Value::Object(data)) => Ok(data),
        Some(_) => Err(invalid("/data", "type", "`data` is an object of fields".to_owned())),
        None => Err(invalid("/data", "required", "send the fields as {\"data\": {…}}".to_owned())),
    }
}

/// The whole body, however it is sent; no more than [`LARGEST`] is ever held.
async fn read(body: Body) -> Result<Vec<u8>, Refusal> {
    let mut stream = body.into_bytes_stream();
    let mut bytes = Vec::new();
    loop {
        let next = tokio::time::timeout(PATIENCE, stream.next()).await;
        let Some(chunk) = next.map_err(|_| Refusal::of_status(StatusCode::REQUEST_TIMEOUT))? else { break };
        let chunk = chunk.map_err(|_| Refusal::of_status(StatusCode::BAD_REQUEST))?;
        if bytes.len() + chunk.len() > LARGEST {
            return Err(Refusal::of_status(StatusCode::PAYLOAD_TOO_LARGE));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
