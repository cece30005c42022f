//! Files made to run script where they are looked at, opened in a real browser: nothing runs.

mod heavy {
    use crate::browser::{chromium, driver};
    use crate::media::client::{token, upload};
    use crate::process::Site;
    use serde_json::json;

    /// Files by their names. Whatever runs in one of them would ask the server for `/ran/` and its name.
    fn files() -> Vec<(&'static str, Vec<u8>)> {
        let text = |text: &str| text.as_bytes().to_vec();
        let script = |name: &str| format!("new Image().src=location.origin+'/ran/{name}';document.title='ran'");
        let svg = |name: &str, inside: &str| {
            let inside = inside.replace("SCRIPT", &script(name));
            text(&format!(
                "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' width='9' height='9'>{inside}</svg>"
            ))
        };
        let html =
            |name: &str| text(&format!("<!doctype html><html><body onload=\"{0}\"><script>{0}</script>", script(name)));
        // A GIF whose first bytes are also the beginning of a script, and one with a page behind its pixels.
        let gif = b"GIF89a/*\x01\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;".to_vec();
        let mut gif_script = gif.clone();
        gif_script.extend_from_slice(format!("*/=1;{}", script("gif-script")).as_bytes());
        let mut png_page = super::super::client::picture(8, 8);
        png_page.extend_from_slice(&html("png-page"));
        let pdf = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.launchURL('/ran/pdf'))>>>>endobj\n\
                   2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF";
        let xml = format!(
            "<?xml version='1.0'?><a xmlns:h='http://www.w3.org/1999/xhtml'><h:script>{}</h:script></a>",
            script("xml")
        );
        let sheet = "<?xml version='1.0'?><?xml-stylesheet type='text/xsl' href='data:text/xml,%3Cxsl:stylesheet version=%221.0%22 \
                     xmlns:xsl=%22http://www.w3.org/1999/XSL/Transform%22%3E%3Cxsl:template match=%22/%22%3E%3Chtml xmlns=%22http://www.w3.org/1999/xhtml%22%3E\
                     %3Cscript%3Edocument.title=%22ran%22%3C/script%3E%3C/html%3E%3C/xsl:template%3E%3C/xsl:stylesheet%3E'?><a/>";
        let mut utf16 = vec![0xff, 0xfe];
        utf16.extend(String::from_utf8(html("utf16")).unwrap().encode_utf16().flat_map(u16::to_le_bytes));
        vec![
            ("script.svg", svg("script.svg", "<script>SCRIPT</script>")),
            (
                "onload.svg",
                svg(
                    "onload.svg",
                    "<rect width='9' height='9'/><animate onbegin=\"SCRIPT\" attributeName='x' dur='1s'/>",
                ),
            ),
            (
                "foreign.svg",
                svg(
                    "foreign.svg",
                    "<foreignObject width='9' height='9'><body xmlns='http://www.w3.org/1999/xhtml' onload=\"SCRIPT\"><iframe srcdoc=\"&lt;script&gt;parent.document.title='ran'&lt;/script&gt;\"/></body></foreignObject>",
                ),
            ),
            (
                "link.svg",
                svg("link.svg", "<a xlink:href=\"javascript:SCRIPT\"><rect id='press' width='9' height='9'/></a>"),
            ),
            (
                "entity.svg",
                text(
                    "<?xml version='1.0'?><!DOCTYPE svg [<!ENTITY x \"<script xmlns='http://www.w3.org/2000/svg'>document.title='ran'</script>\">]><svg xmlns='http://www.w3.org/2000/svg'>&x;</svg>",
                ),
            ),
            ("page.png", html("page.png")),
            ("page.html", html("page.html")),
            ("page.txt", html("page.txt")),
            ("bom.html", [b"\xef\xbb\xbf".to_vec(), html("bom.html")].concat()),
            ("spaces.jpg", [b" \n\t<!-- -->".to_vec(), html("spaces.jpg")].concat()),
            ("late.txt", [b"Hello. ".repeat(100), html("late.txt")].concat()),
            ("utf16.html", utf16),
            ("feed.xml", text(&xml)),
            ("sheet.xml", text(sheet)),
            ("gif-script.gif", gif_script),
            ("png-page.html", png_page),
            ("script.js", text(&script("script.js"))),
            (
                "script.css",
                text(&format!(
                    "body{{background:url(\"javascript:{0}\");behavior:url(#x);width:expression({0})}}",
                    script("css")
                )),
            ),
            ("opens.pdf", text(pdf)),
            (
                "archive.mhtml",
                text(
                    "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n--x\r\nContent-Type: text/html\r\n\r\n<script>document.title='ran'</script>\r\n--x--\r\n",
                ),
            ),
            ("\u{202e}gpj.html", html("turned")),
        ]
    }

    #[test]
    fn nothing_that_was_uploaded_runs_in_a_browser() {
        let Some(chromium) = chromium() else { return };
        let site = Site::fresh(crate::app::On::Sqlite).unwrap();
        let admin = token(&site, "admin");
        let server = site.serve();
        let taken: Vec<_> = files()
            .into_iter()
            .map(|(name, bytes)| {
                let file = upload(&server, &admin, name, &bytes);
                json!({"name": name, "mime": file["mime"], "url": format!("{}{}", server.url, file["url"].as_str().unwrap())})
            })
            .collect();
        let list = site.write("files.json", serde_json::to_string(&taken).unwrap());
        let ran = driver("hostile.mjs").args([&chromium, &server.url, list.to_str().unwrap()]).output().unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
        assert!(ran.status.success(), "{said}");
        assert!(said.contains(&format!("{} files, nothing ran", taken.len())), "{said}");
    }
}
