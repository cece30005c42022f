use super::fixture::{Site, on_each};
use crate::access::roles;
use crate::content;
use crate::{Caller, Error};
use masthead_model::Action;
use serde_json::{Value, json};

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn a_document_has_its_members_in_order_and_nothing_populated() {
    on_each(|site| {
        let id = site
            .published("article", json!({ "title": "Hello \"you\"", "slug": "hello", "words": ["a"], "rating": 3 }));
        let answer = site.get("articles");
        let document = &answer["data"][0];
        assert_eq!(
            keys(document),
            [
                "id",
                "documentId",
                "title",
                "slug",
                "body",
                "lead",
                "rating",
                "category",
                "words",
                "createdAt",
                "updatedAt",
                "publishedAt",
                "locale"
            ]
        );
        assert_eq!(document["documentId"], id.as_str());
        assert_eq!(document["title"], "Hello \"you\"");
        assert_eq!((&document["body"], &document["rating"]), (&Value::Null, &json!(3)));
        assert_eq!(document["locale"], "en");
        assert_eq!(answer["meta"]["pagination"], json!({ "page": 1, "pageSize": 25, "pageCount": 1, "total": 1 }));
        let one = site.get(&format!("articles/{id}"));
        assert_eq!((&one["data"], &one["meta"]), (document, &json!({})));
        assert_eq!(site.get_raw("articles").cache_control.as_deref(), Some("public, max-age=60"));
        site.published("tag", json!({ "name": "x" }));
        assert_eq!(site.get("tags")["data"][0]["locale"], Value::Null);
        assert_eq!(keys(&site.get("articles?fields=title,words")["data"][0]), ["id", "documentId", "title", "words"]);
    });
}

#[test]
fn only_what_is_published_is_delivered_and_drafts_to_those_who_may() {
    on_each(|site| {
        let id = site.draft("author", json!({ "name": "Ann" }));
        assert_eq!(site.get("authors")["data"], json!([]));
        assert!(matches!(site.try_get(&Caller::Operator, &format!("authors/{id}")), Err(Error::NotFound(_))));
        assert_eq!(site.column("authors?status=draft", "name"), ["Ann"]);
        site.publish(&id);
        site.save(&id, json!({ "name": "Anna" }));
        assert_eq!(site.column("authors", "name"), ["Ann"]);
        assert_eq!(site.column("authors?status=draft", "name"), ["Anna"]);
        let reader = Caller::Token { name: "site".into(), role: "reader".into() };
        site.run(roles::set(&site.core, &Caller::Operator, "reader", Action::Read, "author", true)).unwrap();
        assert!(site.try_get(&reader, "authors").is_ok());
        assert!(matches!(site.try_get(&reader, "authors?status=draft"), Err(Error::Forbidden(_))));
        site.run(content::trash(&site.core, &Caller::Operator, &id)).unwrap();
        assert_eq!(site.get("authors")["data"], json!([]));
        assert_eq!(site.get("authors?status=draft")["data"], json!([]));
    });
}

#[test]
fn an_unreadable_type_answers_like_an_unknown_one() {
    on_each(|site| {
        let answer = |name: &str| match site.try_get(&Caller::Anonymous, name) {
            Err(Error::NotFound(what)) => what.replace(name, "?"),
            other => panic!("{name}: {other:?}"),
        };
        assert_eq!(answer("authors"), answer("nothing"));
        assert_eq!(answer("seo"), answer("nothing"));
        site.run(roles::set(&site.core, &Caller::Operator, "public", Action::Read, "article", true)).unwrap();
        let author = site.published("author", json!({ "name": "Ann" }));
        site.published("article", json!({ "title": "T", "author": author }));
        let answer: Value = serde_json::from_slice(
            &site.try_get(&Caller::Anonymous, "articles?populate=author&filters[author][$null]=true").unwrap().body,
        )
        .unwrap();
        assert_eq!(answer["data"][0]["author"], Value::Null);
        let delivered = site.try_get(&Caller::Anonymous, "articles").unwrap();
        assert!(!delivered.private && site.get_raw("articles").private);
        match site.try_get(&Caller::Anonymous, "articles?filters[author][name]=Ann") {
            Err(Error::Query(problems)) => assert_eq!(problems[0].code, "unknown_field"),
            other => panic!("{other:?}"),
        }
    });
}

