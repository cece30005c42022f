//! What of a document is found by its words: the text of its fields as a reader sees it.
//!
//! Searchable are the fields that say so and what is named as the title, or all texts of a type where none says so; never
//! private ones. What stands in
//! code blocks and addresses is kept apart, because it would drown the rest.

use crate::field::{Field, FieldType};
use crate::model::{Model, Type};
use crate::rich_text;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use serde_json::{Map, Value};

/// How much a word counts by where it stands, the most first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Titles, and fields of weight 8 and more.
    Title,
    /// Fields of weight 4 to 7.
    Lead,
    Body,
    /// Code blocks and addresses of pages.
    Aside,
}

impl Class {
    pub const ALL: [Self; 4] = [Self::Title, Self::Lead, Self::Body, Self::Aside];
}

/// A text of a document.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Text {
    /// Id of the document's own field that it stands in, at whatever depth.
    pub field: String,
    pub class: Class,
    pub text: String,
}

/// Components inside components are followed this deep.
const MAX_DEPTH: usize = 8;

/// The searchable texts of a document, from its stored values, in the order of its definition.
pub fn texts(model: &Model, ty: &Type, values: &Map<String, Value>) -> Vec<Text> {
    let all = !says_so(model, &ty.def.fields, 0);
    let mut found = Vec::new();
    for field in &ty.def.fields {
        let Some(value) = values.get(&field.id) else { continue };
        let is_title = ty.def.title() == Some(field.id.as_str());
        let is_named = is_title && ty.def.title_field.is_some();
        let mut reader = Reader { model, top: &field.id, is_title, found: &mut found };
        reader.field(field, value, all || is_named, 0);
    }
    found
}

/// Whether a field's own value has texts, apart from what stands in items of components.
pub fn is_text(kind: FieldType) -> bool {
    matches!(
        kind,
        FieldType::String
            | FieldType::Text
            | FieldType::Slug
            | FieldType::Email
            | FieldType::Url
            | FieldType::Markdown
            | FieldType::RichText
            | FieldType::Tags
            | FieldType::Enumeration
    )
}

/// Equal while neither the texts of a type's documents nor the values they are counted by can change by a change of
/// the model.
pub fn signature(model: &Model, ty: &Type) -> String {
    let mut out = format!("{:?} {} {} ", ty.def.title_field, ty.localized, ty.def.draft_and_publish);
    if ty.localized {
        out.push_str(&model.locales.codes().collect::<Vec<_>>().join(","));
    } else {
        out.push_str(model.locales.default_code());
    }
    sign(model, &ty.def.fields, 0, &mut out);
    out
}

fn sign(model: &Model, fields: &[Field], depth: usize, out: &mut String) {
    for field in fields {
        let Field { id, kind, private, searchable, weight, values, localized, many, .. } = field;
        out.push_str(&format!(";{id} {kind:?} {private} {searchable} {weight:?} {localized} {many} {}", field.scale()));
        values.iter().for_each(|v| out.push_str(&format!(" {:?}={:?}", v.value, v.label)));
        if depth < MAX_DEPTH {
            for component in field.item_components().iter().filter_map(|id| model.get(id)) {
                out.push_str(&format!("({}", component.id()));
                sign(model, &component.def.fields, depth + 1, out);
                out.push(')');
            }
        }
    }
}

/// Whether some field is said to be searchable.
fn says_so(model: &Model, fields: &[Field], depth: usize) -> bool {
    fields.iter().filter(|f| !f.private).any(|field| {
        let mut inside = field.item_components().iter().filter_map(|id| model.get(id));
        field.searchable || depth < MAX_DEPTH && inside.any(|c| says_so(model, &c.def.fields, depth + 1))
    })
}

struct Reader<'a> {
    model: &'a Model,
    top: &'a str,
    is_title: bool,
    found: &'a mut Vec<Text>,
}

