//! Where names are looked up: in a document, or in a component somewhere inside it.

use super::ast::{ColumnRef, RelationRef, System};
use super::bind::Binder;
use super::problem::At;
use crate::field::{Field, FieldType};
use crate::model::{Inverse, Type};
use crate::storage::{ColumnKind, has_columns};
use crate::{ContentType, Kind};
use std::sync::LazyLock;

/// Stands in where no target type is visible: it has no field, so that every name behind it is unknown.
pub(super) static NOTHING: LazyLock<Type> = LazyLock::new(|| Type {
    key: crate::TypeKey(0),
    def: ContentType {
        id: String::new(),
        kind: Kind::Collection,
        singular: String::new(),
        plural: String::new(),
        label: String::new(),
        description: None,
        icon: None,
        group: None,
        title_field: None,
        draft_and_publish: true,
        orderable: false,
        tree: false,
        url_pattern: None,
        default_sort: None,
        list_columns: Vec::new(),
        preview_url: None,
        cache_control: None,
        layout: None,
        ui: serde_json::Map::new(),
        fields: Vec::new(),
    },
    storage: crate::storage::Storage::default(),
    localized: false,
    parent: None,
});

/// A document's type, or a component at a place in it.
#[derive(Clone)]
pub(super) struct Scope<'m> {
    pub ty: &'m Type,
    /// Id of the document's type.
    owner: &'m str,
    /// Empty in a document, else the path to the component with a `.` behind it.
    pub prefix: String,
    /// Components around.
    depth: usize,
    /// Whether values stand in the child table here.
    child: bool,
}

