//! Pictures made of pictures: each once, kept beside the files, and made again when it is lost.

use super::asked::key_of;
use super::{blob_key, settings, variant_folder};
use crate::{Core, Error, Result};
use bytes::Bytes;
use masthead_media::{Error as MediaError, Transform, transform};
use masthead_store::assets::Asset;
use quick_cache::Weighter;
use std::sync::Arc;

/// Pictures up to this size are kept in memory, too.
const SMALL: usize = 512 << 10;

#[derive(Clone)]
pub struct ByBytes;

impl Weighter<String, Bytes> for ByBytes {
    fn weight(&self, key: &String, picture: &Bytes) -> u64 {
        (key.len() + picture.len() + 100) as u64
    }
}

/// The picture, and its key.
pub async fn variant(core: &Core, asset: &Arc<Asset>, what: &Transform) -> Result<(Bytes, String)> {
    let name = key_of(what);
    let key = format!("{}/{name}", variant_folder(&asset.hash));
    if let Some(picture) = core.library().pictures.get(key.as_str()) {
        return Ok((picture, name));
    }
    // Whoever asked may leave: the picture is made all the same, once, and nobody can make work by leaving.
    let (core, asset, what) = (core.clone(), asset.clone(), *what);
    let made = tokio::spawn(async move { found_or_made(&core, &asset, &what, &key).await });
    Ok((made.await.map_err(|e| Error::Internal(e.to_string()))??, name))
}

async fn found_or_made(core: &Core, asset: &Asset, what: &Transform, key: &str) -> Result<Bytes> {
    let library = core.library();
    match library.pictures.get_value_or_guard_async(key).await {
        Ok(picture) => Ok(picture),
        Err(guard) => {
            let picture = match library.blobs.bytes(key, u64::MAX).await {
                Ok(picture) => picture,
                Err(MediaError::Missing) => made(core, asset, what, key).await?,
                Err(other) => return Err(other.into()),
            };
            if picture.len() <= SMALL {
                // Whoever removed the place in the meantime loses nothing: the picture is in the store.
                let _ = guard.insert(picture.clone());
            }
            Ok(picture)
        }
    }
}

async fn made(core: &Core, asset: &Asset, what: &Transform, key: &str) -> Result<Bytes> {
    let (library, limits, what, mime) = (core.library(), settings(core).limits, *what, asset.mime.clone());
    let pixels = asset.width.unwrap_or(1).saturating_mul(asset.height.unwrap_or(1));
    // The file, its pixels, and as many again while they are turned or brought to another profile.
    let memory = u64::try_from(asset.size).unwrap_or(0) + u64::try_from(pixels).unwrap_or(0) * 8;
    let (blobs, source, most) = (library.blobs.clone(), blob_key(&asset.hash), limits.bytes);
    let runtime = tokio::runtime::Handle::current();
    let picture = library.workshop.run(memory, move || {
        // Read when its turn has come, so that those who wait hold nothing.
        let bytes = runtime.block_on(blobs.bytes(&source, most))?;
        Ok(Bytes::from(transform(&bytes, &mime, &what, &limits)?.0))
    });
    let picture = picture.await.map_err(|error| match error {
        MediaError::Missing => Error::Internal(format!("the bytes of file {} are not there", asset.id)),
        other => other.into(),
    })?;
    // An answer is an answer, also when it cannot be kept.
    if let Err(error) = library.blobs.put(key, picture.clone()).await {
        tracing::warn!(%error, key, "a picture could not be kept");
    }
    Ok(picture)
}
