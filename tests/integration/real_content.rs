//! Real content, not written by this project: `MASTHEAD_TEST_DATA` or `../shared/data`; without it, said to be skipped.

use crate::app::{OPERATOR, TestApp, map};
use flate2::read::GzDecoder;
use masthead_core::content::{self, ImportOptions, Record};
use masthead_core::{Caller, Error};
use masthead_model::Action;
use masthead_model::check::{self, Schema};
use masthead_model::value::slugify;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

pub fn data() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let path = std::env::var_os("MASTHEAD_TEST_DATA").map_or(beside, PathBuf::from);
    if path.join("counts.json").exists() {
        return Some(path);
    }
    eprintln!("skipped: no real content in {} (set MASTHEAD_TEST_DATA)", path.display());
    None
}

/// One record in how many is taken: each on SQLite, fewer on Postgres, where the same takes longer.
fn step(app: &TestApp) -> usize {
    match () {
        () if std::env::var_os("MASTHEAD_TEST_QUICK").is_some() => 15,
        () if app.url.starts_with("postgres") => 3,
        () => 1,
    }
}

fn lines(path: &Path) -> Vec<Value> {
    let file = BufReader::new(GzDecoder::new(std::fs::File::open(path).unwrap()));
    file.lines().map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect()
}

pub fn json_file(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))).unwrap()
}

/// Import all of `records`, none of which may be refused; how many references wait.
async fn import(app: &TestApp, type_word: &str, options: &ImportOptions, records: Vec<Value>) -> usize {
    let mut waiting = 0;
    for (start, batch) in records.chunks(100).enumerate().map(|(i, batch)| (i * 100, batch)) {
        let batch =
            batch.iter().zip(start as u64 + 1..).map(|(r, line)| Record { line, values: map(r.clone()) }).collect();
        for line in content::import_batch(&app.core, &OPERATOR, type_word, options, batch).await.unwrap() {
            let done = line.outcome.unwrap_or_else(|e| panic!("{type_word} line {}: {e:?}", line.line));
            waiting += done.pending;
        }
    }
    waiting
}

fn published(key: Option<&str>) -> ImportOptions {
    ImportOptions { key: key.map(str::to_owned), publish: true, dry_run: false }
}

async fn total(app: &TestApp, path: &str) -> u64 {
    let answer = app.get_as(&Caller::Anonymous, path).await.unwrap_or_else(|e| panic!("{path}: {e:?}"));
    answer["meta"]["pagination"]["total"].as_u64().unwrap()
}

fn texts<'v>(list: &'v Value, key: &str) -> Vec<&'v str> {
    list.as_array().unwrap().iter().map(|d| d[key].as_str().unwrap()).collect()
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}

