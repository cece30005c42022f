//! Import HTML, however broken.
//!
//! The standard's tokenizer splits the input, but no tree is built: rules for implied end tags, much simpler than the
//! standard's, drive a [`Builder`]. So work stays linear and memory bounded, which the standard's tree construction
//! does not promise: there misnested formatting multiplies. Unknown elements leave their content behind.

mod attrs;
mod marks;

use super::address;
use super::builder::{Builder, Style};
use super::check::check;
use super::schema::Node;
use super::text::to_text;
use crate::ids::is_document_id;
use html5ever::LocalName;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use serde_json::{Map, Value, json};
use std::cell::RefCell;

/// How many elements may be open at a time; more are passed through as if unknown.
const MAX_OPEN: usize = 256;

/// How many inline elements may be open at a time.
const MAX_MARKS: usize = 32;

/// The document that `html`, a page or a fragment, shows. Passes [`check`] whatever the input.
///
/// Scripts, styles and images without an absolute address are dropped (of the latter the description stays); frames
/// and videos become links; unsafe links lose their address.
pub fn from_html(html: &str) -> Value {
    let built = read(html);
    // What the builder makes passes; should it ever not, the text matters more than its form.
    check(&built).unwrap_or_else(|_| {
        let text = json!({"type": "text", "text": to_text(&built)});
        json!({"type": "doc", "content": [{"type": "paragraph", "content": [text]}]})
    })
}

/// The document before it is checked.
pub(super) fn read(html: &str) -> Value {
    let reader = Reader {
        builder: Builder::new(),
        elements: Vec::new(),
        inline: Vec::new(),
        marks: Vec::new(),
        skipped: None,
        mention: None,
    };
    let tokenizer = Tokenizer::new(Sink(RefCell::new(reader)), TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(html));
    // Returns early for scripts and encodings only, and the sink asks for neither.
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    let mut reader = tokenizer.sink.0.into_inner();
    reader.end_mention();
    reader.builder.finish()
}

