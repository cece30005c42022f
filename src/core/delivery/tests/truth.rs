//! Random filters over random documents mean in SQL what they mean in memory.

use super::fixture::{Site, on_each};
use crate::Caller;
use crate::access::Rules;
use crate::delivery::compile::{Access, Compiler, Pager, Span};
use masthead_model::fold;
use masthead_model::query::ast::{
    ColumnRef, Filter, LocaleChoice, Op, Operand, RelationRef, RichTextForm, Status, System, Target, View,
};
use masthead_model::storage::ColumnKind;
use masthead_store::delivered;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const TEXTS: [&str; 18] = [
    "",
    "a",
    "A",
    "ä",
    "Ä",
    "ab",
    "Abc",
    "e\u{301}t",
    "ét",
    "strasse",
    "Straße",
    "ς",
    "σ",
    "%",
    "_",
    "a_b",
    "ab ",
    "\u{fb01}",
];
const DAYS: [&str; 3] = ["2024-01-01", "2024-02-01", "2025-01-01"];

#[derive(Clone, Debug, Default)]
struct Link {
    label: Option<&'static str>,
    weight: Option<i64>,
    note: Option<&'static str>,
    marks: Vec<&'static str>,
}

#[derive(Clone, Debug, Default)]
struct Thing {
    id: String,
    published: bool,
    name: Option<&'static str>,
    prose: Option<&'static str>,
    size: Option<i64>,
    day: Option<&'static str>,
    words: Vec<&'static str>,
    links: Vec<Link>,
    to: Option<usize>,
    others: Vec<usize>,
}

fn maybe<T: Copy>(rng: &mut StdRng, from: &[T]) -> Option<T> {
    if rng.random_range(0..4) == 0 { None } else { from.choose(rng).copied() }
}

fn some<T: Copy>(rng: &mut StdRng, from: &[T], most: usize) -> Vec<T> {
    (0..rng.random_range(0..=most)).filter_map(|_| from.choose(rng).copied()).collect()
}

/// Words of tags are distinct and not empty.
fn words(rng: &mut StdRng) -> Vec<&'static str> {
    let mut words: Vec<&str> = some(rng, &TEXTS, 3).into_iter().filter(|w| !w.trim().is_empty()).collect();
    let mut seen = BTreeSet::new();
    words.retain(|w| w.trim() == *w && seen.insert(*w));
    words
}

fn things(site: &Site, rng: &mut StdRng) -> Vec<Thing> {
    let mut things: Vec<Thing> = Vec::new();
    for i in 0..40usize {
        let links = (0..rng.random_range(0..3))
            .map(|_| Link {
                label: maybe(rng, &TEXTS),
                weight: maybe(rng, &[0, 1, 2, 3]),
                note: maybe(rng, &TEXTS),
                marks: words(rng),
            })
            .collect();
        let known: Vec<usize> = (0..i).collect();
        let mut thing = Thing {
            id: String::new(),
            published: rng.random_range(0..5) > 0,
            name: maybe(rng, &TEXTS),
            prose: maybe(rng, &TEXTS),
            size: maybe(rng, &[-1, 0, 1, 2]),
            day: maybe(rng, &DAYS),
            words: words(rng),
            links,
            to: if i > 0 { maybe(rng, &known) } else { None },
            others: {
                let mut others = some(rng, &known, 3);
                others.sort_unstable();
                others.dedup();
                others
            },
        };
        let links: Vec<Value> = thing
            .links
            .iter()
            .map(|l| json!({ "label": l.label, "weight": l.weight, "note": l.note, "marks": l.marks }))
            .collect();
        let data = json!({
            "name": thing.name, "prose": thing.prose, "size": thing.size, "day": thing.day, "words": thing.words,
            "links": links, "to": thing.to.map(|to| things[to].id.clone()),
            "others": thing.others.iter().map(|o| things[*o].id.clone()).collect::<Vec<_>>(),
        });
        thing.id = site.create("thing", data, None, thing.published);
        things.push(thing);
    }
    things
}

fn text_operand(text: &str) -> Operand {
    Operand::Text { raw: text.to_owned(), key: fold::key(text) }
}

