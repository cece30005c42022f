//! What proxies say about the request behind them. Believed of trusted ones alone: anybody can send these headers.
//!
//! `X-Forwarded-For` counts where there is one, `Forwarded` (RFC 7239) otherwise. The hops are read from the right: the
//! last trusted proxy has written the right-most, and what stands left of the first untrusted one is hearsay.

use super::addresses::{Network, plain};
use poem::http::HeaderMap;
use std::net::{IpAddr, SocketAddr};

/// The client's address: the first one from the right that is no trusted proxy's.
pub fn client(headers: &HeaderMap, peer: IpAddr, trusted: &[Network]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut client = plain(peer);
    if !is_trusted(client) {
        return client;
    }
    let hops: Vec<Option<IpAddr>> = if headers.contains_key("x-forwarded-for") {
        words(headers, "x-forwarded-for").map(address).collect()
    } else {
        words(headers, "forwarded").map(|hop| parameter(hop, "for").and_then(address)).collect()
    };
    for hop in hops.into_iter().rev() {
        // `unknown`, or a name that hides the address: nothing further left can be believed.
        let Some(hop) = hop else { break };
        client = hop;
        if !is_trusted(hop) {
            break;
        }
    }
    client
}

/// Whether the browser's connection was encrypted, where the last proxy says so.
pub fn is_secure(headers: &HeaderMap) -> Option<bool> {
    let said = match words(headers, "x-forwarded-proto").last() {
        Some(word) => word,
        None => parameter(words(headers, "forwarded").last()?, "proto")?,
    };
    Some(said.eq_ignore_ascii_case("https"))
}

/// The elements of a list that may stand in several headers.
fn words<'h>(headers: &'h HeaderMap, name: &str) -> impl Iterator<Item = &'h str> {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim)
}

/// A parameter of one hop of `Forwarded`, without its quotes.
fn parameter<'h>(hop: &'h str, name: &str) -> Option<&'h str> {
    let pairs = hop.split(';').filter_map(|pair| pair.trim().split_once('='));
    let mut named = pairs.filter(|(key, _)| key.eq_ignore_ascii_case(name));
    named.next().map(|(_, value)| value.trim_matches('"'))
}

/// An address, with or without port and brackets.
fn address(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(hop);
    let found = bare.parse::<IpAddr>().ok().or_else(|| hop.parse::<SocketAddr>().ok().map(|a| a.ip()));
    found.map(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(headers: &[(&'static str, &str)], peer: &str, trusted: &[&str]) -> String {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        let trusted: Vec<Network> = trusted.iter().map(|n| n.parse().unwrap()).collect();
        client(&map, peer.parse().unwrap(), &trusted).to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let spoofed = [("x-forwarded-for", "9.9.9.9")];
        assert_eq!(asked(&spoofed, "1.2.3.4", &[]), "1.2.3.4");
        assert_eq!(asked(&spoofed, "1.2.3.4", &["10.0.0.0/8"]), "1.2.3.4");
        assert_eq!(asked(&spoofed, "10.0.0.1", &["10.0.0.0/8"]), "9.9.9.9");
        assert_eq!(asked(&spoofed, "::ffff:10.0.0.1", &["10.0.0.0/8"]), "9.9.9.9");
    }

    #[test]
    fn the_hop_that_counts_is_the_rightmost_that_is_not_trusted() {
        let trusted = ["10.0.0.0/8"];
        let chain = [("x-forwarded-for", "6.6.6.6, 9.9.9.9, 10.0.0.7")];
        assert_eq!(asked(&chain, "10.0.0.1", &trusted), "9.9.9.9");
        let two = [("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "9.9.9.9:5000")];
        assert_eq!(asked(&two, "10.0.0.1", &trusted), "9.9.9.9");
        assert_eq!(asked(&[("x-forwarded-for", "10.0.0.9, 10.0.0.8")], "10.0.0.1", &trusted), "10.0.0.9");
        assert_eq!(asked(&[("x-forwarded-for", "9.9.9.9, unknown")], "10.0.0.1", &trusted), "10.0.0.1");
        assert_eq!(asked(&[("x-forwarded-for", "")], "10.0.0.1", &trusted), "10.0.0.1");
        assert_eq!(asked(&[], "10.0.0.1", &trusted), "10.0.0.1");
    }

    #[test]
    fn the_standard_header_counts_where_the_usual_one_is_missing() {
        let trusted = ["10.0.0.0/8"];
        let forwarded = ("forwarded", "for=6.6.6.6, For=\"[2001:db8::1]:4711\";proto=https;by=10.0.0.1");
        assert_eq!(asked(&[forwarded], "10.0.0.1", &trusted), "2001:db8::1");
        assert_eq!(asked(&[forwarded, ("x-forwarded-for", "9.9.9.9")], "10.0.0.1", &trusted), "9.9.9.9");
        assert_eq!(asked(&[("forwarded", "for=_hidden")], "10.0.0.1", &trusted), "10.0.0.1");
    }

    #[test]
    fn the_last_proxy_says_whether_it_was_encrypted() {
        let said = |name: &'static str, value: &str| {
            is_secure(&HeaderMap::from_iter([(poem::http::HeaderName::from_static(name), value.parse().unwrap())]))
        };
        assert_eq!(said("x-forwarded-proto", "https"), Some(true));
        assert_eq!(said("x-forwarded-proto", "https, http"), Some(false));
        assert_eq!(said("forwarded", "for=1.1.1.1;proto=HTTPS"), Some(true));
        assert_eq!(said("forwarded", "for=1.1.1.1"), None);
        assert_eq!(said("x-other", "https"), None);
    }
}
