//! Which names this server answers to.
//!
//! A page whose own name is pointed at this machine (DNS rebinding) makes a browser ask here as if it were that page's
//! server. What nobody can register is safe: addresses, names without a dot, and the names of private networks.

use std::net::{IpAddr, Ipv4Addr};

/// Ends of names that public DNS never has (RFC 6761, 6762, 8375, and ICANN's `internal`), and `lan`, which routers
/// give out.
const PRIVATE: [&str; 8] = [".localhost", ".local", ".internal", ".home.arpa", ".lan", ".test", ".example", ".invalid"];

/// The host of a `Host` header, without its port; none when it is no host at all.
pub fn host_of(authority: &str) -> Option<&str> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let end = rest.find(']')?;
            (&authority[..end + 2], &rest[end + 1..])
        }
        None => authority.split_once(':').map_or((authority, ""), |(host, _)| (host, &authority[host.len()..])),
    };
    let is_port = port.is_empty() || port.strip_prefix(':').is_some_and(|p| p.bytes().all(|b| b.is_ascii_digit()));
    (is_port && !host.is_empty()).then_some(host)
}

/// A name of this machine: only it can be meant.
pub fn is_loopback(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    match address(host) {
        Some(address) => address.to_canonical().is_loopback(),
        None => host.eq_ignore_ascii_case("localhost"),
    }
}

/// A name that nobody can point at this server from outside.
pub fn is_private(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    address(host).is_some() || !host.contains('.') || PRIVATE.iter().any(|end| ends_with(host, end))
}

fn ends_with(host: &str, end: &str) -> bool {
    let at = host.len().checked_sub(end.len());
    at.and_then(|at| host.get(at..)).is_some_and(|tail| tail.eq_ignore_ascii_case(end))
}

fn address(host: &str) -> Option<IpAddr> {
    match host.strip_prefix('[').and_then(|h| h.strip_suffix(']')) {
        Some(v6) => v6.parse().ok().map(IpAddr::V6),
        None => host.parse::<Ipv4Addr>().ok().map(IpAddr::V4),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_told_from_its_port() {
        for (authority, host) in
            [("localhost", "localhost"), ("a.b:80", "a.b"), ("[::1]:8420", "[::1]"), ("[::1]", "[::1]"), ("a:", "a")]
        {
            assert_eq!(host_of(authority), Some(host));
        }
        for wrong in ["", ":80", "a:b", "[::1", "[::1]x", "a:80:90"] {
            assert_eq!(host_of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn names_of_this_machine_are_few() {
        for host in ["localhost", "LOCALHOST", "localhost.", "127.0.0.1", "127.8.9.1", "[::1]", "[::ffff:127.0.0.1]"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["localhost.example.org", "10.0.0.1", "[::2]", "127.0.0.1.example.org", "masthead", "::1"] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn what_nobody_can_register_is_private() {
        for host in ["10.0.0.1", "[fd00::1]", "masthead", "cms.internal", "nas.LOCAL", "x.svc.cluster.local"] {
            assert!(is_private(host), "{host}");
        }
        for host in ["evil.example.org", "10.0.0.1.nip.io", "local.evil.com", "xlocal.com", "é.org"] {
            assert!(!is_private(host), "{host}");
        }
    }
}