fn compare(rng: &mut StdRng, column: ColumnRef, kind: ColumnKind) -> Filter {
    use Op::*;
    let child = matches!(column, ColumnRef::Child { .. });
    let texts = [
        Eq,
        Eqi,
        Ne,
        Nei,
        Lt,
        Lte,
        Gt,
        Gte,
        In,
        NotIn,
        Contains,
        NotContains,
        Containsi,
        NotContainsi,
        StartsWith,
        StartsWithi,
        EndsWith,
        EndsWithi,
        Null,
        NotNull,
        Between,
    ];
    let plain =
        [Eq, Ne, Lt, Lte, Gt, Gte, In, NotIn, Contains, NotContains, StartsWith, EndsWith, Null, NotNull, Between];
    let numbers = [Eq, Ne, Lt, Lte, Gt, Gte, In, NotIn, Null, NotNull, Between];
    let ops: &[Op] = match kind {
        ColumnKind::Text | ColumnKind::LongText => &texts,
        ColumnKind::Plain => &plain,
        ColumnKind::Integer => &numbers,
    };
    let mut op = *ops.choose(rng).unwrap();
    if child && op == Null {
        op = NotNull;
    }
    let count = match op {
        Null | NotNull => 0,
        Between => 2,
        In | NotIn => rng.random_range(2..5),
        _ => 1,
    };
    let values = (0..count).map(|_| match kind {
        ColumnKind::Text | ColumnKind::LongText => text_operand(TEXTS.choose(rng).unwrap()),
        ColumnKind::Plain => Operand::Plain((*DAYS.choose(rng).unwrap()).to_owned()),
        ColumnKind::Integer => Operand::Int(rng.random_range(-1..4)),
    });
    let mut values: Vec<Operand> = values.collect();
    if matches!(op, In | NotIn) {
        values.sort();
        values.dedup();
    }
    Filter::Compare { column, op, values }
}

fn column(path: &str, kind: ColumnKind) -> (ColumnRef, ColumnKind) {
    (ColumnRef::Column { path: path.to_owned(), kind }, kind)
}

fn child(path: &str, kind: ColumnKind) -> (ColumnRef, ColumnKind) {
    (ColumnRef::Child { path: path.to_owned(), kind }, kind)
}

fn filter(rng: &mut StdRng, things: &[Thing], depth: usize) -> Filter {
    let parts = |rng: &mut StdRng| (0..rng.random_range(0..4)).map(|_| filter(rng, things, depth + 1)).collect();
    match rng.random_range(0..if depth > 3 { 8 } else { 15 }) {
        0..=5 => {
            let columns = [
                column("name", ColumnKind::Text),
                column("prose", ColumnKind::LongText),
                column("size", ColumnKind::Integer),
                column("day", ColumnKind::Plain),
                child("words", ColumnKind::Text),
                child("links.label", ColumnKind::Text),
            ];
            let (column, kind) = columns.choose(rng).unwrap().clone();
            compare(rng, column, kind)
        }
        6 => {
            let id = Operand::Plain(things.choose(rng).unwrap().id.clone());
            let op = *[Op::Eq, Op::Ne, Op::In, Op::NotIn].choose(rng).unwrap();
            Filter::Compare { column: ColumnRef::System(System::DocumentId), op, values: vec![id] }
        }
        7 => Filter::Element { path: "links".to_owned(), inner: Box::new(inside(rng, 0)) },
        8 | 9 => Filter::Not(Box::new(filter(rng, things, depth + 1))),
        10 => Filter::All(parts(rng)),
        11 => Filter::Any(parts(rng)),
        _ => {
            let relation = match rng.random_range(0..3) {
                0 => RelationRef::Own { path: "to".to_owned(), many: false },
                1 => RelationRef::Own { path: "others".to_owned(), many: true },
                _ => RelationRef::Inverse { source: "thing".to_owned(), field: "to".to_owned() },
            };
            let inner = (rng.random_range(0..3) > 0).then(|| filter(rng, things, depth + 1));
            Filter::Relation { relation, targets: vec![Target { type_id: "thing".to_owned(), filter: inner }] }
        }
    }
}

