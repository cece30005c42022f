use super::site::{ANNA, HOME, model, object, stored};
use crate::value::{Nested, Scalars, render_field, to_names};
use crate::{Field, Model, Type};
use serde_json::{Map, Value, json};

fn rendered(values: &Value, id: &str, nested: &mut dyn Nested) -> Value {
    let model = model();
    let field = model.get("article").unwrap().def.field(id).unwrap();
    let mut out = String::new();
    render_field(&model, field, values.get(id), &mut out, nested);
    serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"))
}

fn sample() -> Value {
    stored(json!({
        "title": "\"\\\n\u{e9}\u{2028}", "price": 0.25, "extra": {"a\"b": [null, true, -1.5e-9, "\u{1}"]},
        "author": ANNA, "seo": {"id": "s", "metaTitle": "T", "hidden": "no", "image": HOME},
        "sections": [{"id": "h", "__component": "block.hero", "heading": "H", "link": HOME, "seo": {"id": "i"}},
                     {"id": "n", "__component": "nested"}]
    }))
}

#[test]
fn plain_values_are_written_as_they_are() {
    let values = sample();
    for id in ["title", "price", "extra"] {
        assert_eq!(rendered(&values, id, &mut Scalars), values[id]);
    }
    assert_eq!(rendered(&values, "rank", &mut Scalars), Value::Null);
    assert_eq!(rendered(&values, "faq", &mut Scalars), json!([]));
    assert_eq!(rendered(&values, "words", &mut Scalars), json!([]));
    assert_eq!(rendered(&values, "author", &mut Scalars), Value::Null);
}

#[test]
fn a_component_shows_its_plain_values_and_nothing_private() {
    let values = sample();
    let seo = rendered(&values, "seo", &mut Scalars);
    assert_eq!(seo.to_string(), r#"{"id":"s","metaTitle":"T"}"#);
    let sections = rendered(&values, "sections", &mut Scalars);
    assert_eq!(
        sections.to_string(),
        r#"[{"__component":"block.hero","id":"h","heading":"H"},{"__component":"nested","id":"n","text":null}]"#
    );
}

/// Populates `link` as its id and `seo` in full, and only hero blocks.
struct Some(Model);

impl Nested for Some {
    fn item(&mut self, component: &Type) -> bool {
        component.id() != "nested"
    }

    fn scalar(&mut self, _: &Type, field: &Field) -> bool {
        field.id != "heading"
    }

    fn value(&mut self, _: &Type, field: &Field, item: &Map<String, Value>, out: &mut String) -> bool {
        match field.id.as_str() {
            "link" => out.push_str(&item["link"].to_string()),
            "seo" => render_field(&self.0, field, item.get("seo"), out, &mut Scalars),
            _ => {
                out.push_str("left over");
                return false;
            }
        }
        true
    }
}

#[test]
fn the_caller_writes_what_it_populates_and_leaves_out_the_rest() {
    let sections = rendered(&sample(), "sections", &mut Some(model()));
    let link =
        json!([{"__component": "block.hero", "id": "h", "link": HOME, "seo": {"id": "i", "metaTitle": "Untitled"}}]);
    assert_eq!(sections, link);
    assert_eq!(rendered(&sample(), "seo", &mut Some(model())).to_string(), r#"{"id":"s","metaTitle":"T"}"#);
}

#[test]
fn values_by_names_say_everything() {
    let model = model();
    let named = to_names(&model, model.get("article").unwrap(), &object(sample()));
    assert_eq!(named["seo"], json!({"id": "s", "metaTitle": "T", "hidden": "no", "image": HOME}));
    assert_eq!(named["author"], ANNA);
    assert_eq!(
        named["sections"][0],
        json!({"__component": "block.hero", "id": "h", "heading": "H", "link": HOME,
            "seo": {"id": "i", "metaTitle": "Untitled"}})
    );
}
