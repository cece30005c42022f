//! Signing in, and the people, tokens and roles: in the domain, on the command line and over HTTP.

mod accounts;
mod browser;
mod cli;
mod domain;
mod http;
mod log;
pub mod mail;
mod pages;
mod roles;
mod tokens;

use crate::app::{OPERATOR, TestApp};
use masthead_core::access::links::{self, Accept};
use masthead_core::access::mail::Handed;
use masthead_core::access::sign_in::{self, SignedIn, Visit};
use masthead_core::access::users::{self, Invite, Person};
use masthead_core::{Caller, Result};

const PASSWORD: &str = "correct horse battery";
/// µs.
const SECOND: i64 = 1_000_000;
const BASE: &str = "https://cms.example.org";

fn now() -> i64 {
    masthead_store::now_micros()
}

async fn person(app: &TestApp, email: &str, role: &str) -> Person {
    users::create(&app.core, &OPERATOR, email, role, PASSWORD).await.unwrap();
    users::named(&app.core, &OPERATOR, email).await.unwrap()
}

async fn invited(app: &TestApp, email: &str, role: &str, now: i64) -> (Person, Handed) {
    let whom = Invite { email: email.to_owned(), name: None, roles: vec![role.to_owned()] };
    users::invite(&app.core, &OPERATOR, whom, BASE, now).await.unwrap()
}

async fn sign_in(app: &TestApp, email: &str, password: &str) -> Result<SignedIn> {
    sign_in::sign_in(&app.core, email, password, from("192.0.2.1"), now()).await
}

fn from(address: &str) -> Visit {
    Visit { address: address.to_owned(), agent: "Test/1.0".to_owned(), ..Visit::default() }
}

async fn accept(app: &TestApp, secret: &str, password: &str, now: i64) -> Result<SignedIn> {
    let filled = Accept { password: password.to_owned(), ..Accept::default() };
    links::accept(&app.core, secret, filled, from("192.0.2.1"), now).await
}

async fn first_admin(app: &TestApp, secret: &str, email: &str) -> Result<SignedIn> {
    let filled = Accept { email: Some(email.to_owned()), name: None, password: PASSWORD.to_owned() };
    links::accept(&app.core, secret, filled, from("192.0.2.1"), now()).await
}

/// The secret of a link that was handed over.
fn secret(handed: &Handed) -> String {
    let url = handed.url.as_deref().unwrap();
    url.strip_prefix("https://cms.example.org/admin/link/").unwrap().to_owned()
}

fn user(email: &str, role: &str) -> Caller {
    Caller::User { email: email.to_owned(), roles: vec![role.to_owned()] }
}