fn inside(rng: &mut StdRng, depth: usize) -> Filter {
    match rng.random_range(0..if depth > 2 { 4 } else { 7 }) {
        0..=3 => {
            let columns = [
                child("links.label", ColumnKind::Text),
                child("links.weight", ColumnKind::Integer),
                child("links.note", ColumnKind::LongText),
                child("links.marks", ColumnKind::Text),
            ];
            let (column, kind) = columns.choose(rng).unwrap().clone();
            compare(rng, column, kind)
        }
        4 => Filter::Not(Box::new(inside(rng, depth + 1))),
        5 => Filter::All((0..rng.random_range(0..3)).map(|_| inside(rng, depth + 1)).collect()),
        _ => Filter::Any((0..rng.random_range(0..3)).map(|_| inside(rng, depth + 1)).collect()),
    }
}

/// What one value says to a comparison.
enum Cell<'a> {
    Text(&'a str),
    Int(i64),
}

fn meets(cell: Option<Cell<'_>>, op: Op, values: &[Operand]) -> bool {
    let Some(cell) = cell else { return op == Op::Null };
    let raw = |operand: &Operand| match operand {
        Operand::Text { raw, .. } | Operand::Plain(raw) => raw.clone(),
        Operand::Int(_) => panic!("a number beside a text"),
    };
    match cell {
        Cell::Int(number) => {
            let values: Vec<i64> = values
                .iter()
                .map(|v| match v {
                    Operand::Int(v) => *v,
                    _ => panic!("a text beside a number"),
                })
                .collect();
            match op {
                Op::Eq | Op::In => values.contains(&number),
                Op::Ne | Op::NotIn => !values.contains(&number),
                Op::Lt => number < values[0],
                Op::Lte => number <= values[0],
                Op::Gt => number > values[0],
                Op::Gte => number >= values[0],
                Op::Between => (values[0]..=values[1]).contains(&number),
                Op::NotNull => true,
                _ => false,
            }
        }
        Cell::Text(text) => {
            let values: Vec<String> = values.iter().map(raw).collect();
            let folded = |text: &str| fold::caseless(text);
            let first = || values[0].as_str();
            match op {
                Op::Eq | Op::In => values.iter().any(|v| v == text),
                Op::Ne | Op::NotIn => values.iter().all(|v| v != text),
                Op::Eqi => folded(text) == folded(first()),
                Op::Nei => folded(text) != folded(first()),
                Op::Lt => text < first(),
                Op::Lte => text <= first(),
                Op::Gt => text > first(),
                Op::Gte => text >= first(),
                Op::Between => text >= first() && text <= values[1].as_str(),
                Op::Contains => text.contains(first()),
                Op::NotContains => !text.contains(first()),
                Op::Containsi => folded(text).contains(&folded(first())),
                Op::NotContainsi => !folded(text).contains(&folded(first())),
                Op::StartsWith => text.starts_with(first()),
                Op::StartsWithi => folded(text).starts_with(&folded(first())),
                Op::EndsWith => text.ends_with(first()),
                Op::EndsWithi => folded(text).ends_with(&folded(first())),
                Op::NotNull => true,
                Op::Null => false,
            }
        }
    }
}

fn link_meets(filter: &Filter, link: &Link) -> bool {
    match filter {
        Filter::All(parts) => parts.iter().all(|p| link_meets(p, link)),
        Filter::Any(parts) => parts.iter().any(|p| link_meets(p, link)),
        Filter::Not(inner) => !link_meets(inner, link),
        Filter::Compare { column: ColumnRef::Child { path, .. }, op, values } => match path.as_str() {
            "links.label" => link.label.is_some_and(|t| meets(Some(Cell::Text(t)), *op, values)),
            "links.note" => link.note.is_some_and(|t| meets(Some(Cell::Text(t)), *op, values)),
            "links.weight" => link.weight.is_some_and(|n| meets(Some(Cell::Int(n)), *op, values)),
            _ => link.marks.iter().any(|t| meets(Some(Cell::Text(t)), *op, values)),
        },
        other => panic!("{other:?}"),
    }
}

