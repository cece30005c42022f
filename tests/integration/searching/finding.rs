//! What is found, and in which order.

use super::{Searching, escaped};
use crate::app::OPERATOR;
use masthead_core::{Error, content};
use serde_json::{Value, json};

fn model() -> [Value; 2] {
    [
        json!({"kind": "collection", "singular": "article", "plural": "articles", "titleField": "title", "fields": [
            {"id": "title", "name": "title", "type": "string"}, {"id": "body", "name": "body", "type": "markdown"},
            {"id": "tags", "name": "tags", "type": "tags"}, {"id": "rank", "name": "rank", "type": "integer"},
            {"id": "secret", "name": "secret", "type": "string", "private": true}]}),
        json!({"kind": "collection", "singular": "person", "plural": "people", "titleField": "name", "fields": [
            {"id": "name", "name": "name", "type": "string"}]}),
    ]
}

async fn filled(app: &crate::app::TestApp) -> Searching {
    app.push(&model());
    let site = Searching::new(app);
    for (title, body, rank) in [
        ("Kubernetes for beginners", "A cluster runs containers.", 1),
        ("Running a cluster", "Nodes of *Kubernetes* and `kubectl`.\n\n```sh\nhelm install zebra\n```\n", 2),
        ("Zürich im Winter", "Die Häuser am See. https://example.org/elephant", 3),
        ("Cooking pasta", "Water, salt, and a <b>pot</b> & patience.", 4),
        ("Foxes", "The quick brown fox jumps over the lazy dog.", 5),
    ] {
        app.publish_new("article", json!({"title": title, "body": body, "rank": rank, "secret": "xylophone"})).await;
    }
    app.publish_new("person", json!({"name": "Ann Winter"})).await;
    app.create("article", json!({"title": "An unpublished draft about foxes"})).await;
    site.settle().await;
    site
}

