//! The rules of roles: names, and permissions for things that exist.

use super::World;
use super::report::Report;
use super::types::{LONGEST_HELP, LONGEST_LABEL, unknown_field};
use crate::close::{brief, hint};
use crate::content_type::Kind;
use crate::ids::TypeKey;
use crate::model::Type;
use crate::names::is_type_name;
use crate::permission::{Action, FILES, PUBLIC, Permission, Role};
use crate::problem::pointer_to;
use crate::query::parse_condition;
use crate::storage::Storage;
use std::collections::HashSet;

const MAX_ROLES: usize = 500;
const MAX_PERMISSIONS: usize = 5000;

pub(super) fn check(world: &World, roles: &[Role], report: &mut Report) {
    let many = roles.len();
    report.expect(many <= MAX_ROLES, "/roles", "too_many", || format!("at most {MAX_ROLES} roles, not {many}"));
    let mut seen = HashSet::new();
    for (index, role) in roles.iter().enumerate() {
        let pointer = format!("/roles/{index}");
        let name = &role.name;
        let form = "a lower-case letter, then letters, digits, `-` and `_`, at most 50 in all";
        let message = || format!("the name `{}` needs another form: {form}", brief(name));
        report.expect(is_type_name(name), format!("{pointer}/name"), "name", message);
        let message = || format!("there are two roles `{}`", brief(name));
        report.expect(seen.insert(name), format!("{pointer}/name"), "duplicate_name", message);
        let message = || "`public` is everybody without an account, who cannot be an administrator";
        report.expect(!role.admin || name != PUBLIC, format!("{pointer}/admin"), "admin", message);
        let label = role.label.chars().count() <= LONGEST_LABEL;
        let message = || format!("shorten the label to {LONGEST_LABEL} characters");
        report.expect(label, format!("{pointer}/label"), "too_long", message);
        let description = role.description.as_ref().is_none_or(|text| text.chars().count() <= LONGEST_HELP);
        let message = || format!("shorten the description to {LONGEST_HELP} characters");
        report.expect(description, format!("{pointer}/description"), "too_long", message);
        let many = role.permissions.len();
        let message = || format!("a role has at most {MAX_PERMISSIONS} permissions, not {many}");
        report.expect(many <= MAX_PERMISSIONS, format!("{pointer}/permissions"), "too_many", message);
        for (index, permission) in role.permissions.iter().enumerate().take(MAX_PERMISSIONS) {
            check_permission(world, permission, &format!("{pointer}/permissions/{index}"), report);
        }
    }
}

fn check_condition(world: &World, permission: &Permission, ty: Option<&Type>, pointer: &str, report: &mut Report) {
    let Some(condition) = &permission.condition else { return };
    let at = pointer_to(pointer, "condition");
    let message = || "a condition is a filter, an object";
    report.expect(condition.is_object(), at.clone(), "type", message);
    let message = || "there is no document yet to meet a condition; leave it out, or forbid to create";
    report.expect(permission.action != Action::Create, at.clone(), "option", message);
    if let Err(wrong) = parse_condition(condition, world.model, ty).map(drop)
        && condition.is_object()
    {
        report.add(at, "condition", wrong);
    }
}

fn check_permission(world: &World, permission: &Permission, pointer: &str, report: &mut Report) {
    let id = permission.type_id.as_str();
    let at_fields = pointer_to(pointer, "fields");
    if id == "*" {
        let message = || "fields belong to one type; name it instead of `*`";
        report.expect(permission.fields.is_none(), at_fields, "option", message);
        return check_condition(world, permission, None, pointer, report);
    }
    if id == FILES {
        let message = || "files have no fields that rules could name; leave it out";
        report.expect(permission.fields.is_none(), at_fields, "option", message);
        let own = |condition: &serde_json::Value| *condition == serde_json::json!({"createdBy": {"$eq": "$caller"}});
        let message = || "of files, the one condition is {\"createdBy\": {\"$eq\": \"$caller\"}}";
        let fits = permission.condition.as_ref().is_none_or(own);
        return report.expect(fits, pointer_to(pointer, "condition"), "condition", message);
    }
    let whole = matches!(permission.action, Action::Publish | Action::Delete | Action::History);
    let message = || "documents are published, deleted and looked back at whole; leave `fields` out";
    report.expect(!whole || permission.fields.is_none(), at_fields.clone(), "option", message);
    let Some(def) = world.get(id).filter(|def| def.kind != Kind::Component) else {
        let message = || format!("there is no collection or single `{}`{}", brief(id), hint(id, world.ids(false)));
        return report.expect(false, pointer_to(pointer, "type"), "unknown_type", message);
    };
    let ty = Type::new(TypeKey(0), def.clone(), Storage::default());
    check_condition(world, permission, Some(&ty), pointer, report);
    for (index, field) in permission.fields.iter().flatten().enumerate() {
        let known = def.field(field).is_some() || (def.tree && field == "parent");
        report.expect(known, pointer_to(&at_fields, index), "unknown_field", || unknown_field(def, field));
    }
}
