//! The schema: which nodes and marks there are, what each may hold, and which attributes it has.
//!
//! Names are TipTap's; the names of ProseMirror's own schemas are aliases that `check` rewrites. The order of
//! [`Mark`] is the order in which marks are stored and nested, the first outermost: changing it changes stored text.

use super::attributes::{Attribute, Shape};

/// How deep nodes may nest, the document counting as one. Each costs two levels of JSON, and a stored document inside
/// its envelope must stay below the 128 levels that `serde_json` reads back.
pub const MAX_DEPTH: usize = 40;

/// How many nodes a document may have, texts included.
pub const MAX_NODES: usize = 50_000;

/// A kind of node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Node {
    Doc,
    Paragraph,
    Heading,
    Text,
    Blockquote,
    BulletList,
    OrderedList,
    ListItem,
    TaskList,
    TaskItem,
    CodeBlock,
    HorizontalRule,
    HardBreak,
    Image,
    Table,
    TableRow,
    TableHeader,
    TableCell,
    Embed,
    Mention,
}

/// What a node may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Nothing.
    Leaf,
    /// Text with marks and other inline nodes.
    Inline,
    /// Text without marks.
    Code,
    /// One or more blocks.
    Blocks,
    /// A paragraph, then any blocks.
    Item,
    /// Only these; at least one, unless it is a table row.
    Only(&'static [Node]),
}

const DOCUMENT: Attribute = Attribute::of("document", Shape::Document).alias("documentId");
const ALIGN: Attribute = Attribute::of("textAlign", Shape::OneOf(&["left", "center", "right", "justify"]));
const SIDE: Shape = Shape::Whole(1, 20_000);
const CELL: &[Attribute] = &[
    Attribute::of("colspan", Shape::Whole(1, 1000)),
    Attribute::of("rowspan", Shape::Whole(1, 1000)),
    Attribute::of("colwidth", Shape::Widths),
];

impl Node {
    const ALL: [Self; 20] = [
        Self::Doc,
        Self::Paragraph,
        Self::Heading,
        Self::Text,
        Self::Blockquote,
        Self::BulletList,
        Self::OrderedList,
        Self::ListItem,
        Self::TaskList,
        Self::TaskItem,
        Self::CodeBlock,
        Self::HorizontalRule,
        Self::HardBreak,
        Self::Image,
        Self::Table,
        Self::TableRow,
        Self::TableHeader,
        Self::TableCell,
        Self::Embed,
        Self::Mention,
    ];

