//! Facets: how many of the documents that were found have which value. Counted over exactly those, by what the caller
//! reads of them: in the index, or in the database where the index does not keep the values.

use super::super::compile::{Counted, Picked};
use super::super::documents::Loader;
use super::super::named::Types;
use super::super::read::{Reading, refused};
use super::tally::{Ends, MAX_VALUES, Tally};
use super::{Asked, Passed, Scope};
use crate::search::{Count, Counted as Found, Fact, Tallied, form};
use crate::{Result, time};
use masthead_model::query::ast::{LocaleChoice, RelationRef};
use masthead_model::query::{Node, Visible};
use masthead_model::storage::ColumnKind;
use masthead_model::value::decimal;
use masthead_model::{Field, FieldType, Type};
use masthead_store::Bind;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Most facets of one search, and ranges of one facet.
const MAX_FACETS: usize = 12;
const MAX_RANGES: usize = 20;
/// Related documents that are looked up at once.
const LOOKED_UP: usize = 500;

/// A facet that is asked for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Facet {
    name: String,
    /// From, inclusive, and to, exclusive.
    ranges: Vec<Ends>,
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

    /// What of the facets the index counts.
    pub(super) fn counts(&self, scope: &Scope<'_, '_>, facets: &[Facet]) -> Vec<Planned> {
        let mut planned = Vec::new();
        for (facet, Facet { name, ranges }) in facets.iter().enumerate() {
            for (at, Asked { ty, query }) in scope.asked.iter().enumerate() {
                let Some(field) = self.facet_field(ty, name) else { continue };
                // In which locale related documents are then shown is told by the row that they are related to.
                let is_apart = field.kind == FieldType::Relation && query.view.locale == LocaleChoice::All;
                let Some(form) = form(field).filter(|_| !is_apart) else { continue };
                let end = |text: &Option<String>| text.as_deref().and_then(|text| fact(bound(field, text)?));
                let what = match kind(field) {
                    Some(Kind::Range(_)) => {
                        Tallied::Span(ranges.iter().map(|(from, to)| (end(from), end(to))).collect())
                    }
                    _ => Tallied::Values,
                };
                let shelves = (0..scope.of.len()).filter(|&shelf| scope.of[shelf] == at).collect();
                planned.push(Planned { facet, at, count: Count { field: field.id.clone(), form, shelves, what } });
            }
        }
        planned
    }

    /// Whether all documents that are found are needed to count the facets.
    pub(super) fn need_all(&self, scope: &Scope<'_, '_>, facets: &[Facet], planned: &[Planned]) -> bool {
        let fields = facets.iter().flat_map(|facet| scope.asked.iter().map(|a| self.facet_field(a.ty, &facet.name)));
        fields.flatten().count() > planned.len()
    }

    /// The facets over all documents that were found; the types that they depend on are added to `types`.
    pub(super) fn facets<'q>(
        &'q self,
        loader: &mut Loader<'q>,
        asked: &[Asked<'q>],
        documents: &[Passed],
        facets: &[Facet],
        (planned, counted): (&[Planned], Vec<Found>),
        types: &mut Types,
    ) -> Result<Map<String, Value>> {
        let mut all = Map::new();
        let mut counted: Vec<Option<Found>> = counted.into_iter().map(Some).collect();
        for (number, facet) in facets.iter().enumerate() {
            let mut tally = Tally::default();
            for (at, Asked { ty, .. }) in asked.iter().enumerate() {
                let Some(field) = self.facet_field(ty, &facet.name) else { continue };
                let place = planned.iter().position(|p| p.facet == number && p.at == at);
                match place.and_then(|place| counted.get_mut(place)?.take()) {
                    Some(found) => self.take(loader, field, found, &mut tally, types)?,
                    None => self.look_up(loader, (at, ty), field, documents, facet, &mut tally, types)?,
                }
            }
            all.insert(facet.name.clone(), tally.shown(&facet.ranges));
        }
        Ok(all)
    }

    /// Add what the index counted.
    fn take<'q>(
        &'q self,
        loader: &mut Loader<'q>,
        field: &Field,
        found: Found,
        tally: &mut Tally,
        types: &mut Types,
    ) -> Result<()> {
        match kind(field) {
            Some(Kind::Range(_)) => {
                tally.is_range = true;
                let (least, most) = found.span.unzip();
                let shown = |fact: Option<Fact>| value(field, fact.map(text));
                tally.span(shown(least), shown(most), i64::try_from(found.with_value).unwrap_or(i64::MAX));
                for (i, count) in found.ranges.into_iter().enumerate() {
                    *tally.ranges.entry(i).or_default() += count;
                }
            }
            Some(Kind::Related) => {
                let counts = found.values.into_iter().map(|(fact, count)| (text(fact), count)).collect();
                self.name_related(loader, field, counts, tally, types)?;
            }
            _ => {
                for (fact, count) in found.values {
                    let text = text(fact);
                    let label = field.values.iter().find(|e| e.value == text).map(|e| e.label.clone());
                    tally.add(field, Some(text), label, i64::try_from(count).unwrap_or(i64::MAX));
                }
            }
        }
        Ok(())
    }

    /// Of related documents, by their ids, the most frequent ones that the caller reads, with their titles.
    fn name_related<'q>(
        &'q self,
        loader: &mut Loader<'q>,
        field: &Field,
        mut counts: Vec<(String, u64)>,
        tally: &mut Tally,
        types: &mut Types,
    ) -> Result<()> {
        let targets: Vec<&Type> = field
            .targets
            .iter()
            .filter_map(|id| self.snapshot.model.get(id))
            .map(|ty| &**ty)
            .filter(|ty| self.rules.type_visible(ty.id()))
            .collect();
        types.extend(targets.iter().map(|ty| ty.id().to_owned()));
        counts.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let mut shown = 0;
        for some in counts.chunks(LOOKED_UP) {
            let ids = Value::from_iter(some.iter().map(|(id, _)| id.as_str())).to_string();
            let mut titles: HashMap<String, Option<String>> = HashMap::new();
            for target in &targets {
                let title = target.def.title().filter(|id| self.reads(target, id));
                let statement = loader.compiler.titled(target, &ids, title.map(|id| (id, ColumnKind::Text)));
                let rows = loader.tallies(statement)?;
                titles.extend(rows.into_iter().filter_map(|(id, title, _)| Some((id?, title))));
            }
            for (id, count) in some {
                if let Some(title) = titles.remove(id) {
                    tally.add(field, Some(id.clone()), title, i64::try_from(*count).unwrap_or(i64::MAX));
                    shown += 1;
                }
            }
            if shown >= MAX_VALUES {
                break;
            }
        }
        Ok(())
    }

    /// Count in the database.
    #[allow(clippy::too_many_arguments)]
    fn look_up<'q>(
        &'q self,
        loader: &mut Loader<'q>,
        (at, ty): (usize, &'q Type),
        field: &'q Field,
        documents: &[Passed],
        facet: &Facet,
        tally: &mut Tally,
        types: &mut Types,
    ) -> Result<()> {
        let of_type = documents.iter().filter(|(of, ..)| *of == at).map(|(_, doc, locale)| (*doc, locale.as_str()));
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
                    let title = target.def.title();
                    let title = title.filter(|id| self.reads(target, id));
                    let title = title.map(|id| (id, ColumnKind::Text));
                    let counted = Counted::Related { relation: relation.clone(), target, title };
                    for (value, label, count) in loader.tallies(loader.compiler.values(ty, &picked, &counted))? {
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
        Ok(())
    }
}

/// A facet of one type that the index counts.
pub(super) struct Planned {
    /// Index of the facet.
    facet: usize,
    /// Index of the type among those asked.
    at: usize,
    pub count: Count,
}

/// An end of a range as the index has it.
fn fact(bound: Bind) -> Option<Fact> {
    match bound {
        Bind::Int(number) => number.map(Fact::Number),
        Bind::Text(text) => text.map(Fact::Text),
        _ => None,
    }
}

/// As the database has it.
fn text(fact: Fact) -> String {
    match fact {
        Fact::Text(text) => text,
        Fact::Number(number) => number.to_string(),
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
