//! The pages, as a browser without scripts meets them.

use super::PASSWORD;
use super::browser::{Browser, Page};

fn is_page(page: &Page) {
    assert!(page.header("content-type").starts_with("text/html"), "{page:?}");
    let policy = page.header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(!policy.contains("script") && !page.body.contains("<script"), "{page:?}");
    assert_eq!((page.header("cache-control"), page.header("x-robots-tag")), ("no-store", "noindex"));
    assert!(page.body.contains("lang=\"en\"") && page.body.contains("width=device-width"));
    for input in page.body.split("<input id=\"").skip(1) {
        let id = input.split('"').next().unwrap();
        assert!(page.body.contains(&format!("<label for=\"{id}\">")), "{id} has no label: {page:?}");
    }
}

on_both_sites! {
    fn the_first_administrator_sets_up_signs_out_and_in_again(site) {
        let server = site.serve();
        let mut browser = Browser::on(&server);
        browser.headers.push(("accept".to_owned(), "text/html".to_owned()));
        assert_eq!(browser.get("/").is(303).header("location"), server.link("/admin"));
        let start = browser.get("/admin").is(200);
        is_page(&start);
        assert!(start.body.contains("masthead user setup-link") && !start.body.contains("/admin/link/"), "{start:?}");
        assert_eq!(browser.get("/admin/sign-in").is(303).header("location"), server.link("/admin"));
        let link = site.run(&["user", "setup-link"]).ok();
        let path = link.trim().strip_prefix("http://localhost:8420").unwrap();
        for _ in 0..2 {
            is_page(&browser.get(path).is(200));
        }
        let sent = [("email", "Ada@example.org"), ("name", "Ada <b>"), ("password", "short")];
        let refused = browser.post(path, &sent).is(400);
        is_page(&refused);
        assert!(refused.body.contains("role=\"alert\"") && refused.body.contains("10 characters"), "{refused:?}");
        assert!(refused.body.contains("value=\"Ada &lt;b&gt;\"") && !refused.body.contains("short"), "what was typed stays, but the password: {refused:?}");
        let entered = browser.post(path, &[("email", "Ada@example.org"), ("name", "Ada <b>"), ("password", PASSWORD)]).is(303);
        assert_eq!(entered.header("location"), server.link("/admin"));
        let home = browser.get("/admin").is(200);
        is_page(&home);
        assert!(home.body.contains("Ada &lt;b&gt;") && home.body.contains("ada@example.org") && home.body.contains("admin"), "{home:?}");
        is_page(&browser.get(path).is(410));
        is_page(&browser.post(path, &[("email", "eve@example.org"), ("password", PASSWORD)]).is(410));
        assert_eq!(browser.post("/admin/sign-out", &[]).is(303).header("location"), server.link("/admin/sign-in"));
        assert_eq!(browser.get("/admin").is(303).header("location"), server.link("/admin/sign-in"));
        is_page(&browser.get("/admin/sign-in").is(200));
        let wrong = browser.post("/admin/sign-in", &[("email", "ada@example.org"), ("password", "wrong horse battery")]).is(401);
        is_page(&wrong);
        assert!(wrong.body.contains("value=\"ada@example.org\"") && !wrong.body.contains("wrong horse"), "{wrong:?}");
        browser.post("/admin/sign-in", &[("email", "ada@example.org"), ("password", PASSWORD)]).is(303);
        browser.get("/admin").is(200);
        assert_eq!(browser.get("/").status, 200);
        let secret = path.rsplit('/').next().unwrap();
        assert!(!server.log().contains(secret) && !server.log().contains(PASSWORD));
    }

    fn an_invitation_is_accepted_in_a_page(site) {
        site.run_with(&["user", "create", "--email", "ada@example.org", "--role", "admin", "--password-stdin"], &format!("{PASSWORD}\n")).ok();
        let server = site.serve();
        let mut browser = Browser::on(&server);
        let link = site.run(&["user", "invite", "bo@example.org", "--role", "reader"]).ok();
        let path = link.trim().strip_prefix("http://localhost:8420").unwrap();
        let page = browser.get(path).is(200);
        is_page(&page);
        assert!(page.body.contains("bo@example.org") && page.body.contains("name=\"name\""), "{page:?}");
        browser.post(path, &[("name", "Bo"), ("password", PASSWORD)]).is(303);
        assert!(browser.get("/admin").is(200).body.contains("reader"));
        let mut other = Browser::saying(&server, &[("sec-fetch-site", "cross-site")]);
        let link = site.run(&["user", "reset", "bo@example.org"]).ok();
        let path = link.trim().strip_prefix("http://localhost:8420").unwrap();
        other.post(path, &[("password", "another horse battery")]).is(403);
        is_page(&browser.get("/admin/link/unknown").is(410));
        assert_eq!(browser.get("/admin/sign-out").is(405).header("allow"), "POST");
        is_page(&browser.get("/admin/forgot").is(200));
    }
}
