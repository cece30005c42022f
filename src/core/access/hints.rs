//! What the operator is told when a role lacks a permission: the command that grants it, once each, in the log. Callers
//! never learn it: what they may not read is not there for them.

use masthead_model::{Action, Type};
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// What was told already, since the model or a role changed last.
#[derive(Debug, Default)]
pub struct Hints(Mutex<HashSet<(String, Action, String)>>);

impl Hints {
    /// The command that lets `role` do `action` to the type; none when that was told before.
    fn first(&self, role: &str, action: Action, ty: &Type) -> Option<String> {
        let key = (role.to_owned(), action, ty.id().to_owned());
        let is_new = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key);
        is_new.then(|| format!("masthead role allow {role} {} {}", action.word(), ty.def.singular))
    }

    /// Note that somebody with `role` was refused.
    pub(super) fn note(&self, role: &str, action: Action, ty: &Type) {
        if let Some(command) = self.first(role, action, ty) {
            tracing::info!("role '{role}' was refused something that `{command}` would allow");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use masthead_model::{ContentType, TypeKey, storage::Storage};

    #[test]
    fn a_missing_permission_is_told_once() {
        let def: ContentType = serde_json::from_value(serde_json::json!({
            "id": "a", "kind": "collection", "singular": "article", "plural": "articles", "label": "Article", "fields": []
        }))
        .unwrap();
        let ty = Type::new(TypeKey(1), def, Storage::default());
        let hints = Hints::default();
        let told = |role: &str, action| hints.first(role, action, &ty);
        assert_eq!(told("public", Action::ReadDraft).unwrap(), "masthead role allow public read_draft article");
        assert_eq!(told("public", Action::ReadDraft), None);
        assert!(told("public", Action::Create).is_some() && told("reader", Action::ReadDraft).is_some());
    }
}
