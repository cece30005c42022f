//! Answers: what the domain says as JSON, described by a type of this crate.

use poem::http::StatusCode;
use poem::http::header::{ETAG, HeaderValue};
use poem::{IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::{ParseFromJSON, ToJSON, Type};
use serde::Serialize;
use serde_json::Value;
use std::marker::PhantomData;

/// A fulfilled request. `T` is the described form of what is sent; builds with assertions compare the two.
pub struct Answer<T, const STATUS: u16 = 200> {
    json: Result<Vec<u8>, String>,
    etag: Option<String>,
    form: PhantomData<fn() -> T>,
}

impl<T: Type + ParseFromJSON + ToJSON, const STATUS: u16> Answer<T, STATUS> {
    pub fn of(said: &impl Serialize) -> Self {
        let json = serde_json::to_vec(said).map_err(|e| e.to_string());
        if cfg!(debug_assertions)
            && let Ok(Ok(value)) = json.as_ref().map(|bytes| serde_json::from_slice::<Value>(bytes))
            && let Err(difference) = described::<T>(&value)
        {
            return Self { json: Err(difference), etag: None, form: PhantomData };
        }
        Self { json, etag: None, form: PhantomData }
    }

    /// With the revision that a save may send back as `If-Match`.
    #[must_use]
    pub fn at(self, revision: &str) -> Self {
        Self { etag: Some(format!("\"{revision}\"")), ..self }
    }
}

/// Whether `value` is what `T` says, no member more or less.
fn described<T: ParseFromJSON + ToJSON>(value: &Value) -> Result<(), String> {
    let parsed = T::parse_from_json(Some(value.clone())).map_err(|e| format!("{}: {value}", e.message()))?;
    let again = without_nulls(parsed.to_json().unwrap_or_default());
    let value = without_nulls(value.clone());
    if again == value { Ok(()) } else { Err(format!("described as {again}, sent as {value}")) }
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            map.into_iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k, without_nulls(v))).collect()
        }
        Value::Array(list) => list.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

impl<T: Send, const STATUS: u16> IntoResponse for Answer<T, STATUS> {
    fn into_response(self) -> Response {
        match self.json {
            Ok(json) => {
                let status = StatusCode::from_u16(STATUS).unwrap_or_default();
                let mut response = Response::builder().status(status).content_type("application/json").body(json);
                if let Some(etag) = self.etag.and_then(|e| HeaderValue::try_from(e).ok()) {
                    response.headers_mut().insert(ETAG, etag);
                }
                response
            }
            Err(cause) => {
                tracing::error!(cause, "an answer is not what its description says");
                crate::errors::Refusal::internal(cause).answer(super::PREFIX)
            }
        }
    }
}

impl<T: Type, const STATUS: u16> ApiResponse for Answer<T, STATUS> {
    fn meta() -> MetaResponses {
        let content = vec![MetaMediaType { content_type: "application/json", schema: T::schema_ref() }];
        let description = match STATUS {
            201 => "Created",
            202 => "Accepted: it goes on",
            _ => "Done",
        };
        let response =
            MetaResponse { description, status: Some(STATUS), status_range: None, content, headers: Vec::new() };
        MetaResponses { responses: vec![response] }
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}
