//! Keep bytes, then the row that owns them: never a row without bytes, and never bytes that a sweep takes from under
//! a row that is just being written.

use super::{blob_key, media_event};
use crate::{Caller, Core, Error, Result};
use masthead_media::Spooled;
use masthead_store::assets::{self, Asset};
use masthead_store::{Tx, now_micros};
use std::time::Duration;

/// A removal that takes longer was given up: µs.
pub(super) const GIVEN_UP: i64 = 10 * 60 * 1_000_000;
/// How long bytes are waited for that are just being removed.
const PATIENCE: Duration = Duration::from_secs(15);

/// What the transaction found.
enum Found {
    Done(Box<Asset>),
    /// The bytes must be put there (again) first.
    PutFirst,
    /// Somebody removes these very bytes at the moment.
    Wait,
}

/// Keep the bytes of `file` and run `write`, which writes a row that owns them.
pub(super) async fn keep(
    core: &Core,
    caller: &Caller,
    file: &Spooled,
    event: &'static str,
    write: impl Fn(&mut Tx<'_>) -> Result<Asset> + Clone + Send + 'static,
) -> Result<Asset> {
    let key = blob_key(&file.hash);
    let started = tokio::time::Instant::now();
    let mut is_there = false;
    loop {
        let (hash, caller, write, put) = (file.hash.clone(), caller.clone(), write.clone(), is_there);
        let found = core
            .write(move |tx, _| {
                assets::lock(tx)?;
                if let Some(since) = assets::doomed(tx, &hash)? {
                    if now_micros() - since < GIVEN_UP {
                        return Ok(Found::Wait);
                    }
                    assets::spare(tx, &hash)?;
                    return Ok(Found::PutFirst);
                }
                if !put && !assets::owns(tx, &hash)? {
                    return Ok(Found::PutFirst);
                }
                let asset = write(tx)?;
                tx.emit(media_event(event, &asset, &caller, event != "created"));
                Ok(Found::Done(Box::new(asset)))
            })
            .await?;
        match found {
            Found::Done(asset) => return Ok(*asset),
            Found::PutFirst => {
                core.library().blobs.put_file(&key, file).await?;
                is_there = true;
            }
            Found::Wait if started.elapsed() < PATIENCE => {
                is_there = false;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            Found::Wait => return Err(Error::Overloaded("the same file is just being removed: try again".to_owned())),
        }
    }
}
