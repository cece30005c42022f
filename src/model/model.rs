//! The whole content model at one version, compiled for looking things up.

use crate::content_type::{ContentType, Kind};
use crate::field::{Field, FieldType};
use crate::ids::TypeKey;
use crate::locale::Locales;
use crate::storage::Storage;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// A content type or component with what the database remembers of it.
#[derive(Clone, Debug)]
pub struct Type {
    pub key: TypeKey,
    pub def: ContentType,
    pub storage: Storage,
    /// Whether its documents have one part per locale.
    pub localized: bool,
    /// The structural relation `parent` of a tree.
    pub parent: Option<Field>,
}

impl Type {
    pub fn new(key: TypeKey, def: ContentType, storage: Storage) -> Self {
        let parent = def.tree.then(|| Field {
            targets: vec![def.id.clone()],
            inverse: Some("children".to_owned()),
            ..Field::new("parent", FieldType::Relation)
        });
        Self { key, localized: def.is_localized(), parent, def, storage }
    }

    pub fn id(&self) -> &str {
        &self.def.id
    }

    /// A field by what the API calls it, a tree's `parent` among them.
    pub fn field_named(&self, name: &str) -> Option<&Field> {
        self.def.field_named(name).or_else(|| self.parent.as_ref().filter(|p| p.name == name))
    }

    /// A field by id, a tree's `parent` among them.
    pub fn field(&self, id: &str) -> Option<&Field> {
        self.def.field(id).or_else(|| self.parent.as_ref().filter(|p| p.id == id))
    }

    /// The part in which a field's value stands, for a document read in `locale`: `''` is the shared part.
    pub fn part_of<'a>(&self, field: &Field, locale: &'a str) -> &'a str {
        if self.localized && field.localized { locale } else { "" }
    }

    /// The locale column of its projected rows: the locale itself, or `''` where nothing is localized.
    pub fn row_locale<'a>(&self, locale: &'a str) -> &'a str {
        if self.localized { locale } else { "" }
    }
}

/// A relation seen from its target: `author.articles` for `article.author`.
#[derive(Clone, Debug, PartialEq)]
pub struct Inverse {
    pub name: String,
    /// Id of the type that owns the relation.
    pub source: String,
    /// Id of the relation field there.
    pub field: String,
}

/// All types, components and locales at one version. Cheap to share: held in an `Arc` and never changed.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// Grows with every change of types, locales or roles; each transaction checks it in its own snapshot.
    pub version: i64,
    pub locales: Locales,
    types: BTreeMap<String, Arc<Type>>,
    by_key: HashMap<TypeKey, Arc<Type>>,
    by_api_name: HashMap<String, Arc<Type>>,
    by_singular: HashMap<String, Arc<Type>>,
    inverses: HashMap<String, Vec<Inverse>>,
}

impl Model {
    pub fn new(version: i64, locales: Locales, types: impl IntoIterator<Item = Type>) -> Self {
        let mut model = Self { version, locales, ..Self::default() };
        for t in types {
            let t = Arc::new(t);
            model.by_key.insert(t.key, t.clone());
            if t.def.kind == Kind::Component {
                model.by_singular.entry(t.def.singular.clone()).or_insert_with(|| t.clone());
            } else {
                model.by_singular.insert(t.def.singular.clone(), t.clone());
                model.by_api_name.insert(t.def.api_name().to_owned(), t.clone());
            }
            for field in t.def.fields.iter().chain(&t.parent) {
                if let (FieldType::Relation, Some(name)) = (field.kind, &field.inverse) {
                    for target in &field.targets {
                        let inverse = Inverse { name: name.clone(), source: t.def.id.clone(), field: field.id.clone() };
                        model.inverses.entry(target.clone()).or_default().push(inverse);
                    }
                }
            }
            model.types.insert(t.def.id.clone(), t);
        }
        model
    }

    /// A type or component by its id.
    pub fn get(&self, id: &str) -> Option<&Arc<Type>> {
        self.types.get(id)
    }

    pub fn by_key(&self, key: TypeKey) -> Option<&Arc<Type>> {
        self.by_key.get(&key)
    }

    /// The collection or single that answers at `/api/{name}`.
    pub fn by_api_name(&self, name: &str) -> Option<&Arc<Type>> {
        self.by_api_name.get(name)
    }

    /// A component may have the name of a type: then the type is meant.
    pub fn by_singular(&self, name: &str) -> Option<&Arc<Type>> {
        self.by_singular.get(name)
    }

    /// By id, else by singular, else by plural: for people and files that name a type.
    pub fn find(&self, word: &str) -> Option<&Arc<Type>> {
        self.get(word).or_else(|| self.by_singular(word)).or_else(|| self.by_api_name(word))
    }

    /// Types and components in the order of their ids.
    pub fn types(&self) -> impl Iterator<Item = &Arc<Type>> {
        self.types.values()
    }

    /// Relations of other types that this type sees under a name of its own.
    pub fn inverses(&self, type_id: &str) -> &[Inverse] {
        self.inverses.get(type_id).map_or(&[], Vec::as_slice)
    }

    pub fn inverse(&self, type_id: &str, name: &str) -> Option<&Inverse> {
        self.inverses(type_id).iter().find(|i| i.name == name)
    }
}
