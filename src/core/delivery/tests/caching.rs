use super::fixture::Site;
use crate::access::roles;
use crate::{Caller, content};
use masthead_model::Action;
use serde_json::json;
use std::sync::Arc;

/// A site whose log is confirmed, as it is while a server runs.
fn watched() -> Site {
    let site = Site::sqlite();
    site.published("author", json!({ "name": "Ann" }));
    // The first read learns the model, so that the second one is kept.
    for _ in 0..2 {
        confirm(&site);
        site.get_raw("authors?fields=name");
    }
    site
}

fn confirm(site: &Site) {
    let seq = site.core.store().read_blocking(masthead_store::events::last).unwrap().map_or(0, |(seq, _)| seq);
    site.core.generations().confirm(seq, masthead_store::now_micros());
}

#[test]
fn an_answer_is_kept_until_something_it_names_changes() {
    let site = watched();
    let path = "authors?populate=articles&pagination[withCount]=false";
    confirm(&site);
    let first = site.get_raw(path);
    confirm(&site);
    assert!(Arc::ptr_eq(&first, &site.get_raw(path)));
    let id = site.draft("article", json!({ "title": "Draft" }));
    confirm(&site);
    assert!(Arc::ptr_eq(&first, &site.get_raw(path)), "a draft changes nothing that is delivered");
    site.publish(&id);
    confirm(&site);
    assert!(!Arc::ptr_eq(&first, &site.get_raw(path)), "the type is named, though no row of it was found");
    let second = site.get_raw(path);
    site.published("tag", json!({ "name": "t" }));
    confirm(&site);
    assert!(Arc::ptr_eq(&second, &site.get_raw(path)), "tags are not named");
}

#[test]
fn the_model_comes_from_memory_until_it_changes() {
    let site = watched();
    let kept = || {
        confirm(&site);
        site.core.known_model()
    };
    site.get_raw("authors?fields=documentId");
    let first = kept().unwrap();
    site.published("author", json!({ "name": "Bea" }));
    assert!(Arc::ptr_eq(&first, &kept().unwrap()), "content is no part of it");
    site.run(roles::set(&site.core, &Caller::Operator, "public", Action::Read, "tag", true)).unwrap();
    assert!(kept().is_none_or(|now| now.model.version > first.model.version));
    site.get_raw("authors?fields=name");
    assert!(kept().unwrap().model.version > first.model.version);
}

#[test]
fn once_a_read_has_met_another_process_model_no_answer_of_the_older_one_comes_from_memory() {
    let site = watched();
    confirm(&site);
    let path = "authors?fields=name";
    let first = site.get_raw(path);
    let beside = site.beside();
    site.run(roles::set(&beside, &Caller::Operator, "public", Action::Read, "tag", true)).unwrap();
    site.core.generations().confirm(0, masthead_store::now_micros());
    assert!(Arc::ptr_eq(&first, &site.get_raw(path)), "nobody here has heard of it");
    site.get_raw("authors?fields=name&sort=name:desc");
    assert!(!Arc::ptr_eq(&first, &site.get_raw(path)));
}

#[test]
fn without_the_head_of_the_log_nothing_comes_from_memory() {
    let site = watched();
    confirm(&site);
    let first = site.get_raw("authors");
    site.core.generations().confirm(0, masthead_store::now_micros() - 2_000_000);
    assert!(!Arc::ptr_eq(&first, &site.get_raw("authors")));
}

#[test]
fn callers_with_different_rights_never_share_an_answer() {
    let site = watched();
    site.run(roles::set(&site.core, &Caller::Operator, "public", Action::Read, "author", true)).unwrap();
    let boss = site.published("author", json!({ "name": "Boss" }));
    site.published("article", json!({ "title": "T", "author": boss }));
    confirm(&site);
    site.get_raw("authors");
    confirm(&site);
    let mine = site.get_raw("authors?populate=*&sort=name:desc");
    let public = site.try_get(&Caller::Anonymous, "authors?populate=*&sort=name:desc").unwrap();
    assert_ne!(mine.body, public.body);
    assert!(!String::from_utf8_lossy(&public.body).contains("articles"));
    site.run(roles::set(&site.core, &Caller::Operator, "public", Action::Read, "author", false)).unwrap();
    confirm(&site);
    assert!(site.try_get(&Caller::Anonymous, "authors?populate=*&sort=name:desc").is_err());
}

#[test]
fn totals_are_kept_apart_from_pages() {
    let site = watched();
    confirm(&site);
    let counted = |path: &str| {
        confirm(&site);
        site.get_raw(path).statements
    };
    assert_eq!(counted("authors?pagination[page]=1&sort=name"), 1, "the fixture has counted all authors");
    assert_eq!(counted("authors?filters[name]=Ann"), 2);
    assert_eq!(counted("authors?filters[name]=Ann&pagination[page]=2"), 1);
    site.published("author", json!({ "name": "Ann" }));
    assert_eq!(counted("authors?filters[name]=Ann&pagination[page]=3"), 2);
}

#[test]
fn many_who_miss_at_once_share_one_answer() {
    let site = watched();
    confirm(&site);
    let core = &site.core;
    let answers = site.run(async {
        let ask = || crate::delivery::list_or_single(core, &Caller::Operator, "authors", "sort=name&populate=*");
        tokio::join!(ask(), ask(), ask(), ask())
    });
    let first = answers.0.unwrap();
    for other in [answers.1, answers.2, answers.3] {
        assert!(Arc::ptr_eq(&first, &other.unwrap()));
    }
}

#[test]
fn an_acknowledged_publish_is_seen_by_the_next_read() {
    let site = watched();
    let id = site.published("author", json!({ "name": "0" }));
    let path = format!("authors/{id}");
    let core = site.core.clone();
    let reader = {
        let (core, id) = (core.clone(), id.clone());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            for _ in 0..300 {
                core.generations().confirm(0, masthead_store::now_micros());
                runtime.block_on(crate::delivery::one(&core, &Caller::Operator, "authors", &id, "")).unwrap();
            }
        })
    };
    for i in 1..40 {
        site.save(&id, json!({ "name": i.to_string() }));
        site.publish(&id);
        core.generations().confirm(0, masthead_store::now_micros());
        assert_eq!(site.get(&path)["data"]["name"], i.to_string());
    }
    reader.join().unwrap();
    site.run(content::trash(&site.core, &Caller::Operator, &id)).unwrap();
    assert!(site.try_get(&Caller::Operator, &path).is_err());
}
