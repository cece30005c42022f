//! `GET /admin`: where to begin, or who you are.

use super::Pages;
use super::html::{escape, form, page};
use crate::cookies::Jar;
use crate::errors::Refusal;
use masthead_core::access::{links, profile, sessions};
use masthead_core::{Caller, Error};
use masthead_store::now_micros;
use poem::http::StatusCode;
use poem::{Request, Response};

const SET_UP: &str = "\
<p>Nobody has an account here yet. The first administrator begins with a link that works once.</p>
<p>It stands in the terminal (or the log of the service) where Masthead was started. After an hour it is over; this makes
a new one, on the machine where Masthead runs:</p>
<p><code>masthead user setup-link</code></p>";

pub async fn show(pages: &Pages, req: &Request) -> Result<Response, Refusal> {
    if links::awaits_first_admin(&pages.core).await? {
        return Ok(page(StatusCode::OK, "Set up Masthead", SET_UP));
    }
    let Some(secret) = Jar::of(&pages.site, req).and_then(|jar| jar.session(req)) else {
        return Ok(pages.go("/admin/sign-in"));
    };
    let caller = match sessions::find(&pages.core, &secret, now_micros()).await {
        Ok(signed) => signed.caller,
        Err(Error::Unauthorized) => return Ok(pages.go("/admin/sign-in")),
        Err(error) => return Err(error.into()),
    };
    let name = profile::get(&pages.core, &caller).await?.name;
    let (email, roles) = match &caller {
        Caller::User { email, roles } => (email.as_str(), roles.join(", ")),
        _ => ("", String::new()),
    };
    let action = format!("{}/admin/sign-out", pages.site.base_path());
    let body = format!(
        "<p>You are signed in as <strong>{}</strong> ({}), with the role {}.</p>\n\
         <p>Content is edited over the API until the editing pages are here.</p>\n{}",
        escape(&name),
        escape(email),
        escape(&roles),
        form(&action, &[], "Sign out")
    );
    Ok(page(StatusCode::OK, "Welcome", &body))
}
