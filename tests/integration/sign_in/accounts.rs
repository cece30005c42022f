//! What administrators do with accounts, and what nobody may.

use super::*;
use masthead_core::Error;
use masthead_core::access::sessions;
use masthead_core::access::users::{Change, State};

fn roles(names: &[&str]) -> Change {
    Change { roles: Some(names.iter().map(|n| (*n).to_owned()).collect()), ..Change::default() }
}

fn disabled(disabled: bool) -> Change {
    Change { disabled: Some(disabled), ..Change::default() }
}

on_both! {
    async fn disabling_and_deleting_end_sessions_and_links_at_once(app) {
        let bo = person(&app, "bo@example.org", "editor").await;
        let signed = sign_in(&app, "bo@example.org", PASSWORD).await.unwrap();
        let (_, link) = users::link(&app.core, &OPERATOR, bo.id, BASE, now()).await.unwrap();
        let off = users::change(&app.core, &OPERATOR, bo.id, disabled(true)).await.unwrap();
        assert_eq!(off.state, State::Disabled);
        assert!(sessions::find(&app.core, &signed.secret, now()).await.is_err());
        assert!(matches!(accept(&app, &secret(&link), PASSWORD, now()).await, Err(Error::Gone(_))));
        assert!(matches!(users::link(&app.core, &OPERATOR, bo.id, BASE, now()).await, Err(Error::Conflict(_))));
        users::change(&app.core, &OPERATOR, bo.id, disabled(false)).await.unwrap();
        assert!(sessions::find(&app.core, &signed.secret, now()).await.is_err(), "it does not come back");
        let again = sign_in(&app, "bo@example.org", PASSWORD).await.unwrap();
        users::delete(&app.core, &OPERATOR, bo.id).await.unwrap();
        assert!(sessions::find(&app.core, &again.secret, now()).await.is_err());
        assert!(matches!(users::get(&app.core, &OPERATOR, bo.id).await, Err(Error::NotFound(_))));
        assert!(matches!(sign_in(&app, "bo@example.org", PASSWORD).await, Err(Error::WrongPassword)));
    }

    async fn the_last_administrator_stays(app) {
        let ada = person(&app, "ada@example.org", "admin").await;
        let bo = person(&app, "bo@example.org", "editor").await;
        invited(&app, "cy@example.org", "admin", now()).await;
        let refused = |result: masthead_core::Result<()>| assert!(matches!(result, Err(Error::Conflict(_))), "{result:?}");
        for caller in [OPERATOR, user("ada@example.org", "admin")] {
            refused(users::delete(&app.core, &caller, ada.id).await);
            refused(users::change(&app.core, &caller, ada.id, disabled(true)).await.map(drop));
            refused(users::change(&app.core, &caller, ada.id, roles(&["editor"])).await.map(drop));
        }
        assert_eq!(users::get(&app.core, &OPERATOR, ada.id).await.unwrap(), ada, "nothing has changed");
        users::change(&app.core, &OPERATOR, bo.id, roles(&["editor", "admin"])).await.unwrap();
        users::change(&app.core, &OPERATOR, ada.id, roles(&["editor"])).await.unwrap();
        refused(users::change(&app.core, &OPERATOR, bo.id, disabled(true)).await.map(drop));
        users::delete(&app.core, &OPERATOR, ada.id).await.unwrap();
    }

    async fn two_administrators_cannot_remove_each_other_at_once(app) {
        let ada = person(&app, "ada@example.org", "admin").await;
        let bo = person(&app, "bo@example.org", "admin").await;
        let other = masthead_core::Core::new(
            masthead_store::Store::open(&masthead_store::Options::new(&app.url)).unwrap(), Default::default()).unwrap();
        for _ in 0..5 {
            let (a, b) = tokio::join!(users::change(&app.core, &OPERATOR, ada.id, disabled(true)), users::change(&other, &OPERATOR, bo.id, disabled(true)));
            assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
            for id in [ada.id, bo.id] {
                users::change(&app.core, &OPERATOR, id, disabled(false)).await.unwrap();
            }
        }
        other.store().close();
    }

    async fn only_administrators_change_accounts(app) {
        let ada = person(&app, "ada@example.org", "admin").await;
        let before = users::list(&app.core, &OPERATOR).await.unwrap();
        let token = Caller::Token { name: "t".to_owned(), role: "editor".to_owned() };
        for caller in [Caller::Anonymous, user("bo@example.org", "editor"), user("cy@example.org", "reader"), token] {
            let whom = Invite { email: "x@example.org".to_owned(), name: None, roles: vec!["reader".to_owned()] };
            let all = [
                users::list(&app.core, &caller).await.map(drop),
                users::get(&app.core, &caller, ada.id).await.map(drop),
                users::create(&app.core, &caller, "x@example.org", "reader", PASSWORD).await,
                users::invite(&app.core, &caller, whom, BASE, now()).await.map(drop),
                users::link(&app.core, &caller, ada.id, BASE, now()).await.map(drop),
                users::change(&app.core, &caller, ada.id, disabled(true)).await.map(drop),
                users::delete(&app.core, &caller, ada.id).await,
            ];
            for refused in all {
                let expected = if caller == Caller::Anonymous { "Unauthorized" } else { "Forbidden" };
                assert!(format!("{refused:?}").contains(expected), "{caller:?}: {refused:?}");
            }
        }
        assert_eq!(users::list(&app.core, &OPERATOR).await.unwrap(), before);
    }

    async fn what_is_wrong_with_an_account_is_named(app) {
        person(&app, "ada@example.org", "admin").await;
        let invite = |email: &str, roles: &[&str], name: Option<String>| {
            let roles = roles.iter().map(|r| (*r).to_owned()).collect();
            let whom = Invite { email: email.to_owned(), name, roles };
            let core = app.core.clone();
            async move { users::invite(&core, &OPERATOR, whom, BASE, now()).await.unwrap_err() }
        };
        let pointer = |error: Error| match error {
            Error::Invalid(problems) => problems[0].pointer.clone(),
            other => format!("{other:?}"),
        };
        for wrong in ["", "bo", "@example.org", "bo@example", "bo@@example.org", "b o@example.org", "bo@example.org\r\nBcc: x@y.z", "<bo@example.org>"] {
            assert_eq!(pointer(invite(wrong, &["editor"], None).await), "/email", "{wrong}");
        }
        assert_eq!(pointer(invite("bo@example.org", &["editor", "king"], None).await), "/roles/1");
        assert_eq!(pointer(invite("bo@example.org", &["public"], None).await), "/roles/0");
        assert_eq!(pointer(invite("bo@example.org", &[], None).await), "/roles");
        assert_eq!(pointer(invite("bo@example.org", &["editor"], Some("x".repeat(101))).await), "/name");
        assert!(matches!(invite("ADA@example.org", &["editor"], None).await, Error::Conflict(_)));
        assert_eq!(users::list(&app.core, &OPERATOR).await.unwrap().len(), 1);
    }
}
