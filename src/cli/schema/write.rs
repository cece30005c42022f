//! From a schema to files, the same bytes for the same model.

use super::manifest::Manifest;
use crate::cli::failure::Failure;
use masthead_model::Kind;
use masthead_model::check::Schema;
use serde::Serialize;
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::Path;

/// What a pull did, by paths in the folder.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Pulled {
    pub written: Vec<String>,
    pub unchanged: Vec<String>,
    /// Files of an earlier pull, of what exists no more.
    pub removed: Vec<String>,
}

/// Write `schema` to a folder. Files that no pull has written are never removed.
pub fn tree(folder: &Path, schema: &Schema) -> Result<Pulled, Failure> {
    let files = files(schema)?;
    let mut pulled = Pulled::default();
    for (file, text) in &files {
        let path = folder.join(file);
        if fs::read(&path).is_ok_and(|old| old == text.as_bytes()) {
            pulled.unchanged.push(file.clone());
        } else {
            replace(&path, text.as_bytes()).map_err(|e| Failure::io(path.display(), &e))?;
            pulled.written.push(file.clone());
        }
    }
    let names: Vec<String> = files.into_iter().map(|(file, _)| file).collect();
    let earlier = Manifest::read(folder)?;
    for file in earlier.files().filter(|f| !names.iter().any(|n| n == f)) {
        let path = folder.join(file);
        match fs::remove_file(&path) {
            Ok(()) => pulled.removed.push(file.to_owned()),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            Err(e) => return Err(Failure::io(path.display(), &e)),
        }
    }
    Manifest::new(names).write(folder)?;
    Ok(pulled)
}

/// Path in the folder → text, in order.
fn files(schema: &Schema) -> Result<Vec<(String, String)>, Failure> {
    let mut files = Vec::new();
    for def in &schema.types {
        let room = if def.kind == Kind::Component { "components" } else { "types" };
        files.push((format!("{room}/{}.json", def.singular), pretty(&def.to_file())?));
    }
    for role in &schema.roles {
        files.push((format!("roles/{}.json", role.name), pretty(&value(role)?)?));
    }
    if let Some(locales) = &schema.locales {
        files.push(("locales.json".to_owned(), pretty(&value(locales)?)?));
    }
    files.sort();
    Ok(files)
}

fn value(of: &impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(of).map_err(|e| Failure::new(e.to_string()))
}

pub(super) fn pretty(json: &Value) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(json).map_err(|e| Failure::new(e.to_string()))?;
    Ok(text + "\n")
}

/// Written beside and renamed: whoever reads it meanwhile reads the old or the new.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let mut file = fs::File::create(&partial)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&partial, path)
}
