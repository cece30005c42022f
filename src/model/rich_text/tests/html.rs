//! What documents render as, and that nothing in them runs.

use super::generate::{almost_document, document, tag_soup};
use super::{ID, MISSING, Site, doc, paragraph, words};
use crate::rich_text::{check, from_html, to_html, to_text};
use proptest::prelude::*;
use serde_json::{Value, json};

fn html(blocks: Value) -> String {
    to_html(&check(&doc(blocks)).unwrap(), &Site)
}

fn marked(text: &str, mark: Value) -> Value {
    json!({"type": "text", "text": text, "marks": [mark]})
}

fn line(content: Value) -> String {
    html(json!([{"type": "paragraph", "content": content}]))
}

#[test]
fn every_node_has_its_element() {
    let cases = [
        (paragraph("a"), "<p>a</p>"),
        (json!({"type": "paragraph", "attrs": {"textAlign": "center"}}), r#"<p style="text-align: center"></p>"#),
        (json!({"type": "heading", "attrs": {"level": 3}}), "<h3></h3>"),
        (json!({"type": "blockquote", "content": [paragraph("a")]}), "<blockquote><p>a</p></blockquote>"),
        (json!({"type": "horizontalRule"}), "<hr>"),
        (
            json!({"type": "orderedList", "attrs": {"start": 3}, "content": [{"type": "listItem", "content": [paragraph("a")]}]}),
            r#"<ol start="3"><li><p>a</p></li></ol>"#,
        ),
        (
            json!({"type": "taskList", "content": [{"type": "taskItem", "attrs": {"checked": true}, "content": [paragraph("a")]}]}),
            r#"<ul data-type="taskList"><li data-type="taskItem"><input type="checkbox" disabled checked><p>a</p></li></ul>"#,
        ),
        (
            json!({"type": "codeBlock", "attrs": {"language": "c++"}, "content": [{"type": "text", "text": "a < b\n"}]}),
            "<pre><code class=\"language-c++\">a &lt; b\n</code></pre>",
        ),
        (
            json!({"type": "table", "content": [{"type": "tableRow", "content": [
                {"type": "tableHeader", "attrs": {"colspan": 2, "colwidth": [10, 20]}, "content": [paragraph("a")]},
                {"type": "tableCell"}]}]}),
            r#"<table><tbody><tr><th colspan="2" data-colwidth="10,20"><p>a</p></th><td><p></p></td></tr></tbody></table>"#,
        ),
        (
            json!({"type": "image", "attrs": {"asset": "a1", "alt": "\"A\"", "width": 30}}),
            r#"<img src="/media/a1?w=1&amp;h=2" alt="&quot;A&quot;" width="30" data-asset="a1">"#,
        ),
        (json!({"type": "image", "attrs": {"src": "https://a.b/c"}}), r#"<img src="https://a.b/c" alt="">"#),
        (
            json!({"type": "embed", "attrs": {"document": ID}}),
            r#"<p data-embed="abcdefghijklmnopqrstuv01"><a href="/pages/abcdefghijklmnopqrstuv01">/pages/abcdefghijklmnopqrstuv01</a></p>"#,
        ),
    ];
    for (block, expected) in cases {
        assert_eq!(html(json!([block])), expected);
    }
}

#[test]
fn neighbouring_texts_share_the_elements_of_their_common_marks() {
    let (link, bold) = (json!({"type": "link", "attrs": {"href": "/a"}}), json!({"type": "bold"}));
    let content = json!([
        {"type": "text", "text": "a", "marks": [link]},
        {"type": "text", "text": "b", "marks": [bold, link]},
        {"type": "text", "text": "c", "marks": [bold]},
    ]);
    assert_eq!(line(content), r#"<p><a href="/a">a<strong>b</strong></a><strong>c</strong></p>"#);
}

#[test]
fn a_link_into_a_new_window_cannot_steer_this_one() {
    let link = |rel: Value| {
        json!([marked("x", json!({"type": "link", "attrs": {"href": "/", "target": "_blank", "rel": rel}}))])
    };
    assert_eq!(line(link(Value::Null)), r#"<p><a href="/" target="_blank" rel="noopener">x</a></p>"#);
    assert_eq!(line(link("nofollow".into())), r#"<p><a href="/" target="_blank" rel="nofollow noopener">x</a></p>"#);
    assert_eq!(line(link("noopener".into())), r#"<p><a href="/" target="_blank" rel="noopener">x</a></p>"#);
}

#[test]
fn what_does_not_resolve_leaves_only_its_text() {
    assert_eq!(line(json!([marked("x", json!({"type": "link", "attrs": {"document": MISSING}}))])), "<p>x</p>");
    assert_eq!(line(json!([{"type": "mention", "attrs": {"document": MISSING, "label": "<x>"}}])), "<p>&lt;x&gt;</p>");
    assert_eq!(html(json!([{"type": "embed", "attrs": {"document": MISSING}}])), "");
    assert_eq!(html(json!([{"type": "image", "attrs": {"asset": MISSING, "alt": "x"}}])), "");
}

#[test]
fn a_mention_in_a_link_is_no_nested_anchor() {
    let content = json!([{"type": "mention", "attrs": {"document": ID, "label": "M"}, "marks": [{"type": "link", "attrs": {"href": "/a"}}]}]);
    assert_eq!(line(content), format!(r#"<p><a href="/pages/{ID}" data-mention="{ID}">M</a></p>"#));
}

#[test]
fn an_unchecked_document_renders_safely_too() {
    let attack = "\"><script>alert(1)</script>";
    let unchecked = doc(json!([
        {"type": "image", "attrs": {"src": "javascript:alert(1)"}},
        {"type": "image", "attrs": {"src": "https://a.b/c", "alt": attack, "width": attack}},
        {"type": "codeBlock", "attrs": {"language": attack}},
        {"type": "paragraph", "attrs": {"textAlign": attack}, "content": [
            {"type": "text", "text": attack, "marks": [
                {"type": "link", "attrs": {"href": "java\tscript:alert(1)"}}, {"type": "highlight", "attrs": {"color": attack}},
                {"type": attack}]},
            {"type": "text", "text": "x", "marks": [{"type": "link", "attrs": {"href": "/", "rel": attack, "target": attack, "title": attack}}]},
            {"type": attack, "content": [{"type": "text", "text": attack}]}]},
        {"type": "orderedList", "attrs": {"start": attack, "type": attack}},
    ]));
    let html = to_html(&unchecked, &Site);
    assert!(!html.contains("<script") && !html.contains("script:"), "{html}");
}

/// Resolves everything to something that must not be linked.
struct Hostile;

impl crate::rich_text::Links for Hostile {
    fn document_url(&self, _: &str) -> Option<String> {
        Some("javascript:alert(1)".to_owned())
    }

    fn asset_url(&self, _: &str) -> Option<String> {
        Some("data:text/html,x".to_owned())
    }
}

#[test]
fn an_unsafe_resolved_address_counts_as_unresolved() {
    let given = doc(json!([{"type": "embed", "attrs": {"document": ID}}, {"type": "image", "attrs": {"asset": "a"}}]));
    assert_eq!(to_html(&given, &Hostile), "");
}

proptest! {
    #[test]
    fn html_read_back_keeps_the_text(given in document()) {
        let checked = check(&given).unwrap();
        let back = from_html(&to_html(&checked, &Site));
        prop_assert_eq!(words(&to_text(&back)), words(&to_text(&checked)));
    }

    #[test]
    fn html_read_back_renders_the_same(html in tag_soup()) {
        let once = to_html(&from_html(&html), &Site);
        let twice = to_html(&from_html(&once), &Site);
        prop_assert_eq!(once, twice);
    }

    #[test]
    fn no_markup_comes_from_text(given in document()) {
        let html = to_html(&check(&given).unwrap(), &Site);
        prop_assert!(!html.contains("<script"), "{}", html);
    }

    #[test]
    fn anything_renders(given in almost_document()) {
        let html = to_html(&doc(json!([given])), &Site);
        prop_assert!(!html.contains("=\"javascript:"), "{}", html);
        from_html(&html);
    }
}
