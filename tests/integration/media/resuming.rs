//! Uploads in pieces, by the official tus client, unmodified.

use super::client::{fetch, token};
use crate::process::agent;
use std::path::PathBuf;
use std::process::Command;

fn drive(args: &[&str]) -> Option<String> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/tus-client");
    if !folder.join("node_modules/tus-js-client").is_dir() {
        eprintln!("skipped: tus-js-client is not there\n    npm ci --prefix tests/tus-client");
        return None;
    }
    let ran = Command::new("node").arg(folder.join("drive.mjs")).args(args).output().unwrap();
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    assert!(ran.status.success(), "{}{}", said(&ran.stdout), said(&ran.stderr));
    Some(said(&ran.stdout))
}

on_both_sites! {
    fn an_upload_goes_on_after_the_server_was_killed(site) {
        let admin = token(site, "admin");
        let bytes: Vec<u8> = (0..11_000_000u32).map(|i| (i % 249) as u8).collect();
        let path = site.write("film.bin", &bytes);
        let path = path.to_str().unwrap();
        let server = site.serve();
        let Some(address) = drive(&["begin", &format!("{}/api/upload/tus", server.url), &admin, path]) else { return };
        // SIGKILL.
        drop(server);
        let server = site.serve();
        let id = address.rsplit('/').next().unwrap();
        let head = agent().head(format!("{}/api/upload/tus/{id}", server.url)).header("Tus-Resumable", "1.0.0");
        let head = head.header("Authorization", format!("Bearer {admin}")).call().unwrap();
        assert_eq!((head.status().as_u16(), head.headers()["upload-offset"].to_str().unwrap()), (200, "3145728"));
        let stranger = agent().head(format!("{}/api/upload/tus/{id}", server.url)).header("Tus-Resumable", "1.0.0").call().unwrap();
        assert_eq!(stranger.status().as_u16(), 403);
        let file = drive(&["resume", &format!("{}/api/upload/tus/{id}", server.url), &admin, path]).unwrap();
        let known = fetch(&format!("{}/api/upload/files/{file}", server.url), &[("Authorization", &format!("Bearer {admin}"))]).ok().json();
        assert_eq!((&known["name"], &known["alternativeText"]), (&"film.bin".into(), &"Größe".into()));
        let got = fetch(&format!("{}{}", server.url, known["url"].as_str().unwrap()), &[]).ok();
        assert!(got.bytes == bytes, "the bytes are those that were sent");
        drop(server);
        let swept = site.run(&["media", "sweep", "--grace", "0"]).ok();
        assert!(swept.contains("removed 0 bytes"), "{swept}");
    }

    fn what_is_no_tus_is_refused(site) {
        let admin = token(site, "admin");
        let server = site.serve();
        let url = format!("{}/api/upload/tus", server.url);
        let auth = format!("Bearer {admin}");
        let options = agent().options(&url).call().unwrap();
        assert_eq!((options.status().as_u16(), &options.headers()["tus-version"]), (204, &"1.0.0".parse().unwrap()));
        let begin = |version: &str, length: &str| {
            let request = agent().post(&url).header("Authorization", &auth).header("Tus-Resumable", version);
            request.header("Upload-Length", length).send_empty().unwrap()
        };
        assert_eq!(begin("0.2.2", "10").status().as_u16(), 412);
        assert_eq!(begin("1.0.0", "many").status().as_u16(), 400);
        assert_eq!(begin("1.0.0", "99999999999999").status().as_u16(), 413);
        let begun = begin("1.0.0", "10");
        assert_eq!(begun.status().as_u16(), 201);
        let address = format!("{}{}", server.url, begun.headers()["location"].to_str().unwrap());
        let patch = |offset: &str, kind: &str, bytes: &[u8]| {
            let request = agent().patch(&address).header("Authorization", &auth).header("Tus-Resumable", "1.0.0");
            request.header("Upload-Offset", offset).header("Content-Type", kind).send(bytes).unwrap().status().as_u16()
        };
        let kind = "application/offset+octet-stream";
        assert_eq!(patch("0", "text/plain", b"12345"), 415);
        assert_eq!(patch("3", kind, b"12345"), 409);
        assert_eq!(patch("0", kind, b"12345678901"), 413);
        assert_eq!(patch("0", kind, b"12345"), 204);
        assert_eq!(patch("5", kind, b"67890"), 204);
        let gone = |address: &str| {
            agent().delete(address).header("Authorization", &auth).header("Tus-Resumable", "1.0.0").call().unwrap().status().as_u16()
        };
        let other = begin("1.0.0", "10").headers()["location"].to_str().unwrap().to_owned();
        let other = format!("{}{other}", server.url);
        assert_eq!((gone(&other), gone(&other)), (204, 404));
    }
}
