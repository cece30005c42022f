//! What the caller may not read is not there: two worlds that differ only in it look the same through every parameter.

use super::{Searching, escaped};
use crate::app::{OPERATOR, TestApp};
use masthead_core::{Caller, access};
use serde_json::{Value, json};

fn model() -> [Value; 2] {
    [
        json!({"kind": "collection", "singular": "article", "plural": "articles", "titleField": "title", "fields": [
            {"id": "title", "name": "title", "type": "string", "searchable": true}, {"id": "subtitle", "name": "subtitle", "type": "string", "searchable": true, "weight": 9},
            {"id": "body", "name": "body", "type": "text", "searchable": true}, {"id": "notes", "name": "notes", "type": "text", "searchable": true},
            {"id": "category", "name": "category", "type": "string", "searchable": true}]}),
        json!({"kind": "collection", "singular": "memo", "plural": "memos", "titleField": "title", "fields": [
            {"id": "title", "name": "title", "type": "string"}]}),
    ]
}

/// Reads three fields of the articles in the news.
async fn reader(app: &TestApp) -> Caller {
    let permissions = json!([{"action": "read", "type": "article", "fields": ["title", "body", "category"],
        "condition": {"category": {"$eq": "news"}}}]);
    let role = json!({"permissions": permissions});
    access::roles::put(&app.core, &OPERATOR, "reader", role).await.unwrap();
    Caller::Token { name: "reader".to_owned(), role: "reader".to_owned() }
}

/// Everything that the caller learns, without what changes with every publish.
async fn learned(site: &Searching, caller: &Caller) -> Vec<String> {
    let mut all = Vec::new();
    let words = [
        "zebra",
        "zebr",
        "zebar",
        "zebra fox",
        "fox -zebra",
        "fox -\"striped zebra\"",
        "\"striped zebra\"",
        "fox",
        "fo",
        "fxo",
        "elephants",
        "fox zebra elephant",
        "",
        "striped",
        "garden",
        "gardn fox",
        "fox garden",
    ];
    for word in words {
        let q = escaped(word);
        for more in [
            "",
            "&highlight=false",
            "&types=articles&sort=title",
            "&types=articles&filters[category]=news",
            "&pagination[pageSize]=1",
            "&pagination[cursor]=",
            "&locale=*",
            "&fields=title",
            "&status=draft",
        ] {
            all.push(shown(site.get_as(caller, &format!("q={q}{more}")).await));
        }
        all.push(format!("{:?}", site.suggest_as(caller, &format!("q={q}")).await.map_err(|e| e.to_string())));
        for more in ["", "&sort=title", "&filters[title][$contains]=o", "&status=draft", "&pagination[withCount]=false"]
        {
            all.push(shown(site.app.get_as(caller, &format!("articles?_q={q}{more}")).await));
        }
    }
    for query in ["q=fox&types=memos", "q=fox&types=nothing", "q=fox&filters[notes]=x", "q=fox&filters[nothing]=x"] {
        all.push(shown(site.get_as(caller, query).await).replace("memos", "nothing").replace("notes", "nothing"));
    }
    all
}

fn shown(answer: masthead_core::Result<Value>) -> String {
    match answer {
        Err(masthead_core::Error::Query(problems)) => format!("{problems:?}"),
        Err(error) => error.to_string(),
        Ok(mut answer) => {
            for hit in answer["data"].as_array_mut().into_iter().flatten() {
                hit.as_object_mut().unwrap().retain(|key, _| !matches!(key.as_str(), "updatedAt" | "publishedAt"));
            }
            answer.to_string()
        }
    }
}

on_both! {
    async fn nothing_is_learned_of_what_may_not_be_read(app) {
        app.push(&model());
        let caller = reader(&app).await;
        let site = Searching::new(&app);
        let mut ids = Vec::new();
        for (title, body) in [("A fox", "in the garden"), ("The garden", "where a fox sleeps"), ("Elephants", "remember"), ("Fox and garden", "")] {
            let data = json!({"title": title, "body": body, "category": "news", "notes": "quiet", "subtitle": "plain"});
            ids.push(app.publish_new("article", data).await.document_id);
        }
        site.settle().await;
        let before = learned(&site, &caller).await;
        assert!(before.iter().any(|answer| answer.contains("<mark>fox</mark>")), "{before:#?}");
        // What is hidden: other documents, another type, drafts, and fields of the very documents that are read.
        for n in 0..30 {
            let title = format!("Striped zebra {n} and a fox in the garden");
            app.publish_new("article", json!({"title": title, "body": "zebra fox garden", "category": "secret"})).await;
            app.publish_new("memo", json!({"title": title})).await;
            app.create("article", json!({"title": title, "category": "news"})).await;
        }
        for (id, n) in ids.iter().zip(1..) {
            let subtitle = "striped zebra fox garden elephants ".repeat(n);
            app.save(id, json!({"notes": "a striped zebra met a fox in the garden", "subtitle": subtitle})).await.unwrap();
            app.publish(id).await.unwrap();
        }
        site.settle().await;
        let after = learned(&site, &caller).await;
        for (before, after) in before.iter().zip(&after) {
            assert_eq!(before, after);
        }
        // Those who read everything find all of it.
        assert_eq!(site.get("q=zebra&types=articles").await["meta"]["pagination"]["total"], 34);
        assert_eq!(site.get("q=zebra&status=draft&types=articles").await["meta"]["pagination"]["total"], 64);
    }

    async fn nobody_in_particular_finds_what_is_public(app) {
        app.push(&model());
        let site = Searching::new(&app);
        app.publish_new("article", json!({"title": "A fox"})).await;
        site.settle().await;
        let anybody = site.get_as(&Caller::Anonymous, "q=fox").await.unwrap();
        assert_eq!((&anybody["data"], &anybody["meta"]["pagination"]["total"]), (&json!([]), &json!(0)));
        app.allow("public", masthead_model::Action::Read, "article").await;
        let anybody = site.get_as(&Caller::Anonymous, "q=fox").await.unwrap();
        assert_eq!(anybody["data"][0]["title"], "A fox");
        assert_eq!(site.suggest_as(&Caller::Anonymous, "q=f").await.unwrap(), ["A fox"]);
    }
}
