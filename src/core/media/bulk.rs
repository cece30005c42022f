//! The same for many files; each is refused or done on its own.

use super::edit::Details;
use super::{edit, texts, trash};
use crate::{Caller, Core, Error, Result};

/// Most files at once.
const MOST: usize = 500;

/// What is done to each.
#[derive(Clone, Debug)]
pub enum Bulk {
    /// Into a folder, by its id; none is the top.
    Move(Option<String>),
    Tag {
        add: Vec<String>,
        remove: Vec<String>,
    },
    Trash {
        force: bool,
    },
    Restore,
    Delete,
}

/// Do it; the outcome of each, in order.
pub async fn bulk(core: &Core, caller: &Caller, ids: &[String], what: &Bulk) -> Result<Vec<Result<()>>> {
    if ids.is_empty() || ids.len() > MOST {
        return Err(Error::invalid("/ids", "items", format!("name 1 to {MOST} files")));
    }
    let mut outcomes = Vec::with_capacity(ids.len());
    for id in ids {
        let outcome = match what {
            Bulk::Move(folder) => {
                let details = Details { folder: Some(folder.clone()), ..Details::default() };
                edit::edit(core, caller, id, details).await.map(drop)
            }
            Bulk::Tag { add, remove } => match edit::get(core, caller, id).await {
                Ok(asset) => {
                    let kept = texts::tags(&asset).into_iter().filter(|tag| !remove.contains(tag));
                    let details =
                        Details { tags: Some(kept.chain(add.iter().cloned()).collect()), ..Details::default() };
                    edit::edit(core, caller, id, details).await.map(drop)
                }
                Err(error) => Err(error),
            },
            Bulk::Trash { force } => trash::trash(core, caller, id, *force).await.map(drop),
            Bulk::Restore => trash::restore(core, caller, id).await.map(drop),
            Bulk::Delete => trash::delete(core, caller, id).await,
        };
        outcomes.push(outcome);
    }
    Ok(outcomes)
}
