use super::site::{apply, refused, stored};
use crate::ids::is_item_id;
use crate::value::{InputOptions, MAX_ITEMS};
use serde_json::{Value, json};

fn update(current: &Value, input: Value) -> Value {
    apply("article", current, input, InputOptions::default()).unwrap().values.into()
}

#[test]
fn items_keep_ids_that_can_be_ids_and_are_unique() {
    let faq = stored(json!({"faq": [{"id": "a"}, {"id": 12}, {"id": "a"}, {"id": "no id!"}, {}]}));
    let ids: Vec<_> = faq["faq"].as_array().unwrap().iter().map(|item| item["_id"].as_str().unwrap()).collect();
    assert_eq!(ids[..2], ["a", "12"]);
    let distinct: std::collections::HashSet<_> = ids.iter().collect();
    assert!(distinct.len() == 5 && ids.iter().all(|id| is_item_id(id)));
}

#[test]
fn an_item_with_a_known_id_is_updated_in_part() {
    let current = stored(json!({"sections": [
        {"__component": "block.hero", "id": "h", "heading": "Old", "seo": {"id": "s", "metaTitle": "T", "hidden": "x"}},
        {"__component": "nested", "id": "n", "text": "Kept"}]}));
    let input = json!({"sections": [{"__component": "nested", "id": "n"},
        {"__component": "block.hero", "id": "h", "seo": {"id": "s", "metaTitle": "New"}}]});
    assert_eq!(
        update(&current, input)["sections"],
        json!([{"_id": "n", "_type": "nested", "text": "Kept"},
            {"_id": "h", "_type": "hero", "heading": "Old", "seo": {"_id": "s", "meta_title": "New", "hidden": "x"}}])
    );
}

#[test]
fn an_item_of_another_component_keeps_nothing() {
    let current = stored(json!({"sections": [{"__component": "nested", "id": "n", "text": "Gone"}]}));
    let input = json!({"sections": [{"__component": "block.hero", "id": "n", "heading": "x"}]});
    assert_eq!(update(&current, input)["sections"], json!([{"_id": "n", "_type": "hero", "heading": "x"}]));
}

#[test]
fn repeating_a_write_without_ids_changes_nothing() {
    let input = json!({"seo": {"metaTitle": "x"}, "faq": [{"text": "a", "more": [{"text": "b"}]}, {"text": "c"}],
        "sections": [{"__component": "block.hero", "heading": "x", "seo": {}}]});
    let current = stored(input.clone());
    let again = apply("article", &current, input, InputOptions::default()).unwrap();
    assert_eq!((Value::from(again.values), again.changed.len()), (current, 0));
}

#[test]
fn an_item_without_an_id_takes_over_no_values() {
    let current = stored(json!({"seo": {"metaTitle": "Old", "hidden": "x"}, "faq": [{"text": "old"}]}));
    let values = update(&current, json!({"seo": {}, "faq": [{}]}));
    assert_eq!(values["seo"], json!({"_id": current["seo"]["_id"], "meta_title": "Untitled"}));
    assert_eq!(values["faq"], json!([{"_id": current["faq"][0]["_id"]}]));
}

#[test]
fn an_id_that_another_item_claims_is_not_given_away() {
    let current = stored(json!({"faq": [{"id": "a", "text": "1"}, {"id": "b", "text": "2"}]}));
    let faq = update(&current, json!({"faq": [{"text": "new"}, {"id": "a"}, {"id": "b"}]}))["faq"].clone();
    assert_eq!((&faq[1]["text"], &faq[2]["text"]), (&json!("1"), &json!("2")));
    assert!(faq[0]["_id"] != "a" && faq[0]["_id"] != "b");
}

#[test]
fn components_nest_twelve_deep_at_most() {
    let nested = |depth| (1..depth).fold(json!({"text": "x"}), |inner, _| json!({"more": [inner]}));
    assert!(stored(json!({"faq": [nested(12)]}))["faq"].is_array());
    let pointer = format!("/faq/0{} too_deep", "/more/0".repeat(12));
    assert_eq!(refused(json!({"faq": [nested(13)]})), [pointer]);
}

#[test]
fn items_are_bounded_in_number() {
    assert_eq!(refused(json!({"faq": vec![json!({}); MAX_ITEMS + 5]})), [format!("/faq/{MAX_ITEMS} too_many")]);
}
