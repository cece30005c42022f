//! A caller of the admin API.

use crate::process::{Server, Site, agent};
use serde_json::Value;

/// Somebody with a token, or nobody.
pub struct Client<'a> {
    pub server: &'a Server,
    pub token: Option<String>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Value,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v)
    }

    /// Pointers or parameters of all problems.
    pub fn places(&self) -> Vec<&str> {
        let list = self.body["error"]["details"]["errors"].as_array();
        list.into_iter().flatten().filter_map(|p| p["pointer"].as_str().or(p["parameter"].as_str())).collect()
    }

    /// It was fulfilled: what it says.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!((200..300).contains(&self.status), "{self:?}");
        self.body
    }

    /// It was refused with this status, in the one shape.
    #[track_caller]
    pub fn refused(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.body["error"]["status"], status, "{self:?}");
        assert_eq!(self.body["status"], status, "{self:?}");
        assert!(self.body["error"]["name"].is_string() && self.body["data"].is_null(), "{self:?}");
        self
    }
}

impl<'a> Client<'a> {
    pub fn nobody(server: &'a Server) -> Self {
        Self { server, token: None }
    }

    /// Somebody with a role, who gets a token of that name.
    pub fn with_role(site: &Site, server: &'a Server, role: &str) -> Self {
        let token = site.run(&["token", "create", "--name", role, "--role", role]).ok().trim().to_owned();
        Self { server, token: Some(token) }
    }

    /// `path` is below `/admin/api`, unless it is a whole one of another part.
    pub fn send(&self, method: &str, path: &str, body: Option<Value>, headers: &[(&str, &str)]) -> Answer {
        self.send_text(method, path, body.map(|b| b.to_string()).unwrap_or_default(), headers)
    }

    pub fn send_text(&self, method: &str, path: &str, body: String, headers: &[(&str, &str)]) -> Answer {
        let prefix = if path.starts_with("/api/") || path.starts_with("/openapi") { "" } else { "/admin/api" };
        let url = format!("{}{prefix}{path}", self.server.url);
        let mut request = ureq::http::Request::builder().method(method).uri(url);
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !body.is_empty() && !headers.iter().any(|(n, _)| n.eq_ignore_ascii_case("content-type")) {
            request = request.header("Content-Type", "application/json");
        }
        let mut response = agent().run(request.body(body).unwrap()).unwrap();
        let headers = response.headers().iter();
        let headers =
            headers.map(|(n, v)| (n.as_str().to_owned(), v.to_str().unwrap_or_default().to_owned())).collect();
        let text = response.body_mut().read_to_string().unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Answer { status: response.status().as_u16(), headers, body }
    }

    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None, &[])
    }

    pub fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, Some(body), &[])
    }

    pub fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, None, &[])
    }
}
