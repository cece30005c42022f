use super::site::{apply, object, refused, stored};
use crate::value::{InputOptions, decimal, is_slug, missing_slugs, moment, scalar, slugify};
use crate::{Field, FieldType};
use serde_json::{Value, json};

#[test]
fn all_problems_are_reported_with_pointers_by_names() {
    let problems = refused(json!({
        "title": 1, "teaser": ["x"], "rank": 1.5, "price": 1.234, "open": "yes", "day": "2023-02-29",
        "hour": "25:00", "moment": "2024-01-01T10:00:00", "category": "nws", "moods": ["glad", 7],
        "words": ["ok", " ", "x".repeat(101)], "place": {"lat": 91, "lng": 0}, "slug": "a b", "nope": 1,
        "story": "text", "cover": true, "seo": {"metaTitel": "x"}, "faq": [{"text": "a\u{0}b"}],
        "sections": [{"heading": "x"}, {"__component": "nope"}, 3]
    }));
    assert_eq!(
        problems,
        [
            "/title type",
            "/slug format",
            "/teaser type",
            "/story type",
            "/rank type",
            "/price digits",
            "/open type",
            "/day format",
            "/hour format",
            "/moment offset",
            "/category enumeration",
            "/moods/1 type",
            "/words/1 format",
            "/words/2 too_long",
            "/place/lat range",
            "/cover reference",
            "/seo/metaTitel unknown_field",
            "/faq/0/text characters",
            "/sections/0/__component unknown_component",
            "/sections/1/__component unknown_component",
            "/sections/2 type",
            "/nope unknown_field",
        ]
    );
}

