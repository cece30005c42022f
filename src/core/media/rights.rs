//! Who may do what with files. Rules name them `upload`, as if they were a type of content.

use crate::access::{FILES, Rules};
use crate::{Caller, Error, Result, Snapshot};
use masthead_model::Action;
use masthead_store::assets::Asset;
use serde_json::Value;

/// Which files an action is allowed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    All,
    /// Those that this person or program brought.
    Own(String),
}

impl Reach {
    pub fn covers(&self, asset: &Asset) -> bool {
        match self {
            Self::All => true,
            Self::Own(owner) => asset.created_by == *owner,
        }
    }
}

/// Which files `caller` may do `action` with, if any.
pub fn reach(caller: &Caller, snapshot: &Snapshot, action: Action) -> Option<Reach> {
    reach_of(&Rules::of(caller, snapshot), action)
}

/// The same by the caller's rules.
pub fn reach_of(rules: &Rules<'_>, action: Action) -> Option<Reach> {
    let (grant, caller) = (rules.of_files(action)?, rules.caller());
    if grant.always().is_some() {
        return Some(Reach::All);
    }
    let actor = caller.actor();
    let is_own = |c: &Value| *c == serde_json::json!({"createdBy": {"$eq": actor}});
    let own = grant.alternatives().iter().any(|a| a.condition.as_ref().is_some_and(is_own));
    own.then_some(Reach::Own(actor))
}

/// The same, refused when there are none.
pub fn expect(caller: &Caller, snapshot: &Snapshot, action: Action) -> Result<Reach> {
    reach(caller, snapshot, action)
        .ok_or_else(|| Error::Forbidden(format!("you may not {} files ('{FILES}')", crate::access::verb(action))))
}

/// Refuse unless `caller` may do `action` with this file. One that it may not even read is not there.
pub fn expect_with(caller: &Caller, snapshot: &Snapshot, action: Action, asset: &Asset) -> Result<()> {
    let covers = |action| reach(caller, snapshot, action).is_some_and(|reach| reach.covers(asset));
    if covers(action) {
        return Ok(());
    }
    if covers(Action::Read) || covers(Action::Update) {
        return Err(Error::Forbidden(format!("you may not {} this file", crate::access::verb(action))));
    }
    Err(unknown(&asset.id))
}

/// Whether the caller sees a private file.
pub fn sees_private(caller: &Caller, snapshot: &Snapshot, asset: &Asset) -> bool {
    reach(caller, snapshot, Action::Read).is_some_and(|reach| reach.covers(asset))
}

pub fn unknown(id: &str) -> Error {
    Error::not_found(format!("file {id}"))
}
