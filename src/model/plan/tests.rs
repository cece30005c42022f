use super::*;
use crate::check::tests::{changed, model_of, site};
use crate::check::{Schema, check, parse_locales, parse_role, parse_type, resolve};
use crate::content_type::ContentType;
use crate::field::FieldType;
use crate::model::Model;
use crate::permission::Role;
use proptest::prelude::*;
use serde_json::{Value, json};

/// The steps of a change of one type of the sample.
fn steps_of(id: &str, change: impl FnOnce(&mut Value)) -> Vec<Step> {
    let model = model_of(site());
    diff(&model, &[], &changed(&model, id, change), false)
}

/// The same, one by one: description, effect, whether it is destructive.
fn told(id: &str, change: impl FnOnce(&mut Value)) -> Vec<(String, Effect, bool)> {
    steps_of(id, change).iter().map(|step| (step.describe(), step.effect(), step.is_destructive())).collect()
}

/// Changes the option of one field of the article.
fn option(field: usize, key: &'static str, value: Value) -> impl FnOnce(&mut Value) {
    move |json| {
        if value.is_null() {
            json["fields"][field].as_object_mut().unwrap().remove(key);
        } else {
            json["fields"][field][key] = value;
        }
    }
}

fn line(text: &str, effect: Effect, destructive: bool) -> Vec<(String, Effect, bool)> {
    vec![(text.to_owned(), effect, destructive)]
}

/// The roles of the sample, with ids in their permissions.
fn roles() -> Vec<Role> {
    let mut schema = site();
    resolve(&Model::default(), &mut schema);
    schema.roles
}

#[test]
fn pushing_what_was_pulled_changes_nothing() {
    let model = model_of(site());
    let json = |def: &ContentType| def.to_file();
    let types = model.types().map(|t| parse_type(&json(&t.def)).unwrap()).collect();
    let locales = parse_locales(&serde_json::to_value(&model.locales).unwrap()).unwrap();
    let pulled = roles().iter().map(|role| parse_role(&serde_json::to_value(role).unwrap()).unwrap()).collect();
    let mut schema = Schema { types, locales: Some(locales), roles: pulled };
    assert_eq!(resolve(&model, &mut schema), []);
    assert_eq!(check(&model, &schema, true), []);
    assert_eq!(diff(&model, &roles(), &schema, true), []);
    assert_eq!(diff(&model, &roles(), &Schema::default(), false), [], "an empty tree leaves everything alone");
}

#[test]
fn a_rename_changes_only_the_definition() {
    let steps = told("article", |json| {
        json["fields"][0]["name"] = "headline".into();
        json["titleField"] = "headline".into();
        json["urlPattern"] = "/{locale}/blog/{slug}".into();
    });
    let sort = "article: defaultSort \"title:asc\" → \"headline:asc\"".to_owned();
    assert_eq!(
        steps,
        [
            ("rename field article.title → headline".to_owned(), Effect::Definition, false),
            (sort, Effect::Definition, false)
        ]
    );
    let steps = told("article", |json| {
        json["id"] = "article".into();
        json["singular"] = "post".into();
        json["label"] = "Post".into();
    });
    assert_eq!(
        steps,
        [
            ("rename type article → post".to_owned(), Effect::Definition, false),
            ("article: label \"Article\" → \"Post\"".to_owned(), Effect::Definition, false)
        ]
    );
}

