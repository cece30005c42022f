//! `GET /api/i18n/locales`: the site's languages as Strapi lists them.

use super::Tags;
use super::read::{Finished, Reading, refused};
use crate::{Error, Result};
use masthead_model::query::{Node, Visible, qs};
use serde_json::json;

/// For callers who may read something; nobody else learns that there are languages.
pub(super) fn answer(reading: &Reading<'_>, raw: &str) -> Result<Finished> {
    let model = &reading.snapshot.model;
    if !model.types().any(|ty| reading.rules.type_visible(ty.id())) {
        return Err(Error::not_found("/api/i18n/locales"));
    }
    let tree = qs::parse(raw).map_err(|problem| Error::Query(vec![problem]))?;
    if let Node::Map(entries) = &tree
        && let Some((name, _)) = entries.first()
    {
        return Err(refused(name, "unknown_parameter", "the list of locales takes no parameters"));
    }
    let default = model.locales.default_code();
    let of = |(number, locale): (usize, &masthead_model::Locale)| {
        let name = format!("{} ({})", locale.name, locale.code);
        json!({"id": number + 1, "name": name, "code": locale.code, "isDefault": locale.code == default})
    };
    let list: Vec<_> = model.locales.0.iter().enumerate().map(of).collect();
    let body = serde_json::Value::from(list).to_string().into_bytes();
    Ok(Finished { body, tags: Tags::default(), types: Some(super::named::Types::new()), cache_control: None })
}
