//! Changing the model over HTTP: plans, applying them, jobs and history.

use super::client::Client;
use super::documents::blog;
use serde_json::{Value, json};

fn names(plan: &Value) -> Vec<&str> {
    plan["steps"].as_array().unwrap().iter().map(|s| s["name"].as_str().unwrap()).collect()
}

on_both_sites! {
    fn a_plan_is_shown_and_applied_with_its_fingerprint(site) {
        site.push(&blog());
        let server = site.serve();
        let admin = Client::with_role(site, &server, "admin");
        admin.post("/documents/article", json!({"data": {"title": "One", "views": 1}})).ok();
        let exported = admin.get("/schema").ok();
        assert_eq!(exported["types"].as_array().unwrap().len(), 3);
        let nothing = admin.post("/schema/plan", json!({"definitions": exported})).ok();
        assert_eq!(nothing["steps"], json!([]), "what is exported is what a plan takes");

        let mut article = exported["types"].as_array().unwrap().iter().find(|t| t["singular"] == "article").unwrap().clone();
        article["fields"].as_array_mut().unwrap().retain(|f| f["name"] != "views");
        article["fields"].as_array_mut().unwrap().push(json!({"name": "subtitle", "type": "string"}));
        let wanted = json!({"types": [article]});
        let plan = admin.post("/schema/plan", json!({"definitions": wanted})).ok();
        let destructive: Vec<&Value> = plan["steps"].as_array().unwrap().iter().filter(|s| s["destructive"] == true).collect();
        assert_eq!((plan["steps"].as_array().unwrap().len(), destructive.len()), (2, 1), "{plan}");
        assert_eq!(destructive[0]["count"]["documents"], 1);
        let name = destructive[0]["name"].clone();

        let apply = |fingerprint: &Value, allow: Value| {
            admin.post("/schema/apply", json!({"definitions": wanted, "fingerprint": fingerprint, "allowDestructive": allow}))
        };
        let changed = apply(&json!("0"), json!([])).refused(409);
        assert_eq!(changed.body["error"]["details"]["fingerprint"], plan["fingerprint"]);
        apply(&plan["fingerprint"], json!([])).refused(409);
        assert_eq!(apply(&plan["fingerprint"], json!([name, "more"])).refused(400).places(), ["/allowDestructive/1"]);
        let job = apply(&plan["fingerprint"], json!([name])).ok();
        assert_eq!((&job["state"], job["steps"].as_array().unwrap().len()), (&json!("done"), 2), "{job}");
        assert_eq!(admin.get(&format!("/schema/jobs/{}", job["id"].as_str().unwrap())).ok(), job);
        assert_eq!(admin.get("/schema/jobs").ok()["jobs"][0], job);
        admin.get("/schema/jobs/none").refused(404);
        apply(&plan["fingerprint"], json!([name])).refused(409);
        let fields: Vec<Value> = admin.get("/types/article").ok()["fields"].as_array().unwrap().iter().map(|f| f["name"].clone()).collect();
        assert!(fields.contains(&json!("subtitle")) && !fields.contains(&json!("views")));

        // Who changed it when; pushes by command are there, too.
        let history = admin.get("/schema/history").ok();
        let changes = history["changes"].as_array().unwrap();
        let actors: Vec<&str> = changes.iter().map(|c| c["actor"].as_str().unwrap()).collect();
        assert_eq!(actors, ["token:admin", "operator"], "{history}");
        assert_eq!(changes[0]["modelVersion"], job["modelVersion"]);
        let older = admin.get(&format!("/schema/history?before={}", changes[0]["id"])).ok();
        assert_eq!(older["changes"].as_array().unwrap().len(), 1);
    }

    fn a_type_and_a_locale_are_deleted_by_plan(site) {
        site.push(&blog());
        let server = site.serve();
        let admin = Client::with_role(site, &server, "admin");
        admin.post("/locales", json!({"code": "de"})).ok();
        let delete = json!({"types": ["home"], "locales": ["de"]});
        let plan = admin.post("/schema/plan", json!({ "delete": delete })).ok();
        assert_eq!(plan["steps"].as_array().unwrap().len(), 2, "{plan}");
        let allow: Vec<&str> = plan["steps"].as_array().unwrap().iter().filter(|s| s["destructive"] == true).map(|s| s["name"].as_str().unwrap()).collect();
        let body = json!({"delete": delete, "fingerprint": plan["fingerprint"], "allowDestructive": allow});
        assert_eq!(admin.post("/schema/apply", body).ok()["state"], "done");
        admin.get("/types/home").refused(404);
        assert_eq!(admin.get("/types").ok()["types"].as_array().unwrap().len(), 2);
        assert_eq!(admin.get("/locales").ok()["locales"].as_array().unwrap().len(), 1);
        let refused = admin.post("/schema/plan", json!({"delete": {"types": ["home"], "locales": ["de"], "roles": ["x"]}})).refused(400);
        assert_eq!(refused.places(), ["/delete/types/0", "/delete/roles/0", "/delete/locales/0"]);
    }

    fn a_wrong_definition_is_refused_with_its_place(site) {
        site.push(&blog());
        let server = site.serve();
        let admin = Client::with_role(site, &server, "admin");
        let plan = |definitions: Value| admin.post("/schema/plan", json!({ "definitions": definitions })).refused(400);
        let tag = |field: Value| json!({"types": [{"kind": "collection", "singular": "tag", "plural": "tags", "fields": [field]}]});
        assert_eq!(plan(json!([])).places(), ["/definitions"]);
        assert_eq!(plan(json!({"types": {}})).places(), ["/definitions/types"]);
        assert_eq!(plan(json!({"typs": []})).places(), ["/definitions/typs"]);
        assert_eq!(plan(tag(json!({"name": "x", "type": "txt"}))).places(), ["/definitions/types/0/fields/0/type"]);
        assert_eq!(plan(tag(json!({"name": "x", "type": "string", "maxlength": 1}))).places(), ["/definitions/types/0/fields/0/maxlength"]);
        let refused = plan(tag(json!({"name": "x", "type": "relation", "targets": ["nothing"]})));
        assert!(refused.places()[0].starts_with("/definitions/types/0/fields/0/targets"), "{refused:?}");
    }

    fn only_administrators_change_the_model_and_others_change_nothing(site) {
        site.push(&blog());
        let server = site.serve();
        let editor = Client::with_role(site, &server, "editor");
        let admin = Client::with_role(site, &server, "admin");
        let before = admin.get("/schema").ok();
        let wanted = json!({"delete": {"types": ["home"]}});
        let plan = admin.post("/schema/plan", wanted.clone()).ok();
        let apply = json!({"delete": {"types": ["home"]}, "fingerprint": plan["fingerprint"], "allowDestructive": names(&plan)});
        for (method, path, body) in [
            ("GET", "/schema", None),
            ("POST", "/schema/plan", Some(wanted)),
            ("POST", "/schema/apply", Some(apply)),
            ("GET", "/schema/jobs", None),
            ("GET", "/schema/jobs/x", None),
            ("GET", "/schema/history", None),
            ("POST", "/locales", Some(json!({"code": "de"}))),
            ("PATCH", "/locales/en", Some(json!({"name": "x"}))),
            ("PATCH", "/settings", Some(json!({"siteName": "x"}))),
        ] {
            editor.send(method, path, body.clone(), &[]).refused(403);
            Client::nobody(&server).send(method, path, body, &[]).refused(401);
        }
        assert_eq!(admin.get("/schema").ok(), before);
        assert_eq!(admin.get("/settings").ok()["siteName"], "Masthead");
    }

    fn locales_are_added_renamed_and_made_the_default(site) {
        let server = site.serve();
        let admin = Client::with_role(site, &server, "admin");
        let list = admin.post("/locales", json!({"code": "pt-BR", "name": "Português"})).ok();
        assert_eq!(list["locales"][1], json!({"code": "pt-BR", "name": "Português"}));
        admin.post("/locales", json!({"code": "pt-BR"})).refused(409);
        assert_eq!(admin.post("/locales", json!({"code": "Portuguese!"})).refused(400).places(), ["/code"]);
        let list = admin.send("PATCH", "/locales/pt-BR", Some(json!({"name": "Brasil", "default": true})), &[]).ok();
        let known = list["locales"].as_array().unwrap().iter().find(|l| l["code"] == "pt-BR").unwrap();
        assert_eq!(known, &json!({"code": "pt-BR", "name": "Brasil", "default": true}));
        admin.send("PATCH", "/locales/xx", Some(json!({"name": "x"})), &[]).refused(404);
        assert_eq!(admin.get("/locales").ok(), list);
    }

    fn settings_are_checked_and_kept(site) {
        let server = site.serve();
        let admin = Client::with_role(site, &server, "admin");
        let reader = Client::with_role(site, &server, "reader");
        assert_eq!(reader.get("/settings").ok(), json!({"siteName": "Masthead", "timeZone": "UTC"}));
        let change = |body: Value| admin.send("PATCH", "/settings", Some(body), &[]);
        let now = change(json!({"siteName": "  The Paper ", "timeZone": "Europe/Berlin"})).ok();
        assert_eq!(now, json!({"siteName": "The Paper", "timeZone": "Europe/Berlin"}));
        assert_eq!(change(json!({"siteName": "", "timeZone": "Mars/Olympus"})).refused(400).places(), ["/siteName", "/timeZone"]);
        assert_eq!(change(json!({"colour": "red"})).refused(400).places(), ["/colour"]);
        assert_eq!(reader.get("/settings").ok(), now);
    }
}
