//! Signing in and out.

use super::html::{Field, alert, escape, form, page};
use super::{Pages, sent, told};
use crate::cookies::Jar;
use crate::errors::Refusal;
use crate::signed::{check_no_foreign_page, check_own_page, visit};
use masthead_core::access::{links, mail, sessions, sign_in};
use masthead_store::now_micros;
use poem::http::StatusCode;
use poem::http::header::SET_COOKIE;
use poem::{Request, RequestBody, Response};

/// `GET /admin/sign-in`
pub async fn show(pages: &Pages, req: &Request) -> Result<Response, Refusal> {
    if links::awaits_first_admin(&pages.core).await? {
        return Ok(pages.go("/admin"));
    }
    match Jar::expect(&pages.site, req) {
        Ok(_) => Ok(with(pages, StatusCode::OK, "", "")),
        // Not a redirect: it would lead here again.
        Err(refusal) => Ok(page(StatusCode::FORBIDDEN, "Sign in", &alert(&refusal.to_string()))),
    }
}

fn with(pages: &Pages, status: StatusCode, email: &str, refused: &str) -> Response {
    let password = Field {
        name: "password",
        label: "Password",
        kind: "password",
        complete: "current-password",
        value: "",
        rest: "required",
    };
    let refused = if refused.is_empty() { String::new() } else { alert(refused) };
    let fields = form("", &[Field::email(email), password], "Sign in");
    let forgot = match mail::is_set_up(&pages.core) {
        true => format!("<p><a href=\"{}/admin/forgot\">Forgot your password?</a></p>", escape(pages.site.base_path())),
        false => String::new(),
    };
    page(status, "Sign in", &format!("{refused}{fields}\n{forgot}"))
}

/// `POST /admin/sign-in`
pub async fn submit(pages: &Pages, req: &Request, body: &mut RequestBody) -> Result<Response, Refusal> {
    let jar = Jar::expect(&pages.site, req)?;
    check_no_foreign_page(&pages.site, req)?;
    let form = sent(req, body).await?;
    let (email, password) = (form.value("email"), form.value("password"));
    let visit = visit(&pages.site, jar, req);
    match sign_in::sign_in(&pages.core, email, password, visit, now_micros()).await {
        Ok(signed) => Ok(entered(pages, jar, &signed)),
        Err(error) => {
            let refusal = told(error)?;
            Ok(with(pages, refusal.0, email, &refusal.1))
        }
    }
}

/// To the landing page, with the cookies of a new session.
pub fn entered(pages: &Pages, jar: Jar, signed: &sign_in::SignedIn) -> Response {
    let mut response = pages.go("/admin");
    for cookie in jar.keep(signed) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// `POST /admin/sign-out`
pub async fn out(pages: &Pages, req: &Request) -> Result<Response, Refusal> {
    let jar = Jar::expect(&pages.site, req)?;
    if let Some(secret) = jar.session(req) {
        check_own_page(&pages.site, req)?;
        sessions::end(&pages.core, &secret).await?;
    }
    let mut response = pages.go("/admin/sign-in");
    response.headers_mut().append(SET_COOKIE, jar.forget());
    Ok(response)
}