#[test]
fn each_change_of_a_field_has_its_effect() {
    use Effect::{Convert, Definition, Rebuild, Relocate};
    let cases = [
        (0, "type", json!("text"), "change type of field article.title: string → text", Convert, false),
        (2, "type", json!("string"), "change type of field article.body: markdown → string", Convert, true),
        (0, "maxLength", json!(100), "article.title: maxLength 200 → 100", Definition, false),
        (0, "maxLength", Value::Null, "article.title: maxLength 200 → none", Definition, false),
        (0, "required", Value::Null, "article.title: required true → none", Definition, false),
        (0, "unique", json!(true), "article.title: unique none → true", Rebuild, false),
        (0, "indexed", json!(false), "article.title: indexed none → false", Rebuild, false),
        (0, "indexed", json!(true), "article.title: indexed none → true", Definition, false),
        (0, "label", json!("Title"), "article.title: label none → \"Title\"", Definition, false),
        (0, "ui", json!({"a": 1}), "article.title: ui none → {\"a\":1}", Definition, false),
        (
            0,
            "localized",
            Value::Null,
            "article.title: stop localizing; the default locale's value is kept",
            Relocate,
            true,
        ),
        (1, "localized", json!(true), "article.slug: localize; its value is copied to every locale", Relocate, false),
        (3, "many", json!(true), "article.category: many none → true", Convert, false),
        (5, "many", Value::Null, "article.tags: many true → none", Convert, true),
        (6, "repeatable", json!(true), "article.seo: repeatable none → true", Convert, false),
        (6, "component", json!("quote"), "article.seo: component \"seo\" → \"quote\"", Convert, true),
        (
            7,
            "components",
            json!(["hero"]),
            "article.sections: components [\"hero\",\"quote\"] → [\"hero\"]",
            Convert,
            true,
        ),
        (
            7,
            "components",
            json!(["hero", "quote", "seo"]),
            "article.sections: components [\"hero\",\"quote\"] → [\"hero\",\"quote\",\"seo\"]",
            Definition,
            false,
        ),
        (8, "scale", json!(4), "article.price: scale 2 → 4", Convert, false),
        (8, "scale", json!(1), "article.price: scale 2 → 1", Convert, true),
        (8, "scale", Value::Null, "article.price: scale 2 → none", Convert, false),
        (
            4,
            "targets",
            json!(["author", "tag"]),
            "article.author: targets [\"author\"] → [\"author\",\"tag\"]",
            Definition,
            false,
        ),
        (4, "targets", json!(["tag"]), "article.author: targets [\"author\"] → [\"tag\"]", Rebuild, true),
        (4, "inverse", json!("posts"), "article.author: inverse \"articles\" → \"posts\"", Definition, false),
    ];
    for (field, key, value, text, effect, destructive) in cases {
        let change = |json: &mut Value| {
            option(field, key, value.clone())(json);
            // Options that only go with the former type.
            if key == "type" {
                let field = json["fields"][field].as_object_mut().unwrap();
                field.remove("searchable");
            }
        };
        let told = told("article", change);
        assert_eq!(told.first(), line(text, effect, destructive).first());
    }
}

#[test]
fn fields_are_added_deleted_and_moved() {
    let added = told("author", |json| {
        let fields = json["fields"].as_array_mut().unwrap();
        fields.insert(0, json!({"name": "age", "type": "integer", "required": true}));
    });
    assert_eq!(added, line("add field author.age (integer, required)", Effect::Definition, false));
    let moved = told("article", |json| json["fields"].as_array_mut().unwrap().swap(0, 1));
    assert_eq!(moved, line("article: change the order of its fields", Effect::Definition, false));
    let deleted = told("article", |json| drop(json["fields"].as_array_mut().unwrap().remove(8)));
    assert_eq!(deleted, line("delete field article.price (decimal)", Effect::Definition, true));
    let deleted = told("article", |json| drop(json["fields"].as_array_mut().unwrap().remove(5)));
    assert_eq!(deleted, line("delete field article.tags (relation)", Effect::Rebuild, true));
}

#[test]
fn the_first_localized_field_gives_a_type_parts_for_each_locale() {
    let first = told("author", |json| json["fields"][0]["localized"] = true.into());
    assert_eq!(
        first.iter().map(|(text, ..)| text.as_str()).collect::<Vec<_>>(),
        ["author.name: localize; its value is copied to every locale", "author: documents get a part for each locale"]
    );
    let last = told("article", |json| {
        json["fields"][0].as_object_mut().unwrap().remove("localized");
        json["fields"].as_array_mut().unwrap().remove(2);
    });
    assert!(last.contains(&(
        "article: documents keep only what they have in the default locale".to_owned(),
        Effect::Relocate,
        true
    )));
}

