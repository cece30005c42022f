//! What Markdown is imported as.

use super::{Site, words};
use crate::rich_text::{check, from_markdown, to_html, to_text};
use proptest::prelude::*;

fn html(markdown: &str) -> String {
    to_html(&from_markdown(markdown), &Site)
}

#[test]
fn markdown_is_imported() {
    let cases = [
        ("# T\n\na *b* **c** `d` ~~e~~", "<h1>T</h1><p>a <em>b</em> <strong>c</strong> <code>d</code> <s>e</s></p>"),
        ("[a](/b \"c\") <https://d.e>", r#"<p><a href="/b" title="c">a</a> <a href="https://d.e">https://d.e</a></p>"#),
        ("* a\n* b\n\n3. c", r#"<ul><li><p>a</p></li><li><p>b</p></li></ul><ol start="3"><li><p>c</p></li></ol>"#),
        (
            "- [ ] a\n- [x] b",
            "<ul data-type=\"taskList\"><li data-type=\"taskItem\"><input type=\"checkbox\" disabled><p>a</p></li>\
            <li data-type=\"taskItem\"><input type=\"checkbox\" disabled checked><p>b</p></li></ul>",
        ),
        (
            "```rust,ignore\nlet a = \"<b>\";\n```",
            "<pre><code class=\"language-rust\">let a = &quot;&lt;b&gt;&quot;;</code></pre>",
        ),
        (
            "|a|b|\n|-|-|\n|c|d|",
            "<table><tbody><tr><th><p>a</p></th><th><p>b</p></th></tr><tr><td><p>c</p></td><td><p>d</p></td></tr></tbody></table>",
        ),
        ("> a\n\n---", "<blockquote><p>a</p></blockquote><hr>"),
        ("a\\\nb", "<p>a<br>b</p>"),
        ("![x](https://a.b/c.png) ![gone](c.png)", r#"<img src="https://a.b/c.png" alt="x"><p>gone</p>"#),
        ("a <u>b</u> <script>alert(1)</script>", "<p>a <u>b</u></p>"),
        ("<div>\n\n*a*\n\n</div>", "<p><em>a</em></p>"),
        ("[a](javascript:alert(1))", "<p>a</p>"),
        ("a[^n].\n\n[^n]: b", "<p>a<sup>1</sup>.</p><p><sup>1</sup> b</p>"),
        ("", "<p></p>"),
    ];
    for (given, expected) in cases {
        assert_eq!(html(given), expected, "{given}");
    }
}

proptest! {
    #[test]
    fn any_markdown_becomes_a_document_that_passes(markdown in "([a-z \n#*_`>|~!<-]|\\[|\\]|\\(/\\)|\\[\\^a\\]:? |- \\[x\\] |```|<b>|</b>|<li>|\t){0,60}") {
        let document = from_markdown(&markdown);
        prop_assert_eq!(check(&document), Ok(document));
    }

    #[test]
    fn plain_paragraphs_are_kept(parts in prop::collection::vec("[a-z]{1,5}( [a-z]{1,5}){0,3}", 1..10)) {
        let document = from_markdown(&parts.join("\n\n"));
        prop_assert_eq!(words(&to_text(&document)), parts.join(" "));
    }
}
