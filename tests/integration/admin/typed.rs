//! Types that are generated from `/openapi.json`, and a front end that is compiled against them.

use super::description::blog;
use crate::process::Site;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A program of `.tools/node`; none when it is not installed.
fn tool(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(".tools/node/node_modules/.bin").join(name);
    if !path.exists() {
        eprintln!("skipped: {} is not there; scripts/setup typegen", path.display());
        return None;
    }
    Some(path)
}

fn compiles(tsc: &Path, site: &Site, file: &str) -> Result<(), String> {
    let done = Command::new(tsc)
        .args(["--strict", "--noEmit", "--target", "es2022", "--lib", "es2022,dom", "--moduleResolution", "bundler"])
        .args(["--module", "esnext", file])
        .current_dir(site.path("."))
        .output()
        .unwrap();
    if done.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&done.stdout).into_owned()) }
}

#[test]
fn a_front_end_compiles_against_generated_types_and_not_with_a_wrong_field() {
    let (Some(generator), Some(tsc)) = (tool("openapi-typescript"), tool("tsc")) else { return };
    let site = Site::fresh(crate::app::On::Sqlite).unwrap();
    site.push(&blog());
    let token = site.run(&["token", "create", "--name", "types", "--role", "editor"]).ok();
    let server = site.serve();
    let mut response = crate::process::agent()
        .get(format!("{}/openapi.json", server.url))
        .header("Authorization", format!("Bearer {}", token.trim()))
        .call()
        .unwrap();
    let described = site.write("openapi.json", response.body_mut().read_to_string().unwrap());
    let types = site.path("masthead.d.ts");
    let made = Command::new(generator).arg(&described).arg("-o").arg(&types).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let source = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/typed/front_end.ts")).unwrap();
    site.write("front_end.ts", &source);
    compiles(&tsc, &site, "front_end.ts").unwrap();
    for (right, wrong) in
        [("article.title", "article.titel"), ("author?.name", "author?.nam"), ("text: \"So.\"", "txt: \"So.\"")]
    {
        assert!(source.contains(right));
        site.write("wrong.ts", source.replace(right, wrong));
        let said = compiles(&tsc, &site, "wrong.ts").unwrap_err();
        assert!(said.contains("wrong.ts"), "{said}");
    }
}
