//! The current model as a tree of definitions.

use crate::access::require_admin;
use crate::{Caller, Core, Result};
use masthead_model::check::Schema;

/// All types, components, locales and roles, in a stable order.
pub fn pull(core: &Core, caller: &Caller) -> Result<Schema> {
    core.read_blocking(|_, snapshot| {
        require_admin(caller, snapshot)?;
        Ok(Schema {
            types: snapshot.model.types().map(|t| t.def.clone()).collect(),
            locales: Some(snapshot.model.locales.clone()),
            roles: snapshot.roles.clone(),
        })
    })
}
