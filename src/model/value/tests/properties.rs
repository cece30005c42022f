use super::site::{ANNA, BERT, Database, HOME, NOBODY, RUST, model, object};
use crate::value::{
    InputOptions, Scalars, Scope, decimal, diff, is_slug, join, merge, render_field, slugify, split, to_names,
    validate, walk_relations,
};
use proptest::collection::{hash_map, vec};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const NAMES: [&str; 42] = [
    "title",
    "slug",
    "teaser",
    "body",
    "story",
    "rank",
    "price",
    "open",
    "day",
    "hour",
    "moment",
    "mail",
    "site",
    "category",
    "moods",
    "words",
    "extra",
    "tint",
    "place",
    "cover",
    "gallery",
    "author",
    "topics",
    "reason",
    "seo",
    "faq",
    "sections",
    "secret",
    "id",
    "__component",
    "metaTitle",
    "heading",
    "link",
    "text",
    "people",
    "more",
    "set",
    "connect",
    "disconnect",
    "position",
    "type",
    "lat",
];

const WORDS: [&str; 16] = [
    ANNA,
    BERT,
    RUST,
    HOME,
    NOBODY,
    "news",
    "sad",
    "nested",
    "block.hero",
    "2024-02-29",
    "10:30",
    "#abc",
    "a/b",
    "2024-01-01T00:00:00+01:00",
    "1.50",
    "",
];

/// JSON of any shape, often enough of a shape that a field takes.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-5i64..20).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-400.0..400.0f64).prop_map(Value::from),
        proptest::sample::select(&WORDS[..]).prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        let name = proptest::sample::select(&NAMES[..]).prop_map(str::to_owned);
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            hash_map(name, inner, 0..6).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn text() -> impl Strategy<Value = Value> {
    "[^\\x00-\\x1f\\x7f]{0,20}".prop_map(Value::from)
}

fn reference() -> impl Strategy<Value = Value> {
    proptest::sample::select(&[ANNA, BERT, RUST, HOME, NOBODY][..]).prop_map(Value::from)
}

