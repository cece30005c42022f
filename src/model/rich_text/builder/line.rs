//! The line of text that is being written: where white space collapses, and what ends up at its edges is dropped.

use super::{Builder, Style, node_of};
use crate::rich_text::schema::Node;
use serde_json::{Map, Value, json};

impl Builder {
    /// Adds text in which white space collapses as in HTML.
    pub fn text(&mut self, text: &str, marks: &[Value]) {
        if let Some(code) = &mut self.code {
            code.push(text);
            return;
        }
        let mut kept = String::with_capacity(text.len());
        let mut after_space = self.ends_in_space();
        for c in text.chars() {
            if matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}') {
                if !after_space {
                    kept.push(' ');
                }
                after_space = true;
            } else if !c.is_control() {
                kept.push(c);
                after_space = false;
            }
        }
        if !kept.is_empty() {
            self.push_text(kept, marks);
        }
    }

    fn push_text(&mut self, text: String, marks: &[Value]) {
        let marks = if self.is_full() { &[] } else { marks };
        if let Some(last) = self.line.last_mut()
            && last["marks"].as_array().map(Vec::as_slice).unwrap_or_default() == marks
            && let Some(Value::String(before)) = last.get_mut("text")
        {
            before.push_str(&text);
            return;
        }
        self.spend(1);
        let mut node = Map::new();
        node.insert("type".to_owned(), Node::Text.name().into());
        if !marks.is_empty() {
            node.insert("marks".to_owned(), marks.into());
        }
        node.insert("text".to_owned(), text.into());
        self.line.push(node.into());
    }

    fn ends_in_space(&self) -> bool {
        match self.line.last() {
            None => true,
            Some(last) => match last["text"].as_str() {
                Some(text) => text.ends_with(' '),
                None => last["type"] == "hardBreak",
            },
        }
    }

    pub fn hard_break(&mut self) {
        if let Some(code) = &mut self.code {
            code.push_break();
        } else if self.is_full() {
            self.text(" ", &[]);
        } else {
            self.spend(1);
            self.trim_line();
            self.line.push(json!({"type": "hardBreak"}));
        }
    }

    pub fn mention(&mut self, document: &str, label: &str, marks: &[Value]) {
        if self.is_full() {
            return self.text(label, &[]);
        }
        self.spend(1);
        let attrs = json!({"document": document, "label": label});
        self.line.push(json!({"type": "mention", "attrs": attrs, "marks": marks}));
    }

    /// Ends the line for good, also when the document is full.
    pub(super) fn flush(&mut self) {
        while self.line.last().is_some_and(|last| last["type"] == "hardBreak") || self.trim_line() {
            self.line.pop();
        }
        if self.line.is_empty() {
            return;
        }
        let line = std::mem::take(&mut self.line);
        self.spend(1);
        let Style { node, attrs } = self.style.clone();
        self.place(node_of(node, attrs, line));
    }

    /// Removes the space at the end of the line; true when that leaves an empty text there.
    fn trim_line(&mut self) -> bool {
        let Some(Value::String(text)) = self.line.last_mut().and_then(|last| last.get_mut("text")) else {
            return false;
        };
        if text.ends_with(' ') {
            text.pop();
        }
        text.is_empty()
    }
}
