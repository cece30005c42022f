//! The addresses that an operator configures, parsed once and trusted from then on.

use ipnet::IpNet;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use url::Url;

/// What the doors use themselves: a proxy that keeps its prefix could not be told from one that takes it off.
const OWN: [&str; 10] =
    ["api", "admin", "plugins", "docs", "healthz", "readyz", "metrics", "openapi.json", "preview", "assets"];

/// Where the world finds this server: `https://cms.example.org`, or below a path, `https://example.org/cms`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    origin: Origin,
    host: String,
    path: String,
    secure: bool,
}

impl PublicUrl {
    pub fn origin(&self) -> &str {
        self.origin.as_str()
    }

    /// The host alone: lower case, no port, IPv6 in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// What every path begins with: empty, or `/cms`.
    pub fn path(&self) -> &str {
        &self.path
    }

    pub fn is_secure(&self) -> bool {
        self.secure
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin.0, self.path)
    }
}

impl FromStr for PublicUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "an address like https://cms.example.org, or below a path, https://example.org/cms".to_owned();
        let url = web(text).ok_or_else(wrong)?;
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong());
        }
        let path = url.path().trim_end_matches('/').to_owned();
        let first = path.split('/').nth(1).unwrap_or_default();
        if OWN.contains(&first) {
            return Err(format!("an address whose path does not begin with /{first}, which Masthead uses itself"));
        }
        if path.contains("//") || path.contains('%') {
            return Err("an address whose path has plain, non-empty segments".to_owned());
        }
        let host = url.host_str().ok_or_else(wrong)?.to_owned();
        Ok(Self { origin: Origin(url.origin().ascii_serialization()), host, path, secure: url.scheme() == "https" })
    }
}

/// An origin as a browser sends it: `https://www.example.org`, with a port only where it is not the usual one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Origin {
    type Err = String;

    /// `*` stands for every origin.
    fn from_str(text: &str) -> Result<Self, String> {
        if text == "*" {
            return Ok(Self(text.to_owned()));
        }
        let url = web(text).filter(|url| url.path() == "/" && url.query().is_none() && url.fragment().is_none());
        let url = url.ok_or("origins like https://www.example.org, without a path, or *")?;
        Ok(Self(url.origin().ascii_serialization()))
    }
}

/// A web address without credentials.
fn web(text: &str) -> Option<Url> {
    let url = Url::parse(text.trim()).ok()?;
    let plain = url.username().is_empty() && url.password().is_none() && !text.contains('*');
    (matches!(url.scheme(), "http" | "https") && url.has_host() && plain).then_some(url)
}

/// A network in CIDR notation, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network(IpNet);

impl Network {
    /// Whether the network holds `address`, which is [plain](plain).
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address)
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let one = || text.parse::<IpAddr>().map(|address| IpNet::from(plain(address)));
        let wrong = |_| "networks like 10.0.0.0/8 or fd00::/8, or single addresses".to_owned();
        text.parse::<IpNet>().or_else(|_| one()).map(Self).map_err(wrong)
    }
}

/// An IPv4 address that came in over an IPv6 socket, as the IPv4 address it is.
pub fn plain(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_address_has_an_origin_and_perhaps_a_path() {
        let url: PublicUrl = "https://Example.org:443/cms/".parse().unwrap();
        assert_eq!((url.origin(), url.host(), url.path()), ("https://example.org", "example.org", "/cms"));
        assert_eq!((url.to_string().as_str(), url.is_secure()), ("https://example.org/cms", true));
        let url: PublicUrl = "http://[::1]:8420".parse().unwrap();
        assert_eq!((url.origin(), url.host(), url.path()), ("http://[::1]:8420", "[::1]", ""));
        for wrong in ["", "example.org", "ftp://x", "https://", "https://u:p@x", "https://x/?a", "https://x/#a"] {
            assert!(wrong.parse::<PublicUrl>().is_err(), "{wrong}");
        }
        assert!("https://x/api/cms".parse::<PublicUrl>().unwrap_err().contains("/api"));
        assert!("https://x/a//b".parse::<PublicUrl>().is_err());
    }

    #[test]
    fn an_origin_is_written_as_browsers_send_it() {
        let said = |text: &str| text.parse::<Origin>().map(|o| o.as_str().to_owned());
        assert_eq!(said("https://WWW.example.org/").unwrap(), "https://www.example.org");
        assert_eq!(said("http://localhost:3000").unwrap(), "http://localhost:3000");
        assert_eq!(said("*").unwrap(), "*");
        for wrong in ["", "null", "www.example.org", "https://x/path", "https://*.example.org"] {
            assert!(said(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_network_holds_its_addresses() {
        let network = |text: &str| text.parse::<Network>().unwrap();
        let address = |text: &str| text.parse::<IpAddr>().map(plain).unwrap();
        assert!(network("10.0.0.0/8").contains(address("10.1.2.3")));
        assert!(network("10.0.0.0/8").contains(address("::ffff:10.1.2.3")));
        assert!(!network("10.0.0.0/8").contains(address("11.0.0.1")));
        assert!(network("127.0.0.1").contains(address("127.0.0.1")));
        assert!(!network("127.0.0.1").contains(address("127.0.0.2")));
        assert!(network("fd00::/8").contains(address("fd00::1")));
        for wrong in ["", "10.0.0.0/33", "10.0.0", "localhost"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }
}
