//! nginx before a server: TLS with a throw-away certificate, and a path before everything.
//!
//! With `MASTHEAD_TEST_PROXY=1` every server that a test starts stands behind one, and the tests go through it.

use crate::process::within;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// nginx in a folder of its own; ended when it is dropped.
pub struct Proxy {
    child: Child,
    /// With the path.
    pub url: String,
    /// File of the certificate that it shows.
    pub certificate: String,
    _folder: tempfile::TempDir,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether every server is to stand behind a proxy.
pub fn is_wanted() -> bool {
    std::env::var("MASTHEAD_TEST_PROXY").is_ok_and(|v| v == "1")
}

/// nginx, wherever it is; none when it or what the tests need beside it is not there.
pub fn nginx() -> Option<&'static str> {
    let runs = |program: &str, flag: &str| {
        let mut command = Command::new(program);
        command.arg(flag).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|s| s.success())
    };
    let found = ["nginx", "/usr/sbin/nginx"].into_iter().find(|nginx| runs(nginx, "-v"));
    found.filter(|_| runs("curl", "--version") && runs("openssl", "version"))
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The address of a site behind a proxy on this port.
pub fn public_url(port: u16) -> String {
    format!("https://localhost:{port}/cms")
}

/// Tell a server that is about to start that it stands behind a proxy; the proxy's port. None when none is wanted, or
/// when the command says itself where the site is.
pub fn before(command: &mut Command) -> Option<u16> {
    let says = command.get_args().any(|arg| arg == "--public-url")
        || command.get_envs().any(|(name, _)| name == "MASTHEAD_PUBLIC_URL");
    if !is_wanted() || says {
        return None;
    }
    let port = free_port();
    command.env("MASTHEAD_PUBLIC_URL", public_url(port)).env("MASTHEAD_TRUSTED_PROXIES", "127.0.0.1/32");
    Some(port)
}

impl Proxy {
    /// A proxy on `port` that takes the path off, except below `/cms/api/`, where it stays: both are usual.
    pub fn start(nginx: &str, port: u16, upstream: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
            .args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"])
            .args(["-keyout", &at("key.pem"), "-out", &at("cert.pem")])
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        let user = if is_root() { "user root;" } else { "" };
        let temporary =
            ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(|kind| format!("{kind}_temp_path {};", at(kind)));
        let conf = format!(
            "daemon off; {user} worker_processes 1; pid {pid}; error_log stderr error; events {{}}\n\
             http {{ access_log off; client_max_body_size 0; proxy_buffering off; {temporary}\n\
             server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {cert}; ssl_certificate_key {key};\n\
             proxy_set_header Host $http_host; proxy_set_header X-Forwarded-Proto $scheme;\n\
             proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_http_version 1.1;\n\
             location /cms/ {{ proxy_pass {upstream}/; }}\n\
             location /cms/api/ {{ proxy_pass {upstream}; }} }} }}\n",
            pid = at("pid"),
            cert = at("cert.pem"),
            key = at("key.pem"),
            temporary = temporary.join(" "),
        );
        std::fs::write(folder.path().join("nginx.conf"), conf).unwrap();
        let log = folder.path().join("log");
        let mut command = Command::new(nginx);
        command.args(["-p", &at(""), "-c", &at("nginx.conf"), "-e", "stderr"]).stdin(Stdio::null());
        let child = command.stdout(Stdio::null()).stderr(std::fs::File::create(&log).unwrap()).spawn().unwrap();
        let proxy = Self { child, url: public_url(port), certificate: at("cert.pem"), _folder: folder };
        within(Duration::from_secs(20), || match std::net::TcpStream::connect(("127.0.0.1", port)) {
            Ok(_) => Ok(()),
            Err(error) => Err(format!("{error}: {}", std::fs::read_to_string(&log).unwrap_or_default())),
        });
        proxy
    }
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|said| said.stdout.starts_with(b"0\n"))
}
