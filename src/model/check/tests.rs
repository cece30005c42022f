use super::*;
use crate::content_type::ContentType;
use crate::ids::TypeKey;
use crate::locale::{Locale, Locales};
use crate::model::Type;
use crate::plan::{apply_definitions, diff};
use crate::storage::Storage;
use serde_json::{Value, json};

/// A small site: articles by authors, with tags, a component and blocks.
pub(crate) fn site() -> Schema {
    let types = [
        json!({ "kind": "collection", "singular": "article", "plural": "articles", "label": "Article",
            "titleField": "title", "urlPattern": "/{locale}/blog/{slug}", "listColumns": ["title", "updatedAt"],
            "defaultSort": "title:asc",
            "fields": [
                { "name": "title", "type": "string", "required": true, "localized": true, "maxLength": 200 },
                { "name": "slug", "type": "slug", "from": "title", "unique": true },
                { "name": "body", "type": "markdown", "localized": true, "searchable": true },
                { "name": "category", "type": "enumeration", "values": ["news", {"value": "essay", "label": "Essay"}] },
                { "name": "author", "type": "relation", "targets": ["author"], "inverse": "articles" },
                { "name": "tags", "type": "relation", "targets": ["tags"], "many": true },
                { "name": "seo", "type": "component", "component": "seo" },
                { "name": "sections", "type": "blocks", "components": ["hero", "quote"] },
                { "name": "price", "type": "decimal", "scale": 2, "min": 0,
                  "shownWhen": { "field": "category", "in": ["essay"] } } ] }),
        json!({ "kind": "collection", "singular": "author", "plural": "authors",
            "fields": [ { "name": "name", "type": "string", "required": true } ] }),
        json!({ "kind": "collection", "singular": "tag", "plural": "tags", "draftAndPublish": false,
            "fields": [ { "name": "name", "type": "string", "unique": true } ] }),
        json!({ "kind": "single", "singular": "homepage", "fields": [ { "name": "intro", "type": "rich_text" } ] }),
        json!({ "kind": "component", "singular": "seo",
            "fields": [ { "name": "metaTitle", "type": "string" }, { "name": "image", "type": "media" } ] }),
        json!({ "kind": "component", "singular": "hero",
            "fields": [ { "name": "title", "type": "string" }, { "name": "seo", "type": "component", "component": "seo" },
                { "name": "inner", "type": "blocks", "components": ["hero"] } ] }),
        json!({ "kind": "component", "singular": "quote", "fields": [ { "name": "words", "type": "text" } ] }),
    ];
    let types = types.iter().map(|json| parse_type(json).unwrap()).collect();
    let locales = Some(parse_locales(&json!([{"code": "en", "name": "English", "default": true}, "de"])).unwrap());
    let role = json!({ "name": "writer", "permissions": [
        { "action": "read", "type": "*" }, { "action": "update", "type": "article", "fields": ["title"] } ] });
    Schema { types, locales, roles: vec![parse_role(&role).unwrap()] }
}

/// The model that a schema becomes on an empty site, at version 1.
pub(crate) fn model_of(mut schema: Schema) -> Model {
    let empty = Model::default();
    assert_eq!(resolve(&empty, &mut schema), []);
    assert_eq!(check(&empty, &schema, false), []);
    apply_definitions(&empty, &diff(&empty, &[], &schema, false)).unwrap().model(1)
}

/// What the files say after `change` of the JSON of one type.
pub(crate) fn changed(model: &Model, id: &str, change: impl FnOnce(&mut Value)) -> Schema {
    let mut json = model.get(id).unwrap().def.to_file();
    change(&mut json);
    let mut schema = Schema { types: vec![parse_type(&json).unwrap()], ..Schema::default() };
    assert_eq!(resolve(model, &mut schema), []);
    schema
}

fn field(name: &str, mut options: Value) -> Value {
    options["name"] = name.into();
    options
}

fn pointers(problems: &[Problem]) -> Vec<(&str, &str)> {
    problems.iter().map(|p| (p.pointer.as_str(), p.code.as_str())).collect()
}

/// Resolves and checks a change of the sample's article.
fn problems_of(change: impl FnOnce(&mut Value)) -> Vec<Problem> {
    let model = model_of(site());
    check(&model, &changed(&model, "article", change), false)
}

