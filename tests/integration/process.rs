//! The program as its users run it: commands, and a server, each in a process of its own.

use crate::app::{Database, On};
use crate::proxy::{self, Proxy};
use masthead_core::{Core, Settings};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// One test on both databases: `on_both_sites! { fn a_sentence(site) { … } }` makes `a_sentence::sqlite` and
/// `a_sentence::postgres`.
#[macro_export]
macro_rules! on_both_sites {
    ($($(#[$meta:meta])* fn $name:ident($site:ident) $body:block)*) => { $(
        mod $name {
            #[allow(unused_imports)]
            use super::*;
            fn test($site: &$crate::process::Site) $body
            $(#[$meta])* #[test] fn sqlite() { $crate::process::with_site($crate::app::On::Sqlite, test); }
            $(#[$meta])* #[test] fn postgres() { $crate::process::with_site($crate::app::On::Postgres, test); }
        }
    )* };
}

/// Run a test with an empty data folder and database.
pub fn with_site(on: On, test: impl FnOnce(&Site)) {
    match Site::fresh(on) {
        Some(site) => test(&site),
        None => eprintln!("skipped: TEST_POSTGRES_URL is not set"),
    }
}

/// An installation: a data folder and a database, for processes that come and go.
pub struct Site {
    pub on: On,
    database: Database,
}

/// What a command did.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// The command succeeded: what it printed.
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        self.out
    }

    /// The command failed with this code: what it said.
    #[track_caller]
    pub fn fails(self, code: i32) -> String {
        assert_eq!(self.code, code, "{self:?}");
        self.err
    }

    /// What it printed, as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }
}

impl Site {
    /// None when there is no Postgres to test on.
    pub fn fresh(on: On) -> Option<Self> {
        Some(Self { on, database: Database::fresh(on)? })
    }

    pub fn url(&self) -> &str {
        &self.database.url
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.database.dir.path().join(name)
    }

    /// Write a file into the site's folder.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Write definitions below `folder`, each into the file it belongs in.
    pub fn write_types(&self, folder: &str, types: &[Value]) {
        for ty in types {
            let room = if ty["kind"] == "component" { "components" } else { "types" };
            let name = ty["singular"].as_str().unwrap();
            self.write(&format!("{folder}/{room}/{name}.json"), serde_json::to_string_pretty(ty).unwrap());
        }
    }

    /// Push definitions; everything is allowed.
    #[track_caller]
    pub fn push(&self, types: &[Value]) {
        let _ = std::fs::remove_dir_all(self.path("pushed"));
        self.write_types("pushed", types);
        self.run(&["schema", "push", "pushed", "--apply", "--allow-destructive"]).ok();
    }

    /// The program in the site's folder, on its data, with nothing else from the environment.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = self.bare(args);
        command.env("MASTHEAD_DATA_DIR", self.database.dir.path());
        if self.on == On::Postgres {
            command.env("MASTHEAD_DATABASE_URL", self.url());
        }
        command
    }

    /// The program in the site's folder, told nothing.
    pub fn bare(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_masthead"));
        command.args(args).current_dir(self.database.dir.path()).env_clear();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        ended(self.command(args).spawn().unwrap())
    }

    /// Run a command with something on its standard input.
    pub fn run_with(&self, args: &[&str], input: &str) -> Ran {
        let mut child = self.command(args).stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_owned();
        let writer = std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
        let ran = ended(child);
        writer.join().unwrap();
        ran
    }

    /// Start a server, ready to answer.
    pub fn serve(&self) -> Server {
        Server::start(self.command(&["serve", "--listen", "127.0.0.1:0"]), &self.path("server.log"))
    }

    /// The domain, opened by the test itself beside whatever else runs.
    pub fn core(&self) -> Core {
        Core::new(self.database.open(), Settings::default()).unwrap()
    }
}

/// Wait for a process to end.
pub fn ended(child: Child) -> Ran {
    let done = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: done.status.code().unwrap_or(-1), out: text(done.stdout), err: text(done.stderr) }
}

/// A server in a process of its own; killed when it is dropped.
pub struct Server {
    child: Child,
    /// Where it is found: directly, or through the proxy before it.
    pub url: String,
    _proxy: Option<Proxy>,
    log: PathBuf,
}

