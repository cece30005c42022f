use super::site::{ANNA, BERT, Database, HOME, NOBODY, RUST, apply, codes, model, object, refused, stored};
use crate::DocumentId;
use crate::value::{InputOptions, Pending, Reference, merge, settle, walk_relations};
use serde_json::{Value, json};

fn topics(current: Value, input: Value) -> Value {
    let merged = apply("article", &json!({"topics": current}), json!({"topics": input}), InputOptions::default());
    merged.unwrap().values.get("topics").cloned().unwrap_or_default()
}

#[test]
fn a_reference_has_many_forms() {
    for form in
        [json!(ANNA), json!(1), json!({"documentId": ANNA, "name": "Anna"}), json!({"id": 1}), json!({"code": 1})]
    {
        assert_eq!(stored(json!({"author": form.clone()}))["author"], ANNA, "{form}");
        assert_eq!(stored(json!({"author": {"set": [form.clone()]}}))["author"], ANNA, "{form}");
        assert_eq!(stored(json!({"author": {"connect": [form.clone()]}}))["author"], ANNA, "{form}");
        assert_eq!(stored(json!({"topics": [form.clone(), 2, form]}))["topics"], json!([ANNA, BERT]));
    }
    assert_eq!(
        stored(json!({"topics": [{"slug": "rust"}, {"code": 2, "type": "person"}]}))["topics"],
        json!([RUST, BERT])
    );
}

#[test]
fn wrong_references_say_why() {
    let problems = refused(json!({
        "author": HOME,
        "topics": [NOBODY, "x", 77, {"slog": "rust"}, {"slug": "rust", "type": "person"}, {"name": "Anna"}, null, 1.5,
                   {"slug": "home"}],
    }));
    assert_eq!(
        problems,
        [
            "/author wrong_type",
            "/topics/0 not_found",
            "/topics/1 reference",
            "/topics/2 not_found",
            "/topics/3/slog unknown_field",
            "/topics/4/slug unknown_field",
            "/topics/5/name unknown_field",
            "/topics/6 reference",
            "/topics/7 reference",
            "/topics/8 not_found",
        ]
    );
    assert_eq!(refused(json!({"author": [1, 2]})), ["/author too_many"]);
    assert_eq!(refused(json!({"author": {"connect": 1, "konnect": 2}})), ["/author/konnect unknown_field"]);
}

#[test]
fn connect_and_disconnect_keep_the_rest_in_order() {
    assert_eq!(topics(json!([ANNA, BERT]), json!({"connect": [RUST]})), json!([ANNA, BERT, RUST]));
    assert_eq!(topics(json!([ANNA, BERT]), json!({"disconnect": [1], "connect": [ANNA]})), json!([BERT, ANNA]));
    assert_eq!(topics(json!([ANNA, BERT]), json!({"connect": [BERT]})), json!([ANNA, BERT]));
    assert_eq!(topics(json!([ANNA]), json!({"disconnect": [NOBODY, ANNA]})), json!(null));
    let at =
        |position: Value| topics(json!([ANNA, BERT]), json!({"connect": [{"documentId": RUST, "position": position}]}));
    assert_eq!(at(json!({"start": true})), json!([RUST, ANNA, BERT]));
    assert_eq!(at(json!({"before": BERT})), json!([ANNA, RUST, BERT]));
    assert_eq!(at(json!({"after": ANNA})), json!([ANNA, RUST, BERT]));
    assert_eq!(at(json!({"end": true})), json!([ANNA, BERT, RUST]));
    let moved = json!({"connect": [{"id": 2, "position": {"before": ANNA}}]});
    assert_eq!(topics(json!([ANNA, BERT]), moved), json!([BERT, ANNA]));
    assert_eq!(
        refused(json!({"topics": {"connect": [{"id": 2, "position": {"before": ANNA}}]}})),
        ["/topics/connect/0/position position"]
    );
}

#[test]
fn what_the_relation_holds_already_is_not_looked_up_again() {
    assert_eq!(topics(json!([NOBODY]), json!([NOBODY, ANNA])), json!([NOBODY, ANNA]));
}

