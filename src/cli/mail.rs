//! Mail over SMTP: the one place that names `lettre`.

use lettre::message::{Mailbox, header::ContentType};
use lettre::{Message, SmtpTransport, Transport};
use masthead_core::access::mail::{Mail, Mailer};
use std::fmt;
use std::time::Duration;

/// A mail server that takes longer to answer is given up.
const PATIENCE: Duration = Duration::from_secs(10);

/// A mail server, and who mail comes from.
#[derive(Clone)]
pub struct Smtp {
    server: SmtpTransport,
    from: Mailbox,
}

impl Smtp {
    /// From the settings `smtp_url` and `mail_from`; the address of the server may hold a password and is not repeated.
    pub fn new(url: &str, from: &str) -> Result<Self, String> {
        let known = url.starts_with("smtp://") || url.starts_with("smtps://");
        let server = SmtpTransport::from_url(url).ok().filter(|_| known);
        let server = server.ok_or("smtp_url must be smtps://user:password@host, or smtp://host:port with `?tls=required` where the server can")?;
        let from =
            from.parse().map_err(|_| format!("mail_from must be an address, e.g. cms@example.org, not '{from}'"))?;
        Ok(Self { server: server.timeout(Some(PATIENCE)).build(), from })
    }
}

impl Mailer for Smtp {
    fn send(&self, mail: &Mail) -> Result<(), String> {
        let to = mail.to.parse().map_err(|_| format!("'{}' cannot be written on a letter", mail.to))?;
        let letter = Message::builder().from(self.from.clone()).to(to).subject(mail.subject.as_str());
        let letter = letter.header(ContentType::TEXT_PLAIN).body(mail.text.clone()).map_err(|e| e.to_string())?;
        match self.server.send(&letter) {
            Ok(_) => Ok(()),
            Err(error) => Err(format!("the mail server did not take it: {}", told(&error))),
        }
    }
}

/// An error with what caused it.
fn told(error: &lettre::transport::smtp::Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

/// Without the password.
impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Smtp").field("from", &self.from).finish_non_exhaustive()
    }
}

impl PartialEq for Smtp {
    fn eq(&self, other: &Self) -> bool {
        self.from == other.from
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_server_has_an_address_that_is_never_repeated() {
        assert!(Smtp::new("smtps://user:secret@mail.example.org", "Site <cms@example.org>").is_ok());
        assert!(Smtp::new("smtp://localhost:25", "cms@example.org").is_ok());
        for wrong in ["", "mail.example.org", "http://user:secret@x", "smtp://user:secret@"] {
            let refused = Smtp::new(wrong, "cms@example.org").map(|s| format!("{s:?}"));
            assert!(refused.is_err_and(|e| e.contains("smtps://") && !e.contains("secret")), "{wrong}");
        }
        assert!(Smtp::new("smtp://localhost", "nobody").unwrap_err().contains("'nobody'"));
        let shown = format!("{:?}", Smtp::new("smtps://user:secret@mail.example.org", "cms@example.org").unwrap());
        assert!(!shown.contains("secret"), "{shown}");
    }
}
