//! The read path on both databases: what a query means, who sees what, and what it costs.

use crate::app::{OPERATOR, TestApp};
use masthead_core::{Caller, Error, content, delivery};
use masthead_model::Action;
use masthead_model::check::{self, Schema};
use serde_json::{Value, json};

/// A model in which every type of field occurs.
fn shop() -> Vec<Value> {
    vec![
        json!({"kind": "component", "singular": "link", "fields": [
            {"name": "label", "type": "string"}, {"name": "weight", "type": "integer"}]}),
        json!({"kind": "component", "singular": "seo", "fields": [
            {"name": "metaTitle", "type": "string"}, {"name": "noIndex", "type": "boolean"},
            {"name": "canonical", "type": "relation", "targets": ["thing"]}]}),
        json!({"kind": "component", "singular": "hero", "fields": [
            {"name": "heading", "type": "string"}, {"name": "person", "type": "relation", "targets": ["person"]},
            {"name": "links", "type": "component", "component": "link", "repeatable": true}]}),
        json!({"kind": "component", "singular": "quote", "fields": [{"name": "text", "type": "text"}]}),
        json!({"kind": "collection", "singular": "person", "plural": "people", "fields": [
            {"name": "name", "type": "string"}, {"name": "rank", "type": "integer"},
            {"name": "boss", "type": "relation", "targets": ["person"], "inverse": "reports"}]}),
        json!({"kind": "collection", "singular": "thing", "plural": "things", "titleField": "title", "fields": [
            {"name": "title", "type": "string"}, {"name": "slug", "type": "slug", "unique": true},
            {"name": "prose", "type": "text"}, {"name": "body", "type": "markdown"}, {"name": "rich", "type": "rich_text"},
            {"name": "n", "type": "integer"}, {"name": "price", "type": "decimal", "scale": 2},
            {"name": "ok", "type": "boolean"}, {"name": "day", "type": "date"}, {"name": "clock", "type": "time"},
            {"name": "moment", "type": "datetime"}, {"name": "email", "type": "email"}, {"name": "link", "type": "url"},
            {"name": "kind", "type": "enumeration", "values": ["news", "essay"]},
            {"name": "hues", "type": "enumeration", "values": ["red", "green"], "many": true},
            {"name": "words", "type": "tags"}, {"name": "extra", "type": "json"}, {"name": "color", "type": "color"},
            {"name": "place", "type": "geo_point"}, {"name": "cover", "type": "media"},
            {"name": "secret", "type": "string", "private": true},
            {"name": "owner", "type": "relation", "targets": ["person"], "inverse": "things"},
            {"name": "people", "type": "relation", "targets": ["person"], "many": true},
            {"name": "others", "type": "relation", "targets": ["thing", "person"], "many": true},
            {"name": "seo", "type": "component", "component": "seo"},
            {"name": "links", "type": "component", "component": "link", "repeatable": true},
            {"name": "sections", "type": "blocks", "components": ["hero", "quote"]}]}),
    ]
}

/// Four documents by their slugs: `d` has nothing but a title.
async fn stock(app: &TestApp) {
    app.push(&shop());
    for data in [
        json!({"slug": "a", "title": "Apple", "n": 1, "price": "1.50", "ok": true, "day": "2024-01-01", "clock": "08:00",
            "moment": "2024-01-01T08:00:00Z", "email": "a@example.org", "link": "https://example.org/a", "kind": "news",
            "hues": ["red", "green"], "words": ["x", "y"], "color": "#ff0000", "prose": "The quick Brown fox",
            "body": "# One", "extra": {"k": 1}, "place": {"lat": 1, "lng": 2}, "secret": "s"}),
        json!({"slug": "b", "title": "Äpfel", "n": 2, "price": "10.00", "ok": false, "day": "2024-06-15",
            "clock": "12:30:15.250", "moment": "2024-06-15T12:30:15.250Z", "email": "b@Example.org",
            "link": "https://example.org/b", "kind": "essay", "hues": ["green"], "words": ["y"], "color": "#00ff00",
            "prose": "über ÄPFEL", "body": "Zwei"}),
        json!({"slug": "c", "title": "apfelsine", "n": -3, "price": "-0.25", "ok": true, "day": "2023-12-31",
            "clock": "00:00", "moment": "1969-12-31T23:59:59.999Z", "email": "c@example.org",
            "link": "https://example.org/c", "kind": "news", "words": ["Z"], "color": "#0000ff",
            "prose": "日本語 テキスト 😀", "body": "drei"}),
        json!({"slug": "d", "title": "Zebra"}),
    ] {
        app.publish_new("thing", data).await;
    }
}

/// The `key`s of the answer's documents, in their order.
fn column(answer: &Value, key: &str) -> Vec<String> {
    let list = answer["data"].as_array().unwrap_or_else(|| panic!("{answer}"));
    list.iter().map(|d| d[key].as_str().unwrap_or_else(|| panic!("{d}")).to_owned()).collect()
}

async fn slugs(app: &TestApp, query: &str) -> String {
    let answer = app.get(&format!("things?{query}")).await.unwrap_or_else(|e| panic!("{query}: {e:?}"));
    assert_eq!(answer["meta"]["pagination"]["total"], answer["data"].as_array().unwrap().len(), "{query}");
    column(&answer, "slug").concat()
}

