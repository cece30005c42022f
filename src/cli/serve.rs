//! `masthead serve`.

use super::context::Context;
use super::failure::{DONE, Failure, Outcome};
use super::out;
use clap::Args;
use masthead_api::{ApiOptions, Listening};
use masthead_core::{Caller, Core, content, events, schema};
use std::io;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Serve content over HTTP, until SIGTERM or Ctrl-C
///
/// Creates the data where there is none, and migrates data of an older version; a snapshot of it is kept in
/// `snapshots` beside the data first. Prints the address when it is ready.
#[derive(Args)]
#[command(after_help = "\
Examples:
  masthead serve
  masthead serve --listen 0.0.0.0:8420 --data-dir /var/lib/masthead
  MASTHEAD_DATABASE_URL_FILE=/run/secrets/db masthead serve")]
pub struct Serve {}

pub fn run(context: &Context, _: &Serve) -> Outcome {
    // The port first: that it is taken should be known before anything is migrated.
    let listening = context.runtime.block_on(context.config.listen.bind()).map_err(|e| {
        let message = format!("{}: {e}", context.config.listen);
        Failure::new(message).next("--listen with another address")
    })?;
    let core = context.create()?;
    let served = context.runtime.block_on(serve(core.clone(), context.config.api_options(), listening));
    core.store().close();
    served.map_err(|e| Failure::new(format!("the server stopped: {e}")))?;
    Ok(DONE)
}

async fn serve(core: Core, options: ApiOptions, listening: Listening) -> io::Result<()> {
    let (terminate, interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let tasks = [tokio::spawn(events::watch(core.clone())), tokio::spawn(tidy(core.clone()))];
    let url = listening.url();
    tracing::info!(url, addresses = ?listening.addresses(), "ready");
    // Whoever started us may not read our output; that is no reason not to serve.
    let _ = out::line(&format!("Masthead is ready on {url}"));
    let outcome = masthead_api::serve(core, options, listening, told_to_stop(terminate, interrupt)).await;
    tasks.iter().for_each(tokio::task::JoinHandle::abort);
    tracing::info!("stopped");
    outcome
}

/// How often old history is dropped.
const TIDY: Duration = Duration::from_secs(3600);

/// Keep the data in order: what a process that was killed left behind, then, every hour, what retention drops.
async fn tidy(core: Core) {
    let left = core.clone();
    let swept = tokio::task::spawn_blocking(move || {
        schema::sweep(&left)?;
        schema::rewrite_rendered(&left, &mut |_| {})
    });
    if let Ok(Err(error)) = swept.await {
        tracing::warn!(%error, "what an earlier change of the model left behind is still there");
    }
    let mut hours = tokio::time::interval(TIDY);
    loop {
        hours.tick().await;
        if let Err(error) = content::tidy(&core, &Caller::Server("retention")).await {
            tracing::warn!(%error, "old history could not be dropped");
        }
    }
}

/// Returns with the first signal; the second one ends the process at once.
async fn told_to_stop(mut terminate: Signal, mut interrupt: Signal) {
    either(&mut terminate, &mut interrupt).await;
    tracing::info!("stopping: requests under way are answered first");
    tokio::spawn(async move {
        either(&mut terminate, &mut interrupt).await;
        std::process::exit(130);
    });
}

async fn either(terminate: &mut Signal, interrupt: &mut Signal) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
