//! Tokens: rotated with an overlap, revoked at once, and noted when used.

use super::*;
use masthead_core::Error;
use masthead_core::access::tokens;

on_both! {
    async fn a_rotated_token_keeps_its_old_secret_for_the_overlap_alone(app) {
        let (token, first) = tokens::issue(&app.core, &OPERATOR, "website", "reader", None).await.unwrap();
        let (rotated, second) = tokens::rotate(&app.core, &OPERATOR, token.key, 3600 * SECOND, now()).await.unwrap();
        assert_eq!((rotated.key, rotated.prefix.as_str()), (token.key, &second[..8]));
        for secret in [&first, &second] {
            assert!(matches!(tokens::caller(&app.core, secret).await, Ok(Caller::Token { name, .. }) if name == "website"));
        }
        // An overlap that is over already.
        let (_, third) = tokens::rotate(&app.core, &OPERATOR, token.key, 0, now()).await.unwrap();
        assert!(tokens::caller(&app.core, &second).await.is_err());
        assert!(tokens::caller(&app.core, &first).await.is_ok(), "its hour is not over");
        tokens::revoke(&app.core, &OPERATOR, token.key).await.unwrap();
        for secret in [&first, &second, &third] {
            assert!(matches!(tokens::caller(&app.core, secret).await, Err(Error::Unauthorized)));
        }
        assert!(matches!(tokens::revoke(&app.core, &OPERATOR, token.key).await, Err(Error::NotFound(_))));
    }

    async fn when_a_token_was_used_is_known_and_who_made_it(app) {
        let admin = user("ada@example.org", "admin");
        tokens::create(&app.core, &OPERATOR, "materialises", "admin", None).await.unwrap();
        let expires = now() + 3600 * SECOND;
        let (token, secret) = tokens::issue(&app.core, &admin, " website ", "reader", Some(expires)).await.unwrap();
        assert_eq!((token.name.as_str(), token.created_by.as_str()), ("website", "user:ada@example.org"));
        assert_eq!((token.expires_at, token.last_used_at, token.prefix.as_str()), (Some(expires), None, &secret[..8]));
        let before = now();
        tokens::caller(&app.core, &secret).await.unwrap();
        let listed = tokens::list(&app.core, &OPERATOR).await.unwrap();
        let used = listed.iter().find(|t| t.name == "website").unwrap().last_used_at.unwrap();
        assert!(used >= before && used <= now());
    }

    async fn nobody_but_an_administrator_makes_or_ends_tokens(app) {
        let (token, secret) = tokens::issue(&app.core, &OPERATOR, "website", "reader", None).await.unwrap();
        for caller in [Caller::Anonymous, user("bo@example.org", "editor"), Caller::Token { name: "website".to_owned(), role: "reader".to_owned() }] {
            assert!(tokens::create(&app.core, &caller, "x", "reader", None).await.is_err());
            assert!(tokens::list(&app.core, &caller).await.is_err());
            assert!(tokens::rotate(&app.core, &caller, token.key, 0, now()).await.is_err());
            assert!(tokens::revoke(&app.core, &caller, token.key).await.is_err());
        }
        assert!(tokens::caller(&app.core, &secret).await.is_ok());
        assert_eq!(tokens::list(&app.core, &OPERATOR).await.unwrap().len(), 1);
        for (name, role, expires) in [("", "reader", None), ("x", "king", None), ("x", "public", None), ("x", "reader", Some(now() - 1))] {
            let wrong = tokens::create(&app.core, &OPERATOR, name, role, expires).await.unwrap_err();
            assert!(matches!(wrong, Error::Invalid(_)), "{wrong:?}");
        }
        assert!(matches!(tokens::create(&app.core, &OPERATOR, "website", "reader", None).await, Err(Error::Conflict(_))));
    }
}
