//! Code blocks, whose text is taken as it comes.

use super::{Builder, node_of};
use crate::rich_text::schema::Node;
use serde_json::{Map, Value, json};

/// The code block that is open.
pub(super) struct Code {
    attrs: Map<String, Value>,
    text: String,
    /// Nothing has come since `<pre>`; HTML ignores a line break right there, and only there.
    is_fresh: bool,
}

impl Code {
    pub fn push(&mut self, text: &str) {
        let text = if self.is_fresh { text.strip_prefix('\n').unwrap_or(text) } else { text };
        self.is_fresh = false;
        self.text.push_str(text);
    }

    pub fn push_break(&mut self) {
        self.is_fresh = false;
        self.text.push('\n');
    }

    fn set_language(&mut self, language: Option<&str>) {
        if let Some(language) = language {
            self.attrs.entry("language").or_insert_with(|| language.into());
        }
    }
}

impl Builder {
    pub fn is_in_code(&self) -> bool {
        self.code.is_some()
    }

    pub fn open_code(&mut self, language: Option<&str>) {
        self.close_code();
        if self.is_full() {
            return self.boundary();
        }
        self.flush();
        let mut code = Code { attrs: Map::new(), text: String::new(), is_fresh: true };
        code.set_language(language);
        self.code = Some(code);
    }

    /// An element for code begins within the code block: the latter takes its language, unless it has one.
    pub fn enter_code(&mut self, language: Option<&str>) {
        if let Some(code) = &mut self.code {
            code.is_fresh = false;
            code.set_language(language);
        }
    }

    /// Ends a line of code, unless it is empty.
    pub fn end_code_line(&mut self) {
        if let Some(code) = &mut self.code
            && !code.text.is_empty()
            && !code.text.ends_with('\n')
        {
            code.push_break();
        }
    }

    pub fn close_code(&mut self) {
        let Some(code) = self.code.take() else { return };
        // Sources end code with line breaks that no reader sees.
        let text = code.text.trim_end_matches('\n');
        self.spend(2);
        self.place(node_of(Node::CodeBlock, code.attrs, vec![json!({"type": "text", "text": text})]));
    }
}
