//! A browser, as far as signing in needs one: it keeps cookies, says where a page comes from, and follows no redirect
//! by itself.

use crate::process::{Server, client};
use serde_json::Value;
use std::collections::BTreeMap;

pub struct Browser<'a> {
    server: &'a Server,
    pub cookies: BTreeMap<String, String>,
    /// Sent with everything.
    pub headers: Vec<(String, String)>,
}

#[derive(Debug)]
pub struct Page {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: String,
}

impl Page {
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v)
    }

    pub fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str()).collect()
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }

    /// It has this status.
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }
}

impl<'a> Browser<'a> {
    pub fn on(server: &'a Server) -> Self {
        Self {
            server,
            cookies: BTreeMap::new(),
            headers: vec![("sec-fetch-site".to_owned(), "same-origin".to_owned())],
        }
    }

    /// With these headers and no others.
    pub fn saying(server: &'a Server, headers: &[(&str, &str)]) -> Self {
        let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        Self { server, cookies: BTreeMap::new(), headers }
    }

    fn send(&mut self, method: &str, path: &str, kind: &str, body: String) -> Page {
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.server.url));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if !self.cookies.is_empty() {
            let cookies: Vec<String> = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
            request = request.header("cookie", cookies.join("; "));
        }
        if !kind.is_empty() {
            request = request.header("content-type", kind);
        }
        let mut response = client(0).run(request.body(body).unwrap()).unwrap();
        let headers = response.headers().iter();
        let headers: Vec<_> = headers.map(|(n, v)| (n.as_str().to_owned(), v.to_str().unwrap().to_owned())).collect();
        let body = response.body_mut().read_to_string().unwrap();
        let page = Page { status: response.status().as_u16(), headers, body };
        for cookie in page.all("set-cookie") {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            match value {
                "" => self.cookies.remove(name),
                value => self.cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
        page
    }

    pub fn get(&mut self, path: &str) -> Page {
        self.send("GET", path, "", String::new())
    }

    /// Send a form.
    pub fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Page {
        let encode = |text: &str| {
            text.bytes()
                .map(|b| if b.is_ascii_alphanumeric() { (b as char).to_string() } else { format!("%{b:02X}") })
                .collect::<String>()
        };
        let form: Vec<String> = form.iter().map(|(n, v)| format!("{n}={}", encode(v))).collect();
        self.send("POST", path, "application/x-www-form-urlencoded", form.join("&"))
    }

    /// Call the admin API.
    pub fn api(&mut self, method: &str, path: &str, body: Value) -> Page {
        let path = format!("/admin/api{path}");
        match body {
            Value::Null => self.send(method, &path, "", String::new()),
            body => self.send(method, &path, "application/json", body.to_string()),
        }
    }

    /// The cookie of the session, on this machine over http, or over https.
    pub fn session(&self) -> Option<&str> {
        self.cookies.get("masthead_session").or(self.cookies.get("__Host-masthead_session")).map(String::as_str)
    }
}
