//! After anything that may go wrong, a sweep leaves no bytes without a row and no row without bytes.

use super::client::{fetch, picture, token, upload};
use masthead_core::media::{self, MediaSettings};
use masthead_core::{Caller, Core, Settings};
use masthead_media::Blobs;

const OPERATOR: Caller = Caller::Operator;

async fn sent(core: &Core, name: &str, bytes: &[u8]) -> masthead_core::Result<media::Asset> {
    let mut filling = media::spool(core).await?;
    filling.write(bytes).await?;
    let new = media::NewFile { name: name.to_owned(), ..media::NewFile::default() };
    media::add(core, &OPERATOR, filling.finish().await?, new).await
}

on_both! {
    async fn the_same_bytes_are_kept_once_and_as_long_as_somebody_has_them(app) {
        let blobs = Blobs::memory();
        let settings = Settings { media: MediaSettings { blobs: Some(blobs.clone()), ..MediaSettings::default() }, ..Settings::default() };
        let core = Core::new(masthead_store::Store::open(&masthead_store::Options::new(&app.url)).unwrap(), settings).unwrap();
        let bytes = picture(40, 40);
        let (one, two) = (sent(&core, "one.png", &bytes).await.unwrap(), sent(&core, "two.png", &bytes).await.unwrap());
        assert_eq!(one.hash, two.hash);
        let key = format!("blobs/{}/{}", &one.hash[..2], one.hash);
        let count = || async {
            let entries: Vec<masthead_media::Entry> = futures_util::TryStreamExt::try_collect(blobs.list("")).await.unwrap();
            entries.len()
        };
        assert_eq!(count().await, 1);
        for (asset, left) in [(&one, 1), (&two, 0)] {
            media::trash(&core, &OPERATOR, &asset.id, false).await.unwrap();
            media::delete(&core, &OPERATOR, &asset.id).await.unwrap();
            let swept = media::sweep(&core, &OPERATOR, 0).await.unwrap();
            assert_eq!((swept.blobs, swept.missing.len(), count().await), (1 - left, 0, left as usize));
        }
        // Bytes that nobody came to own: a process was killed between them and their row. A young one is left alone.
        blobs.put("blobs/ab/abandoned", "x".into()).await.unwrap();
        assert_eq!(media::sweep(&core, &OPERATOR, 3_600_000_000).await.unwrap().blobs, 0);
        assert_eq!(media::sweep(&core, &OPERATOR, 0).await.unwrap().blobs, 1);
        // Bytes that are lost are said to be.
        let three = sent(&core, "three.png", &bytes).await.unwrap();
        blobs.delete(&key).await.unwrap();
        assert_eq!(media::sweep(&core, &OPERATOR, 0).await.unwrap().missing, std::slice::from_ref(&three.hash));
        core.store().close();
    }
}

on_both_sites! {
    fn pictures_go_with_their_file(site) {
        let admin = token(site, "admin");
        let server = site.serve();
        let file = upload(&server, &admin, "flag.png", &picture(600, 300));
        let url = format!("{}{}?w=256", server.url, file["url"].as_str().unwrap());
        fetch(&url, &[]).ok();
        let auth = format!("Bearer {admin}");
        let id = file["documentId"].as_str().unwrap();
        let deleted = crate::process::agent().delete(format!("{}/api/upload/files/{id}", server.url));
        assert_eq!(deleted.header("Authorization", &auth).call().unwrap().status(), 200);
        drop(server);
        let kept = site.run(&["media", "sweep", "--grace", "0"]).ok();
        assert!(kept.contains("0 files that nobody had, 0 pictures"), "what is in the trash can come back: {kept}");
        let core = site.core();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(media::delete(&core, &OPERATOR, id)).unwrap();
        core.store().close();
        let swept = site.run(&["media", "sweep", "--grace", "0"]).ok();
        assert!(swept.contains("1 files that nobody had, 1 pictures"), "{swept}");
    }
}
