//! Who asks, where a session counts: the admin API and its pages. Never the content API.
//!
//! A browser sends a cookie along with whatever any page makes it send. So whatever changes something must come from
//! one of the site's own pages, as the browser itself says.

use crate::caller::caller;
use crate::cookies::Jar;
use crate::errors::Refusal;
use crate::site::Site;
use masthead_core::access::sessions;
use masthead_core::access::sign_in::Visit;
use masthead_core::{Caller, Core, Error};
use masthead_store::now_micros;
use poem::Request;
use poem::http::header::{AUTHORIZATION, ORIGIN, USER_AGENT};
use poem::http::{HeaderMap, Method};
use std::net::IpAddr;

/// The caller of a request, with the session when there is one.
#[derive(Clone, Debug)]
pub struct Asked {
    pub caller: Caller,
    pub session: Option<i64>,
}

/// By a token, else by the session's cookie, else nobody. What is wrong is refused, never ignored.
pub async fn asked(core: &Core, site: &Site, req: &Request) -> Result<Asked, Refusal> {
    let secret = match req.headers().contains_key(AUTHORIZATION) {
        true => None,
        false => Jar::of(site, req).and_then(|jar| jar.session(req)),
    };
    let Some(secret) = secret else {
        return Ok(Asked { caller: caller(core, req).await?, session: None });
    };
    check_own_page(site, req)?;
    let signed = sessions::find(core, &secret, now_micros()).await?;
    Ok(Asked { caller: signed.caller, session: Some(signed.session) })
}

/// Refuse what changes something and does not come from one of the site's own pages.
pub fn check_own_page(site: &Site, req: &Request) -> Result<(), Refusal> {
    let reads = matches!(*req.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if reads || is_own_page(site, req) == Some(true) { Ok(()) } else { Err(Refusal::not_own_page()) }
}

/// Refuse what another site's page sends. A program that is no browser says nothing about it.
pub fn check_no_foreign_page(site: &Site, req: &Request) -> Result<(), Refusal> {
    if is_own_page(site, req) == Some(false) { Err(Refusal::not_own_page()) } else { Ok(()) }
}

/// Whether the site's own page sent this; none when nothing is said about it.
fn is_own_page(site: &Site, req: &Request) -> Option<bool> {
    match word(req.headers(), "sec-fetch-site") {
        Some(from) => Some(from == "same-origin"),
        None => req.headers().contains_key(ORIGIN).then(|| site.is_own_origin(req)),
    }
}

fn word<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Where somebody signs in from.
pub fn visit(site: &Site, jar: Jar, req: &Request) -> Visit {
    Visit {
        address: network(site.client(req)),
        agent: word(req.headers(), USER_AGENT.as_str()).unwrap_or_default().to_owned(),
        device: jar.device(req),
        session: jar.session(req),
    }
}

/// An address by which attempts are counted. With IPv6 everybody has a whole network: 64 bits of it.
pub fn network(address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

/// The domain's refusal of somebody who is nobody.
pub fn somebody(asked: Asked) -> Result<Asked, Refusal> {
    if asked.caller == Caller::Anonymous { Err(Error::Unauthorized.into()) } else { Ok(asked) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ApiOptions;

    #[test]
    fn a_page_is_our_own_when_the_browser_says_so() {
        let site = Site::new(&ApiOptions::default());
        let own = |headers: &[(&str, &str)]| {
            let mut request = Request::builder().method(Method::POST).header("host", "localhost:8420");
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            is_own_page(&site, &request.finish())
        };
        assert_eq!(own(&[]), None);
        assert_eq!(own(&[("origin", "http://localhost:8420")]), Some(true));
        assert_eq!(own(&[("origin", "http://localhost:9000")]), Some(false));
        assert_eq!(own(&[("origin", "null")]), Some(false));
        assert_eq!(own(&[("origin", "null"), ("sec-fetch-site", "same-origin")]), Some(true));
        for other in ["same-site", "cross-site", "none"] {
            assert_eq!(own(&[("origin", "http://localhost:8420"), ("sec-fetch-site", other)]), Some(false), "{other}");
        }
    }

    #[test]
    fn addresses_are_counted_by_network() {
        assert_eq!(network("192.0.2.1".parse().unwrap()), "192.0.2.1");
        assert_eq!(network("2001:db8:1:2:3:4:5:6".parse().unwrap()), "2001:db8:1:2::/64");
    }
}
