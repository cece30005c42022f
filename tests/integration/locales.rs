//! Publishing one locale whose shared fields changed, beside every combination of the others.

use crate::app::{OPERATOR, TestApp};
use masthead_core::{Error, content};
use serde_json::{Value, json};

const LOCALES: [&str; 3] = ["en", "de", "fr"];

#[derive(Clone, Copy, Debug, PartialEq)]
enum Stands {
    Absent,
    Draft,
    Published,
}

fn page() -> Value {
    json!({"kind": "collection", "singular": "page", "plural": "pages", "fields": [
        {"name": "title", "type": "string", "required": true, "localized": true},
        {"name": "note", "type": "string", "localized": true},
        {"name": "kind", "type": "string", "required": true},
        {"name": "weight", "type": "integer"}]})
}

/// A page that stands like this in each locale. What is published has an edit that is not, and cannot be: a required
/// field of the locale is empty; a draft lacks it as well.
async fn page_that_stands(app: &TestApp, stands: [Stands; 3]) -> String {
    let mut id: Option<String> = None;
    for (locale, stands) in LOCALES.iter().zip(stands).filter(|(_, s)| *s != Stands::Absent) {
        let data =
            if stands == Stands::Published { json!({"title": locale, "note": "old"}) } else { json!({"note": "old"}) };
        match &id {
            None => id = Some(app.try_create("page", data, Some(locale), false).await.unwrap().document_id),
            Some(id) => drop(app.save_in(id, locale, data).await.unwrap()),
        }
        let id = id.as_ref().unwrap();
        app.save_in(id, locale, json!({"kind": "old", "weight": 1})).await.unwrap();
        if stands == Stands::Published {
            content::publish(&app.core, &OPERATOR, id, Some(locale)).await.unwrap();
            app.save_in(id, locale, json!({"title": null, "note": "pending"})).await.unwrap();
        }
    }
    id.unwrap()
}

/// `[title, note, kind, weight]` of what is delivered in a locale.
async fn shown(app: &TestApp, id: &str, locale: &str) -> Option<Value> {
    match app.get(&format!("pages/{id}?locale={locale}")).await {
        Ok(answer) => Some(["title", "note", "kind", "weight"].iter().map(|f| answer["data"][f].clone()).collect()),
        Err(Error::NotFound(_)) => None,
        Err(other) => panic!("{other}"),
    }
}

async fn all_shown(app: &TestApp, id: &str) -> Vec<Option<Value>> {
    let mut all = Vec::new();
    for locale in LOCALES {
        all.push(shown(app, id, locale).await);
    }
    all
}

fn combinations() -> Vec<[Stands; 3]> {
    let each = [Stands::Absent, Stands::Draft, Stands::Published];
    let mut all = Vec::new();
    for a in each {
        for b in each {
            for c in each {
                all.push([a, b, c]);
            }
        }
    }
    all.retain(|stands| stands.iter().any(|s| *s != Stands::Absent));
    if std::env::var("MASTHEAD_TEST_QUICK").is_ok_and(|v| v == "1") {
        all.retain(|stands| stands.contains(&Stands::Published));
        all.truncate(6);
    }
    all
}

