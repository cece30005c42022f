//! Reading what was sent: bounded in size and depth, and refused with the place where it went wrong.

use crate::errors::Refusal;
use crate::json;
use futures_util::StreamExt;
use masthead_core::Error;
use poem::http::StatusCode;
use poem::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use poem::{Body, Request};
use serde_json::{Map, Value};
use std::time::Duration;
use tokio::time::Instant;

/// Largest body of a write, in bytes.
pub const LARGEST: usize = 16 << 20;

/// A client that sends nothing for so long is not waited for.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// Nor one that takes so long for all of it.
const LIMIT: Duration = Duration::from_secs(180);

/// What was sent as JSON, not yet parsed.
pub async fn json_bytes(req: &Request, body: Body) -> Result<Vec<u8>, Refusal> {
    let is_json = req.headers().get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).is_none_or(|kind| {
        let kind = kind.split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case("application/json") || kind.to_ascii_lowercase().ends_with("+json")
    });
    if !is_json {
        return Err(Refusal::of_status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    if req.headers().get(CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<u64>().ok()) > Some(LARGEST as u64) {
        return Err(Refusal::of_status(StatusCode::PAYLOAD_TOO_LARGE));
    }
    read(body, PATIENCE, LIMIT).await
}

/// The `data` of a write: `{"data": {…}}`.
pub async fn data(req: &Request, body: Body) -> Result<Map<String, Value>, Refusal> {
    let bytes = json_bytes(req, body).await?;
    let invalid = |pointer: &str, code: &str, message: String| Refusal::from(Error::invalid(pointer, code, message));
    let value = json::parse(&bytes)?;
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
async fn read(body: Body, patience: Duration, limit: Duration) -> Result<Vec<u8>, Refusal> {
    let end = Instant::now() + limit;
    let mut stream = body.into_bytes_stream();
    let mut bytes = Vec::new();
    loop {
        let next = tokio::time::timeout_at(end.min(Instant::now() + patience), stream.next()).await;
        let Some(chunk) = next.map_err(|_| Refusal::of_status(StatusCode::REQUEST_TIMEOUT))? else { break };
        let chunk = chunk.map_err(|_| Refusal::of_status(StatusCode::BAD_REQUEST))?;
        if bytes.len() + chunk.len() > LARGEST {
            return Err(Refusal::of_status(StatusCode::PAYLOAD_TOO_LARGE));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;

    const SHORT: Duration = Duration::from_millis(50);
    const LONG: Duration = Duration::from_secs(60);

    async fn refused(body: Body, patience: Duration, limit: Duration) -> u16 {
        read(body, patience, limit).await.unwrap_err().status().as_u16()
    }

    #[tokio::test]
    async fn a_body_that_does_not_come_or_comes_for_ever_is_not_waited_for() {
        let silent = || Body::from_bytes_stream(stream::pending::<Result<Vec<u8>, std::io::Error>>());
        assert_eq!(refused(silent(), SHORT, LONG).await, 408);
        let trickle = stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_millis(1)).await;
            Some((Ok::<_, std::io::Error>(b" ".to_vec()), ()))
        });
        assert_eq!(refused(Body::from_bytes_stream(trickle), LONG, SHORT).await, 408);
        let endless = stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b' '; 1 << 20]));
        assert_eq!(refused(Body::from_bytes_stream(endless), LONG, LONG).await, 413);
        assert_eq!(read(Body::from_string("{}".to_owned()), LONG, LONG).await.unwrap(), b"{}");
    }
}
