//! `schema pull | diff | push`.

use super::{blog, lines};
use serde_json::{Value, json};

on_both_sites! {
    fn a_push_shows_its_plan_and_changes_nothing_before_it_is_applied(site) {
        site.write_types("schema", &blog());
        let plan = site.run(&["schema", "push", "schema"]).ok();
        assert!(plan.contains("article") && plan.contains("author"), "{plan}");
        assert!(!plan.contains("Applied"), "{plan}");
        let known = site.run(&["import", "ndjson", "-", "--type", "article"]).fails(1);
        assert!(known.contains("no content type 'article'"), "{known}");

        assert!(site.run(&["schema", "push", "schema", "--apply"]).ok().contains("Applied."));
        let again = site.run(&["schema", "push", "schema", "--apply", "--json"]);
        assert_eq!((again.code, &again.json()["applied"]), (0, &json!(false)), "{again:?}");
        assert_eq!(site.run(&["schema", "diff", "schema", "--exit-code"]).code, 0);
    }

    fn what_is_pulled_pushes_without_a_change(site) {
        site.push(&blog());
        site.run(&["role", "allow", "public", "read", "article"]).ok();
        site.run(&["schema", "pull", "pulled"]).ok();
        assert!(site.path("pulled/types/article.json").exists());
        assert!(site.path("pulled/components/seo.json").exists());
        assert!(site.path("pulled/roles/public.json").exists());
        assert!(site.path("pulled/locales.json").exists());
        let diff = site.run(&["schema", "diff", "pulled", "--prune", "--exit-code"]);
        assert_eq!(diff.code, 0, "{diff:?}");
        let before = site.read("pulled/types/article.json");
        site.run(&["schema", "pull", "pulled"]).ok();
        assert_eq!(site.read("pulled/types/article.json"), before);
    }

    fn a_partial_folder_leaves_the_rest_alone(site) {
        site.push(&blog());
        let mut author = blog().remove(1);
        author["fields"].as_array_mut().unwrap().push(json!({"name": "born", "type": "date"}));
        site.write_types("part", &[author]);
        let plan = site.run(&["schema", "push", "part", "--apply"]).ok();
        assert!(plan.contains("born") && !plan.contains("article."), "{plan}");
        site.run(&["schema", "pull", "pulled"]).ok();
        assert!(site.path("pulled/types/article.json").exists());
        let refused = site.run(&["schema", "push", "part", "--prune"]).fails(1);
        assert!(refused.contains("types/author.json /fields/2/targets/0") && refused.contains("article"), "{refused}");
        let mut alone = blog().remove(1);
        alone["fields"].as_array_mut().unwrap().truncate(2);
        site.write_types("part", &[alone]);
        let pruned = site.run(&["schema", "push", "part", "--prune"]).ok();
        assert!(pruned.contains("delete") && pruned.contains("article"), "{pruned}");
    }

    fn a_field_with_its_id_and_a_new_name_is_a_rename_that_keeps_every_value(site) {
        site.push(&blog());
        site.run_with(&["import", "ndjson", "-", "--type", "author", "--publish"],
            &lines(&[json!({"name": "Ada"}), json!({"name": "Bo"})])).ok();
        site.run(&["role", "allow", "public", "read", "author"]).ok();
        let server = site.serve();
        let (_, list) = server.get("/api/authors?sort=name");
        assert_eq!(list["data"][1]["name"], "Bo", "{list}");

        let mut author = blog().remove(1);
        author["fields"][0] = json!({"id": "name", "name": "fullName", "type": "string", "required": true});
        site.write_types("renamed", &[author]);
        let plan = site.run(&["schema", "push", "renamed", "--apply"]).ok();
        assert!(plan.contains("rename") && plan.contains("fullName"), "{plan}");
        let list = server.soon("/api/authors?sort=fullName", |status, _| status == 200);
        assert_eq!(list["data"][0]["fullName"], "Ada", "{list}");
        assert_eq!(list["data"][1]["fullName"], "Bo", "{list}");
        assert!(list["data"][0].get("name").is_none(), "{list}");
        assert_eq!(server.get("/api/authors?sort=name").0, 400);
        assert_eq!(server.stop(), Some(0));
    }

    fn a_step_that_loses_values_must_be_allowed_by_name(site) {
        site.push(&blog());
        site.run_with(&["import", "ndjson", "-", "--type", "article"],
            &lines(&[json!({"title": "One", "views": 1}), json!({"title": "Two", "views": 2}), json!({"title": "Three"})])).ok();
        let mut article = blog().remove(2);
        article["fields"].as_array_mut().unwrap().retain(|f| f["name"] != "views");
        site.write_types("less", &[article]);
        let refused = site.run(&["schema", "push", "less", "--apply"]);
        assert_eq!(refused.code, 1, "{refused:?}");
        assert!(refused.out.contains("views") && refused.out.contains('2'), "names it and counts its values: {refused:?}");
        assert!(refused.err.contains("--allow-destructive"), "{refused:?}");
        let kept = site.run(&["export", "ndjson", "--type", "article"]).ok();
        assert!(kept.contains("\"views\":2"), "{kept}");

        site.run(&["schema", "push", "less", "--apply", "--allow-destructive"]).ok();
        let gone = site.run(&["export", "ndjson", "--type", "article"]).ok();
        assert!(!gone.contains("views") && gone.contains("Three"), "{gone}");
        site.run(&["doctor"]).ok();
    }
}