/// The problems of a new collection with these fields.
fn problems_of_fields(fields: Value) -> Vec<Problem> {
    let model = model_of(site());
    let json = json!({"kind": "collection", "singular": "thing", "plural": "things", "fields": fields});
    let mut schema = Schema { types: vec![parse_type(&json).unwrap()], ..Schema::default() };
    assert_eq!(resolve(&model, &mut schema), []);
    check(&model, &schema, false)
}

#[test]
fn a_file_with_many_mistakes_lists_them_all() {
    let json = json!({ "kind": "colection", "plural": 3, "draftAndPublsh": true, "ui": {"anything": {"goes": 1}},
        "layout": [1], "fields": [
            { "name": "title", "type": "strin", "max_length": 3, "required": "yes", "ui": {"x": 1} },
            7,
            { "type": "enumeration", "values": ["a", {"value": "b", "lable": "B"}, 4], "minLength": -1 },
            { "name": "x", "type": "string", "shownWhen": {"field": 1}, "targets": ["a", 1] } ] });
    let problems = parse_type(&json).unwrap_err();
    assert_eq!(
        pointers(&problems),
        [
            ("/kind", "unknown_word"),
            ("/plural", "type"),
            ("/draftAndPublsh", "unknown_key"),
            ("/fields/0/type", "unknown_word"),
            ("/fields/0/max_length", "unknown_key"),
            ("/fields/0/required", "type"),
            ("/fields/1", "type"),
            ("/fields/2/values/1/lable", "unknown_key"),
            ("/fields/2/values/2", "type"),
            ("/fields/2/minLength", "type"),
            ("/fields/2/name", "required"),
            ("/fields/3/shownWhen/field", "type"),
            ("/fields/3/shownWhen/in", "required"),
            ("/fields/3/targets/1", "type"),
            ("/singular", "required"),
        ]
    );
    let message = |pointer: &str| &problems.iter().find(|p| p.pointer == pointer).unwrap().message;
    assert!(message("/fields/0/max_length").contains("`maxLength`"));
    assert!(message("/kind").contains("`collection`"));
    assert!(message("/draftAndPublsh").contains("`draftAndPublish`"));
}

#[test]
fn whatever_is_no_definition_is_refused_with_a_pointer() {
    for json in [json!(null), json!(3), json!([]), json!("article")] {
        assert_eq!(pointers(&parse_type(&json).unwrap_err()), [("", "type")]);
        assert_eq!(pointers(&parse_role(&json).unwrap_err()), [("", "type")]);
    }
    assert_eq!(pointers(&parse_locales(&json!({})).unwrap_err()), [("", "type")]);
    let problems = parse_locales(&json!([{"code": 1}, {"name": "x"}, {"code": "en", "defualt": true}])).unwrap_err();
    assert_eq!(pointers(&problems), [("/0/code", "type"), ("/1/code", "required"), ("/2/defualt", "unknown_key")]);
    let role = json!({"name": "x", "permissions": [{"action": "raed", "type": "*"}, {"action": "read"}]});
    let problems = parse_role(&role).unwrap_err();
    assert_eq!(pointers(&problems), [("/permissions/0/action", "unknown_word"), ("/permissions/1/type", "required")]);
}

#[test]
fn what_is_left_out_of_a_file_is_filled_in() {
    let def = parse_type(&json!({"kind": "component", "singular": "shared.rich-text", "icon": null})).unwrap();
    assert_eq!((def.label.as_str(), def.id.as_str(), def.icon), ("Rich text", "", None));
    let locales = parse_locales(&json!(["de"])).unwrap();
    assert_eq!(locales.0, [Locale { code: "de".into(), name: "de".into(), default: true }]);
    assert_eq!(parse_role(&json!({"name": "chief_editor"})).unwrap().label, "Chief editor");
}

