//! What goes wrong between a file and its row: kills, stores that fail, disks that are full. Afterwards a sweep finds
//! no row without bytes, and leaves no bytes without a row.

use super::client::{Part, fetch, form, picture, token, try_fetch, try_form, upload};
use super::faulty::Faulty;
use super::s3::{S3, speak_through};
use crate::process::{Server, Site, ended, is_quick, within};
use masthead_core::Caller;
use masthead_core::media::{self, MediaSettings};
use masthead_core::{Core, Settings};
use masthead_media::Blobs;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

/// Different for each number.
fn content(n: usize) -> Vec<u8> {
    let length = 200 + n * 7919 % 90_000;
    (0..length).map(|i| ((i * 31 + n * 17) % 251) as u8).collect()
}

/// All files below a folder, by their names.
fn files_below(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.file_type().unwrap().is_dir() {
            true => found.extend(files_below(&entry.path())),
            false => found.push(entry.file_name().into_string().unwrap()),
        }
    }
    found
}

/// Hashes that rows name.
fn hashes_of_rows(site: &Site) -> BTreeSet<String> {
    let core = site.core();
    let hashes = core.store().read_blocking(|conn| masthead_store::assets::hashes(conn, "", 1_000_000)).unwrap();
    core.store().close();
    hashes.into_iter().collect()
}

/// Every file that was acknowledged is there with its bytes, whatever else happened.
fn assert_kept(server: &Server, token: &str, acknowledged: &BTreeMap<String, usize>) {
    let auth = format!("Bearer {token}");
    for (id, n) in acknowledged {
        let known = fetch(&format!("{}/api/upload/files/{id}", server.url), &[("Authorization", &auth)]).ok().json();
        // A store may still be at fault: a reader asks again.
        within(Duration::from_secs(60), || {
            let got = try_fetch(&format!("{}{}", server.url, known["url"].as_str().unwrap()), &[]);
            let got = got.map_err(|e| e.to_string())?;
            if got.status == 200 && got.bytes == content(*n) { Ok(()) } else { Err(format!("{id}: {}", got.status)) }
        });
    }
}

mod heavy {
    use super::*;

