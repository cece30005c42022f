//! Files that come with an import: a folder of them, and those that records name by their path.

use crate::cli::context::{Context, OPERATOR};
use crate::cli::failure::{DONE, FAILED, Failure, Outcome};
use crate::cli::out;
use clap::Args;
use masthead_core::Core;
use masthead_core::media::{self, Details, NewFile};
use masthead_model::{FieldType, Model, Type};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The file that says what is in a folder of files.
pub const MANIFEST: &str = "media.ndjson";

#[derive(Args)]
pub struct Files {
    /// Folder that `masthead export media` wrote
    folder: PathBuf,
}

/// Bring all files of a folder, under the ids that they had.
pub fn run(context: &Context, args: &Files) -> Outcome {
    let core = context.create()?;
    let manifest = args.folder.join(MANIFEST);
    let text = std::fs::read_to_string(&manifest).map_err(|e| Failure::io(manifest.display(), &e))?;
    let (mut brought, mut failed) = (0, 0);
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        let done = serde_json::from_str::<Value>(line).map_err(|e| e.to_string());
        match done.and_then(|entry| bring(context, &core, &args.folder, &entry)) {
            Ok(_) => brought += 1,
            Err(reason) => {
                failed += 1;
                out::note(&format!("line {number}: {reason}"));
            }
        }
    }
    core.store().close();
    out::line(&format!("{brought} files, {failed} not"))?;
    Ok(if failed > 0 { FAILED } else { DONE })
}

fn text(entry: &Value, name: &str) -> Option<String> {
    entry[name].as_str().map(str::to_owned)
}

/// Bring one file by its entry; its id.
fn bring(context: &Context, core: &Core, folder: &Path, entry: &Value) -> Result<String, String> {
    let path = folder.join(text(entry, "path").ok_or("`path` says which file is meant")?);
    let fallback = || path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let name = text(entry, "name").unwrap_or_else(fallback);
    let point = entry["focalPoint"]["x"].as_f64().zip(entry["focalPoint"]["y"].as_f64());
    let tags = entry["tags"].as_array().map(|l| l.iter().filter_map(|t| t.as_str().map(str::to_owned)).collect());
    let folder = match text(entry, "folder") {
        Some(path) => Some(context.runtime.block_on(media::folder_at(core, &OPERATOR, &path)).map_err(|e| said(&e))?),
        None => None,
    };
    let details = Details {
        folder,
        alternative_text: text(entry, "alternativeText").map(Some),
        caption: text(entry, "caption").map(Some),
        title: text(entry, "title").map(Some),
        focal: point.map(Some),
        tags,
        private: entry["private"].as_bool(),
        ..Details::default()
    };
    let new = NewFile { id: text(entry, "documentId"), name, details };
    let asset = context.runtime.block_on(media::bring(core, &OPERATOR, &path, new)).map_err(|e| said(&e))?;
    // What is said in other languages.
    for (locale, said) in entry["texts"].as_object().into_iter().flatten() {
        let details = Details {
            locale: Some(locale.clone()),
            alternative_text: text(said, "alternativeText").map(Some),
            caption: text(said, "caption").map(Some),
            title: text(said, "title").map(Some),
            ..Details::default()
        };
        let edited = context.runtime.block_on(media::edit(core, &OPERATOR, &asset.id, details));
        edited.map_err(|e| said_of(locale, &e))?;
    }
    Ok(asset.id)
}

fn said(error: &masthead_core::Error) -> String {
    match error {
        masthead_core::Error::Invalid(problems) => {
            problems.iter().map(|p| p.message.clone()).collect::<Vec<_>>().join("; ")
        }
        other => other.to_string(),
    }
}

fn said_of(locale: &str, error: &masthead_core::Error) -> String {
    format!("{locale}: {}", said(error))
}

/// Brings the files that records name by a path, each once.
pub struct Carrier<'a> {
    pub context: &'a Context,
    pub core: &'a Core,
    pub model: &'a Model,
    /// What paths are relative to.
    pub folder: PathBuf,
    /// Only say what would happen.
    pub dry_run: bool,
    pub known: HashMap<PathBuf, String>,
}

impl Carrier<'_> {
    /// Put ids where a record names paths: `"photos/a.jpg"`, or `{"path": "photos/a.jpg", "alternativeText": …}`.
    pub fn carry(&mut self, ty: &Type, values: &mut Map<String, Value>) -> Result<(), String> {
        for field in &ty.def.fields {
            let Some(value) = values.get_mut(&field.name) else { continue };
            match field.kind {
                FieldType::Media => match value {
                    Value::Array(list) => list.iter_mut().try_for_each(|item| self.one(item))?,
                    one => self.one(one)?,
                },
                FieldType::Component | FieldType::Blocks => {
                    let items: Vec<&mut Value> = match value {
                        Value::Array(list) => list.iter_mut().collect(),
                        one => vec![one],
                    };
                    for item in items.into_iter().filter_map(Value::as_object_mut) {
                        let named = item.get("__component").and_then(Value::as_str).map(str::to_owned);
                        let components = field.item_components().iter().filter_map(|id| self.model.get(id));
                        let of = |c: &&std::sync::Arc<Type>| {
                            named.as_ref().is_none_or(|name| c.def.singular == *name || c.id() == name)
                        };
                        if let Some(component) = { components }.find(of).cloned() {
                            self.carry(&component, item)?;
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn one(&mut self, value: &mut Value) -> Result<(), String> {
        let path = match value {
            // An id has neither dots nor slashes.
            Value::String(text) if text.contains(['.', '/', '\\']) => text.clone(),
            Value::Object(map) => match map.get("path").and_then(Value::as_str) {
                Some(path) => path.to_owned(),
                None => return Ok(()),
            },
            _ => return Ok(()),
        };
        let key = self.folder.join(&path);
        if self.dry_run {
            if !key.is_file() {
                return Err(format!("{}: there is no such file", key.display()));
            }
            *value = Value::Null;
            return Ok(());
        }
        if let Some(id) = self.known.get(&key) {
            *value = Value::from(id.as_str());
            return Ok(());
        }
        let entry = match &*value {
            Value::Object(_) => value.clone(),
            _ => serde_json::json!({ "path": path }),
        };
        let id = bring(self.context, self.core, &self.folder, &entry)?;
        *value = Value::from(id.as_str());
        self.known.insert(key, id);
        Ok(())
    }
}
