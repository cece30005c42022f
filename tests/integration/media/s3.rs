//! Real S3 servers, each in a process of its own.

use crate::process::within;
use crate::proxy::free_port;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// An S3 server with a bucket `files`, killed when it is dropped.
pub struct S3 {
    child: Child,
    pub port: u16,
}

impl S3 {
    /// `s3s-fs`, which keeps its objects in `folder`; none when it is not on this machine.
    pub fn start(folder: &Path) -> Option<Self> {
        std::fs::create_dir_all(folder.join("files")).unwrap();
        let port = free_port();
        let mut command = Command::new(tool(".tools/bin/s3s-fs", "s3s-fs"));
        command.args(["--host", "127.0.0.1", "--port", &port.to_string(), "--access-key", "test"]);
        command.args(["--secret-key", "testsecret"]).arg(folder);
        Self::run(command, port, "s3")
    }

    /// `moto`, which keeps them in memory.
    pub fn moto() -> Option<Self> {
        let port = free_port();
        let mut command = Command::new(tool(".tools/moto/bin/moto_server", "moto_server"));
        command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
        let server = Self::run(command, port, "moto")?;
        let made = crate::process::agent().put(format!("http://127.0.0.1:{port}/files")).send_empty().unwrap();
        assert_eq!(made.status(), 200);
        Some(server)
    }

    fn run(mut command: Command, port: u16, need: &str) -> Option<Self> {
        let Ok(child) = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn() else {
            eprintln!("skipped: an S3 server is not there\n    scripts/setup {need}");
            return None;
        };
        let server = Self { child, port };
        within(Duration::from_secs(30), || {
            std::net::TcpStream::connect(("127.0.0.1", port)).map_err(|e| e.to_string())
        });
        Some(server)
    }

    /// Tell a command that its files are kept here.
    pub fn speak(&self, command: &mut Command) {
        speak_through(command, self.port);
    }
}

/// The same by way of something else that listens on this port.
pub fn speak_through(command: &mut Command, port: u16) {
    command.env("MASTHEAD_STORAGE_URL", "s3://files/media").env("AWS_REGION", "us-east-1");
    command.env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}"));
    command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "testsecret");
}

fn tool(own: &str, name: &str) -> std::path::PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join(own);
    if own.exists() { own } else { name.into() }
}

impl Drop for S3 {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
