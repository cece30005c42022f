//! Which addresses a link or an image may carry.
//!
//! An allow-list of schemes: whatever else a browser might run (`javascript:`, `data:`, …) is refused without being named.

/// Schemes that a link may have; an address without a scheme (a path, `#anchor`, `?query`) is fine too.
const LINK_SCHEMES: [&str; 4] = ["http", "https", "mailto", "tel"];

/// Whether `address` may stand in the `href` of a link.
///
/// Refused are other schemes, and whatever is read differently by different readers: control characters, outer
/// white space, and character references (`&#106;avascript:`), which a template that forgets to escape would decode.
pub fn is_safe_link(address: &str) -> bool {
    if address.is_empty() || address.trim() != address || address.chars().any(char::is_control) {
        return false;
    }
    let end = address.find(['/', '?', ':']).unwrap_or(address.len());
    if address[..end].contains('&') {
        return false;
    }
    match address.find([':', '/', '?', '#']) {
        Some(at) if address.as_bytes()[at] == b':' => {
            LINK_SCHEMES.iter().any(|scheme| scheme.eq_ignore_ascii_case(&address[..at]))
        }
        _ => true,
    }
}

/// Whether `address` may be the `src` of an image: an absolute http or https address with a host.
pub fn is_safe_image(address: &str) -> bool {
    is_safe_link(address)
        && url::Url::parse(address).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// `address` as a browser would read it from an HTML attribute: outer white space, tabs and line breaks removed.
///
/// Only for importing; the result still has to pass [`is_safe_link`].
pub(super) fn tidy(address: &str) -> String {
    address.trim_matches(|c: char| c <= ' ').chars().filter(|c| !matches!(c, '\t' | '\n' | '\r')).collect()
}
