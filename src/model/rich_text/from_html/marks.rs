//! Marks from the inline elements of HTML.

use super::attrs::{get, style};
use crate::ids::is_document_id;
use crate::rich_text::address;
use crate::rich_text::attributes::{are_words, clean, is_color};
use html5ever::LocalName;
use html5ever::tokenizer::Tag;
use serde_json::{Map, Value, json};

/// Whether elements of this name can bring marks.
pub(super) fn is_inline(name: &str) -> bool {
    matches!(name, "a" | "span" | "font" | "mark") || simple(name).is_some()
}

/// The mark of an element that needs no attributes.
fn simple(name: &str) -> Option<&'static str> {
    Some(match name {
        "b" | "strong" => "bold",
        "i" | "em" | "cite" | "dfn" | "var" => "italic",
        "s" | "del" | "strike" => "strike",
        "u" | "ins" => "underline",
        "code" | "kbd" | "samp" | "tt" => "code",
        "sub" => "subscript",
        "sup" => "superscript",
        _ => return None,
    })
}

/// The marks that an element puts on its text.
pub(super) fn of(tag: &Tag) -> Vec<Value> {
    let mut marks = Vec::new();
    match &*tag.name {
        "a" => marks.extend(link(tag)),
        "mark" => marks.push(highlight(tag)),
        // Word processors wrap whole documents in a `<b>` that is none.
        "b" | "strong" if style(tag, "font-weight").is_some_and(|weight| !is_bold(&weight)) => {}
        name => marks.extend(simple(name).map(|mark| json!({"type": mark}))),
    }
    if matches!(&*tag.name, "span" | "font") {
        if style(tag, "font-weight").is_some_and(|weight| is_bold(&weight)) {
            marks.push(json!({"type": "bold"}));
        }
        if style(tag, "font-style").is_some_and(|value| matches!(value.as_str(), "italic" | "oblique")) {
            marks.push(json!({"type": "italic"}));
        }
        let decoration =
            style(tag, "text-decoration").or_else(|| style(tag, "text-decoration-line")).unwrap_or_default();
        for (word, mark) in [("underline", "underline"), ("line-through", "strike")] {
            if decoration.split_whitespace().any(|part| part == word) {
                marks.push(json!({"type": mark}));
            }
        }
    }
    marks
}

fn is_bold(weight: &str) -> bool {
    matches!(weight, "bold" | "bolder") || weight.parse::<u16>().is_ok_and(|number| number >= 600)
}

fn link(tag: &Tag) -> Option<Value> {
    let mut attrs = Map::new();
    if let Some(document) = get(tag, "data-document").filter(|id| is_document_id(id)) {
        attrs.insert("document".to_owned(), document.into());
    } else {
        let href = get(tag, "href").map(address::tidy).filter(|href| address::is_safe_link(href))?;
        attrs.insert("href".to_owned(), href.into());
    }
    if let Some(target @ ("_blank" | "_self" | "_parent" | "_top")) = get(tag, "target") {
        attrs.insert("target".to_owned(), target.into());
    }
    if let Some(rel) = get(tag, "rel").filter(|rel| !rel.is_empty() && are_words(rel)) {
        attrs.insert("rel".to_owned(), rel.into());
    }
    if let Some(title) = get(tag, "title").map(clean).filter(|title| !title.is_empty()) {
        attrs.insert("title".to_owned(), title.into());
    }
    Some(json!({"type": "link", "attrs": attrs}))
}

fn highlight(tag: &Tag) -> Value {
    match get(tag, "data-color").filter(|color| is_color(color)) {
        Some(color) => json!({"type": "highlight", "attrs": {"color": color}}),
        None => json!({"type": "highlight"}),
    }
}

/// The marks of text inside all these elements: of each type the innermost.
pub(super) fn effective(open: &[(LocalName, Vec<Value>)]) -> Vec<Value> {
    let mut marks: Vec<Value> = Vec::new();
    for mark in open.iter().flat_map(|(_, marks)| marks) {
        match marks.iter_mut().find(|other| other["type"] == mark["type"]) {
            Some(other) => *other = mark.clone(),
            None => marks.push(mark.clone()),
        }
    }
    marks
}
