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

/// How one document is read. `locales` when they are known.
pub fn of_one(locales: Option<&Locales>, may_draft: bool) -> Vec<Value> {
    let locale = match locales {
        Some(locales) => {
            let codes: Vec<&str> = locales.codes().collect();
            json!({"type": "string", "enum": codes})
        }
        None => json!({"type": "string"}),
    };
    let mut list = vec![
        text("fields", "Names of the fields to answer with, separated by commas."),
        text("populate", "Relations, components and blocks to answer with: `*`, or names separated by commas."),
        parameter("locale", "The default one when left out.", locale),
        text("fallbackLocale", "Up to three locales to take instead where there is none, separated by commas."),
        parameter("richText", "The form of rich text.", json!({"type": "string", "enum": ["json", "html"]})),
    ];
    if may_draft {
        let schema = json!({"type": "string", "enum": ["published", "draft"]});
        list.push(parameter("status", "Drafts need the right to read them.", schema));
    }
    list
}

/// How a list is read.
pub fn of_list(locales: Option<&Locales>, may_draft: bool) -> Vec<Value> {
    let mut list = vec![
        filters(),
        text("sort", "Fields separated by commas; `:desc` turns one around, e.g. `publishedAt:desc`."),
        text("_q", "Words to search for."),
        number("pagination[page]", "Which page, from 1.", 1, 10_000),
        number("pagination[pageSize]", "Documents of a page.", 1, 100),
        text("pagination[cursor]", "Instead of pages: begin with an empty one, go on with `nextCursor`."),
        parameter(
            "pagination[withCount]",
            "Whether to count all documents.",
            json!({"type": "string", "enum": ["true", "false"]}),
        ),
    ];
    list.extend(of_one(locales, may_draft));
    list
}

/// Where a write goes.
pub fn of_write(locales: Option<&Locales>) -> Vec<Value> {
    let schema = json!({"type": "string", "enum": ["published", "draft"]});
    let mut list: Vec<Value> = of_one(locales, false).into_iter().filter(|p| p["name"] == "locale").collect();
    list.push(parameter("status", "`draft` only saves; otherwise the write is published.", schema));
    list
}

/// The schema of `meta.pagination`.
pub fn pagination() -> Value {
    let whole = json!({"type": "integer", "format": "int64"});
    json!({"type": "object", "description": "Which page it is; the members depend on the kind of paging.", "properties": {
        "page": whole, "pageSize": whole, "pageCount": whole, "start": whole, "limit": whole, "total": whole,
        "nextCursor": {"type": "string", "nullable": true},
        "totalExact": {"type": "boolean", "description": "False when there are more than were counted."}}})
}