#[test]
fn options_of_a_type_have_their_effects() {
    let cases = [
        ("draftAndPublish", json!(false), "no drafts any more: what is saved is live", Effect::Publishing, false),
        ("orderable", json!(true), "documents get a position", Effect::Structure, false),
        ("tree", json!(true), "documents get a parent and a path", Effect::Structure, false),
        ("urlPattern", json!("/{slug}"), "urlPattern", Effect::Urls, false),
        ("icon", json!("pen"), "icon", Effect::Definition, false),
    ];
    for (key, value, text, effect, destructive) in cases {
        let told = told("article", |json| json[key] = value);
        assert!(told.len() == 1 && told[0].0.contains(text), "{told:?}");
        assert_eq!((told[0].1, told[0].2), (effect, destructive));
    }
    let model = model_of(site());
    let orderable = diff(&model, &[], &changed(&model, "article", |json| json["orderable"] = true.into()), false);
    let model = apply_definitions(&model, &orderable).unwrap().model(2);
    let off = diff(&model, &[], &changed(&model, "article", |json| json["orderable"] = false.into()), false);
    assert!(off[0].is_destructive());
    assert_eq!(off[0].needs_count(), Count::Documents { type_id: "article".into() });
}

#[test]
fn values_of_an_enumeration_are_added_renamed_and_removed() {
    let values = |values: Value| told("article", option(3, "values", values));
    let labelled = |value: &str, was: Option<&str>| json!({"value": value, "label": value, "was": was});
    assert_eq!(
        values(json!(["news", {"value": "essay", "label": "Essay"}, "poem"])),
        line("article.category: add value poem", Effect::Definition, false)
    );
    assert_eq!(
        values(json!(["news", labelled("long-read", Some("essay"))])),
        line("article.category: rename value essay → long-read", Effect::Convert, false)
    );
    assert_eq!(values(json!(["news"])), line("article.category: remove value essay", Effect::Convert, true));
    assert_eq!(
        values(json!([{"value": "essay", "label": "Essay"}, "news"])),
        line("article.category: change labels or order of its values", Effect::Definition, false)
    );
    assert_eq!(values(json!([labelled("news", Some("gone")), {"value": "essay", "label": "Essay"}])), []);
}

#[test]
fn a_rename_of_a_value_is_pushed_once_and_two_values_may_become_one() {
    let model = model_of(site());
    let change = |json: &mut Value| {
        json["fields"][3]["values"] = json!([{"value": "news", "was": "essay"}]);
    };
    let steps = diff(&model, &[], &changed(&model, "article", change), false);
    assert_eq!(steps.len(), 1);
    let applied = apply_definitions(&model, &steps).unwrap();
    assert_eq!(applied.conversions[0].enum_renames, [("essay".to_owned(), "news".to_owned())]);
    assert_eq!(applied.converted.iter().collect::<Vec<_>>(), ["article"]);
    let model = applied.model(2);
    assert_eq!(model.get("article").unwrap().def.field("category").unwrap().values.len(), 1);
    assert_eq!(diff(&model, &[], &changed(&model, "article", change), false), []);
}

#[test]
fn a_change_of_type_becomes_one_conversion() {
    let model = model_of(site());
    let schema = changed(&model, "seo", |json| {
        json["fields"][0] = json!({"id": "meta_title", "name": "metaTags", "type": "tags", "required": true});
    });
    let steps = diff(&model, &[], &schema, false);
    let texts: Vec<_> = steps.iter().map(Step::describe).collect();
    assert_eq!(
        texts,
        [
            "rename field seo.metaTitle → metaTags",
            "change type of field seo.metaTitle: string → tags",
            "seo.metaTitle: required none → true"
        ]
    );
    assert_eq!(steps[1].needs_count(), Count::Conversion { owner: "seo".into(), field: "meta_title".into() });
    let required = Count::Violations { owner: "seo".into(), field: "meta_title".into(), key: "required".into() };
    assert_eq!(steps[2].needs_count(), required);
    let applied = apply_definitions(&model, &steps).unwrap();
    assert_eq!(applied.conversions.len(), 1);
    let conversion = &applied.conversions[0];
    assert_eq!((conversion.from.kind, conversion.to.kind), (FieldType::String, FieldType::Tags));
    // By way of blocks, too: hero holds seo, and the sections of an article hold hero.
    assert_eq!(applied.converted.iter().collect::<Vec<_>>(), ["article"]);
}

