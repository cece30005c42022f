//! How refusals are described: one form for all of them.

use crate::errors::Refusal;
use poem_openapi::ApiResponse;
use poem_openapi::Object;
use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::Type;
use serde_json::Value;

/// A refusal: Strapi's envelope with the members of RFC 9457 beside it.
#[derive(Object)]
#[oai(rename = "Refusal", rename_all = "camelCase")]
pub struct Told {
    /// Always null.
    data: Option<Value>,
    error: ToldError,
    /// `urn:masthead:error:` and a stable word.
    #[oai(rename = "type")]
    kind: String,
    title: String,
    status: u16,
    /// A sentence for people.
    detail: String,
    /// The path that was asked for.
    instance: String,
}

/// What is wrong.
#[derive(Object)]
#[oai(rename = "RefusalError")]
pub struct ToldError {
    status: u16,
    /// A class of errors, e.g. `ValidationError`.
    name: String,
    message: String,
    /// `errors`: one entry per problem, with `pointer` (into what was sent) or `parameter`, `code` and `message`.
    /// Of a stale save: `revision` and `current`.
    details: Value,
}

impl ApiResponse for Refusal {
    fn meta() -> MetaResponses {
        let of = |range: &str, description: &'static str| MetaResponse {
            description,
            status: None,
            status_range: Some(range.to_owned()),
            content: vec![MetaMediaType { content_type: "application/json", schema: Told::schema_ref() }],
            headers: Vec::new(),
        };
        let refused = "Refused: 400 what was sent is wrong, 401 sign in, 403 you may not, 404 there is no such thing, \
                       409 its state does not allow it, 412 somebody else changed it, 428 say what you saw";
        MetaResponses { responses: vec![of("4XX", refused), of("5XX", "Something is wrong with the server")] }
    }

    fn register(registry: &mut Registry) {
        Told::register(registry);
    }
}