/// Code, parameter and message of the one problem of a query.
async fn problem(app: &TestApp, caller: &Caller, path: &str) -> (String, String, String) {
    match app.get_as(caller, path).await {
        Err(Error::Query(problems)) if problems.len() == 1 => {
            (problems[0].code.to_owned(), problems[0].parameter.clone(), problems[0].message.clone())
        }
        other => panic!("{path}: {other:?}"),
    }
}

/// What public, or the role that `who` names, may read: types with their fields.
fn grant(app: &TestApp, who: &str, rules: &[(&str, &str, Option<&[&str]>)]) {
    let permissions: Vec<Value> = rules
        .iter()
        .map(|(action, ty, fields)| match fields {
            Some(fields) => json!({"action": action, "type": ty, "fields": fields}),
            None => json!({"action": action, "type": ty}),
        })
        .collect();
    let role = check::parse_role(&json!({"name": who, "label": who, "permissions": permissions})).unwrap();
    app.push_schema(Schema { roles: vec![role], ..Schema::default() }).unwrap();
}

fn token(role: &str) -> Caller {
    Caller::Token { name: format!("for-{role}"), role: role.to_owned() }
}

async fn statements(app: &TestApp, query: &str) -> u32 {
    delivery::list_or_single(&app.core, &OPERATOR, "things", query).await.unwrap().statements
}

const COMPARISONS: [(&str, &str); 118] = [
    ("filters[title]=Apple", "a"),
    ("filters[title][$eq]=Apple", "a"),
    ("filters[title][$eqi]=APPLE", "a"),
    ("filters[title][$eqi]=äPFEL", "b"),
    ("filters[title][$eqi]=apfel", ""),
    ("filters[title][$ne]=Apple", "bcd"),
    ("filters[title][$nei]=aPPLE", "bcd"),
    ("filters[title][$lt]=Z", "a"),
    ("filters[title][$lte]=Apple", "a"),
    ("filters[title][$gt]=Apple", "bcd"),
    ("filters[title][$gte]=Zebra", "bcd"),
    ("filters[title][$in][0]=Apple&filters[title][$in][1]=Zebra", "ad"),
    ("filters[title][$notIn][0]=Apple&filters[title][$notIn][1]=Zebra", "bc"),
    ("filters[title][$contains]=pf", "bc"),
    ("filters[title][$notContains]=pf", "ad"),
    ("filters[title][$containsi]=APF", "c"),
    ("filters[title][$containsi]=ÄPF", "b"),
    ("filters[title][$notContainsi]=APF", "abd"),
    ("filters[title][$startsWith]=Ap", "a"),
    ("filters[title][$startsWithi]=AP", "ac"),
    ("filters[title][$startsWithi]=äp", "b"),
    ("filters[title][$endsWith]=ra", "d"),
    ("filters[title][$endsWithi]=EL", "b"),
    ("filters[title][$null]=true", ""),
    ("filters[title][$notNull]=true", "abcd"),
    ("filters[title][$between][0]=Apple&filters[title][$between][1]=Zebra", "ad"),
    ("filters[prose][$eq]=The quick Brown fox", "a"),
    ("filters[prose][$eqi]=THE QUICK BROWN FOX", "a"),
    ("filters[prose][$ne]=x", "abc"),
    ("filters[prose][$nei]=ÜBER äpfel", "ac"),
    ("filters[prose][$contains]=Brown", "a"),
    ("filters[prose][$contains]=テキスト", "c"),
    ("filters[prose][$endsWith]=😀", "c"),
    ("filters[prose][$containsi]=äpfel", "b"),
    ("filters[prose][$notContains]=fox", "bc"),
    ("filters[prose][$notContainsi]=FOX", "bc"),
    ("filters[prose][$startsWith]=über", "b"),
    ("filters[prose][$startsWithi]=ÜBER", "b"),
    ("filters[prose][$endsWith]=fox", "a"),
    ("filters[prose][$endsWithi]=FOX", "a"),
    ("filters[prose][$null]=true", "d"),
    ("filters[prose][$null]=false", "abc"),
    ("filters[prose][$lt]=U", "a"),
    ("filters[prose][$in][0]=über ÄPFEL&filters[prose][$in][1]=x", "b"),
    ("filters[body][$startsWithi]=ZW", "b"),
    ("filters[body][$notNull]=true", "abc"),
    ("filters[slug][$in]=d", "d"),
    ("filters[n][$eq]=1", "a"),
    ("filters[n][$eqi]=1", "a"),
    ("filters[n][$ne]=1", "bc"),
    ("filters[n][$lt]=1", "c"),
    ("filters[n][$lte]=1", "ac"),
    ("filters[n][$gt]=1", "b"),
    ("filters[n][$gte]=1", "ab"),
    ("filters[n][$in][0]=1&filters[n][$in][1]=2", "ab"),
    ("filters[n][$notIn][0]=1&filters[n][$notIn][1]=7", "bc"),
    ("filters[n][$null]=true", "d"),
    ("filters[n][$notNull]=false", "d"),
    ("filters[n][$between][0]=-3&filters[n][$between][1]=1", "ac"),
    ("filters[price]=1.5", "a"),
    ("filters[price]=1.50", "a"),
    ("filters[price][$lt]=0", "c"),
    ("filters[price][$gte]=10", "b"),
    ("filters[price][$between][0]=-1&filters[price][$between][1]=2", "ac"),
    ("filters[price][$in][0]=-0.25&filters[price][$in][1]=10.0", "bc"),
    ("filters[price][$null]=true", "d"),
    ("filters[ok]=true", "ac"),
    ("filters[ok][$eq]=false", "b"),
    ("filters[ok][$ne]=true", "b"),
    ("filters[ok][$in][0]=true&filters[ok][$in][1]=false", "abc"),
    ("filters[ok][$null]=true", "d"),
    ("filters[day]=2024-01-01", "a"),
    ("filters[day][$lt]=2024-01-01", "c"),
    ("filters[day][$gte]=2024-01-01", "ab"),
    ("filters[day][$startsWith]=2024-", "ab"),
    ("filters[day][$contains]=-06-", "b"),
    ("filters[day][$endsWith]=31", "c"),
    ("filters[day][$between][0]=2024-01-01&filters[day][$between][1]=2024-06-14", "a"),
    ("filters[day][$null]=true", "d"),
    ("filters[clock]=08:00", "a"),
    ("filters[clock]=08:00:00.000", "a"),
    ("filters[clock][$gt]=08:00", "b"),
    ("filters[clock][$lt]=08:00", "c"),
    ("filters[clock][$startsWith]=12:", "b"),
    ("filters[moment]=2024-01-01T08:00:00Z", "a"),
    ("filters[moment]=2024-01-01T09:00:00%2B01:00", "a"),
    ("filters[moment][$lt]=1970-01-01", "c"),
    ("filters[moment][$gt]=2024-01-02", "b"),
    ("filters[moment][$between][0]=1960-01-01&filters[moment][$between][1]=2024-01-02", "ac"),
    ("filters[moment][$null]=true", "d"),
    ("filters[email]=a@example.org", "a"),
    ("filters[email][$eqi]=B@example.ORG", "b"),
    ("filters[email][$endsWithi]=EXAMPLE.ORG", "abc"),
    ("filters[link][$startsWith]=https://example.org", "abc"),
    ("filters[link][$contains]=org/b", "b"),
    ("filters[kind]=news", "ac"),
    ("filters[kind][$ne]=news", "b"),
    ("filters[kind][$in][0]=essay&filters[kind][$in][1]=news", "abc"),
    ("filters[kind][$contains]=ssa", "b"),
    ("filters[kind][$null]=true", "d"),
    ("filters[hues]=red", "a"),
    ("filters[hues][$contains]=gre", "ab"),
    ("filters[hues][$null]=true", "cd"),
    ("filters[hues][$notNull]=true", "ab"),
    ("filters[hues][$not][$eq]=red", "bcd"),
    ("filters[words]=y", "ab"),
    ("filters[words][$eqi]=z", "c"),
    ("filters[words][$in][0]=x&filters[words][$in][1]=Z", "ac"),
    ("filters[words][$null]=true", "d"),
    ("filters[color]=%23ff0000", "a"),
    ("filters[color][$startsWith]=%2300", "bc"),
    ("filters[publishedAt][$notNull]=true", "abcd"),
    ("filters[createdAt][$gt]=2020-01-01", "abcd"),
    ("filters[updatedAt][$lt]=2020-01-01", ""),
    ("filters[$or][0][n]=1&filters[$or][1][n]=2", "ab"),
    ("filters[$and][0][ok]=true&filters[$and][1][n][$lt]=0", "c"),
    ("filters[n][$gt]=0&filters[ok]=true", "a"),
    ("filters[title][$or][0][$eq]=Apple&filters[title][$or][1][$endsWith]=ra", "ad"),
];

