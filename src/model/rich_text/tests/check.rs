//! What passes, what is refused and where, and the canonical form.

use super::generate::{almost_document, document};
use super::{ID, doc, paragraph};
use crate::rich_text::{MAX_DEPTH, MAX_NODES, Node, check, is_safe_image, is_safe_link};
use proptest::prelude::*;
use serde_json::{Value, json};

fn problems(value: &Value) -> Vec<(String, String)> {
    check(value).unwrap_err().into_iter().map(|problem| (problem.pointer, problem.message)).collect()
}

fn pointers(value: &Value) -> Vec<String> {
    problems(value).into_iter().map(|(pointer, _)| pointer).collect()
}

fn linked(href: &str) -> Value {
    let marks = json!([{"type": "link", "attrs": {"href": href}}]);
    doc(json!([{"type": "paragraph", "content": [{"type": "text", "text": "x", "marks": marks}]}]))
}

#[test]
fn aliases_become_the_canonical_names() {
    let given = doc(json!([
        {"type": "bullet_list", "attrs": {"tight": true}, "content": [{"type": "list_item", "content": [
            {"type": "paragraph", "content": [
                {"type": "text", "text": "a", "marks": [{"type": "em"}, {"type": "strong"}]},
                {"type": "hard_break"}]}]}]},
        {"type": "ordered_list", "attrs": {"order": 4}, "content": [{"type": "list_item", "content": [paragraph("b")]}]},
        {"type": "code_block", "attrs": {"params": "rust"}},
        {"type": "embed", "attrs": {"documentId": ID}},
    ]));
    let expected = doc(json!([
        {"type": "bulletList", "content": [{"type": "listItem", "content": [
            {"type": "paragraph", "content": [
                {"type": "text", "marks": [{"type": "bold"}, {"type": "italic"}], "text": "a"},
                {"type": "hardBreak"}]}]}]},
        {"type": "orderedList", "attrs": {"start": 4}, "content": [{"type": "listItem", "content": [paragraph("b")]}]},
        {"type": "codeBlock", "attrs": {"language": "rust"}},
        {"type": "embed", "attrs": {"document": ID}},
    ]));
    assert_eq!(check(&given), Ok(expected));
}

#[test]
fn texts_with_equal_marks_are_joined_and_empty_ones_dropped() {
    let bold = json!([{"type": "bold"}]);
    let given = doc(json!([{"type": "paragraph", "content": [
        {"type": "text", "text": "a"}, {"type": "text", "text": "", "marks": bold}, {"type": "text", "text": "b", "marks": []},
        {"type": "text", "text": "c", "marks": bold}, {"type": "text", "text": "d\u{0}\r\n", "marks": bold},
    ]}]));
    let expected = doc(json!([{"type": "paragraph", "content": [
        {"type": "text", "text": "ab"}, {"type": "text", "text": "cd\n", "marks": bold},
    ]}]));
    assert_eq!(check(&given), Ok(expected));
}

#[test]
fn what_an_editor_would_fill_is_filled() {
    let empty = json!({"type": "paragraph"});
    assert_eq!(check(&json!({"type": "doc"})), Ok(doc(json!([empty]))));
    let given = doc(json!([{"type": "bulletList", "content": [
        {"type": "listItem"}, {"type": "listItem", "content": [{"type": "horizontalRule"}]},
    ]}]));
    let expected = doc(json!([{"type": "bulletList", "content": [
        {"type": "listItem", "content": [empty]}, {"type": "listItem", "content": [empty, {"type": "horizontalRule"}]},
    ]}]));
    assert_eq!(check(&given), Ok(expected));
}

#[test]
fn nulls_count_as_absent() {
    let given = doc(json!([
        {"type": "codeBlock", "attrs": {"language": null}, "content": null, "marks": null},
        {"type": "paragraph", "attrs": null, "content": [{"type": "text", "text": "x", "marks": [
            {"type": "link", "attrs": {"href": "/", "target": null, "rel": null, "class": "button"}}]}]},
    ]));
    let link = json!({"type": "link", "attrs": {"href": "/"}});
    let expected = doc(json!([
        {"type": "codeBlock"}, {"type": "paragraph", "content": [{"type": "text", "text": "x", "marks": [link]}]},
    ]));
    assert_eq!(check(&given), Ok(expected));
}