#[test]
fn only_what_becomes_tighter_is_counted() {
    let counted = |key: &'static str, value: Value| {
        steps_of("article", option(0, key, value)).first().map(Step::needs_count).unwrap()
    };
    let violations =
        |key: &str| Count::Violations { owner: "article".into(), field: "title".into(), key: key.to_owned() };
    assert_eq!(counted("maxLength", json!(100)), violations("maxLength"));
    assert_eq!(counted("maxLength", json!(250)), Count::None);
    assert_eq!(counted("maxLength", Value::Null), Count::None);
    assert_eq!(counted("minLength", json!(3)), violations("minLength"));
    assert_eq!(counted("pattern", json!("a+")), violations("pattern"));
    assert_eq!(counted("unique", json!(true)), violations("unique"));
    assert_eq!(counted("required", Value::Null), Count::None);
    assert_eq!(counted("help", json!("x")), Count::None);
    assert_eq!(counted("localized", Value::Null), Count::Values { owner: "article".into(), field: "title".into() });
    let deleted = steps_of("article", |json| drop(json["fields"].as_array_mut().unwrap().remove(8)));
    assert_eq!(deleted[0].needs_count(), Count::Values { owner: "article".into(), field: "price".into() });
    let removed = steps_of("article", option(3, "values", json!(["news"])));
    let choice = Count::Choice { owner: "article".into(), field: "category".into(), value: "essay".into() };
    assert_eq!(removed[0].needs_count(), choice);
}

#[test]
fn types_are_made_and_only_pruning_deletes_them() {
    let model = model_of(site());
    let json = json!({"kind": "collection", "singular": "note", "plural": "notes",
        "fields": [{"name": "text", "type": "enumeration", "values": [{"value": "a", "was": "b"}]}]});
    let mut schema = Schema { types: vec![parse_type(&json).unwrap()], ..Schema::default() };
    resolve(&model, &mut schema);
    let steps = diff(&model, &[], &schema, false);
    assert_eq!(steps.iter().map(Step::describe).collect::<Vec<_>>(), ["create collection note (1 field)"]);
    let steps = diff(&model, &[], &schema, true);
    let texts: Vec<_> = steps.iter().map(Step::describe).collect();
    assert_eq!(texts.len(), 8);
    assert_eq!(texts[1], "delete collection article and its documents");
    assert_eq!(texts[7], "delete component seo");
    assert!(steps[1..].iter().all(Step::is_destructive));
    assert_eq!((steps[1].effect(), steps[7].effect()), (Effect::Remove, Effect::Definition));
    let applied = apply_definitions(&model, &steps).unwrap();
    assert_eq!((applied.types.len(), applied.deleted.len()), (1, 7));
    assert!(applied.types[0].key.0 < 0, "the store gives the key");
    assert_eq!(applied.types[0].def.fields[0].values[0].was, None);
}

#[test]
fn locales_change_step_by_step() {
    let model = model_of(site());
    let locales = json!([{"code": "fr"}, {"code": "de", "name": "Deutsch", "default": true}]);
    let schema = Schema { locales: Some(parse_locales(&locales).unwrap()), ..Schema::default() };
    let steps = diff(&model, &[], &schema, false);
    let texts: Vec<_> = steps.iter().map(Step::describe).collect();
    assert_eq!(
        texts,
        [
            "add locale fr (fr)",
            "rename locale de: de → Deutsch",
            "change the default locale: en → de",
            "remove locale en and everything in it",
            "change the order of the locales"
        ]
    );
    let destructive: Vec<_> = steps.iter().map(Step::is_destructive).collect();
    assert_eq!(destructive, [false, false, false, true, false]);
    assert_eq!(steps[3].needs_count(), Count::Locale { code: "en".into() });
    assert_eq!(apply_definitions(&model, &steps).unwrap().locales, schema.locales.unwrap());
}

#[test]
fn roles_are_put_and_lose_what_goes_from_the_model() {
    let model = model_of(site());
    let admin = parse_role(&json!({"name": "admin", "admin": true})).unwrap();
    let old = parse_role(&json!({"name": "old"})).unwrap();
    let new = parse_role(&json!({"name": "new", "permissions": [{"action": "read", "type": "*"}]})).unwrap();
    let current = [roles(), vec![admin, old]].concat();
    let schema = Schema { roles: vec![new], ..Schema::default() };
    let texts = |prune| diff(&model, &current, &schema, prune).iter().map(Step::describe).collect::<Vec<_>>();
    assert_eq!(texts(false), ["create role new (1 permissions)"]);
    let texts = texts(true);
    assert!(texts.contains(&"delete role old".to_owned()) && texts.contains(&"delete role writer".to_owned()));
    assert!(!texts.iter().any(|text| text.contains("admin")), "nobody is locked out by pruning");

    let schema = changed(&model, "article", |json| drop(json["fields"].as_array_mut().unwrap().remove(0)));
    let steps = diff(&model, &roles(), &schema, false);
    let put = steps.iter().find_map(|step| match step {
        Step::PutRole { role, .. } => Some(role),
        _ => None,
    });
    assert_eq!(put.unwrap().permissions[1].fields, Some(vec![]), "and not all fields, which none would mean");
    let keep = changed(&model, "tag", |_| {});
    let steps = diff(&model, &roles(), &keep, true);
    let put = steps.iter().find_map(|step| match step {
        Step::PutRole { role, .. } => Some(role.permissions.len()),
        _ => None,
    });
    assert_eq!(put, Some(1), "the permission for the deleted type is gone");
}

