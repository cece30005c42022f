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
            {"id": "category", "name": "category", "type": "string", "searchable": true},
            {"id": "labels", "name": "labels", "type": "tags"}, {"id": "grade", "name": "grade", "type": "integer"},
            {"id": "day", "name": "day", "type": "date"}, {"id": "kin", "name": "kin", "type": "relation", "targets": ["article"], "many": true},
            {"id": "memo", "name": "memo", "type": "relation", "targets": ["memo"]}]}),
        json!({"kind": "collection", "singular": "memo", "plural": "memos", "titleField": "title", "fields": [
            {"id": "title", "name": "title", "type": "string"}]}),
    ]
}

/// Reads some fields of the articles in the news.
async fn reader(app: &TestApp) -> Caller {
    let permissions = json!([{"action": "read", "type": "article", "fields": ["title", "body", "category", "labels", "grade", "day", "kin"],
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
            "&facets=labels,grade,day,kin,category",
            "&facets[grade]=..2,2..4,4..&facets[day]=..2024-03-01,2024-03-01..&highlight=false",
            "&facets=labels&filters[labels]=new",
            "&types=articles&sort=grade:desc&facets=kin",
            "&types=articles&populate=*&richText=html",
            "&types=articles&filters[kin][title][$containsi]=fox",
            "&filters[$or][0][grade][$gt]=1&filters[$or][1][title][$startsWith]=A",
            "&pagination[start]=1&pagination[limit]=2&pagination[withCount]=false",
            "&fallbackLocale=en",
        ] {
            all.push(shown(site.get_as(caller, &format!("q={q}{more}")).await));
        }
        for more in ["", "&types=articles&limit=1", "&status=draft", "&locale=en"] {
            let proposed = site.suggest_as(caller, &format!("q={q}{more}")).await;
            all.push(format!("{:?}", proposed.map_err(|e| e.to_string())));
        }
        for more in ["", "&sort=title", "&filters[title][$contains]=o", "&status=draft", "&pagination[withCount]=false"]
        {
            all.push(shown(site.app.get_as(caller, &format!("articles?_q={q}{more}")).await));
        }
    }
    for field in ["notes", "subtitle", "memo", "nothing"] {
        for query in [
            format!("q=fox&types=articles&facets={field}"),
            format!("q=fox&types=articles&fields={field}"),
            format!("q=fox&types=articles&populate={field}"),
            format!("q=fox&types=articles&sort={field}"),
            format!("q=fox&facets[{field}]=1..2"),
        ] {
            all.push(shown(site.get_as(caller, &query).await).replace(field, "?"));
        }
    }
    let unknown = all[all.len() - 5..].to_vec();
    assert!(all[all.len() - 20..].chunks(5).all(|answers| answers == unknown), "{:#?}", &all[all.len() - 20..]);
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
            without_moments(&mut answer);
            answer.to_string()
        }
    }
}

/// What changes with every publish, at any depth, is no secret.
fn without_moments(answer: &mut Value) {
    match answer {
        Value::Object(members) => {
            members.retain(|key, _| !matches!(key.as_str(), "updatedAt" | "publishedAt"));
            members.values_mut().for_each(without_moments);
        }
        Value::Array(items) => items.iter_mut().for_each(without_moments),
        _ => {}
    }
}

