//! Roles changed whole.

use super::*;
use masthead_core::Error;
use masthead_core::access::{roles, tokens};
use masthead_model::Action;
use serde_json::json;

on_both! {
    async fn a_role_is_checked_like_one_that_is_pushed(app) {
        app.push(&[json!({"kind": "collection", "singular": "article", "plural": "articles", "fields": [{"name": "title", "type": "string"}]})]);
        let role = roles::put(&app.core, &OPERATOR, "writer", json!({"label": "Writer", "permissions": [
            {"action": "read", "type": "article"}, {"action": "update", "type": "article", "fields": ["title"]}]})).await.unwrap();
        assert_eq!((role.name.as_str(), role.permissions.len()), ("writer", 2));
        assert_eq!(roles::get(&app.core, &OPERATOR, "writer").await.unwrap(), role);
        let pointer = |json: serde_json::Value, name: &'static str| {
            let core = app.core.clone();
            async move {
                match roles::put(&core, &OPERATOR, name, json).await.unwrap_err() {
                    Error::Invalid(problems) => problems[0].pointer.clone(),
                    other => format!("{other:?}"),
                }
            }
        };
        assert_eq!(pointer(json!({"permissions": [{"action": "read", "type": "king"}]}), "x").await, "/permissions/0/type");
        assert_eq!(pointer(json!({"permissions": [{"action": "rule", "type": "*"}]}), "x").await, "/permissions/0/action");
        assert_eq!(pointer(json!({"permission": []}), "x").await, "/permission");
        assert_eq!(pointer(json!({"name": "y"}), "x").await, "/name");
        assert_eq!(pointer(json!({"admin": true}), "public").await, "/admin");
        assert_eq!(pointer(json!([]), "x").await, "");
        assert_eq!(pointer(json!({}), "No name").await, "/name");
        let listed: Vec<String> = roles::list(&app.core, &OPERATOR).await.unwrap().into_iter().map(|r| r.name).collect();
        assert_eq!(listed, ["admin", "editor", "author", "reader", "public", "writer"]);
    }

    async fn a_changed_role_binds_at_once(app) {
        app.push(&[json!({"kind": "collection", "singular": "article", "plural": "articles", "fields": [{"name": "title", "type": "string"}]})]);
        app.publish_new("article", json!({"title": "One"})).await;
        roles::put(&app.core, &OPERATOR, "public", json!({"permissions": [{"action": "read", "type": "article"}]})).await.unwrap();
        assert_eq!(app.get_as(&Caller::Anonymous, "articles").await.unwrap()["data"][0]["title"], "One");
        roles::put(&app.core, &OPERATOR, "public", json!({"permissions": []})).await.unwrap();
        assert!(matches!(app.get_as(&Caller::Anonymous, "articles").await, Err(Error::NotFound(_))));
    }

    async fn a_role_that_somebody_has_is_not_deleted(app) {
        roles::put(&app.core, &OPERATOR, "writer", json!({})).await.unwrap();
        let bo = person(&app, "bo@example.org", "writer").await;
        tokens::create(&app.core, &OPERATOR, "website", "writer", None).await.unwrap();
        let Err(Error::Conflict(said)) = roles::delete(&app.core, &OPERATOR, "writer").await else { panic!() };
        assert!(said.contains("bo@example.org") && said.contains("website"), "{said}");
        users::delete(&app.core, &OPERATOR, bo.id).await.unwrap();
        let token = tokens::named(&app.core, &OPERATOR, "website").await.unwrap();
        tokens::revoke(&app.core, &OPERATOR, token.key).await.unwrap();
        roles::delete(&app.core, &OPERATOR, "writer").await.unwrap();
        assert!(matches!(roles::delete(&app.core, &OPERATOR, "writer").await, Err(Error::NotFound(_))));
        assert!(matches!(roles::delete(&app.core, &OPERATOR, "editor").await, Err(Error::Conflict(_))));
    }

    async fn a_change_of_a_role_leaves_an_administrator(app) {
        person(&app, "ada@example.org", "admin").await;
        let refused = roles::put(&app.core, &OPERATOR, "admin", json!({"admin": false})).await.unwrap_err();
        assert!(matches!(refused, Error::Conflict(_)), "{refused:?}");
        assert!(roles::get(&app.core, &OPERATOR, "admin").await.unwrap().admin);
        for caller in [Caller::Anonymous, user("bo@example.org", "editor")] {
            assert!(roles::put(&app.core, &caller, "mine", json!({"admin": true})).await.is_err());
            assert!(roles::delete(&app.core, &caller, "editor").await.is_err());
            assert!(roles::list(&app.core, &caller).await.is_err());
            assert!(roles::set(&app.core, &caller, "editor", Action::Read, "*", true).await.is_err());
        }
    }
}
