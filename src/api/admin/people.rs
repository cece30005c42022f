//! The described form of people, and of links that are handed to them.

use masthead_core::access::mail::Handed;
use masthead_core::access::users::Person;
use masthead_core::time;
use poem_openapi::{Enum, Object};
use serde_json::{Value, json};

/// Somebody who may sign in.
#[derive(Object)]
#[oai(rename = "User", rename_all = "camelCase")]
pub struct UserView {
    id: i64,
    email: String,
    name: String,
    /// Names of roles; they add up.
    roles: Vec<String>,
    state: UserState,
    created_at: String,
    signed_in_at: Option<String>,
}

#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[oai(rename_all = "snake_case")]
enum UserState {
    Active,
    /// The invitation was not accepted yet.
    Invited,
    Disabled,
}

pub fn person(person: &Person) -> Value {
    json!({
        "id": person.id, "email": person.email, "name": person.name, "roles": person.roles,
        "state": person.state.word(), "createdAt": time::to_text(person.created_at),
        "signedInAt": person.signed_in_at.map(time::to_text),
    })
}

/// Somebody with a link that works once, for an hour.
#[derive(Object)]
#[oai(rename_all = "camelCase")]
pub struct HandedView {
    user: UserView,
    /// Whether the link was mailed.
    mailed: bool,
    /// Why it could not be mailed.
    mail_error: Option<String>,
    /// For you to pass on; null when it was mailed.
    link: Option<String>,
    expires_at: String,
}

pub fn handed(to: &Person, handed: &Handed) -> Value {
    json!({
        "user": person(to), "mailed": handed.mailed, "mailError": handed.reason, "link": handed.url,
        "expiresAt": time::to_text(handed.expires_at),
    })
}
