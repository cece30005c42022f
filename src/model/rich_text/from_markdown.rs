//! Import Markdown: CommonMark with tables, strikethrough, task lists and footnotes.
//!
//! It is rendered to HTML and imported as such, since HTML inside Markdown may open here and close there.

use super::from_html::from_html;
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};
use serde_json::Value;
use std::collections::HashMap;

/// The document that `markdown` describes. Passes [`check`](super::check) whatever the input; HTML in it is imported by
/// the rules of [`from_html`]. Footnotes become raised numbers and paragraphs that begin with one.
pub fn from_markdown(markdown: &str) -> Value {
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS | Options::ENABLE_FOOTNOTES;
    let mut notes = Footnotes::default();
    let mut rendered = String::with_capacity(markdown.len() * 3 / 2);
    html::push_html(&mut rendered, Parser::new_ext(markdown, options).map(|event| notes.plain(event)));
    from_html(&rendered)
}

/// Numbers footnotes in the order in which they are met.
#[derive(Default)]
struct Footnotes<'a> {
    numbers: HashMap<CowStr<'a>, usize>,
    /// The note whose first paragraph is still to come.
    begun: Option<usize>,
}

impl<'a> Footnotes<'a> {
    /// The event without links between footnotes, as a document has no anchors that they could lead to.
    fn plain(&mut self, event: Event<'a>) -> Event<'a> {
        match event {
            Event::FootnoteReference(name) => Event::InlineHtml(format!("<sup>{}</sup>", self.number(name)).into()),
            Event::Start(Tag::FootnoteDefinition(name)) => {
                self.begun = Some(self.number(name));
                Event::Html("<div>".into())
            }
            Event::End(TagEnd::FootnoteDefinition) => {
                self.begun = None;
                Event::Html("</div>\n".into())
            }
            Event::Start(Tag::Paragraph) => match self.begun.take() {
                Some(number) => Event::Html(format!("<p><sup>{number}</sup> ").into()),
                None => event,
            },
            other => other,
        }
    }

    fn number(&mut self, name: CowStr<'a>) -> usize {
        let next = self.numbers.len() + 1;
        *self.numbers.entry(name).or_insert(next)
    }
}
