//! Facets: how many of the documents that were found have which value. Counted in the database over exactly those, by
//! what the caller reads of them.

use super::super::compile::{Counted, Picked};
use super::super::documents::Loader;
use super::super::named::Types;
use super::super::read::{Reading, refused};
use super::{Asked, Passed};
use crate::{Result, time};
use masthead_model::query::ast::RelationRef;
use masthead_model::query::{Node, Visible};
use masthead_model::storage::ColumnKind;
use masthead_model::value::decimal;
use masthead_model::{Field, FieldType, Type};
use masthead_store::Bind;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Most facets of one search, and ranges of one facet.
const MAX_FACETS: usize = 12;
const MAX_RANGES: usize = 20;

/// A facet that is asked for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Facet {
    name: String,
    /// From, inclusive, and to, exclusive.
    ranges: Vec<(Option<String>, Option<String>)>,
}

/// Read `facets=tags,price` or `facets[price]=..10,10..50,50..`.
pub(super) fn read(root: &Node) -> Result<Vec<Facet>> {
    let wrong = |at: &str, message: &str| refused(at, "invalid_value", message);
    let names = |text: &str| text.split(',').map(|w| w.trim().to_owned()).filter(|w| !w.is_empty()).collect::<Vec<_>>();
    let plain = |name: String| Facet { name, ranges: Vec::new() };
    let found: Vec<Facet> = match root.get("facets") {
        None => return Ok(Vec::new()),
        Some(Node::Value(text)) => names(text).into_iter().map(plain).collect(),
        Some(Node::List(items)) => {
            let mut all = Vec::new();
            for item in items {
                let Node::Value(text) = item else { return Err(wrong("facets", "expected: names of fields")) };
                all.extend(names(text).into_iter().map(plain));
            }
            all
        }
        Some(Node::Map(entries)) => {
            let mut all = Vec::new();
            for (name, node) in entries {
                let at = format!("facets[{}]", super::asked::cut(name));
                let Node::Value(text) = node else {
                    return Err(wrong(&at, "expected: ranges like `..10,10..50,50..`"));
                };
                let mut ranges = Vec::new();
                for range in names(text).into_iter().filter(|range| range != "true") {
                    let Some((from, to)) = range.split_once("..") else {
                        return Err(wrong(&at, "expected: ranges like `..10,10..50,50..`"));
                    };
                    let end = |text: &str| Some(text.trim().to_owned()).filter(|t| !t.is_empty());
                    ranges.push((end(from), end(to)));
                }
                if ranges.len() > MAX_RANGES {
                    return Err(refused(&at, "too_many", &format!("expected: at most {MAX_RANGES} ranges")));
                }
                all.push(Facet { name: name.clone(), ranges });
            }
            all
        }
    };
    if found.len() > MAX_FACETS {
        return Err(refused("facets", "too_many", &format!("expected: at most {MAX_FACETS} facets")));
    }
    Ok(found)
}

/// What a field's facet is.
enum Kind {
    Values(Option<ColumnKind>),
    Related,
    Range(ColumnKind),
}

fn kind(field: &Field) -> Option<Kind> {
    Some(match field.kind {
        FieldType::Boolean => Kind::Values(Some(ColumnKind::Integer)),
        FieldType::Enumeration if field.many => Kind::Values(None),
        FieldType::Tags => Kind::Values(None),
        FieldType::Enumeration | FieldType::String | FieldType::Slug | FieldType::Color => {
            Kind::Values(Some(ColumnKind::Text))
        }
        FieldType::Relation => Kind::Related,
        FieldType::Integer | FieldType::Decimal | FieldType::Datetime => Kind::Range(ColumnKind::Integer),
        FieldType::Date | FieldType::Time => Kind::Range(ColumnKind::Plain),
        _ => return None,
    })
}

