//! The rules of a whole type: its ids, its options, and which options its kind may have.

use super::report::Report;
use super::{MAX_FIELDS, MAX_TYPES, World, field, url_pattern};
use crate::close::{brief, hint};
use crate::content_type::{ContentType, Kind};
use crate::field::FieldType;
use crate::names::{RESERVED_FIELD_NAMES, is_component_name, is_type_name};
use crate::problem::pointer_to;
use std::collections::HashMap;

/// The longest text that is only shown to people, in characters.
pub(super) const LONGEST_LABEL: usize = 200;
pub(super) const LONGEST_HELP: usize = 5000;

pub(super) fn check_count(world: &World, report: &mut Report) {
    let message = || format!("a site has at most {MAX_TYPES} types and components; these would be {}", world.len());
    report.expect(world.len() <= MAX_TYPES, "/types", "too_many", message);
}

pub(super) fn check_ids(world: &World, report: &mut Report) {
    let mut seen = HashMap::new();
    for (index, def) in world.desired.types.iter().enumerate() {
        let pointer = format!("/types/{index}/id");
        let component = def.kind == Kind::Component;
        // An id that was left out is the singular, whose form is reported there.
        let well_formed =
            def.id == def.singular || if component { is_component_name(&def.id) } else { is_type_name(&def.id) };
        let message = || format!("an id is made like a singular; `{}` is not", brief(&def.id));
        report.expect(well_formed, &pointer, "id", message);
        if let Some(first) = seen.insert(&def.id, &def.singular) {
            let message = format!("`{}` has the id `{}` already", brief(first), brief(&def.id));
            report.add(&pointer, "duplicate_id", message);
        }
        if let Some(current) = world.model.get(&def.id)
            && current.def.kind != def.kind
        {
            let message =
                format!("the kind of `{}` cannot change; make a new type with another id", current.def.singular);
            report.add(format!("/types/{index}/kind"), "kind", message);
        }
    }
}

/// Checks the desired type `def`, which stands at `pointer`.
pub(super) fn check(world: &World, def: &ContentType, pointer: &str, report: &mut Report) {
    let at = |key: &str| pointer_to(pointer, key);
    let texts = [
        ("label", Some(&def.label), LONGEST_LABEL),
        ("description", def.description.as_ref(), LONGEST_HELP),
        ("icon", def.icon.as_ref(), LONGEST_LABEL),
        ("group", def.group.as_ref(), LONGEST_LABEL),
    ];
    for (key, text, longest) in texts {
        let fits = text.is_none_or(|text| text.chars().count() <= longest);
        report.expect(fits, at(key), "too_long", || format!("shorten `{key}` to {longest} characters"));
    }
    check_kind(def, pointer, report);
    check_title(def, &at("titleField"), report);
    for (index, column) in def.list_columns.iter().enumerate() {
        let known = def.field(column).is_some() || RESERVED_FIELD_NAMES.contains(&column.as_str());
        let pointer = format!("{pointer}/listColumns/{index}");
        report.expect(known, pointer, "unknown_field", || unknown_field(def, column));
    }
    check_sort(def, &at("defaultSort"), report);
    check_tree(world, def, pointer, report);
    if def.kind != Kind::Component {
        url_pattern::check(def, &at("urlPattern"), report);
    }
    if let Some(url) = &def.preview_url {
        let known = ["/", "http://", "https://"].iter().any(|start| url.starts_with(start));
        let clean = url.len() <= 2000 && !url.chars().any(|c| c.is_control() || c.is_whitespace());
        let message = || "a preview address begins with `/`, `http://` or `https://` and has no white space";
        report.expect(known && clean, at("previewUrl"), "url", message);
    }
    if let Some(header) = &def.cache_control {
        let clean = (1..=200).contains(&header.len()) && header.bytes().all(|b| (b' '..0x7f).contains(&b));
        let message = || "write a Cache-Control header in plain ASCII, e.g. `public, max-age=60`";
        report.expect(clean, at("cacheControl"), "header", message);
    }
    check_fields(world, def, pointer, report);
}

/// Refuses options that this kind of type does not have.
fn check_kind(def: &ContentType, pointer: &str, report: &mut Report) {
    let component = [
        ("draftAndPublish", !def.draft_and_publish),
        ("urlPattern", def.url_pattern.is_some()),
        ("defaultSort", def.default_sort.is_some()),
        ("listColumns", !def.list_columns.is_empty()),
        ("previewUrl", def.preview_url.is_some()),
        ("cacheControl", def.cache_control.is_some()),
    ];
    let unique = [("orderable", def.orderable), ("tree", def.tree)];
    let (word, refused) = match def.kind {
        Kind::Collection => return,
        Kind::Single => ("a single", unique.to_vec()),
        Kind::Component => ("a component", component.into_iter().chain(unique).collect()),
    };
    for (key, _) in refused.into_iter().filter(|(_, set)| *set) {
        report.add(pointer_to(pointer, key), "option", format!("`{key}` does not apply to {word}; remove it"));
    }
}

