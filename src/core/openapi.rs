//! The description of the content API, cut to what a caller may read.

use crate::access::Rules;
use crate::{Caller, Core, Result};
use masthead_model::Action;
use masthead_model::openapi::{self, Allowed, Parts};

impl Allowed for Rules<'_> {
    fn may(&self, action: Action, type_id: &str) -> bool {
        self.grant(action, type_id).is_some()
    }
}

/// What a description is made from: equal texts have equal descriptions.
pub async fn version(core: &Core, caller: &Caller) -> Result<String> {
    let caller = caller.clone();
    core.read(move |_, snapshot| Ok(format!("{} {}", snapshot.model.version, Rules::of(&caller, snapshot).class())))
        .await
}

/// The paths and schemas of the site's content types.
pub async fn content(core: &Core, caller: &Caller) -> Result<Parts> {
    let caller = caller.clone();
    core.read(move |_, snapshot| Ok(openapi::content(&snapshot.model, &Rules::of(&caller, snapshot)))).await
}
