use super::*;
use clap::Parser;
use std::io;
use std::path::Path;

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    flags: Flags,
}

/// The configuration from flags, variables and files, each by name and content.
fn load(flags: &[&str], env: &[(&str, &str)], files: &[(&str, &str)]) -> Result<Config, String> {
    let flags = Cli::try_parse_from(std::iter::once(&"masthead").chain(flags)).unwrap().flags;
    let env = env.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
    let read = |path: &Path| {
        let found = files.iter().find(|(name, _)| Path::new(name) == path);
        found.map(|(_, text)| text.to_string()).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    };
    load_from(&flags, &env, &read)
}

#[test]
fn the_defaults_are_a_folder_here_and_a_port_of_this_machine() {
    let config = load(&[], &[("HOME", "/root")], &[]).unwrap();
    assert_eq!(config.data_dir, Path::new("masthead-data"));
    assert_eq!(config.database_url, "masthead-data/masthead.db");
    assert_eq!(config.database_file().unwrap(), Path::new("masthead-data/masthead.db"));
    assert_eq!(config.listen.to_string(), "localhost:8420");
    assert_eq!((config.autosave_days, config.max_page_size, config.log_level), (30, 100, None));
}

#[test]
fn a_flag_wins_over_the_environment_and_that_over_the_file() {
    let file = ("masthead.toml", "data_dir = \"from-file\"\nlisten = \"file:1\"\nmax_page_size = 7\n");
    let env = ("MASTHEAD_LISTEN", "env:2");
    assert_eq!(load(&[], &[], &[file]).unwrap().listen.to_string(), "file:1");
    assert_eq!(load(&[], &[env], &[file]).unwrap().listen.to_string(), "env:2");
    let config = load(&["--listen", "flag:3"], &[env], &[file]).unwrap();
    assert_eq!(config.listen.to_string(), "flag:3");
    assert_eq!((config.data_dir.to_str(), config.max_page_size), (Some("from-file"), 7));
    assert_eq!(config.database_url, "from-file/masthead.db");
}

#[test]
fn the_common_variables_count_less_than_our_own() {
    assert_eq!(load(&[], &[("PORT", "9000")], &[]).unwrap().listen.to_string(), "localhost:9000");
    let both = [("PORT", "9000"), ("MASTHEAD_LISTEN", "0.0.0.0:80")];
    assert_eq!(load(&[], &both, &[]).unwrap().listen.to_string(), "0.0.0.0:80");
    let both = [("DATABASE_URL", "postgres://a/b"), ("MASTHEAD_DATABASE_URL", "sqlite://x.db")];
    assert_eq!(load(&[], &both, &[]).unwrap().database_url, "sqlite://x.db");
    let config = load(&[], &both[..1], &[]).unwrap();
    assert_eq!((config.database_url.as_str(), config.database_file()), ("postgres://a/b", None));
}

#[test]
fn a_list_has_commas_and_in_the_file_brackets() {
    let networks = |config: Config| format!("{:?}", config.trusted_proxies);
    let env = load(&[], &[("MASTHEAD_TRUSTED_PROXIES", "10.0.0.0/8, ::1")], &[]).unwrap();
    let file = load(&[], &[], &[("masthead.toml", "trusted_proxies = [\"10.0.0.0/8\", \"::1\"]")]).unwrap();
    assert_eq!(env.trusted_proxies.len(), 2);
    assert_eq!(networks(env), networks(file));
    let wrong = load(&[], &[], &[("masthead.toml", "trusted_proxies = [1]")]).unwrap_err();
    assert_eq!(wrong, "masthead.toml: `trusted_proxies` is a list of texts");
    let wrong = load(&["--trusted-proxies", "10.0.0.0/8,proxy"], &[], &[]).unwrap_err();
    assert!(wrong.starts_with("trusted_proxies must be networks") && wrong.contains("'10.0.0.0/8,proxy'"), "{wrong}");
    let wrong = load(&["--cors-origins", "www.example.org"], &[], &[]).unwrap_err();
    assert!(wrong.starts_with("cors_origins must be origins like"), "{wrong}");
    let wrong = load(&["--public-url", "example.org"], &[], &[]).unwrap_err();
    assert!(wrong.starts_with("public_url must be an address like"), "{wrong}");
    let wrong = load(&["--allowed-hosts", "https://x"], &[], &[]).unwrap_err();
    assert!(wrong.starts_with("allowed_hosts must be names like"), "{wrong}");
    let config = load(&["--public-url", "https://example.org/cms/"], &[], &[]).unwrap();
    assert_eq!(config.public_url.unwrap().to_string(), "https://example.org/cms");
}

#[test]
fn an_empty_variable_is_not_set() {
    assert_eq!(load(&[], &[("MASTHEAD_LISTEN", ""), ("PORT", "81")], &[]).unwrap().listen.to_string(), "localhost:81");
}

