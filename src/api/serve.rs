//! Serving until told to stop.
//!
//! Connections are handed to hyper here and not by poem's own server: that one puts each behind a box that cannot write
//! several buffers at once, so that every body would be copied behind its head before it is sent.

use crate::front::Front;
use crate::routes::front;
use crate::socket::{Socket, Sockets};
use crate::{ApiOptions, Listening};
use futures_util::future::{Either, ready};
use http_body_util::Either as EitherBody;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use masthead_core::Core;
use poem::Endpoint;
use poem::http::uri::Scheme;
use poem::http::{Request, Response};
use poem::listener::Acceptor;
use poem::web::{LocalAddr, RemoteAddr};
use std::convert::Infallible;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// Requests under way are given this long to finish.
const GRACE: Duration = Duration::from_secs(10);

/// Answer requests until `stop`; then accept no more, and return when those under way are answered (or after 10 s).
pub async fn serve(
    core: Core,
    options: ApiOptions,
    listening: Listening,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let (draining, metrics) = (options.draining.clone(), options.metrics.clone());
    let mut sockets = Sockets::new(listening, metrics);
    let app = Arc::new(front(core, options));
    // Every connection holds a clone of `open` as long as it lives, and looks at `stopping`.
    let (open, mut closed) = mpsc::channel::<Infallible>(1);
    let (stop_all, stopping) = watch::channel(false);
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = sockets.accept() => accepted,
        };
        if let Ok((socket, local, remote, scheme)) = accepted {
            let connection = connection(app.clone(), socket, (local, remote, scheme), stopping.clone());
            let open = open.clone();
            tokio::spawn(async move {
                connection.await;
                drop(open);
            });
        }
    }
    draining.begin();
    drop((open, sockets));
    // Fails only when no connection is left.
    let _ = stop_all.send(true);
    let _ = tokio::time::timeout(GRACE, closed.recv()).await;
    Ok(())
}

/// Answer the requests of one connection, HTTP/1.1 or HTTP/2.
async fn connection<E: Endpoint<Output = poem::Response> + 'static>(
    app: Arc<Front<E>>,
    socket: Socket,
    (local, remote, scheme): (LocalAddr, RemoteAddr, Scheme),
    mut stopping: watch::Receiver<bool>,
) {
    let desk = socket.desk();
    let service = service_fn(move |req: Request<Incoming>| {
        if let Some(answer) = app.at_hand(&req, &local) {
            return Either::Left(ready(Ok::<_, Infallible>(answer.map(EitherBody::Left))));
        }
        let (app, from) = (app.clone(), (local.clone(), remote.clone(), scheme.clone()));
        let working = desk.begin();
        // In a box: hyper would copy it, and it is large.
        Either::Right(Box::pin(async move {
            let _working = working;
            let (local, remote, scheme) = from;
            let response = app.get_response((req, local, remote, scheme).into()).await;
            let response: Response<_> = response.into();
            Ok(response.map(EitherBody::Right))
        }))
    });
    let builder = Builder::new(TokioExecutor::new());
    let mut serving = pin!(builder.serve_connection(TokioIo::new(socket), service));
    tokio::select! {
        // What goes wrong on a connection is its client's: there is nobody left to tell.
        _ = serving.as_mut() => return,
        _ = stopping.changed() => {}
    }
    serving.as_mut().graceful_shutdown();
    let _ = serving.await;
}
