//! What holds for every route of the admin API.

use super::client::Client;

on_both_sites! {
    fn whoever_is_nobody_is_sent_to_sign_in(site) {
        let server = site.serve();
        let nobody = Client::nobody(&server);
        let refused = nobody.get("/types").refused(401);
        assert_eq!(refused.header("www-authenticate"), "Bearer");
        let stranger = Client { server: &server, token: Some("mh_wrong".to_owned()) };
        stranger.get("/types").refused(401);
    }

    fn refusals_have_one_shape_and_answers_are_kept_by_nobody(site) {
        let server = site.serve();
        let admin = Client::with_role(site, &server, "admin");
        let answer = admin.get("/types");
        assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"), "{answer:?}");
        assert_eq!(answer.header("x-robots-tag"), "noindex");
        assert_eq!(answer.header("access-control-allow-origin"), "");
        let refused = admin.get("/nothing").refused(404);
        assert_eq!(refused.header("x-robots-tag"), "noindex");
        admin.get("/types/nothing").refused(404);
        let refused = admin.send("PATCH", "/types", None, &[]).refused(405);
        assert_eq!(refused.header("allow"), "GET, HEAD, OPTIONS");
        assert_eq!(admin.send("OPTIONS", "/types", None, &[]).status, 204);
        assert_eq!(admin.send("HEAD", "/types", None, &[]).status, 200);
        let refused = admin.get("/types?count=true&x=1").refused(400);
        assert_eq!(refused.places(), ["count", "x"]);
        assert_eq!(admin.get("/types?counts=true&counts=false").refused(400).places(), ["counts"]);
        assert_eq!(admin.get("/types?counts=maybe").refused(400).places(), ["counts"]);
        assert_eq!(admin.get("/types?%ff=1").refused(400).places(), ["%ff"]);
    }
}
