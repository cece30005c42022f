//! What the caller may not see is, to every parameter, what does not exist.

use super::fixture::{Visitor, definitions, list_of, model, model_of};
use crate::Model;
use crate::query::{Limits, Node, Visible, parse_filter, parse_list};

/// The same model to one who looks at it, without what the visitor may not see.
fn smaller() -> Model {
    let mut definitions = definitions();
    definitions.retain(|d| d["singular"] != "vault");
    for definition in &mut definitions {
        if let Some(fields) = definition["fields"].as_array_mut() {
            fields.retain(|f| f["private"] != true && f["id"] != "unseen");
        }
    }
    model_of(&definitions)
}

#[test]
fn hidden_fields_and_types_answer_as_if_they_did_not_exist() {
    let (whole, smaller) = (model(), smaller());
    for name in ["secret", "unseen", "vaults", "secre", "unsen", "vault.note", "author.email", "seo.secret", "email"] {
        let brackets = name.replace('.', "][");
        for raw in [
            format!("filters[{brackets}]=x"),
            format!("filters[{brackets}][$null]=true"),
            format!("filters[{brackets}][$eqq]=x"),
            format!("filters[$or][0][{brackets}][name]=x"),
            format!("sort={name}"),
            format!("sort={name}.name:up"),
            format!("sort[{brackets}]=asc"),
            format!("fields={name}"),
            format!("fields[]={name}&fields[]=title"),
            format!("populate={name}"),
            format!("populate[{name}]=true"),
            format!("populate[{name}][fields]=x"),
            format!("populate[author][fields]={name}"),
            format!("populate[author][populate]={name}"),
            format!("populate[owner][filters][{brackets}]=x"),
        ] {
            let (there, not_there) = (list_of(whole, "article", &raw), list_of(&smaller, "article", &raw));
            assert!(there.is_err(), "{raw}");
            assert_eq!(there, not_there, "{raw}");
        }
    }
}

#[test]
fn a_star_brings_nothing_hidden() {
    let (whole, smaller) = (model(), smaller());
    for raw in ["populate=*", "populate[author][populate]=*", "populate=seo.*,sections.*"] {
        assert_eq!(list_of(whole, "article", raw), list_of(&smaller, "article", raw), "{raw}");
    }
}

#[test]
fn whoever_sees_internals_may_name_them() {
    struct Admin;
    impl Visible for Admin {
        fn type_visible(&self, _: &str) -> bool {
            true
        }
        fn field_visible(&self, _: &str, _: &str) -> bool {
            true
        }
        fn sees_internal(&self, _: &str) -> bool {
            true
        }
    }
    let model = model();
    let article = model.get("article").unwrap();
    let raw = "filters[secret]=x&filters[createdBy]=u1&sort=updatedBy&filters[vaults][note]=x&populate=vault";
    assert!(parse_list(raw, model, article, &Admin, &Limits::default()).is_ok());
    let condition = Node::from(&serde_json::json!({"createdBy": {"$eq": "$caller"}}));
    assert!(parse_filter(&condition, model, article, &Admin, &Limits::default()).unwrap().is_some());
    assert!(parse_filter(&condition, model, article, &Visitor, &Limits::default()).is_err());
}