    on_both_sites! {
        fn a_kill_at_any_moment_loses_no_file_and_leaves_no_bytes_behind(site) {
            let admin = token(site, "admin");
            let (mut acknowledged, mut n) = (BTreeMap::new(), 0);
            for round in 0..if is_quick() { 2 } else { 8 } {
                let server = site.serve();
                let known = Mutex::new(&mut acknowledged);
                std::thread::scope(|scope| {
                    for worker in 0..3 {
                        let (known, url, admin) = (&known, server.url.clone(), &admin);
                        let from = n + worker * 1000;
                        scope.spawn(move || send_until_killed(&url, admin, from, known));
                    }
                    std::thread::sleep(Duration::from_millis(60 + round * 37));
                    // SIGKILL.
                    drop(server);
                });
                n += 3000;
            }
            let server = site.serve();
            assert_kept(&server, &admin, &acknowledged);
            drop(server);
            let swept = site.run(&["media", "sweep", "--grace", "0"]).ok();
            let kept: BTreeSet<String> = files_below(&site.path("media")).into_iter().collect();
            assert_eq!(kept, hashes_of_rows(site), "{swept}");
            assert!(!acknowledged.is_empty());
            let server = site.serve();
            assert_kept(&server, &admin, &acknowledged);
        }

        fn a_store_that_fails_one_call_in_ten_keeps_everything_and_nothing_else(site) {
            let folder = site.path("s3");
            let Some(s3) = S3::start(&folder) else { return };
            let faulty = Faulty::before(s3.port);
            let told = |args: &[&str], port: u16| {
                let mut command = site.command(args);
                speak_through(&mut command, port);
                command.env("AWS_READ_TIMEOUT", "4 seconds");
                command
            };
            let admin = token(site, "admin");
            let server = Server::start(told(&["serve", "--listen", "127.0.0.1:0"], faulty.port), &site.path("server.log"));
            let (acknowledged, refused) = (Mutex::new(BTreeMap::new()), Mutex::new(0));
            let count = if is_quick() { 24 } else { 80 };
            std::thread::scope(|scope| {
                for worker in 0..4 {
                    let (acknowledged, refused, server, admin) = (&acknowledged, &refused, &server, &admin);
                    scope.spawn(move || {
                        for n in (worker..count).step_by(4) {
                            match send(&server.url, admin, n) {
                                Ok(id) => drop(acknowledged.lock().unwrap().insert(id, n)),
                                Err(status) => {
                                    assert_eq!(status, 503, "what cannot be kept is to be tried again");
                                    *refused.lock().unwrap() += 1;
                                }
                            }
                        }
                    });
                }
            });
            let acknowledged = acknowledged.into_inner().unwrap();
            assert!(acknowledged.len() >= count - 2, "{} of {count} were kept", acknowledged.len());
            assert_kept(&server, &admin, &acknowledged);
            // In parts, and read in the middle.
            let large: Vec<u8> = (0..20_000_000u32).map(|i| (i % 253) as u8).collect();
            let film = within(Duration::from_secs(100), || {
                let got = form(&format!("{}/api/upload", server.url), Some(&admin), &[Part("files", Some("film.bin"), &large)]);
                if got.status == 201 { Ok(got.json()[0].clone()) } else { Err(got.status.to_string()) }
            });
            let url = format!("{}{}", server.url, film["url"].as_str().unwrap());
            within(Duration::from_secs(100), || {
                let got = try_fetch(&url, &[]).map_err(|e| e.to_string())?;
                if got.bytes == large { Ok(()) } else { Err(format!("{} bytes", got.bytes.len())) }
            });
            // Half of them go, and pictures of others were made.
            let flag = within(Duration::from_secs(60), || {
                let got = form(&format!("{}/api/upload", server.url), Some(&admin), &[Part("files", Some("flag.png"), &picture(600, 300))]);
                if got.status == 201 { Ok(got.json()[0].clone()) } else { Err(got.status.to_string()) }
            });
            within(Duration::from_secs(60), || {
                let got = fetch(&format!("{}{}?w=256&format=webp", server.url, flag["url"].as_str().unwrap()), &[]);
                if got.status == 200 { Ok(()) } else { Err(got.status.to_string()) }
            });
            drop(server);
            let core = site.core();
            let runtime = tokio::runtime::Runtime::new().unwrap();
            for id in acknowledged.keys().step_by(2) {
                runtime.block_on(media::trash(&core, &Caller::Operator, id, true)).unwrap();
                runtime.block_on(media::delete(&core, &Caller::Operator, id)).unwrap();
            }
            core.store().close();
            // Sweeping, too, while the store fails: whatever becomes of it, nothing that is needed goes.
            for _ in 0..3 {
                ended(told(&["media", "sweep", "--grace", "0"], faulty.port).spawn().unwrap());
            }
            let swept = ended(told(&["media", "sweep", "--grace", "0"], s3.port).spawn().unwrap()).ok();
            let kept: BTreeSet<String> = files_below(&folder.join("files/media/blobs")).into_iter().collect();
            assert_eq!(kept, hashes_of_rows(site), "{swept}");
            let (calls, faults) = faulty.counts();
            assert!(faults * 20 > calls && faults > 5, "{faults} of {calls} calls went wrong");
            let again = ended(told(&["media", "sweep", "--grace", "0"], s3.port).spawn().unwrap()).ok();
            assert!(again.contains("removed 0 bytes"), "{again}");
        }
    }

    on_both! {
        async fn sweeps_and_uploads_of_the_same_bytes_never_meet(app) {
            let blobs = Blobs::memory();
            let spool = tempfile::tempdir().unwrap();
            let settings = MediaSettings { blobs: Some(blobs.clone()), spool: spool.path().to_owned(), ..MediaSettings::default() };
            let store = masthead_store::Store::open(&masthead_store::Options::new(&app.url)).unwrap();
            let core = Core::new(store, Settings { media: settings, ..Settings::default() }).unwrap();
            let rounds = if is_quick() { 20 } else { 150 };
            let come_and_go = || async {
                for n in 0..rounds {
                    let mut filling = media::spool(&core).await.unwrap();
                    filling.write(&content(n % 2)).await.unwrap();
                    let new = media::NewFile { name: "a.bin".to_owned(), ..media::NewFile::default() };
                    let asset = media::add(&core, &Caller::Operator, filling.finish().await.unwrap(), new).await.unwrap();
                    let key = format!("blobs/{}/{}", &asset.hash[..2], asset.hash);
                    assert!(blobs.size(&key).await.unwrap().is_some(), "round {n}: a row without its bytes");
                    media::trash(&core, &Caller::Operator, &asset.id, true).await.unwrap();
                    media::delete(&core, &Caller::Operator, &asset.id).await.unwrap();
                }
            };
            let sweeping = async {
                for _ in 0..rounds {
                    let swept = media::sweep(&core, &Caller::Operator, 0).await.unwrap();
                    assert_eq!(swept.missing, Vec::<String>::new());
                }
            };
            tokio::join!(come_and_go(), come_and_go(), sweeping);
            media::sweep(&core, &Caller::Operator, 0).await.unwrap();
            let left: Vec<_> = futures_util::TryStreamExt::try_collect::<Vec<_>>(blobs.list("")).await.unwrap();
            assert!(left.is_empty(), "{left:?}");
            core.store().close();
        }
    }
}