on_both! {
    async fn publishing_a_locale_publishes_changed_shared_fields_in_every_published_locale(app) {
        app.push_locales(&LOCALES);
        app.push(&[page()]);
        for stands in combinations() {
            for target in (0..3).filter(|t| stands[*t] != Stands::Absent) {
                let locale = LOCALES[target];
                let id = page_that_stands(&app, stands).await;
                let before = all_shown(&app, &id).await;
                let expected: Vec<Option<Value>> = stands.iter().zip(LOCALES).map(|(s, l)| {
                    (*s == Stands::Published).then(|| json!([l, "old", "old", 1]))
                }).collect();
                assert_eq!(before, expected, "{stands:?}");

                // Both kinds of problems are listed, once; nothing is published.
                app.save_in(&id, locale, json!({"title": null, "kind": null, "weight": 2})).await.unwrap();
                let Err(Error::Blocked(problems)) = content::publish(&app.core, &OPERATOR, &id, Some(locale)).await else {
                    panic!("{stands:?} {locale}");
                };
                let pointers: Vec<&str> = problems.iter().map(|p| p.pointer.as_str()).collect();
                assert_eq!(pointers, ["/title", "/kind"], "{stands:?} {locale}");
                // A shared value that is missing blocks by itself.
                app.save_in(&id, locale, json!({"title": "new"})).await.unwrap();
                let Err(Error::Blocked(problems)) = content::publish(&app.core, &OPERATOR, &id, Some(locale)).await else {
                    panic!("{stands:?} {locale}");
                };
                assert_eq!(problems.len(), 1, "{problems:?}");
                assert_eq!((problems[0].pointer.as_str(), problems[0].code.as_str()), ("/kind", "required"));
                assert_eq!(all_shown(&app, &id).await, before, "{stands:?} {locale}");

                // The empty title of another locale's draft is no reason: its published title stays.
                app.save_in(&id, locale, json!({"kind": "new"})).await.unwrap();
                let done = content::publish(&app.core, &OPERATOR, &id, Some(locale)).await.unwrap();
                let mut listed = done.locales.clone();
                listed.sort_by_key(|l| LOCALES.iter().position(|x| x == l));
                let wanted: Vec<&str> = (0..3)
                    .filter(|n| *n == target || stands[*n] == Stands::Published)
                    .map(|n| LOCALES[n])
                    .collect();
                assert_eq!(listed, wanted, "{stands:?} {locale}");
                assert_eq!(done.locales[0], locale, "the one that was asked for comes first");
                let expected: Vec<Option<Value>> = (0..3).map(|n| match stands[n] {
                    _ if n == target && stands[n] == Stands::Published => Some(json!(["new", "pending", "new", 2])),
                    _ if n == target => Some(json!(["new", "old", "new", 2])),
                    Stands::Published => Some(json!([LOCALES[n], "old", "new", 2])),
                    _ => None,
                }).collect();
                assert_eq!(all_shown(&app, &id).await, expected, "{stands:?} {locale}");
                for n in (0..3).filter(|n| *n != target && stands[*n] == Stands::Published) {
                    let draft = content::draft(&app.core, &OPERATOR, &id, Some(LOCALES[n])).await.unwrap();
                    assert_eq!(draft.data["note"], "pending", "another locale's edit stays pending");
                    assert_eq!(draft.status, content::Status::Modified);
                }

                // With the shared fields as they are, only this locale changes.
                app.save_in(&id, locale, json!({"note": "last"})).await.unwrap();
                let done = content::publish(&app.core, &OPERATOR, &id, Some(locale)).await.unwrap();
                assert_eq!(done.locales, [locale], "{stands:?} {locale}");
                content::erase(&app.core, &OPERATOR, &id).await.unwrap();
            }
        }
        app.assert_healthy();
    }

    async fn a_shared_field_that_another_locale_requires_blocks(app) {
        app.push_locales(&["en", "de"]);
        app.push(&[json!({"kind": "collection", "singular": "event", "plural": "events", "fields": [
            {"name": "title", "type": "string", "localized": true},
            {"name": "sale", "type": "boolean", "localized": true},
            {"name": "tickets", "type": "string", "required": true, "shownWhen": {"field": "sale", "in": [true]}}]})]);
        let id = app.create("event", json!({"title": "Fair", "sale": false, "tickets": "https://x"})).await.document_id;
        app.save_in(&id, "de", json!({"title": "Messe", "sale": true})).await.unwrap();
        app.publish(&id).await.unwrap();
        content::publish(&app.core, &OPERATOR, &id, Some("de")).await.unwrap();
        app.save(&id, json!({"tickets": null})).await.unwrap();
        let Err(Error::Blocked(problems)) = app.publish(&id).await else { panic!() };
        assert_eq!(problems[0].pointer, "/tickets");
        // Once German no longer shows the field, it is in nobody's way.
        app.save(&id, json!({"tickets": "https://x"})).await.unwrap();
        app.save_in(&id, "de", json!({"sale": false})).await.unwrap();
        content::publish(&app.core, &OPERATOR, &id, Some("de")).await.unwrap();
        app.save(&id, json!({"tickets": null})).await.unwrap();
        let done = app.publish(&id).await.unwrap();
        assert_eq!(done.locales, ["en", "de"]);
        assert_eq!(app.get(&format!("events/{id}?locale=de")).await.unwrap()["data"]["tickets"], Value::Null);
    }

    async fn the_last_locale_out_takes_the_shared_part_with_it(app) {
        app.push_locales(&LOCALES);
        app.push(&[page()]);
        let id = page_that_stands(&app, [Stands::Published, Stands::Published, Stands::Absent]).await;
        content::unpublish(&app.core, &OPERATOR, &id, Some("en")).await.unwrap();
        assert_eq!(all_shown(&app, &id).await, [None, Some(json!(["de", "old", "old", 1])), None]);
        content::unpublish(&app.core, &OPERATOR, &id, Some("de")).await.unwrap();
        assert_eq!(all_shown(&app, &id).await, [None, None, None]);
        app.save(&id, json!({"title": "again", "kind": "again"})).await.unwrap();
        assert_eq!(app.publish(&id).await.unwrap().locales, ["en"]);
        assert_eq!(all_shown(&app, &id).await, [Some(json!(["again", "pending", "again", 1])), None, None]);
        app.assert_healthy();
    }

    async fn a_slug_that_is_shared_by_the_locales_is_found_and_kept_apart_in_all_of_them(app) {
        app.push_locales(&["en", "de"]);
        app.push(&[json!({"kind": "collection", "singular": "post", "plural": "posts", "fields": [
            {"name": "title", "type": "string", "localized": true},
            {"name": "slug", "type": "slug", "from": "title", "unique": true},
            {"name": "next", "type": "relation", "targets": ["post"]}]})]);
        let german = app.try_create("post", json!({"title": "Same"}), Some("de"), false).await.unwrap().document_id;
        let english = app.create("post", json!({"title": "Same", "next": {"slug": "same"}})).await.document_id;
        let draft = content::draft(&app.core, &OPERATOR, &english, None).await.unwrap();
        assert_eq!(draft.data["slug"], "same-2");
        assert_eq!(draft.data["next"], german.as_str());
        app.publish(&english).await.unwrap();
        content::publish(&app.core, &OPERATOR, &german, Some("de")).await.unwrap();
        app.assert_healthy();
    }
}
