//! One text per query: equal queries have equal texts, whatever they were written like, and different ones differ.
//!
//! Written by ids, so that the model's version belongs into any key made of it, too.

use super::ast::{
    ColumnRef, Filter, Hop, ListQuery, OneQuery, Op, Operand, Page, Populate, RelationRef, Selection, Sort, View,
    Window,
};
use std::fmt::Write;

/// The text of a list's query.
pub fn canonical(query: &ListQuery) -> String {
    let mut out =
        format!("list {} count={:?} q={:?} {}", page(&query.page), query.with_count, query.search, view(&query.view));
    if !query.highlight {
        out.push_str(" unmarked");
    }
    asked(&mut out, query.filter.as_ref(), &query.sort, &query.selection);
    out
}

/// The text of one document's query.
pub fn canonical_one(query: &OneQuery) -> String {
    let mut out = format!("one at={:?} {}", query.at, view(&query.view));
    asked(&mut out, query.filter.as_ref(), &[], &query.selection);
    out
}

fn asked(out: &mut String, filter: Option<&Filter>, sort: &[Sort], selection: &Selection) {
    if let Some(filter) = filter {
        put(out, format_args!(" where {}", condition(filter)));
    }
    for key in sort {
        let direction = if key.descending { "desc" } else { "asc" };
        put(out, format_args!(" by "));
        for Hop { path, target } in &key.via {
            put(out, format_args!("{path}:{target}>"));
        }
        put(out, format_args!("{}:{direction}", column(&key.column)));
    }
    put(out, format_args!(" select {}", selected(selection)));
}

fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = out.write_fmt(text);
}

fn page(page: &Page) -> String {
    match page {
        Page::Page { page, size } => format!("page={page}/{size}"),
        Page::Offset { start, limit } => format!("start={start}/{limit}"),
        Page::Cursor { after, size } => format!("cursor={after:?}/{size}"),
    }
}

fn view(view: &View) -> String {
    format!("{:?} {:?} {:?} {:?}", view.locale, view.fallback_locales, view.status, view.rich_text)
}

fn selected(selection: &Selection) -> String {
    let fields = match &selection.fields {
        None => "*".to_owned(),
        Some(fields) => sorted(fields.iter().map(|f| f.id.clone())).join(","),
    };
    let system = sorted(selection.system.iter().map(|s| format!("{s:?}"))).join(",");
    let populate = sorted(selection.populate.iter().map(populated)).join(" ");
    format!("{{{fields};{system};{populate}}}")
}

fn populated(populate: &Populate) -> String {
    match populate {
        Populate::Relation { name: _, relation: r, window, targets } => {
            let window = window.map_or(String::new(), |Window { start, limit }| format!("{start}/{limit}"));
            let targets = sorted(targets.iter().map(|target| {
                let mut out = target.type_id.clone();
                asked(&mut out, target.filter.as_ref(), &target.sort, &target.selection);
                out
            }));
            format!("{}[{window}]({})", relation(r), targets.join("|"))
        }
        Populate::Component { field, selection } => format!("component {} {}", field.id, selected(selection)),
        Populate::Blocks { field, on } => {
            let on = sorted(on.iter().map(|(component, s)| format!("{component} {}", selected(s))));
            format!("blocks {} ({})", field.id, on.join("|"))
        }
        Populate::Media { field, fields, .. } => format!("media {} {fields:?}", field.id),
        Populate::Localizations(selection) => format!("localizations {}", selected(selection)),
    }
}

fn condition(filter: &Filter) -> String {
    match filter {
        Filter::All(_) => joined("all", parts(filter)),
        Filter::Any(_) => joined("any", parts(filter)),
        Filter::Not(inner) => format!("not({})", condition(inner)),
        Filter::Compare { column: c, op, values } => {
            let values: Vec<String> = values.iter().map(operand).collect();
            let values = if matches!(op, Op::In | Op::NotIn) { unique(sorted(values)) } else { values };
            format!("{}{}({})", column(c), op.word(), values.join(","))
        }
        Filter::Relation { relation: r, targets } => {
            let targets = sorted(targets.iter().map(|t| match &t.filter {
                Some(filter) => format!("{}:{}", t.type_id, condition(filter)),
                None => t.type_id.clone(),
            }));
            format!("{}({})", relation(r), targets.join("|"))
        }
        Filter::Media { path } => format!("media {path}"),
        Filter::Element { path, inner } => format!("element {path}({})", condition(inner)),
    }
}

/// The parts of a group, those of the same kind inside it taken as its own.
fn parts(group: &Filter) -> Vec<String> {
    let (Filter::All(items) | Filter::Any(items)) = group else {
        return vec![condition(group)];
    };
    let same = |item: &Filter| std::mem::discriminant(item) == std::mem::discriminant(group);
    items.iter().flat_map(|item| if same(item) { parts(item) } else { vec![condition(item)] }).collect()
}

fn joined(word: &str, parts: Vec<String>) -> String {
    match unique(sorted(parts)).as_slice() {
        [only] => only.clone(),
        parts => format!("{word}({})", parts.join(" ")),
    }
}

fn relation(relation: &RelationRef) -> String {
    match relation {
        RelationRef::Own { path, .. } => format!("relation {path}"),
        RelationRef::Inverse { source, field } => format!("inverse {source}.{field}"),
    }
}

fn column(column: &ColumnRef) -> String {
    match column {
        ColumnRef::System(system) => format!("{system:?}"),
        ColumnRef::Column { path, .. } => path.clone(),
        ColumnRef::Child { path, .. } => format!("/{path}"),
    }
}

fn operand(operand: &Operand) -> String {
    match operand {
        Operand::Text { raw, .. } | Operand::Plain(raw) => format!("{raw:?}"),
        Operand::Int(number) => number.to_string(),
    }
}

fn sorted(texts: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut texts: Vec<String> = texts.into_iter().collect();
    texts.sort_unstable();
    texts
}

fn unique(mut texts: Vec<String>) -> Vec<String> {
    texts.dedup();
    texts
}