#[test]
fn the_tables_of_keys_know_each_key_that_is_written() {
    // Every known key is accepted by serde, too: a key that only one of the two knows would fail here.
    for (key, _) in shapes::FIELD.keys {
        let error = serde_json::from_value::<crate::field::Field>(json!({ (*key): {"no": "such value"} })).unwrap_err();
        assert!(!error.to_string().contains(&format!("unknown field `{key}`")), "{error}");
    }
    for (key, _) in shapes::TYPE.keys {
        let error = serde_json::from_value::<ContentType>(json!({ (*key): 1.5, "kind": 1 }));
        assert!(!error.unwrap_err().to_string().contains(&format!("unknown field `{key}`")));
    }
    let unknown = |error: String| error.split("expected one of").nth(1).map(|known| known.matches('`').count() / 2);
    let error = serde_json::from_value::<crate::field::Field>(json!({"nope": 1})).unwrap_err();
    assert_eq!(unknown(error.to_string()), Some(shapes::FIELD.keys.len()));
    let error = serde_json::from_value::<ContentType>(json!({"nope": 1})).unwrap_err();
    assert_eq!(unknown(error.to_string()), Some(shapes::TYPE.keys.len()));
}

#[test]
fn ids_and_references_are_filled_in_from_names() {
    let mut schema = site();
    let empty = Model::default();
    resolve(&empty, &mut schema);
    let article = &schema.types[0];
    assert_eq!(article.id, "article");
    assert_eq!(article.field_named("tags").unwrap().targets, ["tag"], "a plural names the type, too");
    assert_eq!(schema.types[4].fields[0].id, "meta_title");
    let model = model_of(site());
    // A new name with the old id is a rename; the old name still works in references, and in the sort order it is
    // replaced.
    let schema = changed(&model, "article", |json| {
        json["fields"][0]["name"] = "headline".into();
        json["titleField"] = "headline".into();
        json["listColumns"] = json!(["title", "headline", "updatedAt"]);
        json["urlPattern"] = "/{locale}/{headline}/{slug}".into();
        json["fields"][1]["from"] = "headline".into();
    });
    let article = &schema.types[0];
    assert_eq!(article.title_field.as_deref(), Some("title"));
    assert_eq!(article.url_pattern.as_deref(), Some("/{locale}/{title}/{slug}"));
    assert_eq!(article.list_columns, ["title", "title", "updatedAt"]);
    assert_eq!(article.fields[1].from.as_deref(), Some("title"));
    assert_eq!(article.default_sort.as_deref(), Some("headline:asc"));
}

#[test]
fn a_field_without_id_is_matched_by_name_and_never_takes_a_used_id() {
    let model = model_of(site());
    let schema = changed(&model, "author", |json| {
        json["fields"] =
            json!([{"id": "name", "name": "fullName", "type": "string"}, {"name": "name", "type": "text"}]);
    });
    let ids: Vec<_> = schema.types[0].fields.iter().map(|f| f.id.as_str()).collect();
    assert_eq!(ids, ["name", "name_2"]);
    let steps = diff(&model, &[], &changed(&model, "author", |json| json["fields"] = json!([])), false);
    let without = apply_definitions(&model, &steps).unwrap().model(2);
    assert_eq!(without.get("author").unwrap().storage.tombstones, ["name"]);
    let again = changed(&without, "author", |json| json["fields"] = json!([{"name": "name", "type": "string"}]));
    assert_eq!(again.types[0].fields[0].id, "name_2");
    let by_id =
        changed(&without, "author", |json| json["fields"] = json!([{"id": "name", "name": "name", "type": "text"}]));
    let problems = check(&without, &by_id, false);
    assert_eq!(pointers(&problems), [("/types/0/fields/0/id", "tombstone")]);
    assert!(problems[0].message.contains("`name_2`"));
}

#[test]
fn a_type_whose_first_name_is_taken_gets_an_id_of_its_own() {
    let mut schema = site();
    let component = json!({"kind": "component", "singular": "author", "fields": [{"name": "x", "type": "string"}]});
    schema.types.push(parse_type(&component).unwrap());
    let model = model_of(schema.clone());
    assert_eq!(schema.types.last().unwrap().id, "");
    resolve(&model, &mut schema);
    assert_eq!(schema.types.last().unwrap().id, "author_2");
    assert_eq!(schema.types[0].field_named("author").unwrap().targets, ["author"]);
    let twice = Schema { types: vec![schema.types[0].clone(), schema.types[0].clone()], ..Schema::default() };
    assert_eq!(pointers(&resolve(&model, &mut twice.clone())), [("/types/1/id", "duplicate_id")]);
}

