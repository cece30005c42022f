//! Tests of rich text, a file per verb, and what they share: a resolver and generators of documents.

mod check;
mod from_html;
mod from_markdown;
mod generate;
mod html;
mod text;

use super::Links;
use serde_json::{Value, json};

pub const ID: &str = "abcdefghijklmnopqrstuv01";
pub const MISSING: &str = "missing00000000000000000";

/// Knows every document and asset but the missing ones.
pub struct Site;

impl Links for Site {
    fn document_url(&self, document_id: &str) -> Option<String> {
        (document_id != MISSING).then(|| format!("/pages/{document_id}"))
    }

    fn asset_url(&self, asset: &str) -> Option<String> {
        (asset != MISSING).then(|| format!("/media/{asset}?w=1&h=2"))
    }
}

pub fn doc(blocks: Value) -> Value {
    json!({"type": "doc", "content": blocks})
}

pub fn paragraph(text: &str) -> Value {
    json!({"type": "paragraph", "content": [{"type": "text", "text": text}]})
}

pub fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