impl Reading<'_> {
    /// The field that a facet is about in a type, if the caller may know of it.
    fn facet_field<'q>(&self, ty: &'q Type, name: &str) -> Option<&'q Field> {
        ty.field_named(name).filter(|f| !f.private && self.reads(ty, &f.id))
    }

    /// Refuse facets that no type has.
    pub(super) fn check_facets(&self, asked: &[Asked<'_>], facets: &[Facet]) -> Result<()> {
        for facet in facets {
            let at = if facet.ranges.is_empty() {
                "facets".to_owned()
            } else {
                format!("facets[{}]", super::asked::cut(&facet.name))
            };
            let fields: Vec<&Field> = asked.iter().filter_map(|a| self.facet_field(a.ty, &facet.name)).collect();
            if fields.is_empty() {
                let message = format!("there is no field `{}` here", super::asked::cut(&facet.name));
                return Err(refused(&at, "unknown_field", &message));
            }
            for field in fields {
                match kind(field) {
                    None => {
                        let message = format!("a {} has no facets", field.kind.word());
                        return Err(refused(&at, "no_facets", &message));
                    }
                    Some(Kind::Values(_) | Kind::Related) if !facet.ranges.is_empty() => {
                        let message = format!("a {} has values, no ranges", field.kind.word());
                        return Err(refused(&at, "invalid_value", &message));
                    }
                    Some(_) => {
                        for end in facet.ranges.iter().flat_map(|(from, to)| [from, to]).flatten() {
                            if bound(field, end).is_none() {
                                let message = format!("`{}` is no {}", super::asked::cut(end), field.kind.word());
                                return Err(refused(&at, "invalid_value", &message));
                            }
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// The facets over all documents that were found; the types that they depend on are added to `types`.
    pub(super) fn facets<'q>(
        &'q self,
        loader: &mut Loader<'q>,
        asked: &[Asked<'q>],
        documents: &[Passed],
        facets: &[Facet],
        types: &mut Types,
    ) -> Result<Map<String, Value>> {
        let mut all = Map::new();
        for facet in facets {
            let mut tally = Tally::default();
            for (at, Asked { ty, .. }) in asked.iter().enumerate() {
                let of_type =
                    documents.iter().filter(|(of, ..)| *of == at).map(|(_, doc, locale)| (*doc, locale.as_str()));
                let Some(field) = self.facet_field(ty, &facet.name) else { continue };
                let picked = Picked::of(of_type);
                match kind(field) {
                    Some(Kind::Values(column)) => {
                        let counted = match column {
                            Some(kind) => Counted::Column { path: &field.id, kind },
                            None => Counted::List { path: &field.id },
                        };
                        for (value, _, count) in loader.tallies(loader.compiler.values(ty, &picked, &counted))? {
                            let label = value.as_deref().and_then(|v| field.values.iter().find(|e| e.value == v));
                            tally.add(field, value, label.map(|e| e.label.clone()), count);
                        }
                    }
                    Some(Kind::Related) => {
                        let relation = RelationRef::Own { path: field.id.clone(), many: field.many };
                        for target in &field.targets {
                            let seen = self.snapshot.model.get(target).filter(|_| self.rules.type_visible(target));
                            let Some(target) = seen else { continue };
                            types.insert(target.id().to_owned());
                            let title = target.def.title_field.as_deref();
                            let title = title.filter(|id| self.reads(target, id));
                            let title = title.map(|id| (id, ColumnKind::Text));
                            let counted = Counted::Related { relation: relation.clone(), target, title };
                            for (value, label, count) in
                                loader.tallies(loader.compiler.values(ty, &picked, &counted))?
                            {
                                tally.add(field, value, label, count);
                            }
                        }
                    }
                    Some(Kind::Range(column)) => {
                        tally.is_range = true;
                        let column = (field.id.as_str(), column);
                        for (least, most, count) in loader.tallies(loader.compiler.extremes(ty, &picked, column))? {
                            tally.span(value(field, least), value(field, most), count);
                        }
                        for (i, (from, to)) in facet.ranges.iter().enumerate() {
                            let end = |text: &Option<String>| text.as_deref().and_then(|text| bound(field, text));
                            let counted = loader.compiler.within(ty, &picked, column, (end(from), end(to)));
                            *tally.ranges.entry(i).or_default() += loader.counted(counted)?;
                        }
                    }
                    None => {}
                }
            }
            all.insert(facet.name.clone(), tally.shown(facet));
        }
        Ok(all)
    }
}

/// What was counted of one facet.
#[derive(Default)]
struct Tally {
    values: BTreeMap<String, (Value, Option<String>, i64)>,
    extremes: Option<(Value, Value)>,
    with_value: i64,
    is_range: bool,
    ranges: BTreeMap<usize, u64>,
}

impl Tally {
    fn add(&mut self, field: &Field, text: Option<String>, label: Option<String>, count: i64) {
        let Some(text) = text else { return };
        let value = if field.kind == FieldType::Boolean { json!(text == "1") } else { json!(text) };
        self.values.entry(text).or_insert((value, label, 0)).2 += count;
    }

    fn span(&mut self, least: Option<Value>, most: Option<Value>, count: i64) {
        self.with_value += count;
        let (Some(least), Some(most)) = (least, most) else { return };
        let below = |a: &Value, b: &Value| match (a.as_f64(), b.as_f64()) {
            (Some(a), Some(b)) => a < b,
            _ => a.as_str() < b.as_str(),
        };
        self.extremes = Some(match self.extremes.take() {
            None => (least, most),
            Some((low, high)) => {
                (if below(&least, &low) { least } else { low }, if below(&high, &most) { most } else { high })
            }
        });
    }

    fn shown(self, facet: &Facet) -> Value {
        if self.is_range {
            let (min, max) = self.extremes.unwrap_or_default();
            let range = |(i, count): (usize, u64)| {
                let (from, to) = &facet.ranges[i];
                json!({"from": from, "to": to, "count": count})
            };
            let ranges: Vec<Value> = self.ranges.into_iter().map(range).collect();
            let mut shown = json!({"min": min, "max": max, "count": self.with_value});
            if !ranges.is_empty() {
                shown["ranges"] = ranges.into();
            }
            return shown;
        }
        let mut values: Vec<_> = self.values.into_values().collect();
        // The most frequent first; those with the same count stay in the order of their values.
        values.sort_by_key(|(_, _, count)| std::cmp::Reverse(*count));
        let entry = |(value, label, count): (Value, Option<String>, i64)| match label {
            Some(label) => json!({"value": value, "label": label, "count": count}),
            None => json!({"value": value, "count": count}),
        };
        json!({ "values": values.into_iter().take(100).map(entry).collect::<Vec<_>>() })
    }
}

/// An end of a range, as it is stored; none when it is not one.
fn bound(field: &Field, text: &str) -> Option<Bind> {
    match field.kind {
        FieldType::Integer => text.parse::<i64>().ok().map(|n| Bind::Int(Some(n))),
        FieldType::Decimal => {
            let number: Value = serde_json::from_str(text).ok()?;
            decimal::scaled(&number, field.scale()).ok().map(|n| Bind::Int(Some(n)))
        }
        FieldType::Datetime => time::parse(text).map(|n| Bind::Int(Some(n))),
        FieldType::Date | FieldType::Time => {
            let plain = text.len() <= 12 && text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b':' | b'.'));
            plain.then(|| Bind::Text(Some(text.to_owned())))
        }
        _ => None,
    }
}

/// A stored number as it is delivered.
fn value(field: &Field, text: Option<String>) -> Option<Value> {
    let text = text?;
    match field.kind {
        FieldType::Integer => text.parse::<i64>().ok().map(Value::from),
        FieldType::Decimal => decimal::unscaled(text.parse().ok()?, field.scale()).ok(),
        FieldType::Datetime => Some(time::to_text(text.parse().ok()?).into()),
        _ => Some(text.into()),
    }
}
