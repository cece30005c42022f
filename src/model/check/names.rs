//! Singulars and plurals: their form, the words that the API keeps for itself, and that no two types share one.

use super::World;
use super::report::Report;
use crate::close::brief;
use crate::content_type::{ContentType, Kind};
use crate::names::{RESERVED_API_NAMES, is_component_name, is_type_name};
use std::collections::HashMap;

pub(super) fn check(world: &World, report: &mut Report) {
    // What is not mentioned comes first: it has its name already.
    let mut defs: Vec<_> = world.types().collect();
    defs.sort_by_key(|(_, index)| *index);
    let mut taken: [HashMap<&str, &str>; 2] = Default::default();
    for (def, index) in defs {
        let component = def.kind == Kind::Component;
        let names = [("singular", &def.singular), ("plural", &def.plural)];
        for (key, name) in names.into_iter().filter(|(key, name)| *key == "singular" || !name.is_empty()) {
            let taken = &mut taken[usize::from(component)];
            if let Some(index) = index {
                let pointer = format!("/types/{index}/{key}");
                check_name(def, key, name, taken, &pointer, report);
            }
            taken.entry(name).or_insert(&def.id);
        }
        if let Some(index) = index {
            check_plural(world, def, &format!("/types/{index}/plural"), report);
        }
    }
}

fn check_name(
    def: &ContentType,
    key: &str,
    name: &str,
    taken: &HashMap<&str, &str>,
    pointer: &str,
    report: &mut Report,
) {
    let component = def.kind == Kind::Component;
    let is_free = |name: &str| !taken.contains_key(name) && !RESERVED_API_NAMES.contains(&name);
    let well_formed = if component { is_component_name(name) } else { is_type_name(name) };
    if !well_formed {
        let form = "a letter, then lower-case letters, digits, `-` and `_`, at most 50 in all";
        let proposed = propose(&tidy(name, component), key, is_free);
        report.add(
            pointer,
            "name",
            format!("the {key} `{}` needs another form: {form}; try `{proposed}`", brief(name)),
        );
    } else if !component && RESERVED_API_NAMES.contains(&name) {
        let proposed = propose(name, key, is_free);
        report.add(pointer, "reserved", format!("the API keeps `/api/{name}` for itself; try `{proposed}`"));
    } else if taken.get(name) == Some(&def.id.as_str()) {
        let proposed = propose(name, key, is_free);
        report.add(pointer, "name_taken", format!("singular and plural must differ; try `{proposed}`"));
    } else if let Some(owner) = taken.get(name) {
        let proposed = propose(name, key, is_free);
        let message = format!("`{name}` is already a name of the type `{}`; try `{proposed}`", brief(owner));
        report.add(pointer, "name_taken", message);
    }
}

fn check_plural(world: &World, def: &ContentType, pointer: &str, report: &mut Report) {
    match def.kind {
        Kind::Collection if def.plural.is_empty() => {
            let taken = |name: &str| {
                let has = |(other, _): (&ContentType, _)| other.singular == name || other.plural == name;
                RESERVED_API_NAMES.contains(&name) || world.types().any(has)
            };
            let proposed = propose_plural(&def.singular, |name| !taken(name));
            let message = format!("a collection needs a plural, its path below `/api/`; try `{proposed}`");
            report.add(pointer, "required", message);
        }
        Kind::Component if !def.plural.is_empty() => {
            report.add(pointer, "option", "a component has no plural; remove it");
        }
        _ => {}
    }
}

/// A free name that is like `name`.
fn propose(name: &str, key: &str, is_free: impl Fn(&str) -> bool) -> String {
    if is_free(name) {
        return name.to_owned();
    }
    let stem: String =
        name.strip_suffix('s').filter(|stem| !stem.is_empty()).unwrap_or(name).chars().take(35).collect();
    let base = if key == "plural" { format!("{stem}-entries") } else { format!("{stem}-entry") };
    numbered(&base, is_free)
}

fn propose_plural(singular: &str, is_free: impl Fn(&str) -> bool) -> String {
    let singular: String = tidy(singular, false).chars().take(45).collect();
    let plural = match singular.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{stem}ies"),
        _ if singular.ends_with(['s', 'x']) || singular.ends_with("ch") => format!("{singular}es"),
        _ => format!("{singular}s"),
    };
    numbered(&plural, is_free)
}

fn numbered(base: &str, is_free: impl Fn(&str) -> bool) -> String {
    if is_free(base) {
        return base.to_owned();
    }
    (2..).map(|n| format!("{base}-{n}")).find(|name| is_free(name)).unwrap_or_default()
}

/// `name` in the form that names have.
fn tidy(name: &str, component: bool) -> String {
    let start: String = name.chars().take(100).collect();
    let mut tidy = String::new();
    for c in deunicode::deunicode(&start).chars() {
        if c.is_ascii_alphanumeric() || c == '_' || (c == '.' && component && !tidy.contains('.')) {
            tidy.push(c.to_ascii_lowercase());
        } else if !tidy.is_empty() && !tidy.ends_with('-') {
            tidy.push('-');
        }
    }
    let tidy = tidy.trim_start_matches(|c: char| !c.is_ascii_lowercase());
    let mut tidy = tidy[..tidy.len().min(50)].trim_end_matches(['-', '.']).to_owned();
    let well_formed = if component { is_component_name(&tidy) } else { is_type_name(&tidy) };
    if !well_formed {
        tidy = if component { "part" } else { "entry" }.to_owned();
    }
    tidy
}