fn check_title(def: &ContentType, pointer: &str, report: &mut Report) {
    let Some(id) = &def.title_field else { return };
    match def.field(id) {
        None => report.add(pointer, "unknown_field", unknown_field(def, id)),
        Some(field) if field.kind.is_text() && field.kind != FieldType::Color => {}
        Some(field) => {
            let message = format!("a title is a text; `{}` is of type {}", field.name, field.kind.word());
            report.add(pointer, "title_field", message);
        }
    }
}

fn check_sort(def: &ContentType, pointer: &str, report: &mut Report) {
    for part in def.default_sort.iter().flat_map(|sort| sort.split(',')) {
        let part = part.trim();
        let (path, direction) = match part.strip_prefix('-') {
            Some(path) => (path, "desc"),
            None => part.split_once(':').unwrap_or((part, "asc")),
        };
        // Only the first step: the rest belongs to another type, which may change without this one.
        let name = path.split('.').next().unwrap_or(path);
        let known = def.field_named(name).is_some() || RESERVED_FIELD_NAMES.contains(&name);
        report.expect(known, pointer, "unknown_field", || unknown_field(def, name));
        let message = || format!("`{}` is no direction; write `asc` or `desc`", brief(direction));
        report.expect(matches!(direction, "asc" | "desc"), pointer, "sort", message);
    }
}

fn check_tree(world: &World, def: &ContentType, pointer: &str, report: &mut Report) {
    if !def.tree || def.kind != Kind::Collection {
        return;
    }
    let slug = def.fields.iter().any(|f| f.kind == FieldType::Slug);
    let message = || "a tree needs a slug field: the path of a document is made of slugs";
    report.expect(slug, pointer_to(pointer, "tree"), "tree", message);
    for (index, field) in def.fields.iter().enumerate() {
        let pointer = format!("{pointer}/fields/{index}");
        for name in ["parent", "children"] {
            let message = || format!("a tree has `{name}` of its own; try `{name}_entry`");
            report.expect(field.name != name, format!("{pointer}/name"), "reserved", message);
        }
        let message = || "a tree keeps its structure under this id; give the field another one";
        report.expect(field.id != "parent", format!("{pointer}/id"), "reserved", message);
    }
    let tombstone = world.model.get(&def.id).is_some_and(|t| t.storage.tombstones.iter().any(|id| id == "parent"));
    let message = || "a deleted field of this type had the id `parent`, which old versions still hold; make a new type";
    report.expect(!tombstone, pointer_to(pointer, "tree"), "tombstone", message);
    let inverse = world.inverses(&def.id, "children").iter().chain(world.inverses(&def.id, "parent")).next();
    if let Some((source, _)) = inverse {
        let message = format!("a tree has `parent` and `children`; rename the inverse of `{}` first", source.singular);
        report.add(pointer_to(pointer, "tree"), "name_taken", message);
    }
}

fn check_fields(world: &World, def: &ContentType, pointer: &str, report: &mut Report) {
    let many = def.fields.len();
    let message = || format!("a type has at most {MAX_FIELDS} fields, not {many}; group some in a component");
    report.expect(many <= MAX_FIELDS, format!("{pointer}/fields"), "too_many", message);
    let (mut names, mut ids) = (HashMap::new(), HashMap::new());
    for (index, field) in def.fields.iter().enumerate() {
        let pointer = format!("{pointer}/fields/{index}");
        if names.insert(&field.name, index).is_some() {
            let message = format!("another field is named `{}`; each needs a name of its own", brief(&field.name));
            report.add(format!("{pointer}/name"), "duplicate_name", message);
        }
        if ids.insert(&field.id, index).is_some() {
            let message = format!("another field has the id `{}`; leave the id out of one of them", brief(&field.id));
            report.add(format!("{pointer}/id"), "duplicate_id", message);
        }
        field::check(world, def, field, &pointer, report);
    }
}

pub(super) fn unknown_field(def: &ContentType, word: &str) -> String {
    let hint = hint(word, def.fields.iter().map(|f| f.name.as_str()));
    format!("there is no field `{}` in `{}`{hint}", brief(word), brief(&def.singular))
}