#[test]
fn a_deleted_field_leaves_its_id_behind_and_keys_and_storage_stay() {
    let model = model_of(site());
    let before = model.get("article").unwrap();
    let schema = changed(&model, "article", |json| drop(json["fields"].as_array_mut().unwrap().remove(8)));
    let applied = apply_definitions(&model, &diff(&model, &[], &schema, false)).unwrap();
    let after = applied.types.iter().find(|t| t.id() == "article").unwrap();
    assert_eq!(after.storage.tombstones, ["price"]);
    assert_eq!((after.key, &after.storage.columns), (before.key, &before.storage.columns));
    assert!(applied.conversions.is_empty());
    // A plan that was made before the deletion does not fit any more, and neither does one that brings the id back.
    let model = applied.model(2);
    let stale = steps_of("article", option(8, "scale", json!(3)));
    assert!(apply_definitions(&model, &stale).unwrap_err().to_string().contains("article.price"));
    let field = Box::new(crate::field::Field::new("price", FieldType::Integer));
    let back = Step::AddField { of: TypeRef::from(&model.get("article").unwrap().def), field, at: 0 };
    assert!(apply_definitions(&model, &[back]).is_err());
}

#[test]
fn a_fingerprint_is_for_one_change_of_one_model() {
    let steps = steps_of("article", option(0, "maxLength", json!(100)));
    let other = steps_of("article", option(0, "maxLength", json!(101)));
    let print = |version, steps: &[Step]| fingerprint(version, steps);
    assert_eq!(print(1, &steps), print(1, &steps));
    assert_eq!(print(1, &steps).len(), 64);
    assert_ne!(print(1, &steps), print(2, &steps));
    assert_ne!(print(1, &steps), print(1, &other));
    assert_ne!(print(1, &[]), print(1, &steps));
}

#[test]
fn steps_come_back_from_json() {
    let model = model_of(site());
    let mut schema = Schema::default();
    resolve(&model, &mut schema);
    let all = diff(
        &Model::default(),
        &[],
        &{
            let mut site = site();
            resolve(&Model::default(), &mut site);
            site
        },
        false,
    );
    let deleted = diff(&model, &roles(), &schema, true);
    for step in all.iter().chain(&deleted) {
        let json = serde_json::to_value(step).unwrap();
        assert_eq!(serde_json::from_value::<Step>(json).unwrap(), *step);
    }
}

#[test]
fn a_plan_shows_what_happens_and_what_to_do_next() {
    let model = model_of(site());
    let schema = changed(&model, "article", |json| {
        json["fields"][0]["name"] = "headline".into();
        json["fields"][2]["type"] = "string".into();
        json["fields"].as_array_mut().unwrap().remove(8);
    });
    let steps = diff(&model, &[], &schema, false);
    let counted = |step: &Step| match step.needs_count() {
        Count::None => None,
        Count::Conversion { .. } => {
            Some(Counted { documents: 12, failing: 1, examples: vec!["xyz: shorten it to 255 characters".into()] })
        }
        _ => Some(Counted { documents: 1, ..Counted::default() }),
    };
    let plan = Plan::new(1, steps.into_iter().map(|step| (step.clone(), counted(&step))).collect());
    let expected = "  - delete field article.price (decimal)  [destructive]
      1 document holds a value
  ~ rename field article.title → headline
  ~ change type of field article.body: markdown → string  [destructive]
      12 documents hold a value; of 1 document it would not convert whole
        xyz: shorten it to 255 characters
  ~ article: defaultSort \"title:asc\" → \"headline:asc\"

4 steps, for model version 1.
Some steps are destructive. Apply with --apply --allow-destructive, best after a snapshot.
";
    assert_eq!(plan.render(), expected);
    assert_eq!(plan.destructive().count(), 2);
    assert_eq!(plan.fingerprint, fingerprint(1, &plan.steps()));
    let json = serde_json::to_value(&plan).unwrap();
    assert_eq!(serde_json::from_value::<Plan>(json).unwrap(), plan);
    assert!(Plan::new(1, vec![]).render().starts_with("Nothing to do"));
}