impl Reader<'_> {
    /// `all`: whatever the field says.
    fn field(&mut self, field: &Field, value: &Value, all: bool, depth: usize) {
        let wanted = all || field.searchable;
        if field.private {
            return;
        }
        match field.kind {
            FieldType::Component | FieldType::Blocks => {
                let one = (!field.is_list()).then_some(value);
                for item in one.into_iter().chain(value.as_array().into_iter().flatten().filter(|_| one.is_none())) {
                    let id = match field.kind {
                        FieldType::Component => field.component.as_deref(),
                        _ => item.get("_type").and_then(Value::as_str),
                    };
                    let (Some(component), Some(values)) = (id.and_then(|id| self.model.get(id)), item.as_object())
                    else {
                        continue;
                    };
                    for inner in component.def.fields.iter().filter(|_| depth < MAX_DEPTH) {
                        if let Some(value) = values.get(&inner.id) {
                            self.field(inner, value, wanted, depth + 1);
                        }
                    }
                }
            }
            _ if wanted => self.text(field, value, self.class(field, depth)),
            _ => {}
        }
    }

    fn class(&self, field: &Field, depth: usize) -> Class {
        match field.weight {
            Some(8..) => Class::Title,
            Some(4..) => Class::Lead,
            None if self.is_title && depth == 0 => Class::Title,
            _ => Class::Body,
        }
    }

    fn text(&mut self, field: &Field, value: &Value, class: Class) {
        match field.kind {
            FieldType::String | FieldType::Text | FieldType::Slug | FieldType::Email => {
                self.plain(value.as_str().unwrap_or_default(), class);
            }
            FieldType::Url => self.push(value.as_str().unwrap_or_default().to_owned(), Class::Aside),
            FieldType::Markdown => self.markdown(value.as_str().unwrap_or_default(), class),
            FieldType::RichText => {
                let (text, code) = rich_text::reading(value);
                self.plain(&text, class);
                self.push(code, Class::Aside);
            }
            FieldType::Tags => self.list(value, class, str::to_owned),
            FieldType::Enumeration => self.list(value, class, |word| {
                let known = field.values.iter().find(|v| v.value == word);
                known.map_or_else(|| word.to_owned(), |v| v.label.clone())
            }),
            _ => {}
        }
    }

    fn list(&mut self, value: &Value, class: Class, shown: impl Fn(&str) -> String) {
        let one = value.as_str().into_iter();
        let many = value.as_array().into_iter().flatten().filter_map(Value::as_str);
        one.chain(many).for_each(|word| self.push(shown(word), class));
    }

    /// A text, without the addresses in it.
    fn plain(&mut self, text: &str, class: Class) {
        if !text.contains("://") {
            return self.push(text.to_owned(), class);
        }
        let (addresses, words): (Vec<&str>, Vec<&str>) =
            text.split_inclusive(char::is_whitespace).partition(|word| word.contains("://"));
        self.push(words.concat(), class);
        self.push(addresses.concat(), Class::Aside);
    }

    fn markdown(&mut self, source: &str, class: Class) {
        let (mut text, mut code, mut in_code) = (String::new(), String::new(), false);
        let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_FOOTNOTES;
        for event in Parser::new_ext(source, options) {
            match event {
                Event::Start(Tag::CodeBlock(_)) => in_code = true,
                Event::End(TagEnd::CodeBlock) => in_code = false,
                Event::Text(part) if in_code => code.push_str(&part),
                Event::Text(part) | Event::Code(part) => text.push_str(&part),
                Event::SoftBreak => text.push(' '),
                Event::HardBreak | Event::Rule => text.push('\n'),
                Event::End(TagEnd::TableCell) => text.push(' '),
                Event::End(
                    TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::Item | TagEnd::BlockQuote(_) | TagEnd::TableRow,
                ) => text.push('\n'),
                _ => {}
            }
        }
        self.plain(&text, class);
        self.push(code, Class::Aside);
    }

    fn push(&mut self, text: String, class: Class) {
        if !text.trim().is_empty() {
            self.found.push(Text { field: self.top.to_owned(), class, text });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TypeKey;
    use crate::check;
    use crate::locale::Locales;
    use crate::storage::Storage;
    use serde_json::json;

    fn model(types: &[Value]) -> Model {
        let types = types.iter().zip(1..).map(|(t, key)| {
            let mut def = check::parse_type(t).unwrap();
            def.id = def.singular.clone();
            Type::new(TypeKey(key), def, Storage::default())
        });
        Model::new(1, Locales::default(), types.collect::<Vec<_>>())
    }

    #[test]
    fn texts_are_what_a_reader_sees_with_code_and_addresses_apart() {
        let model = model(&[
            json!({"kind": "collection", "singular": "page", "plural": "pages", "titleField": "title",
            "fields": [{"id": "title", "name": "title", "type": "string"}, {"id": "body", "name": "body", "type": "markdown"},
                {"id": "secret", "name": "secret", "type": "string", "private": true}]}),
        ]);
        let page = model.get("page").unwrap();
        let body = "# Hello *world*\n\nsee [the docs](https://a.example/x) or https://b.example\n\n```rust\nfn main() {}\n```\n";
        let values = json!({"title": "T", "body": body, "secret": "hush"});
        let found = texts(&model, page, values.as_object().unwrap());
        let shown: Vec<(Class, &str)> = found.iter().map(|t| (t.class, t.text.trim())).collect();
        assert_eq!(
            shown,
            [
                (Class::Title, "T"),
                (Class::Body, "Hello world\nsee the docs or"),
                (Class::Aside, "https://b.example"),
                (Class::Aside, "fn main() {}"),
            ]
        );
    }

    #[test]
    fn what_is_named_as_the_title_is_searched_whatever_else_says_that_it_is() {
        let fields = json!([{"id": "name", "name": "name", "type": "string"}, {"id": "sku", "name": "sku", "type": "string"},
            {"id": "body", "name": "body", "type": "text", "searchable": true}]);
        let mut page = json!({"kind": "collection", "singular": "page", "plural": "pages", "fields": fields});
        let values = json!({"name": "N", "sku": "S", "body": "B"});
        let found = |page: &Value| {
            let model = model(std::slice::from_ref(page));
            let found = texts(&model, model.get("page").unwrap(), values.as_object().unwrap());
            found.into_iter().map(|t| (t.class, t.text)).collect::<Vec<_>>()
        };
        assert_eq!(found(&page), [(Class::Body, "B".to_owned())]);
        page["titleField"] = json!("name");
        assert_eq!(found(&page), [(Class::Title, "N".to_owned()), (Class::Body, "B".to_owned())]);
        page["fields"][2]["searchable"] = json!(false);
        page.as_object_mut().unwrap().remove("titleField");
        let all = [(Class::Title, "N".to_owned()), (Class::Body, "S".to_owned()), (Class::Body, "B".to_owned())];
        assert_eq!(found(&page), all, "the first short text names a document where nothing else does");
    }

    #[test]
    fn where_a_field_says_that_it_is_searchable_the_others_are_not() {
        let model = model(&[
            json!({"kind": "component", "singular": "quote", "fields": [
                {"id": "text", "name": "text", "type": "text", "searchable": true, "weight": 5},
                {"id": "by", "name": "by", "type": "string"}]}),
            json!({"kind": "collection", "singular": "page", "plural": "pages", "fields": [
                {"id": "title", "name": "title", "type": "string"},
                {"id": "quotes", "name": "quotes", "type": "component", "component": "quote", "repeatable": true}]}),
        ]);
        let page = model.get("page").unwrap();
        let values =
            json!({"title": "T", "quotes": [{"_id": "a", "text": "one", "by": "Ann"}, {"_id": "b", "text": "two"}]});
        let found = texts(&model, page, values.as_object().unwrap());
        let shown: Vec<(Class, &str, &str)> = found.iter().map(|t| (t.class, &*t.field, &*t.text)).collect();
        assert_eq!(shown, [(Class::Lead, "quotes", "one"), (Class::Lead, "quotes", "two")]);
    }
}
