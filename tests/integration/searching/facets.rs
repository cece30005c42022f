//! Facets: what is counted, and that it is what is delivered.

use super::{Searching, escaped};
use crate::app::{OPERATOR, TestApp};
use masthead_core::{Caller, Error, access, content};
use serde_json::{Value, json};

fn model() -> [Value; 2] {
    [
        json!({"kind": "collection", "singular": "shop", "plural": "shops", "titleField": "name", "fields": [
            {"id": "name", "name": "name", "type": "string"}, {"id": "secret", "name": "secret", "type": "boolean"}]}),
        json!({"kind": "collection", "singular": "shoe", "plural": "shoes", "titleField": "title", "fields": [
            {"id": "title", "name": "title", "type": "string"}, {"id": "tags", "name": "tags", "type": "tags"},
            {"id": "kind", "name": "kind", "type": "enumeration", "values": [{"value": "boot", "label": "Boots"}, {"value": "clog", "label": "Clogs"}]},
            {"id": "price", "name": "price", "type": "decimal", "scale": 2}, {"id": "size", "name": "size", "type": "integer"},
            {"id": "made", "name": "made", "type": "date"}, {"id": "sold", "name": "sold", "type": "boolean"},
            {"id": "shop", "name": "shop", "type": "relation", "targets": ["shop"]}, {"id": "about", "name": "about", "type": "text"}]}),
    ]
}

async fn filled(app: &TestApp) -> Searching {
    app.push(&model());
    let open = app.publish_new("shop", json!({"name": "Corner", "secret": false})).await.document_id;
    let closed = app.publish_new("shop", json!({"name": "Hidden", "secret": true})).await.document_id;
    for (n, kind) in ["boot", "boot", "clog", "boot"].into_iter().enumerate() {
        let shop = if n == 3 { &closed } else { &open };
        app.publish_new("shoe", json!({"title": format!("Leather shoe {n}"), "tags": ["new", format!("t{}", n % 2)], "kind": kind,
            "price": 10.5 * (n + 1) as f64, "size": 40 + n, "made": format!("2024-0{}-01", n + 1), "sold": n == 0, "shop": shop}))
            .await;
    }
    app.publish_new("shoe", json!({"title": "Rubber sandal", "tags": ["new"], "kind": "clog", "size": 50})).await;
    let site = Searching::new(app);
    site.settle().await;
    site
}

