use super::site::{model, object, stored};
use crate::value::{Change, ChangeKind, diff};
use serde_json::{Value, json};

fn changes(from: Value, to: Value) -> Vec<Change> {
    let model = model();
    diff(&model, model.get("article").unwrap(), &object(stored(from)), &object(stored(to)))
}

fn lines(from: Value, to: Value) -> Vec<String> {
    let kind = |change: &Change| serde_json::to_value(change.kind).unwrap().as_str().unwrap().to_owned();
    changes(from, to).iter().map(|change| format!("{} {}", change.pointer, kind(change))).collect()
}

#[test]
fn fields_are_added_removed_and_changed_by_names() {
    let from = json!({"title": "A", "teaser": "B", "rank": 1});
    let to = json!({"title": "A2", "rank": 1, "words": ["x"]});
    let found = changes(from, to);
    assert_eq!(found.len(), 3);
    assert_eq!(found[0].from.clone().zip(found[0].to.clone()), Some((json!("A"), json!("A2"))));
    assert_eq!((found[1].pointer.as_str(), found[1].kind), ("/teaser", ChangeKind::Removed));
    assert_eq!((found[2].pointer.as_str(), found[2].kind), ("/words", ChangeKind::Added));
}

#[test]
fn items_are_matched_by_id_and_the_fewest_are_moved() {
    let item = |id: &str, text: &str| json!({"id": id, "text": text});
    let from = json!({"faq": [item("a", "1"), item("b", "2"), item("c", "3"), item("d", "4")]});
    let to = json!({"faq": [item("d", "4"), item("b", "two"), item("c", "3"), item("e", "5")]});
    assert_eq!(lines(from, to), ["/faq/0 removed", "/faq/0 moved", "/faq/1/text changed", "/faq/3 added"]);
}

#[test]
fn changes_inside_components_point_at_the_field() {
    let seo = |id: &str, title: &str| json!({"seo": {"id": id, "metaTitle": title}});
    assert_eq!(lines(seo("s", "A"), seo("s", "B")), ["/seo/metaTitle changed"]);
    assert_eq!(lines(seo("s", "A"), seo("t", "A")), ["/seo changed"]);
    assert_eq!(lines(seo("s", "A"), json!({"seo": null})), ["/seo removed"]);
    let hero = json!({"sections": [{"__component": "block.hero", "id": "x", "heading": "H"}]});
    let nested = json!({"sections": [{"__component": "nested", "id": "x"}]});
    assert_eq!(lines(hero, nested), ["/sections/0 removed", "/sections/0 added"]);
}
