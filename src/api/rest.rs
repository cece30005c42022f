//! What of a request nobody read: a little is read out, so that the connection can go on; else the answer says that it
//! ends. Without either, a client's next request is sent into a connection that closes.

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt};
use poem::http::header::{CONTENT_LENGTH, EXPECT, TRANSFER_ENCODING};
use poem::{Body, Request};
use std::future::poll_fn;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

/// As much is read out, bytes.
const MOST: u64 = 64 << 10;
/// And waited for as long.
const PATIENCE: Duration = Duration::from_secs(1);

struct Source {
    stream: BoxStream<'static, io::Result<Bytes>>,
    ended: bool,
}

impl Source {
    fn next(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        let polled = self.stream.poll_next_unpin(cx);
        self.ended |= matches!(polled, Poll::Ready(None));
        polled
    }
}

/// The body of a request that is under way.
pub struct Rest {
    source: Arc<Mutex<Source>>,
    /// Whether it is worth reading out.
    is_small: bool,
}

impl Rest {
    /// Look after the body of `req`, which goes on as before; none when it has none.
    pub fn of(req: &mut Request) -> Option<Self> {
        let headers = req.headers();
        let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        if length.unwrap_or(0) == 0 && !headers.contains_key(TRANSFER_ENCODING) {
            return None;
        }
        // Who waits to be told to go on has not sent anything.
        let is_small = length.is_none_or(|length| length <= MOST) && !headers.contains_key(EXPECT);
        let stream = req.take_body().into_bytes_stream().boxed();
        let source = Arc::new(Mutex::new(Source { stream, ended: false }));
        let lent = source.clone();
        let lent = stream::poll_fn(move |cx| lent.lock().unwrap_or_else(PoisonError::into_inner).next(cx));
        req.set_body(Body::from_bytes_stream(lent));
        Some(Self { source, is_small })
    }

    /// Read what was not read; whether that was all of it.
    pub async fn read_out(self) -> bool {
        let mut left = MOST;
        loop {
            if self.source.lock().unwrap_or_else(PoisonError::into_inner).ended {
                return true;
            }
            if !self.is_small {
                return false;
            }
            let next = poll_fn(|cx| self.source.lock().unwrap_or_else(PoisonError::into_inner).next(cx));
            match tokio::time::timeout(PATIENCE, next).await {
                Ok(Some(Ok(chunk))) if chunk.len() as u64 <= left => left -= chunk.len() as u64,
                Ok(None) => return true,
                _ => return false,
            }
        }
    }
}