on_both! {
    async fn values_are_counted_over_what_was_found(app) {
        let site = filled(&app).await;
        let found = site.get("q=leather&types=shoes&facets=tags,kind,sold,shop,price,size,made").await;
        let facets = &found["meta"]["facets"];
        assert_eq!(facets["tags"]["values"], json!([{"value": "new", "count": 4}, {"value": "t0", "count": 2}, {"value": "t1", "count": 2}]));
        assert_eq!(facets["kind"]["values"], json!([{"value": "boot", "label": "Boots", "count": 3}, {"value": "clog", "label": "Clogs", "count": 1}]));
        assert_eq!(facets["sold"]["values"], json!([{"value": false, "count": 3}, {"value": true, "count": 1}]));
        let shops: Vec<(&Value, &Value)> = facets["shop"]["values"].as_array().unwrap().iter().map(|v| (&v["label"], &v["count"])).collect();
        assert_eq!(shops, [(&json!("Corner"), &json!(3)), (&json!("Hidden"), &json!(1))]);
        let price = ["min", "max", "count"].map(|end| facets["price"][end].as_f64().unwrap());
        assert_eq!(price, [10.5, 42.0, 4.0]);
        assert_eq!(facets["size"], json!({"min": 40, "max": 43, "count": 4}));
        assert_eq!(facets["made"], json!({"min": "2024-01-01", "max": "2024-04-01", "count": 4}));
        let ranges = site.get("q=&types=shoes&facets[size]=..41,41..43,43..&facets[price]=..21,21..&facets[made]=2024-02-01..2024-04-01").await;
        let counts = |name: &str| -> Vec<Value> {
            ranges["meta"]["facets"][name]["ranges"].as_array().unwrap().iter().map(|r| r["count"].clone()).collect()
        };
        assert_eq!((counts("size"), counts("price"), counts("made")),
            (vec![json!(1), json!(2), json!(2)], vec![json!(1), json!(3)], vec![json!(2)]));
        // Of the page, facets say nothing; of the filter, they do.
        let filtered = site.get("q=leather&types=shoes&facets=kind&filters[sold]=true&pagination[pageSize]=1").await;
        assert_eq!(filtered["meta"]["facets"]["kind"]["values"], json!([{"value": "boot", "label": "Boots", "count": 1}]));
    }

    async fn facets_are_the_same_however_the_documents_were_found(app) {
        let site = filled(&app).await;
        let facets = "types=shoes&facets[tags]=true&facets[kind]=true&facets[sold]=true&facets[shop]=true\
            &facets[price]=..21,21..30,30..&facets[size]=..41,41..43,43..&facets[made]=2024-02..2024-04-01,2024-04-01..&facets[title]=true";
        for typed in ["leather", "lether", "\"leather shoe\"", "", "leather -2", "shoe sandal"] {
            let mut counted: Vec<Value> = Vec::new();
            // By the index alone, by a look at each document, and in an order of the database's.
            for more in ["", "&filters[title][$notNull]=true", "&sort=title", "&pagination[pageSize]=1"] {
                let found = site.get(&format!("q={}&{facets}{more}", escaped(typed))).await;
                counted.push(json!([found["meta"]["facets"], found["meta"]["pagination"]["total"]]));
            }
            assert!(counted.windows(2).all(|pair| pair[0] == pair[1]), "{typed}: {counted:#?}");
            assert!(counted[0][1].as_u64().unwrap() > 0, "{typed}");
        }
    }

    async fn what_went_since_the_index_was_committed_is_not_counted(app) {
        let mut site = filled(&app).await;
        let ids: Vec<String> = site.column("q=leather&types=shoes&sort=title", "documentId").await;
        site.stop();
        content::unpublish(&app.core, &OPERATOR, &ids[0], None).await.unwrap();
        content::trash(&app.core, &OPERATOR, &ids[2]).await.unwrap();
        app.publish_new("shoe", json!({"title": "Leather shoe 9", "kind": "clog"})).await;
        for more in ["", "&highlight=false", "&filters[title][$notNull]=true"] {
            let found = site.get(&format!("q=leather&types=shoes&facets=kind,size{more}")).await;
            assert_eq!(found["meta"]["pagination"]["total"], 2, "{found}");
            assert_eq!(found["meta"]["facets"]["kind"]["values"], json!([{"value": "boot", "label": "Boots", "count": 2}]));
            assert_eq!(found["meta"]["facets"]["size"], json!({"min": 41, "max": 43, "count": 2}));
        }
        assert_eq!(site.suggest_as(&OPERATOR, "q=leath").await.unwrap().len(), 2);
    }

    async fn what_may_not_be_read_is_not_counted(app) {
        let site = filled(&app).await;
        let permissions = json!([{"action": "read", "type": "shop", "condition": {"secret": {"$eq": false}}},
            {"action": "read", "type": "shoe", "fields": ["title", "shop"]}]);
        access::roles::put(&app.core, &OPERATOR, "buyer", json!({"permissions": permissions})).await.unwrap();
        let buyer = Caller::Token { name: "buyer".to_owned(), role: "buyer".to_owned() };
        let found = site.get_as(&buyer, "q=leather&types=shoes&facets=shop").await.unwrap();
        let shops: Vec<&Value> = found["meta"]["facets"]["shop"]["values"].as_array().unwrap().iter().map(|v| &v["label"]).collect();
        assert_eq!(shops, ["Corner"]);
        for (query, parameter) in [("facets=kind", "facets"), ("facets=nothing", "facets"), ("facets=about", "facets"),
            ("facets[shop]=1..2", "facets[shop]"), ("facets[size]=..9", "facets[size]"), ("facets[title]=x", "facets[title]")] {
            match site.get_as(&buyer, &format!("q=leather&types=shoes&{query}")).await {
                Err(Error::Query(problems)) => assert_eq!(problems[0].parameter, parameter, "{query}"),
                other => panic!("{query}: {other:?}"),
            }
        }
    }
}
