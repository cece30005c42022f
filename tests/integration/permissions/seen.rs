//! What somebody may not see is not told beside the point either.

use super::*;
use masthead_core::access::tokens;
use masthead_core::content::Place;
use masthead_core::modelling;

fn author(name: &str) -> Caller {
    Caller::User { email: format!("{name}@example.org"), roles: vec!["author".to_owned()] }
}

on_both! {
    async fn the_trash_is_told_of_to_those_who_see_the_document(app) {
        site(&app).await;
        tokens::create(&app.core, &OPERATOR, "somebody", "author", None).await.unwrap();
        let (ada, bo) = (author("ada"), author("bo"));
        let own = create(&app, &ada, json!({"title": "Own"})).await.unwrap().document_id;
        let other = create(&app, &bo, json!({"title": "Other"})).await.unwrap().document_id;
        for id in [&own, &other] {
            content::trash(&app.core, &OPERATOR, id).await.unwrap();
        }
        let (listed, count) = content::trashed(&app.core, &ada, "article", 0).await.unwrap();
        assert_eq!((listed.len(), count, listed[0].document.title.as_str()), (1, 1, "Own"));
        assert!(matches!(save(&app, &ada, &own, json!({"title": "x"})).await, Err(Error::Conflict(_))));
        for answer in [
            save(&app, &ada, &other, json!({"title": "x"})).await.map(drop),
            content::restore_version(&app.core, &ada, &other, None, false, 1).await.map(drop),
            content::move_document(&app.core, &ada, &other, Place::default()).await,
            content::restore(&app.core, &ada, &other).await.map(drop),
        ] {
            assert!(matches!(answer, Err(Error::NotFound(_))), "{answer:?}");
        }
        content::restore(&app.core, &ada, &own).await.unwrap();
        app.assert_healthy();
    }

    async fn places_and_paths_tell_nothing_of_hidden_documents(app) {
        app.push(&[json!({"kind": "collection", "singular": "page", "plural": "pages", "tree": true, "urlPattern": "/{path}", "fields": [
            {"name": "title", "type": "string"}, {"name": "slug", "type": "slug"}, {"name": "team", "type": "string"}]})]);
        let hidden = app.publish_new("page", json!({"title": "Hidden", "slug": "hidden", "team": "blue"})).await.document_id;
        let below = app.publish_new("page", json!({"title": "Below", "slug": "below", "team": "red", "parent": hidden})).await.document_id;
        let free = app.publish_new("page", json!({"title": "Free", "slug": "free", "team": "red"})).await.document_id;
        let red = json!({"team": {"$eq": "red"}});
        let actions = ["read", "read_draft", "update", "publish"].map(|a| json!({"action": a, "type": "page", "condition": red}));
        let caller = role(&app, "red", json!(actions)).await;
        let place = |parent: &str| Place { parent: Some(Some(parent.to_owned())), ..Place::default() };
        let unseen = content::move_document(&app.core, &caller, &free, place(&hidden)).await.unwrap_err();
        let unknown = content::move_document(&app.core, &caller, &free, place(&"a".repeat(24))).await.unwrap_err();
        let said = |error: &Error| match error { Error::Invalid(p) => p[0].message.replace(&hidden, "?").replace(&"a".repeat(24), "?"), e => panic!("{e:?}") };
        assert_eq!(said(&unseen), said(&unknown));
        let beside = Place { after: Some(hidden.clone()), ..Place::default() };
        assert!(matches!(content::move_document(&app.core, &caller, &free, beside).await, Err(Error::Invalid(_))));
        content::move_document(&app.core, &caller, &free, place(&below)).await.unwrap();
        let page = app.get_as(&caller, &format!("pages/{below}?populate=*")).await.unwrap();
        assert!(page["data"].get("path").is_none() && page["data"]["parent"].is_null(), "{page}");
        assert!(app.get_as(&caller, "pages?sort=path").await.is_err());
        let opened = content::open(&app.core, &caller, &below, None).await.unwrap();
        assert!(opened.parent.is_none() && opened.url.is_none());
        assert!(app.get(&format!("pages/{below}")).await.unwrap()["data"]["path"].is_string());
        let view = modelling::type_view(&app.core, &caller, "page").await.unwrap();
        assert!(view.counts.is_none(), "counts are of all documents");
    }

    async fn what_is_in_the_way_is_told_without_names_that_are_not_known(app) {
        app.push(&[json!({"kind": "collection", "singular": "article", "plural": "articles", "fields": [
            {"name": "title", "type": "string", "required": true}, {"name": "secret", "type": "string", "required": true, "unique": true}]})]);
        app.publish_new("article", json!({"title": "A", "secret": "taken"})).await;
        let id = app.create("article", json!({"secret": "taken"})).await.document_id;
        let caller = role(&app, "part", json!([{"action": "publish", "type": "article"},
            {"action": "read", "type": "article", "fields": ["title"]}, {"action": "read_draft", "type": "article", "fields": ["title"]},
            {"action": "update", "type": "article", "fields": ["title"]}])).await;
        let Err(Error::Blocked(problems)) = content::publish(&app.core, &caller, &id, None).await else { panic!() };
        let told: Vec<(&str, &str)> = problems.iter().map(|p| (p.pointer.as_str(), p.code.as_ref())).collect();
        assert_eq!(told, [("/title", "required"), ("", "hidden")]);
        let saved = save(&app, &caller, &id, json!({"title": "B"})).await.unwrap();
        assert!(saved.warnings.is_empty(), "{saved:?}");
    }
}
