//! The rules of one field.

use super::links::{check_components, check_list, check_relation};
use super::report::Report;
use super::resolve::free_id;
use super::types::{LONGEST_HELP, LONGEST_LABEL, unknown_field};
use super::{World, options};
use crate::close::brief;
use crate::content_type::{ContentType, Kind};
use crate::field::{Field, FieldType};
use crate::names::{RESERVED_FIELD_NAMES, id_from_name, is_field_id, is_field_name};
use crate::problem::pointer_to;
use crate::value::scalar;
use regex::RegexBuilder;
use serde_json::{Value, json};
use std::cmp::Ordering;
use std::collections::HashSet;

const MEDIA_KINDS: [&str; 4] = ["image", "video", "audio", "file"];
const MAX_VALUES: usize = 1000;
const LONGEST_PATTERN: usize = 500;
/// Memory of a compiled pattern, in bytes.
const PATTERN_SIZE: usize = 1 << 20;
/// The longest value of a text that is indexed, in characters.
const LONGEST_INDEXED: u32 = 255;
const LONGEST_URL: u32 = 2000;

/// Checks `field` of the desired type `def`; it stands at `pointer`.
pub(super) fn check(world: &World, def: &ContentType, field: &Field, pointer: &str, report: &mut Report) {
    check_name(def, field, pointer, report);
    check_id(world, def, field, pointer, report);
    options::check(field, def.kind == Kind::Component, pointer, report);
    check_texts(field, pointer, report);
    check_bounds(field, pointer, report);
    match field.kind {
        FieldType::Enumeration => check_values(field, pointer, report),
        FieldType::Slug => check_from(def, field, pointer, report),
        FieldType::Relation => check_relation(world, def, field, pointer, report),
        FieldType::Component | FieldType::Blocks => check_components(world, field, pointer, report),
        FieldType::Media => {
            let is_known = |kind: &str| MEDIA_KINDS.contains(&kind);
            check_list("kinds", &field.kinds, is_known, || MEDIA_KINDS.to_vec(), pointer, report);
        }
        _ => {}
    }
    check_shown_when(def, field, pointer, report);
    if let Some(default) = &field.default {
        check_default(field, default, pointer, report);
    }
}

fn check_name(def: &ContentType, field: &Field, pointer: &str, report: &mut Report) {
    let name = field.name.as_str();
    let pointer = pointer_to(pointer, "name");
    let free = |base: &str| {
        let base: String = base.chars().take(40).collect();
        let taken = |name: &str| def.field_named(name).is_some() || RESERVED_FIELD_NAMES.contains(&name);
        free_id(&base, 50, taken)
    };
    if RESERVED_FIELD_NAMES.contains(&name) {
        let proposed = free(&format!("{name}_value"));
        report.add(pointer, "reserved", format!("every document has `{name}` already; try `{proposed}`"));
    } else if !is_field_name(name) {
        let words: String = name.chars().take(60).map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        let words = words.trim_matches(|c: char| !c.is_ascii_alphabetic());
        let proposed = free(if words.is_empty() { "field" } else { words });
        let form = "a letter, then letters, digits and `_`, at most 50 in all";
        let message = format!("the name `{}` needs another form: {form}; try `{proposed}`", brief(name));
        report.add(pointer, "name", message);
    }
}

fn check_id(world: &World, def: &ContentType, field: &Field, pointer: &str, report: &mut Report) {
    let pointer = pointer_to(pointer, "id");
    if !is_field_id(&field.id) {
        let form = "up to 40 lower-case letters, digits and `_`, the first not `_`";
        let from_name = id_from_name(&field.name);
        let base = if is_field_id(&from_name) { &from_name } else { "field" };
        let proposed = free_id(base, 40, |id| def.field(id).is_some());
        let message = format!("the id `{}` needs another form: {form}; try `{proposed}`", brief(&field.id));
        return report.add(pointer, "id", message);
    }
    let Some(current) = world.model.get(&def.id) else {
        return;
    };
    let past = |id: &str| current.storage.tombstones.iter().any(|tombstone| tombstone == id);
    if past(&field.id) {
        let proposed =
            free_id(&field.id, 40, |id| past(id) || current.def.field(id).is_some() || def.field(id).is_some());
        let message =
            format!("a deleted field had the id `{}`, which old versions still hold; try `{proposed}`", field.id);
        report.add(pointer, "tombstone", message);
    }
}

