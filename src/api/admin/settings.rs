//! `/settings`: what the site is called, and where it is.

use super::{Answer, Sent, Tag, Who};
use crate::errors::Refusal;
use masthead_core::site::{self, SiteChange};
use poem_openapi::{Object, OpenApi};
use serde::Deserialize;

pub struct Settings;

#[OpenApi(prefix_path = "/settings", tag = "Tag::System")]
impl Settings {
    /// Read the site's settings.
    #[oai(path = "/", method = "get", operation_id = "getSettings")]
    async fn read(&self, who: Who) -> Result<Answer<SiteSettings>, Refusal> {
        Ok(Answer::of(&site::settings(&who.core, &who.caller).await?))
    }

    /// Change settings; what is not mentioned stays.
    #[oai(path = "/", method = "patch", operation_id = "changeSettings")]
    async fn change(&self, who: Who, sent: Sent<SettingsChange>) -> Result<Answer<SiteSettings>, Refusal> {
        let SettingsChange { site_name, time_zone } = sent.0;
        Ok(Answer::of(&site::change(&who.core, &who.caller, SiteChange { site_name, time_zone }).await?))
    }
}

#[derive(Object)]
#[oai(rename_all = "camelCase")]
struct SiteSettings {
    site_name: String,
    /// An IANA name, e.g. `Europe/Berlin`.
    time_zone: String,
}

#[derive(Object, Deserialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SettingsChange {
    site_name: Option<String>,
    time_zone: Option<String>,
}
