//! What is asked: by whom, through which door, and when two ask for the same.

use super::Standing;
use crate::Caller;
use masthead_model::query;

/// Which of the API's reads is meant.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    Content,
    /// `/api/resolve`, which no type can be named.
    Resolve,
    /// `/api/i18n/locales`.
    Locales,
    /// `/api/search`.
    Search,
    /// `/api/search/suggest`.
    Suggest,
}

/// Who asks, and what for.
pub(super) struct Request {
    pub caller: Caller,
    pub door: Door,
    pub name: String,
    pub id: Option<String>,
    pub raw: String,
    /// A list for editors: of singles too, and only of what stands there.
    pub drafts: Option<Option<Standing>>,
}

impl Request {
    pub fn new(caller: &Caller, name: &str, id: Option<&str>, raw: &str) -> Self {
        let (name, id, raw) = (name.to_owned(), id.map(str::to_owned), raw.to_owned());
        Self { caller: caller.clone(), door: Door::Content, name, id, raw, drafts: None }
    }

    /// The list that editors see.
    pub fn of_drafts(self, standing: Option<Standing>) -> Self {
        Self { drafts: Some(standing), ..self }
    }

    /// A read of something other than documents.
    pub fn at(door: Door, caller: &Caller, raw: &str) -> Self {
        // No type has these names, and no path segment is one of those with a slash.
        let name = match door {
            Door::Search => "search",
            Door::Suggest => "search/suggest",
            Door::Resolve => "resolve",
            Door::Content | Door::Locales => "i18n/locales",
        };
        Self { door, ..Self::new(caller, name, None, raw) }
    }

    /// Equal for requests that have the same answer. `class` stands for what the caller may do.
    pub fn key(&self, class: &str) -> String {
        let mut key = String::new();
        write_key(self.caller != Caller::Anonymous, class, (&self.name, self.id.as_deref()), &self.raw, &mut key);
        if let Some(standing) = self.drafts {
            key.push_str(&format!("\n{standing:?}"));
        }
        key
    }

    /// Whether drafts are asked for.
    pub fn is_of_drafts(&self) -> bool {
        // However it is spelt; most requests need no second look.
        (self.raw.contains("draft") || self.raw.contains('%'))
            && query::qs::parse(&self.raw)
                .is_ok_and(|root| matches!(root.get("status"), Some(query::Node::Value(word)) if word == "draft"))
    }

    /// Whether it looks something up by words, as far as that is plain without parsing.
    pub fn is_search(&self) -> bool {
        matches!(self.door, Door::Search | Door::Suggest) || self.raw.split('&').any(|part| part.starts_with("_q="))
    }

    /// Whether it is plain without parsing that the answer will not be kept.
    pub fn is_passing(&self) -> bool {
        self.drafts.is_some()
            || self.raw.contains("status=draft")
            || self.raw.contains("at=") && self.raw.split('&').any(|part| part.starts_with("at="))
    }
}

/// The key of a plain request for what `/api/{name}` or `/api/{name}/{id}` leads to.
pub(super) fn write_key(private: bool, class: &str, (name, id): (&str, Option<&str>), raw: &str, out: &mut String) {
    // Neither a path segment nor a query string holds a line break.
    for part in [if private { "1" } else { "0" }, class, name, id.unwrap_or("\u{1}")] {
        out.push_str(part);
        out.push('\n');
    }
    out.push_str(raw);
}
