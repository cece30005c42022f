//! Mail, in a real conversation with a mail server that the test plays.

use crate::process::{Ran, Site, ended, within};
use serde_json::json;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A mail server that takes everything, or refuses to.
pub struct MailServer {
    pub address: SocketAddr,
    letters: Arc<Mutex<Vec<String>>>,
}

impl MailServer {
    pub fn start(takes: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let letters: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = letters.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if let Some(letter) = stream.ok().and_then(|s| converse(s, takes)) {
                    kept.lock().unwrap().push(letter);
                }
            }
        });
        Self { address, letters }
    }

    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    pub fn letters(&self) -> Vec<String> {
        self.letters.lock().unwrap().clone()
    }

    /// The only letter that is to come.
    pub fn letter(&self) -> String {
        within(Duration::from_secs(20), || self.letters().pop().ok_or_else(|| "no letter".to_owned()))
    }
}

/// One conversation: envelope and letter, as they came, with soft line breaks undone.
fn converse(stream: TcpStream, takes: bool) -> Option<String> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let say = |line: &str| (&stream).write_all(format!("{line}\r\n").as_bytes()).ok();
    say("220 test")?;
    let (mut letter, mut line) = (String::new(), String::new());
    loop {
        line.clear();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let word = line.split([' ', '\r']).next().unwrap_or_default().to_ascii_uppercase();
        match word.as_str() {
            "EHLO" | "HELO" => say("250 test")?,
            "MAIL" | "RCPT" if takes => {
                letter.push_str(&line);
                say("250 fine")?
            }
            "MAIL" => say("550 this box is full")?,
            "DATA" => {
                say("354 go on")?;
                loop {
                    line.clear();
                    reader.read_line(&mut line).ok()?;
                    if line == ".\r\n" {
                        break;
                    }
                    letter.push_str(&line);
                }
                say("250 taken")?;
                return Some(letter.replace("=\r\n", "").replace("=3D", "="));
            }
            "QUIT" => {
                say("221 bye")?;
                return None;
            }
            _ => say("250 fine")?,
        }
    }
}

fn run(site: &Site, args: &[&str], server: &MailServer) -> Ran {
    let mut command = site.command(args);
    command.env("MASTHEAD_SMTP_URL", server.url()).env("MASTHEAD_MAIL_FROM", "The site <cms@example.org>");
    ended(command.env("MASTHEAD_PUBLIC_URL", "https://cms.example.org").spawn().unwrap())
}

on_both_sites! {
    fn an_invitation_is_mailed_when_there_is_a_mail_server(site) {
        let server = MailServer::start(true);
        let ran = run(site, &["user", "invite", "bo@example.org", "--role", "editor", "--name", "Bø Li"], &server);
        assert_eq!((ran.code, ran.out.as_str()), (0, ""), "the link is in the mail alone: {ran:?}");
        assert!(ran.err.contains("bo@example.org has mail"), "{ran:?}");
        let letter = server.letter();
        assert!(letter.contains("RCPT TO:<bo@example.org>") && letter.contains("From: \"The site\" <cms@example.org>"), "{letter}");
        assert!(letter.contains("https://cms.example.org/admin/link/"), "{letter}");
        let again = run(site, &["user", "reset", "bo@example.org", "--json"], &server).json();
        assert_eq!((&again["mailed"], &again["link"]), (&json!(true), &json!(null)));
    }

    fn a_failing_mail_server_loses_no_invitation(site) {
        let server = MailServer::start(false);
        let ran = run(site, &["user", "invite", "bo@example.org", "--role", "editor"], &server);
        assert!(ran.code == 0 && ran.out.starts_with("https://cms.example.org/admin/link/"), "{ran:?}");
        assert!(ran.err.contains("this box is full"), "{ran:?}");
        let again = run(site, &["user", "reset", "bo@example.org", "--json"], &server).json();
        assert!(again["mailError"].as_str().unwrap().contains("this box is full") && again["link"].is_string(), "{again}");
    }
}

#[test]
fn half_a_configuration_of_mail_stops_the_start_and_repeats_no_secret() {
    let site = Site::fresh(crate::app::On::Sqlite).unwrap();
    let refused = |url: &str, from: &str| {
        let mut command = site.command(&["user", "list"]);
        command.env("MASTHEAD_SMTP_URL", url).env("MASTHEAD_MAIL_FROM", from);
        ended(command.spawn().unwrap()).fails(2)
    };
    assert!(refused("smtp://u:secret@localhost", "").contains("mail_from"));
    let said = refused("imap://u:secret@localhost", "cms@example.org");
    assert!(said.contains("smtp_url") && !said.contains("secret"), "{said}");
    assert!(refused("smtp://localhost", "nobody").contains("mail_from"));
}
