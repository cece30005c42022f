//! Options: where they come from, and what stops the start.

use crate::app::On;
use crate::process::{Server, Site, ended};

fn site() -> Site {
    Site::fresh(On::Sqlite).unwrap()
}

/// A command told nothing but these variables.
fn run(site: &Site, args: &[&str], env: &[(&str, &str)]) -> crate::process::Ran {
    ended(site.bare(args).envs(env.iter().copied()).spawn().unwrap())
}

#[test]
fn a_flag_wins_over_the_environment_and_that_over_the_file() {
    let site = site();
    site.write("masthead.toml", "data_dir = \"from-file\"\n");
    let role = ["role", "allow", "reader", "read", "*"];
    run(&site, &role, &[]).ok();
    assert!(site.path("from-file/masthead.db").exists());
    run(&site, &role, &[("MASTHEAD_DATA_DIR", "from-env")]).ok();
    assert!(site.path("from-env/masthead.db").exists());
    let with_flag = [&["--data-dir", "from-flag"][..], &role].concat();
    run(&site, &with_flag, &[("MASTHEAD_DATA_DIR", "not-this")]).ok();
    assert!(site.path("from-flag/masthead.db").exists() && !site.path("not-this").exists());
    std::fs::remove_file(site.path("masthead.toml")).unwrap();
    run(&site, &role, &[]).ok();
    assert!(site.path("masthead-data/masthead.db").exists(), "the default");
}

#[test]
fn a_port_can_come_from_the_environment() {
    let site = site();
    let mut command = site.command(&["serve"]);
    command.env("PORT", "0");
    let server = Server::start(command, &site.path("server.log"));
    assert_eq!(server.get("/healthz").0, 200);
}

#[test]
fn what_is_unknown_or_malformed_stops_the_start_and_is_named() {
    let site = site();
    let said = run(&site, &["serve"], &[("MASTHEAD_LISTNE", "x:1")]).fails(2);
    assert!(said.contains("MASTHEAD_LISTNE"), "{said}");
    let said = run(&site, &["serve", "--listen", "nowhere"], &[]).fails(2);
    assert!(said.contains("listen") && said.contains("nowhere") && said.contains("--listen"), "{said}");
    let said = run(&site, &["serve"], &[("PORT", "eighty")]).fails(2);
    assert!(said.contains("PORT") && said.contains("eighty"), "{said}");
    site.write("masthead.toml", "lisen = \"x:1\"\n");
    let said = run(&site, &["serve"], &[]).fails(2);
    assert!(said.contains("masthead.toml") && said.contains("lisen"), "{said}");
    site.write("masthead.toml", "listen = \n");
    let said = run(&site, &["serve"], &[]).fails(2);
    assert!(said.contains("line 1"), "{said}");
    assert_eq!(run(&site, &["serv"], &[]).code, 2);
    assert!(!site.path("masthead-data").exists(), "nothing was created");
}

#[test]
fn a_secret_may_stand_in_a_file_and_is_never_repeated() {
    let site = site();
    site.write("secret", format!("{}\n", site.path("elsewhere.db").display()));
    let role = ["role", "allow", "reader", "read", "*"];
    run(&site, &role, &[("MASTHEAD_DATABASE_URL_FILE", "secret")]).ok();
    assert!(site.path("elsewhere.db").exists());
    let said = run(&site, &role, &[("DATABASE_URL", "mysql://root:hunter2@h/d")]).fails(2);
    assert!(said.contains("DATABASE_URL") && !said.contains("hunter2"), "{said}");
    // A port where nothing listens: the client's own message repeats what it was given.
    let said = run(&site, &role, &[("DATABASE_URL", "postgres://root:hunter2@127.0.0.1:1/d")]).fails(1);
    assert!(!said.contains("hunter2"), "{said}");
    let said = run(&site, &role, &[("MASTHEAD_DATABASE_URL_FILE", "not-there")]).fails(2);
    assert!(said.contains("not-there"), "{said}");
}

#[test]
fn a_command_that_only_looks_leaves_no_database_behind() {
    let site = site();
    for args in [
        &["doctor"][..],
        &["schema", "pull", "x"],
        &["events"],
        &["export", "ndjson", "--type", "a"],
        &["snapshot", "f"],
    ] {
        let said = run(&site, args, &[]).fails(1);
        assert!(said.contains("there is no data") && said.contains("--data-dir"), "{args:?}: {said}");
    }
    assert!(!site.path("masthead-data").exists());
}

on_both_sites! {
    fn data_of_a_newer_program_is_refused_with_the_version_it_needs(site) {
        site.run(&["role", "allow", "reader", "read", "*"]).ok();
        let core = site.core();
        let later = "INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000'); \
                     UPDATE meta SET value = '99.1.0' WHERE key = 'program'";
        core.store().write_blocking(move |tx| tx.batch(later)).unwrap();
        core.store().close();
        for args in [&["serve", "--listen", "127.0.0.1:0"][..], &["role", "allow", "public", "read", "*"]] {
            let said = site.run(args).fails(1);
            assert!(said.contains("99.1.0") && said.contains(env!("CARGO_PKG_VERSION")), "{said}");
        }
    }
}
