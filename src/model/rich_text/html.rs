//! Render a document as safe HTML.
//!
//! Safe also for a document that was never checked: everything is escaped, and addresses and attribute values are
//! tested again before they are written. What cannot be resolved or is not understood is left out, its text is not.

use super::address::{is_safe_image, is_safe_link};
use super::attributes::{are_words, is_asset_id, is_color, is_language};
use super::schema::{MAX_DEPTH, Mark, Node};
use crate::ids::is_document_id;
use serde_json::Value;

/// Resolves what a document refers to, for the reader that it is rendered for.
pub trait Links {
    /// The address of a document's page; none when it does not exist for this reader.
    fn document_url(&self, document_id: &str) -> Option<String>;

    /// The address of a media asset; none when it does not exist for this reader.
    fn asset_url(&self, asset: &str) -> Option<String>;
}

/// The document as HTML without a surrounding element.
///
/// A link that does not resolve leaves its text, a mention its label; an image or embed leaves nothing. What refers to
/// documents and assets says so in `data-document`, `data-mention`, `data-embed` and `data-asset`, so that
/// [`from_html`](super::from_html) finds it again.
pub fn to_html(doc: &Value, links: &dyn Links) -> String {
    let mut page = Page { html: String::new(), links };
    page.children(doc, 1);
    page.html
}

struct Page<'a> {
    html: String,
    links: &'a dyn Links,
}