/// Upload file `n`: its id, or the status of the refusal.
fn send(url: &str, token: &str, n: usize) -> Result<String, u16> {
    let got = form(&format!("{url}/api/upload"), Some(token), &[Part("files", Some("a.bin"), &content(n))]);
    match got.status {
        201 => Ok(got.json()[0]["documentId"].as_str().unwrap().to_owned()),
        other => Err(other),
    }
}

fn send_until_killed(url: &str, token: &str, from: usize, known: &Mutex<&mut BTreeMap<String, usize>>) {
    // Every tenth has the bytes of the one before it.
    for n in (from..from + 1000).map(|n| if n % 10 == 9 { n - 1 } else { n }) {
        let sent = try_form(&format!("{url}/api/upload"), Some(token), &[Part("files", Some("a.bin"), &content(n))]);
        let Ok(got) = sent else { return };
        if got.status == 201
            && let Some(id) = got.json()[0]["documentId"].as_str()
        {
            known.lock().unwrap().insert(id.to_owned(), n);
        }
    }
}

on_both_sites! {
    fn a_large_file_is_kept_though_the_store_is_not_heard_to_say_so(site) {
        let Some(s3) = S3::start(&site.path("s3")) else { return };
        let faulty = Faulty::silent_about_ends(s3.port);
        let admin = token(site, "admin");
        let mut command = site.command(&["serve", "--listen", "127.0.0.1:0"]);
        speak_through(&mut command, faulty.port);
        let server = Server::start(command, &site.path("server.log"));
        let large: Vec<u8> = (0..20_000_000u32).map(|i| (i % 253) as u8).collect();
        let file = upload(&server, &admin, "film.bin", &large);
        assert_eq!(faulty.counts().1, 1);
        let url = format!("{}{}", server.url, file["url"].as_str().unwrap());
        assert!(fetch(&url, &[]).ok().bytes == large);
        drop(server);
        let mut sweep = site.command(&["media", "sweep", "--grace", "0"]);
        s3.speak(&mut sweep);
        let swept = ended(sweep.spawn().unwrap()).ok();
        assert!(swept.contains("removed 0 bytes"), "{swept}");
    }

    fn a_full_disk_refuses_and_nothing_of_it_stays(site) {
        let admin = token(site, "admin");
        std::fs::create_dir_all(site.path("media")).unwrap();
        let Some(server) = crate::small_disk::serve(site, &site.path("media"), 4) else { return };
        let kept = server.folder(&site.path("media"));
        let small = upload(&server, &admin, "small.bin", &vec![1; 1 << 20]);
        let before = files_below(&kept);
        assert_eq!(before.len(), 1, "{before:?}");
        let large: Vec<u8> = (0..6_000_000u32).map(|i| (i % 241) as u8).collect();
        let refused = form(&format!("{}/api/upload", server.url), Some(&admin), &[Part("files", Some("large.bin"), &large)]);
        assert_eq!((refused.status, &refused.json()["error"]["name"]), (507, &"InsufficientStorageError".into()));
        assert_eq!(files_below(&kept), before, "nothing is half there");
        let auth = format!("Bearer {admin}");
        let all = fetch(&format!("{}/api/upload/files", server.url), &[("Authorization", &auth)]).ok();
        assert_eq!(all.header("x-total-count"), "1");
        // In pieces: what was safe before the disk was full is safe, and it goes on when there is room.
        let (status, offset) = in_pieces(&server, &auth, &large);
        assert_eq!((status, offset), (507, 0));
        assert_eq!(files_below(&kept), before, "nothing is half there");
        let again = upload(&server, &admin, "other.bin", &vec![2; 1 << 20]);
        for file in [&small, &again] {
            let got = fetch(&format!("{}{}", server.url, file["url"].as_str().unwrap()), &[]).ok();
            assert_eq!(got.bytes.len(), 1 << 20);
        }
    }
}

/// By tus: the status of the piece, and how far the upload is afterwards.
fn in_pieces(server: &Server, auth: &str, bytes: &[u8]) -> (u16, u64) {
    let agent = crate::process::agent();
    let begun = agent.post(format!("{}/api/upload/tus", server.url)).header("Authorization", auth);
    let begun = begun.header("Tus-Resumable", "1.0.0").header("Upload-Length", bytes.len().to_string()).send_empty();
    let address = format!("{}{}", server.origin(), begun.unwrap().headers()["location"].to_str().unwrap());
    let piece = agent.patch(&address).header("Authorization", auth).header("Tus-Resumable", "1.0.0");
    let piece = piece.header("Upload-Offset", "0").header("Content-Type", "application/offset+octet-stream");
    let status = piece.send(bytes).unwrap().status().as_u16();
    let head = agent.head(&address).header("Authorization", auth).header("Tus-Resumable", "1.0.0").call().unwrap();
    (status, head.headers()["upload-offset"].to_str().unwrap().parse().unwrap())
}
