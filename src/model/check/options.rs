//! Which options a field may have, by its type.

use super::report::Report;
use crate::field::{Field, FieldType as T};
use crate::problem::pointer_to;
use crate::storage::ColumnKind;

type IsSet = fn(&Field) -> bool;

/// An option that not every field has.
struct Rule {
    key: &'static str,
    is_set: IsSet,
    applies: fn(&Field) -> bool,
    /// What it applies to.
    to: &'static str,
}

const RULES: &[Rule] = &[
    Rule {
        key: "unique",
        is_set: |f| f.unique,
        applies: can_be_unique,
        to: "string, slug, email, url, number, date and time fields and enumerations of one value",
    },
    Rule {
        key: "default",
        is_set: |f| f.default.is_some(),
        applies: |f| !matches!(f.kind, T::Media | T::Relation | T::Component | T::Blocks),
        to: "fields without media, relations and components",
    },
    Rule { key: "min", is_set: |f| f.min.is_some(), applies: has_bounds, to: "numbers, dates and times" },
    Rule { key: "max", is_set: |f| f.max.is_some(), applies: has_bounds, to: "numbers, dates and times" },
    Rule { key: "minLength", is_set: |f| f.min_length.is_some(), applies: has_length, to: "texts" },
    Rule { key: "maxLength", is_set: |f| f.max_length.is_some(), applies: has_length, to: "texts" },
    Rule { key: "pattern", is_set: |f| f.pattern.is_some(), applies: has_length, to: "texts" },
    Rule { key: "scale", is_set: |f| f.scale.is_some(), applies: |f| f.kind == T::Decimal, to: "decimal fields" },
    Rule { key: "values", is_set: |f| !f.values.is_empty(), applies: |f| f.kind == T::Enumeration, to: "enumerations" },
    Rule {
        key: "many",
        is_set: |f| f.many,
        applies: |f| matches!(f.kind, T::Enumeration | T::Media | T::Relation),
        to: "enumerations, media and relations",
    },
    Rule { key: "from", is_set: |f| f.from.is_some(), applies: |f| f.kind == T::Slug, to: "slugs" },
    Rule { key: "targets", is_set: |f| !f.targets.is_empty(), applies: |f| f.kind == T::Relation, to: "relations" },
    Rule { key: "inverse", is_set: |f| f.inverse.is_some(), applies: |f| f.kind == T::Relation, to: "relations" },
    Rule {
        key: "component",
        is_set: |f| f.component.is_some(),
        applies: |f| f.kind == T::Component,
        to: "component fields",
    },
    Rule { key: "repeatable", is_set: |f| f.repeatable, applies: |f| f.kind == T::Component, to: "component fields" },
    Rule { key: "components", is_set: |f| !f.components.is_empty(), applies: |f| f.kind == T::Blocks, to: "blocks" },
    Rule { key: "minItems", is_set: |f| f.min_items.is_some(), applies: Field::is_list, to: "lists" },
    Rule { key: "maxItems", is_set: |f| f.max_items.is_some(), applies: Field::is_list, to: "lists" },
    Rule { key: "kinds", is_set: |f| !f.kinds.is_empty(), applies: |f| f.kind == T::Media, to: "media" },
    Rule { key: "searchable", is_set: |f| f.searchable, applies: is_readable, to: "texts, tags and enumerations" },
    Rule { key: "weight", is_set: |f| f.weight.is_some(), applies: |f| f.searchable, to: "searchable fields" },
    Rule {
        key: "indexed",
        is_set: |f| f.indexed.is_some(),
        applies: |f| ColumnKind::of(f).is_some_and(|kind| kind != ColumnKind::LongText),
        to: "fields with one short value",
    },
];

/// Options of fields that stand in a type itself, not in a component.
const TOP_LEVEL: [(&str, IsSet); 3] =
    [("unique", |f| f.unique), ("localized", |f| f.localized), ("inverse", |f| f.inverse.is_some())];

/// Refuses options that the field's type, or its place, does not have.
pub(super) fn check(field: &Field, in_component: bool, pointer: &str, report: &mut Report) {
    for rule in RULES.iter().filter(|rule| (rule.is_set)(field) && !(rule.applies)(field)) {
        let message = format!("`{}` applies to {}; remove it from this {} field", rule.key, rule.to, field.kind.word());
        report.add(pointer_to(pointer, rule.key), "option", message);
    }
    for (key, _) in TOP_LEVEL.iter().filter(|(_, is_set)| in_component && is_set(field)) {
        let message =
            format!("`{key}` does not apply inside a component; remove it, or set it on the type's own field");
        report.add(pointer_to(pointer, key), "option", message);
    }
}

/// Long texts are left out: their values would be keys of an index.
fn can_be_unique(field: &Field) -> bool {
    match field.kind {
        T::String | T::Slug | T::Email | T::Url | T::Integer | T::Decimal | T::Date | T::Time | T::Datetime => true,
        T::Enumeration => !field.many,
        _ => false,
    }
}

pub(super) fn has_bounds(field: &Field) -> bool {
    matches!(field.kind, T::Integer | T::Decimal | T::Date | T::Time | T::Datetime)
}

fn has_length(field: &Field) -> bool {
    field.kind.is_text() && field.kind != T::Color
}

fn is_readable(field: &Field) -> bool {
    has_length(field) || matches!(field.kind, T::RichText | T::Tags | T::Enumeration)
}
