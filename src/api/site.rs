//! Where this server is, as the browser of a request sees it, and who that browser is.
//!
//! What is built here comes from `public_url` or from the listener, never from the `Host` header, which only decides
//! whether a request is answered at all.

mod addresses;
mod forwarded;
mod hosts;

pub use addresses::{Network, Origin, PublicUrl};

use crate::ApiOptions;
use crate::errors::Refusal;
use poem::Request;
use poem::http::header::{HOST, HeaderValue, ORIGIN};
use poem::http::{HeaderMap, Uri};
use poem::web::LocalAddr;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

/// The site's own addresses. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Site(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    public: Option<PublicUrl>,
    trusted: Vec<Network>,
    hosts: Vec<String>,
    origins: Vec<Origin>,
}

impl Site {
    pub fn new(options: &ApiOptions) -> Self {
        Self(Arc::new(Inner {
            public: options.public_url.clone(),
            trusted: options.trusted_proxies.clone(),
            hosts: options.allowed_hosts.iter().map(|host| host.to_ascii_lowercase()).collect(),
            origins: options.cors_origins.clone(),
        }))
    }

    /// What every path begins with in the browser: empty, or `/cms`. Redirects and cookies are made with it.
    pub fn base_path(&self) -> &str {
        self.0.public.as_ref().map_or("", PublicUrl::path)
    }

    /// What a full link begins with, without a slash at its end: `https://example.org/cms`.
    pub fn url(&self, req: &Request) -> String {
        match &self.0.public {
            Some(public) => public.to_string(),
            None => self.origin(req),
        }
    }

    /// The site's own origin: of `public_url`, else of the address that the connection came in on.
    pub fn origin(&self, req: &Request) -> String {
        if let Some(public) = &self.0.public {
            return public.origin().to_owned();
        }
        match local(req) {
            Some(address) if !address.ip().to_canonical().is_loopback() => {
                format!("http://{}", SocketAddr::new(address.ip().to_canonical(), address.port()))
            }
            Some(address) => format!("http://localhost:{}", address.port()),
            None => "http://localhost".to_owned(),
        }
    }

    /// Whether the browser's connection is encrypted: as a trusted proxy says, else as `public_url` has it.
    pub fn is_secure(&self, req: &Request) -> bool {
        let said = if self.is_behind_proxy(req) { forwarded::is_secure(req.headers()) } else { None };
        said.unwrap_or_else(|| self.0.public.as_ref().is_some_and(PublicUrl::is_secure))
    }

    /// Whether the browser runs on this machine, as far as the name tells that it asks for.
    pub fn is_loopback(&self, req: &Request) -> bool {
        let host = req.headers().get(HOST).and_then(|h| h.to_str().ok()).and_then(hosts::host_of);
        host.or_else(|| req.uri().host()).is_some_and(hosts::is_loopback)
    }

    /// The client's address: of the connection, or of the right-most untrusted hop when a trusted proxy has it.
    pub fn client(&self, req: &Request) -> IpAddr {
        let peer = peer(req);
        if self.0.trusted.is_empty() {
            return peer;
        }
        forwarded::client(req.headers(), peer, &self.0.trusted)
    }

    /// Whether the connection comes from a trusted proxy.
    pub fn is_behind_proxy(&self, req: &Request) -> bool {
        let peer = peer(req);
        self.0.trusted.iter().any(|network| network.contains(peer))
    }

    /// Whether a browser sent this from one of the site's own pages, as far as it says: what it must do for everything
    /// that a cookie authenticates. Without an `Origin` it is not known, and false.
    pub fn is_own_origin(&self, req: &Request) -> bool {
        let Some(origin) = req.headers().get(ORIGIN).and_then(|o| o.to_str().ok()) else { return false };
        if self.0.public.as_ref().is_some_and(|public| public.origin() == origin) {
            return true;
        }
        // The host was let through: a page of another site has another one, or another port.
        let host = req.headers().get(HOST).and_then(|h| h.to_str().ok());
        let authority = origin.split_once("://").map(|(_, authority)| authority);
        authority.is_some_and(|a| host.is_some_and(|h| a.eq_ignore_ascii_case(h)))
    }

    /// Whether pages of this origin may write through the content API.
    pub fn may_write(&self, origin: &HeaderValue) -> bool {
        let origin = origin.as_bytes();
        let own = self.0.public.as_ref().is_some_and(|public| public.origin().as_bytes() == origin);
        own || self.0.origins.iter().any(|o| o.as_str() == "*" || o.as_str().as_bytes() == origin)
    }

    /// Refuse a request for a name that is not ours: 421.
    pub(crate) fn check_host(&self, req: &Request) -> Result<(), Refusal> {
        self.check_names(req.headers(), req.uri(), req.local_addr())
    }

    /// The same, by what a request says and where it came in.
    pub(crate) fn check_names(&self, headers: &HeaderMap, uri: &Uri, local: &LocalAddr) -> Result<(), Refusal> {
        let named = headers.get_all(HOST).iter().map(HeaderValue::to_str);
        for authority in named {
            let host = authority.ok().and_then(hosts::host_of);
            if !host.is_some_and(|host| self.answers_to(host, local)) {
                return Err(Refusal::misdirected(host.unwrap_or_default()));
            }
        }
        match uri.authority().map(|authority| hosts::host_of(authority.as_str())) {
            Some(host) if !host.is_some_and(|host| self.answers_to(host, local)) => {
                Err(Refusal::misdirected(host.unwrap_or_default()))
            }
            _ => Ok(()),
        }
    }

    fn answers_to(&self, host: &str, local: &LocalAddr) -> bool {
        hosts::is_loopback(host)
            || self.0.public.as_ref().is_some_and(|public| public.host().eq_ignore_ascii_case(host))
            || self.0.hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(host))
            || (hosts::is_private(host)
                && local.0.as_socket_addr().is_some_and(|local| !local.ip().to_canonical().is_loopback()))
    }

    /// The path as the routes know it, when it stands below `public_url`'s: a proxy may keep that prefix or take it
    /// off.
    pub(crate) fn inner_path<'p>(&self, path_and_query: &'p str) -> Option<&'p str> {
        let base = self.base_path();
        if base.is_empty() {
            return None;
        }
        path_and_query.strip_prefix(base).filter(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
    }
}

/// The address that the connection comes from.
fn peer(req: &Request) -> IpAddr {
    let address = req.remote_addr().0.as_socket_addr();
    address.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |a| a.ip().to_canonical())
}

fn local(req: &Request) -> Option<SocketAddr> {
    req.local_addr().0.as_socket_addr().copied()
}

#[cfg(test)]
mod tests;