#[test]
fn names_of_the_api_and_of_documents_are_refused_with_another_proposed() {
    let model = model_of(site());
    let refused = |json: Value| {
        let mut schema = Schema { types: vec![parse_type(&json).unwrap()], ..Schema::default() };
        resolve(&model, &mut schema);
        check(&model, &schema, false)
    };
    for (singular, plural, pointer, code, proposed) in [
        ("user", "users", "/types/0/plural", "reserved", "`user-entries`"),
        ("search", "searches", "/types/0/singular", "reserved", "`search-entry`"),
        ("item", "articles", "/types/0/plural", "name_taken", "`article-entries`"),
        ("authors", "many-authors", "/types/0/singular", "name_taken", "`author-entry`"),
        ("news", "news", "/types/0/plural", "name_taken", "`new-entries`"),
        ("Über Uns", "things", "/types/0/singular", "name", "`uber-uns`"),
        ("city", "", "/types/0/plural", "required", "`cities`"),
    ] {
        let problems = refused(json!({"kind": "collection", "singular": singular, "plural": plural}));
        assert_eq!(pointers(&problems), [(pointer, code)], "{singular} {plural}");
        assert!(problems[0].message.contains(proposed), "{}", problems[0].message);
    }
    assert_eq!(refused(json!({"kind": "single", "singular": "about"})), []);
    for (name, proposed) in [("status", "`status_value`"), ("_x", "`x`"), ("documentId", "`documentId_value`")] {
        let problems = problems_of_fields(json!([{"id": "x", "name": name, "type": "string"}]));
        assert_eq!(problems[0].pointer, "/types/0/fields/0/name");
        assert!(problems[0].message.contains(proposed), "{}", problems[0].message);
    }
}

#[test]
fn names_that_swap_owners_in_one_change_do_not_collide() {
    let model = model_of(site());
    let mut schema = changed(&model, "author", |json| {
        json["id"] = "author".into();
        json["singular"] = "tag".into();
        json["plural"] = "tags".into();
    });
    assert_eq!(check(&model, &schema, false).len(), 2, "the other type still has these names");
    schema.types.extend(
        changed(&model, "tag", |json| {
            json["id"] = "tag".into();
            json["singular"] = "author".into();
            json["plural"] = "authors".into();
        })
        .types,
    );
    assert_eq!(check(&model, &schema, false), []);
}

#[test]
fn every_option_is_refused_where_it_does_not_apply() {
    let wrong = [
        ("unique", json!({"type": "text", "unique": true})),
        ("unique", json!({"type": "enumeration", "values": ["a"], "many": true, "unique": true})),
        ("default", json!({"type": "media", "default": "x"})),
        ("min", json!({"type": "string", "min": 1})),
        ("max", json!({"type": "boolean", "max": 1})),
        ("minLength", json!({"type": "integer", "minLength": 1})),
        ("maxLength", json!({"type": "color", "maxLength": 3})),
        ("pattern", json!({"type": "date", "pattern": "x"})),
        ("scale", json!({"type": "integer", "scale": 2})),
        ("values", json!({"type": "string", "values": ["a"]})),
        ("many", json!({"type": "string", "many": true})),
        ("from", json!({"type": "string", "from": "x"})),
        ("targets", json!({"type": "media", "targets": ["tag"]})),
        ("inverse", json!({"type": "media", "inverse": "things"})),
        ("component", json!({"type": "string", "component": "seo"})),
        ("repeatable", json!({"type": "string", "repeatable": true})),
        ("components", json!({"type": "component", "component": "seo", "components": ["seo"]})),
        ("minItems", json!({"type": "media", "minItems": 1})),
        ("maxItems", json!({"type": "component", "component": "seo", "maxItems": 1})),
        ("kinds", json!({"type": "string", "kinds": ["image"]})),
        ("searchable", json!({"type": "integer", "searchable": true})),
        ("weight", json!({"type": "string", "weight": 2})),
        ("indexed", json!({"type": "text", "indexed": true})),
    ];
    for (key, options) in wrong {
        let problems = problems_of_fields(json!([field("x", options)]));
        assert_eq!(pointers(&problems), [(format!("/types/0/fields/0/{key}").as_str(), "option")]);
    }
}

