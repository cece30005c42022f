use super::site::{codes, model, object, stored};
use crate::field::FieldType;
use crate::value::{Scope, join, split, validate};
use serde_json::{Value, json};

fn blockers(values: Value, scope: Scope) -> Vec<String> {
    let model = model();
    codes(&validate(&model, model.get("article").unwrap(), &object(values), scope))
}

#[test]
fn publishing_names_everything_that_is_missing_or_out_of_bounds() {
    let values = stored(json!({
        "title": "a!", "rank": 11, "price": 99.51, "open": false, "day": "2019-12-31", "moment": "2031-01-01T00:00:00Z",
        "mail": "anna@example", "site": "javascript:alert(1)", "tint": "red", "words": ["one"],
        "sections": [{"__component": "nested"}, {"__component": "block.hero", "heading": " "}]
    }));
    assert_eq!(
        blockers(values, Scope::ALL),
        [
            "/title too_short",
            "/title pattern",
            "/rank max",
            "/price max",
            "/day min",
            "/moment max",
            "/mail format",
            "/site format",
            "/words too_few",
            "/tint format",
            "/reason required",
            "/sections/1/heading required",
        ]
    );
}

#[test]
fn what_fits_is_published() {
    let values = stored(json!({
        "title": "äöüßäöüßäöüßäöüßäöüß", "rank": 10, "price": 99.5, "open": true, "day": "2020-01-01",
        "moment": "2030-01-01T00:00:00Z", "mail": "anna.b+c@mail.example.org", "site": "https://example.org/ä?x=1#y",
        "tint": "#abcd", "words": ["a", "b", "c"], "sections": [{"__component": "block.hero", "heading": "x"}]
    }));
    assert_eq!(blockers(values, Scope::ALL), [""; 0]);
}

#[test]
fn a_hidden_field_is_not_required() {
    assert!(blockers(json!({"open": false}), Scope::ALL).contains(&"/reason required".to_owned()));
    assert!(!blockers(json!({"open": true}), Scope::ALL).contains(&"/reason required".to_owned()));
}

#[test]
fn the_scope_chooses_between_shared_and_localized_fields() {
    let local = Scope { shared: false, local: true };
    let shared = Scope { shared: true, local: false };
    assert_eq!(blockers(json!({}), local), ["/title required"]);
    assert_eq!(blockers(json!({}), shared), ["/open required"]);
}

#[test]
fn a_pattern_is_for_the_whole_text_and_cannot_be_escaped() {
    use crate::value::pattern::matches;
    assert_eq!(matches("a|b", "ab"), Some(false));
    assert_eq!(matches("[0-9]+", "12"), Some(true));
    assert_eq!(matches("a)(b", "a"), None);
    assert_eq!(matches("(a{1000}){1000}", "a"), None);
}

#[test]
fn parts_are_split_and_joined() {
    let model = model();
    let article = model.get("article").unwrap();
    let values = object(json!({"title": "x", "slug": "y", "gone": 1, "rank": 1}));
    let (shared, local) = split(article, &values);
    assert_eq!(
        (Value::from(shared.clone()), Value::from(local.clone())),
        (json!({"slug": "y", "rank": 1}), json!({"title": "x"}))
    );
    let joined = join(article, &shared, &local);
    assert_eq!(joined.keys().collect::<Vec<_>>(), ["title", "slug", "rank"]);
    let person = model.get("person").unwrap();
    let (shared, local) = split(person, &object(json!({"name": "Anna"})));
    assert!(local.is_empty() && join(person, &shared, &local)["name"] == "Anna");
}

#[test]
fn blank_values_do_not_satisfy_required() {
    let model = model();
    let mut def = model.get("article").unwrap().def.clone();
    for field in &mut def.fields {
        field.required = field.kind != FieldType::Boolean;
        field.shown_when = None;
    }
    let ty = crate::Type::new(crate::TypeKey(1), def, Default::default());
    let blank = object(
        json!({"title": "", "summary": " ", "story": {"type": "doc", "content": [{"type": "paragraph"}]}, "topics": [], "seo": {"_id": "x"}}),
    );
    let missing = codes(&validate(&model, &ty, &blank, Scope::ALL));
    let count = ty.def.fields.len() - 2;
    assert_eq!(missing.iter().filter(|problem| problem.ends_with("required")).count(), count, "{missing:?}");
    assert!(!missing.contains(&"/seo required".to_owned()));
}
