//! Files from this machine's disk and to it, for import and export.

use super::upload::{NewFile, add, spool};
use super::{blob_key, rights};
use crate::{Caller, Core, Error, Result};
use futures_util::TryStreamExt;
use masthead_model::Action;
use masthead_store::asset_filters::{Column, Filter, Test};
use masthead_store::assets::{self, Asset, Order, Query};
use std::path::Path;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const BUFFER: usize = 256 << 10;

/// Bring a file. One with this id, or with these bytes under this name, is there already: then that is the answer.
pub async fn bring(core: &Core, caller: &Caller, path: &Path, new: NewFile) -> Result<Asset> {
    let unreadable = |e: std::io::Error| Error::invalid("", "file", format!("{}: {e}", path.display()));
    if let Some(id) = new.id.clone()
        && let Some(asset) = core.read(move |conn, _| Ok(assets::by_id(conn, &id)?)).await?
    {
        return Ok(asset);
    }
    let mut source = tokio::fs::File::open(path).await.map_err(unreadable)?;
    let mut filling = spool(core).await?;
    let mut buffer = vec![0; BUFFER];
    loop {
        match source.read(&mut buffer).await.map_err(unreadable)? {
            0 => break,
            read => filling.write(&buffer[..read]).await?,
        }
    }
    let file = filling.finish().await?;
    if new.id.is_none() {
        let is = |column, text: String| Filter::Of(column, Test::AmongTexts(vec![text]));
        let (hash, name) =
            (is(Column::Hash, file.hash.clone()), is(Column::Name, masthead_media::file_name(&new.name)));
        let query = Query { filter: Some(Filter::All(vec![hash, name])), ..Query::default() };
        let found = core.read(move |conn, _| Ok(assets::list(conn, &query, (Order::Created, false), (0, 1))?)).await?;
        if let Some(asset) = found.into_iter().next() {
            return Ok(asset);
        }
    }
    add(core, caller, file, new).await
}

/// Write a file's bytes to `to`, which must not exist.
pub async fn take_out(core: &Core, caller: &Caller, asset: &Asset, to: &Path) -> Result<()> {
    let (asker, wanted) = (caller.clone(), asset.clone());
    core.read(move |_, snapshot| rights::expect_with(&asker, snapshot, Action::Read, &wanted)).await?;
    let unwritable = |e: std::io::Error| Error::Internal(format!("{}: {e}", to.display()));
    let mut target = tokio::fs::File::create_new(to).await.map_err(unwritable)?;
    let mut reading = core.library().blobs.get(&blob_key(&asset.hash), None).await?;
    while let Some(bytes) = reading.bytes.try_next().await? {
        target.write_all(&bytes).await.map_err(unwritable)?;
    }
    target.sync_all().await.map_err(unwritable)
}
