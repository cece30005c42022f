//! Giving roles away: nobody gives more than they have.

use super::{Caller, Rules, require_admin, roles, tokens};
use crate::{Error, Result, Snapshot};
use masthead_model::{Permission, Role};
use masthead_store::Tx;

impl Rules<'_> {
    /// Whether the caller may do everything that `role` may.
    pub fn covers(&self, role: &Role) -> bool {
        self.is_admin() || (!role.admin && role.permissions.iter().all(|permission| self.covers_one(permission)))
    }

    fn covers_one(&self, wanted: &Permission) -> bool {
        if self.has(wanted) {
            return true;
        }
        let own = self.grant(wanted.action, &wanted.type_id);
        let Some(own) = own.as_ref().and_then(|own| own.always()) else { return false };
        match &wanted.fields {
            None => own.is_all(),
            Some(wanted) => wanted.iter().all(|field| own.covers(field)),
        }
    }
}

/// The role of this name, if the caller may give it to somebody; `pointer` says where the name stood.
pub(super) fn to_give(caller: &Caller, snapshot: &Snapshot, name: &str, pointer: &str) -> Result<Role> {
    require_admin(caller, snapshot)?;
    if name == super::PUBLIC {
        let message = "'public' is given to nobody: it is what everybody may do";
        return Err(Error::invalid(pointer, "role", message));
    }
    let Some(role) = roles::find(&snapshot.roles, name) else {
        return Err(Error::invalid(pointer, "unknown_role", format!("there is no role '{name}'")));
    };
    if !Rules::of(caller, snapshot).covers(&role) {
        return Err(Error::Forbidden(format!("role '{name}' may do more than you")));
    }
    Ok(role)
}

/// The same for several, which then exist as rows. Names stand once.
pub(super) fn all_to_give(
    tx: &mut Tx<'_>,
    caller: &Caller,
    snapshot: &Snapshot,
    names: &[String],
) -> Result<Vec<String>> {
    if names.is_empty() || names.len() > 50 {
        return Err(Error::invalid("/roles", "length", "somebody has 1 to 50 roles"));
    }
    let mut given: Vec<String> = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let role = to_give(caller, snapshot, name, &format!("/roles/{index}"))?;
        if !given.contains(&role.name) {
            tokens::materialise(tx, snapshot, &role.name)?;
            given.push(role.name);
        }
    }
    Ok(given)
}

#[cfg(test)]
mod tests {
    use super::*;
    use masthead_model::{Action, Model};

    fn role(name: &str, permissions: &[(Action, &str, Option<&[&str]>)]) -> Role {
        let permission = |(action, ty, fields): &(Action, &str, Option<&[&str]>)| Permission {
            action: *action,
            type_id: (*ty).to_owned(),
            fields: fields.map(|f| f.iter().map(|f| (*f).to_owned()).collect()),
            condition: None,
        };
        let permissions = permissions.iter().map(permission).collect();
        Role { name: name.to_owned(), label: String::new(), description: None, admin: false, permissions }
    }

    #[test]
    fn rights_cover_what_is_narrower_and_nothing_wider() {
        let own = [(Action::Read, "*", None), (Action::Update, "article", Some(&["title", "body"][..]))];
        let admin = Role { admin: true, ..role("boss", &[]) };
        let snapshot = Snapshot::new(Model::default(), vec![role("own", &own), admin.clone()], Vec::new());
        let caller = |name: &str| Caller::Token { name: "t".to_owned(), role: name.to_owned() };
        let covers = |who: &str, wanted: &Role| Rules::of(&caller(who), &snapshot).covers(wanted);
        assert!(covers("own", &role("x", &[])) && covers("own", &role("x", &own)));
        assert!(covers("own", &role("x", &[(Action::Read, "article", Some(&["title"]))])));
        assert!(covers("own", &role("x", &[(Action::Update, "article", Some(&["title"]))])));
        assert!(!covers("own", &role("x", &[(Action::Update, "article", None)])));
        assert!(!covers("own", &role("x", &[(Action::Update, "article", Some(&["title", "slug"]))])));
        assert!(!covers("own", &role("x", &[(Action::Update, "*", None)])));
        assert!(!covers("own", &role("x", &[(Action::Delete, "article", None)])));
        assert!(!covers("own", &admin) && covers("boss", &admin) && covers("boss", &role("x", &own)));
    }
}