impl Server {
    pub fn start(mut command: Command, log: &Path) -> Self {
        let port = proxy::before(&mut command);
        let file = std::fs::OpenOptions::new().create(true).append(true).open(log).unwrap();
        let mut child = command.stderr(file).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        // Ends with the process, when that does not come up.
        stdout.read_line(&mut line).unwrap();
        let Some((_, url)) = line.trim().split_once(" ready on ") else {
            let _ = child.kill();
            panic!("the server did not start: {line}{}", std::fs::read_to_string(log).unwrap_or_default());
        };
        let direct = url.to_owned();
        let proxy = port.map(|port| Proxy::start(proxy::nginx().expect("nginx is there"), port, &direct));
        let url = proxy.as_ref().map_or(direct, |proxy| proxy.url.clone());
        std::thread::spawn(move || drop(std::io::copy(&mut stdout, &mut std::io::sink())));
        Self { child, url, _proxy: proxy, log: log.to_owned() }
    }

    /// Where pages of this site come from, as browsers say it: without a path.
    pub fn origin(&self) -> &str {
        let end = self.url.match_indices('/').nth(2).map_or(self.url.len(), |(at, _)| at);
        &self.url[..end]
    }

    /// `path` as this site's links have it.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", &self.url[self.origin().len()..])
    }

    /// `GET path`: status and JSON.
    pub fn get(&self, path: &str) -> (u16, Value) {
        get(&agent(), &format!("{}{path}", self.url), None)
    }

    pub fn get_with(&self, path: &str, token: &str) -> (u16, Value) {
        get(&agent(), &format!("{}{path}", self.url), Some(token))
    }

    /// Ask until the answer is right, at most a second: so soon is a change by another process seen.
    #[track_caller]
    pub fn soon(&self, path: &str, is_right: impl Fn(u16, &Value) -> bool) -> Value {
        within(Duration::from_secs(1), || {
            let (status, body) = self.get(path);
            if is_right(status, &body) { Ok(body) } else { Err(format!("{path}: {status} {body}")) }
        })
    }

    /// Most memory that the process ever had, in bytes, where the system tells.
    pub fn peak_memory(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.split_whitespace().next()?.parse::<u64>().ok().map(|kb| kb << 10)
    }

    /// A folder as the process sees it, which may have disks of its own.
    pub fn folder(&self, path: &Path) -> PathBuf {
        PathBuf::from(format!("/proc/{}/root{}", self.child.id(), path.display()))
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// SIGTERM, and the exit code.
    pub fn stop(mut self) -> Option<i32> {
        signal(&self.child, "TERM");
        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("--- server log\n{}---", self.log());
        }
    }
}

pub fn signal(child: &Child, name: &str) {
    let done = Command::new("sh").args(["-c", &format!("kill -{name} {}", child.id())]).status().unwrap();
    assert!(done.success());
}

/// A client that reports every status as an answer, and keeps its connection.
pub fn agent() -> ureq::Agent {
    client(10)
}

/// The same, which follows at most so many redirects.
pub fn client(redirects: u32) -> ureq::Agent {
    let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(redirects);
    // The proxy's certificate is as throw-away as the proxy.
    let tls = ureq::tls::TlsConfig::builder().disable_verification(proxy::is_wanted()).build();
    config.tls_config(tls).timeout_global(Some(Duration::from_secs(30))).build().into()
}

pub fn get(agent: &ureq::Agent, url: &str, token: Option<&str>) -> (u16, Value) {
    let mut request = agent.get(url);
    if let Some(token) = token {
        request = request.header("Authorization", format!("Bearer {token}"));
    }
    let mut response = request.call().unwrap_or_else(|e| panic!("{url}: {e}"));
    let mut text = String::new();
    response.body_mut().as_reader().read_to_string(&mut text).unwrap();
    (response.status().as_u16(), serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

/// Try until it is right or the time is over.
#[track_caller]
pub fn within<T>(limit: Duration, mut attempt: impl FnMut() -> Result<T, String>) -> T {
    let started = Instant::now();
    loop {
        match attempt() {
            Ok(done) => return done,
            Err(last) if started.elapsed() > limit => panic!("not within {limit:?}: {last}"),
            Err(_) => std::thread::sleep(Duration::from_millis(10)),
        }
    }
}

/// Whether long tests should be short.
pub fn is_quick() -> bool {
    std::env::var("MASTHEAD_TEST_QUICK").is_ok_and(|v| !v.is_empty() && v != "0")
}
