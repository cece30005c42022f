//! The same rules for editors: fields that are never delivered are fields like others to those who edit them.

use super::Rules;
use masthead_model::Action;
use masthead_model::query::Visible;

/// Rules under which private fields may be named, of types whose drafts are read: of all of them, for a filter looks at
/// documents before it is known whose they are.
pub struct Internal<'r>(pub &'r Rules<'r>);

impl Visible for Internal<'_> {
    fn type_visible(&self, type_id: &str) -> bool {
        self.0.type_visible(type_id)
    }

    fn field_visible(&self, type_id: &str, field_id: &str) -> bool {
        self.0.field_visible(type_id, field_id)
    }

    fn paths_visible(&self, type_id: &str) -> bool {
        self.0.paths_visible(type_id)
    }

    fn sees_internal(&self, type_id: &str) -> bool {
        self.0.grant(Action::ReadDraft, type_id).is_some_and(|grant| grant.always().is_some())
    }
}
