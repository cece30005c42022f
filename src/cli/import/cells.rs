//! From the text of a cell to the JSON that the field takes. What is not of the field's type says so; whether the value
//! is allowed is the domain's to say.

use serde_json::{Map, Value, json};

/// How the cells of a column are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// As it is.
    Text,
    /// Without the space around it.
    Word,
    Integer,
    Number,
    Boolean,
    /// Words with `;` between them.
    List,
    /// JSON, or Markdown.
    RichText,
    /// JSON, or `lat,lng`.
    Point,
    Json,
    /// Document ids, or values of the unique field `by` of the target.
    Reference {
        by: Option<String>,
        many: bool,
    },
}

impl Cell {
    /// The value of a cell; none when it is empty.
    pub fn read(&self, text: &str) -> Result<Option<Value>, String> {
        let word = text.trim();
        if text.is_empty() || (word.is_empty() && *self != Self::Text) {
            return Ok(None);
        }
        Ok(Some(match self {
            Self::Text => text.into(),
            Self::Word => word.into(),
            Self::Integer => word.parse::<i64>().map_err(|_| wanted(word, "a whole number"))?.into(),
            Self::Number => number(word)?,
            Self::Boolean => boolean(word)?.into(),
            Self::List => Value::Array(words(word).map(Value::from).collect()),
            Self::RichText if word.starts_with('{') => json_cell(word)?,
            Self::RichText => json!({"markdown": text}),
            Self::Point => point(word)?,
            Self::Json => json_cell(word)?,
            Self::Reference { by, many } => references(word, by.as_deref(), *many)?,
        }))
    }
}

fn wanted(word: &str, what: &str) -> String {
    let shown: String = word.chars().take(80).collect();
    format!("'{shown}' is not {what}")
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(';').map(str::trim).filter(|word| !word.is_empty())
}

fn boolean(word: &str) -> Result<bool, String> {
    match word.to_ascii_lowercase().as_str() {
        "true" | "yes" | "1" => Ok(true),
        "false" | "no" | "0" => Ok(false),
        _ => Err(wanted(word, "true or false")),
    }
}

fn number(word: &str) -> Result<Value, String> {
    let number = word.parse::<f64>().ok().and_then(serde_json::Number::from_f64);
    number.map(Value::Number).ok_or_else(|| wanted(word, "a number"))
}

fn point(word: &str) -> Result<Value, String> {
    if word.starts_with('{') {
        return json_cell(word);
    }
    let (lat, lng) = word.split_once(',').ok_or_else(|| wanted(word, "a point: write lat,lng"))?;
    Ok(json!({"lat": number(lat.trim())?, "lng": number(lng.trim())?}))
}

fn json_cell(word: &str) -> Result<Value, String> {
    serde_json::from_str(word).map_err(|e| format!("{}: {e}", wanted(word, "JSON")))
}

fn references(word: &str, by: Option<&str>, many: bool) -> Result<Value, String> {
    // `set`, `connect` and several unique fields need JSON.
    if by.is_none() && (word.starts_with('{') || word.starts_with('[')) {
        return json_cell(word);
    }
    let one = |word: &str| match by {
        None | Some("documentId") => Value::from(word),
        Some(by) => Value::Object(Map::from_iter([(by.to_owned(), word.into())])),
    };
    Ok(if many { Value::Array(words(word).map(one).collect()) } else { one(word) })
}

/// Put `value` at `path` in a record, inside objects that are made on the way.
pub fn put(record: &mut Map<String, Value>, path: &[String], value: Value) {
    let [first, rest @ ..] = path else { return };
    if rest.is_empty() {
        record.insert(first.clone(), value);
        return;
    }
    let inner = record.entry(first.clone()).or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(inner) = inner {
        put(inner, rest, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_become_what_their_field_takes() {
        for (cell, text, expected) in [
            (Cell::Text, " a ", json!(" a ")),
            (Cell::Word, " news ", json!("news")),
            (Cell::Integer, " -12", json!(-12)),
            (Cell::Boolean, "Yes", json!(true)),
            (Cell::Boolean, "0", json!(false)),
            (Cell::List, "a; b ;;c", json!(["a", "b", "c"])),
            (Cell::Point, "52.5, 13.4", json!({"lat": 52.5, "lng": 13.4})),
            (Cell::Point, "{\"lat\":1,\"lng\":2}", json!({"lat": 1, "lng": 2})),
            (Cell::RichText, "*a*", json!({"markdown": "*a*"})),
            (Cell::RichText, "{\"type\":\"doc\"}", json!({"type": "doc"})),
            (Cell::Json, "[1]", json!([1])),
        ] {
            assert_eq!(cell.read(text).unwrap(), Some(expected), "{text}");
        }
    }

    #[test]
    fn references_are_ids_or_unique_values() {
        let by = |by: Option<&str>, many, text| {
            Cell::Reference { by: by.map(str::to_owned), many }.read(text).unwrap().unwrap()
        };
        assert_eq!(by(None, false, "abc"), json!("abc"));
        assert_eq!(by(None, false, "{\"slug\":\"x\"}"), json!({"slug": "x"}));
        assert_eq!(by(Some("documentId"), false, "abc"), json!("abc"));
        assert_eq!(by(Some("slug"), false, "a;b"), json!({"slug": "a;b"}));
        assert_eq!(by(Some("slug"), true, "a;b"), json!([{"slug": "a"}, {"slug": "b"}]));
    }

    #[test]
    fn an_empty_cell_is_no_value() {
        for cell in [Cell::Text, Cell::Integer, Cell::List, Cell::Json, Cell::Boolean] {
            assert_eq!(cell.read("").unwrap(), None);
        }
        assert_eq!(Cell::Integer.read("  ").unwrap(), None);
        assert_eq!(Cell::Text.read("  ").unwrap(), Some(json!("  ")));
    }

    #[test]
    fn a_cell_of_another_type_says_so() {
        for (cell, text) in [
            (Cell::Integer, "1.5"),
            (Cell::Integer, "99999999999999999999"),
            (Cell::Number, "NaN"),
            (Cell::Boolean, "maybe"),
            (Cell::Point, "52"),
            (Cell::Json, "{"),
        ] {
            let said = cell.read(text).unwrap_err();
            assert!(said.contains(text) && said.contains("is not"), "{said}");
        }
    }

    #[test]
    fn values_of_components_meet_in_one_object() {
        let mut record = Map::new();
        let path = |p: &[&str]| p.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
        put(&mut record, &path(&["seo", "title"]), json!("a"));
        put(&mut record, &path(&["seo", "image", "alt"]), json!("b"));
        assert_eq!(Value::Object(record), json!({"seo": {"title": "a", "image": {"alt": "b"}}}));
    }
}