/// Any well-formed author type of up to six fields, some of them those of the others.
fn any_type() -> impl Strategy<Value = Value> {
    let field = (0..7usize, 0..10usize, any::<[bool; 5]>(), 0..4usize).prop_map(|(id, kind, flags, extra)| {
        let kinds =
            ["string", "text", "integer", "decimal", "enumeration", "tags", "slug", "relation", "component", "blocks"];
        let mut field = json!({"id": format!("f{id}"), "name": format!("name{}{id}", extra % 2), "type": kinds[kind],
            "localized": flags[0], "required": flags[1]});
        match kinds[kind] {
            "enumeration" => {
                field["values"] =
                    ["a", "b", "c", "d"][extra..].iter().map(|v| json!({"value": v, "was": "x"})).collect();
                field["values"]
                    .as_array_mut()
                    .unwrap()
                    .iter_mut()
                    .skip(1)
                    .for_each(|v| drop(v.as_object_mut().unwrap().remove("was")));
                field["many"] = flags[2].into();
            }
            "relation" => {
                field["targets"] = json!(["tag", "article"][..1 + extra % 2]);
                field["many"] = flags[2].into();
            }
            "component" => {
                field["component"] = ["seo", "quote"][extra % 2].into();
                field["repeatable"] = flags[2].into();
            }
            "blocks" => field["components"] = json!(["seo", "hero"][..1 + extra % 2]),
            "decimal" => field["scale"] = extra.into(),
            "integer" => field["min"] = extra.into(),
            "string" => field["unique"] = flags[2].into(),
            _ => {}
        }
        field
    });
    let fields = prop::collection::vec(field, 0..6).prop_map(|mut fields| {
        let mut seen = std::collections::HashSet::new();
        fields.retain(|field| seen.insert(field["id"].to_string()));
        fields
    });
    (fields, any::<[bool; 3]>()).prop_map(|(fields, flags)| {
        json!({"kind": "collection", "singular": "author", "plural": "authors", "label": "x", "fields": fields,
            "orderable": flags[0], "draftAndPublish": flags[1], "icon": if flags[2] { "a" } else { "b" }})
    })
}

proptest! {
    #[test]
    fn applying_the_difference_gives_what_was_desired(from in any_type(), to in any_type()) {
        let base = model_of(site());
        let def = |json: &Value| parse_type(json).unwrap();
        let mut first = Schema { types: vec![def(&from)], ..Schema::default() };
        resolve(&base, &mut first);
        let model = apply_definitions(&base, &diff(&base, &[], &first, false)).unwrap().model(2);
        let mut second = Schema { types: vec![def(&to)], ..Schema::default() };
        resolve(&model, &mut second);
        let dead = |id: &str| model.get("author").unwrap().storage.tombstones.iter().any(|t| t == id);
        prop_assume!(!second.types[0].fields.iter().any(|f| dead(&f.id)));
        let steps = diff(&model, &[], &second, false);
        let applied = apply_definitions(&model, &steps).unwrap();
        let mut wanted = second.types[0].clone();
        wanted.fields.iter_mut().flat_map(|f| &mut f.values).for_each(|v| v.was = None);
        let reached = applied.types.iter().find(|t| t.id() == "author").unwrap();
        prop_assert_eq!(&reached.def, &wanted);
        prop_assert_eq!(diff(&applied.model(3), &[], &second, false), vec![]);
        for conversion in &applied.conversions {
            prop_assert_eq!(Some(&conversion.from), model.get("author").unwrap().def.field(&conversion.from.id));
            prop_assert_eq!(Some(&conversion.to), wanted.field(&conversion.to.id));
        }
        for step in &steps {
            prop_assert!(!step.describe().is_empty());
            let _ = (step.effect(), step.needs_count(), step.is_destructive());
        }
    }
}