#[test]
fn values_are_stored_in_their_normal_form() {
    let values = stored(json!({
        "hour": "08:05", "moment": "2024-05-31T23:30:00.1239-02:00", "rank": 7.0, "price": "10.50",
        "words": [" b ", "a", "b"], "tint": "#ABC", "place": {"latitude": 48.0, "longitude": -1.25},
        "moods": ["glad", "sad", "glad"], "cover": {"documentId": super::site::HOME}, "gallery": [],
        "story": {"markdown": "Hello **you**"}, "mail": "not yet a mail", "site": "", "title": ""
    }));
    assert_eq!(values["hour"], "08:05:00.000");
    assert_eq!(values["moment"], "2024-06-01T01:30:00.123Z");
    assert_eq!(values["rank"], json!(7));
    assert_eq!(values["price"].to_string(), "10.5");
    assert_eq!(values["words"], json!(["b", "a"]));
    assert_eq!(values["tint"], "#aabbcc");
    assert_eq!(values["place"].to_string(), r#"{"lat":48,"lng":-1.25}"#);
    assert_eq!(values["moods"], json!(["glad", "sad"]));
    assert_eq!(values["cover"], super::site::HOME);
    assert_eq!(values["story"]["type"], "doc");
    assert_eq!(values["mail"], "not yet a mail");
    assert_eq!(values["title"], "");
    assert!(values.get("gallery").is_none() && values.get("site").is_none());
}

#[test]
fn an_input_is_a_partial_update_and_null_clears() {
    let current = json!({"title": "Old", "summary": "Stays", "rank": 3});
    let input = json!({"title": "New", "rank": null, "teaser": "Stays", "id": 7, "createdAt": "x", "locale": "en"});
    let merged = apply("article", &current, input, InputOptions::default()).unwrap();
    assert_eq!(Value::from(merged.values), json!({"title": "New", "summary": "Stays"}));
    assert_eq!(merged.changed.into_iter().collect::<Vec<_>>(), ["rank", "title"]);
}

#[test]
fn a_new_document_gets_defaults_unless_they_are_cleared() {
    let new = InputOptions { new_document: true, ..Default::default() };
    assert_eq!(apply("article", &json!({}), json!({}), new).unwrap().values["rank"], 5);
    assert!(apply("article", &json!({}), json!({"rank": null}), new).unwrap().values.is_empty());
    assert!(apply("article", &json!({}), json!({}), InputOptions::default()).unwrap().values.is_empty());
}

#[test]
fn an_unknown_field_proposes_what_may_be_meant_but_nothing_private() {
    let message = |input| apply("article", &json!({}), input, Default::default()).unwrap_err()[0].message.clone();
    assert!(message(json!({"titel": 1})).contains("`title`"));
    assert!(!message(json!({"secrt": 1})).contains("secret"));
}

#[test]
fn moments_keep_their_instant() {
    for (given, stored) in [
        ("2024-02-29T12:00:00Z", "2024-02-29T12:00:00.000Z"),
        ("2024-01-01t00:30:00.5+05:45", "2023-12-31T18:45:00.500Z"),
        ("1969-12-31T23:59:59.9999Z", "1969-12-31T23:59:59.999Z"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.000Z"),
        ("0001-01-01 00:00-00:00", "0001-01-01T00:00:00.000Z"),
    ] {
        assert_eq!(moment::datetime(given).as_deref(), Ok(stored), "{given}");
    }
    assert_eq!(moment::datetime("2024-01-01T10:00:00"), Err(moment::NotAMoment::Offset));
    for wrong in ["", "2024-01-01", "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "2024-13-01T00:00:00Z"] {
        assert_eq!(moment::datetime(wrong), Err(moment::NotAMoment::Form), "{wrong}");
    }
    assert!(moment::date("2024-1-1").is_none() && moment::date("0000-01-01").is_none());
    assert!(moment::date("+024-01-01").is_none() && moment::time("1:00").is_none() && moment::time("10:00:").is_none());
}

#[test]
fn numbers_are_exact_or_refused() {
    assert_eq!(decimal::integer(&json!(i64::MAX)), Ok(i64::MAX));
    assert_eq!(decimal::integer(&json!(i64::MIN)), Ok(i64::MIN));
    assert_eq!(decimal::integer(&json!(u64::MAX)), Err(decimal::NotStorable::Range));
    assert_eq!(decimal::integer(&json!(9_223_372_036_854_775_808.0)), Err(decimal::NotStorable::Range));
    assert_eq!(decimal::scaled(&json!("-0012.340"), 2), Ok(-1234));
    assert_eq!(decimal::scaled(&json!(1e-7), 7), Ok(1));
    assert_eq!(decimal::scaled(&json!(1e300), 2), Err(decimal::NotStorable::Range));
    for wrong in ["1e5", "", ".5", "5.", "1,5", "--1", "NaN", "٣"] {
        assert_eq!(decimal::scaled(&json!(wrong), 2), Err(decimal::NotStorable::Form), "{wrong}");
    }
}

#[test]
fn slugs_come_from_any_text() {
    assert_eq!(slugify("Crème brûlée & more!"), "creme-brulee-more");
    assert_eq!(slugify("Don’t panic"), "dont-panic");
    assert_eq!(slugify("北京"), "bei-jing");
    assert_eq!(slugify(" ?! "), "untitled");
    assert_eq!(slugify(&"word ".repeat(40)).len(), 79);
    assert_eq!(slugify(&"x".repeat(200)).len(), 80);
    assert!(is_slug("2014/12/12/1.0-Timeline") && is_slug("häuser_~.") && is_slug("हिन्दी"));
    for wrong in ["", "/a", "a/", "a//b", "a b", "a/../b", "a?b", "a#"] {
        assert!(!is_slug(wrong), "{wrong}");
    }
}

#[test]
fn a_missing_slug_is_proposed_from_its_source() {
    let model = super::site::model();
    let ty = model.get("article").unwrap();
    let missing = |values| missing_slugs(ty, &object(values));
    assert_eq!(missing(json!({"title": "Über uns"})), [("slug".to_owned(), "uber-uns".to_owned())]);
    assert!(missing(json!({"title": " "})).is_empty());
    assert!(missing(json!({"title": "x", "slug": "kept"})).is_empty());
}

#[test]
fn texts_are_refused_beyond_the_hard_limits_only() {
    assert_eq!(refused(json!({"title": "x".repeat(256)})), ["/title too_long"]);
    assert!(stored(json!({"title": "ä".repeat(255)}))["title"].is_string());
    assert!(stored(json!({"body": "x".repeat(100_000)}))["body"].is_string());
    assert_eq!(refused(json!({"body": "bell\u{7}"})), ["/body characters"]);
}

#[test]
fn free_json_is_bounded_in_depth() {
    let nested = |depth| (0..depth).fold(json!(1), |inner, _| json!([inner]));
    let field = Field::new("extra", FieldType::Json);
    assert!(scalar(&field, &nested(64)).is_ok());
    assert_eq!(scalar(&field, &nested(65)).unwrap_err()[0].code, "too_deep");
    assert_eq!(scalar(&field, &json!({"a\u{0}": 1})).unwrap_err()[0].code, "characters");
}
