//! Where the server listens.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;
use tokio::net::TcpListener;

/// An address to listen on: `host:port`. `localhost` is both 127.0.0.1 and ::1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    host: String,
    port: u16,
}

impl Listen {
    /// A port on this machine only.
    pub fn localhost(port: u16) -> Self {
        Self { host: "localhost".to_owned(), port }
    }

    /// Where a browser on this machine finds a server that listens here.
    pub fn url(&self) -> String {
        url(&self.host, self.port)
    }

    /// Take the port, or the ports. With `localhost`, a machine without IPv6 gets a warning, not a refusal.
    pub async fn bind(&self) -> io::Result<Listening> {
        let mut listeners = Vec::new();
        if self.host == "localhost" {
            let first = self.take((Ipv4Addr::LOCALHOST, self.port).into()).await?;
            // Port 0 is whichever is free: both addresses get the same one.
            let port = first.local_addr()?.port();
            listeners.push(first);
            match self.take((Ipv6Addr::LOCALHOST, port).into()).await {
                Ok(second) => listeners.push(second),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Err(error),
                Err(error) => tracing::warn!(%error, "not listening on ::1"),
            }
        } else {
            let mut addresses: Vec<SocketAddr> =
                tokio::net::lookup_host((self.host.trim_matches(['[', ']']), self.port)).await?.collect();
            addresses.sort_unstable();
            addresses.dedup();
            for address in addresses {
                listeners.push(self.take(address).await?);
            }
        }
        let port = listeners.first().ok_or(io::ErrorKind::AddrNotAvailable)?.local_addr()?.port();
        Ok(Listening { listeners, host: self.host.clone(), port })
    }

    async fn take(&self, address: SocketAddr) -> io::Result<TcpListener> {
        TcpListener::bind(address).await.map_err(|e| match e.kind() {
            io::ErrorKind::AddrInUse => {
                let next = self.port.checked_add(1).unwrap_or(8420);
                let message = format!("port {} is taken ({address}); choose another, e.g. {next}", self.port);
                io::Error::new(e.kind(), message)
            }
            kind => io::Error::new(kind, format!("cannot listen on {address}: {e}")),
        })
    }
}

impl FromStr for Listen {
    type Err = String;

    /// `host:port`, `[v6]:port`, or a port of localhost.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("'{text}' is no address to listen on: write host:port, e.g. localhost:8420 or 0.0.0.0:8420");
        let port = |p: &str| match p.bytes().all(|b| b.is_ascii_digit()) {
            true => p.parse::<u16>().map_err(|_| wrong()),
            false => Err(wrong()),
        };
        let Some((host, given)) = text.rsplit_once(':') else {
            return Ok(Self::localhost(port(text)?));
        };
        let v6 = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        let known = match v6 {
            Some(v6) => v6.parse::<Ipv6Addr>().is_ok(),
            None => !host.is_empty() && host.chars().all(plain),
        };
        if !known {
            return Err(wrong());
        }
        Ok(Self { host: host.to_ascii_lowercase(), port: port(given)? })
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// Ports that are taken; connections wait until somebody serves.
#[derive(Debug)]
pub struct Listening {
    pub(crate) listeners: Vec<TcpListener>,
    host: String,
    port: u16,
}

impl Listening {
    /// Where a browser on this machine finds it.
    pub fn url(&self) -> String {
        url(&self.host, self.port)
    }

    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.listeners.iter().filter_map(|l| l.local_addr().ok()).collect()
    }
}

fn url(host: &str, port: u16) -> String {
    match host {
        "0.0.0.0" | "[::]" => format!("http://localhost:{port}"),
        host => format!("http://{host}:{port}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_hosts_with_ports() {
        let said = |text: &str| text.parse::<Listen>().map(|l| l.to_string());
        assert_eq!(said("localhost:8420").unwrap(), "localhost:8420");
        assert_eq!(said("8421").unwrap(), "localhost:8421");
        assert_eq!(said("0.0.0.0:80").unwrap(), "0.0.0.0:80");
        assert_eq!(said("[::1]:0").unwrap(), "[::1]:0");
        for wrong in ["", ":8420", "localhost", "localhost:", "localhost:70000", "::1:80", "a b:80", "x:+1", "[x]:1"] {
            assert!(said(wrong).unwrap_err().contains("host:port"), "{wrong}");
        }
    }

    #[tokio::test]
    async fn localhost_is_both_addresses_on_one_port() {
        let listening = Listen::localhost(0).bind().await.unwrap();
        let addresses = listening.addresses();
        assert!(addresses.iter().all(|a| a.port() == addresses[0].port() && a.ip().is_loopback()));
        assert_eq!(listening.url(), format!("http://localhost:{}", addresses[0].port()));
        let taken = Listen::localhost(addresses[0].port()).bind().await.unwrap_err();
        assert!(taken.to_string().contains("is taken"), "{taken}");
    }
}
