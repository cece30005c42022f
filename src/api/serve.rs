//! Serving until told to stop.

use crate::socket::Sockets;
use crate::{ApiOptions, Listening, app};
use masthead_core::Core;
use poem::Server;
use std::convert::Infallible;
use std::io;
use std::time::Duration;

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
    let stop = async move {
        stop.await;
        draining.begin();
    };
    Server::<Infallible, _>::new_with_acceptor(Sockets::new(listening, metrics))
        .run_with_graceful_shutdown(app(core, options), stop, Some(GRACE))
        .await
}
