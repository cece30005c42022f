//! Replace and delete roles.

use super::{BUILT_IN, find};
use crate::access::{Caller, Rules, require_admin, users};
use crate::events::role_event;
use crate::{Core, Error, Result};
use masthead_model::check::{self, Schema};
use masthead_model::{Problem, Role};
use masthead_store::{Tx, access, accounts, tokens, types};
use serde_json::Value;

/// Create a role, or replace it: `json` as in `roles/<name>.json`, where types and fields may go by their names.
///
/// `Error::Conflict` when nobody would be left to administer the site.
pub async fn put(core: &Core, caller: &Caller, name: &str, json: Value) -> Result<Role> {
    let (caller, name) = (caller.clone(), name.to_owned());
    core.write(move |tx, snapshot| {
        require_admin(&caller, snapshot)?;
        let role = check::parse_role(&named(&json, &name)?).map_err(Error::Invalid)?;
        let mut desired = Schema { roles: vec![role], ..Schema::default() };
        let mut problems = check::resolve(&snapshot.model, &mut desired);
        if problems.is_empty() {
            problems = check::check(&snapshot.model, &desired, false);
        }
        if !problems.is_empty() {
            return Err(Error::Invalid(problems.into_iter().map(within).collect()));
        }
        let Some(role) = desired.roles.pop() else { return Err(Error::Internal("the role is gone".to_owned())) };
        if !Rules::of(&caller, snapshot).covers(&role) {
            return Err(Error::Forbidden("a role cannot do more than you".to_owned()));
        }
        expect_admin(&role)?;
        accounts::lock(tx)?;
        let mut roles = snapshot.roles.clone();
        if roles.len() >= 500 && roles.iter().all(|r| r.name != role.name) {
            return Err(Error::Conflict("a site has at most 500 roles".to_owned()));
        }
        roles.retain(|r| r.name != role.name);
        roles.push(role.clone());
        users::expect_one(tx, &snapshot.roles, &roles)?;
        access::put_role(tx, &role)?;
        types::next_version(tx)?;
        tx.emit(role_event("role.changed", &role.name, &caller));
        Ok(role)
    })
    .await
}

/// The role as it was sent, with its name from the address.
fn named(json: &Value, name: &str) -> Result<Value> {
    let Value::Object(sent) = json else {
        return Err(Error::invalid("", "type", "send a role: {\"label\": …, \"permissions\": […]}"));
    };
    if sent.get("name").is_some_and(|given| given != name) {
        return Err(Error::invalid("/name", "fixed", "a role's name never changes"));
    }
    let mut role = sent.clone();
    role.insert("name".to_owned(), name.into());
    Ok(Value::Object(role))
}

/// A problem within the role rather than the tree that it was checked in.
fn within(problem: Problem) -> Problem {
    let pointer = problem.pointer.strip_prefix("/roles/0").map(str::to_owned);
    Problem { pointer: pointer.unwrap_or(problem.pointer), ..problem }
}

/// Refuse a role `admin` that administers nothing.
pub(super) fn expect_admin(role: &Role) -> Result<()> {
    if role.name == "admin" && !role.admin {
        return Err(Error::Conflict("'admin' is the role of administrators, and stays one".to_owned()));
    }
    Ok(())
}

/// Refuse while somebody has the role, with their names.
pub(super) fn expect_free(tx: &mut Tx<'_>, name: &str) -> Result<()> {
    let mut holders = accounts::holders(tx, name)?;
    holders.extend(tokens::holders(tx, name)?.into_iter().map(|token| format!("token '{token}'")));
    if holders.is_empty() {
        return Ok(());
    }
    let more = holders.len().saturating_sub(10);
    holders.truncate(10);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    Err(Error::Conflict(format!("'{name}' is given to {}{rest}", holders.join(", "))))
}

/// Delete a role. `Error::Conflict` while somebody has it, with their names, and for built-in ones.
pub async fn delete(core: &Core, caller: &Caller, name: &str) -> Result<()> {
    let (caller, name) = (caller.clone(), name.to_owned());
    core.write(move |tx, snapshot| {
        require_admin(&caller, snapshot)?;
        if find(&snapshot.roles, &name).is_none() {
            return Err(Error::not_found(format!("role '{name}'")));
        }
        if BUILT_IN.contains(&name.as_str()) {
            return Err(Error::Conflict(format!("'{name}' is built in: take its permissions away instead")));
        }
        accounts::lock(tx)?;
        expect_free(tx, &name)?;
        access::delete_role(tx, &name)?;
        types::next_version(tx)?;
        tx.emit(role_event("role.deleted", &name, &caller));
        Ok(())
    })
    .await
}
