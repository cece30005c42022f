//! JSON as it was sent, with every member once: of two with one name, most readers keep the last and say nothing.

use crate::errors::Refusal;
use masthead_core::Error;
use masthead_model::problem::pointer_to;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::cell::RefCell;
use std::fmt;

/// The value of `bytes`. What is no JSON is refused as a whole, a member that comes twice where it stands.
pub fn parse(bytes: &[u8]) -> Result<Value, Refusal> {
    let place = RefCell::new(String::new());
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let parsed = Once { place: &place }.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    parsed.map_err(|error| {
        let refused = |pointer: &str, code, message| Refusal::from(Error::invalid(pointer, code, message));
        match error.is_data() {
            true => refused(&place.borrow(), "duplicate", "this member comes twice".to_owned()),
            false => refused("", "json", format!("this is not JSON: {error}")),
        }
    })
}

/// Reads a value; the pointer to it is in `place`, and stays there when it is refused.
#[derive(Clone, Copy)]
struct Once<'p> {
    place: &'p RefCell<String>,
}

impl Once<'_> {
    /// Go to `step` below this place; how to come back.
    fn enter(self, step: &str) -> usize {
        let mut place = self.place.borrow_mut();
        let before = place.len();
        *place = pointer_to(&place, step);
        before
    }

    fn leave(self, before: usize) {
        self.place.borrow_mut().truncate(before);
    }
}

impl<'de> DeserializeSeed<'de> for Once<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Once<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut out = Vec::new();
        loop {
            let before = self.enter(&out.len().to_string());
            let Some(item) = items.next_element_seed(self)? else {
                self.leave(before);
                return Ok(out.into());
            };
            self.leave(before);
            out.push(item);
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut out = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let before = self.enter(&name);
            if out.contains_key(&name) {
                return Err(de::Error::custom("twice"));
            }
            let value = members.next_value_seed(self)?;
            self.leave(before);
            out.insert(name, value);
        }
        Ok(out.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn refused(text: &str) -> Value {
        let mut answer = parse(text.as_bytes()).unwrap_err().answer("/");
        let body: Value = serde_json::from_str(&answer.take_body().into_string().await.unwrap()).unwrap();
        body["error"]["details"]["errors"][0].clone()
    }

    #[test]
    fn what_is_read_is_what_serde_reads() {
        for text in ["null", "[]", "{\"b\":[1,-2,1.5,true,null,\"\u{e9}\"],\"a\":{\"b\":18446744073709551615}}", " 7 "]
        {
            assert_eq!(parse(text.as_bytes()).unwrap(), serde_json::from_str::<Value>(text).unwrap(), "{text}");
        }
    }

    #[tokio::test]
    async fn a_member_that_comes_twice_is_named_where_it_stands() {
        for (text, pointer) in [("{\"a\":1,\"a\":1}", "/a"), ("[{},{\"a/b\":{\"c\":1,\"d\":2,\"c\":3}}]", "/1/a~1b/c")]
        {
            let problem = refused(text).await;
            assert_eq!((&problem["pointer"], &problem["code"]), (&pointer.into(), &"duplicate".into()), "{text}");
        }
        let depth = "[".repeat(1000);
        for text in ["", "{", "[1,]", "{} {}", "1e999", depth.as_str()] {
            let problem = refused(text).await;
            assert_eq!((&problem["pointer"], &problem["code"]), (&"".into(), &"json".into()), "{text}");
        }
    }
}
