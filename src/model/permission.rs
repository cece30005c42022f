//! Roles as data: what somebody may do to which type.

use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Published content.
    Read,
    /// Drafts, too.
    ReadDraft,
    Create,
    Update,
    Delete,
    /// Publish and unpublish.
    Publish,
    /// Versions, and reading the past.
    History,
}

impl Action {
    pub const ALL: [Action; 7] =
        [Self::Read, Self::ReadDraft, Self::Create, Self::Update, Self::Delete, Self::Publish, Self::History];

    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::ReadDraft => "read_draft",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Publish => "publish",
            Self::History => "history",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.word() == word)
    }
}

/// The role of callers who are nobody in particular.
pub const PUBLIC: &str = "public";

/// The name under which rules speak of files.
pub const FILES: &str = "upload";

/// A rule of a role. Rules only add up; what no rule allows is refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Permission {
    pub action: Action,
    /// Id of a content type, or `*`.
    #[serde(rename = "type")]
    pub type_id: String,
    /// Ids of the fields it covers; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<Vec<String>>,
    /// A filter over the type that a document must meet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Value>,
}

/// A named set of permissions, as it stands in `roles/<name>.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Role {
    pub name: String,
    #[serde(default)]
    pub label: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// May do everything, now and later.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub admin: bool,
    #[serde(default)]
    pub permissions: Vec<Permission>,
}

impl Role {
    /// What whoever grants the role this should know: what strangers may write with it.
    pub fn warnings(&self) -> Vec<String> {
        let grants = self.permissions.iter().filter(|_| self.name == PUBLIC);
        let said = |permission: &Permission| {
            let what = match permission.type_id.as_str() {
                "*" => "documents of every type".to_owned(),
                FILES => "files".to_owned(),
                type_id => format!("documents of {type_id}"),
            };
            let who = "everybody on the internet may";
            match permission.action {
                Action::Create if permission.type_id == FILES => Some(format!("{who} upload {what}, without a token")),
                Action::Create => Some(format!("{who} create {what}, without a token; they arrive as drafts")),
                Action::Update => Some(format!("{who} change {what}, without a token")),
                Action::Delete => Some(format!("{who} move {what} to the trash, without a token")),
                Action::Publish => Some(format!("{who} publish {what}, without a token")),
                Action::Read | Action::ReadDraft | Action::History => None,
            }
        };
        grants.filter_map(said).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_strangers_may_write_is_warned_of() {
        let role = |name: &str| -> Role {
            let permissions = json!([{"action": "read", "type": "*"}, {"action": "create", "type": "letter"}]);
            serde_json::from_value(json!({"name": name, "permissions": permissions})).unwrap()
        };
        let said = role(PUBLIC).warnings();
        assert_eq!(
            said,
            ["everybody on the internet may create documents of letter, without a token; they arrive as drafts"]
        );
        assert!(role("editor").warnings().is_empty());
    }
}
