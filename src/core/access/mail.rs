//! Mail, through a port: what is said in it, and what happens when there is none.

use super::links::{Link, Purpose};
use super::users::Person;
use crate::Core;
use std::sync::Arc;

/// A letter in plain text.
#[derive(Clone, Debug, PartialEq)]
pub struct Mail {
    pub to: String,
    pub subject: String,
    pub text: String,
}

/// Whoever can send mail.
pub trait Mailer: Send + Sync {
    /// Send it, on this thread. The error is a sentence for people and holds no secret.
    fn send(&self, mail: &Mail) -> Result<(), String>;
}

/// How a link was handed on.
#[derive(Clone, Debug, PartialEq)]
pub struct Handed {
    /// For whoever asked for it to pass on; none when it was mailed.
    pub url: Option<String>,
    /// Microseconds since 1970 UTC.
    pub expires_at: i64,
    pub mailed: bool,
    /// Why it could not be mailed, when it should have been.
    pub reason: Option<String>,
}

/// Let mail be sent; only the first mailer is kept.
pub fn set_up(core: &Core, mailer: Arc<dyn Mailer>) {
    let _ = core.access().mailer.set(mailer);
}

pub fn is_set_up(core: &Core) -> bool {
    core.access().mailer.get().is_some()
}

/// Mail a link to whom it belongs; else it is for the caller to pass on. A failing mail server loses nothing.
pub(super) async fn hand(core: &Core, person: &Person, link: Link, base: &str) -> Handed {
    let (url, expires_at) = (link.url(base), link.expires_at);
    let Some(mailer) = core.access().mailer.get().cloned() else {
        return Handed { url: Some(url), expires_at, mailed: false, reason: None };
    };
    let letter = letter(person, link.purpose, &url, base);
    let sent = tokio::task::spawn_blocking(move || mailer.send(&letter)).await;
    match sent.map_err(|e| e.to_string()).and_then(|sent| sent) {
        Ok(()) => Handed { url: None, expires_at, mailed: true, reason: None },
        Err(reason) => Handed { url: Some(url), expires_at, mailed: false, reason: Some(reason) },
    }
}

fn letter(person: &Person, purpose: Purpose, url: &str, base: &str) -> Mail {
    let (subject, what, otherwise) = match purpose {
        Purpose::Invite | Purpose::FirstAdmin => (
            "You are invited",
            format!("you are invited to work on {base}. Choose a password here:"),
            "If you do not know what this is about, ignore it.",
        ),
        Purpose::Reset => (
            "A new password",
            format!("somebody asked for a new password for your account on {base}. Set it here:"),
            "If that was not you, ignore this: your password stays as it is.",
        ),
    };
    let name = &person.name;
    let text = format!("Hello {name},\n\n{what}\n\n{url}\n\nThe link works once, for an hour. {otherwise}\n");
    Mail { to: person.email.clone(), subject: subject.to_owned(), text }
}
