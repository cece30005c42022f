//! What is written of the documents of one selection, member by member, worked out once for all of them.

use super::stored;
use crate::access::Rules;
use masthead_model::query::Visible;
use masthead_model::query::ast::{Populate, RelationRef, RichTextForm, Selection, System};
use masthead_model::{Field, FieldType, Model, Type};

/// One member of a document. `name` is JSON with its colon: `"title":`.
pub(super) enum Member<'q> {
    /// A slice of the rendered document, or `absent`.
    Slice { name: String, key: &'q str, absent: &'static str },
    /// A rich text, as HTML.
    Html { name: String, key: &'q str },
    /// A component or blocks of which more or less than the plain values is asked for.
    Items { name: String, field: &'q Field, populate: &'q Populate },
    /// Documents that were read with the level below.
    Related { name: String, populate: &'q Populate, many: bool },
    /// Files that were read with the level.
    Media { name: String, path: &'q str, many: bool, fields: Option<&'q [&'static str]> },
}

impl Member<'_> {
    /// Id of the field that it shows, and what stands there where the field is not seen.
    pub fn field(&self) -> Option<(&str, &'static str)> {
        match self {
            Self::Slice { key, absent, .. } => Some((key, absent)),
            Self::Html { key, .. } => Some((key, "null")),
            Self::Items { field, .. } => Some((&field.id, if field.is_list() { "[]" } else { "null" })),
            Self::Related {
                populate: Populate::Relation { relation: RelationRef::Own { path, .. }, .. },
                many,
                ..
            } => Some((path, if *many { "[]" } else { "null" })),
            Self::Media { path, many, .. } => Some((path, if *many { "[]" } else { "null" })),
            // Of the documents at the other end.
            Self::Related { .. } => None,
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::Slice { name, .. } | Self::Html { name, .. } | Self::Items { name, .. } => name,
            Self::Related { name, .. } | Self::Media { name, .. } => name,
        }
    }

    /// What is written of a document that hides the field, if this shows it.
    pub fn hidden_in(&self, hides: impl Fn(&str) -> bool) -> Option<(&str, &'static str)> {
        self.field().filter(|(field, _)| hides(field)).map(|(_, absent)| (self.name(), absent))
    }
}

/// The members in their order, and what it takes to write them.
pub(super) struct Plan<'q> {
    pub members: Vec<Member<'q>>,
    /// Whether the stored values are needed, beside the rendered document.
    pub values: bool,
}

/// The plan of a selection of documents.
pub(super) fn of<'q>(
    model: &'q Model,
    rules: &Rules<'_>,
    ty: &'q Type,
    selection: &'q Selection,
    form: RichTextForm,
) -> Plan<'q> {
    let mut plan = Plan { members: Vec::new(), values: false };
    plan.system(selection, |system| matches!(system, System::Id | System::DocumentId));
    for field in ty.def.fields.iter().chain(&ty.parent) {
        if field.kind.is_populated() {
            if let Some(populate) = selection.populate.iter().find(|p| is_of(p, field)) {
                plan.populated(model, field, populate, form);
            }
            continue;
        }
        let asked = selection.fields.as_ref().is_none_or(|fields| fields.iter().any(|f| f.id == field.id));
        if !asked || field.private || !rules.field_visible(ty.id(), &field.id) {
            continue;
        }
        let name = member(&field.name);
        plan.members.push(if field.kind == FieldType::RichText && form == RichTextForm::Html {
            Member::Html { name, key: &field.id }
        } else {
            Member::Slice { name, key: &field.id, absent: if field.is_list() { "[]" } else { "null" } }
        });
    }
    plan.system(selection, |system| !matches!(system, System::Id | System::DocumentId));
    for populate in &selection.populate {
        match populate {
            Populate::Relation { name, relation: RelationRef::Inverse { .. }, .. } => {
                plan.members.push(Member::Related { name: member(name), populate, many: true });
            }
            Populate::Localizations(_) => {
                plan.members.push(Member::Related { name: member("localizations"), populate, many: true });
            }
            _ => {}
        }
    }
    plan
}

impl<'q> Plan<'q> {
    fn system(&mut self, selection: &Selection, which: impl Fn(&System) -> bool) {
        for system in selection.system.iter().filter(|s| which(s)) {
            let (name, key) = match system {
                System::Id => ("id", stored::ID),
                System::DocumentId => ("documentId", stored::DOCUMENT_ID),
                System::CreatedAt => ("createdAt", stored::CREATED_AT),
                System::UpdatedAt => ("updatedAt", stored::UPDATED_AT),
                System::PublishedAt => ("publishedAt", stored::PUBLISHED_AT),
                System::Locale => ("locale", stored::LOCALE),
                System::Position => ("position", stored::POSITION),
                System::Path => ("path", stored::PATH),
                // People are never delivered.
                System::CreatedBy | System::UpdatedBy => continue,
            };
            self.members.push(Member::Slice { name: member(name), key, absent: "null" });
        }
    }

    fn populated(&mut self, model: &'q Model, field: &'q Field, populate: &'q Populate, form: RichTextForm) {
        let name = member(&field.name);
        let absent = if field.is_list() { "[]" } else { "null" };
        self.members.push(match populate {
            Populate::Relation { .. } => Member::Related { name, populate, many: field.many },
            Populate::Media { path, many, fields, .. } => {
                Member::Media { name, path, many: *many, fields: fields.as_deref() }
            }
            _ if is_plain(model, populate, field, form) => Member::Slice { name, key: &field.id, absent },
            _ => {
                self.values = true;
                Member::Items { name, field, populate }
            }
        });
    }
}

/// Whether exactly the plain values of all items are asked for: what rendered documents hold.
fn is_plain(model: &Model, populate: &Populate, field: &Field, form: RichTextForm) -> bool {
    let plain = |component: &str, selection: &Selection| {
        let has_rich_text = || {
            let fields = model.get(component).map(|c| c.def.fields.as_slice()).unwrap_or_default();
            fields.iter().any(|f| f.kind == FieldType::RichText)
        };
        selection.fields.is_none() && selection.populate.is_empty() && (form == RichTextForm::Json || !has_rich_text())
    };
    match populate {
        Populate::Component { selection, .. } => {
            field.component.as_deref().is_some_and(|component| plain(component, selection))
        }
        Populate::Blocks { on, .. } => {
            let all = field.components.iter().filter(|id| model.get(id).is_some()).count();
            on.len() == all && on.iter().all(|(component, selection)| plain(component, selection))
        }
        _ => false,
    }
}

/// Whether `populate` is of this field of the document or component that the field belongs to.
pub(super) fn is_of(populate: &Populate, field: &Field) -> bool {
    match populate {
        Populate::Relation { relation: RelationRef::Own { path, .. }, .. } | Populate::Media { path, .. } => {
            path.rsplit('.').next() == Some(field.id.as_str())
        }
        Populate::Component { field: of, .. } | Populate::Blocks { field: of, .. } => of.id == field.id,
        Populate::Relation { .. } | Populate::Localizations(_) => false,
    }
}

fn member(name: &str) -> String {
    format!("\"{name}\":")
}
