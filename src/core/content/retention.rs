//! Keep the history in bounds: thin old autosaves, forget old receipts and events.

use crate::access::require_admin;
use crate::{Caller, Core, Result};
use masthead_store::{bodies, events, now_micros, receipts, versions};

const DAY: i64 = 24 * 3600 * 1_000_000;
/// Rows removed in one transaction, so that other writers get their turn.
const AT_ONCE: i64 = 500;

/// Drop what retention no longer keeps; how many history entries went. Published versions always stay.
pub async fn tidy(core: &Core, caller: &Caller) -> Result<usize> {
    let now = now_micros();
    let autosaves = now - core.settings().autosave_days * DAY;
    let old_events = now - core.settings().event_days * DAY;
    let mut dropped = 0;
    loop {
        let caller = caller.clone();
        let thinned = core
            .write(move |tx, snapshot| {
                require_admin(&caller, snapshot)?;
                let (thinned, docs) = versions::thin(tx, super::part::AUTOSAVE, autosaves, AT_ONCE)?;
                for doc in &docs {
                    bodies::sweep(tx, *doc)?;
                }
                Ok(thinned)
            })
            .await?;
        dropped += thinned;
        if thinned == 0 {
            break;
        }
    }
    core.write(move |tx, _| {
        receipts::prune(tx, now - DAY)?;
        events::prune(tx, old_events)?;
        Ok(())
    })
    .await?;
    Ok(dropped)
}
