//! `import` and `export`.

use super::{blog, lines};
use crate::process::Site;
use serde_json::{Value, json};

/// The records of an export, by the order of the file.
fn exported(site: &Site, type_word: &str) -> Vec<Value> {
    let text = site.run(&["export", "ndjson", "--type", type_word]).ok();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn import(site: &Site, type_word: &str, more: &[&str], records: &[Value]) -> Value {
    let mut args = vec!["import", "ndjson", "-", "--json", "--type", type_word];
    args.extend(more);
    let ran = site.run_with(&args, &lines(records));
    assert_eq!(ran.code, 0, "{ran:?}");
    ran.json()
}

on_both_sites! {
    fn a_bad_line_is_reported_and_does_not_stop_the_rest(site) {
        site.push(&blog());
        let text = "{\"title\": \"One\"}\nnot json\n{\"title\": 7}\n\n{\"titel\": \"typo\"}\n{\"title\": \"Two\"}\n";
        let ran = site.run_with(&["import", "ndjson", "-", "--type", "article", "--publish"], text);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.out.contains("created 2") && ran.out.contains("failed 3"), "{ran:?}");
        assert!(ran.err.contains("line 2: this is not JSON"), "{ran:?}");
        assert!(ran.err.contains("line 3: /title"), "{ran:?}");
        assert!(ran.err.contains("line 5:") && ran.err.contains("titel"), "{ran:?}");
        let titles: Vec<Value> = exported(site, "article").into_iter().map(|r| r["title"].clone()).collect();
        assert_eq!(titles, ["One", "Two"]);
        site.run(&["doctor"]).ok();
    }

    fn what_a_record_says_about_itself_is_kept(site) {
        site.push(&blog());
        site.run(&["role", "allow", "public", "read", "article"]).ok();
        let record = json!({"documentId": "h7x2k9m4p1q8r5t3v6w0y2z4", "createdAt": "2019-03-01T10:00:00.000Z",
            "publishedAt": "2020-01-02T03:04:05.000Z", "status": "published", "title": "Old"});
        let draft = json!({"documentId": "a7x2k9m4p1q8r5t3v6w0y2z4", "status": "draft", "title": "Not yet"});
        let report = import(site, "article", &["--publish"], &[record.clone(), draft]);
        assert_eq!(report["created"], 2, "{report}");
        let records = exported(site, "article");
        for key in ["documentId", "createdAt", "publishedAt", "status", "title"] {
            assert_eq!(records[0][key], record[key], "{key}");
        }
        assert_eq!(records[1]["status"], "draft");
        let server = site.serve();
        let (_, list) = server.get("/api/articles");
        assert_eq!(list["data"].as_array().unwrap().len(), 1, "{list}");
        assert_eq!(list["data"][0]["createdAt"], record["createdAt"]);
        assert_eq!(list["data"][0]["publishedAt"], record["publishedAt"]);
    }

    fn the_locale_of_a_record_is_kept(site) {
        site.write("schema/locales.json", r#"[{"code": "en", "name": "English", "default": true}, {"code": "de", "name": "Deutsch"}]"#);
        site.write_types("schema", &[json!({"kind": "collection", "singular": "page", "plural": "pages", "fields": [
            {"name": "title", "type": "string", "localized": true}, {"name": "n", "type": "integer"}]})]);
        site.run(&["schema", "push", "schema", "--apply"]).ok();
        let id = "h7x2k9m4p1q8r5t3v6w0y2z4";
        let report = import(site, "page", &["--publish"], &[
            json!({"documentId": id, "locale": "en", "title": "Hello", "n": 1}),
            json!({"documentId": id, "locale": "de", "title": "Hallo"})]);
        assert_eq!((&report["created"], &report["updated"]), (&json!(1), &json!(1)), "{report}");
        let records = exported(site, "page");
        assert_eq!(records.len(), 2);
        for (locale, title) in [("en", "Hello"), ("de", "Hallo")] {
            let record = records.iter().find(|r| r["locale"] == locale).unwrap();
            assert_eq!((&record["title"], &record["n"], &record["status"]), (&json!(title), &json!(1), &json!("published")));
        }
        let wrong = site.run_with(&["import", "ndjson", "-", "--type", "page"], "{\"locale\": \"fr\", \"title\": \"Salut\"}\n");
        assert!(wrong.code == 1 && wrong.err.contains("line 1") && wrong.err.contains("fr"), "{wrong:?}");
    }

    fn references_wait_for_their_target_and_settle_across_files(site) {
        site.push(&blog());
        let report = import(site, "article", &["--publish"], &[
            // Forward within the file, to a later file, in a circle, and to what never comes.
            json!({"title": "First", "slug": "first", "author": {"slug": "ada"}, "related": [{"slug": "third"}, {"slug": "second"}]}),
            json!({"title": "Second", "slug": "second", "related": [{"slug": "first"}, {"slug": "nowhere"}, {"slug": "third"}]}),
            json!({"title": "Third", "slug": "third"}),
        ]);
        assert_eq!((&report["created"], &report["failed"], &report["waiting"]), (&json!(3), &json!(0), &json!(2)), "{report}");
        let waits: Vec<(&str, &str)> = report["waits"].as_array().unwrap().iter()
            .map(|w| (w["field"].as_str().unwrap(), w["value"].as_str().unwrap())).collect();
        assert!(waits.contains(&("slug", "ada")) && waits.contains(&("slug", "nowhere")), "{report}");

        let report = import(site, "author", &["--publish"], &[
            json!({"name": "Ada", "slug": "ada", "favourite": {"slug": "second"}})]);
        assert_eq!(report["waiting"], 1, "{report}");
        for ty in ["author", "article"] {
            site.run(&["role", "allow", "public", "read", ty]).ok();
        }
        let server = site.serve();
        let (_, list) = server.get("/api/articles?sort=slug&populate=*");
        let related = |i: usize| -> Vec<&str> {
            list["data"][i]["related"].as_array().unwrap().iter().map(|r| r["slug"].as_str().unwrap()).collect()
        };
        assert_eq!(list["data"][0]["author"]["name"], "Ada", "{list}");
        assert_eq!((related(0), related(1)), (vec!["third", "second"], vec!["first", "third"]), "the order that was given");
        let (_, authors) = server.get("/api/authors?populate=*");
        assert_eq!(authors["data"][0]["favourite"]["slug"], "second", "{authors}");
        assert_eq!(authors["data"][0]["articles"][0]["slug"], "first", "{authors}");
        site.run(&["doctor"]).ok();
    }

    fn a_rerun_with_a_key_updates_and_an_equal_one_changes_nothing(site) {
        site.push(&blog());
        let records = [
            json!({"title": "One", "slug": "one", "views": 1, "keywords": ["a"], "related": [{"slug": "two"}], "seo": {"metaTitle": "m"}}),
            json!({"title": "Two", "slug": "two", "views": 2}),
        ];
        let options = ["--publish", "--key", "slug"];
        assert_eq!(import(site, "article", &options, &records)["created"], 2);
        let before = exported(site, "article");
        let again = import(site, "article", &options, &records);
        assert_eq!((&again["created"], &again["updated"], &again["unchanged"]), (&json!(0), &json!(0), &json!(2)), "{again}");
        assert_eq!(exported(site, "article"), before);

        let changed = [json!({"slug": "two", "views": 3})];
        let dry = import(site, "article", &["--publish", "--key", "slug", "--dry-run"], &changed);
        assert_eq!((&dry["updated"], &dry["dryRun"]), (&json!(1), &json!(true)), "{dry}");
        assert_eq!(exported(site, "article"), before, "a dry run changes nothing");
        let report = import(site, "article", &options, &changed);
        assert_eq!((&report["created"], &report["updated"]), (&json!(0), &json!(1)), "{report}");
        let after = exported(site, "article");
        assert_eq!((&after[1]["views"], &after[1]["title"], after.len()), (&json!(3), &json!("Two"), 2));
        assert_eq!(after[0], before[0]);
        site.run(&["doctor"]).ok();
    }

    fn an_export_imported_into_an_empty_site_gives_the_same_export(site) {
        site.push(&blog());
        import(site, "author", &[], &[json!({"name": "Ada", "slug": "ada", "status": "published", "favourite": {"slug": "one"}})]);
        import(site, "article", &[], &[
            json!({"title": "One", "slug": "one", "views": 1, "keywords": ["a", "b"], "author": {"slug": "ada"},
                "related": [{"slug": "two"}, {"slug": "one"}], "seo": {"metaTitle": "m"}, "status": "published",
                "createdAt": "2019-03-01T10:00:00.000Z", "publishedAt": "2020-01-02T03:04:05.000Z"}),
            json!({"title": "Two", "slug": "two", "status": "draft"})]);
        // A published document with changes that are not.
        import(site, "article", &["--key", "slug"], &[json!({"slug": "one", "views": 2, "status": "draft"})]);
        site.run(&["export", "ndjson", "--type", "article", "--out", "articles.ndjson"]).ok();
        site.run(&["export", "ndjson", "--type", "author", "--out", "authors.ndjson"]).ok();
        assert_eq!(site.read("articles.ndjson").lines().count(), 3, "{}", site.read("articles.ndjson"));

        let other = Site::fresh(site.on).unwrap();
        other.push(&blog());
        for (file, ty) in [("articles.ndjson", "article"), ("authors.ndjson", "author")] {
            let path = site.path(file);
            other.run(&["import", "ndjson", path.to_str().unwrap(), "--type", ty]).ok();
        }
        assert_eq!(exported(&other, "article"), exported(site, "article"));
        assert_eq!(exported(&other, "author"), exported(site, "author"));
        other.run(&["doctor"]).ok();
    }

    fn a_table_is_imported_by_its_header(site) {
        site.push(&blog());
        site.write("authors.csv", "name,slug\nAda Lovelace,ada\n\"Bo, the second\",bo\n");
        site.run(&["import", "csv", "authors.csv", "--type", "author", "--publish"]).ok();
        site.write("articles.csv", "title,views,keywords,author.slug,seo.metaTitle\nOne,1,a;b,ada,Hi\nTwo,many,,bo,\nThree,3,,,\n");
        let ran = site.run(&["import", "csv", "articles.csv", "--type", "articles", "--publish", "--json"]);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert_eq!((&ran.json()["created"], &ran.json()["failed"], &ran.json()["problems"][0]["line"]), (&json!(2), &json!(1), &json!(3)));
        assert!(ran.err.contains("line 3:") && ran.err.contains("views"), "{ran:?}");
        let records = exported(site, "article");
        assert_eq!((&records[0]["views"], &records[0]["keywords"], &records[0]["seo"]["metaTitle"]), (&json!(1), &json!(["a", "b"]), &json!("Hi")));
        assert_eq!(exported(site, "author")[1]["name"], "Bo, the second");
        site.write("wrong.csv", "title,colour\nOne,red\n");
        let wrong = site.run(&["import", "csv", "wrong.csv", "--type", "article"]).fails(1);
        assert!(wrong.contains("colour"), "{wrong}");
    }
}

#[test]
fn a_type_or_key_that_is_not_there_is_named_with_those_that_are() {
    let site = Site::fresh(crate::app::On::Sqlite).unwrap();
    site.push(&blog());
    let said = site.run(&["import", "ndjson", "-", "--type", "artikle"]).fails(1);
    assert!(said.contains("artikle") && said.contains("article, author") || said.contains("author, article"), "{said}");
    let said = site.run(&["import", "ndjson", "-", "--type", "article", "--key", "views"]).fails(1);
    assert!(said.contains("views") && said.contains("slug"), "{said}");
    let said = site.run(&["import", "ndjson", "nowhere.ndjson", "--type", "article"]).fails(1);
    assert!(said.contains("nowhere.ndjson"), "{said}");
}