#[test]
fn values_of_options_are_checked() {
    let wrong = [
        ("/scale", "range", json!({"type": "decimal", "scale": 10})),
        ("/weight", "range", json!({"type": "string", "searchable": true, "weight": 11})),
        ("/min", "range", json!({"type": "integer", "min": 3, "max": 2})),
        ("/min", "range", json!({"type": "date", "min": "2024-02-02", "max": "2024-02-01"})),
        ("/max", "bound", json!({"type": "date", "max": 3})),
        ("/min", "bound", json!({"type": "integer", "min": 1.5})),
        ("/minLength", "range", json!({"type": "text", "minLength": 3, "maxLength": 2})),
        ("/maxLength", "range", json!({"type": "string", "maxLength": 256})),
        ("/maxItems", "range", json!({"type": "tags", "maxItems": 0})),
        ("/pattern", "pattern", json!({"type": "string", "pattern": "(a"})),
        ("/pattern", "pattern", json!({"type": "string", "pattern": "a)(b"})),
        ("/pattern", "pattern", json!({"type": "string", "pattern": "(((a{200}){200}){200}){200}"})),
        ("/values", "required", json!({"type": "enumeration"})),
        ("/values/0", "value", json!({"type": "enumeration", "values": [""]})),
        ("/values/0", "value", json!({"type": "enumeration", "values": ["x".repeat(256)]})),
        ("/values/1", "duplicate_value", json!({"type": "enumeration", "values": ["a", "a"]})),
        ("/values/0/was", "was", json!({"type": "enumeration", "values": [{"value": "a", "was": "b"}, "b"]})),
        ("/from", "unknown_field", json!({"type": "slug", "from": "nope"})),
        ("/from", "from", json!({"type": "slug", "from": "x"})),
        ("/targets", "required", json!({"type": "relation"})),
        ("/targets/0", "unknown_type", json!({"type": "relation", "targets": ["seo"]})),
        ("/targets/1", "duplicate_value", json!({"type": "relation", "targets": ["tag", "tag"]})),
        ("/inverse", "name_taken", json!({"type": "relation", "targets": ["author"], "inverse": "articles"})),
        ("/inverse", "name_taken", json!({"type": "relation", "targets": ["author"], "inverse": "name"})),
        ("/inverse", "reserved", json!({"type": "relation", "targets": ["author"], "inverse": "status"})),
        ("/inverse", "name", json!({"type": "relation", "targets": ["author"], "inverse": "a-b"})),
        ("/component", "required", json!({"type": "component"})),
        ("/component", "unknown_component", json!({"type": "component", "component": "tag"})),
        ("/components", "required", json!({"type": "blocks"})),
        ("/components/0", "unknown_component", json!({"type": "blocks", "components": ["heroo"]})),
        ("/kinds/0", "unknown_word", json!({"type": "media", "kinds": ["picture"]})),
        ("/shownWhen/field", "shown_when", json!({"type": "string", "shownWhen": {"field": "x", "in": [1]}})),
        ("/shownWhen/field", "unknown_field", json!({"type": "string", "shownWhen": {"field": "y", "in": [1]}})),
        ("/default", "default", json!({"type": "integer", "default": "x"})),
        ("/default", "default", json!({"type": "enumeration", "values": ["a"], "default": "b"})),
        ("/label", "too_long", json!({"type": "string", "label": "x".repeat(201)})),
    ];
    for (pointer, code, options) in wrong {
        let problems = problems_of_fields(json!([field("x", options)]));
        let pointer = format!("/types/0/fields/0{pointer}");
        assert_eq!(pointers(&problems), [(pointer.as_str(), code)], "{problems:?}");
    }
    let fine = json!([
        field("a", json!({"type": "decimal", "scale": 2, "min": 0.5, "max": "3.25", "default": 1.5})),
        field("b", json!({"type": "rich_text", "default": "# Hello"})),
        field("c", json!({"type": "tags", "default": ["x"], "minItems": 1, "maxItems": 1})),
        field("d", json!({"type": "string", "pattern": "[a-z]+", "minLength": 1, "maxLength": 255, "unique": true})),
    ]);
    assert_eq!(problems_of_fields(fine), []);
}

