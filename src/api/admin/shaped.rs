//! JSON that has a described form, but is kept as it is: the domain reads it.

#![allow(dead_code)]

use poem_openapi::registry::{MetaSchemaRef, Registry};
use poem_openapi::types::{ParseFromJSON, ParseResult, ToJSON, Type};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::borrow::Cow;
use std::marker::PhantomData;

/// Any JSON; `T` says what it looks like.
#[derive(Clone, Debug)]
pub struct Shaped<T>(pub Value, PhantomData<fn() -> T>);

impl<'de, T> Deserialize<'de> for Shaped<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Self(Value::deserialize(from)?, PhantomData))
    }
}

impl<T: Type> Type for Shaped<T> {
    const IS_REQUIRED: bool = T::IS_REQUIRED;
    type RawValueType = Value;
    type RawElementValueType = Value;

    fn name() -> Cow<'static, str> {
        T::name()
    }

    fn schema_ref() -> MetaSchemaRef {
        T::schema_ref()
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn as_raw_value(&self) -> Option<&Value> {
        Some(&self.0)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Value> + 'a> {
        Box::new(std::iter::empty())
    }
}

impl<T: Type> ParseFromJSON for Shaped<T> {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        Ok(Self(value.unwrap_or_default(), PhantomData))
    }
}

impl<T: Type> ToJSON for Shaped<T> {
    fn to_json(&self) -> Option<Value> {
        Some(self.0.clone())
    }
}
