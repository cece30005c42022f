use super::fixture::{Site, on_each};
use serde_json::{Value, json};

fn things(site: &Site) {
    for i in 0..23i64 {
        let name = ["b", "a", "ä", "B"][i as usize % 4];
        let mut data = json!({ "name": name, "size": i % 5 });
        if i % 7 == 0 {
            data.as_object_mut().unwrap().remove("name");
        }
        if i % 6 == 0 {
            data["size"] = Value::Null;
        }
        site.published("thing", data);
    }
}

fn walk(site: &Site, sort: &str) -> Vec<Value> {
    let mut cursor = String::new();
    let mut all = Vec::new();
    loop {
        let page = site.get(&format!("things?sort={sort}&pagination[pageSize]=4&pagination[cursor]={cursor}"));
        all.extend(page["data"].as_array().unwrap().iter().map(|d| d["documentId"].clone()));
        match page["meta"]["pagination"]["nextCursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => return all,
        }
        assert!(all.len() < 100, "the walk does not end");
    }
}

#[test]
fn cursors_walk_a_list_in_the_order_of_its_pages() {
    on_each(|site| {
        things(site);
        for sort in [
            "",
            "name",
            "name:desc",
            "size",
            "-size",
            "size,name:desc",
            "name:desc,size",
            "createdAt:desc",
            "id:desc",
            "publishedAt:desc",
        ] {
            let whole = site.column(&format!("things?sort={sort}&pagination[pageSize]=100"), "documentId");
            assert_eq!(whole.len(), 23);
            assert_eq!(walk(site, sort), whole, "sort={sort}");
            let mut paged = Vec::new();
            for page in 1..=6 {
                paged.extend(site.column(
                    &format!("things?sort={sort}&pagination[pageSize]=4&pagination[page]={page}"),
                    "documentId",
                ));
            }
            assert_eq!(paged, whole, "sort={sort}");
        }
    });
}

#[test]
fn nulls_stand_last_either_way_and_accents_beside_their_letters() {
    on_each(|site| {
        things(site);
        let names = site.column("things?sort=name&pagination[pageSize]=100", "name");
        let first_null = names.iter().position(Value::is_null).unwrap();
        assert_eq!(first_null, 19);
        let of = |letter: &str| names.iter().filter(|n| *n == letter).count();
        let expected: Vec<Value> =
            std::iter::repeat_n(json!("a"), of("a")).chain(std::iter::repeat_n(json!("ä"), of("ä"))).collect();
        assert_eq!(names[..expected.len()], expected[..]);
        let back = site.column("things?sort=name:desc&pagination[pageSize]=100", "name");
        assert_eq!(back.iter().position(Value::is_null), Some(19));
    });
}

#[test]
fn a_cursor_is_good_for_its_own_order_only() {
    on_each(|site| {
        things(site);
        let page = site.get("things?sort=name&pagination[pageSize]=4&pagination[cursor]=");
        let cursor = page["meta"]["pagination"]["nextCursor"].as_str().unwrap();
        assert_eq!(site.wrong(&format!("things?sort=size&pagination[cursor]={cursor}")), "pagination[cursor]");
        assert_eq!(
            site.get(&format!("things?sort=name&pagination[cursor]={cursor}"))["data"].as_array().unwrap().len(),
            19
        );
        assert_eq!(page["meta"]["pagination"]["total"], 23);
    });
}

#[test]
fn sorts_cross_relations_to_what_is_visible() {
    on_each(|site| {
        let small = site.published("thing", json!({ "name": "z", "size": 1 }));
        let hidden = site.draft("thing", json!({ "name": "m", "size": 0 }));
        let big = site.published("thing", json!({ "name": "y", "size": 2 }));
        site.published("thing", json!({ "name": "b", "to": big }));
        site.published("thing", json!({ "name": "h", "to": hidden }));
        site.published("thing", json!({ "name": "s", "to": small }));
        let names = site
            .column("things?sort=to.size,name&filters[name][$in]=b&filters[name][$in]=h&filters[name][$in]=s", "name");
        assert_eq!(names, ["s", "b", "h"]);
        let walked = walk(site, "to.size:desc");
        assert_eq!(walked, site.column("things?sort=to.size:desc", "documentId"));
    });
}
