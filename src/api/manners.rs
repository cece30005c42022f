//! Hear a client out: most send all of their body before they look at the answer, and would see nothing but a
//! connection that broke off.

use futures_util::{Stream, StreamExt};
use poem::Body;
use std::time::Duration;

/// How long somebody is listened to whose request is refused anyway.
const PATIENCE: Duration = Duration::from_secs(10);

/// Read what still comes, and keep none of it.
pub async fn hear_out<T, E>(mut rest: impl Stream<Item = Result<T, E>> + Unpin) {
    let all = async { while let Some(Ok(_)) = rest.next().await {} };
    let _ = tokio::time::timeout(PATIENCE, all).await;
}

/// The same of a body that nobody has begun to read.
pub async fn hear_out_body(body: Body) {
    hear_out(Box::pin(body.into_bytes_stream())).await;
}
