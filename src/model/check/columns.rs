//! Refuses types whose values would need more columns than a table can have.

use super::World;
use super::report::Report;
use crate::content_type::Kind;
use crate::field::Field;
use crate::storage::{ColumnKind, has_columns};
use std::collections::HashMap;

/// Columns of a projection table: Postgres allows 1600, of which some are not values.
const MAX_COLUMNS: usize = 1500;

pub(super) fn check(world: &World, report: &mut Report) {
    let mut counted = HashMap::new();
    for (def, index) in world.types().filter(|(def, _)| def.kind != Kind::Component) {
        let columns = count(world, &def.fields, 0, &mut counted);
        let message = || {
            format!(
                "`{}` would need {columns} database columns, with those of its components; at most {MAX_COLUMNS} fit: \
                 make some components repeatable, or use blocks",
                def.singular
            )
        };
        let pointer = index.map_or("/types".to_owned(), |index| format!("/types/{index}/fields"));
        report.expect(columns <= MAX_COLUMNS, pointer, "too_many", message);
    }
}

fn count<'a>(
    world: &World<'a>,
    fields: &'a [Field],
    depth: usize,
    counted: &mut HashMap<(&'a str, usize), usize>,
) -> usize {
    let mut columns = 0usize;
    for field in fields {
        columns += match ColumnKind::of(field) {
            Some(ColumnKind::Text | ColumnKind::LongText) => 2,
            Some(_) => 1,
            None if has_columns(field, depth) => {
                let Some(component) = field.component.as_deref().and_then(|id| world.get(id)) else {
                    continue;
                };
                let key = (component.id.as_str(), depth + 1);
                match counted.get(&key) {
                    Some(columns) => *columns,
                    None => {
                        let columns = count(world, &component.fields, depth + 1, counted);
                        counted.insert(key, columns);
                        columns
                    }
                }
            }
            None => 0,
        };
    }
    columns
}
