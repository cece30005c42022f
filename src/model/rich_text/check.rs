//! Check a document against the schema and bring it into its canonical form.
//!
//! The walk stops descending at the depth cap and stops altogether at the node cap, so its stack and its work are
//! bounded whatever it is given.

use super::attributes;
use super::schema::{Content, MAX_DEPTH, MAX_NODES, Mark, Node};
use crate::problem::pointer_to;
use serde_json::{Map, Value, json};

/// How many problems are reported at most.
const MAX_PROBLEMS: usize = 1000;

/// One thing that is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RichTextProblem {
    /// JSON pointer (RFC 6901) relative to the document; empty for the whole of it.
    pub pointer: String,
    /// A sentence for people that says what to do.
    pub message: String,
}

/// The canonical form of the document `value`, or all problems (at most 1000) that it has.
///
/// Aliases become TipTap's names; nulls, empty texts and control characters are dropped; marks are put in order and
/// neighbouring texts with equal marks joined. An empty paragraph is added where the schema asks for one: in an
/// otherwise empty document, quote, item or cell, and before an item's content that begins with something else.
pub fn check(value: &Value) -> Result<Value, Vec<RichTextProblem>> {
    let mut walk = Walk { report: Report::default(), nodes: 1 };
    let checked = walk.node(value, "", 1);
    if let Some((node, _)) = &checked
        && *node != Node::Doc
    {
        walk.report.add("/type", "the outermost node must be a `doc`");
    }
    match checked {
        Some((_, document)) if walk.report.0.is_empty() => Ok(document),
        _ => Err(walk.report.0),
    }
}

/// The problems found so far.
#[derive(Default)]
pub(super) struct Report(Vec<RichTextProblem>);

impl Report {
    pub fn add(&mut self, pointer: &str, message: impl Into<String>) {
        if self.0.len() < MAX_PROBLEMS {
            self.0.push(RichTextProblem { pointer: pointer.to_owned(), message: message.into() });
        }
    }
}

struct Walk {
    report: Report,
    nodes: usize,
}

impl Walk {
    /// The canonical node at `pointer`; none when it has no known type or must be left out.
    fn node(&mut self, value: &Value, pointer: &str, depth: usize) -> Option<(Node, Value)> {
        let Some(given) = value.as_object() else {
            self.report.add(pointer, "a node is an object with a `type`");
            return None;
        };
        let Some(node) = given.get("type").and_then(Value::as_str).and_then(Node::parse) else {
            self.report.add(&pointer_to(pointer, "type"), unknown("node", given));
            return None;
        };
        for key in given.keys() {
            let known =
                matches!(key.as_str(), "type" | "attrs" | "content" | "marks") || (key == "text" && node == Node::Text);
            if !known {
                self.report.add(&pointer_to(pointer, key), format!("a `{}` has no `{key}`; remove it", node.name()));
            }
        }
        let mut checked = Map::new();
        checked.insert("type".to_owned(), node.name().into());
        let attributes =
            attributes::check(node.attributes(), node.one_of(), given.get("attrs"), pointer, &mut self.report);
        if !attributes.is_empty() {
            checked.insert("attrs".to_owned(), attributes.into());
        }
        let content = self.content(node, given.get("content"), pointer, depth);
        if node.content() != Content::Leaf
            && !(content.is_empty() && matches!(node.content(), Content::Inline | Content::Code))
        {
            checked.insert("content".to_owned(), content.into());
        }
        let marks = self.marks(node, given.get("marks"), pointer);
        if !marks.is_empty() {
            checked.insert("marks".to_owned(), marks.into());
        }
        if node == Node::Text {
            match given.get("text").and_then(Value::as_str) {
                Some(text) => {
                    checked.insert("text".to_owned(), attributes::clean(text).into());
                }
                None => self.report.add(&pointer_to(pointer, "text"), "a text node needs a `text`"),
            }
        }
        Some((node, checked.into()))
    }

    fn content(&mut self, node: Node, given: Option<&Value>, pointer: &str, depth: usize) -> Vec<Value> {
        let given = match given {
            None | Some(Value::Null) => &[],
            Some(Value::Array(given)) => given.as_slice(),
            Some(_) => {
                self.report.add(&pointer_to(pointer, "content"), "`content` must be a list of nodes");
                return Vec::new();
            }
        };
        let is_filled = matches!(node.content(), Content::Blocks | Content::Item);
        if depth >= MAX_DEPTH && (is_filled || !given.is_empty()) {
            self.report.add(
                &pointer_to(pointer, "content"),
                format!("nodes may nest {MAX_DEPTH} deep; move this further out"),
            );
            return Vec::new();
        }
        if node.content() == Content::Leaf && given.is_empty() {
            return Vec::new();
        }
        let pointer = &pointer_to(pointer, "content");
        let mut content = Vec::with_capacity(given.len().min(MAX_NODES));
        for (index, child) in given.iter().enumerate() {
            if !self.count() {
                break;
            }
            let pointer = &pointer_to(pointer, index);
            match self.node(child, pointer, depth + 1) {
                Some((_, child)) if node.content() == Content::Code && child.get("marks").is_some() => {
                    self.report.add(&pointer_to(pointer, "marks"), "code is plain text; remove the marks");
                }
                Some((kind, child)) if node.may_hold(kind) => push(&mut content, kind, child),
                Some((kind, _)) => self.report.add(pointer, misplaced(node, kind)),
                None => {}
            }
        }
        self.complete(node, content, pointer)
    }

