//! Drop what is over.

use super::{Caller, sessions, tokens};
use crate::{Core, Error, Result};
use masthead_store::{links, sessions as stored, tokens as former};

/// Drop sessions, links and former secrets that ended by `now` (µs), and write down when tokens were used.
pub async fn tidy(core: &Core, caller: &Caller, now: i64) -> Result<()> {
    if !matches!(caller, Caller::Operator | Caller::Server(_)) {
        return Err(Error::Forbidden("only the server does this".to_owned()));
    }
    tokens::flush(core).await?;
    core.write(move |tx, _| {
        stored::drop_ended(tx, now, now - sessions::IDLE)?;
        links::drop_ended(tx, now)?;
        former::drop_ended(tx, now)?;
        Ok(())
    })
    .await
}
