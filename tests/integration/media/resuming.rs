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

    fn an_upload_that_is_all_there_becomes_a_file_when_it_is_looked_at(site) {
        let admin = token(site, "admin");
        let server = site.serve();
        let auth = format!("Bearer {admin}");
        let request = agent().post(format!("{}/api/upload/tus", server.url)).header("Authorization", &auth);
        let begun = request.header("Tus-Resumable", "1.0.0").header("Upload-Length", "5").send_empty().unwrap();
        let address = format!("{}{}", server.origin(), begun.headers()["location"].to_str().unwrap());
        let id = address.rsplit('/').next().unwrap().to_owned();
        // As if the process had ended behind the last piece: it is there, and its row says so.
        std::fs::create_dir_all(site.path(&format!("media/uploads/{id}"))).unwrap();
        std::fs::write(site.path(&format!("media/uploads/{id}/piece")), "12345").unwrap();
        let core = site.core();
        let later = masthead_store::now_micros() + 60_000_000;
        let (name, runtime) = (id.clone(), tokio::runtime::Runtime::new().unwrap());
        let advanced = core.write(move |tx, _| Ok(masthead_store::uploads::advance(tx, &name, (0, 5), "piece", later)?));
        assert!(runtime.block_on(advanced).unwrap());
        core.store().close();
        // Several look at once: it is one file.
        let files: Vec<String> = std::thread::scope(|scope| {
            let look = || {
                let head = agent().head(&address).header("Authorization", &auth).header("Tus-Resumable", "1.0.0").call().unwrap();
                assert_eq!(head.headers()["upload-offset"], "5");
                head.headers()["upload-file"].to_str().unwrap().to_owned()
            };
            let looking: Vec<_> = (0..4).map(|_| scope.spawn(look)).collect();
            looking.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert!(files.iter().all(|file| *file == files[0]), "{files:?}");
        let all = fetch(&format!("{}/api/upload/files", server.url), &[("Authorization", &auth)]).ok();
        assert_eq!((all.header("x-total-count"), &all.json()[0]["documentId"]), ("1", &files[0].as_str().into()));
        drop(server);
        let swept = site.run(&["media", "sweep", "--grace", "0"]).ok();
        assert!(swept.contains("0 files that nobody had"), "{swept}");
        assert!(!site.path(&format!("media/uploads/{id}")).exists(), "{swept}");
    }

    fn editors_upload_in_pieces_where_their_sessions_count(site) {
        let admin = token(site, "admin");
        let server = site.serve();
        let url = format!("{}/admin/api/media/upload/tus", server.url);
        let begin = |auth: &str| {
            let request = agent().post(&url).header("Tus-Resumable", "1.0.0").header("Upload-Length", "3");
            request.header("Authorization", auth).send_empty().unwrap()
        };
        assert_eq!(begin("Bearer mh_wrong").status(), 401);
        let auth = format!("Bearer {admin}");
        let begun = begin(&auth);
        let address = begun.headers()["location"].to_str().unwrap();
        assert!(address.contains("/admin/api/media/upload/tus/"), "{address}");
        let address = format!("{}{address}", server.origin());
        let nobody = agent().head(&address).header("Tus-Resumable", "1.0.0").call().unwrap();
        assert_eq!(nobody.status(), 401);
        let piece = agent().patch(&address).header("Authorization", &auth).header("Tus-Resumable", "1.0.0");
        let piece = piece.header("Upload-Offset", "0").header("Content-Type", "application/offset+octet-stream").send("abc").unwrap();
        assert_eq!(piece.status(), 204);
        let file = piece.headers()["upload-file"].to_str().unwrap();
        let known = fetch(&format!("{}/admin/api/media/{file}", server.url), &[("Authorization", &auth)]).ok().json();
        assert_eq!(known["sizeInBytes"], 3);
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
