//! Pictures of other systems' sites, attached to the documents that show them there.

use super::client::{Part, fetch, form, token};
use crate::process::Site;
use crate::real_content::{data, json_file};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Every file that stands anywhere in an answer: by its name.
fn files_in<'v>(value: &'v Value, found: &mut BTreeMap<String, &'v Value>) {
    match value {
        Value::Object(members) if members.contains_key("sizeInBytes") => {
            found.insert(members["name"].as_str().unwrap().to_owned(), value);
        }
        Value::Object(members) => members.values().for_each(|v| files_in(v, found)),
        Value::Array(items) => items.iter().for_each(|v| files_in(v, found)),
        _ => {}
    }
}

/// Its bytes are those of the original, and its ready-made sizes are pictures of the size that they say.
fn assert_is(url: &str, file: &Value, original: &Path) {
    let bytes = std::fs::read(original).unwrap();
    let got = fetch(&format!("{url}{}", file["url"].as_str().unwrap()), &[]).ok();
    assert!(got.bytes == bytes, "{}", original.display());
    assert_eq!(got.header("content-type"), file["mime"].as_str().unwrap());
    let whole = image::load_from_memory(&bytes).unwrap();
    assert_eq!((&file["width"], &file["height"]), (&json!(whole.width()), &json!(whole.height())));
    let formats = file["formats"].as_object().unwrap();
    assert!(formats.contains_key("thumbnail"));
    for (name, format) in formats {
        let got = fetch(&format!("{url}{}", format["url"].as_str().unwrap()), &[]).ok();
        let picture = image::load_from_memory(&got.bytes).unwrap();
        assert_eq!((got.header("content-type"), &json!(picture.width())), ("image/webp", &format["width"]), "{name}");
        assert_eq!(json!(picture.height()), format["height"], "{name}");
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("none")
}

fn write_lines(site: &Site, name: &str, records: Vec<Value>) {
    site.write(&format!("in/{name}.ndjson"), records.iter().map(|r| format!("{r}\n")).collect::<String>());
}

fn import(site: &Site, ty: &str) {
    site.run(&["import", "ndjson", &format!("in/{ty}.ndjson"), "--type", ty, "--publish"]).ok();
    site.run(&["role", "allow", "public", "read", ty]).ok();
}

on_both_sites! {
    fn the_strapi_blog_shows_its_pictures(site) {
        let Some(data) = data() else { return };
        let uploads = data.join("strapi/blog-v5/data/uploads");
        let seed = json_file(&data.join("strapi/blog-v5/data/data.json"));
        let types = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/strapi-blog");
        site.run(&["schema", "push", types.to_str().unwrap(), "--apply"]).ok();
        for entry in std::fs::read_dir(&uploads).unwrap() {
            let path = entry.unwrap().path();
            site.write(&format!("in/{}", path.file_name().unwrap().to_str().unwrap()), std::fs::read(&path).unwrap());
        }
        // As the template's own script does it: an article's cover has the name of its slug.
        let place = |article: &Value, key: &str, list: &str| seed[list][article[key]["id"].as_u64().unwrap() as usize - 1].clone();
        let articles: Vec<Value> = seed["articles"].as_array().unwrap().iter().map(|article| {
            let mut article = article.clone();
            article["category"] = json!({"slug": place(&article, "category", "categories")["slug"]});
            article["author"] = json!({"email": place(&article, "author", "authors")["email"]});
            article["cover"] = json!({"path": format!("{}.jpg", article["slug"].as_str().unwrap()), "alternativeText": article["title"]});
            article
        }).collect();
        let mut global = seed["global"].clone();
        global["favicon"] = "favicon.png".into();
        global["defaultSeo"]["shareImage"] = "default-image.png".into();
        write_lines(site, "category", seed["categories"].as_array().unwrap().clone());
        write_lines(site, "author", seed["authors"].as_array().unwrap().clone());
        write_lines(site, "article", articles);
        write_lines(site, "global", vec![global]);
        write_lines(site, "about", vec![seed["about"].clone()]);
        for ty in ["category", "author", "article", "global", "about"] {
            import(site, ty);
        }
        let admin = token(site, "admin");
        let server = site.serve();
        let get = |path: &str| fetch(&format!("{}/api/{path}", server.url), &[]).ok().json();
        let articles = get("articles?populate[cover]=true&populate[author][populate]=avatar&populate[blocks][populate]=*");
        for article in articles["data"].as_array().unwrap() {
            assert_eq!(article["cover"]["name"], format!("{}.jpg", article["slug"].as_str().unwrap()));
            assert_eq!(article["cover"]["alternativeText"], article["title"]);
            assert_eq!(article["author"]["avatar"]["name"], format!("{}.jpg", article["author"]["email"].as_str().unwrap()));
            let blocks = article["blocks"].as_array().unwrap();
            let of = |kind: &str| blocks.iter().find(|b| b["__component"] == kind).unwrap();
            assert_eq!(of("shared.media")["file"]["name"], "coffee-art.jpg");
            let slider: Vec<&Value> = of("shared.slider")["files"].as_array().unwrap().iter().map(|f| &f["name"]).collect();
            assert_eq!(slider, ["coffee-art.jpg", "coffee-beans.jpg"]);
        }
        let global = get("global?populate[favicon]=true&populate[defaultSeo][populate]=shareImage");
        let about = get("about?populate[blocks][populate]=*");
        let mut shown = BTreeMap::new();
        [&articles, &global, &about].into_iter().for_each(|answer| files_in(answer, &mut shown));
        assert_eq!(shown.len(), 11, "{:?}", shown.keys());
        for (name, file) in &shown {
            assert_is(&server.url, file, &uploads.join(name));
        }
        let auth = format!("Bearer {admin}");
        let all = fetch(&format!("{}/api/upload/files?pagination[pageSize]=100", server.url), &[("Authorization", &auth)]).ok().json();
        assert_eq!(all.as_array().unwrap().len(), shown.len(), "each is there once, however often it is shown");
        let coffee = shown["coffee-art.jpg"]["documentId"].as_str().unwrap();
        let usage = fetch(&format!("{}/admin/api/media/{coffee}/usage", server.url), &[("Authorization", &auth)]).ok().json();
        let places: BTreeSet<&str> = usage["uses"].as_array().unwrap().iter().map(|u| u["field"].as_str().unwrap()).collect();
        assert!(places.iter().all(|p| p.starts_with("blocks.")) && places.len() >= 2, "{usage}");
        let held = crate::process::agent().delete(format!("{}/api/upload/files/{coffee}", server.url));
        let mut held = held.header("Authorization", &auth).call().unwrap();
        let said: Value = held.body_mut().read_json().unwrap();
        assert_eq!((held.status().as_u16(), &said["error"]["details"]), (409, &usage), "it says what would break");
        drop(server);
        assert_eq!(site.run(&["doctor"]).code, 0);
        let swept = site.run(&["media", "sweep", "--grace", "0"]).ok();
        assert!(swept.contains("removed 0 bytes"), "{swept}");
    }

    fn a_contentful_space_shows_its_pictures(site) {
        let Some(data) = data() else { return };
        let space = data.join("contentful/blog");
        let export = json_file(&space.join("contentful-export.json"));
        let of_text = |name: &str| json!({"name": name, "type": "text"});
        site.push(&[
            json!({"kind": "collection", "singular": "person", "plural": "persons", "fields": [
                of_text("name"), of_text("title"), of_text("company"), of_text("shortBio"), of_text("email"), of_text("phone"), of_text("facebook"),
                of_text("twitter"), of_text("github"), {"name": "image", "type": "media", "kinds": ["image"]}]}),
            json!({"kind": "collection", "singular": "blog-post", "plural": "blog-posts", "fields": [
                of_text("title"), {"name": "slug", "type": "slug", "unique": true}, of_text("description"), {"name": "body", "type": "markdown"},
                {"name": "tags", "type": "tags"}, {"name": "heroImage", "type": "media"},
                {"name": "author", "type": "relation", "targets": ["person"]}]}),
        ]);
        for ty in ["person", "blog-post"] {
            site.run(&["role", "allow", "public", "read", ty]).ok();
        }
        let admin = token(site, "admin");
        let server = site.serve();
        // Its assets: with their names, titles and descriptions. One file was left out of the data.
        let mut kept: BTreeMap<&str, Value> = BTreeMap::new();
        for asset in export["assets"].as_array().unwrap() {
            let fields = &asset["fields"];
            let file = &fields["file"]["en-US"];
            let path = space.join(file["url"].as_str().unwrap().trim_start_matches('/'));
            let Ok(bytes) = std::fs::read(&path) else { continue };
            let info = json!({"title": fields["title"]["en-US"], "alternativeText": fields["description"]["en-US"]}).to_string();
            let parts = [Part("fileInfo", None, info.as_bytes()), Part("files", file["fileName"].as_str(), &bytes)];
            let sent = form(&format!("{}/api/upload", server.url), Some(&admin), &parts).ok().json()[0].clone();
            assert_eq!((&sent["name"], &sent["mime"]), (&file["fileName"], &file["contentType"]));
            assert_is(&server.url, &sent, &path);
            kept.insert(asset["sys"]["id"].as_str().unwrap(), sent);
        }
        assert_eq!(kept.len(), 3);
        let mut made: BTreeMap<&str, Value> = BTreeMap::new();
        let entries = export["entries"].as_array().unwrap();
        let (people, posts): (Vec<&Value>, Vec<&Value>) = entries.iter().partition(|e| e["sys"]["contentType"]["sys"]["id"] == "person");
        for (entry, plural) in people.into_iter().map(|e| (e, "persons")).chain(posts.into_iter().map(|e| (e, "blog-posts"))) {
            let fields = entry["fields"].as_object().unwrap().iter().filter(|(name, _)| *name != "publishDate");
            let linked = |id: &str| kept.get(id).or_else(|| made.get(id)).map_or(Value::Null, |there| there["documentId"].clone());
            let values: Map<String, Value> = fields.map(|(name, value)| {
                let value = &value["en-US"];
                let link = value["sys"]["id"].as_str().map(linked);
                (name.clone(), link.unwrap_or_else(|| value.clone()))
            }).collect();
            let request = crate::process::agent().post(format!("{}/api/{plural}", server.url));
            let mut answer = request.header("Authorization", format!("Bearer {admin}")).send_json(json!({"data": values})).unwrap();
            let said: Value = answer.body_mut().read_json().unwrap();
            assert_eq!(answer.status().as_u16(), 201, "{said}");
            made.insert(entry["sys"]["id"].as_str().unwrap(), said["data"].clone());
        }
        let shown = fetch(&format!("{}/api/blog-posts?sort=slug&populate[heroImage]=true&populate[author][populate]=image", server.url), &[]);
        let shown = shown.ok().json();
        let posts: Vec<(&str, &str, &str, &str)> = shown["data"].as_array().unwrap().iter().map(|post| {
            let hero = &post["heroImage"];
            (text(&post["slug"]), text(&hero["name"]), text(&hero["title"]), text(&post["author"]["image"]["alternativeText"]))
        }).collect();
        assert_eq!(posts, [
            ("automate-with-webhooks", "felix-russell-saw-112140.jpg", "Man in the fields", "John with Sparkler"),
            ("hello-world", "cameron-kirby-88711.jpg", "Woman with black hat", "John with Sparkler"),
            ("static-sites-are-great", "none", "none", "John with Sparkler"),
        ]);
    }
}