#[test]
fn names_and_ids_are_unique_in_their_type() {
    let fields = json!([{"id": "a", "name": "x", "type": "string"}, {"id": "a", "name": "x", "type": "string"},
        {"id": "_A", "name": "y", "type": "string"}]);
    let problems = problems_of_fields(fields);
    assert_eq!(
        pointers(&problems),
        [
            ("/types/0/fields/1/name", "duplicate_name"),
            ("/types/0/fields/1/id", "duplicate_id"),
            ("/types/0/fields/2/id", "id")
        ]
    );
}

#[test]
fn options_of_a_type_are_checked() {
    let wrong: [(&str, &str, Value); 16] = [
        ("titleField", "unknown_field", json!("nope")),
        ("titleField", "title_field", json!("tags")),
        ("listColumns/0", "unknown_field", json!("nope")),
        ("defaultSort", "unknown_field", json!("nope:asc")),
        ("defaultSort", "sort", json!("title:up")),
        ("urlPattern", "url_pattern", json!("blog/{slug}")),
        ("urlPattern", "url_pattern", json!("/blog/{nope}")),
        ("urlPattern", "url_pattern", json!("/blog/{path}")),
        ("urlPattern", "url_pattern", json!("/blog/{tags}")),
        ("urlPattern", "url_pattern", json!("/{locale}/blog")),
        ("urlPattern", "url_pattern", json!("/blog/{slug")),
        ("urlPattern", "url_pattern", json!("/blog?x={slug}")),
        ("previewUrl", "url", json!("javascript:alert(1)")),
        ("cacheControl", "header", json!("a\r\nb: c")),
        ("label", "too_long", json!("x".repeat(300))),
        ("kind", "kind", json!("single")),
    ];
    for (key, code, value) in wrong {
        let problems = problems_of(|json| match key {
            "listColumns/0" => json["listColumns"] = json!([value]),
            _ => json[key] = value,
        });
        assert_eq!(pointers(&problems), [(format!("/types/0/{key}").as_str(), code)], "{problems:?}");
    }
    assert_eq!(problems_of(|json| json["urlPattern"] = "/{documentId}".into()), []);
}

#[test]
fn components_and_singles_have_fewer_options() {
    let model = model_of(site());
    let schema = changed(&model, "seo", |json| {
        for (key, value) in [("orderable", json!(true)), ("tree", json!(true)), ("draftAndPublish", json!(false))] {
            json[key] = value;
        }
        json["urlPattern"] = "/x/{meta_title}".into();
        json["plural"] = "seos".into();
        json["fields"][0]["localized"] = true.into();
        json["fields"][0]["unique"] = true.into();
    });
    let problems = check(&model, &schema, false);
    let mut found: Vec<_> = problems.iter().map(|p| p.pointer.trim_start_matches("/types/0/")).collect();
    found.sort_unstable();
    let expected =
        ["draftAndPublish", "fields/0/localized", "fields/0/unique", "orderable", "plural", "tree", "urlPattern"];
    assert_eq!(found, expected);
    let single = changed(&model, "homepage", |json| json["tree"] = true.into());
    assert_eq!(pointers(&check(&model, &single, false)), [("/types/0/tree", "option")]);
}

#[test]
fn a_tree_keeps_its_own_names_and_needs_a_slug() {
    let model = model_of(site());
    let tree = |fields: Value| {
        let json = json!({"kind": "collection", "singular": "page", "plural": "pages", "tree": true, "fields": fields});
        let mut schema = Schema { types: vec![parse_type(&json).unwrap()], ..Schema::default() };
        resolve(&model, &mut schema);
        check(&model, &schema, false)
    };
    assert_eq!(tree(json!([{"name": "slug", "type": "slug"}])), []);
    let problems = tree(json!([{"name": "children", "type": "string"}]));
    assert_eq!(pointers(&problems), [("/types/0/tree", "tree"), ("/types/0/fields/0/name", "reserved")]);
}

