//! Fields: one flat definition, whose options are checked against its type in `check`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What a field holds. The stored (id-keyed) JSON of each type:
///
/// | type | stored JSON |
/// |---|---|
/// | string text markdown slug email url color | string |
/// | rich_text | ProseMirror document object |
/// | integer | number, an i64 |
/// | decimal | number with at most `scale` fractional digits |
/// | boolean | true / false |
/// | date / time / datetime | `YYYY-MM-DD` / `HH:MM:SS.mmm` / `YYYY-MM-DDTHH:MM:SS.mmmZ` |
/// | enumeration | string, or list of strings when `many` |
/// | tags | list of strings |
/// | json | anything but null |
/// | geo_point | `{"lat": number, "lng": number}` |
/// | media / relation | document id string, or list of them when `many` |
/// | component | `{"_id": item id, <field id>: …}`, or list of them when `repeatable` |
/// | blocks | list of `{"_id": item id, "_type": component id, <field id>: …}` |
///
/// Null is never stored: a field without a value is absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    String,
    Text,
    Markdown,
    RichText,
    Slug,
    Integer,
    Decimal,
    Boolean,
    Date,
    Time,
    Datetime,
    Email,
    Url,
    Enumeration,
    Tags,
    Json,
    Color,
    GeoPoint,
    Media,
    Relation,
    Component,
    Blocks,
}

impl FieldType {
    pub const ALL: [FieldType; 22] = [
        Self::String,
        Self::Text,
        Self::Markdown,
        Self::RichText,
        Self::Slug,
        Self::Integer,
        Self::Decimal,
        Self::Boolean,
        Self::Date,
        Self::Time,
        Self::Datetime,
        Self::Email,
        Self::Url,
        Self::Enumeration,
        Self::Tags,
        Self::Json,
        Self::Color,
        Self::GeoPoint,
        Self::Media,
        Self::Relation,
        Self::Component,
        Self::Blocks,
    ];

    /// The word used in definitions, e.g. `rich_text`.
    pub fn word(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Text => "text",
            Self::Markdown => "markdown",
            Self::RichText => "rich_text",
            Self::Slug => "slug",
            Self::Integer => "integer",
            Self::Decimal => "decimal",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Time => "time",
            Self::Datetime => "datetime",
            Self::Email => "email",
            Self::Url => "url",
            Self::Enumeration => "enumeration",
            Self::Tags => "tags",
            Self::Json => "json",
            Self::Color => "color",
            Self::GeoPoint => "geo_point",
            Self::Media => "media",
            Self::Relation => "relation",
            Self::Component => "component",
            Self::Blocks => "blocks",
        }
    }

    /// Stored as one JSON string.
    pub fn is_text(self) -> bool {
        matches!(self, Self::String | Self::Text | Self::Markdown | Self::Slug | Self::Email | Self::Url | Self::Color)
    }

    /// Text without a useful upper length: never indexed, always last in a row.
    pub fn is_long_text(self) -> bool {
        matches!(self, Self::Text | Self::Markdown)
    }

    /// Delivered only when populated.
    pub fn is_populated(self) -> bool {
        matches!(self, Self::Media | Self::Relation | Self::Component | Self::Blocks)
    }
}

/// One choice of an enumeration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EnumValue {
    pub value: String,
    pub label: String,
    /// In a schema that is pushed: the value that this one replaces (a planned rename). Never stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
}

impl<'de> Deserialize<'de> for EnumValue {
    /// Accepts `"news"` for `{"value": "news", "label": "news"}`.
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Full {
            value: String,
            label: Option<String>,
            was: Option<String>,
        }
        match Value::deserialize(d)? {
            Value::String(value) => Ok(Self { label: value.clone(), value, was: None }),
            other => {
                let full = Full::deserialize(other).map_err(serde::de::Error::custom)?;
                Ok(Self { label: full.label.unwrap_or_else(|| full.value.clone()), value: full.value, was: full.was })
            }
        }
    }
}