on_both_sites! {
    fn a_deleted_field_id_never_comes_back_with_old_values(site) {
        site.push(&blog());
        site.run_with(&["import", "ndjson", "-", "--type", "article", "--publish"], &lines(&[json!({"title": "One", "views": 1})])).ok();
        let mut types = blog();
        types[2]["fields"].as_array_mut().unwrap().retain(|f| f["name"] != "views");
        site.push(&types);
        site.push(&blog());
        let shown = site.run(&["export", "ndjson", "--type", "article"]).ok();
        assert!(shown.contains("One") && !shown.contains("views"), "{shown}");
        site.run(&["doctor"]).ok();
    }
}

fn refused(files: &[(&str, &str)]) -> String {
    let site = crate::process::Site::fresh(crate::app::On::Sqlite).unwrap();
    for (name, text) in files {
        site.write(&format!("schema/{name}"), text);
    }
    site.run(&["schema", "push", "schema", "--apply"]).fails(1)
}

#[test]
fn a_reserved_name_is_refused_with_another_one_proposed() {
    let ty = json!({"kind": "collection", "singular": "hit", "plural": "search", "fields": [
        {"name": "title", "type": "string"}]});
    let said = refused(&[("types/hit.json", &ty.to_string())]);
    assert!(said.contains("types/hit.json") && said.contains("search") && said.contains("try `"), "{said}");
    let ty = json!({"kind": "collection", "singular": "post", "plural": "posts", "fields": [
        {"name": "title", "type": "string"}, {"name": "locale", "type": "string"}]});
    let said = refused(&[("types/post.json", &ty.to_string())]);
    assert!(said.contains("/fields/1/name") && said.contains("locale") && said.contains("try `"), "{said}");
}

#[test]
fn a_singular_and_a_plural_never_collide() {
    let one = json!({"kind": "collection", "singular": "news", "plural": "newses", "fields": [{"name": "a", "type": "string"}]});
    let two = json!({"kind": "collection", "singular": "item", "plural": "news", "fields": [{"name": "a", "type": "string"}]});
    let said = refused(&[("types/news.json", &one.to_string()), ("types/item.json", &two.to_string())]);
    assert!(said.contains("news") && said.contains("try `"), "{said}");
}

#[test]
fn a_mistake_in_json_is_named_with_file_and_line() {
    let said = refused(&[("types/post.json", "{\n  \"kind\": \"collection\",\n  \"singular\": post\n}\n")]);
    assert!(said.contains("types/post.json:3:"), "{said}");
}

#[test]
fn all_mistakes_of_a_folder_are_said_at_once() {
    let post = json!({"kind": "collection", "singular": "post", "plural": "posts", "fields": [
        {"name": "a", "type": "strnig"}, {"name": "b", "type": "relation", "targets": ["nothing"]}]});
    let page: Value = json!({"kind": "colection", "singular": "page", "plural": "pages", "fields": []});
    let said = refused(&[("types/post.json", &post.to_string()), ("types/page.json", &page.to_string())]);
    assert!(said.contains("types/post.json") && said.contains("strnig"), "{said}");
    assert!(said.contains("types/page.json") && said.contains("colection"), "{said}");
}