fn is_true(filter: &Filter, things: &[Thing], at: usize) -> bool {
    let thing = &things[at];
    match filter {
        Filter::All(parts) => parts.iter().all(|p| is_true(p, things, at)),
        Filter::Any(parts) => parts.iter().any(|p| is_true(p, things, at)),
        Filter::Not(inner) => !is_true(inner, things, at),
        Filter::Element { inner, .. } => thing.links.iter().any(|link| link_meets(inner, link)),
        Filter::Relation { relation, targets } => {
            let related: Vec<usize> = match relation {
                RelationRef::Own { path, .. } if path == "to" => thing.to.into_iter().collect(),
                RelationRef::Own { .. } => thing.others.clone(),
                RelationRef::Inverse { .. } => (0..things.len()).filter(|i| things[*i].to == Some(at)).collect(),
            };
            let wanted = targets[0].filter.as_ref();
            related.into_iter().any(|i| things[i].published && wanted.is_none_or(|f| is_true(f, things, i)))
        }
        Filter::Compare { column, op, values } => match column {
            ColumnRef::System(_) => meets(Some(Cell::Text(&thing.id)), *op, values),
            ColumnRef::Column { path, .. } => {
                let cell = match path.as_str() {
                    "name" => thing.name.map(Cell::Text),
                    "prose" => thing.prose.map(Cell::Text),
                    "day" => thing.day.map(Cell::Text),
                    _ => thing.size.map(Cell::Int),
                };
                meets(cell, *op, values)
            }
            ColumnRef::Child { path, .. } if path == "words" => {
                thing.words.iter().any(|t| meets(Some(Cell::Text(t)), *op, values))
            }
            ColumnRef::Child { .. } => {
                thing.links.iter().filter_map(|l| l.label).any(|t| meets(Some(Cell::Text(t)), *op, values))
            }
        },
        Filter::Media { .. } => false,
    }
}

fn found(site: &Site, filter: &Filter) -> BTreeSet<String> {
    let view = View {
        locale: LocaleChoice::One("en".to_owned()),
        fallback_locales: Vec::new(),
        status: Status::Published,
        rich_text: RichTextForm::Json,
    };
    let ids = site.core.ids();
    site.core
        .read_blocking(|conn, snapshot| {
            let ty = snapshot.model.get("thing").unwrap();
            let rules = Rules::of(&Caller::Operator, snapshot);
            let compiler = Compiler::new(conn.engine(), &snapshot.model, ids, &rules, &view);
            let span = Span { start: 0, limit: 1000, after: None, keys: false };
            // However the list is found, it is the same list.
            let driver = compiler.driver(ty, Some(filter)).map(|(access, _)| access);
            let mut keys: Vec<i64> = Vec::new();
            for (i, access) in [None, Some(Access::Walk), driver].into_iter().enumerate() {
                let pager = Pager { ty, filter: Some(filter), search: None, sorts: &[], access, standing: None };
                let rows = delivered::listed(conn, compiler.list(&pager, &span))?;
                assert_eq!(delivered::counted(conn, compiler.count(&pager, None))?, rows.len() as i64);
                let found: Vec<i64> = rows.iter().map(|row| row.0).collect();
                assert!(i == 0 || found == keys, "{access:?} {filter:?}");
                keys = found;
            }
            let documents = masthead_store::documents::with_keys(conn, &keys)?;
            Ok(documents.into_iter().map(|d| d.document_id).collect())
        })
        .unwrap_or_else(|error| panic!("{error:?}\n{filter:?}"))
}

#[test]
fn filters_mean_in_sql_what_they_mean_in_memory() {
    on_each(|site| {
        let mut rng = StdRng::seed_from_u64(20_241_122);
        let things = things(site, &mut rng);
        let mut hits = 0;
        for round in 0..1500 {
            let filter = filter(&mut rng, &things, 0);
            let expected: BTreeSet<String> = (0..things.len())
                .filter(|i| things[*i].published && is_true(&filter, &things, *i))
                .map(|i| things[i].id.clone())
                .collect();
            hits += usize::from(!expected.is_empty() && expected.len() < things.len());
            assert_eq!(found(site, &filter), expected, "round {round}: {filter:#?}");
        }
        assert!(hits > 300, "the filters tell nothing apart");
    });
}
