//! The configuration: flag > environment > file > default. What is unknown or malformed stops the start and is named,
//! with the place it came from: an option that is silently ignored is found out in production.

mod file;
mod files;
mod layers;
mod settings;
#[cfg(test)]
mod tests;

pub use settings::{Config, Flags};

use super::failure::Failure;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The configuration of this process.
pub fn load(flags: &Flags) -> Result<Config, Failure> {
    let env: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())))
        .collect();
    let read = |path: &std::path::Path| std::fs::read_to_string(path);
    load_from(flags, &env, &read).map_err(Failure::usage)
}

/// The file that is read when none is named.
const FILE: &str = "masthead.toml";

fn load_from(flags: &Flags, env: &BTreeMap<String, String>, read: &layers::Read<'_>) -> Result<Config, String> {
    layers::check_environment(env)?;
    let named =
        flags.config.clone().or_else(|| env.get("MASTHEAD_CONFIG").filter(|v| !v.is_empty()).map(PathBuf::from));
    let file = match &named {
        Some(path) => Some(file::parse(path, &read(path).map_err(|e| format!("{}: {e}", path.display()))?)?),
        None => match read(FILE.as_ref()) {
            Ok(text) => Some(file::parse(FILE.as_ref(), &text)?),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => None,
            Err(e) => return Err(format!("{FILE}: {e}")),
        },
    };
    let layers = layers::Layers { flags: flags.given(), env, file: file.as_ref(), read };
    Config::from_layers(&layers)
}
