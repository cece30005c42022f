//! Two cookies: the session, and by what a browser is known again.
//!
//! Over https both are bound to the host and the connection (`__Host-`, `Secure`). On this machine they have plain
//! names over http. Elsewhere over http there are none: whoever listens could take them.

use crate::errors::Refusal;
use crate::site::Site;
use masthead_core::access::sessions;
use masthead_core::access::sign_in::SignedIn;
use poem::Request;
use poem::http::header::{COOKIE, HeaderValue};

const SESSION: &str = "masthead_session";
const DEVICE: &str = "masthead_device";
/// How long a browser is known again, in seconds: as long as browsers keep a cookie.
const DEVICE_AGE: i64 = 400 * 24 * 3600;

/// How cookies go over the connection of a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Jar {
    Secure,
    /// On this machine.
    Loopback,
}

impl Jar {
    /// None where cookies would be seen on their way.
    pub fn of(site: &Site, req: &Request) -> Option<Self> {
        if site.is_secure(req) {
            return Some(Self::Secure);
        }
        site.is_loopback(req).then_some(Self::Loopback)
    }

    /// The same, or what to do about it.
    pub fn expect(site: &Site, req: &Request) -> Result<Self, Refusal> {
        Self::of(site, req).ok_or_else(Refusal::insecure)
    }

    fn name(self, name: &str) -> String {
        match self {
            Self::Secure => format!("__Host-{name}"),
            Self::Loopback => name.to_owned(),
        }
    }

    /// The secret of the session that the browser has.
    pub fn session(self, req: &Request) -> Option<String> {
        self.read(req, SESSION)
    }

    /// By what the browser is known again.
    pub fn device(self, req: &Request) -> Option<String> {
        self.read(req, DEVICE)
    }

    fn read(self, req: &Request, name: &str) -> Option<String> {
        let name = self.name(name);
        let headers = req.headers().get_all(COOKIE).iter().filter_map(|h| h.to_str().ok());
        let mut pairs = headers.flat_map(|h| h.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(own, _)| *own == name).map(|(_, value)| value.to_owned()).filter(|value| !value.is_empty())
    }

    /// What a browser is to keep of a new session.
    pub fn keep(self, signed: &SignedIn) -> [HeaderValue; 2] {
        [
            self.set(SESSION, &signed.secret, sessions::ABSOLUTE / 1_000_000),
            self.set(DEVICE, &signed.device, DEVICE_AGE),
        ]
    }

    /// What makes a browser forget its session.
    pub fn forget(self) -> HeaderValue {
        self.set(SESSION, "", 0)
    }

    fn set(self, name: &str, value: &str, seconds: i64) -> HeaderValue {
        let secure = if self == Self::Secure { "; Secure" } else { "" };
        let name = self.name(name);
        let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
        HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_among_others_by_its_whole_name() {
        let request = |cookies: &str| Request::builder().header("cookie", cookies).finish();
        let found = |jar: Jar, cookies: &str| jar.session(&request(cookies));
        assert_eq!(found(Jar::Loopback, "a=b; masthead_session=x; c=d").as_deref(), Some("x"));
        assert_eq!(found(Jar::Secure, "masthead_session=x"), None);
        assert_eq!(found(Jar::Secure, "masthead_session=x; __Host-masthead_session=y").as_deref(), Some("y"));
        assert_eq!(found(Jar::Loopback, "__Host-masthead_session=y; xmasthead_session=z; masthead_session="), None);
    }

    #[test]
    fn a_session_over_https_is_bound_to_host_and_connection() {
        let signed = SignedIn { caller: masthead_core::Caller::Anonymous, secret: "s".into(), device: "d".into() };
        let said = |jar: Jar| jar.keep(&signed).map(|v| v.to_str().unwrap().to_owned());
        assert_eq!(
            said(Jar::Secure)[0],
            "__Host-masthead_session=s; Path=/; Max-Age=7776000; HttpOnly; SameSite=Strict; Secure"
        );
        assert_eq!(said(Jar::Loopback)[0], "masthead_session=s; Path=/; Max-Age=7776000; HttpOnly; SameSite=Strict");
        assert!(said(Jar::Secure)[1].starts_with("__Host-masthead_device=d; Path=/;"));
        assert!(Jar::Loopback.forget().to_str().unwrap().starts_with("masthead_session=; Path=/; Max-Age=0;"));
    }
}
