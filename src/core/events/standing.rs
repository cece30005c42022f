//! Where the log and its followers stand, for whoever watches the server.

use crate::access::require_admin;
use crate::{Caller, Core, Result};
use masthead_store::followers;

/// The log's head and how far each follower is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Number of the last event, 0 when there is none.
    pub head: i64,
    /// Name of each follower, and the last event it has dealt with.
    pub followers: Vec<(String, i64)>,
}

/// Where everybody stands; for administrators.
pub async fn standing(core: &Core, caller: &Caller) -> Result<Standing> {
    let caller = caller.clone();
    let searcher = core.searcher().cloned();
    core.read(move |conn, snapshot| {
        require_admin(&caller, snapshot)?;
        let head = masthead_store::events::last(conn)?.map_or(0, |(seq, _)| seq);
        let mut followers: Vec<_> = followers::all(conn)?.into_iter().map(|f| (f.name, f.cursor)).collect();
        // Its place stands in the index itself.
        followers.extend(searcher.map(|s| ("search".to_owned(), s.position())));
        Ok(Standing { head, followers })
    })
    .await
}