    /// Counts one more node; false when that is one too many, which is reported once.
    fn count(&mut self) -> bool {
        self.nodes += 1;
        if self.nodes == MAX_NODES + 1 {
            self.report.add("", format!("a document may have {MAX_NODES} nodes; split it"));
        }
        self.nodes <= MAX_NODES
    }

    /// Adds the paragraph that an editor would; other nodes that must not be empty are refused.
    fn complete(&mut self, node: Node, mut content: Vec<Value>, pointer: &str) -> Vec<Value> {
        let starts_with_paragraph = content.first().is_some_and(|first| first["type"] == "paragraph");
        match node.content() {
            Content::Blocks if content.is_empty() && self.count() => content.push(json!({"type": "paragraph"})),
            Content::Item if !starts_with_paragraph && self.count() => {
                content.insert(0, json!({"type": "paragraph"}));
            }
            Content::Only(nodes) if content.is_empty() && node != Node::TableRow => {
                self.report.add(pointer, format!("a `{}` needs at least one `{}`", node.name(), nodes[0].name()));
            }
            _ => {}
        }
        content
    }

    fn marks(&mut self, node: Node, given: Option<&Value>, pointer: &str) -> Vec<Value> {
        let given = match given {
            None | Some(Value::Null) => return Vec::new(),
            Some(Value::Array(given)) => given,
            Some(_) => {
                self.report.add(&pointer_to(pointer, "marks"), "`marks` must be a list");
                return Vec::new();
            }
        };
        let pointer = &pointer_to(pointer, "marks");
        if !given.is_empty() && !node.is_inline() {
            self.report.add(pointer, format!("a `{}` carries no marks; put them on its text", node.name()));
            return Vec::new();
        }
        let mut marks: Vec<(Mark, Value)> = Vec::new();
        for (index, value) in given.iter().enumerate() {
            let pointer = &pointer_to(pointer, index);
            let Some((mark, value)) = self.mark(value, pointer) else { continue };
            match marks.iter().find(|(other, _)| *other == mark) {
                None => marks.push((mark, value)),
                Some((_, other)) if *other == value => {}
                Some(_) => self.report.add(pointer, format!("a second `{}` on the same text; keep one", mark.name())),
            }
        }
        marks.sort_by_key(|(mark, _)| *mark);
        marks.into_iter().map(|(_, value)| value).collect()
    }

    fn mark(&mut self, value: &Value, pointer: &str) -> Option<(Mark, Value)> {
        let Some(given) = value.as_object() else {
            self.report.add(pointer, "a mark is an object with a `type`");
            return None;
        };
        let Some(mark) = given.get("type").and_then(Value::as_str).and_then(Mark::parse) else {
            self.report.add(&pointer_to(pointer, "type"), unknown("mark", given));
            return None;
        };
        for key in given.keys().filter(|key| !matches!(key.as_str(), "type" | "attrs")) {
            self.report.add(&pointer_to(pointer, key), format!("a mark has no `{key}`; remove it"));
        }
        let mut checked = Map::new();
        checked.insert("type".to_owned(), mark.name().into());
        let attributes =
            attributes::check(mark.attributes(), mark.one_of(), given.get("attrs"), pointer, &mut self.report);
        if !attributes.is_empty() {
            checked.insert("attrs".to_owned(), attributes.into());
        }
        Some((mark, checked.into()))
    }
}

/// Appends `child`, joining texts with equal marks and dropping empty ones.
fn push(content: &mut Vec<Value>, kind: Node, child: Value) {
    if kind == Node::Text {
        let text = child["text"].as_str().unwrap_or_default();
        if text.is_empty() {
            return;
        }
        if let Some(last) = content.last_mut()
            && last["type"] == "text"
            && last.get("marks") == child.get("marks")
            && let Some(Value::String(before)) = last.get_mut("text")
        {
            before.push_str(text);
            return;
        }
    }
    content.push(child);
}

fn unknown(what: &str, given: &Map<String, Value>) -> String {
    match given.get("type").and_then(Value::as_str) {
        Some(name) => format!("there is no {what} `{}`", name.chars().take(60).collect::<String>()),
        None => format!("a {what} needs a `type`, the name of what it is"),
    }
}

fn misplaced(parent: Node, child: Node) -> String {
    let (parent_name, child_name) = (parent.name(), child.name());
    match parent.content() {
        Content::Blocks | Content::Item if child.is_inline() => {
            format!("a `{child_name}` cannot stand directly in a `{parent_name}`; wrap it in a paragraph")
        }
        Content::Only(nodes) => {
            let names: Vec<_> = nodes.iter().map(|node| format!("`{}`", node.name())).collect();
            format!("a `{parent_name}` holds only {}, not a `{child_name}`", names.join(" and "))
        }
        _ => format!("a `{parent_name}` cannot hold a `{child_name}`"),
    }
}