on_both! {
    async fn nothing_is_learned_of_what_may_not_be_read(app) {
        app.push(&model());
        let caller = reader(&app).await;
        let site = Searching::new(&app);
        let mut ids: Vec<String> = Vec::new();
        for (title, body) in [("A fox", "in the garden"), ("The garden", "where a fox sleeps"), ("Elephants", "remember"), ("Fox and garden", "")] {
            let n = ids.len();
            let data = json!({"title": title, "body": body, "category": "news", "notes": "quiet", "subtitle": "plain",
                "labels": ["new", format!("l{}", n % 2)], "grade": n, "day": format!("2024-0{}-01", n + 1), "kin": ids});
            ids.push(app.publish_new("article", data).await.document_id);
        }
        site.settle().await;
        let before = learned(&site, &caller).await;
        assert!(before.iter().any(|answer| answer.contains("<mark>fox</mark>")), "{before:#?}");
        // What is hidden: other documents, another type, drafts, and fields of the very documents that are read.
        for n in 0..30 {
            let title = format!("Striped zebra {n} and a fox in the garden");
            let memo = app.publish_new("memo", json!({"title": title})).await.document_id;
            let hidden = json!({"title": title, "body": "zebra fox garden", "category": "secret", "labels": ["new", "zebra"],
                "grade": 100 + n, "day": "2031-01-01", "kin": ids, "memo": memo});
            app.publish_new("article", hidden).await;
            app.create("article", json!({"title": title, "category": "news"})).await;
        }
        for (id, n) in ids.iter().zip(1..) {
            let subtitle = "striped zebra fox garden elephants ".repeat(n);
            let memo = app.publish_new("memo", json!({"title": "a zebra"})).await.document_id;
            app.save(id, json!({"memo": memo, "notes": "a striped zebra met a fox in the garden", "subtitle": subtitle})).await.unwrap();
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

mod heavy {
    use super::*;
    use crate::app::{On, map, run};
    use masthead_core::content::{self, ImportOptions, Record};

    /// So many hidden documents that whatever is cut off could be what is read.
    async fn hide(app: &TestApp, from: usize, to: usize) {
        let options = ImportOptions { publish: true, ..ImportOptions::default() };
        let hidden = |n: usize| {
            json!({"title": format!("fox garden zebra {n}"), "body": "fox in a garden and a garden for a fox", "category": "secret",
            "labels": ["new", "zebra"], "grade": n})
        };
        for chunk in (from..to).collect::<Vec<_>>().chunks(200) {
            let records = chunk.iter().zip(1..).map(|(n, line)| Record { line, values: map(hidden(*n)) }).collect();
            for line in content::import_batch(&app.core, &OPERATOR, "article", &options, records).await.unwrap() {
                line.outcome.unwrap();
            }
        }
    }

    async fn many_hidden(app: TestApp) {
        app.push(&model());
        let caller = reader(&app).await;
        let site = Searching::new(&app);
        for n in 0..60 {
            let body =
                ["a fox sleeps in the old garden", "the garden of a fox", "a fox, far from any garden that there is"]
                    [n % 3];
            let data = json!({"title": format!("Piece {n}"), "body": body, "category": "news", "labels": [format!("l{}", n % 4)], "grade": n});
            app.publish_new("article", data).await;
        }
        site.settle().await;
        let asked = [
            "q=fox%20garden",
            "q=fox%20gar&facets=labels,grade",
            "q=fx%20garden&highlight=false",
            "q=&facets=labels",
            "q=fox&types=articles&sort=grade",
            "q=garden%20-zebra",
            "q=fox&filters[grade][$gt]=20&facets[grade]=..30,30..",
            "q=fox%20garden&pagination[page]=3&pagination[pageSize]=20",
        ];
        let learn = async || {
            let mut all = Vec::new();
            for query in asked {
                all.push(shown(site.get_as(&caller, query).await));
            }
            all.push(shown(app.get_as(&caller, "articles?_q=fox%20garden").await));
            all
        };
        let before = learn().await;
        assert!(before[0].contains("\"total\":60"), "{}", before[0]);
        // More than are looked at one by one, and then more than are proposed at all.
        for (from, to) in [(0, 2_500), (2_500, 10_500)] {
            hide(&app, from, to).await;
            site.settle().await;
            for (before, after) in before.iter().zip(learn().await) {
                assert_eq!(*before, after);
            }
        }
        assert_eq!(site.get("q=zebra&types=articles").await["meta"]["pagination"]["total"], 10_500);
    }

    #[test]
    fn nothing_is_learned_however_much_there_is_that_may_not_be_read() {
        run(On::Sqlite, many_hidden);
    }
}
