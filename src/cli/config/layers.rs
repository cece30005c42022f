//! Where a setting's value comes from.

use super::file::File;
use super::settings::{SETTINGS, Setting};
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// Reads a file; in tests, from memory.
pub type Read<'a> = dyn Fn(&Path) -> std::io::Result<String> + 'a;

/// The test suite's own variables, which may reach a server that it starts.
const TESTS: &str = "MASTHEAD_TEST_";
/// In the environment, whatever begins with this is ours.
const PREFIX: &str = "MASTHEAD_";
/// Added to a secret's variable: the name of a file that holds the value.
const IN_FILE: &str = "_FILE";

pub struct Layers<'a> {
    /// Setting → value.
    pub flags: BTreeMap<&'static str, String>,
    pub env: &'a BTreeMap<String, String>,
    pub file: Option<&'a File>,
    pub read: &'a Read<'a>,
}

/// A value, and where it stands.
#[derive(Debug)]
pub struct Found {
    pub value: String,
    pub origin: Origin,
}

#[derive(Debug)]
pub enum Origin {
    Flag(&'static str),
    /// A variable, or the file that a variable names.
    Environment(String),
    File(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(key) => write!(f, "--{}", key.replace('_', "-")),
            Self::Environment(name) => write!(f, "{name} in the environment"),
            Self::File(path) => f.write_str(path),
        }
    }
}

impl Layers<'_> {
    /// The value of a setting from the outermost layer that has one.
    pub fn find(&self, setting: &Setting) -> Result<Option<Found>, String> {
        if let Some(value) = self.flags.get(setting.key) {
            return Ok(Some(Found { value: value.clone(), origin: Origin::Flag(setting.key) }));
        }
        for variable in setting.variables {
            if let Some(found) = self.in_environment(setting, variable)? {
                return Ok(Some(found));
            }
        }
        Ok(self.file.and_then(|file| {
            let value = file.values.get(setting.key)?.clone();
            Some(Found { value, origin: Origin::File(file.path.display().to_string()) })
        }))
    }

    /// An empty variable counts as not set: that is how Compose files leave one out.
    fn in_environment(&self, setting: &Setting, variable: &str) -> Result<Option<Found>, String> {
        let given = |name: &str| self.env.get(name).filter(|value| !value.is_empty());
        let plain = given(variable);
        let in_file = format!("{variable}{IN_FILE}");
        let path = if setting.secret { given(&in_file) } else { None };
        match (plain, path) {
            (Some(_), Some(_)) => Err(format!("{variable} and {in_file} are both set: give one of them")),
            (Some(value), None) => {
                Ok(Some(Found { value: value.clone(), origin: Origin::Environment(variable.to_owned()) }))
            }
            (None, Some(path)) => {
                let text = (self.read)(Path::new(path)).map_err(|e| format!("{in_file} names {path}: {e}"))?;
                Ok(Some(Found { value: text.trim_end().to_owned(), origin: Origin::Environment(in_file) }))
            }
            (None, None) => Ok(None),
        }
    }
}

/// Refuse variables with our prefix that mean nothing: a typing error would go unnoticed.
pub fn check_environment(env: &BTreeMap<String, String>) -> Result<(), String> {
    for name in env.keys().filter(|n| n.starts_with(PREFIX) && !n.starts_with(TESTS)) {
        let known = name == "MASTHEAD_CONFIG"
            || SETTINGS.iter().any(|s| {
                let bare = if s.secret { name.strip_suffix(IN_FILE).unwrap_or(name) } else { name };
                s.variables.contains(&bare)
            });
        if !known {
            let all = SETTINGS.iter().flat_map(|s| s.variables).filter(|v| v.starts_with(PREFIX));
            let all: Vec<&str> = all.copied().collect();
            let all = all.join(", ");
            return Err(format!("there is no option {name} in the environment; there are MASTHEAD_CONFIG, {all}"));
        }
    }
    Ok(())
}
