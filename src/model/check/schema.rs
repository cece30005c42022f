//! A tree of definitions, as it stands in files.

use crate::content_type::{ContentType, Kind};
use crate::locale::Locales;
use crate::permission::Role;
use serde::{Deserialize, Serialize};

/// What a model is wanted to be. What it does not mention is left alone, unless pruned: types and roles one by one,
/// and the locales as a whole. Each definition is complete: a field that is missing from its type is deleted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Schema {
    #[serde(default)]
    pub types: Vec<ContentType>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locales: Option<Locales>,
    #[serde(default)]
    pub roles: Vec<Role>,
}

impl Schema {
    /// The file that a pointer into this tree means, and the pointer within that file:
    /// `/types/3/fields/0/min` → (`types/article.json`, `/fields/0/min`). None when it points at no one file.
    pub fn file_of(&self, pointer: &str) -> Option<(String, String)> {
        let mut steps = pointer.splitn(4, '/').skip(1);
        let (room, index) = (steps.next()?, steps.next());
        if room == "locales" {
            return Some(("locales.json".to_owned(), pointer["/locales".len()..].to_owned()));
        }
        let index: usize = index?.parse().ok()?;
        let rest = steps.next().map_or(String::new(), |rest| format!("/{rest}"));
        let file = match room {
            "types" => file_name(self.types.get(index)?),
            "roles" => format!("roles/{}.json", self.roles.get(index)?.name),
            _ => return None,
        };
        Some((file, rest))
    }
}

/// `types/<singular>.json` or `components/<singular>.json`.
pub(super) fn file_name(def: &ContentType) -> String {
    let folder = if def.kind == Kind::Component { "components" } else { "types" };
    format!("{folder}/{}.json", def.singular)
}
