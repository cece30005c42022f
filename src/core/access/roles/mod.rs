//! Roles as data: what there are, changing them whole, and single permissions (allow and deny).

mod pushed;
mod put;

pub(crate) use pushed::expect_kept;
pub use put::{delete, put};

use super::{Caller, require_admin};
use crate::events::role_event;
use crate::{Core, Error, Result};
use masthead_model::{Action, Permission, Role};
use masthead_store::{access, types};

/// Roles that every site has: created when first needed, and never deleted.
pub const BUILT_IN: [&str; 5] = ["admin", "editor", "author", "reader", super::PUBLIC];

/// What a built-in role is before anybody changed it.
pub fn built_in(name: &str) -> Option<Role> {
    let rules = |actions: &[Action]| -> Vec<Permission> {
        actions
            .iter()
            .map(|action| Permission { action: *action, type_id: "*".to_owned(), fields: None, condition: None })
            .collect()
    };
    const OWN: [Action; 3] = [Action::ReadDraft, Action::Update, Action::Delete];
    let own = |actions: &[Action]| -> Vec<Permission> {
        let condition = || Some(serde_json::json!({"createdBy": {"$eq": "$caller"}}));
        rules(actions).into_iter().map(|rule| Permission { condition: condition(), ..rule }).collect()
    };
    let (label, admin, permissions) = match name {
        "admin" => ("Administrator", true, Vec::new()),
        "editor" => ("Editor", false, rules(&Action::ALL)),
        "author" => ("Author", false, [rules(&[Action::Read, Action::Create]), own(&OWN)].concat()),
        "reader" => ("Reader", false, rules(&[Action::Read])),
        super::PUBLIC => ("Public", false, Vec::new()),
        _ => return None,
    };
    Some(Role { name: name.to_owned(), label: label.to_owned(), description: None, admin, permissions })
}

/// The role of this name as it is: stored, or built in.
pub fn find(roles: &[Role], name: &str) -> Option<Role> {
    roles.iter().find(|r| r.name == name).cloned().or_else(|| built_in(name))
}

/// All roles, the built-in ones first.
pub async fn list(core: &Core, caller: &Caller) -> Result<Vec<Role>> {
    let caller = caller.clone();
    core.read(move |_, snapshot| {
        require_admin(&caller, snapshot)?;
        let first = BUILT_IN.into_iter().filter_map(|name| find(&snapshot.roles, name));
        let own = snapshot.roles.iter().filter(|r| !BUILT_IN.contains(&r.name.as_str())).cloned();
        Ok(first.chain(own).collect())
    })
    .await
}

/// Whether the caller may do everything.
pub async fn is_admin(core: &Core, caller: &Caller) -> Result<bool> {
    let caller = caller.clone();
    core.read(move |_, snapshot| Ok(super::Rules::of(&caller, snapshot).is_admin())).await
}

/// One role.
pub async fn get(core: &Core, caller: &Caller, name: &str) -> Result<Role> {
    let (caller, name) = (caller.clone(), name.to_owned());
    core.read(move |_, snapshot| {
        require_admin(&caller, snapshot)?;
        find(&snapshot.roles, &name).ok_or_else(|| Error::not_found(format!("role '{name}'")))
    })
    .await
}

/// Let `role` do `action` to a type (its id, singular or plural; `*` is every type), or forbid it again.
///
/// True when that changed anything. Denying one type under a rule for `*` is refused: rules only add up.
pub async fn set(
    core: &Core,
    caller: &Caller,
    role: &str,
    action: Action,
    type_word: &str,
    allow: bool,
) -> Result<bool> {
    let (caller, role, word) = (caller.clone(), role.to_owned(), type_word.to_owned());
    core.write(move |tx, snapshot| {
        require_admin(&caller, snapshot)?;
        let type_id = match word.as_str() {
            "*" | super::FILES => word.clone(),
            word => match snapshot.model.find(word).filter(|t| t.def.kind != masthead_model::Kind::Component) {
                Some(t) => t.def.id.clone(),
                None => return Err(Error::not_found(format!("content type '{word}'"))),
            },
        };
        let mut found = find(&snapshot.roles, &role).ok_or_else(|| Error::not_found(format!("role '{role}'")))?;
        let same = |p: &Permission| p.action == action && p.type_id == type_id;
        let had = found.permissions.iter().any(|p| same(p) && p.fields.is_none() && p.condition.is_none());
        if allow == had && (allow || !found.permissions.iter().any(same)) {
            let wide = found.permissions.iter().any(|p| p.action == action && p.type_id == "*");
            if !allow && type_id != "*" && wide {
                return Err(Error::Conflict(format!(
                    "role '{role}' may {} every type: deny '*' first, then allow the types it should have",
                    action.word()
                )));
            }
            return Ok(false);
        }
        found.permissions.retain(|p| !same(p));
        if allow {
            found.permissions.push(Permission { action, type_id, fields: None, condition: None });
        }
        access::put_role(tx, &found)?;
        types::next_version(tx)?;
        tx.emit(role_event("role.changed", &found.name, &caller));
        Ok(true)
    })
    .await
}