fn some(members: Vec<(&'static str, BoxedStrategy<Value>)>) -> impl Strategy<Value = Value> {
    let members: Vec<_> = members
        .into_iter()
        .map(|(name, value)| proptest::option::of(value).prop_map(move |value| (name.to_owned(), value)))
        .collect();
    members.prop_map(|members| {
        Value::Object(members.into_iter().filter_map(|(name, value)| Some((name, value?))).collect())
    })
}

fn nested() -> impl Strategy<Value = Value> {
    let flat = some(vec![("text", text().boxed()), ("people", vec(reference(), 0..3).prop_map(Value::from).boxed())]);
    flat.prop_recursive(3, 12, 3, |inner| {
        some(vec![("text", text().boxed()), ("more", vec(inner, 0..3).prop_map(Value::from).boxed())])
    })
}

/// An article's input that is accepted.
fn article() -> impl Strategy<Value = Value> {
    let hero = some(vec![
        ("heading", text().boxed()),
        ("link", reference().boxed()),
        ("seo", some(vec![("metaTitle", text().boxed()), ("hidden", text().boxed())]).boxed()),
    ]);
    let block = prop_oneof![
        hero.prop_map(|item| with_component(item, "block.hero")),
        nested().prop_map(|item| with_component(item, "nested")),
    ];
    some(vec![
        ("title", text().boxed()),
        ("teaser", text().boxed()),
        ("story", text().prop_map(|text| json!({"markdown": text})).boxed()),
        ("rank", any::<i64>().prop_map(Value::from).boxed()),
        ("price", (-9_000_000_000_000i64..9_000_000_000_000).prop_map(|n| decimal::unscaled(n, 2).unwrap()).boxed()),
        ("open", any::<bool>().prop_map(Value::from).boxed()),
        ("words", vec("[a-z]{1,3}", 0..4).prop_map(Value::from).boxed()),
        ("extra", vec(any::<f64>().prop_filter("finite", |f| f.is_finite()), 1..3).prop_map(Value::from).boxed()),
        ("place", (-90.0..90.0f64, -180.0..180.0f64).prop_map(|(lat, lng)| json!({"lat": lat, "lng": lng})).boxed()),
        ("author", reference().boxed()),
        ("topics", vec(reference(), 0..4).prop_map(Value::from).boxed()),
        ("seo", some(vec![("metaTitle", text().boxed()), ("image", reference().boxed())]).boxed()),
        ("faq", vec(nested(), 0..4).prop_map(Value::from).boxed()),
        ("sections", vec(block, 0..4).prop_map(Value::from).boxed()),
    ])
}

fn with_component(mut item: Value, component: &str) -> Value {
    item["__component"] = component.into();
    item
}

fn stored(model: &crate::Model, current: &Map<String, Value>, input: Value) -> crate::value::Merged {
    let mut database = Database { has_everything: true, ..Database::default() };
    let ty = model.get("article").unwrap();
    merge(model, ty, current, &object(input), &mut database, InputOptions::default()).expect("accepted")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn values_by_names_merge_into_the_same_values(input in article()) {
        let model = model();
        let ty = model.get("article").unwrap();
        let values = stored(&model, &Map::new(), input).values;
        let named = Value::from(to_names(&model, ty, &values));
        prop_assert_eq!(&stored(&model, &Map::new(), named.clone()).values, &values);
        let over_text: Value = serde_json::from_str(&named.to_string()).unwrap();
        let again = stored(&model, &values, over_text);
        prop_assert!(again.changed.is_empty());
        prop_assert_eq!(&again.values, &values);
        let new = InputOptions { new_document: true, ..InputOptions::default() };
        let mut database = Database { has_everything: true, ..Database::default() };
        let anew = merge(&model, ty, &Map::new(), &object(named), &mut database, new);
        prop_assert_eq!(anew.expect("accepted").values, values);
    }

    #[test]
    fn merging_onto_other_values_gives_what_the_input_says(before in article(), after in article()) {
        let model = model();
        let ty = model.get("article").unwrap();
        let from = stored(&model, &Map::new(), before).values;
        let merged = stored(&model, &from, after.clone());
        let to = &merged.values;
        for name in object(after).keys() {
            let id = &ty.def.field_named(name).unwrap().id;
            prop_assert_eq!(from.get(id) != to.get(id), merged.changed.contains(id));
        }
        let changes = diff(&model, ty, &from, to);
        prop_assert_eq!(changes.is_empty(), merged.changed.is_empty());
        prop_assert!(diff(&model, ty, to, to).is_empty());
        let (shared, local) = split(ty, to);
        prop_assert_eq!(&join(ty, &shared, &local), to);
    }

    #[test]
    fn whatever_is_sent_is_answered_and_what_is_stored_can_be_read(input in any_json(), current in article()) {
        let model = model();
        let ty = model.get("article").unwrap();
        let Value::Object(input) = json!({"sections": &input, "faq": [&input], "topics": &input, "seo": &input}) else {
            unreachable!()
        };
        let current = stored(&model, &Map::new(), current).values;
        for name in input.keys() {
            let one = Map::from_iter([(name.clone(), input[name].clone())]);
            let options = InputOptions { allow_pending: true, new_document: true };
            let Ok(merged) = merge(&model, ty, &current, &one, &mut Database::default(), options) else { continue };
            let named = Value::from(to_names(&model, ty, &merged.values));
            prop_assert_eq!(stored(&model, &Map::new(), named).values, merged.values);
        }
    }

    #[test]
    fn readers_tolerate_values_of_any_shape(from in any_json(), to in any_json()) {
        let model = model();
        let ty = model.get("article").unwrap();
        let all = |value: &Value| -> Map<String, Value> {
            ty.def.fields.iter().map(|field| (field.id.clone(), value.clone())).collect()
        };
        let (from, to) = (all(&from), all(&to));
        validate(&model, ty, &from, Scope::ALL);
        diff(&model, ty, &from, &to);
        walk_relations(&model, ty, &from, &mut |_| {});
        for field in &ty.def.fields {
            let mut out = String::new();
            render_field(&model, field, from.get(&field.id), &mut out, &mut Scalars);
            prop_assert!(serde_json::from_str::<Value>(&out).is_ok(), "{}", out);
        }
    }

    #[test]
    fn scaled_numbers_come_back(value in -(1i64 << 53)..(1i64 << 53), scale in 0u32..10) {
        if let Ok(number) = decimal::unscaled(value, scale) {
            prop_assert_eq!(decimal::scaled(&number, scale), Ok(value));
            let over_text: Value = serde_json::from_str(&number.to_string()).unwrap();
            prop_assert_eq!(over_text, number);
        } else {
            prop_assert!(value.abs() > 1 << 52);
        }
    }

    #[test]
    fn every_text_has_a_slug(text in any::<String>()) {
        let slug = slugify(&text);
        prop_assert!(is_slug(&slug) && slug.len() <= 80 && slug.is_ascii());
        prop_assert_eq!(slugify(&slug), slug);
    }
}