#[test]
fn private_fields_do_not_exist() {
    on_each(|site| {
        site.published("author", json!({ "name": "Ann", "secret": "hidden" }));
        assert!(!String::from_utf8_lossy(&site.get_raw("authors?populate=*").body).contains("hidden"));
        assert_eq!(site.wrong("authors?filters[secret]=hidden"), "filters[secret]");
    });
}

fn blog(site: &Site) -> Vec<String> {
    let boss = site.published("author", json!({ "name": "Boss" }));
    let ann = site.published("author", json!({ "name": "Ann", "boss": boss }));
    let bob = site.draft("author", json!({ "name": "Bob", "boss": boss }));
    let tags: Vec<String> =
        (0..4).map(|i| site.published("tag", json!({ "name": format!("t{i}"), "rank": 4 - i }))).collect();
    let first = site.published(
        "article",
        json!({
            "title": "One", "slug": "one", "author": ann, "tags": [tags[2], tags[0], tags[1]], "related": [ann, bob],
            "seo": { "title": "S" }, "links": [{ "label": "a", "weight": 1 }, { "label": "b", "weight": 2 }],
            "sections": [
                { "__component": "hero", "title": "H", "person": ann, "links": [{ "label": "in" }] },
                { "__component": "quote", "text": "Q", "by": "me" },
                { "__component": "hero", "title": "H2", "person": bob },
            ],
        }),
    );
    let second = site.published(
        "article",
        json!({
            "title": "Two", "slug": "two", "author": bob, "tags": [tags[3]], "related": [first, ann],
            "seo": { "title": "S2", "canonical": first },
            "lead": { "type": "doc", "content": [{ "type": "paragraph", "content": [
                { "type": "text", "text": "see", "marks": [{ "type": "link", "attrs": { "document": first } }] },
            ] }] },
        }),
    );
    vec![boss, ann, bob, first, second]
}

#[test]
fn population_delivers_visible_targets_in_their_order() {
    on_each(|site| {
        let ids = blog(site);
        let answer = site
            .get("articles?sort=slug&populate[author][populate][boss]=true&populate[tags]=true&populate[related]=true");
        let (one, two) = (&answer["data"][0], &answer["data"][1]);
        assert_eq!(one["author"]["name"], "Ann");
        assert_eq!(one["author"]["boss"]["name"], "Boss");
        assert_eq!(two["author"], Value::Null);
        let names = |list: &Value, key: &str| -> Vec<Value> {
            list.as_array().unwrap().iter().map(|d| d[key].clone()).collect()
        };
        assert_eq!(names(&one["tags"], "name"), ["t2", "t0", "t1"]);
        assert_eq!(names(&one["related"], "documentId"), [ids[1].as_str()]);
        assert_eq!(names(&two["related"], "documentId"), [ids[3].as_str(), ids[1].as_str()]);
        let answer = site.get(
            "articles?sort=slug&populate[tags][sort]=rank&populate[tags][pagination][limit]=2&populate[tags][filters][name][$ne]=t1",
        );
        assert_eq!(names(&answer["data"][0]["tags"], "name"), ["t2", "t0"]);
        let answer = site.get("authors?sort=name&populate[articles][sort]=slug:desc&populate[reports]=true");
        assert_eq!(names(&answer["data"][0]["articles"], "slug"), ["one"]);
        assert_eq!(names(&answer["data"][1]["reports"], "name"), ["Ann"]);
        assert_eq!(keys(&answer["data"][0]).last(), Some(&"reports"));
        let drafts = site.get("articles?status=draft&sort=slug&populate[author][populate]=boss");
        assert_eq!(drafts["data"][1]["author"]["name"], "Bob");
        assert_eq!(drafts["data"][1]["author"]["boss"]["name"], "Boss");
    });
}

#[test]
fn components_and_blocks_are_populated_as_deep_as_asked() {
    on_each(|site| {
        let ids = blog(site);
        let one = |query: &str| site.get(&format!("articles/{}?{query}", ids[3]))["data"].clone();
        let plain = one("populate=*");
        assert_eq!(plain["seo"]["title"], "S");
        assert!(plain["seo"].get("canonical").is_none());
        assert_eq!(plain["links"][1]["label"], "b");
        assert_eq!(plain["sections"][1]["__component"], "quote");
        assert!(plain["sections"][0].get("person").is_none());
        assert_eq!(plain["cover"], Value::Null);
        let deep = one("populate[sections][populate][person]=true&populate[sections][populate][links][fields]=label");
        let sections = &deep["sections"];
        assert_eq!(sections[0]["person"]["name"], "Ann");
        assert_eq!(keys(&sections[0]["links"][0]), ["id", "label"]);
        assert_eq!(sections[1]["text"], "Q");
        assert_eq!(sections[2]["person"], Value::Null);
        let on = one("populate[sections][on][quote][fields]=by");
        assert_eq!(on["sections"].as_array().unwrap().len(), 1);
        assert_eq!(keys(&on["sections"][0]), ["__component", "id", "by"]);
        let two = site.get(&format!("articles/{}?populate[seo][populate][canonical][populate]=author", ids[4]));
        assert_eq!(two["data"]["seo"]["canonical"]["author"]["name"], "Ann");
    });
}

