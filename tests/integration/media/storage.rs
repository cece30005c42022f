//! Where bytes are kept: the same demands on every store, and nothing left over after anything.

use super::s3::S3;
use masthead_media::{Blobs, Error, Spool};

/// What every store must do.
async fn conforms(blobs: &Blobs) {
    use futures_util::TryStreamExt;
    let folder = tempfile::tempdir().unwrap();
    let spool = Spool::new(folder.path().to_owned());
    assert!(matches!(blobs.bytes("blobs/aa/none", 10).await, Err(Error::Missing)));
    assert_eq!(blobs.size("blobs/aa/none").await.unwrap(), None);
    blobs.delete("blobs/aa/none").await.unwrap();
    // Larger than a part, so that it goes up in several.
    let large: Vec<u8> = (0..20_000_000u32).map(|i| (i % 253) as u8).collect();
    for (key, content) in [("blobs/aa/small", &b"hello"[..]), ("blobs/bb/large", &large)] {
        let mut filling = spool.begin().await.unwrap();
        for chunk in content.chunks(1 << 20) {
            filling.write(chunk).await.unwrap();
        }
        let file = filling.finish().await.unwrap();
        blobs.put_file(key, &file).await.unwrap();
        // Again, as after a crash between the bytes and their row.
        blobs.put_file(key, &file).await.unwrap();
        assert_eq!(blobs.size(key).await.unwrap(), Some(content.len() as u64), "{key}");
        assert_eq!(blobs.bytes(key, 1 << 30).await.unwrap(), content, "{key}");
        let part = blobs.get(key, Some(1..4)).await.unwrap();
        let bytes: Vec<bytes::Bytes> = part.bytes.try_collect().await.unwrap();
        assert_eq!((bytes.concat(), part.size), (content[1..4].to_vec(), content.len() as u64), "{key}");
    }
    assert!(matches!(blobs.bytes("blobs/bb/large", 10).await, Err(Error::TooLarge(_))));
    blobs.put("blobs/aa/small", bytes::Bytes::from_static(b"other")).await.unwrap();
    assert_eq!(blobs.bytes("blobs/aa/small", 10).await.unwrap(), "other");
    let mut listed: Vec<_> = blobs.list("blobs").try_collect().await.unwrap();
    listed.sort_by(|a, b| a.key.cmp(&b.key));
    let keys: Vec<(&str, u64)> = listed.iter().map(|e| (e.key.as_str(), e.size)).collect();
    assert_eq!(keys, [("blobs/aa/small", 5), ("blobs/bb/large", 20_000_000)]);
    let age = masthead_store::now_micros() - listed[0].modified;
    assert!(age.abs() < 60_000_000, "{age}");
    for key in ["blobs/aa/small", "blobs/bb/large"] {
        blobs.delete(key).await.unwrap();
        assert_eq!(blobs.size(key).await.unwrap(), None);
    }
    let left: Vec<_> = blobs.list("blobs").try_collect().await.unwrap();
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "the spool is empty");
}

fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Runtime::new().unwrap().block_on(test);
}

#[test]
fn a_folder_keeps_files() {
    let folder = tempfile::tempdir().unwrap();
    run(async { conforms(&Blobs::open(folder.path().to_str().unwrap()).unwrap()).await });
}

#[test]
fn memory_keeps_files() {
    run(async { conforms(&Blobs::memory()).await });
}

#[test]
fn a_store_that_is_not_known_is_refused_by_name() {
    let said = Blobs::open("ftp://somewhere/else").unwrap_err().to_string();
    assert!(said.contains("ftp://") && said.contains("s3"), "{said}");
}

/// Not a test: the same in a process that is told where its S3 is.
#[test]
#[ignore = "started by the tests of this module"]
fn on_s3() {
    let url = std::env::var("MASTHEAD_STORAGE_URL").unwrap();
    run(async { conforms(&Blobs::open(&url).unwrap()).await });
}

fn conforms_on(s3: &S3) {
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "media::storage::on_s3", "--ignored", "--nocapture"]);
    s3.speak(&mut command);
    let done = command.output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success() && said.contains("1 passed"), "{said}{}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn an_s3_server_keeps_files() {
    let folder = tempfile::tempdir().unwrap();
    let Some(s3) = S3::start(folder.path()) else { return };
    conforms_on(&s3);
}

#[test]
fn another_makers_s3_keeps_files() {
    let Some(s3) = S3::moto() else { return };
    conforms_on(&s3);
}

on_both_sites! {
    fn a_site_keeps_its_files_in_s3(site) {
        use super::super::client::{fetch, look, picture, token, upload};
        let Some(s3) = S3::start(&site.path("s3")) else { return };
        let admin = token(site, "admin");
        let mut command = site.command(&["serve", "--listen", "127.0.0.1:0"]);
        s3.speak(&mut command);
        let server = crate::process::Server::start(command, &site.path("server.log"));
        // In several parts.
        let large: Vec<u8> = (0..20_000_000u32).map(|i| (i % 253) as u8).collect();
        let file = upload(&server, &admin, "large.bin", &large);
        let url = format!("{}{}", server.url, file["url"].as_str().unwrap());
        assert!(fetch(&url, &[]).ok().bytes == large);
        assert_eq!(fetch(&url, &[("Range", "bytes=17000000-17000003")]).bytes, large[17_000_000..17_000_004]);
        let flag = upload(&server, &admin, "flag.png", &picture(600, 300));
        let small = fetch(&format!("{}{}?w=256&format=webp", server.url, flag["url"].as_str().unwrap()), &[]).ok();
        assert_eq!(look(&small.bytes, (0, 0)).0, 256);
        drop(server);
        let beside = std::fs::read_dir(site.path("media")).map_or(0, Iterator::count);
        assert_eq!(beside, 0, "nothing is kept beside");
        let mut command = site.command(&["media", "sweep", "--grace", "0"]);
        s3.speak(&mut command);
        let swept = crate::process::ended(command.spawn().unwrap()).ok();
        assert!(swept.contains("removed 0 bytes"), "{swept}");
    }
}
