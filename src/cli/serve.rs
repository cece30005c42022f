//! `masthead serve`.

use super::context::Context;
use super::failure::{DONE, Failure, Outcome};
use super::out;
use clap::Args;
use masthead_api::{ApiOptions, Listening};
use masthead_core::access::{self, links, mail, tokens};
use masthead_core::{Caller, Core, content, events, media, schema};
use masthead_store::now_micros;
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
    let search = context.search(&core);
    search.wire();
    // Searching waits for it, serving does not.
    let following = search.follow().map_err(|e| Failure::new(format!("search: {e}")))?;
    let served = context.runtime.block_on(serve(core.clone(), context.config.api_options(), listening));
    drop(following);
    core.store().close();
    served.map_err(|e| Failure::new(format!("the server stopped: {e}")))?;
    Ok(DONE)
}

async fn serve(core: Core, options: ApiOptions, listening: Listening) -> io::Result<()> {
    let (terminate, interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let tasks =
        [tokio::spawn(events::watch(core.clone())), tokio::spawn(tidy(core.clone())), tokio::spawn(note(core.clone()))];
    if mail::is_set_up(&core) && options.public_url.is_none() {
        tracing::warn!("links in mail lead to this machine alone: set public_url");
    }
    let base = options.public_url.as_ref().map_or_else(|| listening.url(), ToString::to_string);
    let url = listening.url();
    tracing::info!(url, addresses = ?listening.addresses(), "ready");
    // Whoever started us may not read our output; that is no reason not to serve.
    let _ = out::line(&format!("Masthead is ready on {url}"));
    invite_first(&core, &base).await;
    let outcome = masthead_api::serve(core.clone(), options, listening, told_to_stop(terminate, interrupt)).await;
    tasks.iter().for_each(tokio::task::JoinHandle::abort);
    if let Err(error) = tokens::flush(&core).await {
        tracing::warn!(%error, "when tokens were last used could not be noted");
    }
    tracing::info!("stopped");
    outcome
}

/// Where nobody has an account yet: how to become the first administrator. Printed, never logged.
async fn invite_first(core: &Core, base: &str) {
    match links::first_admin(core, &Caller::Server("setup"), now_micros()).await {
        Ok(Some(link)) => {
            let _ = out::line(&format!("Become the first administrator (once, within an hour): {}", link.url(base)));
        }
        Ok(None) => {}
        Err(error) => tracing::warn!(%error, "there is no link for the first administrator"),
    }
}

/// How often it is written down when tokens were last used.
const NOTE: Duration = Duration::from_secs(60);

async fn note(core: Core) {
    let mut minutes = tokio::time::interval(NOTE);
    loop {
        minutes.tick().await;
        if let Err(error) = tokens::flush(&core).await {
            tracing::warn!(%error, "when tokens were last used could not be noted");
        }
    }
}

/// How often old history is dropped.
const TIDY: Duration = Duration::from_secs(3600);

/// Bytes of files that nobody has are kept so long: an upload may just be writing their row. µs.
pub const MEDIA_GRACE: i64 = 3600 * 1_000_000;

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
        match media::sweep(&core, &Caller::Server("media"), MEDIA_GRACE).await {
            Ok(swept) if !swept.missing.is_empty() => {
                tracing::error!(files = ?swept.missing, "the bytes of files are not where they should be");
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "files that nobody has could not be swept"),
        }
        if let Err(error) = access::tidy(&core, &Caller::Server("sessions"), now_micros()).await {
            tracing::warn!(%error, "sessions that are over could not be dropped");
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