/// What a name means.
#[derive(Clone, Copy)]
pub(super) enum Named<'m> {
    System(System),
    Field(&'m Field),
    Inverse(&'m Inverse),
}

impl<'m> Scope<'m> {
    pub fn document(ty: &'m Type) -> Self {
        Self { ty, owner: ty.id(), prefix: String::new(), depth: 0, child: false }
    }

    pub fn is_document(&self) -> bool {
        self.depth == 0
    }

    pub fn path(&self, field: &Field) -> String {
        format!("{}{}", self.prefix, field.id)
    }

    /// Inside `component`, which stands in `field`.
    pub fn inside(&self, field: &Field, component: &'m Type) -> Self {
        let prefix = match field.kind {
            FieldType::Blocks => format!("{}{}.{}.", self.prefix, field.id, component.id()),
            _ => format!("{}{}.", self.prefix, field.id),
        };
        let child = self.child || !has_columns(field, self.depth);
        Self { ty: component, owner: self.owner, prefix, depth: self.depth + 1, child }
    }

    /// The column of a field with scalar values; none for the other types.
    pub fn column(&self, field: &Field) -> Option<ColumnRef> {
        let path = self.path(field);
        match (ColumnKind::of(field), field.kind) {
            (Some(kind), _) if self.child => Some(ColumnRef::Child { path, kind }),
            (Some(kind), _) => Some(ColumnRef::Column { path, kind }),
            (None, FieldType::Enumeration | FieldType::Tags) => Some(ColumnRef::Child { path, kind: ColumnKind::Text }),
            _ => None,
        }
    }

    pub fn relation(&self, field: &Field) -> RelationRef {
        RelationRef::Own { path: self.path(field), many: field.many }
    }
}

impl<'m> Binder<'m> {
    /// What `name` means in `scope`, to this caller.
    pub fn named(&self, scope: &Scope<'m>, name: &str) -> Option<Named<'m>> {
        let found = if self.visible.by_ids() { scope.ty.field(name) } else { scope.ty.field_named(name) };
        if let Some(field) = found
            && self.sees_field(scope, field)
        {
            return Some(Named::Field(field));
        }
        if !scope.is_document() {
            return None;
        }
        match system_named(name).filter(|s| self.has_system(scope.ty, *s)) {
            Some(system) => Some(Named::System(system)),
            None => self.inverses(scope).find(|i| i.name == name).map(Named::Inverse),
        }
    }

    /// Refuses `name` in `scope`.
    pub fn unknown_field(&mut self, scope: &Scope<'m>, name: &str, at: At<'_>) {
        let mut known: Vec<&str> = self.fields(scope).map(|f| f.name.as_str()).collect();
        if scope.is_document() {
            known.extend(SYSTEM.iter().filter(|(_, s)| self.has_system(scope.ty, *s)).map(|(name, _)| *name));
            known.extend(self.inverses(scope).map(|i| i.name.as_str()));
        }
        self.unknown(at, "unknown_field", "field", name, known);
    }

    /// The fields that the caller may name, a tree's `parent` last.
    pub fn fields<'s>(&'s self, scope: &'s Scope<'m>) -> impl Iterator<Item = &'m Field> + 's {
        let parent = scope.ty.parent.as_ref().filter(|_| scope.is_document());
        scope.ty.def.fields.iter().chain(parent).filter(|f| self.sees_field(scope, f))
    }

    fn sees_field(&self, scope: &Scope<'_>, field: &Field) -> bool {
        (!field.private || self.visible.sees_internal(scope.owner))
            && self.visible.field_visible(scope.ty.id(), &field.id)
    }

    /// The relations that point here and that the caller may name.
    pub fn inverses<'s>(&'s self, scope: &'s Scope<'m>) -> impl Iterator<Item = &'m Inverse> + 's {
        let all = if scope.is_document() { self.model.inverses(scope.ty.id()) } else { &[] };
        all.iter().filter(|inverse| {
            self.source(inverse).is_some_and(|source| {
                let owner = Scope::document(source);
                source.field(&inverse.field).is_some_and(|field| self.sees_field(&owner, field))
            })
        })
    }

    /// The type whose documents an inverse leads to, when the caller sees it.
    fn source(&self, inverse: &Inverse) -> Option<&'m Type> {
        let source: &'m Type = self.model.get(&inverse.source)?;
        (source.def.kind != Kind::Component && self.visible.type_visible(source.id())).then_some(source)
    }

    /// The types that a relation leads to and that the caller sees; never empty: without any, one without fields.
    pub fn targets(&self, field: &Field) -> Vec<&'m Type> {
        let seen: Vec<&'m Type> = field
            .targets
            .iter()
            .filter_map(|id| self.model.get(id).map(|t| &**t))
            .filter(|t| self.visible.type_visible(t.id()))
            .collect();
        if seen.is_empty() { vec![&NOTHING] } else { seen }
    }

    pub fn targets_of_inverse(&self, inverse: &Inverse) -> Vec<&'m Type> {
        vec![self.source(inverse).unwrap_or(&NOTHING)]
    }

    /// The component of a component field.
    pub fn component(&self, field: &Field) -> Option<&'m Type> {
        field.component.as_deref().and_then(|id| self.model.get(id)).map(|t| &**t)
    }

    /// The components of a blocks field.
    pub fn components(&self, field: &Field) -> Vec<&'m Type> {
        field.components.iter().filter_map(|id| self.model.get(id).map(|t| &**t)).collect()
    }

    /// Whether documents of `ty` have it and the caller may name it.
    pub fn has_system(&self, ty: &Type, system: System) -> bool {
        match system {
            System::Position => ty.def.orderable,
            System::Path => ty.def.tree && self.visible.paths_visible(ty.id()),
            System::CreatedBy | System::UpdatedBy => self.visible.sees_internal(ty.id()),
            _ => true,
        }
    }
}

/// Whether it only stands in for a type.
pub(super) fn is_nothing(ty: &Type) -> bool {
    ty.id().is_empty()
}

const SYSTEM: [(&str, System); 10] = [
    ("id", System::Id),
    ("documentId", System::DocumentId),
    ("createdAt", System::CreatedAt),
    ("updatedAt", System::UpdatedAt),
    ("publishedAt", System::PublishedAt),
    ("locale", System::Locale),
    ("position", System::Position),
    ("path", System::Path),
    ("createdBy", System::CreatedBy),
    ("updatedBy", System::UpdatedBy),
];

fn system_named(name: &str) -> Option<System> {
    SYSTEM.iter().find(|(word, _)| *word == name).map(|(_, system)| *system)
}

/// All that every document can have, in order.
pub(super) fn all_system() -> impl Iterator<Item = System> {
    SYSTEM.iter().map(|(_, system)| *system)
}
