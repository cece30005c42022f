//! What names and ids may look like, and which ones the API keeps for itself.

/// Path segments below `/api/` that no content type may take.
pub const RESERVED_API_NAMES: [&str; 11] =
    ["upload", "search", "plugins", "users", "auth", "i18n", "live", "sync", "resolve", "releases", "graphql"];

/// Names that every document already has.
pub const RESERVED_FIELD_NAMES: [&str; 10] = [
    "id",
    "documentId",
    "locale",
    "status",
    "createdAt",
    "updatedAt",
    "publishedAt",
    "localizations",
    "position",
    "path",
];

/// A field id: `[a-z0-9_]{1,40}`.
pub fn is_field_id(id: &str) -> bool {
    (1..=40).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        && !id.starts_with('_')
}

/// A field name: a letter, then up to 49 letters, digits and `_`.
pub fn is_field_name(name: &str) -> bool {
    (1..=50).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// A singular or plural of a type: lower case, digits, `-` and `_`, first a letter, at most 50 characters.
pub fn is_type_name(name: &str) -> bool {
    (1..=50).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
}

/// A component's name: a type name, or two with a dot between (`shared.seo`).
pub fn is_component_name(name: &str) -> bool {
    match name.split_once('.') {
        Some((category, rest)) => name.len() <= 50 && is_type_name(category) && is_type_name(rest),
        None => is_type_name(name),
    }
}

/// A BCP 47 language tag in its usual spelling (`en`, `pt-BR`, `zh-Hans-CN`); form only.
pub fn is_locale_code(code: &str) -> bool {
    code.len() <= 35
        && code.split('-').enumerate().all(|(i, part)| {
            let ascii = part.bytes().all(|b| b.is_ascii_alphanumeric());
            ascii && if i == 0 { (2..=3).contains(&part.len()) } else { (1..=8).contains(&part.len()) }
        })
        && code.starts_with(|c: char| c.is_ascii_lowercase())
}

/// The field id that a first name gives: `metaTitle` → `meta_title`.
pub fn id_from_name(name: &str) -> String {
    let mut id = String::new();
    for (i, c) in name.chars().enumerate() {
        if c.is_ascii_uppercase() {
            if i > 0 && !id.ends_with('_') {
                id.push('_');
            }
            id.push(c.to_ascii_lowercase());
        } else if c.is_ascii_lowercase() || c.is_ascii_digit() || (c == '_' && i > 0) {
            id.push(c);
        }
    }
    id.truncate(40);
    id
}

/// A free name like `name`, to propose when it cannot be had.
pub fn propose(name: &str, taken: impl Fn(&str) -> bool, suffix: &str) -> String {
    let first = format!("{name}{suffix}");
    if !taken(&first) {
        return first;
    }
    (2..).map(|n| format!("{name}{suffix}{n}")).find(|p| !taken(p)).unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_from_names() {
        assert_eq!(id_from_name("metaTitle"), "meta_title");
        assert_eq!(id_from_name("title"), "title");
        assert_eq!(id_from_name("published_on"), "published_on");
        assert_eq!(id_from_name("SEO"), "s_e_o");
    }

    #[test]
    fn names_have_their_form() {
        assert!(is_component_name("shared.rich-text") && is_component_name("seo") && !is_component_name("a.b.c"));
        assert!(is_type_name("block_hero") && !is_type_name("Article") && !is_type_name("1st"));
        assert!(
            is_locale_code("pt-BR") && is_locale_code("zh-Hans-CN") && !is_locale_code("EN") && !is_locale_code("e")
        );
    }
}
