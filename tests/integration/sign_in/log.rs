//! What happens to accounts, tokens and roles stands in the log, and only administrators read it there.

use super::*;
use masthead_core::access::{roles, sessions, tokens};
use masthead_core::events::{self, From};
use serde_json::json;
use std::time::Duration;

on_both! {
    async fn accounts_tokens_and_roles_leave_events_without_secrets(app) {
        let (core, at) = (&app.core, now());
        let ada = person(&app, "ada@example.org", "admin").await;
        let (bo, handed) = invited(&app, "bo@example.org", "editor", at).await;
        accept(&app, &secret(&handed), PASSWORD, at).await.unwrap();
        sign_in(&app, "bo@example.org", PASSWORD).await.unwrap();
        for _ in 0..8 {
            let _ = sign_in(&app, "bo@example.org", "wrong horse battery").await;
        }
        sessions::end_all(core, &user("bo@example.org", "editor")).await.unwrap();
        let change = users::Change { disabled: Some(true), name: Some("Bo".to_owned()), ..users::Change::default() };
        users::change(core, &OPERATOR, bo.id, change).await.unwrap();
        users::link(core, &OPERATOR, ada.id, BASE, at).await.unwrap();
        users::delete(core, &user("ada@example.org", "admin"), bo.id).await.unwrap();
        let (token, first) = tokens::issue(core, &OPERATOR, "site", "reader", None).await.unwrap();
        let (_, second) = tokens::rotate(core, &OPERATOR, token.key, 0, at).await.unwrap();
        tokens::revoke(core, &OPERATOR, token.key).await.unwrap();
        roles::put(core, &OPERATOR, "desk", json!({"label": "Desk"})).await.unwrap();
        roles::delete(core, &OPERATOR, "desk").await.unwrap();
        let read = |caller: Caller| async move { events::feed(core, &caller, &From::Start, 500, Duration::ZERO).await.unwrap().events };
        let seen = read(user("ada@example.org", "admin")).await;
        let told: Vec<(&str, &str)> = seen.iter().map(|e| (e.kind.as_str(), e.subject.as_deref().unwrap_or_default())).collect();
        for expected in [("user.created", "ada@example.org"), ("user.invited", "bo@example.org"), ("user.accepted", "bo@example.org"),
            ("user.signed_in", "bo@example.org"), ("user.sign_in_throttled", "bo@example.org"), ("user.signed_out_everywhere", "bo@example.org"),
            ("user.changed", "bo@example.org"), ("user.link_made", "ada@example.org"), ("user.deleted", "bo@example.org"),
            ("token.created", "site"), ("token.rotated", "site"), ("token.revoked", "site"), ("role.changed", "desk"), ("role.deleted", "desk")] {
            assert_eq!(told.iter().filter(|t| **t == expected).count(), 1 + usize::from(expected.0 == "user.signed_in"), "{expected:?} in {told:?}");
        }
        let changed = seen.iter().find(|e| e.kind == "user.changed").unwrap();
        assert_eq!((changed.fields.as_slice(), changed.actor.as_str()), (["name".to_owned(), "disabled".to_owned()].as_slice(), "operator"));
        assert_eq!(seen.iter().find(|e| e.kind == "user.deleted").unwrap().actor, "user:ada@example.org");
        let text = format!("{seen:?}");
        for hidden in [PASSWORD, "wrong horse battery", &first, &second, &secret(&handed)] {
            assert!(!text.contains(hidden));
        }
        let _ = sign_in(&app, "nobody@example.org", "x").await;
        assert!(read(user("eve@example.org", "editor")).await.is_empty());
    }
}
