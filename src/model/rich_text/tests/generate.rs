//! Generators of documents, of JSON that almost is one, and of HTML that almost is well formed.

use super::ID;
use proptest::prelude::*;
use serde_json::{Value, json};

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,8}( [a-z]{1,8}){0,3}",
        "[<>&\"' a-zA-Z\u{e9}\u{4e2d}\u{1f600}]{1,12}",
        Just("&lt;script&gt;".to_owned()),
        Just("<script>alert(1)</script>".to_owned()),
    ]
}

fn mark() -> impl Strategy<Value = Value> {
    prop_oneof![
        prop::sample::select(vec![
            "bold",
            "italic",
            "strike",
            "underline",
            "code",
            "subscript",
            "superscript",
            "strong"
        ])
        .prop_map(|name| json!({"type": name})),
        Just(json!({"type": "highlight", "attrs": {"color": "#ff0"}})),
        Just(json!({"type": "link", "attrs": {"href": "/a?b=1&c=\"2'", "target": "_blank"}})),
        Just(json!({"type": "link", "attrs": {"document": ID}})),
    ]
}

fn inline() -> impl Strategy<Value = Value> {
    let marks = prop::collection::vec(mark(), 0..3).prop_map(|mut marks| {
        let mut seen = std::collections::HashSet::new();
        marks.retain(|mark| seen.insert(mark["type"].as_str().unwrap().replace("strong", "bold")));
        marks
    });
    prop_oneof![
        6 => (text(), marks).prop_map(|(text, marks)| json!({"type": "text", "text": text, "marks": marks})),
        1 => Just(json!({"type": "hardBreak"})),
        1 => "[a-z<&]{1,9}".prop_map(|label| json!({"type": "mention", "attrs": {"document": ID, "label": label}})),
    ]
}

fn block() -> impl Strategy<Value = Value> {
    let line = || prop::collection::vec(inline(), 0..5);
    let leaf = prop_oneof![
        4 => line().prop_map(|line| json!({"type": "paragraph", "content": line})),
        2 => (line(), 1..=6).prop_map(|(line, level)| json!({"type": "heading", "attrs": {"level": level}, "content": line})),
        1 => text().prop_map(|text| json!({"type": "codeBlock", "attrs": {"language": "rust"}, "content": [{"type": "text", "text": text}]})),
        1 => Just(json!({"type": "horizontalRule"})),
        1 => "[a-z<&\"]{0,9}".prop_map(|alt| json!({"type": "image", "attrs": {"asset": "a1", "alt": alt}})),
        1 => Just(json!({"type": "embed", "attrs": {"document": ID}})),
    ];
    leaf.prop_recursive(5, 60, 4, |block| {
        let blocks = || prop::collection::vec(block.clone(), 0..3);
        let items = |name: &'static str| {
            let block = block.clone();
            let item =
                prop::collection::vec(block, 0..3).prop_map(move |blocks| json!({"type": name, "content": blocks}));
            prop::collection::vec(item, 1..4)
        };
        let cell = prop_oneof![Just("tableCell"), Just("tableHeader")];
        let cell = (cell, blocks()).prop_map(|(name, blocks)| json!({"type": name, "content": blocks}));
        let row = prop::collection::vec(cell, 0..3).prop_map(|cells| json!({"type": "tableRow", "content": cells}));
        prop_oneof![
            blocks().prop_map(|blocks| json!({"type": "blockquote", "content": blocks})),
            items("listItem").prop_map(|items| json!({"type": "bullet_list", "content": items})),
            items("list_item")
                .prop_map(|items| json!({"type": "orderedList", "attrs": {"start": 3}, "content": items})),
            items("taskItem").prop_map(|items| json!({"type": "taskList", "content": items})),
            prop::collection::vec(row, 1..3).prop_map(|rows| json!({"type": "table", "content": rows})),
        ]
    })
}

/// Documents that pass, not yet in canonical form.
pub fn document() -> impl Strategy<Value = Value> {
    prop::collection::vec(block(), 0..6).prop_map(|blocks| json!({"type": "doc", "content": blocks}))
}

/// JSON of the words that documents are made of, in any arrangement.
pub fn almost_document() -> impl Strategy<Value = Value> {
    let word = prop::sample::select(vec![
        "doc",
        "paragraph",
        "heading",
        "text",
        "listItem",
        "bulletList",
        "table",
        "tableRow",
        "tableCell",
        "codeBlock",
        "image",
        "embed",
        "mention",
        "taskItem",
        "link",
        "bold",
        "code",
        "javascript:x",
        "https://a.b/",
        ID,
        "",
        "\u{0}",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        word.prop_map(Value::from),
    ];
    let key = prop::sample::select(vec![
        "type", "type", "type", "content", "content", "content", "attrs", "marks", "text", "level", "href", "document",
        "src", "colwidth", "x/~y",
    ]);
    leaf.prop_recursive(8, 100, 6, move |value| {
        prop_oneof![
            prop::collection::vec(value.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((key.clone(), value), 0..5)
                .prop_map(|pairs| Value::Object(pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())),
        ]
    })
}

/// Tags and texts in any order.
pub fn tag_soup() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "p",
        "div",
        "h1",
        "h2",
        "ul",
        "ol",
        "li",
        "table",
        "thead",
        "tr",
        "td",
        "th",
        "caption",
        "blockquote",
        "pre",
        "code",
        "a",
        "b",
        "i",
        "span",
        "mark",
        "svg",
        "script",
        "style",
        "textarea",
        "title",
        "template",
        "select",
        "dl",
        "dt",
        "dd",
        "body",
        "html",
        "nonsense",
    ]);
    let piece = prop_oneof![
        4 => name.clone().prop_map(|name| format!("<{name}>")),
        3 => name.prop_map(|name| format!("</{name}>")),
        3 => "[a-z ]{1,6}",
        1 => prop::sample::select(vec![
            "<br>", "<hr>", "<br/>", "</br>", "\n", "&amp;", "&#0;", "<!-- c -->", "<![CDATA[x]]>", "<", "\u{0}",
            "<img src=https://a.b/c.png alt=x>", "<img src=x alt=y>", "<input type=checkbox checked>",
            "<a href='javascript:alert(1)'>", "<a href=/x target=_blank>", "<iframe src=//a.b/c></iframe>",
            "<span data-mention=abcdefghijklmnopqrstuv01>", "<div data-embed=abcdefghijklmnopqrstuv01>",
            "<p style='text-align:center'>", "<td colspan=2 data-colwidth=1,2>", "<li data-checked=true>",
        ]).prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}
