//! What changes in the roles: as they are wanted, and by what goes from the model.

use super::step::Step;
use crate::check::Schema;
use crate::permission::{Permission, Role};
use std::collections::HashSet;

/// Steps to the desired roles. Roles that are not mentioned lose permissions for types in `deleted` and for deleted
/// fields: an id of a type may be used again, and nobody shall have rights on what comes then.
pub(super) fn diff(current: &[Role], desired: &Schema, deleted: &[&str], prune: bool, steps: &mut Vec<Step>) {
    for role in &desired.roles {
        let before = current.iter().find(|known| known.name == role.name);
        if before != Some(role) {
            let before = before.cloned().map(Box::new);
            steps.push(Step::PutRole { role: Box::new(role.clone()), before });
        }
    }
    let mentioned: HashSet<&str> = desired.roles.iter().map(|role| role.name.as_str()).collect();
    for role in current.iter().filter(|role| !mentioned.contains(role.name.as_str())) {
        if prune && !desired.roles.is_empty() && !role.admin {
            steps.push(Step::DeleteRole { name: role.name.clone() });
            continue;
        }
        let mut kept = role.clone();
        kept.permissions.retain(|permission| !deleted.contains(&permission.type_id.as_str()));
        kept.permissions.iter_mut().for_each(|permission| drop_fields(permission, desired));
        if kept != *role {
            steps.push(Step::PutRole { role: Box::new(kept), before: Some(Box::new(role.clone())) });
        }
    }
}

fn drop_fields(permission: &mut Permission, desired: &Schema) {
    let Some(def) = desired.types.iter().find(|def| def.id == permission.type_id) else {
        return;
    };
    if let Some(fields) = &mut permission.fields {
        fields.retain(|id| def.field(id).is_some() || (def.tree && id == "parent"));
    }
}