/// When a field is shown in the editing form. A hidden field is not required.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ShownWhen {
    /// Id of a sibling field.
    pub field: String,
    /// Shown when the sibling's value is one of these; `null` stands for "no value".
    #[serde(rename = "in")]
    pub any_of: Vec<Value>,
}

fn is_false(b: &bool) -> bool {
    !*b
}

/// One field of a content type or component.
///
/// `id` is for ever; `name` is what the API says and may change. Every reference from one definition to another
/// (`from`, `titleField`, `targets`, …) is by id, so that a rename is a change of one line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Field {
    /// `[a-z0-9_]{1,40}`, unique in its type, never used again after the field is deleted.
    pub id: String,
    pub name: String,
    #[serde(rename = "type")]
    pub kind: FieldType,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Shown to the editor below the field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub required: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub unique: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub localized: bool,
    /// Never delivered by the content API, and unknown to each of its parameters.
    #[serde(default, skip_serializing_if = "is_false")]
    pub private: bool,
    /// Given to new documents, in the form that the API takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,

    /// Smallest value: a number, or a date/time string.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<Value>,
    /// Shortest text, in characters (Unicode scalar values).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_length: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u32>,
    /// A regular expression (the `regex` crate's) that the whole text must match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// Fractional digits of a decimal, 0–9; 6 when not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<u32>,
    /// Choices of an enumeration.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<EnumValue>,
    /// enumeration, media, relation: a list instead of one.
    #[serde(default, skip_serializing_if = "is_false")]
    pub many: bool,
    /// slug: id of the field it is made from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// relation: ids of the content types it may point at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<String>,
    /// relation: name under which each target sees the documents that point at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inverse: Option<String>,
    /// component: id of the component.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<String>,
    /// component: a list instead of one.
    #[serde(default, skip_serializing_if = "is_false")]
    pub repeatable: bool,
    /// blocks: ids of the components it may hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<String>,
    /// Fewest items of a list (tags, many, repeatable, blocks).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_items: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_items: Option<u32>,
    /// media: `image`, `video`, `audio`, `file`; all when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub searchable: bool,
    /// How much a hit in this field counts in search, 1–10; 1 when not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<u32>,
    /// Whether filters and sorting on it have an index; by type when not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub indexed: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown_when: Option<ShownWhen>,
    /// Whatever a user interface wants to remember; kept as it is.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub ui: Map<String, Value>,
}

impl Field {
    /// A field with no options, for building definitions in code.
    pub fn new(id: &str, kind: FieldType) -> Self {
        Self {
            id: id.to_owned(),
            name: id.to_owned(),
            kind,
            label: None,
            help: None,
            required: false,
            unique: false,
            localized: false,
            private: false,
            default: None,
            min: None,
            max: None,
            min_length: None,
            max_length: None,
            pattern: None,
            scale: None,
            values: Vec::new(),
            many: false,
            from: None,
            targets: Vec::new(),
            inverse: None,
            component: None,
            repeatable: false,
            components: Vec::new(),
            min_items: None,
            max_items: None,
            kinds: Vec::new(),
            searchable: false,
            weight: None,
            indexed: None,
            shown_when: None,
            ui: Map::new(),
        }
    }

    /// Whether the stored value is a list.
    pub fn is_list(&self) -> bool {
        match self.kind {
            FieldType::Tags | FieldType::Blocks => true,
            FieldType::Enumeration | FieldType::Media | FieldType::Relation => self.many,
            FieldType::Component => self.repeatable,
            _ => false,
        }
    }

    /// Fractional digits of a decimal.
    pub fn scale(&self) -> u32 {
        self.scale.unwrap_or(6)
    }

    /// Whether its column has an index: by type, unless the definition says otherwise.
    pub fn is_indexed(&self) -> bool {
        if self.kind.is_long_text() {
            return false;
        }
        self.indexed.unwrap_or(!matches!(self.kind, FieldType::Url | FieldType::Color))
    }

    /// The ids of the components that its items may be.
    pub fn item_components(&self) -> &[String] {
        match self.kind {
            FieldType::Component => self.component.as_slice(),
            FieldType::Blocks => &self.components,
            _ => &[],
        }
    }
}
