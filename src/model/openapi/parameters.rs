//! The parameters of reads, and what answers say about pages.

use crate::locale::Locales;
use serde_json::{Value, json};

fn parameter(name: &str, description: &str, schema: Value) -> Value {
    json!({"name": name, "in": "query", "required": false, "description": description, "schema": schema})
}

fn text(name: &str, description: &str) -> Value {
    parameter(name, description, json!({"type": "string"}))
}

fn number(name: &str, description: &str, minimum: i64, maximum: i64) -> Value {
    let schema = json!({"type": "integer", "minimum": minimum, "maximum": maximum});
    parameter(name, description, schema)
}

fn filters() -> Value {
    let mut filters = parameter(
        "filters",
        "Conditions, e.g. `filters[title][$containsi]=rust`, with `$and`, `$or`, `$not`, across relations too.",
        json!({"type": "object", "additionalProperties": true}),
    );
    filters["style"] = "deepObject".into();
    filters["explode"] = true.into();
    filters
}

fn locale(locales: Option<&Locales>, description: &str) -> Value {
    let schema = match locales {
        Some(locales) => {
            let codes: Vec<&str> = locales.codes().collect();
            json!({"type": "string", "enum": codes})
        }
        None => json!({"type": "string"}),
    };
    parameter("locale", description, schema)
}

/// What of a document is shown, and how.
fn of_shown() -> Vec<Value> {
    vec![
        text("fields", "Names of the fields to answer with, separated by commas."),
        text("populate", "Relations, components and blocks to answer with: `*`, or names separated by commas."),
        parameter("richText", "The form of rich text.", json!({"type": "string", "enum": ["json", "html"]})),
    ]
}

/// How documents are read. `locales` when they are known.
fn of_read(locales: Option<&Locales>, may_draft: bool) -> Vec<Value> {
    let mut list = of_shown();
    list.push(locale(locales, "The default one when left out."));
    list.push(text("fallbackLocale", "Up to three locales to take instead where there is none, separated by commas."));
    if may_draft {
        let schema = json!({"type": "string", "enum": ["published", "draft"]});
        list.push(parameter("status", "Drafts need the right to read them.", schema));
    }
    list
}

/// How one document is read.
pub fn of_one(locales: Option<&Locales>, may_draft: bool, may_history: bool) -> Vec<Value> {
    let mut list = of_read(locales, may_draft);
    if may_history {
        let schema = json!({"type": "string", "format": "date-time"});
        list.push(parameter("at", "As it was published at this time; needs the right to read the history.", schema));
    }
    list
}

/// How a list is read.
pub fn of_list(locales: Option<&Locales>, may_draft: bool) -> Vec<Value> {
    let mut list = vec![
        filters(),
        text("sort", "Fields separated by commas; `:desc` turns one around, e.g. `publishedAt:desc`."),
        text(
            "_q",
            "Words to search for; each hit then has parts of its texts with the words in `<mark>` in `_search`.",
        ),
        parameter("highlight", "`false` leaves these out.", json!({"type": "string", "enum": ["true", "false"]})),
        number("pagination[page]", "Which page, from 1.", 1, 10_000),
        number("pagination[pageSize]", "Documents of a page.", 1, 100),
        number("pagination[start]", "Instead of pages: how many documents to pass over.", 0, 10_000),
        number("pagination[limit]", "With `pagination[start]`: how many documents.", 1, 100),
        text("pagination[cursor]", "Instead of pages: begin with an empty one, go on with `nextCursor`."),
        parameter(
            "pagination[withCount]",
            "Whether to count all documents; `exact` counts beyond 10,000, too, and is for those with a token.",
            json!({"type": "string", "enum": ["true", "false", "exact"]}),
        ),
    ];
    list.extend(of_read(locales, may_draft));
    list
}

/// What a search over several types takes beside the parameters of a list.
pub fn of_search() -> Vec<Value> {
    vec![
        text("q", "The words; the last one may still be being typed. `-word` and `\"a phrase\"` as usual."),
        types(),
        text(
            "facets",
            "Fields whose values are counted, separated by commas; `facets[price]=..10,10..` counts ranges.",
        ),
        parameter("highlight", "Whether to mark the words.", json!({"type": "string", "enum": ["true", "false"]})),
    ]
}

/// What proposals for a search box take.
pub fn of_suggest(locales: Option<&Locales>) -> Vec<Value> {
    vec![
        text("q", "What was typed so far."),
        types(),
        number("limit", "How many.", 1, 20),
        locale(locales, "The default one when left out."),
    ]
}

fn types() -> Value {
    text("types", "Plurals (of singles: singulars), separated by commas; all when left out.")
}

/// Where a write goes, and what of the document is answered to those who read it.
pub fn of_write(locales: Option<&Locales>, reads: bool) -> Vec<Value> {
    let schema = json!({"type": "string", "enum": ["published", "draft"]});
    let mut list = if reads { of_shown() } else { Vec::new() };
    list.push(locale(locales, "The default one when left out; a locale that the document does not have is made."));
    list.push(parameter("status", "`draft` only saves; otherwise the write is published.", schema));
    list
}

/// What of a document is deleted.
pub fn of_delete(locales: Option<&Locales>) -> Vec<Value> {
    vec![locale(locales, "Only this one; the whole document when left out.")]
}

/// The schema of `meta.pagination`.
pub fn pagination() -> Value {
    let whole = json!({"type": "integer", "format": "int64"});
    json!({"type": "object", "description": "Which page it is; the members depend on the kind of paging.", "properties": {
        "page": whole, "pageSize": whole, "pageCount": whole, "start": whole, "limit": whole, "total": whole,
        "nextCursor": {"type": "string", "nullable": true},
        "totalExact": {"type": "boolean", "description": "False when there are more than were counted."}}})
}
