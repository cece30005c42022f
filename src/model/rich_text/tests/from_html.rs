//! What HTML is imported as: ordinary, broken and hostile.

use super::generate::tag_soup;
use super::{ID, Site, doc, paragraph, words};
use crate::rich_text::from_html::read;
use crate::rich_text::{MAX_DEPTH, check, from_html, to_html, to_text};
use proptest::prelude::*;
use serde_json::{Value, json};

/// What the import of `html` renders as, which is easier to read than its JSON.
fn again(html: &str) -> String {
    to_html(&from_html(html), &Site)
}

#[test]
fn blocks_and_marks_are_imported() {
    let cases = [
        ("loose", "<p>loose</p>"),
        ("", "<p></p>"),
        ("<p>a<p>b", "<p>a</p><p>b</p>"),
        ("a<div>b</div>c", "<p>a</p><p>b</p><p>c</p>"),
        ("<p> a \n b </p>\n\n<p>c</p>", "<p>a b</p><p>c</p>"),
        ("<h2>T</h2>x", "<h2>T</h2><p>x</p>"),
        ("<b>a<i>b</b>c</i>d", "<p><strong>a<em>b</em></strong><em>c</em>d</p>"),
        ("<p><b>a</p><p>b", "<p><strong>a</strong></p><p>b</p>"),
        ("a <b>b</b> c", "<p>a <strong>b</strong> c</p>"),
        ("a<br>b<br>", "<p>a<br>b</p>"),
        ("<custom-tag>a</custom-tag><abbr>b</abbr>", "<p>ab</p>"),
        (
            "<ul><li>a<ul><li>b</ul><li>c</ul>d",
            "<ul><li><p>a</p><ul><li><p>b</p></li></ul></li><li><p>c</p></li></ul><p>d</p>",
        ),
        ("<ul><li>a</li><ul><li>b</li></ul></ul>", "<ul><li><p>a</p><ul><li><p>b</p></li></ul></li></ul>"),
        ("<li>a<li>b<p>c", "<ul><li><p>a</p></li><li><p>b</p><p>c</p></li></ul>"),
        ("<li>a</li><p>c", "<ul><li><p>a</p></li></ul><p>c</p>"),
        ("<ol start=3 type=a><li>a</ol>", r#"<ol start="3" type="a"><li><p>a</p></li></ol>"#),
        ("<blockquote>a</blockquote>", "<blockquote><p>a</p></blockquote>"),
        ("<blockquote></blockquote><ul></ul><table></table>", "<p></p>"),
        ("<pre>\n\na</pre><pre><br>b</pre>", "<pre><code>\na</code></pre><pre><code>\nb</code></pre>"),
        ("<pre>\n a\n  b\n</pre>", "<pre><code> a\n  b</code></pre>"),
        (
            "<pre><code class='x language-rust'>a <b>b</b></code></pre>",
            r#"<pre><code class="language-rust">a b</code></pre>"#,
        ),
        (
            "<table><caption>T</caption><tr><th>a<td>b<tr><td>c</table>d",
            "<p>T</p><table><tbody><tr><th><p>a</p></th><td><p>b</p></td></tr><tr><td><p>c</p></td></tr></tbody></table><p>d</p>",
        ),
        ("<table><td>a</table>", "<table><tbody><tr><td><p>a</p></td></tr></tbody></table>"),
        ("<table>x<tr><td>a</table>", "<p>x</p><table><tbody><tr><td><p>a</p></td></tr></tbody></table>"),
        ("<td>a</td><tr>b", "<p>a</p><p>b</p>"),
        ("<b style='font-weight:normal'>a</b>", "<p>a</p>"),
        ("<span style='FONT-WEIGHT: 700; font-style:italic'>a</span>", "<p><strong><em>a</em></strong></p>"),
        ("<p style='text-align:center'>a", r#"<p style="text-align: center">a</p>"#),
        ("<noscript>a</noscript>", "<p>a</p>"),
        ("<h1>a<img src=https://a.b/c>b</h1>", r#"<h1>a</h1><img src="https://a.b/c" alt=""><h1>b</h1>"#),
        ("<h1>a<p>b</p></h1><p>c", "<h1>a</h1><h1>b</h1><p>c</p>"),
        ("<iframe src='//a.b/c'>x</iframe>y", r#"<p><a href="https://a.b/c">https://a.b/c</a></p><p>y</p>"#),
        ("<!doctype html><html><head><title>t</title><style>x</style></head><body>a</body></html>", "<p>a</p>"),
        ("a &lt;b&gt; &amp;amp; &eacute;", "<p>a &lt;b&gt; &amp;amp; é</p>"),
        ("<dl><dt>a<dd>b</dl>", "<p>a</p><p>b</p>"),
    ];
    for (given, expected) in cases {
        assert_eq!(again(given), expected, "{given}");
    }
}

#[test]
fn check_boxes_make_tasks_and_a_mixed_list_is_split() {
    let given = "<ol><li>a<li><input type=checkbox>b<li><p><input type=checkbox checked> c</p><li>d</ol>";
    let item = |name: &str, text| json!({"type": name, "content": [paragraph(text)]});
    let task =
        |text, checked: bool| json!({"type": "taskItem", "attrs": {"checked": checked}, "content": [paragraph(text)]});
    let expected = doc(json!([
        {"type": "orderedList", "content": [item("listItem", "a")]},
        {"type": "taskList", "content": [task("b", false), task("c", true)]},
        {"type": "orderedList", "attrs": {"start": 4}, "content": [item("listItem", "d")]},
    ]));
    assert_eq!(from_html(given), expected);
}

#[test]
fn what_an_editor_copies_out_is_read_back() {
    let given = r#"<ul data-type="taskList"><li data-checked="true" data-type="taskItem"><label><input type="checkbox" checked><span></span></label><div><p>a</p></div></li></ul>"#;
    let task = json!({"type": "taskItem", "attrs": {"checked": true}, "content": [paragraph("a")]});
    assert_eq!(from_html(given), doc(json!([{"type": "taskList", "content": [task]}])));
}

#[test]
fn references_survive_rendering_and_import() {
    let link = json!([{"type": "link", "attrs": {"document": ID, "target": "_blank", "rel": "noopener"}}]);
    let given = doc(json!([
        {"type": "paragraph", "content": [
            {"type": "text", "marks": link, "text": "a"}, {"type": "text", "text": " b "},
            {"type": "mention", "attrs": {"document": ID, "label": "M"}}]},
        {"type": "embed", "attrs": {"document": ID}},
        {"type": "image", "attrs": {"asset": "a1", "alt": "x", "title": "y", "width": 5, "height": 6}},
    ]));
    assert_eq!(from_html(&to_html(&given, &Site)), given);
}

#[test]
fn attacks_leave_nothing_that_runs() {
    for attack in [
        "<script>alert(1)</script>",
        "<SCRIPT SRC=//x.y/z></SCRIPT>",
        "<img src=x onerror=alert(1)>",
        "<svg onload=alert(1)>",
        "<svg><script>alert(1)</script></svg>",
        "<a href='javascript:alert(1)'>x</a>",
        "<a href='jAvAsCrIpT:alert(1)'>x</a>",
        "<a href='java\nscript:alert(1)'>x</a>",
        "<a href='&#106;avascript:alert(1)'>x</a>",
        "<a href='java&Tab;script:alert(1)'>x</a>",
        "<a href='javascript&colon;alert(1)'>x</a>",
        "<a href=' \u{1}javascript:alert(1)'>x</a>",
        "<a href='data:text/html,<script>'>x</a>",
        "<a href='vbscript:x'>x</a>",
        "<iframe src='javascript:alert(1)'></iframe>",
        "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
        "<math><mtext><style><img src onerror=alert(1)></style></mtext></math>",
        "<style>@import 'javascript:x'</style>",
        "<p style='background:url(javascript:alert(1))'>x</p>",
        "<p style='text-align:center;x:expression(alert(1))'>x</p>",
        "<mark data-color='red;x:url(javascript:1)'>x</mark>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
        "<scr<script>ipt>alert(1)</scr</script>ipt>",
        "<form action='javascript:alert(1)'><button>x</button></form>",
        "<pre><code class='language-\"><script>'>x</code></pre>",
        "<img src='data:image/svg+xml,<svg onload=alert(1)>'>",
        "<a href='https://a.b/\"onclick=alert(1)'>x</a>",
        "<textarea><script>alert(1)</script></textarea>",
        "<base href='javascript:'>",
        "<object data='javascript:alert(1)'>x</object>",
        "<embed src='javascript:alert(1)'>",
        "<meta http-equiv=refresh content='0;javascript:1'>",
        "<template><script>alert(1)</script></template>",
        "<xmp><script>alert(1)</script></xmp>",
        "<plaintext><script>alert(1)</script>",
    ] {
        let html = again(attack);
        let tags: Vec<&str> = html.split('<').skip(1).filter_map(|rest| rest.split('>').next()).collect();
        for tag in tags {
            let lower = tag.to_ascii_lowercase();
            assert!(
                !lower.starts_with("script") && !lower.starts_with("svg") && !lower.starts_with("iframe"),
                "{attack}: {html}"
            );
            // Within a tag, what is in quotes is a value; a handler would stand outside of them.
            let names: String = lower.split('"').step_by(2).collect();
            assert!(
                !names.contains(" on") && !lower.contains("=\"javascript") && !lower.contains("=\"data:"),
                "{attack}: {html}"
            );
        }
    }
}

#[test]
fn input_of_any_depth_and_size_keeps_its_text_within_the_caps() {
    for tag in [
        "div",
        "blockquote",
        "ul><li",
        "ol",
        "table><tr><td",
        "b",
        "p",
        "span",
        "h1",
        "a href=/x",
        "pre",
        "li",
        "td",
        "nonsense",
    ] {
        let deep = format!("{}deep", format!("<{tag}>x").repeat(3_000));
        let read = check(&read(&deep)).unwrap_or_else(|problems| panic!("{tag}: {:?}", problems[0]));
        assert!(to_text(&read).ends_with("deep"), "{tag}");
        assert!(to_text(&read).matches('x').count() == 3_000, "{tag}");
    }
    let wide = "<p>a <b>b</b></p><ul><li>c</ul>".repeat(6_000);
    let read = check(&read(&wide)).unwrap();
    assert_eq!(words(&to_text(&read)).len(), 6 * 6_000 - 1);
}

#[test]
fn lists_nest_as_deep_as_the_cap_allows() {
    let mut node = &from_html(&"<ul><li>".repeat(100).replace("<li>", "<li>x"));
    let mut depth = 1;
    while let Some(child) = node["content"].as_array().and_then(|content| content.last()) {
        node = child;
        depth += 1;
    }
    assert!((MAX_DEPTH - 3..=MAX_DEPTH).contains(&depth), "{depth}");
}

fn passes(html: &str) -> Result<Value, TestCaseError> {
    check(&read(html)).map_err(|problems| TestCaseError::fail(format!("{problems:?}")))
}

proptest! {
    #[test]
    fn any_text_becomes_a_document_that_passes(html in any::<String>()) {
        passes(&html)?;
    }

    #[test]
    fn tag_soup_becomes_a_document_that_passes(html in tag_soup()) {
        let checked = passes(&html)?;
        prop_assert_eq!(check(&checked), Ok(checked));
    }

    #[test]
    fn plain_words_are_kept(parts in prop::collection::vec("[a-z]{1,5}", 1..20), tags in prop::collection::vec(
        prop::sample::select(vec!["<p>", "</p>", "<div>", "<ul>", "<li>", "</ul>", "<table>", "<tr>", "<td>", "</table>", "<b>", "</b>",
            "<h1>", "</h1>", "<blockquote>", "</blockquote>", "<pre>", "</pre>", "<br>", "<hr>", "<a href=/>", "</a>", "<x-y>"]), 20)) {
        let html: String = parts.iter().zip(&tags).map(|(part, tag)| format!("{tag} {part} ")).collect();
        // Words beside the cells of a table move before it; none may be lost or doubled.
        let mut found: Vec<String> = to_text(&passes(&html)?).split_whitespace().map(str::to_owned).collect();
        let mut expected = parts.clone();
        found.sort();
        expected.sort();
        prop_assert_eq!(found, expected);
    }
}