/// What a post is filed under: its tags (the files have none), its section, and who wrote it.
fn filed_under(post: &Value) -> BTreeMap<String, String> {
    let names = |list: &Value| -> Vec<String> {
        list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let mut all = names(&post["tags"]);
    all.push(post["type"].as_str().unwrap().to_owned());
    all.extend(names(&post["extra"]["authors"]));
    all.into_iter().map(|name| (slugify(&name), name)).collect()
}

/// The definitions below `tests/fixtures/strapi-blog`.
fn strapi_types() -> Vec<masthead_model::ContentType> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/strapi-blog");
    let mut paths: Vec<PathBuf> = ["components", "types"]
        .iter()
        .flat_map(|folder| std::fs::read_dir(root.join(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| check::parse_type(&json_file(path)).unwrap_or_else(|e| panic!("{}: {e:?}", path.display())))
        .collect()
}

/// A seed value as it can be written: its media are file names, and there is no media yet.
fn without_media(value: &Value) -> Value {
    const MEDIA: [&str; 6] = ["cover", "avatar", "file", "files", "shareImage", "favicon"];
    match value {
        Value::Object(members) => members
            .iter()
            .filter(|(name, _)| !MEDIA.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), without_media(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Value::Array(items) => items.iter().map(without_media).collect(),
        other => other.clone(),
    }
}

/// Import the seed of the blog template, and let everybody read it.
async fn strapi_blog(app: &TestApp, seed: &Value) {
    app.push_schema(Schema { types: strapi_types(), ..Schema::default() }).unwrap();
    for (ty, key) in [("category", "categories"), ("author", "authors")] {
        import(app, ty, &published(None), without_media(&seed[key]).as_array().unwrap().clone()).await;
    }
    for single in ["global", "about"] {
        import(app, single, &published(None), vec![without_media(&seed[single])]).await;
    }
    // The seed counts its relations from 1.
    let articles = seed["articles"].as_array().unwrap().iter().map(|article| {
        let mut article = without_media(article);
        let place = |key: &str, list: &str| &seed[list][article[key]["id"].as_u64().unwrap() as usize - 1];
        let (category, author) =
            (place("category", "categories")["slug"].clone(), place("author", "authors")["email"].clone());
        article["category"] = json!({"slug": category});
        article["author"] = json!({"email": author});
        article
    });
    assert_eq!(import(app, "article", &published(None), articles.collect()).await, 0);
    for ty in ["article", "author", "category", "global", "about"] {
        app.allow("public", Action::Read, ty).await;
    }
}

on_both! {
    async fn the_strapi_blog_answers_the_requests_of_its_front_ends(app) {
        let Some(data) = data() else { return };
        let seed = json_file(&data.join("strapi/blog-v5/data/data.json"));
        strapi_blog(&app, &seed).await;
        let get = async |path: &str| app.get_as(&Caller::Anonymous, path).await.unwrap_or_else(|e| panic!("{path}: {e:?}"));
        for (path, list) in [("articles", "articles"), ("categories", "categories"), ("authors", "authors")] {
            assert_eq!(total(&app, path).await as usize, seed[list].as_array().unwrap().len(), "{path}");
        }

        // The page of an article.
        let slug = "the-internet-s-own-boy";
        let page = get(&format!("articles?filters[slug][$eq]={slug}&populate[blocks][on][shared.quote][populate]=*\
            &populate[blocks][on][shared.rich-text][populate]=*&populate[author][populate]=avatar&populate[category]=true&populate[cover]=true")).await;
        let article = &page["data"][0];
        let first = &seed["articles"][0];
        assert_eq!((&article["title"], &article["description"]), (&first["title"], &first["description"]));
        assert_eq!((&article["author"]["name"], &article["author"]["avatar"]), (&seed["authors"][0]["name"], &Value::Null));
        assert_eq!((&article["category"]["slug"], &article["cover"]), (&json!("story"), &Value::Null));
        let wanted: Vec<Value> = first["blocks"].as_array().unwrap().iter()
            .filter(|b| matches!(b["__component"].as_str(), Some("shared.quote" | "shared.rich-text"))).cloned().collect();
        let blocks = article["blocks"].as_array().unwrap();
        assert_eq!(blocks.len(), wanted.len());
        for (block, wanted) in blocks.iter().zip(&wanted) {
            for (name, value) in wanted.as_object().unwrap() {
                assert_eq!(&block[name], value);
            }
        }
        let only = get("articles?populate[blocks][on][shared.quote][populate]=*").await;
        assert!(only["data"].as_array().unwrap().iter().all(|a| a["blocks"].as_array().unwrap().iter().all(|b| b["__component"] == "shared.quote")));

        // Everything at once, and one by id.
        let all = get("articles?populate=*&sort=title:asc").await;
        let mut titles: Vec<&str> = seed["articles"].as_array().unwrap().iter().map(|a| a["title"].as_str().unwrap()).collect();
        titles.sort_by_key(|t| t.to_lowercase());
        assert_eq!(texts(&all["data"], "title"), titles);
        let kinds: Vec<&Value> = all["data"][0]["blocks"].as_array().unwrap().iter().map(|b| &b["__component"]).collect();
        assert_eq!(kinds, ["shared.rich-text", "shared.quote", "shared.media", "shared.rich-text", "shared.slider"]);
        assert_eq!((&all["data"][0]["blocks"][2].get("file"), &all["data"][0]["cover"]), (&None, &Value::Null));
        let id = all["data"][0]["documentId"].as_str().unwrap();
        let one = get(&format!("articles/{id}?populate=*")).await;
        assert_eq!(one["data"], all["data"][0]);
        let media = get(&format!("articles/{id}?populate[blocks][populate]=*")).await;
        assert_eq!((&media["data"]["blocks"][2]["file"], &media["data"]["blocks"][4]["files"]), (&Value::Null, &json!([])));

        // From the other end, and by it.
        let story = get("categories?filters[slug][$eq]=story&populate[articles][fields][0]=title&populate[articles][sort]=title").await;
        let in_story: Vec<&Value> = seed["articles"].as_array().unwrap().iter().filter(|a| a["category"]["id"] == 5).collect();
        assert_eq!(story["data"][0]["articles"].as_array().unwrap().len(), in_story.len());
        assert_eq!(total(&app, "articles?filters[category][slug][$eq]=story").await as usize, in_story.len());
        assert_eq!(total(&app, "articles?filters[blocks][shared.quote][title][$startsWithi]=thelonius").await, titles.len() as u64);
        let nested = get("authors?populate[articles][populate][category]=true&sort=name").await;
        assert!(nested["data"][0]["articles"][0]["category"]["slug"].is_string(), "{nested}");

        // The singles.
        assert_eq!(get("global").await["data"]["siteName"], seed["global"]["siteName"]);
        let global = get("global?populate[defaultSeo][populate]=shareImage&populate[favicon]=true").await;
        assert_eq!(global["data"]["defaultSeo"]["metaDescription"], seed["global"]["defaultSeo"]["metaDescription"]);
        assert_eq!((&global["data"]["defaultSeo"]["shareImage"], &global["meta"]), (&Value::Null, &json!({})));
        let about = get("about?populate[blocks][on][shared.quote][populate]=*&populate[blocks][on][shared.rich-text][populate]=*").await;
        assert_eq!(about["data"]["blocks"][0]["body"], seed["about"]["blocks"][0]["body"]);
        app.assert_healthy();

        // The definitions are stable: written as they are read.
        for ty in strapi_types() {
            assert_eq!(check::parse_type(&ty.to_file()).unwrap().to_file(), ty.to_file());
        }
        let refused = app.get_as(&Caller::Anonymous, "articles?populate[blocks][on][shared.quotes]=true").await;
        assert!(matches!(refused, Err(Error::Query(_))), "{refused:?}");
    }
}

mod heavy {
    use super::*;

    on_both! {
        async fn the_rust_blog_with_its_tags_is_listed_filtered_and_populated(app) {
            let Some(data) = data() else { return };
            let counts = json_file(&data.join("counts.json"))["docs/rust-blog.ndjson.gz"].clone();
            let mut posts = lines(&data.join("docs/rust-blog.ndjson.gz"));
            assert_eq!(posts.len() as u64, counts["documents"].as_u64().unwrap());
            posts = posts.into_iter().step_by(step(&app)).collect();
            app.push(&[
                json!({"kind": "collection", "singular": "blog-post", "plural": "blog-posts", "titleField": "title", "fields": [
                    {"name": "title", "type": "string", "required": true}, {"name": "slug", "type": "slug", "unique": true, "required": true},
                    {"name": "summary", "type": "text"}, {"name": "date", "type": "date"}, {"name": "body", "type": "markdown", "searchable": true},
                    {"name": "section", "type": "enumeration", "values": ["blog-post", "inside-rust-post"]},
                    {"name": "extra", "type": "json"}, {"name": "tags", "type": "relation", "targets": ["tag"], "many": true, "inverse": "posts"}]}),
                json!({"kind": "collection", "singular": "tag", "plural": "tags", "titleField": "name", "fields": [
                    {"name": "name", "type": "string", "required": true}, {"name": "slug", "type": "slug", "unique": true}]}),
            ]);
            app.allow("public", Action::Read, "*").await;
            let mut tags: BTreeMap<String, String> = BTreeMap::new();
            let mut uses: HashMap<String, BTreeSet<String>> = HashMap::new();
            let mut references = 0;
            let records: Vec<Value> = posts.iter().map(|post| {
                let filed = filed_under(post);
                references += filed.len();
                for slug in filed.keys() {
                    uses.entry(slug.clone()).or_default().insert(post["slug"].as_str().unwrap().to_owned());
                }
                let given: Vec<Value> = filed.keys().map(|slug| json!({"slug": slug})).collect();
                tags.extend(filed);
                json!({"title": post["title"], "slug": post["slug"], "summary": post["summary"], "date": post["date"], "body": post["body"],
                    "section": post["type"], "extra": post["extra"], "tags": given})
            }).collect();

            // The tags come after what is filed under them.
            assert_eq!(import(&app, "blog-post", &published(Some("slug")), records.clone()).await, references);
            assert_eq!(total(&app, "blog-posts").await as usize, posts.len());
            assert_eq!(total(&app, "blog-posts?filters[tags][$notNull]=true").await, 0);
            assert_eq!(content::waiting(&app.core, &OPERATOR).unwrap().len(), references);
            let tag_records = tags.iter().map(|(slug, name)| json!({"slug": slug, "name": name})).collect();
            assert_eq!(import(&app, "tag", &published(Some("slug")), tag_records).await, 0);
            assert_eq!(content::waiting(&app.core, &OPERATOR).unwrap(), []);

            for (section, count) in counts["by_type"].as_object().unwrap() {
                let there = posts.iter().filter(|p| p["type"] == section.as_str()).count() as u64;
                assert!(step(&app) > 1 || there == count.as_u64().unwrap());
                assert_eq!(total(&app, &format!("blog-posts?filters[section]={section}")).await, there);
                assert_eq!(total(&app, &format!("blog-posts?filters[tags][slug][$eq]={section}")).await, there);
            }
            assert_eq!(total(&app, "tags").await as usize, tags.len());
            assert_eq!(total(&app, "blog-posts?filters[tags][$null]=true").await, 0);
            let mut most: Vec<(&String, &BTreeSet<String>)> = uses.iter().collect();
            most.sort_by_key(|(slug, posts)| (std::cmp::Reverse(posts.len()), slug.as_str()));
            for (tag, expected) in most.iter().take(8).chain(most.iter().rev().take(4)) {
                let path = format!("blog-posts?filters[tags][slug][$eq]={tag}&fields=slug&sort=slug&pagination[cursor]=");
                let mut found = BTreeSet::new();
                let mut cursor = String::new();
                loop {
                    let page = app.get_as(&Caller::Anonymous, &format!("{path}{cursor}&pagination[pageSize]=100")).await.unwrap();
                    found.extend(texts(&page["data"], "slug").into_iter().map(str::to_owned));
                    match page["meta"]["pagination"]["nextCursor"].as_str() {
                        Some(next) => cursor = next.to_owned(),
                        None => break,
                    }
                }
                assert_eq!(&found, *expected, "{tag}");
                assert_eq!(total(&app, &format!("tags?filters[slug]={tag}&filters[posts][slug][$notNull]=true")).await, 1);
            }

            let newest = app.get_as(&Caller::Anonymous, "blog-posts?sort[0]=date:desc&sort[1]=slug&pagination[pageSize]=25&populate[tags][sort]=slug&populate[tags][fields]=slug").await.unwrap();
            let mut order: Vec<&Value> = posts.iter().collect();
            order.sort_by(|a, b| b["date"].as_str().cmp(&a["date"].as_str())
                .then_with(|| masthead_model::fold::key(a["slug"].as_str().unwrap()).cmp(&masthead_model::fold::key(b["slug"].as_str().unwrap()))));
            for (delivered, post) in newest["data"].as_array().unwrap().iter().zip(&order) {
                assert_eq!((&delivered["slug"], &delivered["date"], &delivered["body"]), (&post["slug"], &post["date"], &post["body"]));
                let tags: Vec<String> = filed_under(post).into_keys().collect();
                assert_eq!(texts(&delivered["tags"], "slug"), tags, "{}", post["slug"]);
            }
            // In the order they were given in, when no other is asked for.
            let plain = app.get_as(&Caller::Anonymous, &format!("blog-posts?filters[slug]={}&populate=tags", encoded(order[0]["slug"].as_str().unwrap()))).await.unwrap();
            assert_eq!(texts(&plain["data"][0]["tags"], "slug"), filed_under(order[0]).into_keys().collect::<Vec<_>>());
            let years = posts.iter().filter(|p| p["date"].as_str().is_some_and(|d| ("2018-01-01".."2020-01-01").contains(&d))).count() as u64;
            assert_eq!(total(&app, "blog-posts?filters[date][$gte]=2018-01-01&filters[date][$lt]=2020-01-01").await, years);
            let word = posts.iter().filter(|p| p["body"].as_str().unwrap().to_lowercase().contains("edition")).count() as u64;
            assert_eq!(total(&app, "blog-posts?filters[body][$containsi]=Edition").await, word);

            // Importing again changes nothing.
            let again = records.iter().take(20).zip(1..).map(|(r, line)| Record { line, values: map(r.clone()) }).collect();
            for line in content::import_batch(&app.core, &OPERATOR, "blog-post", &published(Some("slug")), again).await.unwrap() {
                let done = line.outcome.unwrap();
                assert!(!done.created && !done.changed && done.pending == 0, "{done:?}");
            }
            app.assert_healthy();
        }

        async fn the_kubernetes_pages_are_one_document_in_many_locales(app) {
            let Some(data) = data() else { return };
            let counts = json_file(&data.join("counts.json"))["docs/kubernetes-docs-multilocale.ndjson.gz"].clone();
            let mut pages = lines(&data.join("docs/kubernetes-docs-multilocale.ndjson.gz"));
            assert_eq!(pages.len() as u64, counts["documents"].as_u64().unwrap());
            if step(&app) > 1 {
                let keys: BTreeSet<String> = pages.iter().map(|p| p["translation_key"].as_str().unwrap().to_owned()).collect();
                let kept: BTreeSet<String> = keys.into_iter().step_by(step(&app)).collect();
                pages.retain(|p| kept.contains(p["translation_key"].as_str().unwrap()));
            }
            // Whole bodies are what the blog is imported with; here the point is how many locales there are.
            for page in &mut pages {
                let cut: String = page["body"].as_str().unwrap().chars().take(3000).collect();
                page["body"] = json!(cut);
            }
            let mut locales = vec!["en"];
            locales.extend(counts["by_locale"].as_object().unwrap().keys().map(String::as_str).filter(|l| *l != "en"));
            assert_eq!(locales.len(), 15);
            app.push_locales(&locales);
            app.push(&[json!({"kind": "collection", "singular": "page", "plural": "pages", "titleField": "title", "urlPattern": "/{locale}/{slug}", "fields": [
                {"name": "key", "type": "string", "unique": true}, {"name": "section", "type": "string"},
                {"name": "title", "type": "string", "localized": true, "required": true},
                {"name": "slug", "type": "slug", "localized": true, "unique": true},
                {"name": "summary", "type": "text", "localized": true}, {"name": "body", "type": "markdown", "localized": true}]})]);
            app.allow("public", Action::Read, "page").await;
            let records: Vec<Value> = pages.iter().map(|p| json!({"key": p["translation_key"], "section": p["type"], "locale": p["locale"],
                "title": p["title"], "slug": p["slug"], "summary": p["summary"], "body": p["body"]})).collect();
            import(&app, "page", &published(Some("key")), records).await;

            let mut groups: BTreeMap<&str, BTreeMap<&str, &Value>> = BTreeMap::new();
            for page in &pages {
                groups.entry(page["translation_key"].as_str().unwrap()).or_default().insert(page["locale"].as_str().unwrap(), page);
            }
            assert!(step(&app) > 1 || groups.len() as u64 == counts["translation_groups"].as_u64().unwrap());
            assert_eq!(total(&app, "pages?locale=*").await as usize, pages.len());
            for locale in &locales {
                let here = pages.iter().filter(|p| p["locale"] == *locale).count() as u64;
                assert!(step(&app) > 1 || Some(here) == counts["by_locale"][*locale].as_u64());
                assert_eq!(total(&app, &format!("pages?locale={locale}")).await, here, "{locale}");
                let with_english = groups.values().filter(|g| g.contains_key(locale) || g.contains_key("en")).count() as u64;
                assert_eq!(total(&app, &format!("pages?locale={locale}&fallbackLocale=en")).await, with_english, "{locale}");
            }
            let (key, group) = groups.iter().max_by_key(|(key, group)| (group.len(), **key)).unwrap();
            let mut ids = BTreeSet::new();
            for (locale, page) in group {
                let answer = app.get_as(&Caller::Anonymous, &format!("pages?filters[key]={}&locale={locale}&populate[localizations][fields]=title", encoded(key))).await.unwrap();
                let delivered = &answer["data"][0];
                assert_eq!((&delivered["title"], &delivered["body"], &delivered["locale"]), (&page["title"], &page["body"], &json!(locale)));
                assert_eq!((&delivered["slug"], &delivered["section"]), (&page["slug"], &page["type"]));
                // In the order of the site's locales.
                let others = locales.iter().filter(|l| *l != locale).filter_map(|l| group.get(l));
                let expected: Vec<&str> = others.map(|p| p["title"].as_str().unwrap()).collect();
                assert_eq!(texts(&delivered["localizations"], "title"), expected, "{locale}");
                ids.insert(delivered["documentId"].as_str().unwrap().to_owned());
            }
            assert_eq!(ids.len(), 1, "one document");
            let missing = locales.iter().find(|l| !group.contains_key(*l)).unwrap();
            let id = ids.first().unwrap();
            let refused = app.get_as(&Caller::Anonymous, &format!("pages/{id}?locale={missing}")).await;
            assert!(matches!(refused, Err(Error::NotFound(_))), "{refused:?}");
            // In a script of their own: what is found is what is written, whatever the script.
            for (locale, word) in [("zh-CN", "集群"), ("ja", "クラスター"), ("ko", "클러스터"), ("ru", "кластер"), ("uk", "Кластер"), ("de", "CLUSTER")] {
                let there = pages.iter().filter(|p| p["locale"] == locale && p["body"].as_str().unwrap().to_lowercase().contains(&word.to_lowercase())).count();
                assert_eq!(total(&app, &format!("pages?locale={locale}&filters[body][$containsi]={}", encoded(word))).await as usize, there, "{locale}");
            }
            app.assert_healthy();
        }

        async fn lists_of_generated_articles_are_what_a_scan_in_memory_gives(app) {
            app.push(&[
                json!({"kind": "collection", "singular": "author", "plural": "authors", "fields": [
                    {"name": "name", "type": "string", "required": true}, {"name": "slug", "type": "slug", "from": "name", "unique": true}]}),
                json!({"kind": "collection", "singular": "article", "plural": "articles", "titleField": "title", "fields": [
                    {"name": "title", "type": "string", "required": true}, {"name": "slug", "type": "slug", "unique": true}, {"name": "excerpt", "type": "text"},
                    {"name": "body", "type": "markdown"}, {"name": "category", "type": "enumeration", "values": CATEGORIES},
                    {"name": "views", "type": "integer"}, {"name": "featured", "type": "boolean"}, {"name": "published_on", "type": "date"},
                    {"name": "author", "type": "relation", "targets": ["author"], "inverse": "articles"}, {"name": "tags", "type": "tags"}]}),
            ]);
            app.allow("public", Action::Read, "*").await;
            let mut draw = Draw(7);
            let authors: Vec<Value> = (0..50).map(|i| json!({"name": format!("{} {i}", draw.words(2)), "slug": format!("author-{i}")})).collect();
            import(&app, "author", &published(None), authors).await;
            let articles: Vec<Value> = (0..500 / step(&app)).map(|i| json!({
                "title": draw.words(5), "slug": format!("article-{i}"), "excerpt": draw.words(20), "body": draw.words(420),
                "category": CATEGORIES[draw.below(8)], "views": draw.below(30_000), "featured": draw.below(5) == 0,
                "published_on": format!("20{:02}-{:02}-{:02}", 10 + draw.below(15), 1 + draw.below(12), 1 + draw.below(28)),
                "author": {"slug": format!("author-{}", draw.below(50))},
                "tags": (0..1 + draw.below(4)).map(|_| format!("tag-{}", draw.below(30))).collect::<BTreeSet<_>>(),
            })).collect();
            assert_eq!(import(&app, "article", &published(Some("slug")), articles.clone()).await, 0);

            let newest_first = |keep: &dyn Fn(&Value) -> bool| -> Vec<Value> {
                let mut kept: Vec<&Value> = articles.iter().filter(|a| keep(a)).collect();
                // Last in, first out, among those of one day.
                kept.reverse();
                kept.sort_by(|a, b| b["published_on"].as_str().cmp(&a["published_on"].as_str()));
                kept.into_iter().map(|a| a["slug"].clone()).collect()
            };
            let list = "articles?sort=published_on:desc&pagination[pageSize]=20&populate=author";
            let all = newest_first(&|_| true);
            for page in [1, 2, all.len() / 20] {
                let answer = app.get_as(&Caller::Anonymous, &format!("{list}&pagination[page]={page}")).await.unwrap();
                let slugs: Vec<Value> = answer["data"].as_array().unwrap().iter().map(|a| a["slug"].clone()).collect();
                assert_eq!(slugs, all[(page - 1) * 20..all.len().min(page * 20)]);
                for article in answer["data"].as_array().unwrap() {
                    let given = articles.iter().find(|a| a["slug"] == article["slug"]).unwrap();
                    assert_eq!(article["author"]["slug"], given["author"]["slug"]);
                    assert_eq!((&article["body"], &article["tags"]), (&given["body"], &given["tags"]));
                }
            }
            for category in CATEGORIES {
                for views in [1000, 10_000, 20_000] {
                    let wanted = newest_first(&|a| a["category"] == category && a["views"].as_u64() > Some(views) && a["featured"] == true);
                    let path = format!("{list}&filters[category][$eq]={category}&filters[views][$gt]={views}&filters[featured][$eq]=true");
                    let answer = app.get_as(&Caller::Anonymous, &path).await.unwrap();
                    let slugs: Vec<Value> = answer["data"].as_array().unwrap().iter().map(|a| a["slug"].clone()).collect();
                    assert_eq!(slugs, wanted[..wanted.len().min(20)], "{path}");
                    assert_eq!(answer["meta"]["pagination"]["total"], wanted.len());
                }
            }
            let word = articles[0]["title"].as_str().unwrap().split(' ').next().unwrap().to_lowercase();
            let there = articles.iter().filter(|a| ["title", "excerpt", "body", "slug", "category"].iter().any(|k| a[*k].as_str().unwrap().contains(&word))
                || a["tags"].as_array().unwrap().iter().any(|t| t.as_str().unwrap().contains(&word))).count();
            assert_eq!(total(&app, &format!("articles?_q={word}")).await as usize, there, "{word}");
            let of_one = articles.iter().filter(|a| a["author"]["slug"] == "author-7").count() as u64;
            assert_eq!(total(&app, "articles?filters[author][slug]=author-7").await, of_one);
            let ten = articles.iter().filter(|a| a["tags"].as_array().unwrap().contains(&json!("tag-10"))).count() as u64;
            assert_eq!(total(&app, "articles?filters[tags]=tag-10").await, ten);
            app.assert_healthy();
        }
    }
}

const CATEGORIES: [&str; 8] = ["news", "culture", "science", "sport", "travel", "food", "opinion", "business"];

/// Words and numbers, the same on every machine: SplitMix64 (Steele, Lea and Flood 2014).
struct Draw(u64);

impl Draw {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n as u64) as usize
    }

    fn words(&mut self, count: usize) -> String {
        const SYLLABLES: [&str; 20] = [
            "ba", "de", "fi", "go", "ku", "la", "me", "ni", "po", "ru", "sa", "te", "vi", "zo", "da", "fe", "ki", "lo",
            "mu", "ne",
        ];
        let word = |draw: &mut Self| (0..2 + draw.below(3)).map(|_| SYLLABLES[draw.below(20)]).collect::<String>();
        (0..count).map(|_| word(self)).collect::<Vec<_>>().join(" ")
    }
}
