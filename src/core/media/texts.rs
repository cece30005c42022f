//! What is said about a file, in the site's languages.

use masthead_model::fold;
use masthead_store::assets::Asset;
use serde_json::{Map, Value};

/// What can be said.
pub const NAMES: [&str; 3] = ["alternativeText", "caption", "title"];

/// All texts: locale → name → text.
pub fn all(asset: &Asset) -> Map<String, Value> {
    serde_json::from_str(&asset.texts).unwrap_or_default()
}

/// A text in the first of these languages that has it.
pub fn text(texts: &Map<String, Value>, name: &str, locales: &[&str]) -> Option<String> {
    locales.iter().find_map(|locale| texts.get(*locale)?.get(name)?.as_str().map(str::to_owned))
}

/// Say something in a language; nothing when `value` is none or empty.
pub fn set(texts: &mut Map<String, Value>, locale: &str, name: &str, value: Option<&str>) {
    let entry = texts.entry(locale).or_insert_with(|| Value::Object(Map::new()));
    let Some(entry) = entry.as_object_mut() else { return };
    match value.map(str::trim).filter(|v| !v.is_empty()) {
        Some(text) => drop(entry.insert(name.to_owned(), text.into())),
        None => drop(entry.shift_remove(name)),
    }
    if entry.is_empty() {
        texts.shift_remove(locale);
    }
}

/// The words by which a file is found.
pub fn search(name: &str, texts: &Map<String, Value>, tags: &[String]) -> String {
    let said = texts.values().filter_map(Value::as_object).flat_map(Map::values).filter_map(Value::as_str);
    let all: Vec<&str> = std::iter::once(name).chain(said).chain(tags.iter().map(String::as_str)).collect();
    fold::key(&all.join("\n"))
}

pub fn tags(asset: &Asset) -> Vec<String> {
    serde_json::from_str(&asset.tags).unwrap_or_default()
}
