//! What a field names outside its type: targets of relations, and components.

use super::World;
use super::report::Report;
use crate::close::{brief, hint};
use crate::content_type::{ContentType, Kind};
use crate::field::{Field, FieldType};
use crate::names::{RESERVED_FIELD_NAMES, is_field_name};
use crate::problem::pointer_to;
use std::collections::HashSet;

/// How many types or components one field may name.
const MAX_TARGETS: usize = 100;

pub(super) fn check_relation(world: &World, def: &ContentType, field: &Field, pointer: &str, report: &mut Report) {
    let is_known = |id: &str| world.get(id).is_some_and(|def| def.kind != Kind::Component);
    check_list("targets", &field.targets, is_known, || world.ids(false).collect(), pointer, report);
    let message = || "a relation needs `targets`, the types that it may point at";
    report.expect(!field.targets.is_empty(), pointer_to(pointer, "targets"), "required", message);
    let Some(name) = field.inverse.as_deref() else { return };
    let pointer = pointer_to(pointer, "inverse");
    if RESERVED_FIELD_NAMES.contains(&name) {
        let message = format!("every document has `{name}` already; try `{name}_of`");
        return report.add(pointer, "reserved", message);
    }
    if !is_field_name(name) {
        let message = "a name is a letter, then letters, digits and `_`, at most 50 in all";
        return report.add(pointer, "name", message);
    }
    for target in field.targets.iter().filter_map(|id| world.get(id)) {
        let structure = target.tree && matches!(name, "parent" | "children");
        if structure || target.field_named(name).is_some() {
            let message = format!("`{}` has a field `{name}` already; give the inverse another name", target.singular);
            report.add(&pointer, "name_taken", message);
        }
        let others = world.inverses(&target.id, name).iter();
        if let Some((source, _)) = others.into_iter().find(|(source, id)| source.id != def.id || *id != field.id) {
            let message = format!("`{}` sees `{}` as `{name}` already", target.singular, source.singular);
            report.add(&pointer, "name_taken", format!("{message}; give the inverse another name"));
        }
    }
}

pub(super) fn check_components(world: &World, field: &Field, pointer: &str, report: &mut Report) {
    let is_component = |id: &str| world.get(id).is_some_and(|def| def.kind == Kind::Component);
    if field.kind == FieldType::Blocks {
        check_list("components", &field.components, is_component, || world.ids(true).collect(), pointer, report);
        let message = || "blocks need `components`, the kinds of block that they may hold";
        return report.expect(!field.components.is_empty(), pointer_to(pointer, "components"), "required", message);
    }
    let pointer = pointer_to(pointer, "component");
    match field.component.as_deref() {
        None => report.add(pointer, "required", "a component field needs `component`, the one it holds"),
        Some(id) if is_component(id) => {}
        Some(id) => {
            let hint = hint(id, world.ids(true));
            report.add(pointer, "unknown_component", format!("there is no component `{}`{hint}", brief(id)));
        }
    }
}

/// A list of distinct words that are all known.
pub(super) fn check_list<'a>(
    key: &str,
    words: &[String],
    is_known: impl Fn(&str) -> bool,
    known: impl Fn() -> Vec<&'a str>,
    pointer: &str,
    report: &mut Report,
) {
    let pointer = pointer_to(pointer, key);
    let many = words.len();
    report.expect(many <= MAX_TARGETS, &pointer, "too_many", || format!("`{key}` has at most {MAX_TARGETS} entries"));
    let mut seen = HashSet::new();
    for (index, word) in words.iter().enumerate().take(MAX_TARGETS) {
        let pointer = pointer_to(&pointer, index);
        let twice = || format!("`{}` is listed twice; remove one", brief(word));
        report.expect(seen.insert(word), &pointer, "duplicate_value", twice);
        let (code, what) = match key {
            "targets" => ("unknown_type", "collection or single"),
            "components" => ("unknown_component", "component"),
            _ => ("unknown_word", "kind of media"),
        };
        let unknown = || format!("there is no {what} `{}`{}", brief(word), hint(word, known()));
        report.expect(is_known(word), &pointer, code, unknown);
    }
}