#[test]
fn another_file_can_be_named_and_must_then_be_there() {
    let files = [("masthead.toml", "max_page_size = 1"), ("/etc/m.toml", "max_page_size = 2")];
    assert_eq!(load(&["--config", "/etc/m.toml"], &[], &files).unwrap().max_page_size, 2);
    assert_eq!(load(&[], &[("MASTHEAD_CONFIG", "/etc/m.toml")], &files).unwrap().max_page_size, 2);
    assert!(load(&["--config", "nowhere.toml"], &[], &files).unwrap_err().starts_with("nowhere.toml: "));
}

#[test]
fn a_secret_may_stand_in_a_file_of_its_own() {
    let files = [("/run/secrets/db", "postgres://u:p@h/d\n")];
    let env = [("MASTHEAD_DATABASE_URL_FILE", "/run/secrets/db")];
    assert_eq!(load(&[], &env, &files).unwrap().database_url, "postgres://u:p@h/d");
    assert_eq!(
        load(&[], &[("DATABASE_URL_FILE", "/run/secrets/db")], &files).unwrap().database_url,
        "postgres://u:p@h/d"
    );
    let missing = load(&[], &[("MASTHEAD_DATABASE_URL_FILE", "/nowhere")], &[]).unwrap_err();
    assert!(missing.contains("MASTHEAD_DATABASE_URL_FILE") && missing.contains("/nowhere"), "{missing}");
    let both = [env[0], ("MASTHEAD_DATABASE_URL", "x.db")];
    let refused = load(&[], &both, &files).unwrap_err();
    assert!(refused.contains("both set"), "{refused}");
}

#[test]
fn what_is_unknown_is_named() {
    for (env, name) in [
        ("MASTHEAD_LISTNE", "MASTHEAD_LISTNE"),
        ("MASTHEAD_LISTEN_FILE", "MASTHEAD_LISTEN_FILE"),
        ("MASTHEAD_", "MASTHEAD_"),
    ] {
        let refused = load(&[], &[(env, "x")], &[]).unwrap_err();
        assert!(refused.contains(name) && refused.contains("MASTHEAD_LISTEN,"), "{refused}");
    }
    load(&[], &[("MASTHEAD_TEST_QUICK", "1"), ("MASTHEADS", "x")], &[]).unwrap();
    let refused = load(&[], &[], &[("masthead.toml", "lisen = \"x:1\"")]).unwrap_err();
    assert!(refused.starts_with("masthead.toml: there is no setting `lisen`"), "{refused}");
}

#[test]
fn what_is_malformed_is_named_with_its_place() {
    let flag = load(&["--max-page-size", "many"], &[], &[]).unwrap_err();
    assert_eq!(flag, "max_page_size must be a whole number from 1 to 1000, not 'many' (from --max-page-size)");
    let env = load(&[], &[("PORT", "localhost:80")], &[]).unwrap_err();
    assert_eq!(env, "listen must be a port, 0 to 65535, not 'localhost:80' (from PORT in the environment)");
    let file = load(&[], &[], &[("masthead.toml", "event_days = 3")]).unwrap_err();
    assert_eq!(file, "event_days must be a whole number from 30 to 36500, not '3' (from masthead.toml)");
    let kind = load(&[], &[], &[("masthead.toml", "listen = [1]")]).unwrap_err();
    assert_eq!(kind, "masthead.toml: `listen` is a text or a number, not array");
    let syntax = load(&[], &[], &[("masthead.toml", "listen = \n")]).unwrap_err();
    assert!(syntax.starts_with("masthead.toml: ") && syntax.contains("line 1"), "{syntax}");
    assert!(load(&["--log-level", "loud"], &[], &[]).unwrap_err().contains("one of off"));
    assert!(load(&["--data-dir", ""], &[], &[]).unwrap_err().contains("the name of a folder"));
}

#[test]
fn a_secret_is_never_repeated() {
    let refused = load(&[], &[("DATABASE_URL", "mysql://root:secret@h/d")], &[]).unwrap_err();
    assert!(!refused.contains("secret") && refused.contains("DATABASE_URL"), "{refused}");
}

#[test]
fn formats_of_pictures_have_names_and_say_what_they_are() {
    let load = |value: &str| load(&[], &[("MASTHEAD_IMAGE_FORMATS", value)], &[]);
    let formats = load("square:w=400&h=400, hero:w=1600&h=900&format=webp").unwrap().files.formats;
    assert_eq!(formats.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["square", "hero"]);
    assert_eq!((formats[0].1.width, formats[0].1.height), (Some(400), Some(400)));
    for wrong in ["small:w=1", "Square:w=1", "a:w=1,a:w=2", "a", "a:", "a:w=none", "a:v=1&w=2", "a:e=1&w=2", "a:dpr=2"]
    {
        assert!(load(wrong).is_err(), "{wrong}");
    }
    let file = ("masthead.toml", "image_formats = [\"square:w=4&h=4\"]");
    assert_eq!(super::tests::load(&[], &[], &[file]).unwrap().files.formats.len(), 1);
}
