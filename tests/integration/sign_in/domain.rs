//! Sessions, links and throttling, with the time passed in.

use super::*;
use masthead_core::access::sessions;
use masthead_core::access::{profile, tidy};
use masthead_core::{Core, Error, Settings};
use masthead_store::{Options, Store};

on_both! {
    async fn a_session_is_known_until_it_ends_and_by_every_process_at_once(app) {
        person(&app, "ada@example.org", "editor").await;
        let other = Core::new(Store::open(&Options::new(&app.url)).unwrap(), Settings::default()).unwrap();
        let first = sign_in(&app, " ADA@example.org ", PASSWORD).await.unwrap();
        assert_eq!(first.caller, user("ada@example.org", "editor"));
        let seen = sessions::find(&other, &first.secret, now()).await.unwrap();
        assert_eq!(seen.caller, first.caller);
        sessions::end(&app.core, &first.secret).await.unwrap();
        assert!(matches!(sessions::find(&other, &first.secret, now()).await, Err(Error::Unauthorized)));
        for unknown in ["", "x", first.secret.to_uppercase().as_str(), &"x".repeat(10_000)] {
            assert!(matches!(sessions::find(&app.core, unknown, now()).await, Err(Error::Unauthorized)));
        }
        other.store().close();
    }

    async fn signing_in_makes_a_new_session_and_ends_the_one_that_was_presented(app) {
        person(&app, "ada@example.org", "editor").await;
        let first = sign_in(&app, "ada@example.org", PASSWORD).await.unwrap();
        let visit = Visit { session: Some(first.secret.clone()), device: Some(first.device.clone()), ..from("192.0.2.1") };
        let second = sign_in::sign_in(&app.core, "ada@example.org", PASSWORD, visit, now()).await.unwrap();
        assert_ne!(first.secret, second.secret);
        assert_eq!(first.device, second.device, "the browser was known");
        assert!(sessions::find(&app.core, &first.secret, now()).await.is_err());
        let listed = sessions::list(&app.core, &second.caller, now()).await.unwrap();
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0].agent, "Test/1.0");
    }

    async fn a_session_ends_when_it_is_idle_and_at_the_latest_after_ninety_days(app) {
        person(&app, "ada@example.org", "editor").await;
        let start = now();
        let signed = sign_in::sign_in(&app.core, "ada@example.org", PASSWORD, from("192.0.2.1"), start).await.unwrap();
        let idle = sign_in::sign_in(&app.core, "ada@example.org", PASSWORD, from("192.0.2.2"), start).await.unwrap();
        let mut at = start;
        while at + sessions::IDLE - SECOND < start + sessions::ABSOLUTE {
            at += sessions::IDLE - SECOND;
            sessions::find(&app.core, &signed.secret, at).await.unwrap();
        }
        assert!(sessions::find(&app.core, &signed.secret, start + sessions::ABSOLUTE - SECOND).await.is_ok());
        assert!(sessions::find(&app.core, &signed.secret, start + sessions::ABSOLUTE).await.is_err());
        assert!(sessions::find(&app.core, &idle.secret, start + sessions::IDLE - SECOND).await.is_ok(), "used again");
        assert!(sessions::find(&app.core, &idle.secret, start + 2 * sessions::IDLE).await.is_err());
        tidy(&app.core, &Caller::Server("sessions"), start + sessions::ABSOLUTE).await.unwrap();
        assert!(sessions::find(&app.core, &signed.secret, start).await.is_err(), "dropped");
        assert!(matches!(tidy(&app.core, &signed.caller, start).await, Err(Error::Forbidden(_))));
    }

    async fn when_a_session_was_used_is_written_once_a_minute(app) {
        person(&app, "ada@example.org", "editor").await;
        let start = now();
        let signed = sign_in::sign_in(&app.core, "ada@example.org", PASSWORD, from("192.0.2.1"), start).await.unwrap();
        let seen = |at| {
            let (core, signed) = (app.core.clone(), signed.clone());
            async move {
                sessions::find(&core, &signed.secret, at).await.unwrap();
                sessions::list(&core, &signed.caller, at).await.unwrap()[0].last_seen_at
            }
        };
        assert_eq!(seen(start + 59 * SECOND).await, start);
        assert_eq!(seen(start + 60 * SECOND).await, start + 60 * SECOND);
        assert_eq!(seen(start + 90 * SECOND).await, start + 60 * SECOND);
    }

    async fn wrong_passwords_unknown_people_and_disabled_accounts_are_told_apart_by_nothing(app) {
        let bo = person(&app, "bo@example.org", "editor").await;
        invited(&app, "cy@example.org", "editor", now()).await;
        users::change(&app.core, &OPERATOR, bo.id, users::Change { disabled: Some(true), ..Default::default() }).await.unwrap();
        person(&app, "ada@example.org", "editor").await;
        for (email, password) in [("ada@example.org", "wrong horse battery"), ("nobody@example.org", PASSWORD),
            ("bo@example.org", PASSWORD), ("cy@example.org", PASSWORD), ("cy@example.org", ""), ("", ""), ("x", &"y".repeat(5000))] {
            let refused = sign_in(&app, email, password).await.unwrap_err();
            assert!(matches!(refused, Error::WrongPassword), "{email}: {refused:?}");
        }
    }

    async fn guessing_gets_slower_and_the_owner_is_let_in(app) {
        person(&app, "ada@example.org", "editor").await;
        let at = now();
        let home = sign_in::sign_in(&app.core, "ada@example.org", PASSWORD, from("home"), at).await.unwrap();
        let guess = |address: &'static str| sign_in::sign_in(&app.core, "ada@example.org", "wrong", from(address), at);
        for _ in 0..5 {
            assert!(matches!(guess("bot").await, Err(Error::WrongPassword)));
        }
        let Err(Error::TooMany { seconds, .. }) = guess("bot").await else { panic!("it is too early") };
        assert_eq!(seconds, 1);
        let right = sign_in::sign_in(&app.core, "ada@example.org", PASSWORD, from("bot"), at).await;
        assert!(matches!(right, Err(Error::TooMany { .. })), "the right one is not looked at either");
        sign_in::sign_in(&app.core, "ada@example.org", PASSWORD, from("home"), at).await.unwrap();
        let known = Visit { device: Some(home.device), ..from("bot") };
        sign_in::sign_in(&app.core, "ada@example.org", PASSWORD, known, at).await.unwrap();
        let later = at + SECOND;
        sign_in::sign_in(&app.core, "ada@example.org", PASSWORD, from("bot"), later).await.unwrap();
    }

    async fn changing_the_password_ends_all_other_sessions(app) {
        person(&app, "ada@example.org", "editor").await;
        let one = sign_in(&app, "ada@example.org", PASSWORD).await.unwrap();
        let two = sign_in(&app, "ada@example.org", PASSWORD).await.unwrap();
        let session = sessions::find(&app.core, &one.secret, now()).await.unwrap().session;
        let change = |current: &'static str, new: &'static str| {
            profile::change_password(&app.core, &one.caller, Some(session), (current, new), "192.0.2.1", now())
        };
        let wrong = change("wrong horse battery", "another horse battery").await.unwrap_err();
        assert!(matches!(&wrong, Error::Invalid(p) if p[0].pointer == "/currentPassword"), "{wrong:?}");
        let short = change(PASSWORD, "short").await.unwrap_err();
        assert!(matches!(&short, Error::Invalid(p) if p[0].pointer == "/newPassword"), "{short:?}");
        assert!(sessions::find(&app.core, &two.secret, now()).await.is_ok(), "nothing has changed");
        change(PASSWORD, "another horse battery").await.unwrap();
        assert!(sessions::find(&app.core, &one.secret, now()).await.is_ok());
        assert!(sessions::find(&app.core, &two.secret, now()).await.is_err());
        assert!(sign_in(&app, "ada@example.org", PASSWORD).await.is_err());
        sign_in(&app, "ada@example.org", "another horse battery").await.unwrap();
        sessions::end_all(&app.core, &one.caller).await.unwrap();
        assert!(sessions::find(&app.core, &one.secret, now()).await.is_err());
        for (nobody, status) in [(Caller::Anonymous, true), (OPERATOR, false)] {
            let refused = sessions::list(&app.core, &nobody, now()).await.unwrap_err();
            assert_eq!(matches!(refused, Error::Unauthorized), status, "{refused:?}");
        }
    }

    async fn an_invitation_works_once_and_for_an_hour(app) {
        let start = now();
        let (bo, handed) = invited(&app, "Bo@Example.org", "editor", start).await;
        assert_eq!((bo.email.as_str(), bo.name.as_str(), bo.state), ("bo@example.org", "bo", users::State::Invited));
        assert_eq!((handed.mailed, handed.expires_at), (false, start + links::LASTS));
        let secret = secret(&handed);
        let shown = links::look(&app.core, &secret, now()).await.unwrap();
        assert_eq!((shown.purpose, shown.email.as_deref()), (links::Purpose::Invite, Some("bo@example.org")));
        let late = accept(&app, &secret, PASSWORD, start + links::LASTS).await.unwrap_err();
        assert!(matches!(late, Error::Gone(_)), "{late:?}");
        let short = accept(&app, &secret, "short", start).await.unwrap_err();
        assert!(matches!(&short, Error::Invalid(p) if p[0].pointer == "/password"), "{short:?}");
        let signed = accept(&app, &secret, PASSWORD, start).await.unwrap();
        assert_eq!(signed.caller, user("bo@example.org", "editor"));
        assert!(sessions::find(&app.core, &signed.secret, now()).await.is_ok());
        let again = accept(&app, &secret, "another horse battery", start).await.unwrap_err();
        assert!(matches!(again, Error::Gone(_)), "{again:?}");
        assert!(matches!(links::look(&app.core, &secret, start).await, Err(Error::Gone(_))));
        sign_in(&app, "bo@example.org", PASSWORD).await.unwrap();
    }

    async fn a_link_that_two_processes_use_at_once_works_for_one(app) {
        let other = Core::new(Store::open(&Options::new(&app.url)).unwrap(), Settings::default()).unwrap();
        let there = TestApp { core: other.clone(), url: app.url.clone() };
        let (_, handed) = invited(&app, "bo@example.org", "editor", now()).await;
        let secret = secret(&handed);
        let (a, b) = tokio::join!(accept(&app, &secret, PASSWORD, now()), accept(&there, &secret, "another horse battery", now()));
        assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
        let won = if a.is_ok() { PASSWORD } else { "another horse battery" };
        assert!(matches!(a.err().or(b.err()), Some(Error::Gone(_))));
        sign_in(&app, "bo@example.org", won).await.unwrap();
        other.store().close();
    }

    async fn a_reset_ends_sessions_and_the_links_before_it(app) {
        let ada = person(&app, "ada@example.org", "editor").await;
        let before = sign_in(&app, "ada@example.org", PASSWORD).await.unwrap();
        let (_, one) = users::link(&app.core, &OPERATOR, ada.id, BASE, now()).await.unwrap();
        let (_, two) = users::link(&app.core, &OPERATOR, ada.id, BASE, now()).await.unwrap();
        assert!(sessions::find(&app.core, &before.secret, now()).await.is_ok(), "asking ends nothing");
        let signed = accept(&app, &secret(&two), "another horse battery", now()).await.unwrap();
        assert!(sessions::find(&app.core, &before.secret, now()).await.is_err());
        assert!(sessions::find(&app.core, &signed.secret, now()).await.is_ok());
        let used = accept(&app, &secret(&one), "third horse battery", now()).await.unwrap_err();
        assert!(matches!(used, Error::Gone(_)), "{used:?}");
    }

    async fn of_two_who_set_up_the_site_at_once_one_wins(app) {
        let other = Core::new(Store::open(&Options::new(&app.url)).unwrap(), Settings::default()).unwrap();
        let there = TestApp { core: other.clone(), url: app.url.clone() };
        let one = links::first_admin(&app.core, &OPERATOR, now()).await.unwrap().unwrap();
        let two = links::first_admin(&other, &Caller::Server("setup"), now()).await.unwrap().unwrap();
        assert!(links::awaits_first_admin(&app.core).await.unwrap());
        let (a, b) = tokio::join!(first_admin(&app, &one.secret, "ada@example.org"), first_admin(&there, &two.secret, "bo@example.org"));
        assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
        let lost = a.err().or(b.err()).unwrap();
        assert!(matches!(lost, Error::Gone(_)), "{lost:?}");
        let people = users::list(&app.core, &OPERATOR).await.unwrap();
        assert_eq!((people.len(), people[0].roles.as_slice()), (1, &["admin".to_owned()][..]));
        assert!(!links::awaits_first_admin(&app.core).await.unwrap());
        assert!(links::first_admin(&app.core, &OPERATOR, now()).await.unwrap().is_none());
        let anyone = links::first_admin(&app.core, &Caller::Anonymous, now()).await;
        assert!(matches!(anyone, Err(Error::Forbidden(_))));
        other.store().close();
    }
}
