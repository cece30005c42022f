//! Servers with a folder on a small disk of its own, which goes with them; and what becomes of content when the disk of
//! the database is full.

use crate::app::On;
use crate::media::client::{Part, fetch, form, token};
use crate::process::{Server, Site, agent};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

/// A server with `folder`, and what is in it, on a disk of so many MB. None where the system does not allow it.
pub fn serve(site: &Site, folder: &Path, megabytes: u32) -> Option<Server> {
    // Without a slash at its end.
    let folder: PathBuf = folder.components().collect();
    let enter = |rest: &[&str]| {
        let script = format!(
            "cp -a \"$0/.\" \"$0.before\" && mount -t tmpfs -o size={megabytes}m tmpfs \"$0\" && \
             cp -a \"$0.before/.\" \"$0\" && rm -r \"$0.before\" && exec \"$@\""
        );
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "sh", "-c", &script]).arg(&folder).args(rest);
        command
    };
    if !enter(&["true"]).output().is_ok_and(|done| done.status.success()) {
        eprintln!("skipped: no disk can be mounted here (unshare)");
        return None;
    }
    let plain = site.command(&["serve", "--listen", "127.0.0.1:0"]);
    let mut command = enter(&[plain.get_program().to_str().unwrap(), "serve", "--listen", "127.0.0.1:0"]);
    command.current_dir("/").env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    Some(Server::start(command, &site.path("server.log")))
}

/// Create a page of some 30 KB, number `n`: its id, or the refusal.
fn create(server: &Server, auth: &str, n: usize) -> Result<String, (u16, Value)> {
    let text: String = (0..3000).map(|i| format!("{:08x} ", (n * 3000 + i).wrapping_mul(2_654_435_761))).collect();
    let data = json!({"data": {"title": format!("Page {n}"), "text": text}});
    let mut answer =
        agent().post(format!("{}/api/pages", server.url)).header("Authorization", auth).send_json(data).unwrap();
    let (status, said) = (answer.status().as_u16(), answer.body_mut().read_json::<Value>().unwrap());
    match status {
        201 => Ok(said["data"]["documentId"].as_str().unwrap().to_owned()),
        _ => Err((status, said)),
    }
}

fn assert_there(server: &Server, auth: &str, acknowledged: &BTreeMap<String, usize>) {
    for (id, n) in acknowledged {
        let got = fetch(&format!("{}/api/pages/{id}", server.url), &[("Authorization", auth)]).ok().json();
        assert_eq!(got["data"]["title"], format!("Page {n}"));
    }
}

/// Take what is left of the disk, but for so many KB.
fn fill(folder: &Path, but: usize) {
    let mut length = 64 << 20;
    let path = folder.join("filler");
    // The disk takes what it can.
    let _ = std::fs::write(&path, vec![1u8; length]);
    length = std::fs::metadata(&path).unwrap().len() as usize;
    std::fs::File::options().write(true).open(&path).unwrap().set_len((length - (but << 10)) as u64).unwrap();
}

#[test]
fn a_full_disk_of_the_database_refuses_writes_and_loses_nothing() {
    let site = Site::fresh(On::Sqlite).unwrap();
    site.push(&[
        json!({"kind": "collection", "singular": "page", "plural": "pages", "draftAndPublish": true, "fields": [
        {"name": "title", "type": "string"}, {"name": "text", "type": "text"}]}),
    ]);
    let admin = token(&site, "admin");
    let auth = format!("Bearer {admin}");
    let Some(server) = serve(&site, &site.path(""), 24) else { return };
    let disk = server.folder(&site.path(""));
    let acknowledged = Mutex::new(BTreeMap::new());
    acknowledged.lock().unwrap().insert(create(&server, &auth, 0).unwrap(), 0);
    for round in 0..3 {
        fill(&disk, 600);
        let refusals = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for worker in 0..4 {
                let (server, auth, acknowledged, refusals) = (&server, &auth, &acknowledged, &refusals);
                scope.spawn(move || {
                    for n in (0..40).map(|i| 1 + round * 1000 + worker * 100 + i) {
                        match create(server, auth, n) {
                            Ok(id) => drop(acknowledged.lock().unwrap().insert(id, n)),
                            Err(refusal) => refusals.lock().unwrap().push(refusal),
                        }
                    }
                });
            }
        });
        let refusals = refusals.into_inner().unwrap();
        assert!(refusals.len() > 20, "the disk is full: {} refusals", refusals.len());
        for (status, said) in &refusals {
            assert_eq!((*status, &said["error"]["name"]), (507, &json!("InsufficientStorageError")), "{said}");
            assert!(said["error"]["message"].as_str().unwrap().contains("room"), "{said}");
        }
        // Reads go on, also through the disk.
        let known = acknowledged.lock().unwrap().clone();
        assert_there(&server, &auth, &known);
        let list =
            fetch(&format!("{}/api/pages?pagination[pageSize]=5&sort=title", server.url), &[("Authorization", &auth)]);
        assert_eq!(list.ok().json()["meta"]["pagination"]["total"], known.len());
        let file = form(
            &format!("{}/api/upload", server.url),
            Some(&admin),
            &[Part("files", Some("a.bin"), &vec![7; 2 << 20])],
        );
        assert_eq!(file.status, 507, "{}", file.json());
        // With room, all is as before, at once.
        std::fs::remove_file(disk.join("filler")).unwrap();
        acknowledged_after(&server, &auth, &acknowledged, 900 + round * 1000);
    }
    // What the disk holds is whole: looked at elsewhere, as it is after a crash.
    let after = Site::fresh(On::Sqlite).unwrap();
    let copied = Command::new("cp").arg("-a").arg(disk.join(".")).arg(after.path("")).status().unwrap();
    assert!(copied.success());
    drop(server);
    let report = after.run(&["doctor"]);
    assert_eq!(report.code, 0, "{report:?}");
    let server = after.serve();
    assert_there(&server, &auth, &acknowledged.into_inner().unwrap());
}

fn acknowledged_after(server: &Server, auth: &str, acknowledged: &Mutex<BTreeMap<String, usize>>, from: usize) {
    for n in from..from + 3 {
        let id = create(server, auth, n).unwrap();
        acknowledged.lock().unwrap().insert(id, n);
    }
    assert_there(server, auth, &acknowledged.lock().unwrap());
}