impl Page<'_> {
    fn children(&mut self, parent: &Value, depth: usize) {
        if depth >= MAX_DEPTH {
            return;
        }
        let mut open: Vec<(&Value, &'static str)> = Vec::new();
        for child in parent["content"].as_array().into_iter().flatten() {
            let mut marks = child["marks"].as_array().map(Vec::as_slice).unwrap_or_default();
            // A mention is an anchor itself, and anchors do not nest; a link is always the first mark.
            if child["type"] == "mention" && marks.first().is_some_and(|mark| mark["type"] == "link") {
                marks = &marks[1..];
            }
            let shared = open.iter().zip(marks).take_while(|((open, _), mark)| open == mark).count();
            self.close(&mut open, shared);
            for mark in &marks[shared..] {
                let end = self.open_mark(mark);
                open.push((mark, end));
            }
            self.node(child, depth + 1);
        }
        self.close(&mut open, 0);
    }

    fn close(&mut self, open: &mut Vec<(&Value, &'static str)>, keep: usize) {
        for (_, end) in open.drain(keep..).rev() {
            self.html.push_str(end);
        }
    }

    fn node(&mut self, node: &Value, depth: usize) {
        let attrs = &node["attrs"];
        let Some(kind) = node["type"].as_str().and_then(Node::parse) else { return };
        match kind {
            Node::Text => escape(node["text"].as_str().unwrap_or_default(), &mut self.html),
            Node::HardBreak => self.html.push_str("<br>"),
            Node::HorizontalRule => self.html.push_str("<hr>"),
            Node::Image => self.image(attrs),
            Node::Embed => self.embed(attrs),
            Node::Mention => self.mention(attrs),
            Node::CodeBlock => self.code(node, depth),
            Node::TaskItem => self.task(node, depth),
            Node::Doc => self.children(node, depth),
            _ => self.element(kind, node, depth),
        }
    }

    fn element(&mut self, kind: Node, node: &Value, depth: usize) {
        let attrs = &node["attrs"];
        let name = match kind {
            Node::Heading => match attrs["level"].as_i64() {
                Some(2) => "h2",
                Some(3) => "h3",
                Some(4) => "h4",
                Some(5) => "h5",
                Some(6) => "h6",
                _ => "h1",
            },
            Node::Blockquote => "blockquote",
            Node::BulletList | Node::TaskList => "ul",
            Node::OrderedList => "ol",
            Node::ListItem => "li",
            Node::Table => "table",
            Node::TableRow => "tr",
            Node::TableHeader => "th",
            Node::TableCell => "td",
            _ => "p",
        };
        self.html.push('<');
        self.html.push_str(name);
        if kind == Node::TaskList {
            self.attribute("data-type", "taskList");
        }
        if let Some(align @ ("left" | "center" | "right" | "justify")) = attrs["textAlign"].as_str() {
            self.attribute("style", &format!("text-align: {align}"));
        }
        for name in ["start", "colspan", "rowspan"] {
            if let Some(number) = attrs[name].as_i64().filter(|number| *number != 1) {
                self.attribute(name, &number.to_string());
            }
        }
        if let Some(numbering @ ("a" | "A" | "i" | "I")) = attrs["type"].as_str() {
            self.attribute("type", numbering);
        }
        if let Some(widths) = attrs["colwidth"].as_array() {
            let widths: Vec<_> = widths.iter().filter_map(Value::as_u64).map(|width| width.to_string()).collect();
            self.attribute("data-colwidth", &widths.join(","));
        }
        self.html.push('>');
        if kind == Node::Table {
            self.html.push_str("<tbody>");
        }
        self.children(node, depth);
        if kind == Node::Table {
            self.html.push_str("</tbody>");
        }
        self.html.push_str("</");
        self.html.push_str(name);
        self.html.push('>');
    }

    fn task(&mut self, node: &Value, depth: usize) {
        let checked = node["attrs"]["checked"] == true;
        self.html.push_str("<li data-type=\"taskItem\"><input type=\"checkbox\" disabled");
        self.html.push_str(if checked { " checked>" } else { ">" });
        self.children(node, depth);
        self.html.push_str("</li>");
    }

    fn code(&mut self, node: &Value, depth: usize) {
        self.html.push_str("<pre><code");
        if let Some(language) = node["attrs"]["language"].as_str().filter(|name| is_language(name)) {
            self.attribute("class", &format!("language-{language}"));
        }
        self.html.push('>');
        self.children(node, depth);
        self.html.push_str("</code></pre>");
    }

    fn image(&mut self, attrs: &Value) {
        let asset = attrs["asset"].as_str().filter(|id| is_asset_id(id));
        let address = match asset {
            Some(asset) => self.links.asset_url(asset).filter(|url| is_safe_link(url)),
            None => attrs["src"].as_str().filter(|src| is_safe_image(src)).map(str::to_owned),
        };
        let Some(address) = address else { return };
        self.html.push_str("<img");
        self.attribute("src", &address);
        self.attribute("alt", attrs["alt"].as_str().unwrap_or_default());
        if let Some(title) = attrs["title"].as_str() {
            self.attribute("title", title);
        }
        for side in ["width", "height"] {
            if let Some(pixels) = attrs[side].as_u64() {
                self.attribute(side, &pixels.to_string());
            }
        }
        if let Some(asset) = asset {
            self.attribute("data-asset", asset);
        }
        self.html.push('>');
    }

    fn embed(&mut self, attrs: &Value) {
        let Some((document, address)) = self.resolve(attrs) else { return };
        self.html.push_str("<p");
        self.attribute("data-embed", document);
        self.html.push_str("><a");
        self.attribute("href", &address);
        self.html.push('>');
        escape(&address, &mut self.html);
        self.html.push_str("</a></p>");
    }

    fn mention(&mut self, attrs: &Value) {
        let label = attrs["label"].as_str();
        let Some((document, address)) = self.resolve(attrs) else {
            return escape(label.unwrap_or_default(), &mut self.html);
        };
        self.html.push_str("<a");
        self.attribute("href", &address);
        self.attribute("data-mention", document);
        self.html.push('>');
        escape(label.unwrap_or(&address), &mut self.html);
        self.html.push_str("</a>");
    }

    /// The document that `attrs` names, and its address.
    fn resolve<'v>(&self, attrs: &'v Value) -> Option<(&'v str, String)> {
        let document = attrs["document"].as_str().filter(|id| is_document_id(id))?;
        let address = self.links.document_url(document).filter(|url| is_safe_link(url))?;
        Some((document, address))
    }

    /// Writes the start of `mark` and returns its end; both are empty for what cannot be rendered.
    fn open_mark(&mut self, mark: &Value) -> &'static str {
        let (start, end) = match mark["type"].as_str().and_then(Mark::parse) {
            Some(Mark::Link) => return self.open_link(&mark["attrs"]),
            Some(Mark::Highlight) => return self.open_highlight(&mark["attrs"]),
            Some(Mark::Bold) => ("<strong>", "</strong>"),
            Some(Mark::Italic) => ("<em>", "</em>"),
            Some(Mark::Strike) => ("<s>", "</s>"),
            Some(Mark::Underline) => ("<u>", "</u>"),
            Some(Mark::Subscript) => ("<sub>", "</sub>"),
            Some(Mark::Superscript) => ("<sup>", "</sup>"),
            Some(Mark::Code) => ("<code>", "</code>"),
            None => ("", ""),
        };
        self.html.push_str(start);
        end
    }

    fn open_highlight(&mut self, attrs: &Value) -> &'static str {
        self.html.push_str("<mark");
        if let Some(color) = attrs["color"].as_str().filter(|color| is_color(color)) {
            self.attribute("data-color", color);
            self.attribute("style", &format!("background-color: {color}"));
        }
        self.html.push('>');
        "</mark>"
    }

    fn open_link(&mut self, attrs: &Value) -> &'static str {
        let internal = attrs.get("document").is_some();
        let (document, address) = if internal {
            let Some((document, address)) = self.resolve(attrs) else { return "" };
            (Some(document), address)
        } else {
            let Some(href) = attrs["href"].as_str().filter(|href| is_safe_link(href)) else { return "" };
            (None, href.to_owned())
        };
        self.html.push_str("<a");
        self.attribute("href", &address);
        let target = attrs["target"].as_str().filter(|t| matches!(*t, "_blank" | "_self" | "_parent" | "_top"));
        if let Some(target) = target {
            self.attribute("target", target);
        }
        let rel = relation(attrs["rel"].as_str().filter(|rel| are_words(rel)), target);
        if !rel.is_empty() {
            self.attribute("rel", &rel);
        }
        if let Some(title) = attrs["title"].as_str() {
            self.attribute("title", title);
        }
        if let Some(document) = document {
            self.attribute("data-document", document);
        }
        self.html.push('>');
        "</a>"
    }

    fn attribute(&mut self, name: &str, value: &str) {
        self.html.push(' ');
        self.html.push_str(name);
        self.html.push_str("=\"");
        escape(value, &mut self.html);
        self.html.push('"');
    }
}

/// The words of `rel`; a link into a new window also gets `noopener`, or that page could steer this one.
fn relation(given: Option<&str>, target: Option<&str>) -> String {
    let mut words: Vec<&str> = given.unwrap_or_default().split_whitespace().collect();
    if target == Some("_blank") && !words.iter().any(|word| word.eq_ignore_ascii_case("noopener")) {
        words.push("noopener");
    }
    words.join(" ")
}

/// Appends `text` so that it means itself, between tags and in a quoted attribute alike.
fn escape(text: &str, html: &mut String) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c if c.is_control() && !matches!(c, '\t' | '\n') => {}
            c => html.push(c),
        }
    }
}