fn check_texts(field: &Field, pointer: &str, report: &mut Report) {
    for (key, text, longest) in [("label", &field.label, LONGEST_LABEL), ("help", &field.help, LONGEST_HELP)] {
        let fits = text.as_ref().is_none_or(|text| text.chars().count() <= longest);
        report
            .expect(fits, pointer_to(pointer, key), "too_long", || format!("shorten `{key}` to {longest} characters"));
    }
    let Some(pattern) = &field.pattern else { return };
    let pointer = pointer_to(pointer, "pattern");
    if pattern.len() > LONGEST_PATTERN {
        return report.add(pointer, "pattern", format!("shorten the pattern to {LONGEST_PATTERN} bytes"));
    }
    // Alone first: `a)(b` would become whole between other brackets.
    for source in [pattern.clone(), format!("^(?:{pattern})$")] {
        if let Err(error) = RegexBuilder::new(&source).size_limit(PATTERN_SIZE).nest_limit(50).build() {
            let reason = match error {
                regex::Error::CompiledTooBig(_) => "it is too large when compiled; use smaller repetitions".to_owned(),
                other => other.to_string().lines().last().unwrap_or_default().replace("error: ", ""),
            };
            return report.add(pointer, "pattern", format!("this regular expression cannot be used: {reason}"));
        }
    }
}

fn check_bounds(field: &Field, pointer: &str, report: &mut Report) {
    let scale = field.scale.is_none_or(|scale| scale <= 9);
    report.expect(scale, pointer_to(pointer, "scale"), "range", || "`scale` is between 0 and 9");
    let weight = field.weight.is_none_or(|weight| (1..=10).contains(&weight));
    report.expect(weight, pointer_to(pointer, "weight"), "range", || "`weight` is between 1 and 10");
    let pairs = [
        ("minLength", field.min_length, "maxLength", field.max_length),
        ("minItems", field.min_items, "maxItems", field.max_items),
    ];
    for (low_key, low, high_key, high) in pairs {
        let ordered = low.zip(high).is_none_or(|(low, high)| low <= high);
        let message = || format!("`{low_key}` is above `{high_key}`: no value could have both");
        report.expect(ordered, pointer_to(pointer, low_key), "range", message);
        report
            .expect(high != Some(0), pointer_to(pointer, high_key), "range", || format!("`{high_key}` is at least 1"));
    }
    check_length(field, pointer, report);
    let [min, max] = [("min", &field.min), ("max", &field.max)].map(|(key, bound)| {
        // On another type of field the option itself is refused.
        let bound = bound.as_ref().filter(|_| options::has_bounds(field))?;
        match scalar(&Field { scale: Some(field.scale().min(9)), ..plain(field) }, bound) {
            Ok(stored) => stored,
            Err(problems) => {
                let why = problems.first().map_or("", |problem| &problem.message);
                let message = format!("`{key}` must be a value of a {} field: {why}", field.kind.word());
                report.add(pointer_to(pointer, key), "bound", message);
                None
            }
        }
    });
    let ordered = min.zip(max).is_none_or(|(min, max)| compare(&min, &max) != Some(Ordering::Greater));
    let message = || "`min` is above `max`: no value could meet both";
    report.expect(ordered, pointer_to(pointer, "min"), "range", message);
}

/// A length that no value of this type can have.
fn check_length(field: &Field, pointer: &str, report: &mut Report) {
    let (longest, hint) = match field.kind {
        FieldType::String => (LONGEST_INDEXED, "; for more, use the type text"),
        FieldType::Slug | FieldType::Email => (LONGEST_INDEXED, ""),
        FieldType::Url => (LONGEST_URL, ""),
        _ => return,
    };
    for (key, length) in [("minLength", field.min_length), ("maxLength", field.max_length)] {
        let fits = length.is_none_or(|length| length <= longest);
        let message = || format!("a {} has at most {longest} characters{hint}", field.kind.word());
        report.expect(fits, pointer_to(pointer, key), "range", message);
    }
}

/// The field without its options, for reading values that only have to be of its type.
fn plain(field: &Field) -> Field {
    Field::new("value", field.kind)
}

fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        _ => match (a.as_i64(), b.as_i64()) {
            (Some(a), Some(b)) => Some(a.cmp(&b)),
            _ => a.as_f64()?.partial_cmp(&b.as_f64()?),
        },
    }
}

fn check_values(field: &Field, pointer: &str, report: &mut Report) {
    let pointer = pointer_to(pointer, "values");
    let many = field.values.len();
    report.expect(many > 0, &pointer, "required", || "an enumeration needs at least one value");
    report.expect(many <= MAX_VALUES, &pointer, "too_many", || format!("at most {MAX_VALUES} values, not {many}"));
    let all: HashSet<&str> = field.values.iter().map(|v| v.value.as_str()).collect();
    let (mut seen, mut replaced) = (HashSet::new(), HashSet::new());
    for (index, choice) in field.values.iter().enumerate() {
        let pointer = pointer_to(&pointer, index);
        let value = choice.value.as_str();
        let fits = !value.is_empty() && value.chars().count() <= 255 && !value.chars().any(char::is_control);
        report.expect(fits, &pointer, "value", || "a value has 1 to 255 characters and no line break");
        let label = choice.label == choice.value || choice.label.chars().count() <= LONGEST_LABEL;
        let message = || format!("shorten the label to {LONGEST_LABEL} characters");
        report.expect(label, pointer_to(&pointer, "label"), "too_long", message);
        report
            .expect(seen.insert(value), &pointer, "duplicate_value", || format!("`{}` is listed twice", brief(value)));
        let Some(was) = choice.was.as_deref().filter(|was| *was != value) else {
            continue;
        };
        let message = || format!("`{}` is still a value; remove it there, or remove this `was`", brief(was));
        report.expect(!all.contains(was), pointer_to(&pointer, "was"), "was", message);
        let message = || format!("two values cannot both have been `{}`", brief(was));
        report.expect(replaced.insert(was), pointer_to(&pointer, "was"), "was", message);
    }
}

fn check_from(def: &ContentType, field: &Field, pointer: &str, report: &mut Report) {
    let Some(from) = &field.from else { return };
    let pointer = pointer_to(pointer, "from");
    match def.field(from) {
        None => report.add(pointer, "unknown_field", unknown_field(def, from)),
        Some(source) if source.id == field.id => {
            report.add(pointer, "from", "a slug cannot be made from itself; name a text field");
        }
        Some(source) if source.kind.is_text() && source.kind != FieldType::Color => {}
        Some(source) => {
            let message = format!("a slug is made from a text; `{}` is of type {}", source.name, source.kind.word());
            report.add(pointer, "from", message);
        }
    }
}

fn check_shown_when(def: &ContentType, field: &Field, pointer: &str, report: &mut Report) {
    let Some(shown) = &field.shown_when else { return };
    let pointer = pointer_to(pointer, "shownWhen");
    let at_field = pointer_to(&pointer, "field");
    let own = || "a field cannot decide whether it is shown itself; name another one";
    report.expect(shown.field != field.id, &at_field, "shown_when", own);
    let unknown = || unknown_field(def, &shown.field);
    report.expect(def.field(&shown.field).is_some(), &at_field, "unknown_field", unknown);
    let listed = (1..=MAX_VALUES).contains(&shown.any_of.len());
    let message = || format!("`in` lists 1 to {MAX_VALUES} values of that field");
    report.expect(listed, pointer_to(&pointer, "in"), "shown_when", message);
}

fn check_default(field: &Field, default: &Value, pointer: &str, report: &mut Report) {
    let pointer = pointer_to(pointer, "default");
    if matches!(field.kind, FieldType::Media | FieldType::Relation | FieldType::Component | FieldType::Blocks) {
        return;
    }
    let shape =
        Field { scale: Some(field.scale().min(9)), values: field.values.clone(), many: field.many, ..plain(field) };
    // A rich text may be written as plain Markdown here.
    let markdown = default.as_str().filter(|_| field.kind == FieldType::RichText).map(|text| json!({"markdown": text}));
    for problem in scalar(&shape, markdown.as_ref().unwrap_or(default)).err().into_iter().flatten() {
        let message = format!("the default is no value of this {} field: {}", field.kind.word(), problem.message);
        report.add(format!("{pointer}{}", problem.pointer), "default", message);
    }
}
