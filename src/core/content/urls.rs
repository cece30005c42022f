//! Where a document lives on the website, from its type's pattern.

use masthead_model::Type;
use serde_json::{Map, Value};

/// The path of a document by `urlPattern`; none when the type has none, or a placeholder has no value.
pub(crate) fn path_of(
    ty: &Type,
    values: &Map<String, Value>,
    locale: &str,
    document_id: &str,
    tree_path: Option<&str>,
) -> Option<String> {
    let mut rest = ty.def.url_pattern.as_deref()?;
    let mut out = String::new();
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        out.push_str(before);
        match name {
            "locale" => out.push_str(locale),
            "documentId" => out.push_str(document_id),
            "path" => out.push_str(tree_path?),
            field => match values.get(field)? {
                Value::String(text) => out.push_str(text),
                Value::Number(number) => out.push_str(&number.to_string()),
                _ => return None,
            },
        }
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}
