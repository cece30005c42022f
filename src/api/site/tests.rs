use super::*;
use poem::http::uri::Scheme;
use poem::web::{LocalAddr, RemoteAddr};

fn site(public: Option<&str>, trusted: &[&str]) -> Site {
    Site::new(&ApiOptions {
        public_url: public.map(|url| url.parse().unwrap()),
        trusted_proxies: trusted.iter().map(|n| n.parse().unwrap()).collect(),
        allowed_hosts: vec!["Alias.example.org".to_owned()],
        cors_origins: vec!["https://www.example.org".parse().unwrap()],
        ..ApiOptions::default()
    })
}

/// A request as it came in on `local` from `peer`.
fn asked(local: &str, peer: &str, headers: &[(&str, &str)]) -> Request {
    let mut builder = poem::http::Request::builder().uri("/api/x");
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    let (parts, ()) = builder.body(()).unwrap().into_parts();
    let (local, peer) = (local.parse::<SocketAddr>().unwrap(), peer.parse::<SocketAddr>().unwrap());
    let parts = (parts, LocalAddr(local.into()), RemoteAddr(peer.into()), Scheme::HTTP);
    Request::from_parts(parts.into(), poem::Body::empty())
}

fn on_loopback(headers: &[(&str, &str)]) -> Request {
    asked("127.0.0.1:8420", "127.0.0.1:50000", headers)
}

#[test]
fn on_loopback_only_its_own_names_are_answered_to() {
    let site = site(None, &[]);
    for host in ["localhost", "localhost:9000", "127.0.0.1:8420", "[::1]:1", "alias.example.org"] {
        assert!(site.check_host(&on_loopback(&[("host", host)])).is_ok(), "{host}");
    }
    for host in ["evil.example.org", "masthead", "10.0.0.1", "localhost.evil.org", "", "a b", "localhost:x"] {
        let refusal = site.check_host(&on_loopback(&[("host", host)])).unwrap_err();
        assert_eq!(refusal.status().as_u16(), 421, "{host}");
        assert!(refusal.to_string().contains("public_url"), "{refusal}");
    }
    assert!(site.check_host(&on_loopback(&[("host", "localhost"), ("host", "evil.org")])).is_err());
    // No browser sends none.
    assert!(site.check_host(&on_loopback(&[])).is_ok());
}

#[test]
fn elsewhere_names_that_nobody_can_register_are_answered_to_as_well() {
    let site = site(Some("https://cms.example.org/x"), &[]);
    let on_network = |host: &str| site.check_host(&asked("10.0.0.5:8420", "10.0.0.9:1", &[("host", host)]));
    for host in ["cms.example.org", "CMS.example.org:443", "localhost", "10.0.0.5:8420", "masthead:8420"] {
        assert!(on_network(host).is_ok(), "{host}");
    }
    assert!(on_network("other.example.org").is_err());
    assert!(site.check_host(&on_loopback(&[("host", "cms.example.org")])).is_ok());
    assert!(site.check_host(&on_loopback(&[("host", "masthead")])).is_err());
}

#[test]
fn links_come_from_the_public_address_or_the_listener_and_never_from_the_host() {
    let evil = [("host", "evil.org"), ("x-forwarded-host", "evil.org"), ("x-forwarded-for", "6.6.6.6")];
    let own = site(None, &[]);
    assert_eq!(own.url(&on_loopback(&evil)), "http://localhost:8420");
    assert_eq!(own.url(&asked("[::1]:8420", "[::1]:1", &evil)), "http://localhost:8420");
    assert_eq!(own.url(&asked("10.0.0.5:80", "10.0.0.9:1", &evil)), "http://10.0.0.5:80");
    assert_eq!((own.base_path(), own.is_secure(&on_loopback(&evil))), ("", false));
    let public = site(Some("https://example.org/cms/"), &[]);
    assert_eq!(public.url(&on_loopback(&evil)), "https://example.org/cms");
    assert_eq!(public.origin(&on_loopback(&evil)), "https://example.org");
    assert_eq!(public.base_path(), "/cms");
}

#[test]
fn a_connection_is_as_secure_as_a_trusted_proxy_says() {
    let plain = [("x-forwarded-proto", "http")];
    let public = site(Some("https://example.org"), &["127.0.0.1"]);
    assert!(public.is_secure(&on_loopback(&[])));
    assert!(!public.is_secure(&on_loopback(&plain)));
    assert!(public.is_secure(&asked("10.0.0.5:80", "10.0.0.9:1", &plain)), "not from the proxy");
    assert!(!site(None, &[]).is_secure(&on_loopback(&[("x-forwarded-proto", "https")])));
    assert!(site(None, &["127.0.0.0/8"]).is_secure(&on_loopback(&[("x-forwarded-proto", "https")])));
}

#[test]
fn the_client_is_who_a_trusted_proxy_says() {
    let headers = [("x-forwarded-for", "9.9.9.9")];
    assert_eq!(site(None, &[]).client(&on_loopback(&headers)).to_string(), "127.0.0.1");
    assert_eq!(site(None, &["127.0.0.1"]).client(&on_loopback(&headers)).to_string(), "9.9.9.9");
    let elsewhere = asked("10.0.0.5:80", "10.0.0.9:1", &headers);
    assert_eq!(site(None, &["127.0.0.1"]).client(&elsewhere).to_string(), "10.0.0.9");
}

#[test]
fn own_pages_are_told_from_others() {
    let local = site(None, &[]);
    let from = |origin: &str, host: &str| local.is_own_origin(&on_loopback(&[("origin", origin), ("host", host)]));
    assert!(from("http://localhost:8420", "localhost:8420"));
    assert!(from("http://127.0.0.1:8420", "127.0.0.1:8420"));
    for origin in ["http://localhost:3000", "https://evil.org", "null", "", "localhost:8420"] {
        assert!(!from(origin, "localhost:8420"), "{origin}");
    }
    assert!(!local.is_own_origin(&on_loopback(&[("host", "localhost:8420")])));
    let public = site(Some("https://example.org/cms"), &[]);
    assert!(public.is_own_origin(&on_loopback(&[("origin", "https://example.org"), ("host", "127.0.0.1:8420")])));
}

#[test]
fn pages_that_may_write_are_configured() {
    let site = site(Some("https://example.org"), &[]);
    let may = |origin: &'static str| site.may_write(&HeaderValue::from_static(origin));
    assert!(may("https://www.example.org") && may("https://example.org"));
    assert!(!may("http://www.example.org") && !may("null") && !may("https://www.example.org.evil.org"));
}

#[test]
fn a_path_prefix_comes_off_once() {
    let site = site(Some("https://example.org/cms"), &[]);
    assert_eq!(site.inner_path("/cms/api/x?a=b"), Some("/api/x?a=b"));
    assert_eq!(site.inner_path("/cms"), Some(""));
    assert_eq!(site.inner_path("/cms?x"), Some("?x"));
    assert_eq!(site.inner_path("/cmsx/api"), None);
    assert_eq!(site.inner_path("/api/x"), None);
}
