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
    /// How long ago the first event was that the search index does not contain, µs; 0 when it contains all.
    pub search_lag: i64,
}

/// Where everybody stands; for administrators.
pub async fn standing(core: &Core, caller: &Caller) -> Result<Standing> {
    let caller = caller.clone();
    let searcher = core.searcher().cloned();
    core.read(move |conn, snapshot| {
        require_admin(&caller, snapshot)?;
        let head = masthead_store::events::last(conn)?.map_or(0, |(seq, _)| seq);
        let mut followers: Vec<_> = followers::all(conn)?.into_iter().map(|f| (f.name, f.cursor)).collect();
        let mut search_lag = 0;
        // Its place stands in the index itself.
        if let Some(position) = searcher.map(|searcher| searcher.position()) {
            let first = masthead_store::events::after(conn, position, 1)?;
            search_lag = first.first().map_or(0, |event| (masthead_store::now_micros() - event.at).max(0));
            followers.push(("search".to_owned(), position));
        }
        Ok(Standing { head, followers, search_lag })
    })
    .await
}