on_both! {
    async fn every_comparison_means_the_same_on_every_type_of_field(app) {
        stock(&app).await;
        for (query, expected) in COMPARISONS {
            assert_eq!(slugs(&app, &format!("sort=slug&{query}")).await, expected, "{query}");
        }
        let first = app.get("things?filters[slug]=a").await.unwrap()["data"][0].clone();
        let (id, number) = (first["documentId"].as_str().unwrap(), first["id"].as_i64().unwrap());
        assert_eq!(slugs(&app, &format!("filters[documentId]={id}")).await, "a");
        assert_eq!(slugs(&app, &format!("sort=slug&filters[documentId][$ne]={id}")).await, "bcd");
        assert_eq!(slugs(&app, &format!("filters[id]={number}")).await, "a");
        assert_eq!(slugs(&app, &format!("sort=slug&filters[id][$notIn]={number}")).await, "bcd");
    }

    async fn a_negation_holds_where_there_is_no_value(app) {
        stock(&app).await;
        for (query, expected) in [
            ("filters[$not][n]=1", "bcd"), ("filters[n][$not][$eq]=1", "bcd"), ("filters[n][$ne]=1", "bc"),
            ("filters[$not][prose][$contains]=fox", "bcd"), ("filters[$not][$not][n]=1", "a"),
            ("filters[$not][$or][0][n]=1&filters[$not][$or][1][n]=2", "cd"),
            ("filters[$not][owner][name]=x", "abcd"), ("filters[$not][links][weight]=1", "abcd"),
            ("filters[$not][n][$notNull]=true", "d"), ("filters[$not][n][$null]=true", "abc"),
            ("filters[$not][words]=y", "cd"), ("filters[$not][seo][noIndex]=true", "abcd"),
        ] {
            assert_eq!(slugs(&app, &format!("sort=slug&{query}")).await, expected, "{query}");
        }
    }

    async fn orders_follow_letters_and_put_what_is_missing_last(app) {
        stock(&app).await;
        for (query, expected) in [
            ("sort=title", "bcad"), ("sort=title:desc", "dacb"), ("sort=-title", "dacb"), ("sort=title:ASC", "bcad"),
            ("sort=n", "cabd"), ("sort=n:desc", "bacd"), ("sort=price", "cabd"), ("sort=price:desc", "bacd"),
            ("sort=day", "cabd"), ("sort=day:desc", "bacd"), ("sort=clock", "cabd"), ("sort=moment:desc", "bacd"),
            ("sort=ok,n", "bcad"), ("sort=ok:desc,n", "cabd"), ("sort=kind,n:desc", "bacd"),
            ("sort[0]=kind&sort[1]=n", "bcad"), ("sort[kind]=desc&sort[n]=asc", "cabd"), ("sort=prose", "abcd"),
            ("sort=createdAt:desc", "dcba"), ("sort=id", "abcd"), ("sort=id:desc", "dcba"), ("", "abcd"),
        ] {
            assert_eq!(slugs(&app, query).await, expected, "{query}");
        }
        for name in ["Straße", "strasse 2", "STRASSE", "éclair", "Eclair", "zebra", "Ångström", "angstrom", "日本", "😀", ""] {
            app.publish_new("person", json!({"name": name})).await;
        }
        let answer = app.get("people?sort=name").await.unwrap();
        assert_eq!(
            column(&answer, "name"),
            ["", "angstrom", "Ångström", "Eclair", "éclair", "Straße", "STRASSE", "strasse 2", "zebra", "日本", "😀"]
        );
    }

    async fn fields_and_pages_deliver_what_was_asked_for(app) {
        stock(&app).await;
        let answer = app.get("things?fields[0]=title&fields[1]=n&sort=slug").await.unwrap();
        let keys: Vec<&String> = answer["data"][0].as_object().unwrap().keys().collect();
        assert_eq!(keys, ["id", "documentId", "title", "n"]);
        let page = app.get("things?pagination[page]=2&pagination[pageSize]=3&sort=slug").await.unwrap();
        assert_eq!(column(&page, "slug"), ["d"]);
        assert_eq!(page["meta"]["pagination"], json!({"page": 2, "pageSize": 3, "pageCount": 2, "total": 4}));
        let beyond = app.get("things?pagination[page]=9&sort=slug").await.unwrap();
        assert_eq!((&beyond["data"], &beyond["meta"]["pagination"]["total"]), (&json!([]), &json!(4)));
        let offset = app.get("things?pagination[start]=1&pagination[limit]=2&sort=slug").await.unwrap();
        assert_eq!(column(&offset, "slug"), ["b", "c"]);
        assert_eq!(offset["meta"]["pagination"], json!({"start": 1, "limit": 2, "total": 4}));
        let uncounted = app.get("things?pagination[withCount]=false&pagination[pageSize]=1").await.unwrap();
        assert_eq!(uncounted["meta"]["pagination"], json!({"page": 1, "pageSize": 1}));
        let capped = app.get("things?pagination[pageSize]=5000").await.unwrap();
        assert_eq!(capped["meta"]["pagination"]["pageSize"], 100);
    }

    async fn relations_are_populated_from_both_ends_and_in_depth(app) {
        app.push(&shop());
        let boss = app.publish_new("person", json!({"name": "Boss", "rank": 9})).await.document_id;
        let ann = app.publish_new("person", json!({"name": "Ann", "rank": 1, "boss": boss})).await.document_id;
        let bob = app.create("person", json!({"name": "Bob", "boss": boss})).await.document_id;
        let one = app.publish_new("thing", json!({"slug": "one", "owner": ann, "people": [bob, boss, ann]})).await.document_id;
        let two = app.publish_new("thing", json!({"slug": "two", "owner": bob, "others": [one, ann, bob]})).await.document_id;
        app.save(&one, json!({"others": [two, boss]})).await.unwrap();
        app.publish(&one).await.unwrap();

        let answer = app.get("things?sort=slug&populate[owner][populate][boss][fields]=name&populate[people][sort]=rank\
            &populate[others]=true").await.unwrap();
        let (first, second) = (&answer["data"][0], &answer["data"][1]);
        assert_eq!((&first["owner"]["name"], &first["owner"]["boss"]["name"]), (&json!("Ann"), &json!("Boss")));
        assert!(first["owner"]["boss"].get("rank").is_none(), "{first}");
        assert_eq!(second["owner"], Value::Null, "a draft does not exist");
        let names = |list: &Value| -> Vec<Value> {
            list.as_array().unwrap().iter().map(|d| d.get("name").or(d.get("slug")).unwrap().clone()).collect()
        };
        assert_eq!(names(&first["people"]), ["Ann", "Boss"]);
        assert_eq!(names(&first["others"]), ["two", "Boss"]);
        assert_eq!(names(&second["others"]), ["one", "Ann"]);

        let people = app.get("people?sort=name&populate[things]=true&populate[reports][populate]=things").await.unwrap();
        assert_eq!(column(&people, "name"), ["Ann", "Boss"]);
        assert_eq!(names(&people["data"][0]["things"]), ["one"]);
        assert_eq!(names(&people["data"][1]["reports"]), ["Ann"]);
        assert_eq!(names(&people["data"][1]["reports"][0]["things"]), ["one"]);

        for (query, expected) in [
            ("filters[owner][name]=Ann", "one"), ("filters[owner][name]=Bob", ""), ("filters[owner][$null]=true", "two"),
            ("filters[owner][boss][name]=Boss", "one"), ("filters[people][rank][$gt]=5", "one"),
            ("filters[people][name]=Bob", ""), ("filters[others][name]=Boss", "one"), ("filters[others][slug]=one", "two"),
            ("filters[others][owner][name]=Ann", "two"), ("sort=owner.name", "onetwo"), ("sort=owner.boss.name:desc", "onetwo"),
        ] {
            assert_eq!(slugs(&app, query).await, expected, "{query}");
        }
        assert_eq!(column(&app.get("people?filters[things][slug]=one").await.unwrap(), "name"), ["Ann"]);
        assert_eq!(column(&app.get("people?filters[reports][things][slug]=one").await.unwrap(), "name"), ["Boss"]);
        assert_eq!(column(&app.get("people?filters[things][slug]=two").await.unwrap(), "name"), Vec::<String>::new());

        // The target appears, and disappears again, without a save of what points at it.
        app.publish(&bob).await.unwrap();
        assert_eq!(app.get(&format!("things/{two}?populate=owner")).await.unwrap()["data"]["owner"]["name"], "Bob");
        content::trash(&app.core, &OPERATOR, &ann).await.unwrap();
        let one = app.get(&format!("things/{one}?populate=*")).await.unwrap();
        assert_eq!(one["data"]["owner"], Value::Null);
        assert_eq!(names(&one["data"]["people"]), ["Bob", "Boss"]);
        app.assert_healthy();
    }

    async fn components_and_blocks_are_populated_and_filtered_item_by_item(app) {
        app.push(&shop());
        let ann = app.publish_new("person", json!({"name": "Ann"})).await.document_id;
        app.publish_new("thing", json!({"slug": "a", "seo": {"metaTitle": "Hi", "noIndex": true},
            "links": [{"label": "x", "weight": 1}, {"label": "y", "weight": 2}],
            "sections": [{"__component": "hero", "heading": "Big", "person": ann, "links": [{"label": "in", "weight": 5}]},
                {"__component": "quote", "text": "So."}, {"__component": "hero", "heading": "Small"}]})).await;
        let a = app.get("things?filters[slug]=a").await.unwrap()["data"][0]["documentId"].clone();
        app.publish_new("thing", json!({"slug": "b", "seo": {"metaTitle": "Ho", "canonical": a},
            "links": [{"label": "x", "weight": 2}], "sections": [{"__component": "quote", "text": "Big"}]})).await;
        app.publish_new("thing", json!({"slug": "c"})).await;

        for (query, expected) in [
            ("filters[seo][metaTitle]=Hi", "a"), ("filters[seo][noIndex]=true", "a"), ("filters[seo][metaTitle][$null]=true", "c"),
            ("filters[seo][canonical][slug]=a", "b"), ("sort=seo.metaTitle:desc", "bac"),
            ("filters[links][label]=x", "ab"), ("filters[links][label]=x&filters[links][weight]=2", "b"),
            ("filters[links][$or][0][label]=y&filters[links][$or][1][weight]=2", "ab"),
            ("filters[links][$null]=true", "c"), ("filters[links][weight][$gt]=1", "ab"),
            ("filters[sections][hero][heading]=Big", "a"), ("filters[sections][quote][text]=Big", "b"),
            ("filters[sections][hero][heading]=Big&filters[sections][quote][text]=So.", "a"),
            ("filters[sections][on][hero][heading][$startsWithi]=s", "a"), ("filters[sections][hero][person][name]=Ann", "a"),
            ("filters[sections][hero][links][weight]=5", "a"), ("filters[sections][$notNull]=true", "ab"),
            ("filters[sections][$null]=true", "c"), ("filters[$not][sections][hero][heading]=Big", "bc"),
        ] {
            let sort = if query.contains("sort=") { "" } else { "&sort=slug" };
            assert_eq!(slugs(&app, &format!("{query}{sort}")).await, expected, "{query}");
        }

        let plain = app.get("things?filters[slug]=a").await.unwrap();
        assert!(plain["data"][0].get("seo").is_none() && plain["data"][0].get("sections").is_none());
        let all = app.get("things?filters[slug]=a&populate=*").await.unwrap()["data"][0].clone();
        assert_eq!(all["seo"]["metaTitle"], "Hi");
        assert_eq!((&all["links"][1]["label"], &all["cover"], &all["owner"]), (&json!("y"), &Value::Null, &Value::Null));
        assert_eq!(all["sections"][0]["__component"], "hero");
        assert!(all["sections"][0].get("person").is_none(), "one level: {all}");

        let on = app.get("things?filters[slug]=a&populate[sections][on][hero][populate]=*&populate[links][fields]=weight").await.unwrap();
        let on = &on["data"][0];
        let sections = on["sections"].as_array().unwrap();
        assert_eq!(sections.len(), 2, "a quote was not asked for: {on}");
        assert_eq!((&sections[0]["person"]["name"], &sections[0]["links"][0]["label"]), (&json!("Ann"), &json!("in")));
        assert_eq!((&sections[1]["person"], &sections[1]["links"]), (&Value::Null, &json!([])));
        assert!(on["links"][0].get("label").is_none() && on["links"][0]["weight"] == 1);
        let both = app.get("things?filters[slug]=a&populate[sections][on][hero][fields]=heading&populate[sections][on][quote]=true").await.unwrap();
        let kinds: Vec<&Value> = both["data"][0]["sections"].as_array().unwrap().iter().map(|s| &s["__component"]).collect();
        assert_eq!(kinds, ["hero", "quote", "hero"]);
    }

    async fn a_read_takes_as_many_statements_for_fifty_rows_as_for_one(app) {
        app.push(&shop());
        let mut people = Vec::new();
        for i in 0..10 {
            let boss = people.first().cloned();
            people.push(app.publish_new("person", json!({"name": format!("p{i}"), "boss": boss})).await.document_id);
        }
        let mut last: Option<String> = None;
        for i in 0..50usize {
            let others: Vec<&str> = last.as_deref().into_iter().chain([people[(i + 3) % 10].as_str()]).collect();
            let saved = app.publish_new("thing", json!({"slug": format!("t{i}"), "owner": people[i % 10],
                "people": [people[(i + 1) % 10], people[(i + 2) % 10]], "others": others, "seo": {"metaTitle": "x", "canonical": last},
                "sections": [{"__component": "hero", "person": people[i % 7]}]})).await;
            last = Some(saved.document_id);
        }
        let flat = statements(&app, "pagination[pageSize]=50").await;
        let one = statements(&app, "pagination[pageSize]=50&populate=owner").await;
        for populate in ["populate[0]=owner&populate[1]=people&populate[2]=others",
            "populate=*", "populate[owner]=true&populate[seo][populate]=canonical&populate[sections][populate]=person",
            "populate[owner][populate][boss][populate]=things&populate[others][populate]=*"] {
            let few = statements(&app, &format!("pagination[pageSize]=1&pagination[page]=30&{populate}")).await;
            let many = statements(&app, &format!("pagination[pageSize]=50&{populate}")).await;
            assert_eq!(few, many, "{populate}");
        }
        let three = statements(&app, "pagination[pageSize]=50&populate[0]=owner&populate[1]=people&populate[2]=others").await;
        assert_eq!(one, three, "one statement a level, for however many relations");
        assert!(flat < one && one <= flat + 1, "{flat} {one}");
        let deep = statements(&app, "pagination[pageSize]=50&populate[owner][populate][boss][populate]=things").await;
        assert!(deep <= flat + 3, "{deep} for three levels");
    }

    async fn a_cursor_walks_through_everything_once(app) {
        app.push(&shop());
        for i in 0..37i64 {
            let n = (i % 5 != 0).then_some(i % 4);
            app.publish_new("thing", json!({"slug": format!("t{i:02}"), "n": n, "kind": if i % 3 == 0 { "news" } else { "essay" },
                "title": if i % 2 == 0 { json!(format!("Ä{}", i % 6)) } else { Value::Null }})).await;
        }
        for order in ["", "sort=n", "sort=n:desc", "sort=kind,n:desc", "sort=title:desc,slug", "sort=slug:desc",
            "sort=title,n:desc", "sort=publishedAt:desc", "filters[n][$gt]=0&sort=n"] {
            let whole = column(&app.get(&format!("things?pagination[pageSize]=100&{order}")).await.unwrap(), "slug");
            let mut walked = Vec::new();
            let mut cursor = String::new();
            loop {
                let page = app.get(&format!("things?pagination[cursor]={cursor}&pagination[pageSize]=7&{order}")).await.unwrap();
                walked.extend(column(&page, "slug"));
                assert!(walked.len() <= whole.len(), "{order}: {walked:?}");
                match page["meta"]["pagination"]["nextCursor"].as_str() {
                    Some(next) => cursor = next.to_owned(),
                    None => break,
                }
            }
            assert_eq!(walked, whole, "{order}");
        }
        let (code, parameter, _) = problem(&app, &OPERATOR, "things?pagination[cursor]=garbage").await;
        assert_eq!((code.is_empty(), parameter.as_str()), (false, "pagination[cursor]"));
    }

    async fn drafts_are_for_those_who_may_and_only_of_the_types_they_may(app) {
        app.push(&shop());
        let ann = app.publish_new("person", json!({"name": "Ann"})).await.document_id;
        let bob = app.create("person", json!({"name": "Bob, a draft"})).await.document_id;
        let old = app.publish_new("thing", json!({"slug": "old", "title": "Old", "n": 1, "owner": ann})).await.document_id;
        app.save(&old, json!({"title": "Newer, a draft", "n": 2, "owner": bob})).await.unwrap();
        app.save(&ann, json!({"name": "Anna, a draft"})).await.unwrap();
        app.create("thing", json!({"slug": "new", "title": "New, a draft", "owner": ann})).await;
        grant(&app, "public", &[("read", "thing", None), ("read", "person", None)]);
        grant(&app, "writer", &[("read", "thing", None), ("read_draft", "thing", None), ("read", "person", None)]);

        for path in ["things?populate=*", "things?populate=*&filters[n]=1", "people?populate=*", "things?sort=owner.name&_q=old"] {
            let seen = app.get_as(&Caller::Anonymous, path).await.unwrap();
            assert_eq!(seen["data"].as_array().unwrap().len(), 1, "{path}");
            assert!(!seen.to_string().contains("a draft"), "{seen}");
        }
        for query in ["filters[n]=2", "filters[title][$contains]=draft", "filters[owner][name][$contains]=draft", "_q=draft", "filters[slug]=new"] {
            assert_eq!(app.get_as(&Caller::Anonymous, &format!("things?{query}")).await.unwrap()["data"], json!([]), "{query}");
        }
        for path in ["things?status=draft".to_owned(), format!("things/{old}?status=draft"), "people?status=draft".to_owned()] {
            let refused = app.get_as(&Caller::Anonymous, &path).await;
            assert!(matches!(refused, Err(Error::Forbidden(_))), "{path}: {refused:?}");
        }

        let drafts = app.get_as(&token("writer"), "things?status=draft&sort=slug&populate=owner").await.unwrap();
        assert_eq!(column(&drafts, "title"), ["New, a draft", "Newer, a draft"]);
        assert_eq!(drafts["data"][0]["owner"]["name"], "Ann", "drafts of people are not for this role");
        assert_eq!(drafts["data"][1]["owner"], Value::Null, "nor is a person who is nothing but a draft: {drafts}");
        let found = app.get_as(&token("writer"), "things?status=draft&filters[owner][name][$contains]=draft").await.unwrap();
        assert_eq!(found["data"], json!([]));
        let all = app.get("things?status=draft&sort=slug&populate=owner&filters[n][$null]=false").await.unwrap();
        assert_eq!((&all["data"][0]["n"], &all["data"][0]["owner"]["name"]), (&json!(2), &json!("Bob, a draft")));
        assert_eq!(column(&app.get("people?status=draft&sort=name").await.unwrap(), "name"), ["Anna, a draft", "Bob, a draft"]);
        content::trash(&app.core, &OPERATOR, &old).await.unwrap();
        assert_eq!(column(&app.get("things?status=draft").await.unwrap(), "slug"), ["new"]);
        assert_eq!(app.get("things").await.unwrap()["data"], json!([]));
    }

    async fn what_a_caller_may_not_read_answers_like_what_does_not_exist(app) {
        app.push(&shop());
        let ann = app.publish_new("person", json!({"name": "Ann", "rank": 3})).await.document_id;
        app.publish_new("thing", json!({"slug": "a", "title": "T", "price": "1", "owner": ann, "people": [ann],
            "others": [ann], "seo": {"metaTitle": "S"}, "sections": [{"__component": "hero", "heading": "H", "person": ann}]})).await;
        // `price` is refused to the one and `qqqqq` unknown to all; nobody may read `secret`.
        let some = ["title", "slug", "owner", "people", "others", "seo", "sections"];
        grant(&app, "public", &[("read", "thing", Some(&some))]);
        grant(&app, "reader", &[("read", "thing", None)]);
        let nobody = token("nobody");
        for query in ["filters[{}]=1", "filters[{}][$null]=true", "filters[$or][0][{}]=1", "filters[$not][{}][$gt]=1", "sort={}",
            "sort={}:desc", "sort[0]={}", "fields={}", "fields[0]=title&fields[1]={}", "populate={}", "populate[{}]=true",
            "populate[{}][fields]=x", "populate[people][populate][things][sort]={}"] {
            for (caller, hidden) in [(Caller::Anonymous, "price"), (Caller::Anonymous, "secret"), (token("reader"), "secret"), (OPERATOR, "secret")] {
                let ask = |name: &str| format!("things?{}", query.replace("{}", name));
                let unknown = "q".repeat(hidden.len());
                let (told, expected) = (problem(&app, &caller, &ask(hidden)).await, problem(&app, &caller, &ask(&unknown)).await);
                let swap = |text: &str| text.replace(hidden, &unknown);
                assert_eq!((told.0, swap(&told.1), swap(&told.2)), expected, "{query} {hidden}");
            }
        }
        // The fields behind a type that is not readable are unknown, and its documents do not exist.
        for query in ["filters[owner][{}]=Ann", "filters[owner][{}][$contains]=A", "sort=owner.{}", "populate[owner][fields]={}",
            "populate[owner][sort]={}", "populate[owner][filters][{}]=Ann", "filters[sections][hero][person][{}]=Ann"] {
            for caller in [Caller::Anonymous, token("reader")] {
                let ask = |name: &str| format!("things?{}", query.replace("{}", name));
                let (told, expected) = (problem(&app, &caller, &ask("name")).await, problem(&app, &caller, &ask("qqqq")).await);
                assert_eq!((told.0, told.1.replace("name", "qqqq"), told.2.replace("name", "qqqq")), expected, "{query}");
            }
        }
        for caller in [Caller::Anonymous, token("reader")] {
            let populate = "populate[0]=owner&populate[1]=people&populate[2]=others&populate[3]=seo&populate[4]=sections.person";
            let seen = app.get_as(&caller, &format!("things?{populate}")).await.unwrap();
            let data = &seen["data"][0];
            assert_eq!((&data["owner"], &data["people"], &data["others"]), (&Value::Null, &json!([]), &json!([])), "{data}");
            assert_eq!((&data["seo"]["metaTitle"], &data["sections"][0]["heading"]), (&json!("S"), &json!("H")), "{data}");
            assert_eq!(data["sections"][0]["person"], Value::Null);
            assert!(!seen.to_string().contains("Ann") && !seen.to_string().contains(&ann), "{seen}");
            assert_eq!(data.get("price").is_some(), caller != Caller::Anonymous);
            assert!(data.get("secret").is_none());
            let count = |query: &'static str| { let app = app.clone(); let caller = caller.clone(); async move {
                app.get_as(&caller, &format!("things?{query}")).await.unwrap()["meta"]["pagination"]["total"].clone() } };
            assert_eq!(count("filters[owner][$notNull]=true").await, 0);
            assert_eq!(count("filters[owner][$null]=true").await, 1);
            assert_eq!(count("filters[people][$null]=true").await, 1);
            assert_eq!(count("filters[$not][owner][$notNull]=true").await, 1);
            assert_eq!(count("filters[seo][metaTitle]=S").await, 1, "a component is read with its field");
            assert_eq!(count("filters[sections][hero][heading]=H&sort=seo.metaTitle").await, 1);
            let by_id = app.get_as(&caller, &format!("things?filters[owner][documentId]={ann}")).await;
            let by_unknown = app.get_as(&caller, "things?filters[owner][documentId]=aaaaaaaaaaaaaaaaaaaaaaaa").await;
            assert_eq!(format!("{by_id:?}").replace(&ann, "X"), format!("{by_unknown:?}").replace("aaaaaaaaaaaaaaaaaaaaaaaa", "X"));
        }
        for (caller, hidden) in [(Caller::Anonymous, "people"), (nobody.clone(), "people"), (nobody, "things"), (OPERATOR, "seo")] {
            let unknown = app.get_as(&caller, "qqqq").await.unwrap_err().to_string();
            assert_eq!(app.get_as(&caller, hidden).await.unwrap_err().to_string().replace(hidden, "qqqq"), unknown);
            let one = app.get_as(&caller, &format!("{hidden}/{ann}?filters[x]=1")).await.unwrap_err();
            let other = app.get_as(&caller, &format!("qqqq/{ann}?filters[x]=1")).await.unwrap_err();
            assert_eq!(one.to_string().replace(hidden, "qqqq"), other.to_string());
        }
        app.allow("public", Action::Read, "person").await;
        assert_eq!(app.get_as(&Caller::Anonymous, "things?populate=owner").await.unwrap()["data"][0]["owner"]["name"], "Ann");
    }

    async fn a_locale_delivers_its_own_text_and_falls_back_when_asked(app) {
        app.push_locales(&["en", "de", "fr"]);
        app.push(&[
            json!({"kind": "collection", "singular": "topic", "plural": "topics", "fields": [
                {"name": "name", "type": "string", "localized": true}]}),
            json!({"kind": "collection", "singular": "page", "plural": "pages", "fields": [
                {"name": "title", "type": "string", "localized": true}, {"name": "slug", "type": "slug", "unique": true},
                {"name": "weight", "type": "integer"}, {"name": "topic", "type": "relation", "targets": ["topic"]}]}),
        ]);
        let topic = app.publish_new("topic", json!({"name": "Art"})).await.document_id;
        app.save_in(&topic, "de", json!({"name": "Kunst"})).await.unwrap();
        content::publish(&app.core, &OPERATOR, &topic, Some("de")).await.unwrap();
        for (slug, locales) in [("a", vec!["en", "de"]), ("b", vec!["de"]), ("c", vec!["en"]), ("d", vec!["fr"])] {
            let mut id: Option<String> = None;
            for locale in locales {
                let data = json!({"title": format!("{slug} {locale}"), "slug": slug, "topic": topic, "weight": 1});
                match &id {
                    None => id = Some(app.try_create("page", data, Some(locale), true).await.unwrap().document_id),
                    Some(id) => {
                        app.save_in(id, locale, data).await.unwrap();
                        content::publish(&app.core, &OPERATOR, id, Some(locale)).await.unwrap();
                    }
                }
            }
        }
        for (query, expected) in [
            ("", vec!["a en", "c en"]), ("locale=de", vec!["a de", "b de"]), ("locale=fr", vec!["d fr"]),
            ("locale=de&fallbackLocale=en", vec!["a de", "b de", "c en"]),
            ("locale=de&fallbackLocale=fr,en", vec!["a de", "b de", "c en", "d fr"]),
            ("locale=*", vec!["a de", "a en", "b de", "c en", "d fr"]),
            ("locale=de&fallbackLocale=en&filters[title][$endsWith]=en", vec!["c en"]),
            ("filters[topic][name]=Art", vec!["a en", "c en"]), ("locale=de&filters[topic][name]=Art", vec![]),
            ("locale=fr&filters[topic][$null]=true", vec!["d fr"]),
        ] {
            let answer = app.get(&format!("pages?sort=title&{query}")).await.unwrap();
            assert_eq!(column(&answer, "title"), expected, "{query}");
        }
        let de = app.get("pages?locale=de&populate[topic]=true&populate[localizations][fields]=title&filters[slug]=a").await.unwrap();
        let page = &de["data"][0];
        assert_eq!((&page["locale"], &page["topic"]["name"]), (&json!("de"), &json!("Kunst")));
        assert_eq!((&page["localizations"][0]["title"], page["localizations"].as_array().unwrap().len()), (&json!("a en"), 1));
        assert_eq!(problem(&app, &OPERATOR, "pages?locale=xx").await.1, "locale");
        app.assert_healthy();
    }

    async fn a_refusal_names_every_wrong_parameter(app) {
        stock(&app).await;
        let Err(Error::Query(problems)) = app.get("things?filters[titel]=x&sort=n:up&populate=writer&pagination[page]=0&locale=xx&bogus=1&filters[n]=x").await
            else { panic!() };
        let mut named: Vec<&str> = problems.iter().map(|p| p.parameter.as_str()).collect();
        named.sort_unstable();
        assert_eq!(named, ["bogus", "filters[n]", "filters[titel]", "locale", "pagination[page]", "populate", "sort"]);
        let titel = problems.iter().find(|p| p.parameter == "filters[titel]").unwrap();
        assert!(titel.message.contains("title"), "it proposes what was meant: {}", titel.message);
        for (query, parameter) in [("filters[extra][k]=1", "filters[extra]"), ("filters[rich][$null]=true", "filters[rich]"),
            ("filters[place]=1", "filters[place]"), ("sort=words", "sort"), ("sort=people.name", "sort"),
            ("pagination[start]=10001", "pagination[start]"), ("pagination[page]=5000", "pagination[page]")] {
            assert_eq!(problem(&app, &OPERATOR, &format!("things?{query}")).await.1, parameter, "{query}");
        }
    }
}