struct Sink(RefCell<Reader>);

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut reader = self.0.borrow_mut();
        match token {
            Token::CharacterTokens(text) => reader.text(&text),
            Token::TagToken(tag) if tag.kind == TagKind::EndTag => reader.end(&tag.name),
            Token::TagToken(tag) => {
                let raw = raw_kind(&tag).filter(|_| !(tag.self_closing && reader.skipped.is_some()));
                reader.start(&tag);
                if let Some(kind) = raw {
                    return TokenSinkResult::RawData(kind);
                }
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

/// How the tokenizer must read what is in an element whose content is not markup.
fn raw_kind(tag: &Tag) -> Option<RawKind> {
    match &*tag.name {
        "script" => Some(RawKind::ScriptData),
        "style" | "iframe" | "noembed" | "noframes" | "xmp" => Some(RawKind::Rawtext),
        "title" | "textarea" => Some(RawKind::Rcdata),
        _ => None,
    }
}

struct Reader {
    builder: Builder,
    /// The block elements that are open.
    elements: Vec<Element>,
    /// The inline elements that are open, each with its marks.
    inline: Vec<(LocalName, Vec<Value>)>,
    /// The marks that text gets now.
    marks: Vec<Value>,
    /// The element whose content is being dropped, and how often it is nested in itself.
    skipped: Option<(LocalName, usize)>,
    mention: Option<Mention>,
}

struct Element {
    name: LocalName,
    /// How many containers, inline elements, and which style there were outside.
    depth: usize,
    inline: usize,
    style: Style,
}

struct Mention {
    name: LocalName,
    document: String,
    label: String,
}

impl Reader {
    fn text(&mut self, text: &str) {
        if self.skipped.is_some() {
            return;
        }
        match &mut self.mention {
            Some(mention) => mention.label.push_str(text),
            None => self.builder.text(text, &self.marks),
        }
    }

    fn start(&mut self, tag: &Tag) {
        let name = &*tag.name;
        if let Some((skipped, depth)) = &mut self.skipped {
            if *skipped == tag.name && !tag.self_closing {
                *depth += 1;
            }
            return;
        }
        if self.builder.is_in_code() && !self.starts_out_of_code(tag) {
            return;
        }
        match name {
            "script" | "style" | "title" | "noembed" | "noframes" | "template" | "svg" | "math" | "select"
            | "datalist" | "canvas" => self.skip(tag),
            "iframe" | "video" | "audio" => {
                self.link_to_source(tag);
                self.skip(tag);
            }
            "br" => self.builder.hard_break(),
            "hr" => {
                self.begin_block();
                self.builder.leaf(Node::HorizontalRule, Map::new());
            }
            "img" => self.image(tag),
            "input" if attrs::get(tag, "type").is_some_and(|kind| kind.eq_ignore_ascii_case("checkbox")) => {
                self.builder.task(attrs::get(tag, "checked").is_some());
            }
            _ if marks::is_inline(name) => self.start_inline(tag),
            _ if is_block(name) => self.start_block(tag),
            _ => {}
        }
    }

    fn start_inline(&mut self, tag: &Tag) {
        if &*tag.name == "a" {
            self.end_inline(&tag.name);
        }
        if let Some(document) = attrs::get(tag, "data-mention").filter(|id| is_document_id(id)) {
            self.end_mention();
            let document = document.to_owned();
            self.mention = Some(Mention { name: tag.name.clone(), document, label: String::new() });
        } else if self.inline.len() < MAX_MARKS {
            self.inline.push((tag.name.clone(), marks::of(tag)));
            self.marks = marks::effective(&self.inline);
        }
    }

    fn start_block(&mut self, tag: &Tag) {
        let name = &*tag.name;
        if let Some(document) = attrs::get(tag, "data-embed").filter(|id| is_document_id(id)) {
            self.begin_block();
            self.builder.leaf(Node::Embed, attrs::of([("document", document.into())]));
            return self.skip(tag);
        }
        match name {
            "li" => self.close_all(&["li"], &["ul", "ol", "menu", "blockquote", "table", "td", "th"]),
            "dt" | "dd" => self.close_all(&["dt", "dd"], &["dl", "blockquote", "table", "td", "th"]),
            "thead" | "tbody" | "tfoot" => self.close_all(&["caption", "thead", "tbody", "tfoot", "tr"], &["table"]),
            "tr" => self.close_all(&["caption", "tr"], &["table"]),
            "td" | "th" => self.close_all(&["caption", "td", "th"], &["table"]),
            _ => {}
        }
        self.end_mention();
        self.close_paragraph();
        if is_heading(name) && self.elements.last().is_some_and(|last| is_heading(&last.name)) {
            self.close_from(self.elements.len() - 1);
        }
        if name == "li" {
            self.builder.prepare_item();
        } else {
            self.builder.boundary();
            self.builder.end_implied_list();
        }
        if self.elements.len() >= MAX_OPEN {
            return;
        }
        let style = match name {
            "p" if self.builder.style().node == Node::Heading => self.builder.style().clone(),
            _ if is_heading(name) => Style { node: Node::Heading, attrs: attrs::heading(tag) },
            _ if is_container(name) => Style::paragraph(),
            "p" => Style { node: Node::Paragraph, attrs: attrs::aligned(tag) },
            _ => self.builder.style().clone(),
        };
        let (depth, inline) = (self.builder.depth(), self.inline.len());
        let style = self.builder.set_style(style);
        self.elements.push(Element { name: tag.name.clone(), depth, inline, style });
        match name {
            "ul" | "menu" => self.builder.open(Node::BulletList, Map::new()),
            "ol" => self.builder.open(Node::OrderedList, attrs::numbered(tag)),
            "blockquote" => self.builder.open(Node::Blockquote, Map::new()),
            "table" => self.builder.open(Node::Table, Map::new()),
            "tr" => self.builder.open_row(),
            "td" => self.builder.open_cell(Node::TableCell, attrs::cell(tag)),
            "th" => self.builder.open_cell(Node::TableHeader, attrs::cell(tag)),
            "pre" | "xmp" | "listing" => self.builder.open_code(attrs::language(tag)),
            "li" => {
                self.builder.open_item();
                if let Some(checked) = attrs::get(tag, "data-checked") {
                    self.builder.task(checked != "false");
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, name: &LocalName) {
        if let Some((skipped, depth)) = &mut self.skipped {
            if skipped == name {
                *depth -= 1;
                if *depth == 0 {
                    self.skipped = None;
                }
            }
            return;
        }
        if self.mention.as_ref().is_some_and(|mention| mention.name == *name) {
            return self.end_mention();
        }
        if marks::is_inline(name) {
            return self.end_inline(name);
        }
        if !is_block(name) {
            return;
        }
        if self.builder.is_in_code() && matches!(&**name, "p" | "div" | "li" | "tr") {
            self.builder.end_code_line();
        }
        let bounds: &[&str] = match &**name {
            "table" => &[],
            "thead" | "tbody" | "tfoot" | "tr" | "td" | "th" | "caption" => &["table"],
            "li" => &["ul", "ol", "menu", "table", "td", "th"],
            _ => &["table", "td", "th", "caption"],
        };
        for index in (0..self.elements.len()).rev() {
            let open = &self.elements[index].name;
            if open == name || (is_heading(open) && is_heading(name)) {
                return self.close_from(index);
            }
            if bounds.contains(&&**open) {
                return;
            }
        }
    }

    /// Ends the innermost inline element of this name, wherever it was opened.
    fn end_inline(&mut self, name: &LocalName) {
        let Some(index) = self.inline.iter().rposition(|(open, _)| open == name) else { return };
        self.inline.remove(index);
        for element in &mut self.elements {
            if element.inline > index {
                element.inline -= 1;
            }
        }
        self.marks = marks::effective(&self.inline);
    }

    /// Ends whatever a block, that is no element itself, ends.
    fn begin_block(&mut self) {
        self.end_mention();
        self.close_paragraph();
        self.builder.boundary();
        self.builder.end_implied_list();
    }

    fn close_paragraph(&mut self) {
        if self.elements.last().is_some_and(|last| &*last.name == "p") {
            self.close_from(self.elements.len() - 1);
        }
    }

    /// Closes the outermost open element of one of these `names` that no element of `bounds` is inside of.
    fn close_all(&mut self, names: &[&str], bounds: &[&str]) {
        let start = self.elements.iter().rposition(|open| bounds.contains(&&*open.name)).map_or(0, |index| index + 1);
        if let Some(index) = self.elements[start..].iter().position(|open| names.contains(&&*open.name)) {
            self.close_from(start + index);
        }
    }

    /// Closes the open element at `index` and all within.
    fn close_from(&mut self, index: usize) {
        self.end_mention();
        let mut closed = self.elements.drain(index..);
        let Some(outermost) = closed.next() else { return };
        let depth = closed.map(|element| element.depth).fold(outermost.depth, usize::min);
        self.builder.close_to(depth);
        self.builder.set_style(outermost.style);
        if self.inline.len() > outermost.inline {
            self.inline.truncate(outermost.inline);
            self.marks = marks::effective(&self.inline);
        }
    }

    fn skip(&mut self, tag: &Tag) {
        self.skipped = Some((tag.name.clone(), 1));
    }

    /// Inside code most tags mean nothing; true when this one ends the code, for want of an end tag.
    fn starts_out_of_code(&mut self, tag: &Tag) -> bool {
        match &*tag.name {
            "br" => self.builder.hard_break(),
            "code" => self.builder.enter_code(attrs::language(tag)),
            "td" | "th" | "tr" | "pre" => return true,
            name if raw_kind(tag).is_some() && name != "textarea" => self.skip(tag),
            _ => {}
        }
        false
    }

    fn end_mention(&mut self) {
        let Some(mention) = self.mention.take() else { return };
        let label = mention.label.split_whitespace().collect::<Vec<_>>().join(" ");
        let marks: Vec<_> = self.marks.iter().filter(|mark| mark["type"] != "link").cloned().collect();
        self.builder.mention(&mention.document, &label, &marks);
    }

    fn image(&mut self, tag: &Tag) {
        match attrs::image(tag) {
            Some(image) => {
                self.end_mention();
                self.builder.leaf(Node::Image, image);
            }
            None => self.text(attrs::get(tag, "alt").unwrap_or_default()),
        }
    }

    fn link_to_source(&mut self, tag: &Tag) {
        let Some(source) = attrs::get(tag, "src").map(address::tidy) else { return };
        // Embedding code often leaves the scheme to the page.
        let source = if source.starts_with("//") { format!("https:{source}") } else { source };
        if address::is_safe_image(&source) {
            self.begin_block();
            self.builder.text(&source, &[json!({"type": "link", "attrs": {"href": source}})]);
            self.builder.boundary();
        }
    }
}

fn is_heading(name: &str) -> bool {
    matches!(name, "h1" | "h2" | "h3" | "h4" | "h5" | "h6")
}

/// Elements that hold blocks of their own, so that a heading around them is not theirs.
fn is_container(name: &str) -> bool {
    matches!(name, "ul" | "ol" | "menu" | "li" | "blockquote" | "table" | "tr" | "td" | "th" | "caption")
}

/// Elements that stand on lines of their own.
#[rustfmt::skip]
fn is_block(name: &str) -> bool {
    is_heading(name) || is_container(name) || matches!(
        name,
        "address" | "article" | "aside" | "body" | "center" | "dd" | "details" | "dialog" | "div" | "dl" | "dt"
            | "fieldset" | "figcaption" | "figure" | "footer" | "form" | "header" | "hgroup" | "legend" | "listing"
            | "main" | "nav" | "option" | "p" | "pre" | "search" | "section" | "summary" | "tbody" | "textarea"
            | "tfoot" | "thead" | "xmp"
    )
}