#[test]
fn all_problems_are_reported_where_they_are() {
    let given = doc(json!([
        {"type": "text", "text": "loose"},
        {"type": "heading", "attrs": {"level": 7, "a/b": 1}},
        {"type": "paragraph", "content": [{"type": "text"}, {"type": "image", "attrs": {"asset": "a", "src": "https://a.b/c"}}]},
        {"type": "marquee"},
        {"type": "bulletList", "content": [paragraph("not an item")]},
        {"type": "codeBlock", "content": [{"type": "text", "text": "x", "marks": [{"type": "bold"}]}]},
        {"type": "paragraph", "text": "x", "marks": [{"type": "bold"}]},
        {"type": "paragraph", "content": [{"type": "text", "text": "x", "marks": [
            {"type": "blink"}, {"type": "link", "attrs": {"href": "/", "document": ID}}, {"type": "code", "x": 1}, 3]}]},
        {"type": "embed"},
        7,
    ]));
    assert_eq!(
        pointers(&given),
        [
            "/content/0",
            "/content/1/attrs/a~1b",
            "/content/1/attrs/level",
            "/content/2/content/0/text",
            "/content/2/content/1/attrs",
            "/content/2/content/1",
            "/content/3/type",
            "/content/4/content/0",
            "/content/4/content",
            "/content/5/content/0/marks",
            "/content/6/text",
            "/content/6/marks",
            "/content/7/content/0/marks/0/type",
            "/content/7/content/0/marks/1/attrs",
            "/content/7/content/0/marks/2/x",
            "/content/7/content/0/marks/3",
            "/content/8/attrs",
            "/content/9",
        ]
    );
}

#[test]
fn problems_say_what_to_do() {
    let cases = [
        (json!([]), "a node is an object with a `type`"),
        (paragraph("x"), "the outermost node must be a `doc`"),
        (
            doc(json!([{"type": "text", "text": "x"}])),
            "a `text` cannot stand directly in a `doc`; wrap it in a paragraph",
        ),
        (doc(json!([{"type": "heading", "attrs": {"level": "2"}}])), "`level` must be a whole number from 1 to 6"),
        (doc(json!([{"type": "image"}])), "set exactly one of `asset` and `src`"),
        (doc(json!([{"type": "embed"}])), "`document` must be set"),
        (
            doc(json!([{"type": "table", "content": [paragraph("x")]}])),
            "a `table` holds only `tableRow`, not a `paragraph`",
        ),
        (linked("javascript:x"), "`href` must be a path, an #anchor, or an address with http, https, mailto or tel"),
    ];
    for (given, message) in cases {
        assert_eq!(problems(&given)[0].1, message);
    }
}

#[test]
fn unsafe_addresses_are_refused() {
    for href in [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\tscript:alert(1)",
        "java\nscript:alert(1)",
        "\u{1}javascript:alert(1)",
        "javascript\u{0}:alert(1)",
        "data:text/html,<script>",
        "vbscript:x",
        "&#106;avascript:alert(1)",
        "javascript&colon;alert(1)",
        "java&Tab;script:alert(1)",
        "\u{a0}javascript:alert(1)",
        "java\u{200b}script:alert(1)",
        "file:///etc/passwd",
        "blob:x",
        ":x",
        "",
        "view-source:javascript:1",
        "\u{85}javascript:x",
        "/x\u{7f}",
    ] {
        assert!(!is_safe_link(href), "{href:?}");
        assert_eq!(pointers(&linked(href)), ["/content/0/content/0/marks/0/attrs/href"], "{href:?}");
    }
    for src in ["/a.png", "a.png", "#x", "//a.b/c.png", "data:image/png;base64,AA", "mailto:a@b.c", "https://", "http:"]
    {
        assert!(!is_safe_image(src), "{src:?}");
    }
}

