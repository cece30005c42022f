//! Which fields somebody may write, and which they know of. Components belong to the field that holds them.

use super::Rules;
use crate::{Error, Result, Snapshot};
use masthead_model::{Action, Problem, Type};
use serde_json::{Map, Value};

impl Rules<'_> {
    /// Whether `action` on the type covers the field, of some document.
    pub fn covers_field(&self, action: Action, type_id: &str, field_id: &str) -> bool {
        self.grant(action, type_id).is_some_and(|grant| grant.covers(field_id))
    }

    /// Whether the caller reads the field somewhere, published or in drafts.
    pub fn reads_field(&self, type_id: &str, field_id: &str) -> bool {
        [Action::Read, Action::ReadDraft].into_iter().any(|action| self.covers_field(action, type_id, field_id))
    }

    /// Whether the caller may know that there is such a field. Whoever may write one knows its name.
    pub fn knows_field(&self, type_id: &str, field_id: &str) -> bool {
        self.reads_field(type_id, field_id)
            || [Action::Create, Action::Update].into_iter().any(|a| self.covers_field(a, type_id, field_id))
    }

    /// Refuse the fields named in `data` that `action` does not cover, each by its pointer. Those that the caller does
    /// not know of are left to be refused as unknown ones.
    pub fn expect_fields(
        &self,
        action: Action,
        snapshot: &Snapshot,
        ty: &Type,
        data: &Map<String, Value>,
    ) -> Result<()> {
        self.expect_fields_where(action, snapshot, ty, data, &|action, type_id, field| {
            self.covers_field(action, type_id, field)
        })
    }

    /// The same, by another judgement of what is covered.
    pub fn expect_fields_where(
        &self,
        action: Action,
        snapshot: &Snapshot,
        ty: &Type,
        data: &Map<String, Value>,
        covers: &dyn Fn(Action, &str, &str) -> bool,
    ) -> Result<()> {
        let mut refused = Vec::new();
        for name in data.keys() {
            let own = ty.field_named(name).map(|field| (action, ty.id(), field.id.as_str()));
            let far = || {
                let inverse = snapshot.model.inverse(ty.id(), name)?;
                // Writing through the other end is a change of the documents there.
                Some((Action::Update, inverse.source.as_str(), inverse.field.as_str()))
            };
            let Some((action, type_id, field)) = own.or_else(far) else { continue };
            if self.knows_field(type_id, field) && !covers(action, type_id, field) {
                let message = format!("you may not write the field `{name}`");
                refused.push(Problem::new(masthead_model::problem::pointer_to("", name), "forbidden", message));
            }
        }
        if refused.is_empty() { Ok(()) } else { Err(Error::ForbiddenFields(refused)) }
    }
}
