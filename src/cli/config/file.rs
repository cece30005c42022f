//! `masthead.toml`: one key per setting.

use super::settings::SETTINGS;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What a configuration file says: setting → value as text.
pub struct File {
    pub path: PathBuf,
    pub values: BTreeMap<String, String>,
}

pub fn parse(path: &Path, text: &str) -> Result<File, String> {
    let at = path.display();
    // The parser's own message shows line and column.
    let table: toml::Table = text.parse().map_err(|e| format!("{at}: {e}"))?;
    let mut values = BTreeMap::new();
    for (key, value) in table {
        let Some(setting) = SETTINGS.iter().find(|s| s.key == key) else {
            let known: Vec<&str> = SETTINGS.iter().map(|s| s.key).collect();
            return Err(format!("{at}: there is no setting `{key}`; the settings are {}", known.join(", ")));
        };
        let value = match value {
            toml::Value::String(text) => text,
            toml::Value::Integer(number) => number.to_string(),
            toml::Value::Array(list) if setting.list => {
                let texts = list.iter().map(toml::Value::as_str).collect::<Option<Vec<_>>>();
                texts.ok_or_else(|| format!("{at}: `{key}` is a list of texts"))?.join(",")
            }
            other => return Err(format!("{at}: `{key}` is a text or a number, not {}", other.type_str())),
        };
        values.insert(key, value);
    }
    Ok(File { path: path.to_owned(), values })
}
