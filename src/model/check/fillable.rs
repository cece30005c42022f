//! Refuses components that could never be filled in: a required component that requires itself, however far down.

use super::World;
use super::report::Report;
use crate::content_type::{ContentType, Kind};
use crate::field::Field;
use std::collections::HashSet;

pub(super) fn check(world: &World, report: &mut Report) {
    let mut open: Vec<&ContentType> =
        world.types().map(|(def, _)| def).filter(|def| def.kind == Kind::Component).collect();
    let known: HashSet<&str> = open.iter().map(|def| def.id.as_str()).collect();
    let mut fillable: HashSet<&str> = HashSet::new();
    loop {
        let before = open.len();
        open.retain(|def| {
            let can = def.fields.iter().all(|field| blocker(field, &fillable, &known).is_none());
            if can {
                fillable.insert(&def.id);
            }
            !can
        });
        if open.len() == before {
            break;
        }
    }
    for (def, index) in world.types() {
        let Some(index) = index.filter(|_| known.contains(def.id.as_str()) && !fillable.contains(def.id.as_str()))
        else {
            continue;
        };
        let blocking = def.fields.iter().enumerate().find_map(|(n, f)| Some((n, f, blocker(f, &fillable, &known)?)));
        if let Some((n, field, inner)) = blocking {
            let message = format!(
                "`{}` could never be filled in: it requires `{inner}`, which in the end requires itself; \
                 make `{}` optional",
                def.singular, field.name
            );
            report.add(format!("/types/{index}/fields/{n}/required"), "cycle", message);
        }
    }
}

/// The component that a required field needs and that is not known to be fillable; an empty list is no value. A field
/// that may be hidden blocks nothing, and neither does one that names what does not exist: that is reported there.
fn blocker<'a>(field: &'a Field, fillable: &HashSet<&str>, known: &HashSet<&str>) -> Option<&'a str> {
    if !field.required || field.shown_when.is_some() {
        return None;
    }
    let open = |id: &&String| known.contains(id.as_str()) && !fillable.contains(id.as_str());
    let components = field.item_components();
    let first = components.first()?;
    components.iter().all(|id| open(&id)).then_some(first.as_str())
}
