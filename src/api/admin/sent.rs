//! What was sent, as JSON: bounded, and refused with a pointer to the place that is wrong.

use crate::errors::Refusal;
use crate::{body, json};
use masthead_core::Error;
use masthead_model::problem::pointer_to;
use poem::{Request, RequestBody, Result};
use poem_openapi::registry::{MetaMediaType, MetaRequest, Registry};
use poem_openapi::types::Type;
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use serde::de::DeserializeOwned;
use serde_path_to_error::{Path, Segment};

/// A body of JSON. `T` describes itself to poem-openapi and is read by serde, which knows where a mistake is.
pub struct Sent<T>(pub T);

impl<'a, T: Type + DeserializeOwned> ApiExtractor<'a> for Sent<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        let content = vec![MetaMediaType { content_type: "application/json", schema: T::schema_ref() }];
        Some(MetaRequest { description: None, content, required: true })
    }

    async fn from_request(req: &'a Request, sent: &mut RequestBody, _: ExtractParamOptions<()>) -> Result<Self> {
        let bytes = body::json_bytes(req, sent.take()?).await?;
        Ok(Self(parse(&bytes)?))
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    // Members that come twice are refused where they stand.
    if !json::parse(bytes)?.is_object() {
        // serde would read a list as the members in their order.
        return Err(Error::invalid("", "type", "send an object").into());
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let parsed: T = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let said = error.inner().to_string();
        let is_data = error.inner().is_data();
        refused(error.path(), &said, is_data)
    })?;
    reader.end().map_err(|error| refused_at("", "json", format!("this is not JSON: {error}")))?;
    Ok(parsed)
}

fn refused(path: &Path, said: &str, is_data: bool) -> Refusal {
    if !is_data {
        return refused_at("", "json", format!("this is not JSON: {said}"));
    }
    let mut pointer = String::new();
    let mut last = None;
    for segment in path {
        let step = match segment {
            Segment::Seq { index } => index.to_string(),
            Segment::Map { key } => key.clone(),
            Segment::Enum { .. } | Segment::Unknown => continue,
        };
        pointer = pointer_to(&pointer, &step);
        last = Some(step);
    }
    let said = said.split(" at line ").next().unwrap_or(said);
    let named = said.split('`').nth(1).unwrap_or_default();
    let (code, is_about_member) = if said.starts_with("missing field") {
        ("required", true)
    } else if said.starts_with("unknown field") {
        ("unknown_field", true)
    } else {
        ("type", false)
    };
    if is_about_member && (code == "required" || last.as_deref() != Some(named)) {
        pointer = pointer_to(&pointer, named);
    }
    refused_at(&pointer, code, said.to_owned())
}

fn refused_at(pointer: &str, code: &str, message: String) -> Refusal {
    Error::invalid(pointer, code, message).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::Value;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    #[allow(dead_code)]
    struct Outer {
        inner_list: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Inner {
        number: i64,
        word: Option<String>,
    }

    async fn said(sent: &str) -> (String, String) {
        let mut answer = parse::<Outer>(sent.as_bytes()).unwrap_err().answer("/");
        let body: Value = serde_json::from_str(&answer.take_body().into_string().await.unwrap()).unwrap();
        let problem = &body["error"]["details"]["errors"][0];
        (problem["pointer"].as_str().unwrap().to_owned(), problem["code"].as_str().unwrap().to_owned())
    }

    #[tokio::test]
    async fn a_mistake_is_named_with_its_place() {
        for (sent, pointer, code) in [
            ("{", "", "json"),
            ("{\"innerList\": []} x", "", "json"),
            ("[]", "", "type"),
            ("{\"innerList\": [{\"number\": 1, \"number\": 2}]}", "/innerList/0/number", "duplicate"),
            ("{}", "/innerList", "required"),
            ("{\"innerList\": 1}", "/innerList", "type"),
            ("{\"innerList\": [], \"mor/e\": 1}", "/mor~1e", "unknown_field"),
            ("{\"innerList\": [{\"number\": 1}, {}]}", "/innerList/1/number", "required"),
            ("{\"innerList\": [{\"number\": \"1\"}]}", "/innerList/0/number", "type"),
            ("{\"innerList\": [{\"number\": 1, \"wort\": 1}]}", "/innerList/0/wort", "unknown_field"),
            ("{\"innerList\": [{\"number\": 1, \"word\": {}}]}", "/innerList/0/word", "type"),
        ] {
            assert_eq!(said(sent).await, (pointer.to_owned(), code.to_owned()), "{sent}");
        }
    }
}
