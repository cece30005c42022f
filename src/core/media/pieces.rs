//! Uploads that come in pieces and may go on after anything: each piece is an object of its own as soon as it is there,
//! and the row says how far they reach. So any process can take the next piece.

use super::rights::expect;
use super::upload::{self, NewFile};
use crate::{Caller, Core, Error, Result};
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt, TryStreamExt};
use masthead_model::Action;
use masthead_model::ids::DocumentId;
use masthead_store::now_micros;
use masthead_store::uploads::{self, Upload};

/// Bytes of a piece that are kept together.
const PIECE: usize = 8 << 20;
/// How long an upload waits for its next piece, µs.
const LIFE: i64 = 24 * 3600 * 1_000_000;
/// Uploads that one person or program has under way.
const MOST: i64 = 1000;

fn unknown(id: &str) -> Error {
    Error::not_found(format!("upload {id}"))
}

fn folder(id: &str) -> String {
    format!("uploads/{id}")
}

/// Two who go on with one upload at a time write to different places: the row says whose piece counts.
fn key(id: &str, piece: &str) -> String {
    format!("uploads/{id}/{piece}")
}

/// Begin an upload of `size` bytes. `metadata` is what tus calls so: name → text.
pub async fn begin(core: &Core, caller: &Caller, size: u64, metadata: &[(String, String)]) -> Result<Upload> {
    let most = super::settings(core).max_bytes;
    if size > most {
        return Err(Error::TooLarge(format!("a file has at most {most} bytes")));
    }
    let metadata = serde_json::to_string(metadata).map_err(|e| Error::Internal(e.to_string()))?;
    let caller = caller.clone();
    core.write(move |tx, snapshot| {
        expect(&caller, snapshot, Action::Create)?;
        let owner = caller.actor();
        if uploads::count_of(tx, &owner)? >= MOST {
            return Err(Error::Conflict(format!("{MOST} uploads are under way: end some first")));
        }
        let now = now_micros();
        let upload = Upload {
            id: DocumentId::generate().to_string(),
            owner,
            size: i64::try_from(size).unwrap_or(i64::MAX),
            received: 0,
            pieces: String::new(),
            metadata: metadata.clone(),
            created_at: now,
            expires_at: now + LIFE,
            asset: None,
        };
        uploads::insert(tx, &upload)?;
        Ok(upload)
    })
    .await
}

/// An upload of the caller's own.
pub async fn find(core: &Core, caller: &Caller, id: &str) -> Result<Upload> {
    let (owner, id, caller) = (caller.actor(), id.to_owned(), caller.clone());
    core.read(move |conn, snapshot| {
        expect(&caller, snapshot, Action::Create)?;
        let found = uploads::get(conn, &id)?.filter(|u| u.owner == owner);
        let upload = found.ok_or_else(|| unknown(&id))?;
        if upload.asset.is_none() && upload.expires_at < now_micros() {
            return Err(Error::Gone("this upload has waited too long: begin again".to_owned()));
        }
        Ok(upload)
    })
    .await
}

/// How far an upload of the caller's own is. One that is all there and is no file yet is made one: the process that was
/// to do it ended, or could not.
pub async fn look(core: &Core, caller: &Caller, id: &str) -> Result<Upload> {
    let upload = find(core, caller, id).await?;
    ended(core, caller, upload).await
}

async fn ended(core: &Core, caller: &Caller, mut upload: Upload) -> Result<Upload> {
    if upload.received == upload.size && upload.asset.is_none() {
        upload.asset = Some(finish(core, caller, &upload).await?);
    }
    Ok(upload)
}

/// Take a piece that begins at `offset`. What arrived before the stream broke is kept; a stream that is longer than the
/// file is refused.
pub async fn receive<E: Into<std::io::Error>>(
    core: &Core,
    caller: &Caller,
    id: &str,
    offset: i64,
    mut stream: impl Stream<Item = Result<Bytes, E>> + Unpin,
) -> Result<Upload> {
    let mut upload = find(core, caller, id).await?;
    if offset != upload.received {
        return Err(Error::Conflict(format!("this upload goes on at byte {}", upload.received)));
    }
    let mut buffer = BytesMut::new();
    let mut broken = None;
    while upload.asset.is_none() {
        let next = stream.next().await;
        let is_end = match next {
            None => true,
            Some(Err(error)) => {
                broken = Some(error.into());
                true
            }
            Some(Ok(bytes)) => {
                if upload.received + (buffer.len() + bytes.len()) as i64 > upload.size {
                    return Err(Error::TooLarge(format!("this upload has {} bytes in all", upload.size)));
                }
                buffer.extend_from_slice(&bytes);
                false
            }
        };
        if buffer.len() >= PIECE || (is_end && !buffer.is_empty()) {
            let bytes = buffer.split().freeze();
            let (from, to) = (upload.received, upload.received + bytes.len() as i64);
            let piece = DocumentId::generate().to_string();
            core.library().blobs.put(&key(id, &piece), bytes).await?;
            upload.pieces.push_str(&format!(" {piece}"));
            let (name, end) = (id.to_owned(), now_micros() + LIFE);
            if !core.write(move |tx, _| Ok(uploads::advance(tx, &name, (from, to), &piece, end)?)).await? {
                return Err(Error::Conflict("somebody else goes on with this upload".to_owned()));
            }
            (upload.received, upload.expires_at) = (to, end);
        }
        if is_end {
            break;
        }
    }
    if let Some(error) = broken {
        return Err(masthead_media::Error::Broken(format!("the upload broke off: {error}")).into());
    }
    ended(core, caller, upload).await
}

