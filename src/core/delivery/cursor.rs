//! Cursors: a place in a list, opaque to clients, good for the order that it was made for.

use super::compile::{After, Key};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use masthead_model::ids::PublicIds;
use masthead_model::query::QueryProblem;
use masthead_model::query::ast::ListQuery;
use masthead_store::Bind;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::hash::{DefaultHasher, Hash, Hasher};

#[derive(Serialize, Deserialize)]
struct Token {
    /// What it is good for.
    #[serde(rename = "o")]
    order: u32,
    #[serde(rename = "k")]
    keys: Vec<Value>,
    /// The public number of the document.
    #[serde(rename = "d")]
    doc: i64,
    #[serde(rename = "l", default, skip_serializing_if = "String::is_empty")]
    locale: String,
}

/// The type, order and locales that a cursor belongs to, in short.
fn order_of(type_id: &str, query: &ListQuery) -> u32 {
    let mut hasher = DefaultHasher::new();
    type_id.hash(&mut hasher);
    format!("{:?} {:?} {:?}", query.sort, query.view.locale, query.view.fallback_locales).hash(&mut hasher);
    hasher.finish() as u32
}

/// The cursor behind a row; `keys` is what it was ordered by, as a JSON list.
pub(super) fn write(
    ids: PublicIds,
    type_id: &str,
    query: &ListQuery,
    doc: i64,
    locale: &str,
    keys: Option<&str>,
) -> Option<String> {
    let keys = serde_json::from_str(keys?).ok()?;
    let order = order_of(type_id, query);
    let token = Token { order, keys, doc: ids.public(doc), locale: locale.to_owned() };
    Some(URL_SAFE_NO_PAD.encode(serde_json::to_vec(&token).ok()?))
}

/// The place that a cursor stands for in a list with these keys.
pub(super) fn read(
    ids: PublicIds,
    type_id: &str,
    query: &ListQuery,
    keys: &[Key],
    text: &str,
) -> Result<After, QueryProblem> {
    let wrong = || {
        let message = "this is no cursor of this list; begin without one, and keep `sort` and `locale` the same";
        QueryProblem::new("pagination[cursor]", "invalid_cursor", message)
    };
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| wrong())?;
    let token: Token = serde_json::from_slice(&bytes).map_err(|_| wrong())?;
    let doc = ids.key(token.doc).ok_or_else(wrong)?;
    if token.order != order_of(type_id, query) || token.keys.len() != keys.len() || token.locale.contains('\0') {
        return Err(wrong());
    }
    let keys = binds(token.keys, keys).ok_or_else(wrong)?;
    Ok(After { keys, doc, locale: token.locale })
}

/// The values of an order's keys, as they are bound; none when they are of other kinds.
pub(super) fn binds(values: Vec<Value>, keys: &[Key]) -> Option<Vec<Bind>> {
    let bind = |(value, key): (Value, &Key)| match value {
        Value::Null if key.nullable => Some(if key.is_text { Bind::Text(None) } else { Bind::Int(None) }),
        Value::String(text) if key.is_text && !text.contains('\0') => Some(Bind::Text(Some(text))),
        Value::Number(number) if !key.is_text => number.as_i64().map(|n| Bind::Int(Some(n))),
        _ => None,
    };
    values.into_iter().zip(keys).map(bind).collect()
}

/// The cursor of a list that has an order of its own: a place in it, from 0.
pub(super) fn write_place(type_id: &str, query: &ListQuery, place: usize) -> Option<String> {
    let doc = i64::try_from(place).ok()?;
    let token = Token { order: order_of(type_id, query), keys: Vec::new(), doc, locale: PLACE.to_owned() };
    Some(URL_SAFE_NO_PAD.encode(serde_json::to_vec(&token).ok()?))
}

/// The place that such a cursor stands for.
pub(super) fn read_place(type_id: &str, query: &ListQuery, text: &str) -> Result<usize, QueryProblem> {
    let token = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| serde_json::from_slice::<Token>(&bytes).ok());
    let place = token.filter(|t| t.locale == PLACE && t.order == order_of(type_id, query));
    place.and_then(|t| usize::try_from(t.doc).ok()).ok_or_else(|| {
        let message = "this is no cursor of this list; begin without one, and keep `sort` and `locale` the same";
        QueryProblem::new("pagination[cursor]", "invalid_cursor", message)
    })
}

/// Stands where a cursor by keys has a locale.
const PLACE: &str = "*";
