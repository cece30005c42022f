//! Whatever is sent, the answer comes soon and is an answer.

use super::fixture::{Visitor, list, list_of, model, model_of};
use crate::query::{Limits, Node, canonical, parse_filter};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Query strings made of the words that mean something.
fn grammar() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "filters",
        "sort",
        "fields",
        "populate",
        "pagination",
        "locale",
        "status",
        "title",
        "views",
        "author",
        "name",
        "owner",
        "related",
        "seo",
        "metaTitle",
        "links",
        "sections",
        "hero",
        "shared.quote",
        "on",
        "image",
        "cover",
        "words",
        "id",
        "$eq",
        "$in",
        "$or",
        "$and",
        "$not",
        "$null",
        "$between",
        "$contains",
        "0",
        "1",
        "",
        "*",
        "page",
        "secret",
        "vault",
        "localizations",
        "rank",
        "starts",
    ]);
    let value = prop::sample::select(vec![
        "x",
        "1",
        "true",
        "*",
        "",
        "title:desc",
        "-views",
        "author.avatar,seo",
        "2024-01-01",
        "en",
        "%C3%A9",
        "%",
        "a+b",
    ]);
    let key = prop::collection::vec(word, 1..8).prop_map(|words| {
        let brackets: String = words[1..].iter().map(|w| format!("[{w}]")).collect();
        format!("{}{brackets}", words[0])
    });
    prop::collection::vec((key, value), 0..6)
        .prop_map(|pairs| pairs.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join("&"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_string_makes_it_panic(raw in "(?s).{0,200}") {
        let _ = list(&raw);
    }

    #[test]
    fn no_sentence_of_the_grammar_makes_it_panic(raw in grammar()) {
        match list(&raw) {
            Ok(query) => prop_assert!(!canonical(&query).is_empty()),
            Err(problems) => prop_assert!(!problems.is_empty() && problems.iter().all(|p| !p.message.is_empty())),
        }
    }

    #[test]
    fn the_order_of_parameters_does_not_matter(mut values in prop::collection::vec((0..4usize, "[a-c]"), 1..6)) {
        let fields = ["title", "slug", "content", "words"];
        let raw = |values: &[(usize, String)]| {
            values.iter().map(|(f, v)| format!("filters[$or][][{}]={v}", fields[*f])).collect::<Vec<_>>().join("&")
        };
        let first = canonical(&list(&raw(&values)).unwrap());
        values.reverse();
        prop_assert_eq!(first, canonical(&list(&raw(&values)).unwrap()));
    }
}

#[test]
fn the_largest_query_strings_are_answered_fast() {
    let many: String = (0..10_000).map(|i| format!("filters[$or][{i}][title][$eq]=x&")).collect();
    let raws = [
        many,
        format!("filters{}=x", "[a]".repeat(5000)),
        format!("filters{}", "[".repeat(16_000)),
        "%5B".repeat(5000),
        format!("populate={}", "ab,".repeat(5400)),
        format!("populate={}", "author.articles.".repeat(1000)),
        format!("sort={}", "titel,".repeat(2700)),
        format!("fields={}", "titlee,".repeat(2300)),
        (0..999).map(|i| format!("filters[{i}x]=&")).collect(),
        (0..999).map(|i| format!("titlex{i}&")).collect(),
        format!("_q={}", "%C3%A9".repeat(2700)),
    ];
    let model = model();
    let start = Instant::now();
    for raw in &raws {
        let answer = list_of(model, "article", raw);
        assert!(answer.is_err_and(|problems| problems.len() <= 50), "{}", &raw[..40]);
    }
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}

#[test]
fn relations_between_many_types_do_not_multiply_the_work() {
    let names: Vec<String> = (0..30).map(|i| format!("t{i}")).collect();
    let definitions: Vec<Value> = names
        .iter()
        .map(|name| {
            json!({"kind": "collection", "singular": name, "plural": format!("{name}s"), "fields": [
                {"id": "any", "name": "any", "type": "relation", "targets": names, "many": true},
                {"id": "title", "name": "title", "type": "string"},
            ]})
        })
        .collect();
    let model = model_of(&definitions);
    let start = Instant::now();
    for (raw, code) in [
        (format!("filters{}[title]=x", "[any]".repeat(9)), "too_many"),
        (format!("filters{}[titel]=x", "[any]".repeat(9)), "too_complex"),
        (format!("populate=any{}", ".any".repeat(5)), "too_many"),
    ] {
        let problems = list_of(&model, "t0", &raw).unwrap_err();
        assert!(problems.iter().any(|p| p.code == code), "{raw}: {problems:?}");
    }
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

#[test]
fn deep_json_is_refused_and_not_followed() {
    let mut value = json!({"title": "x"});
    for _ in 0..100 {
        value = json!({"$not": value});
    }
    let model = model();
    let article = model.get("article").unwrap();
    let problems = parse_filter(&Node::from(&value), model, article, &Visitor, &Limits::default()).unwrap_err();
    assert_eq!(problems[0].code, "too_deep");
}
