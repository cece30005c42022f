//! HTTP: extract, authorise, one call into the domain, map the answer. The only crate that names `poem`.
//!
//! Whatever goes wrong, on whichever route, leaves through `root`, so that every refusal has one shape.

mod admin;
mod answer;
mod at_hand;
mod body;
mod byteranges;
mod caller;
mod conditional;
mod content;
mod cookies;
mod cors;
mod description;
mod docs;
mod errors;
mod front;
mod health;
mod index;
mod json;
mod limits;
mod listen;
mod manners;
mod media;
mod metrics;
mod negotiate;
mod pages;
mod pictures_at_hand;
mod ranges;
mod reads;
mod received;
mod rest;
mod root;
mod routes;
mod serve;
mod signed;
mod site;
mod site_reads;
mod socket;
#[cfg(test)]
mod tests;
mod tus;
mod unread;
mod upload;
mod writes;

pub use description::static_yaml;
pub use limits::RateLimits;
pub use listen::{Listen, Listening};
pub use metrics::Metrics;
pub use routes::app;
pub use serve::serve;
pub use site::{Network, Origin, PublicUrl, Site};

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What the doors need to know beside the domain.
#[derive(Clone, Debug, Default)]
pub struct ApiOptions {
    /// Raised when the server begins to stop: `/readyz` then answers 503, so that no new work is sent here.
    pub draining: Draining,
    /// Where browsers find the site, when that is not where it listens.
    pub public_url: Option<PublicUrl>,
    /// Proxies that are believed about the client's address and about encryption.
    pub trusted_proxies: Vec<Network>,
    /// Names to answer to, beside those of `public_url` and of this machine.
    pub allowed_hosts: Vec<String>,
    /// Pages that may write through the content API.
    pub cors_origins: Vec<Origin>,
    pub rate_limits: RateLimits,
    /// Opens `/metrics`, beside tokens of administrators.
    pub metrics_token: Option<Secret>,
    pub metrics: Metrics,
}

/// Something that must not be seen in a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A flag that is raised once, when the server begins to stop.
#[derive(Clone, Debug, Default)]
pub struct Draining(Arc<AtomicBool>);

impl Draining {
    pub fn begin(&self) {
        self.0.store(true, Ordering::Release);
    }

    pub fn has_begun(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}
