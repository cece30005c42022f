//! The site's languages. One of them is the default.

use serde::{Deserialize, Serialize};

/// A language of the site, by its BCP 47 tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Locale {
    pub code: String,
    pub name: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub default: bool,
}

/// All locales, default first as they were given; never empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Locales(pub Vec<Locale>);

impl Default for Locales {
    fn default() -> Self {
        Self(vec![Locale { code: "en".to_owned(), name: "English".to_owned(), default: true }])
    }
}

impl Locales {
    /// The code of the default locale.
    pub fn default_code(&self) -> &str {
        self.0.iter().find(|l| l.default).or(self.0.first()).map_or("en", |l| l.code.as_str())
    }

    pub fn contains(&self, code: &str) -> bool {
        self.0.iter().any(|l| l.code == code)
    }

    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|l| l.code.as_str())
    }
}