    /// The canonical name, as stored in `type`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Doc => "doc",
            Self::Paragraph => "paragraph",
            Self::Heading => "heading",
            Self::Text => "text",
            Self::Blockquote => "blockquote",
            Self::BulletList => "bulletList",
            Self::OrderedList => "orderedList",
            Self::ListItem => "listItem",
            Self::TaskList => "taskList",
            Self::TaskItem => "taskItem",
            Self::CodeBlock => "codeBlock",
            Self::HorizontalRule => "horizontalRule",
            Self::HardBreak => "hardBreak",
            Self::Image => "image",
            Self::Table => "table",
            Self::TableRow => "tableRow",
            Self::TableHeader => "tableHeader",
            Self::TableCell => "tableCell",
            Self::Embed => "embed",
            Self::Mention => "mention",
        }
    }

    /// The node of a canonical or alias name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|node| node.name() == name).or(match name {
            "block_quote" => Some(Self::Blockquote),
            "bullet_list" => Some(Self::BulletList),
            "ordered_list" => Some(Self::OrderedList),
            "list_item" => Some(Self::ListItem),
            "task_list" | "todo_list" => Some(Self::TaskList),
            "task_item" | "todo_item" => Some(Self::TaskItem),
            "code_block" => Some(Self::CodeBlock),
            "horizontal_rule" => Some(Self::HorizontalRule),
            "hard_break" => Some(Self::HardBreak),
            "table_row" => Some(Self::TableRow),
            "table_header" => Some(Self::TableHeader),
            "table_cell" => Some(Self::TableCell),
            _ => None,
        })
    }

    pub fn content(self) -> Content {
        match self {
            Self::Text | Self::HorizontalRule | Self::HardBreak | Self::Image | Self::Embed | Self::Mention => {
                Content::Leaf
            }
            Self::Paragraph | Self::Heading => Content::Inline,
            Self::CodeBlock => Content::Code,
            Self::Doc | Self::Blockquote | Self::TableHeader | Self::TableCell => Content::Blocks,
            Self::ListItem | Self::TaskItem => Content::Item,
            Self::BulletList | Self::OrderedList => Content::Only(&[Self::ListItem]),
            Self::TaskList => Content::Only(&[Self::TaskItem]),
            Self::Table => Content::Only(&[Self::TableRow]),
            Self::TableRow => Content::Only(&[Self::TableHeader, Self::TableCell]),
        }
    }

    /// Whether the node stands in a line of text; only such nodes carry marks.
    pub fn is_inline(self) -> bool {
        matches!(self, Self::Text | Self::HardBreak | Self::Mention)
    }

    /// Whether the node may stand wherever blocks may.
    pub fn is_block(self) -> bool {
        !self.is_inline()
            && !matches!(
                self,
                Self::Doc | Self::ListItem | Self::TaskItem | Self::TableRow | Self::TableHeader | Self::TableCell
            )
    }

    /// Whether `child` may be a child of this node, order aside.
    pub fn may_hold(self, child: Self) -> bool {
        match self.content() {
            Content::Leaf => false,
            Content::Inline => child.is_inline(),
            Content::Code => child == Self::Text,
            Content::Blocks | Content::Item => child.is_block(),
            Content::Only(nodes) => nodes.contains(&child),
        }
    }

    pub(super) fn attributes(self) -> &'static [Attribute] {
        match self {
            Self::Paragraph => const { &[ALIGN] },
            Self::Heading => const { &[Attribute::of("level", Shape::Whole(1, 6)).default(1), ALIGN] },
            Self::BulletList => const { &[Attribute::ignored("tight")] },
            Self::OrderedList => {
                const {
                    &[
                        Attribute::of("start", Shape::Whole(0, 1_000_000_000)).alias("order"),
                        Attribute::of("type", Shape::OneOf(&["1", "a", "A", "i", "I"])),
                        Attribute::ignored("tight"),
                    ]
                }
            }
            Self::TaskItem => const { &[Attribute::of("checked", Shape::Flag).default(0)] },
            Self::CodeBlock => const { &[Attribute::of("language", Shape::Language).alias("params")] },
            Self::Image => {
                const {
                    &[
                        Attribute::of("asset", Shape::Asset),
                        Attribute::of("src", Shape::ImageAddress),
                        Attribute::of("alt", Shape::Text),
                        Attribute::of("title", Shape::Text),
                        Attribute::of("width", SIDE),
                        Attribute::of("height", SIDE),
                    ]
                }
            }
            Self::TableHeader | Self::TableCell => CELL,
            Self::Embed => const { &[DOCUMENT] },
            Self::Mention => const { &[DOCUMENT, Attribute::of("label", Shape::Text)] },
            _ => &[],
        }
    }

    /// Attributes of which exactly one must be set; none when empty.
    pub(super) fn one_of(self) -> &'static [&'static str] {
        match self {
            Self::Image => &["asset", "src"],
            Self::Embed | Self::Mention => &["document"],
            _ => &[],
        }
    }
}

/// A kind of mark on text; ordered as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    Link,
    Highlight,
    Bold,
    Italic,
    Strike,
    Underline,
    Subscript,
    Superscript,
    Code,
}

impl Mark {
    const ALL: [Self; 9] = [
        Self::Link,
        Self::Highlight,
        Self::Bold,
        Self::Italic,
        Self::Strike,
        Self::Underline,
        Self::Subscript,
        Self::Superscript,
        Self::Code,
    ];

    /// The canonical name, as stored in `type`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Highlight => "highlight",
            Self::Bold => "bold",
            Self::Italic => "italic",
            Self::Strike => "strike",
            Self::Underline => "underline",
            Self::Subscript => "subscript",
            Self::Superscript => "superscript",
            Self::Code => "code",
        }
    }

    /// The mark of a canonical or alias name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mark| mark.name() == name).or(match name {
            "strong" => Some(Self::Bold),
            "em" => Some(Self::Italic),
            "strikethrough" | "strike_through" | "s" => Some(Self::Strike),
            "sub" => Some(Self::Subscript),
            "sup" => Some(Self::Superscript),
            _ => None,
        })
    }

    pub(super) fn attributes(self) -> &'static [Attribute] {
        match self {
            Self::Link => {
                const {
                    &[
                        Attribute::of("href", Shape::LinkAddress),
                        DOCUMENT,
                        Attribute::of("target", Shape::OneOf(&["_blank", "_self", "_parent", "_top"])),
                        Attribute::of("rel", Shape::Words),
                        Attribute::of("title", Shape::Text),
                        Attribute::ignored("class"),
                    ]
                }
            }
            Self::Highlight => const { &[Attribute::of("color", Shape::Color)] },
            _ => &[],
        }
    }

    /// Attributes of which exactly one must be set; none when empty.
    pub(super) fn one_of(self) -> &'static [&'static str] {
        if self == Self::Link { &["href", "document"] } else { &[] }
    }
}
