//! `/tokens`: the tokens of programs, for administrators.

use super::done::Done;
use super::{Answer, Sent, Tag, Who};
use crate::errors::Refusal;
use masthead_core::access::tokens::{self, Token};
use masthead_core::{Error, time};
use masthead_store::now_micros;
use poem_openapi::param::Path;
use poem_openapi::{Object, OpenApi};
use serde::Deserialize;
use serde_json::{Value, json};

pub struct Tokens;

#[OpenApi(prefix_path = "/tokens", tag = "Tag::Tokens")]
impl Tokens {
    /// List all tokens, by name. Their secrets are not kept.
    #[oai(path = "/", method = "get", operation_id = "listTokens")]
    async fn list(&self, who: Who) -> Result<Answer<TokenList>, Refusal> {
        let all = tokens::list(&who.core, &who.caller).await?;
        Ok(Answer::of(&json!({ "tokens": all.iter().map(token).collect::<Vec<_>>() })))
    }

    /// Create a token. Its secret is in this answer and nowhere else.
    #[oai(path = "/", method = "post", operation_id = "createToken")]
    async fn create(&self, who: Who, sent: Sent<CreateToken>) -> Result<Answer<NewToken, 201>, Refusal> {
        let CreateToken { name, role, expires_at } = sent.0;
        let expires_at = expires_at.map(|at| moment(&at)).transpose()?;
        let (made, secret) = tokens::issue(&who.core, &who.caller, &name, &role, expires_at).await?;
        Ok(Answer::of(&json!({"token": token(&made), "secret": secret})))
    }

    /// Read one token.
    #[oai(path = "/:id", method = "get", operation_id = "getToken")]
    async fn get(&self, who: Who, id: Path<i64>) -> Result<Answer<TokenView>, Refusal> {
        Ok(Answer::of(&token(&tokens::get(&who.core, &who.caller, id.0).await?)))
    }

    /// Give a token a new secret, which is in this answer and nowhere else. The old one works on for the overlap.
    #[oai(path = "/:id/rotate", method = "post", operation_id = "rotateToken")]
    async fn rotate(&self, who: Who, id: Path<i64>, sent: Sent<RotateToken>) -> Result<Answer<NewToken>, Refusal> {
        let overlap = sent.0.overlap.unwrap_or(0).saturating_mul(1_000_000);
        let (made, secret) = tokens::rotate(&who.core, &who.caller, id.0, overlap, now_micros()).await?;
        Ok(Answer::of(&json!({"token": token(&made), "secret": secret})))
    }

    /// End a token at once.
    #[oai(path = "/:id", method = "delete", operation_id = "revokeToken")]
    async fn revoke(&self, who: Who, id: Path<i64>) -> Result<Done, Refusal> {
        tokens::revoke(&who.core, &who.caller, id.0).await?;
        Ok(Done::Done)
    }
}

fn moment(text: &str) -> Result<i64, Refusal> {
    let wrong = || Error::invalid("/expiresAt", "format", "write a moment such as 2027-01-31T08:00:00Z");
    Ok(time::parse(text).ok_or_else(wrong)?)
}

fn token(token: &Token) -> Value {
    json!({
        "id": token.key, "name": token.name, "role": token.role, "prefix": token.prefix,
        "createdBy": token.created_by, "createdAt": time::to_text(token.created_at),
        "expiresAt": token.expires_at.map(time::to_text), "lastUsedAt": token.last_used_at.map(time::to_text),
    })
}

#[derive(Object)]
struct TokenList {
    tokens: Vec<TokenView>,
}

#[derive(Object)]
#[oai(rename = "Token", rename_all = "camelCase")]
struct TokenView {
    id: i64,
    name: String,
    role: String,
    /// How its secret begins.
    prefix: String,
    /// `user:` and an address, `token:` and a name, or `operator`.
    created_by: String,
    created_at: String,
    /// Null: it does not end by itself.
    expires_at: Option<String>,
    /// To the minute.
    last_used_at: Option<String>,
}

#[derive(Object)]
struct NewToken {
    token: TokenView,
    /// Send it as `Authorization: Bearer …`.
    secret: String,
}

#[derive(Object, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[oai(rename_all = "camelCase")]
struct CreateToken {
    /// What the token is for; it stands in the history of what it changes.
    name: String,
    role: String,
    /// When it ends; never when not given.
    expires_at: Option<String>,
}

#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
struct RotateToken {
    /// How long the old secret works on, in seconds; it ends at once when not given.
    overlap: Option<i64>,
}
