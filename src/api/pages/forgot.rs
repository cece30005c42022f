//! A new password by mail, where the site sends mail.

use super::html::{Field, form, page};
use super::{Pages, sent};
use crate::errors::Refusal;
use crate::signed::check_no_foreign_page;
use masthead_core::access::{mail, users};
use masthead_store::now_micros;
use poem::http::StatusCode;
use poem::{Request, RequestBody, Response};

const TITLE: &str = "A new password";

/// `GET /admin/forgot`
pub async fn show(pages: &Pages, _: &Request) -> Result<Response, Refusal> {
    if !mail::is_set_up(&pages.core) {
        let body = "<p>This site sends no mail. Ask an administrator for a link to set a new password.</p>";
        return Ok(page(StatusCode::OK, TITLE, body));
    }
    let fields = form("", &[Field::email("")], "Send me a link");
    Ok(page(StatusCode::OK, TITLE, &format!("<p>You get a link by mail, to set a new one.</p>\n{fields}")))
}

/// `POST /admin/forgot`: the same answer whoever it is.
pub async fn submit(pages: &Pages, req: &Request, body: &mut RequestBody) -> Result<Response, Refusal> {
    check_no_foreign_page(&pages.site, req)?;
    let form = sent(req, body).await?;
    users::forgot(&pages.core, form.value("email"), &pages.site.url(req), now_micros()).await?;
    let body = "<p>If there is an account with this address, it has mail now. The link works for an hour.</p>";
    Ok(page(StatusCode::OK, TITLE, body))
}
