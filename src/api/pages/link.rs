//! A link that works once: to become the first administrator, accept an invitation or set a new password.

use super::html::{Field, alert, escape, form, page};
use super::{Pages, sent, sign_in, told};
use crate::cookies::Jar;
use crate::errors::Refusal;
use crate::signed::{check_no_foreign_page, visit};
use masthead_core::Error;
use masthead_core::access::links::{self, Accept, Purpose, Shown};
use masthead_store::now_micros;
use poem::http::StatusCode;
use poem::{Request, RequestBody, Response};

fn secret(req: &Request) -> &str {
    req.raw_path_param("secret").unwrap_or_default()
}

/// `GET /admin/link/{secret}`: programs that look at links in mail use nothing up.
pub async fn show(pages: &Pages, req: &Request) -> Result<Response, Refusal> {
    match links::look(&pages.core, secret(req), now_micros()).await {
        Ok(shown) => match Jar::expect(&pages.site, req) {
            Ok(_) => Ok(with(StatusCode::OK, &shown, ["", ""], "")),
            Err(refusal) => Ok(page(StatusCode::FORBIDDEN, title(shown.purpose), &alert(&refusal.to_string()))),
        },
        Err(Error::Gone(words)) => Ok(gone(&words)),
        Err(error) => Err(error.into()),
    }
}

fn gone(words: &str) -> Response {
    let help = "<p>An administrator can make another one. Where nobody has an account yet, \
                <code>masthead user setup-link</code> does.</p>";
    page(StatusCode::GONE, "This link is over", &format!("{}{help}", alert(words)))
}

fn title(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::FirstAdmin => "Set up Masthead",
        Purpose::Invite => "Welcome",
        Purpose::Reset => "A new password",
    }
}

fn with(status: StatusCode, shown: &Shown, [email, name]: [&str; 2], refused: &str) -> Response {
    let own_name = if name.is_empty() { shown.name.as_deref().unwrap_or_default() } else { name };
    let fields = match shown.purpose {
        Purpose::FirstAdmin => vec![Field::email(email), Field::name(own_name), Field::new_password()],
        Purpose::Invite => vec![Field::name(own_name), Field::new_password()],
        Purpose::Reset => vec![Field::new_password()],
    };
    let (intro, button) = match shown.purpose {
        Purpose::FirstAdmin => ("You become the first administrator.".to_owned(), "Begin"),
        Purpose::Invite => (format!("Choose a password for {}.", of(shown)), "Join"),
        Purpose::Reset => (format!("Set a new password for {}. You are signed out elsewhere.", of(shown)), "Set it"),
    };
    let refused = if refused.is_empty() { String::new() } else { alert(refused) };
    page(status, title(shown.purpose), &format!("{refused}<p>{intro}</p>\n{}", form("", &fields, button)))
}

fn of(shown: &Shown) -> String {
    format!("<strong>{}</strong>", escape(shown.email.as_deref().unwrap_or_default()))
}

/// `POST /admin/link/{secret}`
pub async fn submit(pages: &Pages, req: &Request, body: &mut RequestBody) -> Result<Response, Refusal> {
    let jar = Jar::expect(&pages.site, req)?;
    check_no_foreign_page(&pages.site, req)?;
    let form = sent(req, body).await?;
    let filled =
        Accept { email: form.given("email"), name: form.given("name"), password: form.value("password").to_owned() };
    let visit = visit(&pages.site, jar, req);
    let refused = match links::accept(&pages.core, secret(req), filled, visit, now_micros()).await {
        Ok(signed) => return Ok(sign_in::entered(pages, jar, &signed)),
        Err(Error::Gone(words)) => return Ok(gone(&words)),
        Err(error) => told(error)?,
    };
    let shown = links::look(&pages.core, secret(req), now_micros()).await?;
    Ok(with(refused.0, &shown, [form.value("email"), form.value("name")], &refused.1))
}
