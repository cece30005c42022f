//! A query bound to the model: ids and typed values only, made for compilers to walk.
//!
//! Truth is two-valued. A comparison whose column has no value is false, `Ne` and its kin included; `Not` turns it
//! round. `All` of nothing is true and `Any` of nothing is false.

use crate::storage::ColumnKind;

/// What a list of documents is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct ListQuery {
    pub filter: Option<Filter>,
    /// In order of weight; empty = as the reader pleases.
    pub sort: Vec<Sort>,
    pub selection: Selection,
    pub page: Page,
    pub with_count: Count,
    /// `_q`, trimmed and not empty.
    pub search: Option<String>,
    /// Whether it is shown where in a document the words are.
    pub highlight: bool,
    pub view: View,
}

/// What one document is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct OneQuery {
    /// A document that does not meet it is not found.
    pub filter: Option<Filter>,
    pub selection: Selection,
    pub view: View,
    /// The moment it is read at, µs since 1970 UTC; none = now.
    pub at: Option<i64>,
}

/// How documents are seen, at every level of population.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    pub locale: LocaleChoice,
    /// Taken in order where a document has no such locale: at most 3, each once, never the locale itself.
    pub fallback_locales: Vec<String>,
    pub status: Status,
    pub rich_text: RichTextForm,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LocaleChoice {
    /// A locale of the model; the default one when none was asked for.
    One(String),
    /// Each document once per locale that it has.
    All,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Published,
    Draft,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    No,
    /// May be a lower bound.
    Yes,
    Exact,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RichTextForm {
    Json,
    Html,
}

/// Which part of a list is delivered. Sizes and limits are at least 1 and already capped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    /// `page` counts from 1.
    Page {
        page: u32,
        size: u32,
    },
    Offset {
        start: u64,
        limit: u32,
    },
    /// `after` is opaque; none = the first page.
    Cursor {
        after: Option<String>,
        size: u32,
    },
}

/// Part of a populated list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub start: u64,
    pub limit: u32,
}

/// A field of the type or component at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldRef {
    pub id: String,
    pub name: String,
}

/// What every document has beside its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum System {
    /// The public number (`ids::PublicIds`); sorting by it is sorting by creation.
    Id,
    DocumentId,
    CreatedAt,
    UpdatedAt,
    PublishedAt,
    /// Selected only; filters use the view.
    Locale,
    /// Of orderable types.
    Position,
    /// Of trees.
    Path,
    CreatedBy,
    UpdatedBy,
}

/// What is delivered of a document or item.
#[derive(Clone, Debug, PartialEq)]
pub struct Selection {
    /// Own fields that need no population, in the order of the definition; none = all that the caller may see.
    pub fields: Option<Vec<FieldRef>>,
    /// In order; holds `Id` and `DocumentId` always. Empty for items of components, which have an id only.
    pub system: Vec<System>,
    /// In the order of names, each once.
    pub populate: Vec<Populate>,
}

/// Something delivered inside a document. All paths are of field ids from the document's root, joined by `.`, with
/// the component's id behind a blocks field: `seo.image`, `sections.hero.author`.
#[derive(Clone, Debug, PartialEq)]
pub enum Populate {
    Relation {
        /// The name that the answer uses.
        name: String,
        relation: RelationRef,
        /// None = the whole list, as far as the reader's budget goes.
        window: Option<Window>,
        /// One per target type that the caller sees; documents of other types are left out. May be empty. All have
        /// sorts of one length and direction.
        targets: Vec<SubQuery>,
    },
    Component {
        field: FieldRef,
        selection: Box<Selection>,
    },
    /// Items of components that are not among `on` (component id → what is delivered of it) are left out.
    Blocks {
        field: FieldRef,
        on: Vec<(String, Selection)>,
    },
    Media {
        field: FieldRef,
        path: String,
        many: bool,
        /// Of [`MEDIA_FIELDS`]; none = all.
        fields: Option<Vec<&'static str>>,
    },
    /// The document's other locales; the selection has no population of its own.
    Localizations(Box<Selection>),
}

/// What a populated document of one type is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct SubQuery {
    pub type_id: String,
    pub filter: Option<Filter>,
    pub sort: Vec<Sort>,
    pub selection: Selection,
}