on_both! {
    async fn documents_of_all_types_are_found_by_their_words(app) {
        let site = filled(&app).await;
        for (query, expected) in [
            // A title counts more than a body, and freshness decides among equals.
            ("kubernetes", vec!["Kubernetes for beginners", "Running a cluster"]),
            ("KUBER", vec!["Kubernetes for beginners", "Running a cluster"]),
            ("kubrenetes", vec!["Kubernetes for beginners", "Running a cluster"]),
            ("zurich", vec!["Zürich im Winter"]),
            ("Zürich", vec!["Zürich im Winter"]),
            ("run cluster", vec!["Kubernetes for beginners", "Running a cluster"]),
            ("\"brown fox\"", vec!["Foxes"]),
            ("\"fox brown\"", vec![]),
            ("cluster -kubectl", vec!["Kubernetes for beginners"]),
            ("helm", vec!["Running a cluster"]),
            ("elephant", vec!["Zürich im Winter"]),
            ("pot patience", vec!["Cooking pasta"]),
            ("xylophone", vec![]),
            ("quick foxes nonsense", vec!["Foxes"]),
        ] {
            let found = site.column(&format!("q={}", escaped(query)), "title").await;
            let mut sorted = (found.clone(), expected.clone());
            if query == "run cluster" {
                sorted.0.sort();
                sorted.1.sort();
            }
            assert_eq!(sorted.0, sorted.1, "{query}");
        }
        let winter = site.get("q=winter").await;
        let types: Vec<&Value> = winter["data"].as_array().unwrap().iter().map(|hit| &hit["_search"]["type"]).collect();
        assert_eq!(types, ["person", "article"]);
        assert_eq!(winter["meta"]["pagination"]["total"], 2);
        assert_eq!(site.column("q=winter&types=people", "name").await, ["Ann Winter"]);
    }

    async fn longer_words_may_have_more_typos(app) {
        app.push(&model());
        let site = Searching::new(&app);
        for title in ["Frog", "Horse", "Elephant", "Crocodile"] {
            app.publish_new("article", json!({"title": title})).await;
        }
        site.settle().await;
        for (typed, found) in [
            // Up to four letters none, up to eight one, from nine on two.
            ("frog", true), ("frgo", false), ("trog", false),
            ("horze", true), ("hrose", true), ("hrze", false), ("elephnat", true), ("elefant", false), ("elephhant", true),
            ("crocodyle", true), ("krocodyle", true), ("crokodyl", false), ("krokodyle", false), ("corcodlie", true),
            // While it is typed, too.
            ("croco", true), ("crocodo", true), ("horce", true),
        ] {
            let total = site.get(&format!("q={typed}")).await["meta"]["pagination"]["total"].clone();
            assert_eq!(total, u64::from(found), "{typed}");
        }
        let first = async |typed: &str| site.get(&format!("q={typed}")).await["meta"]["query"]["tolerance"].clone();
        assert_eq!((first("horse").await, first("horze").await), (json!("none"), json!("typos")));
        // What is written comes before what it begins, and that before what is written otherwise.
        for title in ["Elephants", "Elephantine", "Elephamt"] {
            app.publish_new("article", json!({"title": title})).await;
        }
        site.settle().await;
        assert_eq!(site.column("q=elephant", "title").await, ["Elephant", "Elephants", "Elephantine", "Elephamt"]);
    }

    async fn every_script_is_searched(app) {
        app.push_locales(&["en", "th", "ar", "he", "ja", "zh", "ko", "hi", "el", "tr", "de", "ru"]);
        app.push(&[json!({"kind": "collection", "singular": "page", "plural": "pages", "titleField": "title", "fields": [
            {"id": "title", "name": "title", "type": "string", "localized": true}, {"id": "body", "name": "body", "type": "text", "localized": true}]})]);
        let site = Searching::new(&app);
        for (locale, title, body, typed) in [
            ("th", "การท่องเที่ยวในประเทศไทย", "กรุงเทพมหานครเป็นเมืองหลวง", vec!["ประเทศไทย", "กรุงเทพ", "เมืองหลวง", "ท่องเที่ยว"]),
            ("ar", "السِّياحةُ في المَغرِب", "المدينة القديمة في فاس الكتب", vec!["السياحة", "المغرب", "مدينه", "كتب", "السياح"]),
            ("he", "תיירות בִּירוּשָׁלַיִם", "העיר העתיקה והשוק", vec!["תיירות", "ירושלים", "בירושלים", "העתיקה"]),
            ("ja", "東京タワーの歴史", "ﾀﾜｰは1958年に完成しました", vec!["東京", "タワー", "歴史", "完成", "1958"]),
            ("zh", "北京的历史", "故宫位于北京市中心", vec!["北京", "故宫", "市中心", "历史"]),
            ("ko", "서울의 역사", "경복궁은 서울에 있습니다", vec!["서울", "경복궁", "역사"]),
            ("hi", "दिल्ली का इतिहास", "लाल किला दिल्ली में है", vec!["दिल्ली", "लाल किला", "इतिहास"]),
            ("el", "Η ιστορία της Αθήνας", "Ο Παρθενώνας", vec!["ιστορια", "αθηνα", "ΑΘΗΝΑΣ", "παρθενων"]),
            ("tr", "İstanbul'un tarihi", "Kapalıçarşı", vec!["istanbul", "ISTANBUL", "kapalicarsi", "tarih"]),
            ("de", "Die Häuser von Zürich", "Straßenbahnen fahren", vec!["haus", "zurich", "Zürich", "strassenbahn"]),
            ("ru", "История Москвы", "Кремль и Красная площадь, ёлки", vec!["история", "москва", "елка", "красной"]),
        ] {
            let saved = app.try_create("page", json!({"title": title, "body": body}), Some(locale), false).await.unwrap();
            content::publish(&app.core, &OPERATOR, &saved.document_id, Some(locale)).await.unwrap();
            site.settle().await;
            let mut lost = Vec::new();
            for word in typed {
                let query = format!("q={}&locale={locale}", escaped(word));
                let found = site.get(&query).await;
                let marks = found["data"][0]["_search"]["highlights"].to_string().contains("<mark>");
                if found["data"][0]["title"] != title || !marks {
                    lost.push(format!("{word}: {found}"));
                }
            }
            assert!(lost.is_empty(), "{locale}: {lost:#?}");
            assert_eq!(site.column(&format!("q={}&locale=en", escaped(title)), "title").await, Vec::<String>::new(), "{locale}");
        }
    }

    async fn what_is_found_is_marked_as_safe_html(app) {
        let site = filled(&app).await;
        let found = site.get("q=pots%20pasta").await;
        assert_eq!(found["data"][0]["_search"]["highlights"], json!({
            "title": "Cooking <mark>pasta</mark>",
            "body": "Water, salt, and a <mark>pot</mark> &amp; patience."}));
        let plain = site.get("q=pasta&highlight=false").await;
        assert_eq!(plain["data"][0]["_search"], json!({"type": "article"}));
    }

    async fn hits_of_lists_are_marked_too(app) {
        let site = filled(&app).await;
        let found = app.get("articles?_q=pots%20pasta").await.unwrap();
        assert_eq!(found["data"][0]["_search"], json!({"highlights": {
            "title": "Cooking <mark>pasta</mark>",
            "body": "Water, salt, and a <mark>pot</mark> &amp; patience."}}));
        for more in ["articles?_q=pasta&highlight=false", "articles?sort=rank"] {
            let plain = app.get(more).await.unwrap();
            assert!(plain["data"][0]["title"].is_string() && plain["data"][0].get("_search").is_none(), "{plain}");
        }
        assert!(app.get("articles?_q=pasta&highlight=maybe").await.is_err());
        drop(site);
    }

    async fn what_nearly_all_documents_have_is_found_in_all_of_them(app) {
        app.push(&model());
        // All but three have one word that begins like that; of these, two have a rarer one. In one segment, made at once.
        for n in 0..200 {
            let body = match n {
                10 => "nothing of that".to_owned(),
                50 | 150 => "bandana".to_owned(),
                n if n % 3 == 0 => format!("banana bandana {n}"),
                n => format!("banana {n}"),
            };
            app.publish_new("article", json!({"title": format!("Number {n}"), "body": body, "rank": n})).await;
        }
        let site = Searching::new(&app);
        site.settle().await;
        assert_eq!(site.standing().segments, 1);
        for _ in 0..2 {
            // Kept, the second time.
            let found = site.get("q=ban&types=articles&highlight=false&pagination[pageSize]=1").await;
            assert_eq!(found["meta"]["pagination"]["total"], 199);
            assert_eq!(found["data"][0]["title"], "Number 199");
            let found = site.get("q=-banana%20ban&types=articles&highlight=false").await;
            assert_eq!(crate::searching::column(&found, "title"), ["Number 150", "Number 50"]);
        }
    }

    async fn lists_are_searched_with_their_filters_sorts_and_pages(app) {
        let site = filled(&app).await;
        let titles = async |query: &str| crate::searching::column(&app.get(&format!("articles?{query}")).await.unwrap(), "title");
        assert_eq!(titles("_q=kubernetes").await, ["Kubernetes for beginners", "Running a cluster"]);
        assert_eq!(titles("_q=kubernetes&sort=rank:desc").await, ["Running a cluster", "Kubernetes for beginners"]);
        assert_eq!(titles("_q=kubernetes&filters[rank][$gt]=1").await, ["Running a cluster"]);
        assert_eq!(titles("_q=fox").await, ["Foxes"]);
        assert_eq!(titles("_q=fox&status=draft&sort=rank").await, ["Foxes", "An unpublished draft about foxes"]);
        let page = app.get("articles?_q=kubernetes&pagination[page]=2&pagination[pageSize]=1").await.unwrap();
        assert_eq!(page["data"][0]["title"], "Running a cluster");
        assert_eq!(page["meta"]["pagination"], json!({"page": 2, "pageSize": 1, "pageCount": 2, "total": 2}));
        let first = app.get("articles?_q=kubernetes&pagination[cursor]=&pagination[pageSize]=1").await.unwrap();
        let next = first["meta"]["pagination"]["nextCursor"].as_str().unwrap().to_owned();
        let second = titles(&format!("_q=kubernetes&pagination[cursor]={next}&pagination[pageSize]=1")).await;
        assert_eq!(second, ["Running a cluster"]);
        drop(site);
    }

    async fn without_words_the_freshest_come_first(app) {
        let site = filled(&app).await;
        let all = site.get("q=&pagination[pageSize]=2").await;
        assert_eq!(all["data"][0]["name"], "Ann Winter");
        assert_eq!(all["data"][1]["title"], "Foxes");
        assert_eq!(all["meta"]["pagination"]["total"], 6);
    }

    async fn titles_are_proposed_while_typing(app) {
        let site = filled(&app).await;
        assert_eq!(site.suggest_as(&OPERATOR, "q=wi").await.unwrap(), ["Ann Winter", "Zürich im Winter"]);
        assert_eq!(site.suggest_as(&OPERATOR, "q=kub&limit=1").await.unwrap(), ["Kubernetes for beginners"]);
        assert_eq!(site.suggest_as(&OPERATOR, "q=helm").await.unwrap(), Vec::<String>::new());
        assert_eq!(site.suggest_as(&OPERATOR, "q=").await.unwrap(), Vec::<String>::new());
    }

    async fn wrong_parameters_are_refused_by_name(app) {
        let site = filled(&app).await;
        let long = format!("q={}", "word+".repeat(10_000));
        let many = format!("q={}", "w+".repeat(40));
        for (query, parameter) in [
            ("q=a&colour=red", "colour"),
            ("_q=a", "_q"),
            ("q[x]=a", "q"),
            ("q=a&types=nothing", "types"),
            ("q=a&highlight=maybe", "highlight"),
            ("q=a&sort=title", "sort"),
            ("q=a&filters[nothing]=1", "filters[nothing]"),
            ("q=a&locale=xx", "locale"),
            ("q=a&pagination[page]=0", "pagination[page]"),
            (&many, "q"),
        ] {
            match site.get_as(&OPERATOR, query).await {
                Err(Error::Query(problems)) => assert_eq!(problems[0].parameter, parameter, "{query}"),
                other => panic!("{query}: {other:?}"),
            }
        }
        assert!(matches!(site.get_as(&OPERATOR, &long).await, Err(Error::Query(_))));
        // A filter that only one of the types knows leaves the other one out.
        assert_eq!(site.column("q=&filters[rank]=5", "title").await, ["Foxes"]);
        for strange in ["%22", "-", "*", "(a|b)%2B%5B", "%22-%22", "-fox", "%00"] {
            let _ = site.get_as(&OPERATOR, &format!("q={strange}")).await;
        }
    }
}