/// All is there: make the file, once. Its id.
async fn finish(core: &Core, caller: &Caller, upload: &Upload) -> Result<String> {
    let blobs = &core.library().blobs;
    let mut filling = upload::spool(core).await?;
    for piece in upload.pieces.split_whitespace() {
        let mut piece = blobs.get(&key(&upload.id, piece), None).await?;
        while let Some(bytes) = piece.bytes.try_next().await? {
            filling.write(&bytes).await?;
        }
    }
    if i64::try_from(filling.size()).ok() != Some(upload.size) {
        return Err(Error::Internal(format!("upload {} has {} bytes, not {}", upload.id, filling.size(), upload.size)));
    }
    let metadata: Vec<(String, String)> = serde_json::from_str(&upload.metadata).unwrap_or_default();
    let said = |names: &[&str]| {
        names.iter().find_map(|name| metadata.iter().find(|(key, _)| key == name)).map(|(_, value)| value.clone())
    };
    let details = super::Details {
        alternative_text: said(&["alternativeText"]).map(Some),
        caption: said(&["caption"]).map(Some),
        folder: said(&["folder"]).map(Some),
        ..super::Details::default()
    };
    let name = said(&["filename", "name"]).unwrap_or_default();
    let (new, row) = (NewFile { id: None, name, details }, upload.id.clone());
    // Two may come to this at a time: one upload is one file.
    let made =
        upload::add_and(core, caller, filling.finish().await?, new, move |tx, asset| {
            match uploads::set_asset(tx, &row, &asset.id)? {
                true => Ok(()),
                false => Err(Error::Conflict("this upload is a file already".to_owned())),
            }
        });
    let asset = match made.await {
        Ok(asset) => asset,
        Err(Error::Conflict(_)) => {
            return find(core, caller, &upload.id).await?.asset.ok_or_else(|| unknown(&upload.id));
        }
        // It will never be a file that is taken here.
        Err(error @ (Error::Invalid(_) | Error::TooLarge(_) | Error::Forbidden(_))) => {
            drop_pieces(core, &upload.id).await?;
            return Err(error);
        }
        Err(other) => return Err(other),
    };
    // The file is there, whatever becomes of its pieces: a sweep finds them.
    if let Err(error) = remove_objects(core, &upload.id).await {
        tracing::warn!(%error, upload = upload.id, "pieces of an upload could not be removed");
    }
    Ok(asset.id)
}

async fn remove_objects(core: &Core, id: &str) -> Result<()> {
    let blobs = &core.library().blobs;
    let mut entries = blobs.list(&folder(id));
    while let Some(entry) = entries.try_next().await? {
        blobs.delete(&entry.key).await?;
    }
    Ok(())
}

async fn drop_pieces(core: &Core, id: &str) -> Result<()> {
    remove_objects(core, id).await?;
    let id = id.to_owned();
    core.write(move |tx, _| Ok(uploads::delete(tx, &id)?)).await
}

/// Give an upload up.
pub async fn cancel(core: &Core, caller: &Caller, id: &str) -> Result<()> {
    let upload = find(core, caller, id).await?;
    drop_pieces(core, &upload.id).await
}

/// Drop uploads that have waited too long; how many.
pub(super) async fn sweep(core: &Core, before: i64) -> Result<u64> {
    let mut dropped = 0;
    loop {
        let now = now_micros();
        let over = core.read(move |conn, _| Ok(uploads::expired(conn, now, 100)?)).await?;
        if over.is_empty() {
            break;
        }
        for id in over {
            drop_pieces(core, &id).await?;
            dropped += 1;
        }
    }
    // Pieces whose row is gone: a process ended between the two.
    let mut entries = core.library().blobs.list("uploads");
    while let Some(entry) = entries.try_next().await? {
        let id = entry.key.split('/').nth(1).unwrap_or_default().to_owned();
        let known = core.read(move |conn, _| Ok(uploads::get(conn, &id)?)).await?;
        if entry.modified <= before && known.is_none_or(|u| u.asset.is_some()) {
            core.library().blobs.delete(&entry.key).await?;
        }
    }
    Ok(dropped)
}
