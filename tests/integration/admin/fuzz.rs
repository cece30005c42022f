//! A fuzzer, schemathesis, over `/openapi.json`: whatever fits the description is dealt with, and whatever does not is refused.

/// They take a while.
mod heavy {
    use super::super::client::Client;
    use super::super::description::blog;
    use crate::process::{Site, is_quick};
    use serde_json::json;
    use std::path::Path;
    use std::process::Command;

    /// Checks that are left out, and why.
    const EXCLUDED: [&str; 1] = [
        // References to documents that are not there, revisions that are not the current one, types without drafts:
        // a description cannot say what is accepted to the last.
        "positive_data_acceptance",
    ];
    /// Operations that are left out, and why: a stream does not end.
    const OPERATIONS: [&str; 1] = ["streamEvents"];

    /// `phases`: by chance, or every edge of every member of a body once.
    fn fuzz(role: Option<&str>, phases: &str) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let program = folder.join(".tools/python/bin/schemathesis");
        if !program.exists() {
            eprintln!("skipped: {} is not there; scripts/setup schemathesis", program.display());
            return;
        }
        let site = Site::fresh(crate::app::On::Sqlite).unwrap();
        site.push(&blog());
        site.run(&["role", "allow", "public", "read", "article"]).ok();
        let server = site.serve();
        let editor = Client::with_role(&site, &server, "editor");
        let mut documents = Vec::new();
        for title in ["One", "Two", "Three"] {
            let made = editor.post("/documents/article", json!({"data": {"title": title}, "publish": true})).ok();
            documents.push(made["documentId"].as_str().unwrap().to_owned());
        }
        let caller = match role {
            Some("editor") => editor,
            Some(role) => Client::with_role(&site, &server, role),
            None => Client::nobody(&server),
        };
        site.write("openapi.json", caller.get("/openapi.json").ok().to_string());
        let mut command = Command::new(program);
        command.args(["run", "openapi.json", "--url", &server.url]).current_dir(site.path("."));
        command.env("FUZZ_DOCUMENTS", documents.join(","));
        command.env("PYTHONPATH", folder.join("tests/schemathesis")).env("PYTHONDONTWRITEBYTECODE", "1");
        command.env("SCHEMATHESIS_HOOKS", "masthead_hooks");
        command.args(["--checks", "all", "--exclude-checks", &EXCLUDED.join(",")]);
        for operation in OPERATIONS {
            command.args(["--exclude-operation-id", operation]);
        }
        let examples = if is_quick() { "1" } else { "4" };
        command.args(["--phases", phases, "--max-examples", examples, "--seed", "1", "--no-color", "--no-shrink"]);
        if phases == "coverage" {
            // Authors and the home page are described as articles are.
            command.args(["--exclude-path-regex", "^/api/(authors|home)"]);
            for method in ["POST", "PUT", "PATCH"] {
                command.args(["--include-method", method]);
            }
        }
        // Made up cookies hold bytes that no header may hold.
        command.args(["--continue-on-failure", "--generation-with-security-parameters", "false"]);
        if let Some(token) = &caller.token {
            command.arg("--header").arg(format!("Authorization: Bearer {token}"));
        }
        let done = command.output().unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        assert!(done.status.success(), "{said}");
        assert!(said.contains(" generated, "), "{said}");
        let log = site.read("server.log");
        assert!(!log.contains("a request failed"), "{log}");
    }

    #[test]
    fn nobody_in_particular_meets_no_surprise() {
        fuzz(None, "fuzzing");
    }

    #[test]
    fn an_editor_meets_no_surprise() {
        fuzz(Some("editor"), "fuzzing");
    }

    #[test]
    fn an_administrator_meets_no_surprise() {
        fuzz(Some("admin"), "fuzzing");
    }

    #[test]
    fn the_edges_of_what_is_sent_are_no_surprise_either() {
        fuzz(Some("admin"), "coverage");
    }
}
