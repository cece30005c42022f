//! What changes in the fields of a type.

use super::diff::{as_map, changed};
use super::enumeration;
use super::step::{FieldRef, Step, TypeRef};
use crate::content_type::ContentType;
use crate::field::{Field, FieldType};
use serde_json::Value;
use std::collections::HashSet;

pub(super) fn diff(current: &ContentType, desired: &ContentType, of: &TypeRef, steps: &mut Vec<Step>) {
    let kept: HashSet<&str> = desired.fields.iter().map(|field| field.id.as_str()).collect();
    let mut order: Vec<&str> = Vec::new();
    for field in &current.fields {
        if kept.contains(field.id.as_str()) {
            order.push(&field.id);
        } else {
            steps.push(Step::DeleteField { of: of.clone(), field: Box::new(field.clone()) });
        }
    }
    for (at, field) in desired.fields.iter().enumerate() {
        match current.field(&field.id) {
            Some(before) => diff_field(before, field, of, steps),
            None => {
                let mut field = field.clone();
                field.values.iter_mut().for_each(|value| value.was = None);
                steps.push(Step::AddField { of: of.clone(), field: Box::new(field), at });
            }
        }
    }
    for (at, field) in desired.fields.iter().enumerate().filter(|(_, field)| current.field(&field.id).is_none()) {
        order.insert(at.min(order.len()), &field.id);
    }
    let wanted: Vec<&str> = desired.fields.iter().map(|field| field.id.as_str()).collect();
    if order != wanted {
        let order = wanted.into_iter().map(str::to_owned).collect();
        steps.push(Step::MoveFields { of: of.clone(), order });
    }
}

fn diff_field(current: &Field, desired: &Field, of: &TypeRef, steps: &mut Vec<Step>) {
    let field = FieldRef::from(current);
    if current.name != desired.name {
        steps.push(Step::RenameField { of: of.clone(), field: field.clone(), to: desired.name.clone() });
    }
    let mut now = current.clone();
    if current.kind != desired.kind {
        now = Field {
            name: current.name.clone(),
            localized: current.localized,
            required: current.required,
            unique: current.unique,
            ..desired.clone()
        };
        now.values.iter_mut().for_each(|value| value.was = None);
        let (from, to) = (Box::new(current.clone()), Box::new(now.clone()));
        steps.push(Step::ChangeFieldType { of: of.clone(), from, to });
    }
    if now.kind == FieldType::Enumeration {
        enumeration::diff(&mut now, desired, of, &field, steps);
    }
    for (key, from, to) in changed(&as_map(&now), &as_map(desired)) {
        let step = match key.as_str() {
            "id" | "name" | "type" => continue,
            // Equal but for what a value was before, which is not stored.
            "values" if now.values.is_empty() || enumeration::same(&now.values, &desired.values) => continue,
            "localized" => Step::LocalizeField { of: of.clone(), field: field.clone(), on: to == Value::Bool(true) },
            _ => {
                let to = if key == "values" { enumeration::without_was(&desired.values) } else { to };
                Step::ChangeFieldOption { of: of.clone(), field: field.clone(), kind: desired.kind, key, from, to }
            }
        };
        steps.push(step);
    }
}
