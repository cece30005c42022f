//! What runs, for administrators.

use super::client::Client;

on_both_sites! {
    fn an_administrator_sees_what_runs_and_nobody_else_does(site) {
        let server = site.serve();
        let admin = Client::with_role(site, &server, "admin");
        let info = admin.get("/system").ok();
        assert_eq!(info["version"], env!("CARGO_PKG_VERSION"));
        assert!(info["uptime"].as_i64().unwrap() >= 0 && !info["database"].as_array().unwrap().is_empty(), "{info}");
        assert!(admin.get("/system/followers").ok()["followers"].is_array());
        assert_eq!(admin.send("POST", "/system/doctor", None, &[]).ok()["healthy"], true);
        let editor = Client::with_role(site, &server, "editor");
        editor.get("/system").refused(403);
        editor.get("/system/followers").refused(403);
        editor.send("POST", "/system/doctor", None, &[]).refused(403);
    }
}