#[test]
fn rich_text_comes_as_html_with_links_resolved() {
    on_each(|site| {
        let ids = blog(site);
        let html = site.get(&format!("articles/{}?richText=html&fields=lead", ids[4]));
        let html = html["data"]["lead"].as_str().unwrap().to_owned();
        assert!(html.contains("href=\"/en/one\""), "{html}");
        site.run(content::unpublish(&site.core, &Caller::Operator, &ids[3], None)).unwrap();
        let html = site.get(&format!("articles/{}?richText=html&fields=lead", ids[4]));
        assert!(!html["data"]["lead"].as_str().unwrap().contains("href"));
    });
}

#[test]
fn the_number_of_statements_depends_on_the_depth_alone() {
    on_each(|site| {
        let path = "articles?pagination[withCount]=false&populate[author][populate][boss]=true&populate[tags]=true&populate[related]=true&pagination[pageSize]=100";
        let mut counts = Vec::new();
        for round in 0..3 {
            for i in 0..round * 5 + 1 {
                let boss = site.published("author", json!({ "name": "Boss" }));
                let author = site.published("author", json!({ "name": "Ann", "boss": boss }));
                let tag = site.published("tag", json!({ "name": "t" }));
                site.published(
                    "article",
                    json!({
                        "slug": format!("a{round}-{i}"), "author": author, "tags": [tag], "related": [author],
                    }),
                );
            }
            counts.push(site.get_raw(path).statements);
        }
        assert_eq!(counts, [3, 3, 3]);
        let deep = "articles?pagination[withCount]=false&populate[sections][populate][person]=true";
        assert_eq!(site.get_raw(deep).statements, 4);
        assert_eq!(site.get_raw("articles?pagination[withCount]=false&status=draft").statements, 3);
    });
}

#[test]
fn locales_are_delivered_with_fallbacks_and_localizations() {
    on_each(|site| {
        let author = site.published("author", json!({ "name": "Ann" }));
        let both = site.published("article", json!({ "title": "Hello", "slug": "hello", "author": author }));
        site.translate(&both, "de", json!({ "title": "Hallo" }));
        site.create("article", json!({ "title": "Only", "slug": "only" }), Some("en"), true);
        assert_eq!(site.column("articles?locale=de", "title"), ["Hallo"]);
        assert_eq!(site.column("articles?locale=de&fallbackLocale=en&sort=title", "title"), ["Hallo", "Only"]);
        assert_eq!(site.column("articles?locale=fr&fallbackLocale=de,en&sort=title", "locale"), ["de", "en"]);
        let hits = site.column("articles?locale=de&fallbackLocale=en&filters[title]=Hello", "title");
        assert_eq!(hits, Vec::<Value>::new());
        let all = site.column("articles?locale=*&sort=title", "title");
        assert_eq!(all, ["Hallo", "Hello", "Only"]);
        let one = site.get(&format!("articles/{both}?locale=de&populate=author,localizations"));
        assert_eq!(one["data"]["author"]["name"], "Ann");
        assert_eq!(one["data"]["localizations"][0]["title"], "Hello");
        let all = site.get("articles?locale=*&sort=title&populate=author");
        assert_eq!(all["data"][0]["author"]["name"], "Ann");
        let authors = site.get("authors?locale=de&populate=articles");
        assert_eq!(authors["data"][0]["articles"][0]["title"], "Hallo");
    });
}

