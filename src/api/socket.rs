//! Connections: accepted from several listeners, sent without delay, closed when nothing moves any more.

use crate::metrics::Open;
use crate::{Listening, Metrics, unread};
use futures_util::future::select_all;
use poem::http::uri::Scheme;
use poem::listener::Acceptor;
use poem::web::{LocalAddr, RemoteAddr};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, Sleep};

/// A connection on which nothing was read or written for so long is closed.
const IDLE: Duration = Duration::from_secs(75);
/// When no connection can be had (no file handles are left), it is tried again after this.
const PAUSE: Duration = Duration::from_millis(100);

/// Accepts from all listeners.
pub struct Sockets {
    listeners: Vec<TcpListener>,
    metrics: Metrics,
}

impl Sockets {
    pub fn new(listening: Listening, metrics: Metrics) -> Self {
        Self { listeners: listening.listeners, metrics }
    }
}

impl Acceptor for Sockets {
    type Io = Socket;

    fn local_addr(&self) -> Vec<LocalAddr> {
        self.listeners.iter().filter_map(|l| l.local_addr().ok()).map(|a| LocalAddr(a.into())).collect()
    }

    async fn accept(&mut self) -> io::Result<(Socket, LocalAddr, RemoteAddr, Scheme)> {
        loop {
            let (accepted, which, _) = select_all(self.listeners.iter().map(|l| Box::pin(l.accept()))).await;
            match accepted {
                Ok((stream, remote)) => {
                    // A small answer must not wait for a full packet. Fails only on a connection that is gone.
                    let _ = stream.set_nodelay(true);
                    let local = self.listeners[which].local_addr()?;
                    return Ok((
                        Socket::new(stream, IDLE, self.metrics.open()),
                        LocalAddr(local.into()),
                        RemoteAddr(remote.into()),
                        Scheme::HTTP,
                    ));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
}

/// A connection that ends itself when it is idle.
pub struct Socket {
    stream: TcpStream,
    idle: Duration,
    moved: Instant,
    alarm: Pin<Box<Sleep>>,
    /// Requests that are being worked on.
    working: Arc<AtomicUsize>,
    /// Whether something was read since the last write: what is written next begins an answer.
    asked: bool,
    /// What is still to be sent of an answer that stands instead of another one.
    instead: Vec<u8>,
    _open: Open,
}

impl Socket {
    fn new(stream: TcpStream, idle: Duration, open: Open) -> Self {
        let now = Instant::now();
        Self {
            stream,
            idle,
            moved: now,
            alarm: Box::pin(tokio::time::sleep_until(now + idle)),
            working: Arc::default(),
            asked: false,
            instead: Vec::new(),
            _open: open,
        }
    }

    /// Begins work on requests of this connection.
    pub fn desk(&self) -> Desk {
        Desk(self.working.clone())
    }

    /// Whether `data` is a refusal that is sent in another form; that is sent by and by.
    fn is_replaced(&mut self, data: &[u8]) -> bool {
        if !std::mem::take(&mut self.asked) {
            return false;
        }
        let found = unread::instead(data);
        self.instead.extend(found.iter().flatten());
        found.is_some()
    }

    /// Send what stands instead of another answer.
    fn send_instead(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.instead.is_empty() {
            let polled = Pin::new(&mut self.stream).poll_write(cx, &self.instead);
            let sent = ready!(self.noted(cx, polled))?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.instead.drain(..sent);
        }
        Poll::Ready(Ok(()))
    }

    /// The alarm is moved only when it rings: noting the time is all that an active connection pays.
    fn noted<T>(&mut self, cx: &mut Context<'_>, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            self.moved = Instant::now();
            return polled;
        }
        while self.alarm.as_mut().poll(cx).is_ready() {
            let (due, now) = (self.moved + self.idle, Instant::now());
            let is_working = self.working.load(Ordering::Relaxed) > 0;
            if due <= now && !is_working {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            self.alarm.as_mut().reset(if is_working { now + self.idle } else { due });
        }
        Poll::Pending
    }
}

/// Where requests of a connection are worked on. Meanwhile it is not idle, however long nothing moves: a large file is on
/// its way to a slow store. Clients that stop sending are dealt with by whoever reads what they send.
#[derive(Clone)]
pub struct Desk(Arc<AtomicUsize>);

/// A request is worked on while it lives.
pub struct Working(Arc<AtomicUsize>);

impl Desk {
    pub fn begin(&self) -> Working {
        self.0.fetch_add(1, Ordering::Relaxed);
        Working(self.0.clone())
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl AsyncRead for Socket {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buf);
        self.asked |= buf.filled().len() > before;
        self.noted(cx, polled)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.send_instead(cx))?;
        if self.is_replaced(data) {
            return Poll::Ready(Ok(data.len()));
        }
        let polled = Pin::new(&mut self.stream).poll_write(cx, data);
        self.noted(cx, polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.send_instead(cx))?;
        if let [only] = data
            && self.is_replaced(only)
        {
            return Poll::Ready(Ok(only.len()));
        }
        self.asked = false;
        let polled = Pin::new(&mut self.stream).poll_write_vectored(cx, data);
        self.noted(cx, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.send_instead(cx))?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.send_instead(cx))?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use tokio::io::AsyncWriteExt;

    async fn read(socket: &mut Socket) -> io::Result<Vec<u8>> {
        let mut bytes = [0; 16];
        let mut buffer = ReadBuf::new(&mut bytes);
        poll_fn(|cx| Pin::new(&mut *socket).poll_read(cx, &mut buffer)).await?;
        Ok(buffer.filled().to_vec())
    }

    #[tokio::test]
    async fn a_connection_on_which_nothing_moves_is_ended() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let mut socket = Socket::new(stream, Duration::from_millis(50), Metrics::default().open());
        client.write_all(b"GET").await.unwrap();
        assert_eq!(read(&mut socket).await.unwrap(), b"GET");
        let working = socket.desk().begin();
        let waited = tokio::time::timeout(Duration::from_millis(200), read(&mut socket)).await;
        assert!(waited.is_err(), "its request is worked on");
        drop(working);
        assert_eq!(read(&mut socket).await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }
}