/// Names under which a media item's properties are delivered.
pub const MEDIA_FIELDS: [&str; 24] = [
    "id",
    "documentId",
    "name",
    "alternativeText",
    "caption",
    "width",
    "height",
    "formats",
    "hash",
    "ext",
    "mime",
    "size",
    "url",
    "focalPoint",
    "placeholder",
    "color",
    "title",
    "sizeInBytes",
    "previewUrl",
    "provider",
    "provider_metadata",
    "createdAt",
    "updatedAt",
    "publishedAt",
];

/// A relation and the end it is seen from. Paths as in [`Populate`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RelationRef {
    /// From the document at hand to those that it points at.
    Own { path: String, many: bool },
    /// From the document at hand to those of type `source` whose field `field` points at it; always many.
    Inverse { source: String, field: String },
}

/// A column that a document is filtered or sorted by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnRef {
    System(System),
    /// A column of the projection: a key of `storage::layout`.
    Column {
        path: String,
        kind: ColumnKind,
    },
    /// Rows of the child table at `path` (as in [`Populate`]). A comparison is true when some row meets it; inside a
    /// [`Filter::Element`], some row of that element.
    Child {
        path: String,
        kind: ColumnKind,
    },
}

/// A value, typed as its column is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operand {
    /// For `Text` and `LongText`; `key` is `fold::key(raw)`, for the operators without case.
    Text { raw: String, key: String },
    /// Integers, public ids, booleans as 0 and 1, decimals × 10^scale, datetimes in µs since 1970 UTC.
    Int(i64),
    /// For `Plain` (`YYYY-MM-DD`, `HH:MM:SS.mmm`), document ids, positions, paths and people.
    Plain(String),
}

/// How values compare. Texts compare by bytes, those that end in `i` by folded key. `Null` and `NotNull` take no
/// value, `Between` two (inclusive), `In` and `NotIn` several (ordered, each once), the others one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    Eq,
    Eqi,
    Ne,
    Nei,
    Lt,
    Lte,
    Gt,
    Gte,
    In,
    NotIn,
    Contains,
    NotContains,
    Containsi,
    NotContainsi,
    StartsWith,
    StartsWithi,
    EndsWith,
    EndsWithi,
    Null,
    NotNull,
    Between,
}

/// A condition on a document. Paths as in [`Populate`].
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Not(Box<Filter>),
    /// `Null` never comes with a [`ColumnRef::Child`]: that is `Not` of `NotNull`.
    Compare {
        column: ColumnRef,
        op: Op,
        values: Vec<Operand>,
    },
    /// There is a related document, delivered to this caller in this view, that is one of `targets`.
    Relation {
        relation: RelationRef,
        targets: Vec<Target>,
    },
    /// A media reference is set whose item exists.
    Media {
        path: String,
    },
    /// There is an item of a repeatable component (`links`) or of one component of a blocks field (`sections.hero`)
    /// that meets `inner` alone. `inner` names children below `path` only, perhaps with elements of its own.
    Element {
        path: String,
        inner: Box<Filter>,
    },
}

/// Documents of one type, with what they must meet.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    pub type_id: String,
    pub filter: Option<Filter>,
}

/// One key of an order; nulls stand last either way.
#[derive(Clone, Debug, PartialEq)]
pub struct Sort {
    /// To-one relations that are followed first.
    pub via: Vec<Hop>,
    /// Of the last hop's target; never a child.
    pub column: ColumnRef,
    pub descending: bool,
}

/// One step across a to-one relation with a single target type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// The relation's path in the documents that it leaves from.
    pub path: String,
    /// Id of the type that it leads to.
    pub target: String,
}

impl Filter {
    /// What no document meets.
    pub const NEVER: Filter = Filter::Any(Vec::new());

    /// Whether all of `parts` hold; a single one stands for itself.
    pub fn all(mut parts: Vec<Filter>) -> Self {
        match (parts.len(), parts.pop()) {
            (1, Some(only)) => only,
            (_, last) => {
                parts.extend(last);
                Self::All(parts)
            }
        }
    }

    /// Whether one of `parts` holds; a single one stands for itself.
    pub fn any(mut parts: Vec<Filter>) -> Self {
        match (parts.len(), parts.pop()) {
            (1, Some(only)) => only,
            (_, last) => {
                parts.extend(last);
                Self::Any(parts)
            }
        }
    }

    /// The opposite.
    pub fn negated(self) -> Self {
        match self {
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }
}
