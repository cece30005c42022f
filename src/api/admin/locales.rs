//! `/locales`: the site's languages.

use super::{Answer, Sent, Tag, Who};
use crate::errors::Refusal;
use masthead_core::modelling;
use poem_openapi::param::Path;
use poem_openapi::{Object, OpenApi};
use serde::Deserialize;
use serde_json::json;

pub struct Locales;

#[OpenApi(prefix_path = "/locales", tag = "Tag::Locales")]
impl Locales {
    /// List the languages.
    #[oai(path = "/", method = "get", operation_id = "listLocales")]
    async fn list(&self, who: Who) -> Result<Answer<LocaleList>, Refusal> {
        Ok(Answer::of(&json!({ "locales": modelling::locales(&who.core, &who.caller).await? })))
    }

    /// Add a language.
    #[oai(path = "/", method = "post", operation_id = "addLocale")]
    async fn add(&self, who: Who, sent: Sent<NewLocale>) -> Result<Answer<LocaleList, 201>, Refusal> {
        let NewLocale { code, name } = sent.0;
        let locales = modelling::add_locale(&who.core, &who.caller, &code, name.as_deref()).await?;
        Ok(Answer::of(&json!({ "locales": locales })))
    }

    /// Rename a language, or make it the default one.
    ///
    /// Deleting one loses content: plan and apply it with `delete.locales`.
    #[oai(path = "/:code", method = "patch", operation_id = "changeLocale")]
    async fn change(
        &self,
        who: Who,
        code: Path<String>,
        sent: Sent<LocaleChange>,
    ) -> Result<Answer<LocaleList>, Refusal> {
        let LocaleChange { name, default } = sent.0;
        let default = default.unwrap_or(false);
        let locales = modelling::change_locale(&who.core, &who.caller, &code.0, name, default).await?;
        Ok(Answer::of(&json!({ "locales": locales })))
    }
}

#[derive(Object)]
struct LocaleList {
    locales: Vec<Locale>,
}

/// A language of the site.
#[derive(Object)]
struct Locale {
    /// A BCP 47 tag.
    code: String,
    name: String,
    /// False when absent.
    default: Option<bool>,
}

#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewLocale {
    /// A BCP 47 tag, e.g. `pt-BR`.
    code: String,
    name: Option<String>,
}

#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
struct LocaleChange {
    name: Option<String>,
    /// True makes it the default one.
    default: Option<bool>,
}