#[test]
fn a_component_may_hold_itself_but_not_require_itself() {
    let model = model_of(site());
    let with = |required: bool, repeatable: bool| {
        let schema = changed(&model, "hero", |json| {
            json["fields"][2] = json!({"name": "again", "type": "component", "component": "quote", "required": true});
        });
        let quote = changed(&model, "quote", |json| {
            let back = json!({"name": "hero", "type": "component", "component": "hero", "required": required,
                "repeatable": repeatable});
            json["fields"].as_array_mut().unwrap().push(back);
        });
        check(
            &model,
            &Schema { types: schema.types.into_iter().chain(quote.types).collect(), ..Schema::default() },
            false,
        )
    };
    assert_eq!(with(false, false), []);
    assert_eq!(with(false, true), []);
    let problems = with(true, false);
    assert_eq!(pointers(&problems), [("/types/0/fields/2/required", "cycle"), ("/types/1/fields/1/required", "cycle")]);
    assert_eq!(with(true, true).len(), 2, "an empty list is no value, so it cannot be filled either");
}

#[test]
fn there_are_limits_to_types_fields_and_columns() {
    let many: Vec<_> = (0..MAX_FIELDS + 1).map(|n| json!({"name": format!("f{n}"), "type": "string"})).collect();
    let problems = problems_of_fields(json!(many));
    assert_eq!(pointers(&problems), [("/types/0/fields", "too_many")]);

    let wide = json!({"kind": "component", "singular": "wide", "fields": many[..MAX_FIELDS]});
    let holds: Vec<_> =
        (0..4).map(|n| json!({"name": format!("w{n}"), "type": "component", "component": "wide"})).collect();
    let holder = json!({"kind": "single", "singular": "holder", "fields": holds});
    let mut schema =
        Schema { types: [wide, holder].iter().map(|j| parse_type(j).unwrap()).collect(), ..Schema::default() };
    resolve(&Model::default(), &mut schema);
    assert_eq!(pointers(&check(&Model::default(), &schema, false)), [("/types/1/fields", "too_many")]);

    let types = (0..MAX_TYPES + 1).map(|n| json!({"kind": "single", "singular": format!("s{n}")}));
    let mut schema = Schema { types: types.map(|j| parse_type(&j).unwrap()).collect(), ..Schema::default() };
    resolve(&Model::default(), &mut schema);
    assert_eq!(pointers(&check(&Model::default(), &schema, false)), [("/types", "too_many")]);
}

#[test]
fn locales_and_roles_are_checked() {
    let model = model_of(site());
    let locale = |code: &str, default| Locale { code: code.into(), name: code.into(), default };
    let locales =
        |list: Vec<Locale>| check(&model, &Schema { locales: Some(Locales(list)), ..Schema::default() }, false);
    assert_eq!(locales(vec![locale("en", true), locale("pt-BR", false)]), []);
    assert_eq!(pointers(&locales(vec![])), [("/locales", "default")]);
    let problems = locales(vec![locale("en", true), locale("EN", true), locale("xx_y", false)]);
    assert_eq!(
        pointers(&problems),
        [
            ("/locales", "default"),
            ("/locales/1/code", "locale"),
            ("/locales/1/code", "duplicate_value"),
            ("/locales/2/code", "locale")
        ]
    );
    let many = (0..MAX_LOCALES + 1).map(|n| locale(&format!("en-{n}"), n == 0)).collect();
    assert_eq!(pointers(&locales(many)), [("/locales", "too_many")]);

    let roles = json!([
        {"name": "Bad Name"},
        {"name": "public", "admin": true},
        {"name": "r", "permissions": [
            {"action": "read", "type": "articel"}, {"action": "read", "type": "seo"},
            {"action": "read", "type": "articles", "fields": ["titel", "tags"]},
            {"action": "read", "type": "*", "fields": ["title"]}]},
        {"name": "r"}]);
    let roles = roles.as_array().unwrap().iter().map(|json| parse_role(json).unwrap()).collect();
    let mut schema = Schema { roles, ..Schema::default() };
    resolve(&model, &mut schema);
    assert_eq!(schema.roles[2].permissions[2].type_id, "article");
    let problems = check(&model, &schema, false);
    assert_eq!(
        pointers(&problems),
        [
            ("/roles/0/name", "name"),
            ("/roles/1/admin", "admin"),
            ("/roles/2/permissions/0/type", "unknown_type"),
            ("/roles/2/permissions/1/type", "unknown_type"),
            ("/roles/2/permissions/2/fields/0", "unknown_field"),
            ("/roles/2/permissions/3/fields", "option"),
            ("/roles/3/name", "duplicate_name")
        ]
    );
    assert!(problems[2].message.contains("`article`"));
    assert_eq!(schema.file_of(&problems[2].pointer), Some(("roles/r.json".into(), "/permissions/0/type".into())));
}