#[test]
fn ordinary_addresses_pass() {
    for href in [
        "https://example.org/a?b=1&c=2#d",
        "HTTP://EXAMPLE.ORG",
        "mailto:a@example.org",
        "tel:+4930123",
        "/path",
        "path/to",
        "../up",
        "#anchor",
        "?page=2",
        "//example.org/x",
        "/wiki/Help:Contents",
        "./a:b",
        "/search?a=1&b=javascript:2",
        "https://example.org/my file.pdf",
        "/überblick",
    ] {
        assert!(is_safe_link(href), "{href:?}");
        assert!(check(&linked(href)).is_ok(), "{href:?}");
    }
    assert!(is_safe_image("https://example.org/a.png"));
}

fn nested(depth: usize) -> Value {
    let mut node = paragraph("x");
    for _ in 0..depth.saturating_sub(3) {
        node = json!({"type": "blockquote", "content": [node]});
    }
    doc(json!([node]))
}

#[test]
fn nesting_is_capped_where_json_can_still_be_read() {
    let deepest = check(&nested(MAX_DEPTH)).unwrap();
    let enveloped = json!({"data": [{"fields": {"blocks": [{"blocks": [{"body": deepest}]}]}}]});
    assert_eq!(serde_json::from_str::<Value>(&enveloped.to_string()).unwrap(), enveloped);
    assert_eq!(problems(&nested(MAX_DEPTH + 1))[0].1, "nodes may nest 40 deep; move this further out");
    assert_eq!(problems(&nested(300)).len(), 1);
}

#[test]
fn an_empty_container_at_the_last_level_is_refused_rather_than_filled_beyond_it() {
    let mut node = json!({"type": "blockquote"});
    for _ in 0..MAX_DEPTH - 2 {
        node = json!({"type": "blockquote", "content": [node]});
    }
    assert!(check(&doc(json!([node]))).is_err());
}

#[test]
fn the_number_of_nodes_is_capped() {
    let of = |count| doc(vec![json!({"type": "paragraph"}); count].into());
    assert!(check(&of(MAX_NODES - 1)).is_ok());
    assert_eq!(problems(&of(MAX_NODES)), [(String::new(), "a document may have 50000 nodes; split it".to_owned())]);
}

#[test]
fn the_number_of_problems_is_capped() {
    assert_eq!(problems(&doc(vec![json!(1); 5000].into())).len(), 1000);
}

#[test]
fn every_node_can_be_named() {
    for name in ["doc", "paragraph", "tableHeader", "mention", "task_item"] {
        assert!(Node::parse(name).is_some());
    }
    assert_eq!(Node::parse("task_item").map(Node::name), Some("taskItem"));
    assert_eq!(Node::parse("Paragraph"), None);
}

proptest! {
    #[test]
    fn what_passes_is_canonical(given in document()) {
        let checked = check(&given).unwrap();
        prop_assert_eq!(check(&checked), Ok(checked.clone()));
        prop_assert_eq!(checked.to_string(), check(&checked).unwrap().to_string());
    }

    #[test]
    fn arbitrary_json_is_answered(given in almost_document()) {
        let wrapped = json!({"type": "doc", "content": [given.clone()]});
        for value in [given, wrapped] {
            match check(&value) {
                Ok(checked) => prop_assert_eq!(check(&checked), Ok(checked)),
                Err(problems) => {
                    prop_assert!(!problems.is_empty());
                    for problem in problems {
                        // A pointer leads to what is there, or to the place where something is missing.
                        let parent = problem.pointer.rfind('/').map_or("", |end| &problem.pointer[..end]);
                        prop_assert!(value.pointer(parent).is_some(), "{}", problem.pointer);
                    }
                }
            }
        }
    }

    #[test]
    fn a_safe_link_has_a_known_scheme_for_a_browser(href in "[ a-zA-Z0-9:/?#&;.\\\\\t\n\u{0}\u{a0}]{0,20}|(?i)\\s?javascript:[a-z]{1,4}") {
        let base = url::Url::parse("https://site.example/").unwrap();
        if is_safe_link(&href) && let Ok(url) = base.join(&href) {
            prop_assert!(matches!(url.scheme(), "http" | "https" | "mailto" | "tel"), "{:?}", href);
        }
    }
}
