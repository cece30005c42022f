//! Parts of files, beside nginx with the same file.

use super::client::{Got, fetch, picture, token, upload};
use crate::process::within;
use crate::proxy::{free_port, nginx};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// nginx with a folder; ended when it is dropped.
struct Files {
    child: Child,
    url: String,
}

impl Files {
    fn serve(nginx: &str, folder: &std::path::Path) -> Self {
        let port = free_port();
        let at = |name: &str| folder.join(name).to_str().unwrap().to_owned();
        let temporary =
            ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(|kind| format!("{kind}_temp_path {};", at(kind)));
        let conf = format!(
            "daemon off; worker_processes 1; pid {pid}; error_log stderr error; events {{}}\n\
             http {{ access_log off; default_type application/octet-stream; {temporary}\n\
             server {{ listen 127.0.0.1:{port}; root {root}; }} }}\n",
            pid = at("pid"),
            root = at("files"),
            temporary = temporary.join(" "),
        );
        std::fs::write(folder.join("nginx.conf"), conf).unwrap();
        // Its workers are somebody else, where it is started by root.
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
        let mut command = Command::new(nginx);
        command.args(["-p", &at(""), "-c", &at("nginx.conf"), "-e", "stderr"]);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        within(Duration::from_secs(20), || {
            std::net::TcpStream::connect(("127.0.0.1", port)).map_err(|e| e.to_string())
        });
        Self { child, url: format!("http://127.0.0.1:{port}/data.bin") }
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A part of an answer of several: `Content-Type`, `Content-Range` and bytes.
type Part = (String, String, Vec<u8>);

/// The parts of an answer.
fn parts(got: &Got) -> Vec<Part> {
    let boundary = got.header("content-type").split_once("boundary=").unwrap().1;
    let mark = format!("\r\n--{boundary}").into_bytes();
    let mut rest = got.bytes.strip_prefix(&mark[..]).expect("it begins with a boundary");
    let mut found = Vec::new();
    while let Some(inner) = rest.strip_prefix(b"\r\n") {
        let end = inner.windows(mark.len()).position(|w| w == mark).expect("a part ends with a boundary");
        let (part, next) = (&inner[..end], &inner[end + mark.len()..]);
        let head = part.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
        let lines = String::from_utf8(part[..head].to_vec()).unwrap();
        let line = |name: &str| lines.lines().find_map(|l| l.strip_prefix(name)).unwrap_or_default().to_owned();
        found.push((line("Content-Type: "), line("Content-Range: "), part[head + 4..].to_vec()));
        rest = next;
    }
    assert_eq!(rest, b"--\r\n", "nothing is behind the last part");
    found
}

/// What both must agree about.
fn said(got: &Got) -> (u16, String, Vec<Part>, Vec<u8>) {
    let is_in_parts = got.header("content-type").starts_with("multipart/byteranges");
    let (parts, bytes) = match (is_in_parts, got.status) {
        (true, _) => (parts(got), Vec::new()),
        // What is said about a range that is not there is each server's own.
        (false, 416) => (Vec::new(), Vec::new()),
        (false, _) => (Vec::new(), got.bytes.clone()),
    };
    if got.status != 416 {
        assert_eq!(got.header("content-length"), got.bytes.len().to_string());
    }
    let kind = if is_in_parts { "parts" } else { got.header("content-range") };
    (got.status, kind.to_owned(), parts, bytes)
}

on_both_sites! {
    fn parts_of_a_file_are_those_that_nginx_gives(site) {
        let Some(nginx) = nginx() else {
            eprintln!("skipped: nginx is not there\n    scripts/setup nginx");
            return;
        };
        let bytes: Vec<u8> = (0..10_000u32).map(|i| (i % 251) as u8).collect();
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("files")).unwrap();
        std::fs::write(folder.path().join("files/data.bin"), &bytes).unwrap();
        let theirs = Files::serve(nginx, folder.path());
        let admin = token(site, "admin");
        let server = site.serve();
        let file = upload(&server, &admin, "data.bin", &bytes);
        let ours = format!("{}{}", server.url, file["url"].as_str().unwrap());
        for range in [
            "bytes=0-", "bytes=0-0", "bytes=0-99", "bytes=500-999", "bytes=9999-", "bytes=9999-9999", "bytes=9990-20000",
            "bytes=10000-", "bytes=10000-10001", "bytes=-1", "bytes=-500", "bytes=-10000", "bytes=-20000", "bytes=-0",
            "bytes=5-2", "bytes=a-b", "bytes=-", "bytes=", "bytes", "items=0-5", "BYTES=0-5", "bytes= 0-5", "bytes=0 - 5",
            "bytes =0-5", "bytes=0-5 ", "bytes=1-1,", "bytes=,1-1", "bytes=0-5,10-15", "bytes=10-15,0-5", "bytes=0-5, 10-15,-5",
            "bytes=0-5,20000-", "bytes=20000-,30000-", "bytes=0-9999,0-9999", "bytes=0-5000,4000-9000", "bytes=0-6000,4000-9999",
            "bytes=0-5,x", "bytes=99999999999999999999-", "bytes=0-99999999999999999999", "bytes=0x1-2", "bytes=+1-2",
        ] {
            let asked = [("Range", range)];
            assert_eq!(said(&fetch(&ours, &asked)), said(&fetch(&theirs.url, &asked)), "{range}");
        }
        // Only if it is still the same.
        for url in [&ours, &theirs.url] {
            let whole = fetch(url, &[]).ok();
            let (etag, modified) = (whole.header("etag"), whole.header("last-modified"));
            let weak = format!("W/{etag}");
            for (condition, status) in
                [(etag, 206), (modified, 206), ("\"other\"", 200), (&weak, 200), ("Thu, 01 Jan 1970 00:00:01 GMT", 200)]
            {
                let got = fetch(url, &[("Range", "bytes=10-19"), ("If-Range", condition)]);
                assert_eq!((got.status, got.bytes.len()), (status, if status == 206 { 10 } else { 10_000 }), "{url} {condition}");
            }
            for (name, value, status) in [("If-None-Match", etag, 304), ("If-None-Match", &weak, 304), ("If-None-Match", "*", 304),
                ("If-None-Match", "\"other\"", 200), ("If-Modified-Since", modified, 304)] {
                assert_eq!(fetch(url, &[(name, value)]).status, status, "{url} {name}: {value}");
            }
            let head = crate::process::agent().head(url).header("Range", "bytes=0-9,20-29").call().unwrap();
            assert_eq!(head.status(), 206, "{url}");
            assert!(head.headers()["content-type"].to_str().unwrap().starts_with("multipart/byteranges"), "{url}");
        }
        // A picture that was made, too, and is at hand.
        let flag = upload(&server, &admin, "flag.png", &picture(600, 300));
        let small = format!("{}{}?w=256", server.url, flag["url"].as_str().unwrap());
        let whole = fetch(&small, &[]).ok().bytes;
        let got = parts(&fetch(&small, &[("Range", "bytes=0-3,8-11")]));
        assert_eq!((&got[0].2[..], &got[1].2[..], got[0].0.as_str()), (&whole[..4], &whole[8..12], "image/png"));
    }
}