#[test]
fn singles_and_trees_are_read_by_their_names() {
    on_each(|site| {
        assert!(matches!(site.try_get(&Caller::Operator, "home"), Err(Error::NotFound(_))));
        site.published("home", json!({ "title": "Home" }));
        assert_eq!(site.get("home")["data"]["title"], "Home");
        let top = site.published("page", json!({ "title": "Top", "slug": "top" }));
        for name in ["b", "a", "c"] {
            site.published("page", json!({ "title": name, "slug": name, "parent": top }));
        }
        let tree = site.get("pages?filters[parent][$null]=true&populate=children");
        let children: Vec<&Value> =
            tree["data"][0]["children"].as_array().unwrap().iter().map(|c| &c["title"]).collect();
        assert_eq!(children, ["b", "a", "c"]);
        assert_eq!(
            site.column("pages?filters[path][$startsWith]=top/&sort=title", "path"),
            ["top/a", "top/b", "top/c"]
        );
        assert_eq!(site.get("pages?filters[slug]=a&populate=parent")["data"][0]["parent"]["title"], "Top");
    });
}

#[test]
fn a_rendered_row_of_an_older_epoch_is_rendered_anew() {
    on_each(|site| {
        let id = site.published("article", json!({ "title": "T", "slug": "t", "links": [{ "label": "x" }] }));
        let stale = |site: &Site| {
            let id = id.clone();
            site.run(site.core.store().write(move |tx| {
                let doc = masthead_store::documents::by_document_id(tx, &id)?.unwrap();
                let (epoch, data) = masthead_store::rendered::get(tx, doc.key, "en")?.unwrap();
                masthead_store::rendered::put(tx, doc.key, "en", doc.type_key, epoch - 1, &data[..3])
            }))
            .unwrap();
        };
        let path = format!("articles/{id}?populate=links");
        let good = site.get_raw(&path);
        stale(site);
        let anew = site.get_raw(&path);
        assert_eq!(good.body, anew.body);
        assert_eq!((good.statements, anew.statements), (1, 3));
    });
}

#[test]
fn the_past_is_read_by_those_who_may() {
    on_each(|site| {
        let id = site.published("author", json!({ "name": "Old" }));
        let then = masthead_store::now_micros();
        std::thread::sleep(std::time::Duration::from_millis(3));
        site.save(&id, json!({ "name": "New" }));
        site.publish(&id);
        let at = |micros: i64| crate::time::to_text(micros + 1_000);
        assert_eq!(site.get(&format!("authors/{id}?at={}", at(then)))["data"]["name"], "Old");
        assert_eq!(site.get(&format!("authors/{id}?at=2100-01-01"))["data"]["name"], "New");
        let before = site.try_get(&Caller::Operator, &format!("authors/{id}?at=2000-01-01"));
        assert!(matches!(before, Err(Error::NotFound(_))));
    });
}

#[test]
fn too_much_at_once_is_refused_by_name() {
    on_each(|site| {
        assert_eq!(site.wrong("articles?pagination[start]=10001"), "pagination[start]");
        assert_eq!(site.wrong("articles?pagination[page]=1000000"), "pagination[page]");
        assert_eq!(site.wrong("articles?pagination[cursor]=nonsense"), "pagination[cursor]");
        assert_eq!(site.get("articles?pagination[pageSize]=1000000")["meta"]["pagination"]["pageSize"], 100);
    });
}

#[test]
fn a_search_finds_each_word_in_some_searchable_text() {
    on_each(|site| {
        site.published("article", json!({ "title": "alpha", "body": "The quick brown fox" }));
        site.published("article", json!({ "title": "fox", "body": "A lazy DÖG" }));
        assert_eq!(site.column("articles?_q=FOX quick", "title"), ["alpha"]);
        assert_eq!(site.column("articles?_q=dög", "title"), ["fox"]);
        site.published("author", json!({ "name": "Ann", "bio": "writes", "secret": "gold" }));
        assert_eq!(site.column("authors?_q=write", "name"), ["Ann"]);
        assert_eq!(site.column("authors?_q=gold", "name"), Vec::<Value>::new());
    });
}

#[test]
fn filters_find_items_without_filterable_values() {
    on_each(|site| {
        let author = site.published("author", json!({ "name": "Ann" }));
        let hero = json!([{ "__component": "hero", "person": author }]);
        site.published("article", json!({ "slug": "with", "sections": hero, "links": [{ "label": "a" }, {}] }));
        site.published("article", json!({ "slug": "without" }));
        assert_eq!(site.column("articles?filters[sections][hero][$notNull]=true", "slug"), ["with"]);
        assert_eq!(site.column("articles?filters[sections][$null]=true", "slug"), ["without"]);
        assert_eq!(site.column("articles?filters[links][$not][label]=a", "slug"), ["with"]);
    });
}
