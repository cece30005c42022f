//! `/session`: signing in and out, and the links that work once.

use super::done::Done;
use super::{Answer, Sent, Tag, Who};
use crate::cookies::Jar;
use crate::errors::Refusal;
use crate::signed::{check_no_foreign_page, check_own_page, visit};
use crate::site::Site;
use masthead_core::access::links::{self, Accept};
use masthead_core::access::sign_in::{self, SignedIn};
use masthead_core::access::{profile, roles, sessions, users};
use masthead_core::{Caller, Core, time};
use masthead_store::now_micros;
use poem::Request;
use poem::http::header::SET_COOKIE;
use poem::web::Data;
use poem_openapi::payload::Response;
use poem_openapi::{Enum, Object, OpenApi};
use serde::Deserialize;
use serde_json::{Value, json};

pub struct Session;

type Opened = Response<Answer<SessionView>>;

#[OpenApi(prefix_path = "/session", tag = "Tag::Session")]
impl Session {
    /// Sign in. The session is a cookie, which counts for the admin API alone.
    ///
    /// After many failures the answer is 429 with `Retry-After`.
    #[oai(path = "/", method = "post", operation_id = "signIn")]
    async fn sign_in(
        &self,
        req: &Request,
        core: Data<&Core>,
        site: Data<&Site>,
        sent: Sent<SignIn>,
    ) -> Result<Opened, Refusal> {
        let jar = Jar::expect(&site, req)?;
        check_no_foreign_page(&site, req)?;
        let visit = visit(&site, jar, req);
        let signed = sign_in::sign_in(&core, &sent.0.email, &sent.0.password, visit, now_micros()).await?;
        opened(&core, jar, signed).await
    }

    /// Read who you are: a person, or a token.
    #[oai(path = "/", method = "get", operation_id = "getSession")]
    async fn get(&self, who: Who) -> Result<Answer<SessionView>, Refusal> {
        Ok(Answer::of(&view(&who.core, &who.caller).await?))
    }

    /// Sign out. Signing out twice is no mistake.
    #[oai(path = "/", method = "delete", operation_id = "signOut")]
    async fn sign_out(&self, req: &Request, core: Data<&Core>, site: Data<&Site>) -> Result<Response<Done>, Refusal> {
        let jar = Jar::expect(&site, req)?;
        if let Some(secret) = jar.session(req) {
            check_own_page(&site, req)?;
            sessions::end(&core, &secret).await?;
        }
        Ok(Response::new(Done::Done).header(SET_COOKIE, jar.forget()))
    }

    /// Ask for a link to set a new password, by mail. The answer is the same whether or not there is such a person.
    ///
    /// 409 where the site sends no mail.
    #[oai(path = "/forgot", method = "post", operation_id = "forgotPassword")]
    async fn forgot(
        &self,
        req: &Request,
        core: Data<&Core>,
        site: Data<&Site>,
        sent: Sent<Forgot>,
    ) -> Result<Done, Refusal> {
        check_no_foreign_page(&site, req)?;
        users::forgot(&core, &sent.0.email, &site.url(req), now_micros()).await?;
        Ok(Done::Done)
    }

    /// Look at a link that works once, without using it up. 410 when it works no more.
    #[oai(path = "/link", method = "post", operation_id = "readLink")]
    async fn link(&self, core: Data<&Core>, sent: Sent<LinkSecret>) -> Result<Answer<LinkView>, Refusal> {
        let shown = links::look(&core, &sent.0.secret, now_micros()).await?;
        Ok(Answer::of(&json!({
            "purpose": shown.purpose.word(), "email": shown.email, "name": shown.name,
            "expiresAt": time::to_text(shown.expires_at),
        })))
    }

    /// Use a link up: set a password, and sign in. All other sessions of the account end.
    #[oai(path = "/link/accept", method = "post", operation_id = "acceptLink")]
    async fn accept(
        &self,
        req: &Request,
        core: Data<&Core>,
        site: Data<&Site>,
        sent: Sent<LinkAccept>,
    ) -> Result<Opened, Refusal> {
        let jar = Jar::expect(&site, req)?;
        check_no_foreign_page(&site, req)?;
        let LinkAccept { secret, email, name, password } = sent.0;
        let filled = Accept { email, name, password };
        let signed = links::accept(&core, &secret, filled, visit(&site, jar, req), now_micros()).await?;
        opened(&core, jar, signed).await
    }
}

async fn opened(core: &Core, jar: Jar, signed: SignedIn) -> Result<Opened, Refusal> {
    let answer = Response::new(Answer::of(&view(core, &signed.caller).await?));
    Ok(jar.keep(&signed).into_iter().fold(answer, |answer, cookie| answer.header(SET_COOKIE, cookie)))
}

async fn view(core: &Core, caller: &Caller) -> Result<Value, Refusal> {
    let (kind, name, own) = match caller {
        Caller::Token { name, role } => ("token", name.clone(), vec![role.clone()]),
        Caller::User { roles, .. } => ("user", profile::get(core, caller).await?.name, roles.clone()),
        other => ("user", other.actor(), Vec::new()),
    };
    let email = if let Caller::User { email, .. } = caller { Some(email) } else { None };
    let admin = roles::is_admin(core, caller).await?;
    Ok(json!({"kind": kind, "email": email, "name": name, "roles": own, "admin": admin}))
}

#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignIn {
    email: String,
    password: String,
}

#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
struct Forgot {
    email: String,
}

#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
struct LinkSecret {
    /// The last part of the link's address.
    secret: String,
}

#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
struct LinkAccept {
    /// The last part of the link's address.
    secret: String,
    /// For the first administrator alone: others have one.
    email: Option<String>,
    /// Left as it is when not given.
    name: Option<String>,
    /// At least 10 characters.
    password: String,
}

#[derive(Object)]
#[oai(rename = "Session")]
struct SessionView {
    kind: SessionKind,
    /// Of a person.
    email: Option<String>,
    name: String,
    roles: Vec<String>,
    /// Whether you may do everything.
    admin: bool,
}

#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[oai(rename_all = "snake_case")]
enum SessionKind {
    User,
    Token,
}

#[derive(Object)]
#[oai(rename = "Link", rename_all = "camelCase")]
struct LinkView {
    purpose: LinkPurpose,
    /// Whose account it opens; null for the first administrator.
    email: Option<String>,
    name: Option<String>,
    expires_at: String,
}

#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[oai(rename_all = "snake_case")]
enum LinkPurpose {
    FirstAdmin,
    Invite,
    Reset,
}
