//! Keep bytes, then the row that owns them: never a row without bytes, and never bytes that a sweep takes from under
//! a row that is just being written.

use super::{blob_key, media_event};
use crate::{Caller, Core, Error, Result};
use masthead_media::Spooled;
use masthead_store::assets::{self, Asset, Removal};
use masthead_store::{Tx, now_micros};
use std::time::Duration;

/// A removal that takes longer was given up: µs.
pub(super) const GIVEN_UP: i64 = 10 * 60 * 1_000_000;
/// How long bytes are waited for that are just being removed.
const PATIENCE: Duration = Duration::from_secs(15);

/// What the transaction found.
enum Found {
    Done(Box<Asset>),
    /// The bytes must be put there (again) first; nobody has removed them since then.
    PutFirst(Removal),
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
    let mut put_after = None;
    loop {
        let (hash, caller, write, put) = (file.hash.clone(), caller.clone(), write.clone(), put_after);
        let found = core
            .write(move |tx, _| {
                assets::lock(tx)?;
                let removal = match assets::removal(tx, &hash)? {
                    Removal::UnderWay(since) if now_micros() - since < GIVEN_UP => return Ok(Found::Wait),
                    Removal::UnderWay(_) => {
                        assets::spare(tx, &hash)?;
                        return Ok(Found::PutFirst(Removal::Never));
                    }
                    over => over,
                };
                if put != Some(removal) && !assets::owns(tx, &hash)? {
                    return Ok(Found::PutFirst(removal));
                }
                let asset = write(tx)?;
                tx.emit(media_event(event, &asset, &caller, event != "created"));
                Ok(Found::Done(Box::new(asset)))
            })
            .await?;
        match found {
            Found::Done(asset) => return Ok(*asset),
            Found::PutFirst(removal) => {
                core.library().blobs.put_file(&key, file).await?;
                put_after = Some(removal);
            }
            Found::Wait if started.elapsed() < PATIENCE => tokio::time::sleep(Duration::from_millis(100)).await,
            Found::Wait => return Err(Error::Overloaded("the same file is just being removed: try again".to_owned())),
        }
    }
}