#[test]
fn an_import_waits_for_targets_and_settles_them_in_their_order() {
    let import = InputOptions { allow_pending: true, ..Default::default() };
    let input = json!({
        "topics": [{"slug": "later"}, ANNA, NOBODY, {"code": 9}],
        "sections": [{"__component": "block.hero", "id": "h1", "heading": "x", "link": {"slug": "later"}}]
    });
    let merged = apply("article", &json!({}), input, import).unwrap();
    assert_eq!(merged.values["topics"], json!([ANNA]));
    let unique = |field: &str, value: Value, type_id: Option<&str>| Reference::Unique {
        type_id: type_id.map(str::to_owned),
        field: field.to_owned(),
        value,
        locale: None,
    };
    let wanted = [
        (0, unique("slug", json!("later"), Some("topic")), vec!["topic"]),
        (2, Reference::Document(DocumentId::parse(NOBODY).unwrap()), vec!["topic", "person"]),
        (3, unique("code", json!(9), Some("person")), vec!["person"]),
    ];
    for (pending, (ordinal, reference, targets)) in merged.pending.iter().zip(wanted) {
        let path = vec!["topics".to_owned()];
        let targets = targets.into_iter().map(str::to_owned).collect();
        assert_eq!(*pending, Pending { path, ordinal, reference, targets });
    }
    let link = &merged.pending[3];
    assert_eq!(link.path, ["sections", "h1", "link"]);
    assert_eq!(link.reference, unique("slug", json!("later"), None));
    assert_eq!(link.targets, ["article", "topic"]);

    let mut values = merged.values;
    assert!(settle(&mut values, &merged.pending[2], true, &[0, 2], BERT));
    assert!(settle(&mut values, &merged.pending[0], true, &[2], RUST));
    assert!(settle(&mut values, &merged.pending[1], true, &[], NOBODY));
    assert_eq!(values["topics"], json!([RUST, ANNA, NOBODY, BERT]));
    assert!(settle(&mut values, link, false, &[], HOME));
    assert_eq!(values["sections"][0]["link"], HOME);
    assert!(!settle(&mut values, link, false, &[], RUST));
    values.remove("sections");
    assert!(!settle(&mut values, link, false, &[], HOME));
    assert_eq!(refused(json!({"topics": [{"slug": "later"}]})), ["/topics/0 not_found"]);
}

#[test]
fn a_write_through_an_inverse_comes_out_apart() {
    let write = |input| apply("person", &json!({}), input, InputOptions::default());
    let merged = write(json!({"articles": {"connect": [HOME], "disconnect": [{"slug": "gone"}]}})).unwrap();
    assert!(merged.values.is_empty() && merged.changed.is_empty());
    let inverse = &merged.inverse[0];
    assert_eq!((inverse.inverse.source.as_str(), inverse.inverse.field.as_str()), ("article", "author"));
    assert_eq!(inverse.connect[0].document_id, HOME);
    assert!(inverse.disconnect.is_empty() && inverse.set.is_none());
    assert_eq!(write(json!({"articles": null})).unwrap().inverse[0].set, Some(vec![]));
    assert_eq!(codes(&write(json!({"articles": [ANNA]})).unwrap_err()), ["/articles/0 wrong_type"]);
}

#[test]
fn a_trees_parent_is_no_value() {
    let write = |input| apply("topic", &json!({}), input, InputOptions::default());
    assert_eq!(write(json!({})).unwrap().parent, None);
    assert_eq!(write(json!({"parent": null})).unwrap().parent, Some(None));
    for form in [json!(RUST), json!({"connect": [RUST]}), json!({"slug": "rust"})] {
        let merged = write(json!({"parent": form})).unwrap();
        assert_eq!(merged.parent.unwrap().unwrap().document_id, RUST);
        assert!(merged.values.is_empty());
    }
    assert_eq!(codes(&write(json!({"parent": ANNA})).unwrap_err()), ["/parent wrong_type"]);
    assert_eq!(write(json!({"children": [RUST]})).unwrap().inverse[0].inverse.field, "parent");
    assert_eq!(refused(json!({"parent": RUST})), ["/parent unknown_field"]);
    let import = InputOptions { allow_pending: true, ..Default::default() };
    let merged = apply("topic", &json!({}), json!({"parent": {"slug": "later"}}), import).unwrap();
    assert_eq!((merged.parent, merged.pending[0].path.clone()), (None, vec!["parent".to_owned()]));
}

#[test]
fn too_many_references_are_refused_before_any_is_looked_up() {
    let model = model();
    let mut database = Database::default();
    let input = object(json!({"topics": vec![1; 5001]}));
    let ty = model.get("article").unwrap();
    let problems = merge(&model, ty, &Default::default(), &input, &mut database, InputOptions::default()).unwrap_err();
    assert_eq!((codes(&problems), database.asked), (vec!["/topics too_many".to_owned()], 0));
}

#[test]
fn every_reference_is_visited_with_its_path() {
    let story = json!({"type": "doc", "content": [{"type": "paragraph", "content": [
        {"type": "text", "text": "x", "marks": [{"type": "link", "attrs": {"document": HOME}}]}]}]});
    let values = stored(json!({
        "author": ANNA, "topics": [BERT, RUST], "story": story,
        "faq": [{"id": "f1", "more": [{"id": "m1", "people": [ANNA]}]}],
        "sections": [{"id": "s1", "__component": "block.hero", "heading": "x", "link": HOME}]
    }));
    let model = model();
    let mut seen = Vec::new();
    walk_relations(&model, model.get("article").unwrap(), &object(values), &mut |at| {
        seen.push(format!("{} [{}] {} {}", at.path, at.item_path.join(" "), at.ordinal, &at.target[..4]));
    });
    assert_eq!(
        seen,
        [
            "story [story] 0 home",
            "author [author] 0 anna",
            "topics [topics] 0 bert",
            "topics [topics] 1 rust",
            "faq.more.people [faq f1 more m1 people] 0 anna",
            "sections.hero.link [sections s1 link] 0 home",
        ]
    );
}
