//! Roles that come with a schema.

use super::*;
use masthead_core::access::tokens;
use masthead_core::schema;
use masthead_model::check::{self, Schema};

fn with_role(json: Value) -> Schema {
    Schema { roles: vec![check::parse_role(&json).unwrap()], ..Schema::default() }
}

on_both! {
    async fn a_push_keeps_the_administrators(app) {
        tokens::create(&app.core, &OPERATOR, "boss", "admin", None).await.unwrap();
        let refused = app.push_schema(with_role(json!({"name": "admin", "label": "Administrator"})));
        assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
        assert!(roles::get(&app.core, &OPERATOR, "admin").await.unwrap().admin);
    }

    async fn a_push_takes_no_role_away_that_somebody_has(app) {
        role(&app, "writer", json!([])).await;
        role(&app, "unused", json!([])).await;
        tokens::create(&app.core, &OPERATOR, "website", "writer", None).await.unwrap();
        let push = |desired: Schema| {
            let plan = schema::plan(&app.core, &OPERATOR, desired.clone(), true)?;
            schema::apply(&app.core, &OPERATOR, desired, true, &plan.fingerprint, true, &mut |_| {})
        };
        let Err(Error::Conflict(said)) = push(with_role(json!({"name": "other"}))) else { panic!() };
        assert!(said.contains("website"), "{said}");
        let writer = json!({"name": "writer"});
        push(with_role(writer)).unwrap();
        let names: Vec<String> = roles::list(&app.core, &OPERATOR).await.unwrap().into_iter().map(|r| r.name).collect();
        assert!(names.contains(&"writer".to_owned()) && !names.contains(&"unused".to_owned()), "{names:?}");
    }
}
