//! The site's settings: few, typed, and checked when they are saved.

use crate::access::require_admin;
use crate::events::schema_event;
use crate::{Caller, Core, Error, Result};
use masthead_model::Problem;
use masthead_store::{Connection, site_settings as rows};
use serde::Serialize;
use serde_json::Value;

const NAME: &str = "siteName";
const ZONE: &str = "timeZone";

/// What the site is called, and where it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SiteSettings {
    pub site_name: String,
    /// An IANA name, e.g. `Europe/Berlin`: how times are shown to editors.
    pub time_zone: String,
}

impl Default for SiteSettings {
    fn default() -> Self {
        Self { site_name: "Masthead".to_owned(), time_zone: "UTC".to_owned() }
    }
}

/// A change: what is not mentioned stays.
#[derive(Clone, Debug, Default)]
pub struct SiteChange {
    pub site_name: Option<String>,
    pub time_zone: Option<String>,
}

/// The settings, for whoever signed in.
pub async fn settings(core: &Core, caller: &Caller) -> Result<SiteSettings> {
    if *caller == Caller::Anonymous {
        return Err(Error::Unauthorized);
    }
    core.read(|conn, _| load(conn)).await
}

fn load(conn: &mut Connection) -> Result<SiteSettings> {
    let mut settings = SiteSettings::default();
    for (name, value) in rows::all(conn)? {
        let text = serde_json::from_str::<Value>(&value).ok().and_then(|v| v.as_str().map(str::to_owned));
        match (name.as_str(), text) {
            (NAME, Some(text)) => settings.site_name = text,
            (ZONE, Some(text)) => settings.time_zone = text,
            _ => {}
        }
    }
    Ok(settings)
}

/// Change settings; for administrators.
pub async fn change(core: &Core, caller: &Caller, change: SiteChange) -> Result<SiteSettings> {
    let caller = caller.clone();
    core.write(move |tx, snapshot| {
        require_admin(&caller, snapshot)?;
        check(&change)?;
        for (name, value) in [(NAME, &change.site_name), (ZONE, &change.time_zone)] {
            if let Some(value) = value {
                rows::put(tx, name, &Value::from(value.trim()).to_string())?;
            }
        }
        tx.emit(schema_event("settings.changed", None, &caller));
        load(tx)
    })
    .await
}

fn check(change: &SiteChange) -> Result<()> {
    let mut problems = Vec::new();
    if let Some(name) = &change.site_name
        && (name.trim().is_empty() || name.chars().count() > 100 || name.contains(char::is_control))
    {
        problems.push(Problem::new("/siteName", "length", "a site's name has 1 to 100 characters"));
    }
    if let Some(zone) = &change.time_zone
        && jiff::tz::TimeZone::get(zone.trim()).is_err()
    {
        let message = format!("'{zone}' is no time zone: use an IANA name such as Europe/Berlin");
        problems.push(Problem::new("/timeZone", "format", message));
    }
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}
