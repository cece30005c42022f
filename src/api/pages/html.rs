//! The one form of all pages.

use poem::Response;
use poem::http::StatusCode;
use poem::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, REFERRER_POLICY,
};
use std::fmt::Write;

/// Colours are all said aloud: contrast is then a matter of this text alone.
const STYLE: &str = "\
:root { color-scheme: light dark; --back: #f4f5f7; --card: #fff; --text: #1b1f24; --quiet: #565e6a; --line: #78818d; \
--soft: #e9ebef; --accent: #1a56c4; --on-accent: #fff; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --back: #14161a; --card: #1e2126; --text: #e8eaed; --quiet: #adb4be; \
--line: #8a929d; --soft: #2b2f36; --accent: #8ab4f8; --on-accent: #10141b; --bad: #f2a19b; } }
* { box-sizing: border-box; }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0; padding: 1rem; background: var(--back); color: var(--text); \
overflow-wrap: anywhere; }
main { max-width: 28rem; margin: min(10vh, 6rem) auto 0; padding: 2rem; background: var(--card); border-radius: .75rem; \
border: 1px solid var(--soft); }
@media (max-width: 30rem) { main { margin-top: 0; padding: 1.5rem 1.25rem; } }
.name { margin: 0 0 1.25rem; font-weight: 700; letter-spacing: .02em; color: var(--quiet); }
h1 { font-size: 1.5rem; line-height: 1.2; margin: 0 0 .75rem; }
p { margin: 0 0 1rem; }
ul { margin: 0 0 1rem; padding-left: 1.25rem; }
main > :last-child { margin-bottom: 0; }
label { display: block; font-weight: 600; margin: 1rem 0 .25rem; }
input, button { font: inherit; width: 100%; min-height: 2.75rem; padding: .5rem .75rem; border-radius: .5rem; }
input { border: 1px solid var(--line); background: var(--card); color: var(--text); }
button { margin-top: 1.5rem; border: 0; background: var(--accent); color: var(--on-accent); font-weight: 600; \
cursor: pointer; }
button:hover { filter: brightness(1.08); }
form + p { margin-top: 1.25rem; }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
code { font: .9em/1.5 ui-monospace, monospace; background: var(--soft); padding: .1em .35em; border-radius: .25rem; }
[role=alert] { border-left: 4px solid var(--bad); padding: .5rem .75rem; background: var(--soft); \
border-radius: 0 .25rem .25rem 0; }
";

/// A page. `body` is HTML; what came from outside went through [`escape`].
pub fn page(status: StatusCode, title: &str, body: &str) -> Response {
    let text = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title} · Masthead</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<main>\n<p class=\"name\">Masthead</p>\n<h1>{title}</h1>\n{body}\n</main>\n</body>\n</html>\n"
    );
    let mut response = Response::builder().status(status).body(text);
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| headers.insert(name, HeaderValue::from_static(value));
    set(CONTENT_TYPE, "text/html; charset=utf-8");
    set(CACHE_CONTROL, "no-store");
    // With `no-referrer`, browsers would not say that a form was sent from here.
    set(REFERRER_POLICY, "same-origin");
    set(
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    response
}

/// What was refused, read out by screen readers.
pub fn alert(words: &str) -> String {
    format!("<p role=\"alert\">{}</p>\n", escape(words))
}

/// Text as text.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// A field of a form.
pub struct Field<'a> {
    pub name: &'a str,
    pub label: &'a str,
    pub kind: &'a str,
    pub complete: &'a str,
    pub value: &'a str,
    pub rest: &'a str,
}

impl Field<'_> {
    /// An address to sign in with.
    pub fn email(value: &str) -> Field<'_> {
        let (name, label, rest) = ("email", "E-mail address", "required maxlength=\"254\"");
        Field { name, label, kind: "email", complete: "username", value, rest }
    }

    /// A new password.
    pub fn new_password() -> Field<'static> {
        let (name, label, rest) = ("password", "New password (at least 10 characters)", "required minlength=\"10\"");
        Field { name, label, kind: "password", complete: "new-password", value: "", rest }
    }

    /// A full name.
    pub fn name(value: &str) -> Field<'_> {
        let (name, label, rest) = ("name", "Your name", "maxlength=\"100\"");
        Field { name, label, kind: "text", complete: "name", value, rest }
    }
}

/// A form that is sent to `action`, the page's own address when empty.
pub fn form(action: &str, fields: &[Field<'_>], button: &str) -> String {
    let action = if action.is_empty() { String::new() } else { format!(" action=\"{}\"", escape(action)) };
    let mut html = format!("<form method=\"post\"{action}>\n");
    for Field { name, label, kind, complete, value, rest } in fields {
        let value = escape(value);
        let _ = writeln!(
            html,
            "<label for=\"{name}\">{label}</label>\n<input id=\"{name}\" name=\"{name}\" type=\"{kind}\" \
             autocomplete=\"{complete}\" value=\"{value}\" {rest}>"
        );
    }
    let _ = write!(html, "<button>{button}</button>\n</form>");
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_from_outside_stays_text() {
        let html = form("", &[Field::name("\"><script>alert('x')</script>&")], "Go");
        assert!(!html.contains("<script>") && html.contains("&quot;&gt;&lt;script&gt;"), "{html}");
        assert!(alert("<b>").contains("&lt;b&gt;"));
    }
}
