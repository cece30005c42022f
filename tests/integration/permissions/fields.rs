//! Grants of single fields.

use super::*;
use masthead_core::content::Revision;

on_both! {
    async fn only_granted_fields_are_written_and_hidden_ones_are_unknown(app) {
        site(&app).await;
        let article = app.publish_new("article", json!({"title": "One", "notes": "secret", "category": "news"})).await.document_id;
        let caller = role(&app, "writer", json!([
            {"action": "read", "type": "article", "fields": ["title", "slug", "category"]},
            {"action": "read_draft", "type": "article", "fields": ["title", "slug", "category"]},
            {"action": "create", "type": "article", "fields": ["title"]},
            {"action": "update", "type": "article", "fields": ["title"]},
            {"action": "publish", "type": "article"}, {"action": "history", "type": "article"}])).await;
        let before = app.get(&format!("articles/{article}")).await.unwrap();
        for door in 0..3 {
            let write = |data: Value| {
                let (app, caller, article) = (&app, &caller, &article);
                async move {
                    match door {
                        0 => put(app, caller, article, data).await,
                        1 => save(app, caller, article, data).await,
                        _ => create(app, caller, data).await,
                    }
                }
            };
            let (forbidden, problems) = refused(write(json!({"title": "x", "category": "y"})).await);
            assert!(forbidden && problems.len() == 1 && problems[0].0 == "/category", "{problems:?}");
            // What is not known is one answer, whether it is there or not; and no name is proposed that is hidden.
            let hidden = refused(write(json!({"notes": "x"})).await);
            let unknown = refused(write(json!({"notez": "x"})).await);
            assert!(!hidden.0 && hidden.1[0].1 == "unknown_field");
            assert_eq!(hidden.1[0].2.replace("notes", "notez"), unknown.1[0].2);
            let hidden = refused(write(json!({"author": null})).await);
            assert!(!hidden.0 && hidden.1[0].1 == "unknown_field", "{hidden:?}");
        }
        assert_eq!(app.get(&format!("articles/{article}")).await.unwrap(), before, "refused writes leave all as it was");
        put(&app, &caller, &article, json!({"title": "Two"})).await.unwrap();
        let now = app.get(&format!("articles/{article}")).await.unwrap();
        assert_eq!((&now["data"]["title"], &now["data"]["notes"]), (&json!("Two"), &json!("secret")));
        create(&app, &caller, json!({"title": "Three"})).await.unwrap();
    }

    async fn what_writes_a_document_whole_takes_the_right_to_all_fields(app) {
        site(&app).await;
        let article = app.publish_new("article", json!({"title": "One", "notes": "secret"})).await.document_id;
        app.save(&article, json!({"title": "Two"})).await.unwrap();
        let all = ["read", "read_draft", "publish", "history", "delete"].map(|a| json!({"action": a, "type": "article"}));
        let mut permissions = all.to_vec();
        permissions.extend(["create", "update"].map(|a| json!({"action": a, "type": "article", "fields": ["title"]})));
        let caller = role(&app, "writer", json!(permissions)).await;
        let core = &app.core;
        let mut denied = vec![content::restore_version(core, &caller, &article, None, false, 1).await.map(drop)];
        denied.push(content::duplicate(core, &caller, &article).await.map(drop));
        denied.push(content::discard_draft(core, &caller, &article, None).await.map(drop));
        denied.push(content::copy_locale(core, &caller, &article, "en", "de", None).await.map(drop));
        for answer in denied {
            assert!(matches!(answer, Err(Error::Forbidden(_))), "{answer:?}");
        }
        let refused = roles::put(core, &OPERATOR, "x", json!({"permissions": [
            {"action": "publish", "type": "article", "fields": ["title"]}]})).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "publishing knows no fields");
    }

    async fn hidden_fields_are_left_out_of_drafts_versions_and_refusals(app) {
        site(&app).await;
        let author = app.publish_new("author", json!({"name": "Ada"})).await.document_id;
        let data = json!({"title": "One", "notes": "secret", "author": author});
        let saved = app.create("article", data).await;
        app.save(&saved.document_id, json!({"title": "Two", "notes": "hush"})).await.unwrap();
        let seen = json!(["title"]);
        let caller = role(&app, "looker", json!([
            {"action": "read", "type": "*"}, {"action": "update", "type": "article", "fields": seen},
            {"action": "read_draft", "type": "article", "fields": seen}, {"action": "read_draft", "type": "author"}])).await;
        let limited = role(&app, "limited", json!([
            {"action": "read", "type": "article", "fields": seen}, {"action": "history", "type": "article"}])).await;
        let id = saved.document_id.as_str();
        let opened = content::open(&app.core, &caller, id, None).await.unwrap();
        assert_eq!(Value::Object(opened.data), json!({"title": "Two"}));
        assert!(opened.related.is_empty(), "by a field that is not seen");
        assert!(content::referrers(&app.core, &caller, &author).await.unwrap().is_empty());
        let draft = content::draft(&app.core, &caller, id, None).await.unwrap();
        assert_eq!(Value::Object(draft.data), json!({"title": "Two"}));
        let list = app.get_as(&caller, "articles?status=dr%61ft").await.unwrap();
        assert!(list["data"][0]["title"] == "Two" && list["data"][0].get("notes").is_none(), "{list}");
        assert!(app.get_as(&caller, "articles?status=draft&filters[notes]=hush").await.is_err());
        let version = content::version(&app.core, &limited, id, None, false, 1).await.unwrap();
        assert_eq!(Value::Object(version), json!({"title": "One"}));
        app.publish(id).await.unwrap();
        app.save(id, json!({"title": "Three", "notes": "hush hush"})).await.unwrap();
        let diff = content::diff_versions(&app.core, &limited, id, None, false, (1, 2)).await.unwrap();
        assert!(diff.iter().all(|change| change.pointer == "/title"), "{diff:?}");
        let stale = Save { data: map(json!({"title": "x"})), base: Revision::parse("0"), ..Save::default() };
        let Err(Error::Stale { current, .. }) = content::save(&app.core, &caller, id, stale).await else { panic!() };
        assert_eq!(current["data"], json!({"title": "Three"}));
    }

    async fn a_reference_finds_nothing_that_the_writer_may_not_see(app) {
        site(&app).await;
        let hidden = app.create("author", json!({"name": "Ada", "slug": "ada"})).await;
        let shown = app.publish_new("author", json!({"name": "Bo", "slug": "bo"})).await;
        let caller = role(&app, "writer", json!([
            {"action": "read", "type": "*"}, {"action": "create", "type": "article"}])).await;
        let nobody = "a".repeat(24);
        let ids = [json!(hidden.document_id), json!({"slug": "ada"}), json!(hidden.id)];
        for (hidden, missing) in ids.into_iter().zip([json!(nobody), json!({"slug": "adx"}), json!(1)]) {
            let answers = [hidden, missing].map(|author| create(&app, &caller, json!({"author": author})));
            let [one, other] = answers;
            let codes = |answer| refused(answer).1.into_iter().map(|p| (p.0, p.1)).collect::<Vec<_>>();
            assert_eq!(codes(one.await), codes(other.await));
        }
        create(&app, &caller, json!({"author": {"slug": "bo"}})).await.unwrap();
        create(&app, &caller, json!({"author": shown.document_id})).await.unwrap();
    }
}
