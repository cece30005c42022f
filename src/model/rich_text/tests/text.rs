//! What documents say and refer to.

use super::generate::almost_document;
use super::{ID, MISSING, doc, paragraph};
use crate::rich_text::{assets, check, is_empty, references, to_text};
use proptest::prelude::*;
use serde_json::json;

#[test]
fn text_has_a_line_per_block() {
    let given = doc(json!([
        {"type": "heading", "attrs": {"level": 1}, "content": [{"type": "text", "text": "Title"}]},
        {"type": "paragraph", "content": [
            {"type": "text", "text": "bo"}, {"type": "text", "text": "ld", "marks": [{"type": "bold"}]}, {"type": "hardBreak"},
            {"type": "mention", "attrs": {"document": ID, "label": "Ada"}}]},
        {"type": "paragraph"},
        {"type": "bulletList", "content": [{"type": "listItem", "content": [paragraph("one")]}, {"type": "listItem", "content": [paragraph("two")]}]},
        {"type": "table", "content": [{"type": "tableRow", "content": [
            {"type": "tableCell", "content": [paragraph("c1")]}, {"type": "tableCell", "content": [paragraph("c2")]}]}]},
        {"type": "image", "attrs": {"asset": "a", "alt": "A cat"}},
        {"type": "codeBlock", "content": [{"type": "text", "text": "a\nb"}]},
    ]));
    assert_eq!(to_text(&check(&given).unwrap()), "Title\nbold\nAda\none\ntwo\nc1\nc2\nA cat\na\nb");
}

#[test]
fn references_and_assets_are_listed_once_in_order() {
    let link = json!([{"type": "link", "attrs": {"document": MISSING}}]);
    let given = doc(json!([
        {"type": "embed", "attrs": {"document": ID}},
        {"type": "paragraph", "content": [
            {"type": "text", "text": "x", "marks": link}, {"type": "text", "text": "y", "marks": [{"type": "link", "attrs": {"href": "/"}}]},
            {"type": "mention", "attrs": {"document": ID}}]},
        {"type": "image", "attrs": {"asset": "b"}}, {"type": "image", "attrs": {"src": "https://a.b/c"}},
        {"type": "blockquote", "content": [{"type": "image", "attrs": {"asset": "a"}}, {"type": "image", "attrs": {"asset": "b"}}]},
    ]));
    assert_eq!(references(&given), [ID, MISSING]);
    assert_eq!(assets(&given), ["b", "a"]);
}

#[test]
fn a_document_without_anything_to_see_is_empty() {
    assert!(is_empty(&json!(null)));
    assert!(is_empty(&doc(
        json!([{"type": "paragraph"}, paragraph(" \n"), {"type": "bulletList", "content": [{"type": "listItem"}]}])
    )));
    assert!(!is_empty(&doc(json!([paragraph("x")]))));
    assert!(!is_empty(&doc(json!([{"type": "image", "attrs": {"asset": "a"}}]))));
}

proptest! {
    #[test]
    fn anything_can_be_read(given in almost_document()) {
        let given = doc(json!([given]));
        to_text(&given);
        prop_assert!(references(&given).len() < 1000 && assets(&given).len() < 1000);
    }
}
