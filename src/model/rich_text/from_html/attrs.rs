//! Attributes of nodes from the attributes of HTML elements; what the schema would refuse is left out.

use crate::rich_text::address;
use crate::rich_text::attributes::{clean, is_asset_id, is_language};
use html5ever::tokenizer::Tag;
use serde_json::{Map, Value};

pub(super) fn get<'t>(tag: &'t Tag, name: &str) -> Option<&'t str> {
    tag.attrs.iter().find(|attribute| &*attribute.name.local == name).map(|attribute| &*attribute.value)
}

pub(super) fn of<const N: usize>(pairs: [(&str, Value); N]) -> Map<String, Value> {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn number(tag: &Tag, name: &str, low: i64, high: i64) -> Option<i64> {
    get(tag, name)?.trim().trim_end_matches("px").parse().ok().filter(|number| (low..=high).contains(number))
}

/// The value of a property in the element's `style`, in lower case.
pub(super) fn style(tag: &Tag, property: &str) -> Option<String> {
    let declarations = get(tag, "style")?.split(';').filter_map(|declaration| declaration.split_once(':'));
    let mut found = declarations.filter(|(name, _)| name.trim().eq_ignore_ascii_case(property));
    found.next_back().map(|(_, value)| value.trim().to_ascii_lowercase())
}

/// How a paragraph or heading is aligned.
pub(super) fn aligned(tag: &Tag) -> Map<String, Value> {
    match style(tag, "text-align").as_deref() {
        Some(align @ ("left" | "center" | "right" | "justify")) => of([("textAlign", align.into())]),
        _ => Map::new(),
    }
}

pub(super) fn heading(tag: &Tag) -> Map<String, Value> {
    let mut attrs = aligned(tag);
    let level = tag.name.as_bytes().last().map_or(1, |digit| digit.saturating_sub(b'0').clamp(1, 6));
    attrs.insert("level".to_owned(), level.into());
    attrs
}

pub(super) fn numbered(tag: &Tag) -> Map<String, Value> {
    let mut attrs = Map::new();
    if let Some(start) = number(tag, "start", 0, 1_000_000_000).filter(|start| *start != 1) {
        attrs.insert("start".to_owned(), start.into());
    }
    if let Some(numbering @ ("a" | "A" | "i" | "I")) = get(tag, "type") {
        attrs.insert("type".to_owned(), numbering.into());
    }
    attrs
}

pub(super) fn cell(tag: &Tag) -> Map<String, Value> {
    let mut attrs = Map::new();
    for name in ["colspan", "rowspan"] {
        if let Some(span) = number(tag, name, 2, 1000) {
            attrs.insert(name.to_owned(), span.into());
        }
    }
    let widths = get(tag, "data-colwidth").map(|widths| widths.split(',').map(|width| width.trim().parse()).collect());
    if let Some(Ok::<Vec<u16>, _>(widths)) = widths
        && widths.len() <= 1000
        && widths.iter().all(|width| *width <= 20_000)
    {
        attrs.insert("colwidth".to_owned(), widths.into());
    }
    attrs
}

/// The language of a code block, from `class="language-…"` or `lang`.
pub(super) fn language(tag: &Tag) -> Option<&str> {
    let classes = get(tag, "class").into_iter().flat_map(str::split_whitespace);
    let mut named = classes.filter_map(|class| class.strip_prefix("language-").or_else(|| class.strip_prefix("lang-")));
    // Markdown writes more than the language there: `rust,ignore`.
    let name = named.next().or_else(|| get(tag, "lang"))?.split([',', '{', ' ']).next()?;
    is_language(name).then_some(name)
}

/// The attributes of an image; none when it has no usable address.
pub(super) fn image(tag: &Tag) -> Option<Map<String, Value>> {
    let mut attrs = match get(tag, "data-asset").filter(|id| is_asset_id(id)) {
        Some(asset) => of([("asset", asset.into())]),
        None => {
            let src = get(tag, "src").map(address::tidy).filter(|src| address::is_safe_image(src))?;
            of([("src", src.into())])
        }
    };
    for name in ["alt", "title"] {
        if let Some(text) = get(tag, name).map(clean).filter(|text| !text.is_empty()) {
            attrs.insert(name.to_owned(), text.into());
        }
    }
    for side in ["width", "height"] {
        if let Some(pixels) = number(tag, side, 1, 20_000) {
            attrs.insert(side.to_owned(), pixels.into());
        }
    }
    Some(attrs)
}
