//! The same to many documents: each is a write of its own, and has a result of its own.

use super::place::{self, Place};
use super::{editor, erase, publish, trash};
use crate::{Caller, Core, Error, Result};

/// Documents in one request.
pub const AT_MOST: usize = 500;
/// Writes under way at once: they share transactions.
const TOGETHER: usize = 16;

/// What to do to each.
#[derive(Clone, Debug)]
pub enum Bulk {
    /// In each of these locales; the default one when there are none.
    Publish(Vec<String>),
    Unpublish(Vec<String>),
    /// To the trash.
    Delete,
    /// Out of the trash.
    Restore,
    /// For good.
    Erase,
    /// Below a parent, or to the top level.
    Move(Option<String>),
}

/// What happened to one document.
#[derive(Debug)]
pub struct BulkResult {
    pub document_id: String,
    pub outcome: Result<()>,
}

/// Do `what` to every document of `ids`, in their order when that matters. The answer has one result per document.
pub async fn bulk(
    core: &Core,
    caller: &Caller,
    type_word: &str,
    ids: Vec<String>,
    what: Bulk,
) -> Result<Vec<BulkResult>> {
    if ids.is_empty() || ids.len() > AT_MOST {
        let message = format!("name 1 to {AT_MOST} documents");
        return Err(Error::invalid("/documentIds", "items", message));
    }
    let together = if matches!(what, Bulk::Move(_)) { 1 } else { TOGETHER };
    let mut results = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(together) {
        let running: Vec<_> = chunk
            .iter()
            .map(|id| {
                let (core, caller, id, what) = (core.clone(), caller.clone(), id.clone(), what.clone());
                let word = type_word.to_owned();
                tokio::spawn(async move {
                    editor::expect_type(&core, &caller, &word, &id).await?;
                    one(&core, &caller, &id, &what).await
                })
            })
            .collect();
        for (id, task) in chunk.iter().zip(running) {
            let outcome = task.await.map_err(|e| Error::Internal(e.to_string())).and_then(|done| done);
            results.push(BulkResult { document_id: id.clone(), outcome });
        }
    }
    Ok(results)
}

async fn one(core: &Core, caller: &Caller, id: &str, what: &Bulk) -> Result<()> {
    match what {
        Bulk::Publish(locales) => publish::publish_locales(core, caller, id, locales, None).await.map(drop),
        Bulk::Unpublish(locales) => {
            for locale in some_or_default(locales) {
                publish::unpublish(core, caller, id, locale).await?;
            }
            Ok(())
        }
        Bulk::Delete => trash::trash(core, caller, id).await,
        Bulk::Restore => trash::restore(core, caller, id).await.map(drop),
        Bulk::Erase => erase::erase(core, caller, id).await,
        Bulk::Move(parent) => {
            let to = Place { parent: Some(parent.clone()), ..Place::default() };
            place::move_document(core, caller, id, to).await
        }
    }
}

fn some_or_default(locales: &[String]) -> Vec<Option<&str>> {
    if locales.is_empty() { vec![None] } else { locales.iter().map(|l| Some(l.as_str())).collect() }
}
