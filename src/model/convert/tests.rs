use super::*;
use crate::check::tests::{model_of, site};
use crate::check::{Schema, parse_type};
use crate::field::{EnumValue, Field, FieldType};
use crate::plan::{apply_definitions, diff};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// A field as it stands in a file.
fn field(options: Value) -> Field {
    let mut options = options;
    options["name"] = "x".into();
    let def = parse_type(&json!({"kind": "component", "singular": "x", "fields": [options]})).unwrap();
    Field { id: "x".into(), ..def.fields[0].clone() }
}

fn convert(from: Value, to: Value, value: Value) -> Converted {
    convert_value(&field(from), &field(to), &[], &value)
}

/// A field of a type, by its word alone.
fn of(word: &str) -> Value {
    json!({"type": word})
}

#[test]
fn values_convert_by_this_table() {
    let (news, essay) = (json!({"type": "enumeration", "values": ["news", "essay"]}), json!("essay"));
    let many = json!({"type": "enumeration", "values": ["news", "essay"], "many": true});
    let cents = json!({"type": "decimal", "scale": 2});
    let doc = json!({"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "Hi"}]}]});
    let day = json!("2024-02-29");
    let midnight = json!("2024-02-29T00:00:00.000Z");
    let same = [
        (of("string"), of("text"), json!("a")),
        (of("markdown"), of("text"), json!("# a")),
        (of("text"), of("string"), json!("a")),
        (of("integer"), cents.clone(), json!(3)),
        (cents.clone(), of("integer"), json!(3)),
        (news.clone(), of("string"), essay.clone()),
        (of("string"), news.clone(), essay.clone()),
        (of("tags"), many.clone(), json!(["news"])),
        (of("tags"), of("json"), json!(["news"])),
        (of("json"), of("geo_point"), json!({"lat": 1.5, "lng": 2})),
        (of("slug"), of("slug"), json!("anything")),
        (of("integer"), of("json"), json!(7)),
        (cents.clone(), json!({"type": "decimal", "scale": 4}), json!(1.25)),
    ];
    for (from, to, value) in same {
        assert_eq!(convert(from.clone(), to.clone(), value), Converted::Same, "{from} → {to}");
    }
    let changed = [
        (of("string"), of("slug"), json!("Crème brûlée"), json!("creme-brulee")),
        (of("integer"), of("text"), json!(-3), json!("-3")),
        (of("boolean"), of("string"), json!(true), json!("true")),
        (of("string"), of("boolean"), json!("No"), json!(false)),
        (of("string"), of("integer"), json!(" 42 "), json!(42)),
        (of("string"), of("decimal"), json!("1.50"), json!(1.5)),
        (of("string"), of("color"), json!("#FFF"), json!("#ffffff")),
        (of("text"), of("date"), json!(" 2024-02-29"), day.clone()),
        (of("text"), of("datetime"), json!("2024-02-29T01:00+01:00"), midnight.clone()),
        (of("text"), of("datetime"), day.clone(), midnight.clone()),
        (of("text"), of("time"), json!("14:30"), json!("14:30:00.000")),
        (of("date"), of("datetime"), day.clone(), midnight.clone()),
        (of("datetime"), of("date"), midnight.clone(), day.clone()),
        (of("text"), of("tags"), json!("a, b,,a"), json!(["a", "b"])),
        (of("tags"), of("text"), json!(["a", "b"]), json!("a, b")),
        (of("string"), of("tags"), json!("a"), json!(["a"])),
        (of("text"), many.clone(), json!("essay, news"), json!(["essay", "news"])),
        (news.clone(), many.clone(), essay.clone(), json!(["essay"])),
        (many.clone(), news.clone(), json!(["essay"]), essay.clone()),
        (many.clone(), of("string"), json!(["essay", "news"]), json!("essay, news")),
        (of("text"), of("rich_text"), json!("Hi"), doc.clone()),
        (of("markdown"), of("rich_text"), json!("Hi"), doc.clone()),
        (of("text"), of("json"), json!("{\"a\": [1]}"), json!({"a": [1]})),
        (of("json"), of("text"), json!({"a": [1]}), json!("{\"a\":[1]}")),
        (of("json"), of("integer"), json!("7"), json!(7)),
        (of("media"), json!({"type": "media", "many": true}), json!("m"), json!(["m"])),
    ];
    for (from, to, value, new) in changed {
        assert_eq!(convert(from.clone(), to.clone(), value), Converted::Changed(new), "{from} → {to}");
    }
    let relation = json!({"type": "relation", "targets": ["a"]});
    let partly = [
        (of("datetime"), of("date"), json!("2024-02-29T01:00:00.000Z"), day, "its time of day was dropped"),
        (of("rich_text"), of("text"), doc, json!("Hi"), "its formatting was dropped"),
        (of("decimal"), cents.clone(), json!(1.005), json!(1), "it was rounded to 2 digits after the point"),
        (many.clone(), news.clone(), json!(["essay", "news"]), essay, "only the first of 2 values was kept"),
        (of("tags"), many.clone(), json!(["news", "x"]), json!(["news"]), "`x` is no value of the field"),
        (
            json!({"type": "relation", "targets": ["a"], "many": true}),
            relation.clone(),
            json!(["p", "q", "r"]),
            json!("p"),
            "only the first of 3 values was kept",
        ),
    ];
    for (from, to, value, new, lost) in partly {
        let expected = match convert(from.clone(), to.clone(), value) {
            // 1.005 is a little less as a float; either neighbour is a fair rounding.
            Converted::Partly(got, why) if got == json!(1.01) => Converted::Partly(json!(1), why),
            other => other,
        };
        assert_eq!(expected, Converted::Partly(new, lost.to_owned()), "{from} → {to}");
    }
    let dropped = [
        (of("text"), of("string"), json!("x".repeat(256)), "shorten"),
        (of("string"), of("integer"), json!("many"), "`many` is not a whole number"),
        (of("decimal"), of("integer"), json!(1.5), "whole number"),
        (of("string"), news, json!("poem"), "`poem` is no value of the field"),
        (of("string"), of("date"), json!("2024-02-30"), "is not a date"),
        (of("string"), of("email"), json!("nobody"), "is not an e-mail address"),
        (of("string"), of("url"), json!("javascript:x"), "is not an address"),
        (of("string"), of("color"), json!("red"), "is not a colour"),
        (of("boolean"), of("date"), json!(true), "cannot become"),
        (relation.clone(), of("string"), json!("p"), "a relation cannot become a string"),
        (of("geo_point"), of("text"), json!({"lat": 1, "lng": 2}), "cannot become"),
        (of("string"), relation, json!("p"), "cannot become"),
        (of("string"), of("media"), json!("p"), "cannot become"),
        (json!({"type": "blocks", "components": ["a"]}), of("json"), json!([]), "cannot become"),
        (of("json"), of("boolean"), json!([1]), "cannot become"),
        (json!({"type": "media", "many": true}), of("media"), json!([null, []]), "no value"),
        (of("integer"), cents, json!(i64::MAX), "exact"),
    ];
    for (from, to, value, why) in dropped {
        match convert(from.clone(), to.clone(), value) {
            Converted::Dropped(reason) => assert!(reason.contains(why), "{from} → {to}: {reason}"),
            other => panic!("{from} → {to}: {other:?}"),
        }
    }
}

#[test]
fn renamed_values_of_an_enumeration_follow_and_removed_ones_are_dropped() {
    let value = |value: &str| EnumValue { value: value.into(), label: value.into(), was: None };
    let with = |values: &[&str]| Field {
        values: values.iter().map(|v| value(v)).collect(),
        ..Field::new("x", FieldType::Enumeration)
    };
    let (from, to) = (with(&["a", "b", "c"]), with(&["a", "B"]));
    let renames = [("b".to_owned(), "B".to_owned())];
    assert_eq!(convert_value(&from, &to, &renames, &json!("b")), Converted::Changed(json!("B")));
    assert_eq!(convert_value(&from, &to, &renames, &json!("a")), Converted::Same);
    assert!(matches!(convert_value(&from, &to, &renames, &json!("c")), Converted::Dropped(_)));
    // Two that became one are one.
    let merged = [("b".to_owned(), "a".to_owned())];
    let many = |field: Field| Field { many: true, ..field };
    let outcome = convert_value(&many(from), &many(with(&["a"])), &merged, &json!(["a", "b"]));
    assert_eq!(outcome, Converted::Changed(json!(["a"])));
}

#[test]
fn components_become_lists_and_blocks_and_back() {
    let one = json!({"type": "component", "component": "seo"});
    let list = json!({"type": "component", "component": "seo", "repeatable": true});
    let blocks = json!({"type": "blocks", "components": ["seo", "hero"]});
    let item = json!({"_id": "i", "t": 1});
    let block = json!({"_id": "i", "t": 1, "_type": "seo"});
    let other = json!({"_id": "j", "_type": "hero"});
    assert_eq!(convert(one.clone(), list.clone(), item.clone()), Converted::Changed(json!([item])));
    assert_eq!(convert(list.clone(), one.clone(), json!([item])), Converted::Changed(item.clone()));
    assert_eq!(convert(one.clone(), blocks.clone(), item.clone()), Converted::Changed(json!([block])));
    assert_eq!(convert(blocks.clone(), one.clone(), json!([block])), Converted::Changed(item.clone()));
    match convert(blocks.clone(), list, json!([other, block])) {
        Converted::Partly(new, why) => {
            assert_eq!(new, json!([item]));
            assert!(why.contains("`hero`"));
        }
        outcome => panic!("{outcome:?}"),
    }
    let fewer = json!({"type": "blocks", "components": ["seo"]});
    assert!(matches!(convert(blocks, fewer, json!([other])), Converted::Dropped(_)));
    let another = json!({"type": "component", "component": "hero"});
    assert!(matches!(convert(one, another, item), Converted::Dropped(_)));
}

#[test]
fn a_body_is_converted_wherever_components_put_the_field() {
    let model = model_of(site());
    let change = |id: &str, to: Value| {
        let component = model.get("seo").unwrap();
        let from = component.def.field(id).unwrap().clone();
        let to = Field { id: from.id.clone(), ..field(to) };
        Conversion { owner: "seo".into(), from, to, enum_renames: vec![] }
    };
    let first = change("meta_title", of("tags"));
    let mut second = change("meta_title", of("text"));
    second.from = first.to.clone();
    let body = json!({
        "title": "untouched",
        "seo": {"_id": "a", "meta_title": "x, y"},
        "sections": [
            {"_id": "b", "_type": "hero", "seo": {"_id": "c", "meta_title": ","},
             "inner": [{"_id": "d", "_type": "hero", "seo": {"_id": "e", "meta_title": "z"}}]},
            {"_id": "f", "_type": "gone", "seo": {"meta_title": "stays"}},
        ],
        "deleted": {"meta_title": "stays"},
    });
    let mut map = body.as_object().unwrap().clone();
    let article = model.get("article").unwrap();
    assert_eq!(values_of(&model, article, &map, "seo", "meta_title"), [&json!("x, y"), &json!(","), &json!("z")]);
    let notes = convert_body(&model, article, &mut map, std::slice::from_ref(&first));
    let expected = json!({
        "title": "untouched",
        "seo": {"_id": "a", "meta_title": ["x", "y"]},
        "sections": [
            {"_id": "b", "_type": "hero", "seo": {"_id": "c"},
             "inner": [{"_id": "d", "_type": "hero", "seo": {"_id": "e", "meta_title": ["z"]}}]},
            {"_id": "f", "_type": "gone", "seo": {"meta_title": "stays"}},
        ],
        "deleted": {"meta_title": "stays"},
    });
    assert_eq!(Value::Object(map), expected);
    let told: Vec<_> = notes.iter().map(|note| (note.pointer.as_str(), note.outcome)).collect();
    assert_eq!(
        told,
        [
            ("/seo/meta_title", Outcome::Converted),
            ("/sections/0/seo/meta_title", Outcome::Dropped),
            ("/sections/0/inner/0/seo/meta_title", Outcome::Converted)
        ]
    );
    // Several changes of one field are applied in turn, and told as one.
    let mut map = body.as_object().unwrap().clone();
    let notes = convert_body(&model, article, &mut map, &[first, second]);
    assert_eq!(map["seo"]["meta_title"], json!("x, y"));
    assert_eq!(notes.len(), 3);
    let mut untouched = body.as_object().unwrap().clone();
    assert_eq!(convert_body(&model, article, &mut untouched, &[]), []);
    assert_eq!(Value::Object(untouched), body);
}

#[test]
fn a_field_that_became_a_list_is_entered_in_its_new_form() {
    let old = model_of(site());
    let change =
        |id: &str, change: &dyn Fn(&mut Value)| crate::check::tests::changed(&old, id, |json| change(json)).types;
    let article = change("article", &|json| json["fields"][6]["repeatable"] = true.into());
    let seo = change("seo", &|json| json["fields"][0]["type"] = "tags".into());
    let schema = Schema { types: article.into_iter().chain(seo).collect(), ..Schema::default() };
    let applied = apply_definitions(&old, &diff(&old, &[], &schema, false)).unwrap();
    let new = applied.model(2);
    let mut body = json!({"seo": {"_id": "a", "meta_title": "x"}}).as_object().unwrap().clone();
    let notes = convert_body(&new, new.get("article").unwrap(), &mut body, &applied.conversions);
    assert_eq!(Value::Object(body), json!({"seo": [{"_id": "a", "meta_title": ["x"]}]}));
    assert_eq!(notes.iter().map(|n| n.pointer.as_str()).collect::<Vec<_>>(), ["/seo", "/seo/0/meta_title"]);
}

#[test]
fn a_deeply_nested_body_is_walked_without_end_or_overflow() {
    let model = model_of(site());
    let mut item = json!({"_type": "hero", "seo": {"meta_title": "x"}});
    for _ in 0..500 {
        item = json!({"_type": "hero", "inner": [item]});
    }
    let mut body = Map::new();
    body.insert("sections".into(), json!([item]));
    let from = model.get("seo").unwrap().def.field("meta_title").unwrap().clone();
    let to = Field { id: from.id.clone(), ..field(of("tags")) };
    let change = Conversion { owner: "seo".into(), from, to, enum_renames: vec![] };
    assert_eq!(convert_body(&model, model.get("article").unwrap(), &mut body, &[change]), []);
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
        prop::sample::select(vec![
            "a",
            "a, b",
            "2024-01-01",
            "1.5",
            "{\"a\":1}",
            "true",
            "1e400",
            "99999999999999999999.5"
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        let key = prop::sample::select(vec!["_id", "_type", "type", "content", "text", "lat", "a", "x"]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..5)
                .prop_map(|pairs| Value::Object(pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())),
        ]
    })
}

fn any_field() -> impl Strategy<Value = Field> {
    (0usize..22, any::<bool>(), 0u32..12).prop_map(|(kind, many, scale)| {
        let kind = FieldType::ALL[kind];
        let values = ["a", "b"].map(|v| EnumValue { value: v.into(), label: v.into(), was: None }).to_vec();
        let components = vec!["a".to_owned()];
        let component = Some("a".to_owned());
        Field { many, repeatable: many, scale: Some(scale), values, components, component, ..Field::new("x", kind) }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn converting_never_panics_and_gives_a_value_of_the_new_type(from in any_field(), to in any_field(), value in any_json()) {
        match convert_value(&from, &to, &[("a".into(), "b".into())], &value) {
            Converted::Changed(new) | Converted::Partly(new, _) => {
                prop_assert!(!new.is_null());
                let plain = !matches!(to.kind, FieldType::Relation | FieldType::Component | FieldType::Blocks | FieldType::Media);
                let readable = to.scale() <= 9;
                if plain && readable {
                    let stored = crate::value::scalar(&to, &new);
                    prop_assert_eq!(stored.clone().ok().flatten(), Some(new), "{:?}", stored);
                } else if matches!(to.kind, FieldType::Component | FieldType::Blocks | FieldType::Media) {
                    prop_assert_eq!(new.is_array(), to.is_list());
                }
            }
            Converted::Same => {}
            Converted::Dropped(why) => prop_assert!(!why.is_empty()),
        }
    }

    #[test]
    fn what_was_valid_survives_where_no_loss_was_announced(from in any_field(), to in any_field(), value in any_json()) {
        let usable = from.scale() <= 9 && to.scale() <= 9;
        let Ok(Some(stored)) = crate::value::scalar(&from, &value) else { return Ok(()) };
        let exact = !(from.kind == FieldType::Integer && to.kind == FieldType::Decimal);
        if usable && exact && !can_lose(&from, &to) && !blank(&stored) {
            let outcome = convert_value(&from, &to, &[], &stored);
            prop_assert!(matches!(outcome, Converted::Same | Converted::Changed(_)), "{:?}", outcome);
        }
    }
}

/// A text of which nothing is left where it has to be something.
fn blank(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.trim().is_empty() || text.chars().any(char::is_control))
}
