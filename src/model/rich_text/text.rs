//! What a document says and what it refers to.

use super::schema::{MAX_DEPTH, Node};
use serde_json::Value;

/// The text as a reader sees it, for search and excerpts: a line per paragraph, heading, cell and image description.
pub fn to_text(doc: &Value) -> String {
    let mut text = String::new();
    write_text(doc, 1, &mut text);
    text.truncate(text.trim_end().len());
    text
}

fn write_text(node: &Value, depth: usize, text: &mut String) {
    let Some(kind) = kind_of(node, depth) else { return };
    match kind {
        Node::Text => text.push_str(node["text"].as_str().unwrap_or_default()),
        Node::HardBreak => text.push('\n'),
        Node::Mention => text.push_str(node["attrs"]["label"].as_str().unwrap_or_default()),
        Node::Image => text.push_str(node["attrs"]["alt"].as_str().unwrap_or_default()),
        _ => children(node).for_each(|child| write_text(child, depth + 1, text)),
    }
    if kind.is_block() && !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
}

/// The same with code blocks apart: `(text, code)`, for search.
pub fn reading(doc: &Value) -> (String, String) {
    let (mut text, mut code) = (String::new(), String::new());
    for block in children(doc) {
        let is_code = kind_of(block, 1) == Some(Node::CodeBlock);
        write_text(block, 2, if is_code { &mut code } else { &mut text });
    }
    (text, code)
}

/// Whether a reader would see nothing: no text but white space, no image, embed, mention or rule.
pub fn is_empty(doc: &Value) -> bool {
    let mut seen = false;
    walk(doc, 1, &mut |kind, node| {
        seen |= match kind {
            Node::Text => node["text"].as_str().is_some_and(|text| !text.trim().is_empty()),
            Node::Image | Node::Embed | Node::Mention | Node::HorizontalRule => true,
            _ => false,
        };
    });
    !seen
}

/// The documentIds that the document links to, embeds or mentions, each once, in the order of the text.
pub fn references(doc: &Value) -> Vec<String> {
    let mut found = Once::default();
    walk(doc, 1, &mut |kind, node| {
        if matches!(kind, Node::Embed | Node::Mention) {
            found.add(&node["attrs"]["document"]);
        }
        for mark in node["marks"].as_array().into_iter().flatten() {
            found.add(&mark["attrs"]["document"]);
        }
    });
    found.list
}

/// The media assets that the document shows, each once, in the order of the text.
pub fn assets(doc: &Value) -> Vec<String> {
    let mut found = Once::default();
    walk(doc, 1, &mut |kind, node| {
        if kind == Node::Image {
            found.add(&node["attrs"]["asset"]);
        }
    });
    found.list
}

#[derive(Default)]
struct Once {
    list: Vec<String>,
    seen: std::collections::HashSet<String>,
}

impl Once {
    fn add(&mut self, id: &Value) {
        if let Some(id) = id.as_str()
            && self.seen.insert(id.to_owned())
        {
            self.list.push(id.to_owned());
        }
    }
}

fn walk(node: &Value, depth: usize, visit: &mut dyn FnMut(Node, &Value)) {
    let Some(kind) = kind_of(node, depth) else { return };
    visit(kind, node);
    children(node).for_each(|child| walk(child, depth + 1, visit));
}

fn kind_of(node: &Value, depth: usize) -> Option<Node> {
    if depth > MAX_DEPTH { None } else { node["type"].as_str().and_then(Node::parse) }
}

fn children(node: &Value) -> impl Iterator<Item = &Value> {
    node["content"].as_array().into_iter().flatten()
}