#[test]
fn a_type_that_others_still_name_cannot_be_pruned() {
    let model = model_of(site());
    let schema = changed(&model, "article", |_| {});
    let problems = check(&model, &schema, true);
    let found: Vec<_> = problems.iter().map(|p| p.pointer.as_str()).collect();
    let expected = ["4/targets/0", "5/targets/0", "6/component", "7/components/0", "7/components/1"];
    assert_eq!(found, expected.map(|rest| format!("/types/0/fields/{rest}")));
    assert_eq!(check(&model, &schema, false), []);
    assert_eq!(schema.file_of(found[0]), Some(("types/article.json".into(), "/fields/4/targets/0".into())));
}

#[test]
fn a_deleted_parent_field_keeps_a_type_from_becoming_a_tree() {
    let json = json!({"kind": "collection", "singular": "page", "plural": "pages", "tree": true,
        "fields": [{"id": "slug", "name": "slug", "type": "slug"}]});
    let def = ContentType { id: "page".into(), tree: false, ..parse_type(&json).unwrap() };
    let storage = Storage { tombstones: vec!["parent".into()], ..Storage::default() };
    let model = Model::new(1, Locales::default(), [Type::new(TypeKey(1), def, storage)]);
    let schema = changed(&model, "page", |json| json["tree"] = true.into());
    assert_eq!(pointers(&check(&model, &schema, false)), [("/types/0/tree", "tombstone")]);
}

mod properties {
    use super::*;
    use proptest::prelude::*;

    fn any_json() -> impl Strategy<Value = Value> {
        let word = prop::sample::select(vec![
            "id",
            "kind",
            "collection",
            "component",
            "singular",
            "plural",
            "fields",
            "name",
            "type",
            "string",
            "values",
            "was",
            "enumeration",
            "slug",
            "relation",
            "targets",
            "article",
            "urlPattern",
            "/{slug}",
            "tree",
            "ünï",
            "",
            "_",
            "title",
        ]);
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            word.clone().prop_map(Value::from),
        ];
        leaf.prop_recursive(5, 60, 8, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::vec((word.clone(), inner), 0..8).prop_map(|pairs| {
                    Value::Object(pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn no_json_makes_parsing_panic(json in any_json()) {
            let _ = (parse_type(&json), parse_locales(&json), parse_role(&json));
        }

        #[test]
        fn no_definition_makes_checking_panic(
            names in prop::collection::vec("[a-zA-Z_{}./é-]{0,8}", 12),
            kinds in prop::collection::vec(0usize..22, 4),
            component in any::<bool>(),
        ) {
            let mut names = names.into_iter();
            let mut next = || names.next().unwrap_or_default();
            let kind = if component { "component" } else { "collection" };
            let fields: Vec<_> = kinds
                .iter()
                .map(|kind| json!({"name": next(), "type": crate::field::FieldType::ALL[*kind].word(), "from": next(),
                    "targets": ["article"], "inverse": "articles", "pattern": next()}))
                .collect();
            let json = json!({"kind": kind, "singular": "thing", "plural": "", "urlPattern": next(), "tree": true,
                "defaultSort": "a,-b:x", "fields": fields});
            let model = model_of(site());
            let mut schema = Schema { types: vec![parse_type(&json).unwrap()], ..Schema::default() };
            resolve(&model, &mut schema);
            let problems = check(&model, &schema, true);
            prop_assert!(!problems.is_empty());
            prop_assert!(problems.iter().all(|p| schema.file_of(&p.pointer).is_some()));
        }
    }
}
