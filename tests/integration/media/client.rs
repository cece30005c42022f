//! Uploads and downloads over HTTP, to the byte.

use crate::process::{Server, Site, agent};
use serde_json::Value;
use std::io::Read;

/// A part of a form: name, file name, content.
pub struct Part<'a>(pub &'a str, pub Option<&'a str>, pub &'a [u8]);

/// An answer.
pub struct Got {
    pub status: u16,
    pub headers: ureq::http::HeaderMap,
    pub bytes: Vec<u8>,
}

impl Got {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| String::from_utf8_lossy(&self.bytes).into_owned().into())
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }

    #[track_caller]
    pub fn ok(self) -> Self {
        assert!((200..300).contains(&self.status), "{}: {}", self.status, String::from_utf8_lossy(&self.bytes));
        self
    }
}

/// Send a form.
pub fn form(url: &str, token: Option<&str>, parts: &[Part<'_>]) -> Got {
    try_form(url, token, parts).unwrap()
}

/// The same to a server that may be gone before it answers.
pub fn try_form(url: &str, token: Option<&str>, parts: &[Part<'_>]) -> Result<Got, ureq::Error> {
    const MARK: &str = "----a-mark-that-stands-in-no-file";
    let mut body = Vec::new();
    for Part(name, file, content) in parts {
        let file =
            file.map(|f| format!("; filename=\"{f}\"\r\nContent-Type: application/octet-stream")).unwrap_or_default();
        body.extend_from_slice(
            format!("--{MARK}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n").as_bytes(),
        );
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{MARK}--\r\n").as_bytes());
    let mut request = agent().post(url).header("Content-Type", format!("multipart/form-data; boundary={MARK}"));
    if let Some(token) = token {
        request = request.header("Authorization", format!("Bearer {token}"));
    }
    got(request.send(&body[..])?)
}

/// `GET url` with these headers.
pub fn fetch(url: &str, headers: &[(&str, &str)]) -> Got {
    try_fetch(url, headers).unwrap()
}

/// The same where the answer may break off.
pub fn try_fetch(url: &str, headers: &[(&str, &str)]) -> Result<Got, ureq::Error> {
    let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build();
    let agent: ureq::Agent = config.into();
    let mut request = agent.get(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    got(request.call()?)
}

fn got(mut response: ureq::http::Response<ureq::Body>) -> Result<Got, ureq::Error> {
    let mut bytes = Vec::new();
    response.body_mut().as_reader().read_to_end(&mut bytes)?;
    Ok(Got { status: response.status().as_u16(), headers: response.headers().clone(), bytes })
}

/// A token of this role.
pub fn token(site: &Site, role: &str) -> String {
    let said = site.run(&["token", "create", "--name", &format!("of-{role}"), "--role", role]).ok();
    said.split_whitespace().find(|word| word.starts_with("mh_")).unwrap().to_owned()
}

/// Upload one file; what the API says of it.
#[track_caller]
pub fn upload(server: &Server, token: &str, name: &str, bytes: &[u8]) -> Value {
    let got = form(&format!("{}/api/upload", server.url), Some(token), &[Part("files", Some(name), bytes)]).ok();
    assert_eq!(got.status, 201);
    got.json()[0].clone()
}

/// A PNG in two colours: left red, right blue.
pub fn picture(width: u32, height: u32) -> Vec<u8> {
    let image = image::RgbImage::from_fn(width, height, |x, _| {
        if x < width / 2 { image::Rgb([200, 0, 0]) } else { image::Rgb([0, 0, 200]) }
    });
    let mut out = std::io::Cursor::new(Vec::new());
    image.write_to(&mut out, image::ImageFormat::Png).unwrap();
    out.into_inner()
}

/// Width, height, and the pixel at a place, of a picture in any format.
pub fn look(bytes: &[u8], (x, y): (u32, u32)) -> (u32, u32, [u8; 3]) {
    let image = image::load_from_memory(bytes).unwrap().into_rgb8();
    (image.width(), image.height(), image.get_pixel(x, y).0)
}
